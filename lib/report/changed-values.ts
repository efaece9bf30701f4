/** Values before and after, as a person compares them: short ones on a line, long texts by their lines. */
import { diffLines } from 'diff';
import type { FieldChange } from '../change/comparing/field-changes';
import { printable } from '../units/text';

const SHOWN_LETTERS = 120;
/** Lines of one text that are shown. */
const SHOWN_LINES = 40;

/** A value on one line. */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = printable(text.replace(/\n/g, '⏎'));
  return line.length <= SHOWN_LETTERS ? line : `${line.slice(0, SHOWN_LETTERS)}…`;
}

/** A change of a field: one line, or the lines of a text that came and went, with a sign before each. */
export function fieldLines({ path, before, after }: FieldChange): string[] {
  if (typeof before === 'string' && typeof after === 'string' && /\n/.test(before + after))
    return [`${printable(path)}:`, ...changedLines(before, after)];
  return [`${printable(path)}: ${shownValue(before)} -> ${shownValue(after)}`];
}

function changedLines(before: string, after: string): string[] {
  const lines = diffLines(before, after).flatMap(({ value, added, removed }) =>
    added || removed
      ? value
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `  ${added ? '+' : '-'} ${shownValue(line)}`)
      : [],
  );
  return lines.length <= SHOWN_LINES
    ? lines
    : [...lines.slice(0, SHOWN_LINES), `  … ${lines.length - SHOWN_LINES} more lines`];
}
