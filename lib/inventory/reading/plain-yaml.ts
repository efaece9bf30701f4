/**
 * A reader of plain YAML, as nearly all manifests are written: block mappings and sequences, scalars and flow collections of
 * one line, literal blocks, folded ones of one paragraph. It is some ten times as fast as a whole reader of YAML, and gives up on everything else
 * (anchors, tags, merge keys, duplicate keys, folded or continued scalars …), which the `yaml` package then reads and decides.
 * What it does read, it reads as `yaml` does with `version: '1.1'`; the tests hold it to that.
 */
import { parse } from 'yaml';

/** Not plain; a value of its own, for null and undefined are values. */
export const NOT_PLAIN = Symbol('not plain');

/** Lines of the entries of each mapping and sequence, by key or index. The first line is 0. */
export type Lines = Map<object, Map<string | number, number>>;

class NotPlain extends Error {}

/** Reads one document; `lines` is filled when it is given. */
export function parsePlainYaml(text: string, lines?: Lines): unknown {
  // Tabs and carriage returns are seldom, and each has rules of its own.
  if (/[\t\r\u0085\u2028\u2029\ufeff]/.test(text)) return NOT_PLAIN;
  try {
    return new Reader(text, lines).document();
  } catch (error) {
    if (error instanceof NotPlain) return NOT_PLAIN;
    throw error;
  }
}

