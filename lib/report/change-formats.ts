/** A report of changes as text for a terminal, and as JSON; markdown is `change-markdown.ts`. */
import { type ChangeReport, type ObjectReport, openFindings } from '../change/change-report';
import type { GuardFinding } from '../change/guard/guard';
import type { Measure } from '../change/measures';
import { placeOf } from '../finding/finding';
import { printable } from '../units/text';
import { changesToMarkdown } from './change-markdown';
import { fieldLines, shownValue } from './changed-values';

export type ChangeFormat = 'text' | 'json' | 'markdown';

/** Colours a line by its meaning, or leaves it as it is. */
export type Paint = (text: string, meaning: 'added' | 'removed' | 'refused') => string;

export const PLAIN: Paint = (text) => text;

const CODES = { added: 32, removed: 31, refused: 31 } as const;

/** Colours of a terminal. */
export const COLOURED: Paint = (text, meaning) => `\u001b[${CODES[meaning]}m${text}\u001b[0m`;

/** A format as a function from a report to text. */
export const CHANGE_FORMATS: Readonly<Record<ChangeFormat, (report: ChangeReport, paint: Paint) => string>> =
  {
    text: toText,
    json: (report) => `${JSON.stringify(report, null, 2)}\n`,
    markdown: (report) => changesToMarkdown(report),
  };

/** Fields of one object that are shown: the schema of a CustomResourceDefinition has thousands. */
const SHOWN_FIELDS = 40;

const SIGN = { added: '+', removed: '-', changed: '~' } as const;

function toText(report: ChangeReport, paint: Paint): string {
  const { headline, findings, totals, objects, notes, unchanged } = report;
  const isBad = openFindings(report).length > 0;
  const lines = [isBad ? paint(headline, 'refused') : headline];
  for (const finding of findings) lines.push('', ...findingLines(finding, paint));
  if (totals.length > 0) lines.push('', 'in all', ...measureLines(totals, '  '));
  let stack: string | undefined;
  for (const object of objects) {
    if (object.stack !== stack) lines.push('', object.stack === '' ? 'objects' : object.stack);
    stack = object.stack;
    lines.push(...objectLines(object, paint));
  }
  lines.push('', ...notes.map((note) => `note: ${printable(note)}`), `${unchanged} objects are the same`);
  return `${lines.join('\n')}\n`;
}

function findingLines(finding: GuardFinding, paint: Paint): string[] {
  const { id, verdict, file, line, path, before, after, says, steps, docs, accepted } = finding;
  const where = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
  const head = printable(`${verdict} ${id} ${placeOf(finding)}${where}`);
  if (accepted !== undefined) return [`${head}: accepted: ${printable(accepted)}`];
  return [
    paint(head, 'refused'),
    `  ${printable(path)}: ${shownValue(before)} -> ${shownValue(after)}`,
    `  ${printable(says)}`,
    ...steps.map((step, index) => `  ${index + 1}. ${printable(step)}`),
    `  ${docs}`,
  ];
}

function objectLines(object: ObjectReport, paint: Paint): string[] {
  const { change, effects, measures, fields } = object;
  const title = printable(`  ${SIGN[change]} ${placeOf(object)}`);
  return [
    `${change === 'changed' ? title : paint(title, change)}${effects.length > 0 ? `: ${effects[0].effect}` : ''}`,
    ...effects.map(({ text }) => printable(`      ${text}`)),
    ...measureLines(measures, '      '),
    ...fields.slice(0, SHOWN_FIELDS).flatMap((field) =>
      fieldLines(field).map((line) => {
        const text = `      ${line}`;
        if (/^ {2}\+ /.test(line)) return paint(text, 'added');
        return /^ {2}- /.test(line) ? paint(text, 'removed') : text;
      }),
    ),
    ...(fields.length > SHOWN_FIELDS
      ? [`      … ${fields.length - SHOWN_FIELDS} more fields; --format json has all`]
      : []),
  ];
}

function measureLines(measures: readonly Measure[], indent: string): string[] {
  const width = Math.max(0, ...measures.map(({ what }) => what.length));
  return measures.map(({ what, before, after }) =>
    printable(`${indent}${what.padEnd(width)}  ${before ?? 'none'} -> ${after ?? 'none'}`),
  );
}
