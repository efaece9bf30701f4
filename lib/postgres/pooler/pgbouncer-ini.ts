import { commentLines } from '../../units/comment';
import type { PgBouncerConfiguration } from './pgbouncer-tuning';

/**
 * Prints `pgbouncer.ini`. Its grammar has no quotes for plain values: what ends a line, begins a section or a comment, or
 * separates fields cannot be written, so a value that holds it is a fault of the caller.
 */
export function printPgBouncerIni({ databases, directives }: PgBouncerConfiguration): string {
  const lines = [
    '[databases]',
    ...databases.map(
      ({ name, host, port, connections }) =>
        `${word(name)} = host=${word(host)} port=${port} dbname=${word(name)}` +
        (connections === undefined ? '' : ` max_db_connections=${connections}`),
    ),
    '',
    '[pgbouncer]',
    ...directives.flatMap(({ name, value, reason }) => [
      ...commentLines(';', reason),
      `${word(name)} = ${plain(value)}`.trimEnd(),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function word(text: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(text)) return text;
  throw new Error(`cannot be written into pgbouncer.ini as a name: ${JSON.stringify(text)}`);
}

function plain(text: string): string {
  if (/^[A-Za-z0-9_./*@+, -]*$/.test(text)) return text;
  throw new Error(`cannot be written into pgbouncer.ini as a value: ${JSON.stringify(text)}`);
}

/** A `pgbouncer.ini`: its databases with their fields, and the settings of PgBouncer itself. */
export interface ParsedPgBouncerIni {
  readonly databases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly settings: ReadonlyMap<string, string>;
}

/** Reads a `pgbouncer.ini`: the last line of a name wins, as in PgBouncer. */
export function parsePgBouncerIni(text: string): ParsedPgBouncerIni {
  const databases = new Map<string, ReadonlyMap<string, string>>();
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\s*\[(\w+)\]\s*$/.exec(line)?.[1] ?? section;
    const [, name, value] = /^\s*([^\s;#[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (section === 'pgbouncer') settings.set(name, value);
    if (section === 'databases') {
      const fields = [...value.matchAll(/(\w+)=(?:'((?:[^']|'')*)'|(\S*))/g)];
      databases.set(
        name,
        new Map(fields.map(([, key, quoted, bare]) => [key, quoted?.replaceAll("''", "'") ?? bare])),
      );
    }
  }
  return { databases, settings };
}