/** `key:` or `key: value`; keys are words as Kubernetes has them, or quoted. */
const ENTRY = /^([\w./$~+-][\w./$@~+-]*|"[^"\\]*"|'[^']*') *:(?: +(.*))?$/;
const BLOCK = /^([|>])([+-]?)(?: +#.*)?$/;
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"(?: +#.*| *)$/;
const SINGLE_QUOTED = /^'((?:[^']|'')*)'(?: +#.*| *)$/;
/** Begins a node that is not plain, or none at all. */
const INDICATOR = /^[&*!%@`?>|,\]}#]|^[-?:](?: |$)/;

class Reader {
  private readonly rows: string[];
  private at = 0;
  /** Indent and text of the row that is read; a dash takes its own part away. */
  private indent = 0;
  private text = '';

  constructor(
    source: string,
    private readonly lines: Lines | undefined,
  ) {
    this.rows = source.split('\n');
  }

  document(): unknown {
    if (/^---( +#.*| *)$/.test(this.rows[0])) this.at = 1;
    else if (this.rows[0].startsWith('---')) throw new NotPlain();
    if (!this.next()) return null;
    if (this.indent !== 0) throw new NotPlain();
    const value = this.block(0, -1);
    if (this.at < this.rows.length) throw new NotPlain();
    return value;
  }

  /** Goes to the next row that says something, from the one at hand on; false at the end. */
  private next(): boolean {
    for (; this.at < this.rows.length; this.at += 1) {
      const row = this.rows[this.at];
      let indent = 0;
      while (row.charCodeAt(indent) === 32) indent += 1;
      if (indent === row.length || row[indent] === '#') continue;
      if (indent === 0 && (row.startsWith('---') || row.startsWith('...'))) throw new NotPlain();
      this.indent = indent;
      this.text = row.slice(indent);
      return true;
    }
    return false;
  }

  /** Whether the next row goes on with what has a given indent. */
  private continues(indent: number): boolean {
    return this.next() && this.indent > indent;
  }

  /** The node that begins in the row at hand; its parent has a smaller indent. */
  private block(indent: number, parent: number): unknown {
    if (this.text === '-' || this.text.startsWith('- ')) return this.sequence(indent);
    if (ENTRY.test(this.text)) return this.mapping(indent);
    return this.scalar(this.text, parent);
  }

  private sequence(indent: number): unknown[] {
    const items: unknown[] = [];
    const places = this.placesOf(items);
    do {
      if (!(this.text === '-' || this.text.startsWith('- '))) throw new NotPlain();
      places?.set(items.length, this.at);
      const rest = this.text.slice(1).trimStart();
      if (rest === '' || rest[0] === '#') {
        this.at += 1;
        items.push(this.continues(indent) ? this.block(this.indent, indent) : null);
      } else {
        this.indent = indent + this.text.length - rest.length;
        this.text = rest;
        items.push(this.block(this.indent, indent));
      }
    } while (this.next() && this.indent === indent && (this.text === '-' || this.text.startsWith('- ')));
    if (this.at < this.rows.length && this.indent > indent) throw new NotPlain();
    return items;
  }

  private mapping(indent: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    const places = this.placesOf(fields);
    do {
      const match = ENTRY.exec(this.text);
      if (!match) throw new NotPlain();
      const [, written, value = ''] = match;
      const key = this.key(written);
      if (Object.hasOwn(fields, key)) throw new NotPlain();
      places?.set(key, this.at);
      fields[key] = value === '' || value[0] === '#' ? this.nested(indent) : this.scalar(value, indent);
    } while (this.next() && this.indent === indent);
    if (this.at < this.rows.length && this.indent > indent) throw new NotPlain();
    return fields;
  }

  private key(written: string): string {
    if (written === '<<' || written === '__proto__') throw new NotPlain();
    const first = written[0];
    if (first === '"' || first === "'") {
      const key = written.slice(1, -1);
      if (key === '__proto__') throw new NotPlain();
      return key;
    }
    if (typeof plain(written) !== 'string') throw new NotPlain();
    return written;
  }

  /** The value of a key that has none in its row. */
  private nested(indent: number): unknown {
    this.at += 1;
    if (!this.next()) return null;
    if (this.indent > indent) return this.block(this.indent, indent);
    // A sequence may stand below its key.
    if (this.indent === indent && (this.text === '-' || this.text.startsWith('- ')))
      return this.sequence(indent);
    return null;
  }

  /** A scalar or flow collection in the rest of a row; what holds it has an indent. */
  private scalar(text: string, indent: number): unknown {
    const block = BLOCK.exec(text);
    if (block) return this.literal(block[2], indent, block[1] === '>');
    this.at += 1;
    const value = inline(text);
    // It goes on in the next row: folded, or something that is wrong.
    if (this.continues(indent)) throw new NotPlain();
    return value;
  }

  /** A text of several rows; folded, it is one line, and what is more than that (paragraphs, lists) is left to `yaml`. */
  private literal(chomping: string, indent: number, isFolded: boolean): string {
    this.at += 1;
    const begin = this.at;
    let own = -1;
    const content: string[] = [];
    for (; this.at < this.rows.length; this.at += 1) {
      const row = this.rows[this.at];
      let spaces = 0;
      while (row.charCodeAt(spaces) === 32) spaces += 1;
      if (spaces === row.length) {
        // Blanks before the first text may say something of the indent.
        if (own < 0 && spaces > 0) throw new NotPlain();
        content.push(own < 0 ? '' : row.slice(own));
        continue;
      }
      if (own < 0) {
        if (spaces <= indent) break;
        own = spaces;
      }
      if (spaces < own) {
        if (spaces > indent) throw new NotPlain();
        break;
      }
      content.push(row.slice(own));
    }
    if (own < 0) throw new NotPlain();
    let end = content.length;
    while (end > 0 && content[end - 1] === '') end -= 1;
    const rows = content.slice(0, end);
    if (isFolded && (chomping === '+' || rows.some((row) => row === '' || row.startsWith(' '))))
      throw new NotPlain();
    const body = rows.join(isFolded ? ' ' : '\n');
    if (chomping === '-') return body;
    if (chomping === '') return `${body}\n`;
    // Kept: as many ends of lines as there are. The last row has none.
    const trailing = content.length - end;
    const atEnd = this.at >= this.rows.length;
    if (atEnd && begin + content.length === this.rows.length)
      return `${body}${'\n'.repeat(Math.max(1, trailing))}`;
    return `${body}${'\n'.repeat(trailing + 1)}`;
  }

  private placesOf(value: object): Map<string | number, number> | undefined {
    if (!this.lines) return undefined;
    const places = new Map<string | number, number>();
    this.lines.set(value, places);
    return places;
  }
}

/** A scalar or flow collection of one line. */
function inline(text: string): unknown {
  switch (text[0]) {
    case '"': {
      const match = DOUBLE_QUOTED.exec(text);
      if (!match) throw new NotPlain();
      return unescaped(match[1]);
    }
    case "'": {
      const match = SINGLE_QUOTED.exec(text);
      if (!match) throw new NotPlain();
      return match[1].replaceAll("''", "'");
    }
    case '{':
    case '[':
      return new Flow(text).whole();
    default: {
      const comment = text.indexOf(' #');
      const value = (comment < 0 ? text : text.slice(0, comment)).trimEnd();
      if (INDICATOR.test(value) || value.includes(': ') || value.endsWith(':')) throw new NotPlain();
      return plain(value);
    }
  }
}

/** Escapes that JSON and YAML have in common. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  if (/\\[^"\\/bfnrtu]/.test(text.replaceAll('\\\\', ''))) throw new NotPlain();
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    throw new NotPlain();
  }
}

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...['null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
]);

/** What `yaml` makes of the other plain scalars; numbers and versions repeat. */
const known = new Map<string, unknown>();

/** `/`, `$`, `_` and `(`: no number, word or time begins with them. */
const isWordStart = (code: number) => code === 47 || code === 36 || code === 95 || code === 40;

/** A plain scalar by the rules of YAML 1.1. */
function plain(text: string): unknown {
  const first = text.charCodeAt(0);
  const isLetter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122);
  if (isLetter || isWordStart(first)) {
    return WORDS.has(text) ? WORDS.get(text) : text;
  }
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  const before = known.get(text);
  if (before !== undefined || known.has(text)) return before;
  if (text.length > 200) throw new NotPlain();
  const value: unknown = parse(text, { version: '1.1', logLevel: 'silent' });
  // A time is no value of JSON.
  if (value !== null && typeof value === 'object') throw new NotPlain();
  if (known.size < 10_000) known.set(text, value);
  return value;
}

/** A flow collection: `{app: shop, ports: [80, "443"]}`. */
class Flow {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): unknown {
    const value = this.value();
    if (!/^ *(?:$| #)/.test(this.text.slice(this.at))) throw new NotPlain();
    return value;
  }

  private skip(): void {
    while (this.text[this.at] === ' ') this.at += 1;
    if (this.text[this.at] === '#') throw new NotPlain();
  }

  private value(): unknown {
    this.skip();
    const first = this.text[this.at];
    if (first === '{') return this.mapping();
    if (first === '[') return this.sequence();
    if (first === '"' || first === "'") return this.quoted();
    return plain(this.word());
  }

  private quoted(): string {
    const rest = this.text.slice(this.at);
    const match = /^"((?:[^"\\]|\\.)*)"|^'((?:[^']|'')*)'/.exec(rest);
    if (!match) throw new NotPlain();
    this.at += match[0].length;
    this.skip();
    return match[1] === undefined ? match[2].replaceAll("''", "'") : unescaped(match[1]);
  }

  /** A plain scalar: up to what ends it. */
  private word(): string {
    const match = /^(?:[^,[\]{}:#]|:(?=[^ ,[\]{}])|(?<=[^ ])#)+/.exec(this.text.slice(this.at));
    const text = match?.[0].trimEnd() ?? '';
    if (text === '' || INDICATOR.test(text)) throw new NotPlain();
    this.at += match?.[0].length ?? 0;
    return text;
  }

  private sequence(): unknown[] {
    const items: unknown[] = [];
    this.at += 1;
    for (this.skip(); this.text[this.at] !== ']'; this.skip()) {
      items.push(this.value());
      this.skip();
      // `[a: b]` is a mapping of one entry.
      if (this.text[this.at] === ',') this.at += 1;
      else if (this.text[this.at] !== ']') throw new NotPlain();
    }
    this.at += 1;
    return items;
  }

  private mapping(): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    this.at += 1;
    for (this.skip(); this.text[this.at] !== '}'; this.skip()) {
      const first = this.text[this.at];
      const key = first === '"' || first === "'" ? this.quoted() : plain(this.word());
      if (typeof key !== 'string' || key === '__proto__' || key === '<<' || Object.hasOwn(fields, key))
        throw new NotPlain();
      this.skip();
      if (this.text[this.at] !== ':') throw new NotPlain();
      this.at += 1;
      this.skip();
      const next = this.text[this.at];
      fields[key] = next === ',' || next === '}' ? null : this.value();
      this.skip();
      if (this.text[this.at] === ',') this.at += 1;
      else if (this.text[this.at] !== '}') throw new NotPlain();
    }
    this.at += 1;
    return fields;
  }
}
