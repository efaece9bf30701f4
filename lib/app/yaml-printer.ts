import { blockOf, lineOf } from './yaml-scalars';

/** Prints a value as a YAML document, with a line end behind it. */
export type DocumentPrinter = (document: unknown) => string;

/** Longer keys are written behind a question mark. */
const LONGEST_KEY = 1024;
/** Looks like the begin of a document or a directive, where a key stands; `m`, since U+2028 begins a line too. */
const DOCUMENT_MARK = /^(?:%|---|\.\.\.)/m;
/** Names of fields come again; keys of data may be many. */
const KEYS_REMEMBERED = 10_000;

/** Said of a document with something that plain JSON does not have, or that is written in an unusual way. */
class NotPlain extends Error {}

/**
 * Prints plain JSON as the `Yaml.stringify` of cdk8s does, byte for byte, without the tree of nodes which that makes
 * first. What is rare is left to the printer that is given: a string with control characters or blank lines at its ends,
 * a document with an unusual key, or with an object that comes twice and so would be an alias.
 */
export class YamlPrinter {
  private readonly keys = new Map<string, string>();
  /** Objects of the document that is printed. */
  private readonly met = new Set<object>();
  /** A line end and the indentation, by depth. */
  private readonly margins = ['\n'];

  constructor(private readonly other: DocumentPrinter) {}

  /** The text of some documents, with `---` between them. */
  print(documents: readonly unknown[]): string {
    return documents.map((document) => this.document(document)).join('---\n');
  }

  private document(document: unknown): string {
    if (typeof document !== 'object' || document === null) return this.other(document);
    this.met.clear();
    try {
      return `${this.collection(document, 0)}\n`;
    } catch (error) {
      if (error instanceof NotPlain) return this.other(document);
      throw error;
    }
  }

  /** A map or a list without the margin of its first line. */
  private collection(value: object, depth: number): string {
    if (this.met.has(value) || 'toJSON' in value) throw new NotPlain();
    this.met.add(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Array.prototype) return this.list(value as readonly unknown[], depth);
    if (prototype !== Object.prototype || Symbol.iterator in value) throw new NotPlain();
    return this.map(value as Record<string, unknown>, depth);
  }

  private map(map: Record<string, unknown>, depth: number): string {
    const margin = this.margin(depth);
    let text = '';
    for (const key of Object.keys(map)) {
      const value = map[key];
      if (text !== '') text += margin;
      text += this.key(key);
      if (typeof value === 'object' && value !== null) {
        const inner = this.collection(value, depth + 1);
        text += inner === '{}' || inner === '[]' ? ' ' : this.margin(depth + 1);
        text += inner;
      } else {
        text += ' ';
        text += this.scalar(value, depth + 1);
      }
    }
    return text === '' ? '{}' : text;
  }

  private list(list: readonly unknown[], depth: number): string {
    const margin = this.margin(depth);
    let text = '';
    for (const value of list) {
      text += text === '' ? '- ' : `${margin}- `;
      text +=
        typeof value === 'object' && value !== null
          ? this.collection(value, depth + 1)
          : this.scalar(value, depth + 1);
    }
    return text === '' ? '[]' : text;
  }

  /** A key with its colon. */
  private key(key: string): string {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    const line = DOCUMENT_MARK.test(key) ? undefined : lineOf(key);
    if (line === undefined || line.length > LONGEST_KEY) throw new NotPlain();
    if (this.keys.size < KEYS_REMEMBERED) this.keys.set(key, `${line}:`);
    return `${line}:`;
  }

  private scalar(value: unknown, depth: number): string {
    switch (typeof value) {
      case 'string':
        return lineOf(value) ?? blockOf(value, this.margin(depth)) ?? this.unusual(value, depth);
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? `${value}` : this.unusual(value, depth);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'object':
      case 'undefined':
        return 'null';
      default:
        throw new NotPlain();
    }
  }

  /** As the other printer writes it, one step deep. */
  private unusual(value: unknown, depth: number): string {
    const text = this.other([value]).slice('- '.length, -'\n'.length);
    return depth === 1 ? text : text.replace(/\n(?=[^\n])/g, this.margin(depth - 1));
  }

  private margin(depth: number): string {
    return (this.margins[depth] ??= `\n${'  '.repeat(depth)}`);
  }
}
