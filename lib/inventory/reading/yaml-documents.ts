/** Documents of a text as `kubectl` reads them: one after another, so that one that cannot be read costs nothing but itself. */
import { isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Lines, NOT_PLAIN, parsePlainYaml } from './plain-yaml';
import { type Edit, type Splice, spliceOf } from './yaml-edits';
import { AS_KUBERNETES } from './yaml-options';

/** What could not be read, or not as it is written. */
export interface ReadingProblem {
  /** Line of the text, the first is 1. */
  readonly line: number;
  readonly message: string;
  /** Whether the document is read all the same. */
  readonly isRead: boolean;
}

export interface ReadDocument {
  readonly value: unknown;
  /** Line of the text on which a place of the document begins. */
  lineOf(segments: ReadonlyArray<string | number>): number;
  /** An edit of a field as a change of the text; undefined where it is not certain. */
  spliceOf(segments: ReadonlyArray<string | number>, edit: Edit): Splice | undefined;
}

export interface ReadText {
  readonly documents: readonly ReadDocument[];
  readonly problems: readonly ReadingProblem[];
}

/** Reads a text of YAML, or of JSON, of which there may be several values. */
export function readDocuments(text: string): ReadText {
  const documents: ReadDocument[] = [];
  const problems: ReadingProblem[] = [];
  for (const chunk of chunksOf(text)) {
    const braces = templateRow(chunk.text);
    if (braces !== undefined) {
      problems.push({
        line: chunk.line + braces,
        message: 'a template that nobody has rendered ({{ … }}): render it first, such as by `helm template`',
        isRead: false,
      });
      continue;
    }
    const read = readChunk(chunk);
    documents.push(
      ...read.documents.map(
        ({
          value,
          lineOf,
          part: {
            from,
            text: { length },
          },
        }) => ({
          value,
          lineOf,
          spliceOf: (segments: ReadonlyArray<string | number>, edit: Edit) => {
            // With the end of its last row.
            const change = spliceOf(text.slice(from, from + length + 1), segments, edit);
            return change && { ...change, from: from + change.from, to: from + change.to };
          },
        }),
      ),
    );
    problems.push(...read.problems);
  }
  return { documents, problems };
}

interface Chunk {
  readonly text: string;
  /** Line of the first row in the whole text. */
  readonly line: number;
  /** Where it begins in the whole text. */
  readonly from: number;
}

/** A document and the part of the text that it stands in. */
interface ReadPart extends Omit<ReadDocument, 'spliceOf'> {
  readonly part: Chunk;
}

interface ReadChunk {
  readonly documents: readonly ReadPart[];
  readonly problems: readonly ReadingProblem[];
}

