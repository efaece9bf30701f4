/** One field of a document written anew: a change of a few letters, so that comments, order and style stay as they are. */
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
} from 'yaml';
import { AS_KUBERNETES } from './yaml-options';

/** What a field may become. */
export type EditValue = string | number | boolean | readonly string[];

/** What to make of one field, whatever else the object holds. */
export type Edit =
  /** Writes the value in the place of a scalar, or as a new field with all that it needs above it. */
  | { readonly kind: 'set'; readonly value: EditValue }
  /** Makes text of what stands there without quotes, letter by letter. */
  | { readonly kind: 'quote' }
  /** Gives the field another name, that no other one has. */
  | { readonly kind: 'rename'; readonly name: string };

/** Letters of a text, from the first up to the second offset, and what takes their place. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * An edit as a change of the text of one document; undefined where it is not certain: what is there is no scalar, has a tag,
 * or comes by an alias, a merge or an anchor that others share.
 */
export function spliceOf(
  text: string,
  segments: ReadonlyArray<string | number>,
  edit: Edit,
): Splice | undefined {
  const lineCounter = new LineCounter();
  const { contents, errors } = parseDocument(text, { ...AS_KUBERNETES, lineCounter });
  const place = errors.length === 0 ? placeOf(contents, segments) : undefined;
  if (!place) return undefined;
  const { map, pair, missing } = place;
  if (pair) return edit.kind === 'rename' ? renamed(text, map, pair, edit.name) : replaced(text, pair, edit);
  return edit.kind === 'set'
    ? added(text, map, missing, edit.value, (offset) => lineCounter.linePos(offset).col - 1)
    : undefined;
}

/** A text after changes of other places of it; of two that meet the second is left out. */
export function splice(text: string, changes: readonly Splice[]): string {
  let result = '';
  let done = 0;
  for (const { from, to, text: part } of [...changes].sort((a, b) => a.from - b.from)) {
    if (from < done) continue;
    result += text.slice(done, from) + part;
    done = to;
  }
  return result + text.slice(done);
}

interface Place {
  /** The last map of the way that is there. */
  readonly map: YAMLMap;
  /** The field itself, where it is there. */
  readonly pair?: Pair;
  /** Names from the map on that are not there. */
  readonly missing: readonly string[];
}

/** The way to a field, through maps and lists that nobody else shares. */
function placeOf(contents: unknown, segments: ReadonlyArray<string | number>): Place | undefined {
  let at = contents;
  for (const [index, segment] of segments.entries()) {
    if (isShared(at)) return undefined;
    if (isSeq(at)) {
      at = at.items[Number(segment)];
      continue;
    }
    if (!isMap(at)) return undefined;
    const pair = at.items.find(
      (one) => isPair(one) && isScalar(one.key) && String(one.key.value) === segment,
    );
    if (!pair) {
      const missing = segments.slice(index).filter((one) => typeof one === 'string');
      const isWhole = missing.length === segments.length - index;
      return isWhole && !hasMerge(at) ? { map: at, missing } : undefined;
    }
    if (index === segments.length - 1) return { map: at, pair, missing: [] };
    at = pair.value;
  }
  return undefined;
}

/** What is not there may come by a merge. */
function hasMerge({ items }: YAMLMap): boolean {
  return items.some(({ key }) => isScalar(key) && key.source === '<<');
}

function isShared(node: unknown): boolean {
  return isAlias(node) || (isNode(node) && node.anchor !== undefined);
}

function replaced(
  text: string,
  { key, value }: Pair,
  edit: Exclude<Edit, { kind: 'rename' }>,
): Splice | undefined {
  if (!isScalar(value) || isShared(value) || !value.range || value.tag !== undefined) return undefined;
  const [from, to] = value.range;
  const source = text.slice(from, to);
  // Nothing, or a block of text.
  if (source === '' || /^[|>]/.test(source)) return undefined;
  if (edit.kind === 'quote')
    return value.type === 'PLAIN' ? { from, to, text: JSON.stringify(source) } : undefined;
  return { from, to, text: inline(edit.value, source.startsWith('"') || isQuoted(text, key)) };
}

function renamed(text: string, map: YAMLMap, { key }: Pair, name: string): Splice | undefined {
  if (!isScalar(key) || !key.range || isShared(key) || map.has(name)) return undefined;
  const [from, to] = key.range;
  return { from, to, text: inline(name, isQuoted(text, key)) };
}

/** Whether a key is written as JSON writes it. */
function isQuoted(text: string, key: unknown): boolean {
  return isScalar(key) && key.range !== undefined && key.range !== null && text[key.range[0]] === '"';
}

/** A new field after the last one of its map. */
function added(
  text: string,
  map: YAMLMap,
  names: readonly string[],
  value: EditValue,
  columnOf: (offset: number) => number,
): Splice | undefined {
  const [first, last] = [map.items[0]?.key, map.items.at(-1)];
  const end = last && endOf(last);
  if (!isScalar(first) || !first.range || end === undefined) return undefined;
  const begin = first.range[0];
  const [name, ...below] = names;
  const inner = below.reduceRight<unknown>((child, parent) => ({ [parent]: child }), value);
  if (map.flow === true) {
    const isJson = isQuoted(text, first);
    const lastKey = isScalar(last?.key) ? last.key.range?.[0] : undefined;
    const gap = /\n\s*$/.exec(text.slice(0, lastKey))?.[0] ?? ' ';
    return { from: end, to: end, text: `,${gap}${inline(name, isJson)}: ${inline(inner, isJson)}` };
  }
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = stringify({ [name]: inner }, PRINTED)
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(columnOf(begin)) + line)
    .join(eol);
  // A block of text ends with the line.
  const isAtLine = end > 0 && text[end - 1] === '\n';
  const next = isAtLine ? end : text.indexOf('\n', end) + 1;
  if (next > 0) return { from: next, to: next, text: `${lines}${eol}` };
  return { from: text.length, to: text.length, text: `${eol}${lines}` };
}

/** As people write it, and as every reader takes it: words that YAML 1.1 takes for something else are in quotes. */
const PRINTED = { version: '1.1', lineWidth: 0 } as const;

/** A value in one line. */
function inline(value: unknown, isJson: boolean): string {
  return isJson || (typeof value === 'object' && value !== null)
    ? JSON.stringify(value)
    : stringify(value, PRINTED).trimEnd();
}

/** Where the last letters of something stand, before comments that follow. */
function endOf(node: unknown): number | undefined {
  if (isPair(node)) {
    const isEmpty = !isNode(node.value) || (isScalar(node.value) && node.value.source === '');
    return endOf(isEmpty ? node.key : node.value);
  }
  if ((isMap(node) || isSeq(node)) && node.flow !== true) return endOf(node.items.at(-1));
  return isNode(node) ? node.range?.[1] : undefined;
}
