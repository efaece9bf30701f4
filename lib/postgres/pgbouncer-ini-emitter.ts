import { commentLines } from './comment-emitter';
import type { PgBouncerConfiguration } from './pgbouncer-tuning';

/**
 * Prints `pgbouncer.ini`. Its grammar has no quotes for plain values: what ends a line, begins a section or a comment, or
 * separates fields cannot be written, so a value that holds it is a fault of the caller.
 */
export function printPgBouncerIni({ databases, directives }: PgBouncerConfiguration): string {
  const lines = [
    '[databases]',
    ...databases.map(
      ({ name, host, port }) => `${word(name)} = host=${word(host)} port=${port} dbname=${word(name)}`,
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
  if (/^[A-Za-z0-9_./*, -]*$/.test(text)) return text;
  throw new Error(`cannot be written into pgbouncer.ini as a value: ${JSON.stringify(text)}`);
}