/** Parts that rows with `---` begin; directives (`%YAML 1.2`) belong to the part after them. */
function chunksOf(text: string): Chunk[] {
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const rows = text.slice(mark).split('\n');
  const chunks: Chunk[] = [];
  let [begin, from] = [0, mark];
  const end = (at: number) => {
    const part = rows.slice(begin, at);
    const own = part.join('\n');
    if (part.some((row) => !/^(?:---\s*)?(?:#.*)?\s*$/.test(row)))
      chunks.push({ text: own, line: begin + 1, from });
    [begin, from] = [at, from + own.length + 1];
  };
  for (let at = 1; at < rows.length; at += 1) {
    if (!/^---(?:\s|$)/.test(rows[at])) continue;
    const isDirective = rows.slice(begin, at).every((row) => /^(?:[%#].*|\s*)$/.test(row));
    if (!isDirective) end(at);
  }
  end(rows.length);
  return chunks;
}

/** The row of the first braces of a template: a row begins with them, or a value does without quotes. */
function templateRow(text: string): number | undefined {
  if (!text.includes('{{')) return undefined;
  const row = text.split('\n').findIndex((one) => /^\s*\{\{|^\s*(?:- )?[\w./-]+:\s+\{\{/.test(one));
  return row < 0 ? undefined : row;
}

function readChunk(chunk: Chunk): ReadChunk {
  const value = parsePlainYaml(chunk.text);
  if (value !== NOT_PLAIN) {
    let lines: Lines | undefined;
    const lineOf = (segments: ReadonlyArray<string | number>) => {
      lines ??= linesOf(chunk.text);
      return chunk.line + lineIn(lines, segments);
    };
    return { documents: [{ value, lineOf, part: chunk }], problems: [] };
  }
  return /^\s*[{[]/.test(chunk.text) ? (readJson(chunk) ?? readYaml(chunk)) : readYaml(chunk);
}

function linesOf(text: string): Lines {
  const lines: Lines = new Map();
  parsePlainYaml(text, lines);
  return lines;
}

/** The row of the last of the segments; those of one plain reading are in the order of the objects. */
function lineIn(lines: Lines, segments: ReadonlyArray<string | number>): number {
  const [root] = lines.keys();
  let at: unknown = root;
  let line = 0;
  for (const segment of segments) {
    if (at === null || typeof at !== 'object') break;
    line = lines.get(at)?.get(segment) ?? line;
    at = (at as Record<string | number, unknown>)[segment];
  }
  return line;
}

/** JSON: one value, or one in each row. */
function readJson(chunk: Chunk): ReadChunk | undefined {
  let from = chunk.from;
  const rows = chunk.text.split('\n').map((text, index) => {
    const row = { text, line: chunk.line + index, from };
    from += text.length + 1;
    return row;
  });
  const parts = isJson(chunk.text) ? [chunk] : rows.filter(({ text }) => text.trim() !== '');
  if (!parts.every(({ text }) => isJson(text))) return undefined;
  return {
    documents: parts.map((part) => ({
      value: JSON.parse(part.text) as unknown,
      part,
      lineOf: (segments) => {
        // JSON is YAML, whose reader knows where everything is.
        const lineCounter = new LineCounter();
        const { contents } = parseDocument(part.text, { ...AS_KUBERNETES, lineCounter });
        return part.line - 1 + nodeLine(contents, segments, lineCounter);
      },
    })),
    problems: [],
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readYaml(chunk: Chunk): ReadChunk {
  const { text, line } = chunk;
  const lineCounter = new LineCounter();
  const problems: ReadingProblem[] = [];
  const lineAt = (offset: number) => line - 1 + lineCounter.linePos(offset).line;
  let document = parseDocument(text, { ...AS_KUBERNETES, lineCounter });
  const twice = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
  const [error] = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
  if (error) {
    return {
      documents: [],
      problems: [{ line: lineAt(error.pos[0]), message: firstLine(error.message), isRead: false }],
    };
  }
  if (twice.length > 0) {
    problems.push(
      ...twice.map(({ pos }) => ({
        line: lineAt(pos[0]),
        message: 'a key is there twice: kubectl takes the last one, and refuses it with --validate=strict',
        isRead: true,
      })),
    );
    document = parseDocument(text, { ...AS_KUBERNETES, lineCounter: new LineCounter(), uniqueKeys: false });
  }
  try {
    const value = document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
    return {
      documents: [
        {
          value,
          part: chunk,
          lineOf: (segments) => line - 1 + nodeLine(document.contents, segments, lineCounter),
        },
      ],
      problems,
    };
  } catch (failure) {
    return {
      documents: [],
      problems: [...problems, { line, message: firstLine((failure as Error).message), isRead: false }],
    };
  }
}

/** More aliases than that are a bomb, not a manifest. */
const MAX_ALIASES = 1000;

const firstLine = (message: string) => message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, '');

/** The line on which the last of the segments begins: that of its key. */
function nodeLine(
  node: Node | null,
  segments: ReadonlyArray<string | number>,
  lineCounter: LineCounter,
): number {
  let at: unknown = node;
  let offset = node?.range?.[0] ?? 0;
  for (const segment of segments) {
    if (isMap(at)) {
      const pair = at.items.find((one) => isPair(one) && String(one.key) === String(segment));
      if (!pair) break;
      offset = (pair.key as Node | null)?.range?.[0] ?? offset;
      at = pair.value;
    } else if (isSeq(at)) {
      const item = at.items[Number(segment)] as Node | undefined;
      if (!item) break;
      offset = item.range?.[0] ?? offset;
      at = item;
    } else break;
  }
  return lineCounter.linePos(offset).line;
}
