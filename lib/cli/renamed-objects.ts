/** Two environments beside each other: names of the first as the second has them. */
import type { SourcedDocument } from '../inventory/inventory';
import { isRecord, textAt } from '../inventory/json';
import { UsageError } from './command';

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Reads `shop-staging=shop-prod`. */
export function parseRename(text: string): Rename {
  const [, from, to] = /^([A-Za-z0-9][\w.-]*)=([A-Za-z0-9][\w.-]*)$/.exec(text) ?? [];
  if (from === undefined)
    throw new UsageError(
      `--rename is ${JSON.stringify(text)}; allowed: two names, such as shop-staging=shop-prod`,
    );
  return { from, to };
}

/** The namespaces of two environments, where each has one. */
export function singleNamespace(
  before: readonly SourcedDocument[],
  after: readonly SourcedDocument[],
): Rename[] {
  const [one, other] = [before, after].map(namespacesOf);
  return one.length === 1 && other.length === 1 && one[0] !== other[0]
    ? [{ from: one[0], to: other[0] }]
    : [];
}

function namespacesOf(documents: readonly SourcedDocument[]): string[] {
  return [...new Set(documents.flatMap(({ value }) => textAt(value, 'metadata', 'namespace') ?? []))];
}

/** Documents with other names, wherever a text has them as a whole: in a host, a label, or a reference. */
export function renamed(
  documents: readonly SourcedDocument[],
  renames: readonly Rename[],
): SourcedDocument[] {
  const patterns = renames.map(({ from, to }) => ({
    pattern: new RegExp(`(?<![A-Za-z0-9-])${from.replaceAll('.', '\\.')}(?![A-Za-z0-9-])`, 'g'),
    to,
  }));
  const inText = (text: string) => patterns.reduce((at, { pattern, to }) => at.replace(pattern, to), text);
  const inValue = (value: unknown): unknown => {
    if (typeof value === 'string') return inText(value);
    if (Array.isArray(value)) return (value as unknown[]).map(inValue);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, inValue(own)]));
  };
  return patterns.length === 0
    ? [...documents]
    : documents.map((document) => ({ ...document, value: inValue(document.value) }));
}
