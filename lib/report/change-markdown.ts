/** A report of changes as the comment of a pull request: headline, one table, details folded, never longer than GitHub takes. */
import { type ChangeReport, type ObjectReport, openFindings } from '../change/change-report';
import type { GuardFinding } from '../change/guard/guard';
import { placeOf } from '../finding/finding';
import { fieldLines, shownValue } from './changed-values';

/** The longest comment of GitHub. */
export const LONGEST_COMMENT = 65_536;

/** Room for what is said of parts that are left out. */
const LAST_WORDS = 300;

/** Hidden in the comment, so that a job finds the one to update. */
export function markerOf(to: string): string {
  return `<!-- cdk8s-tuned diff ${to.replace(/^[^:]*:/, '').replace(/[^\w./-]/g, '_')} -->`;
}

export function changesToMarkdown(report: ChangeReport): string {
  const { headline, findings, objects, totals, notes, from, to } = report;
  const sign = openFindings(report).length > 0 ? '❌ ' : '';
  const page = new Page(LONGEST_COMMENT - LAST_WORDS);
  page.add(`${markerOf(to)}\n### ${sign}${escaped(headline)}\n\n${code(from)} → ${code(to)}\n`);
  for (const finding of findings) page.add(`\n${findingText(finding)}`);
  if (totals.length > 0 || objects.length > 0)
    page.add('\n| | what | before | after |\n| --- | --- | --- | --- |\n');
  for (const { what, before = 'none', after = 'none' } of totals)
    page.add(`| in all | ${escaped(what)} | ${escaped(before)} | ${escaped(after)} |\n`);
  const left = { rows: 0, details: 0 };
  for (const object of objects) if (!page.add(rowsOf(object))) left.rows += 1;
  for (const note of notes) page.add(`\n_${escaped(note)}_\n`);
  for (const object of objects.filter(({ fields }) => fields.length > 0))
    if (!page.add(detailsOf(object))) left.details += 1;
  const missing = [
    ...(left.rows > 0 ? [`${left.rows} objects`] : []),
    ...(left.details > 0 ? [`the details of ${left.details} objects`] : []),
  ];
  return missing.length > 0
    ? `${page.text}\nToo long for a comment: ${missing.join(' and ')} are left out. \`cdk8s-tuned diff\` shows them.\n`
    : page.text;
}

/** Text that takes what fits. */
class Page {
  private parts: string[] = [];
  private bytes = 0;

  constructor(private readonly most: number) {}

  get text(): string {
    return this.parts.join('');
  }

  add(part: string): boolean {
    const bytes = Buffer.byteLength(part, 'utf8');
    if (this.bytes + bytes > this.most) return false;
    this.parts.push(part);
    this.bytes += bytes;
    return true;
  }
}

function findingText(finding: GuardFinding): string {
  const { id, verdict, path, before, after, says, steps, docs, accepted } = finding;
  const head = `**${verdict}** [${id}](${docs}) ${code(placeOf(finding))}`;
  if (accepted !== undefined) return `- ${head}: accepted: ${escaped(accepted)}\n`;
  return [
    `- ${head}<br>`,
    `  ${code(path)}: ${code(shownValue(before))} → ${code(shownValue(after))}<br>${escaped(says)}`,
    ...steps.map((step, index) => `  ${index + 1}. ${escaped(step)}`),
    '',
  ].join('\n');
}

const VERB = { added: 'added', removed: 'removed', changed: 'changed' } as const;

function rowsOf(object: ObjectReport): string {
  const { change, effects, measures, fields } = object;
  const effect = effects.length > 0 ? `: **${effects[0].effect}**, ${escaped(effects[0].text)}` : '';
  const count = fields.length > 0 ? ` (${fields.length} ${fields.length === 1 ? 'field' : 'fields'})` : '';
  return [
    `| ${code(placeOf(object))} | ${VERB[change]}${count}${effect} | | |`,
    ...measures.map(
      ({ what, before = 'none', after = 'none' }) =>
        `| | ${escaped(what)} | ${escaped(before)} | ${escaped(after)} |`,
    ),
    '',
  ].join('\n');
}

function detailsOf(object: ObjectReport): string {
  const lines = object.fields.flatMap((field) =>
    fieldLines(field).map((line) => line.replace(/^ {2}(?=[+-] )/, '')),
  );
  // A fence that nothing in the text ends.
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return `\n<details><summary>${inHtml(placeOf(object))}</summary>\n\n${fence}diff\n${lines.join('\n')}\n${fence}\n\n</details>\n`;
}

/** Text of anybody in a table: nothing of it is markup, and nobody is mentioned. */
function escaped(text: string): string {
  return inHtml(text).replace(/[\\|`*_[\]]/g, (one) => `\\${one}`);
}

function inHtml(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;');
}

/** Text of anybody as code in a table. */
function code(text: string): string {
  return `\`${text.replace(/\s+/g, ' ').replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}
