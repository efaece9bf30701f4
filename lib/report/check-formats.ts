/** A report of the checklist in the formats that people and tools read. */
import type { Report } from '../checklist/evaluate';
import { type Finding, FindingSeverity, placeOf } from '../finding/finding';
import { xml } from './xml';

export type CheckFormat = 'text' | 'json' | 'sarif' | 'junit' | 'markdown';

/** A format as a function from a report to text. */
export const CHECK_FORMATS: Readonly<Record<CheckFormat, (report: Report) => string>> = {
  text: toText,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
  sarif: toSarif,
  junit: toJunit,
  markdown: toMarkdown,
};

const MARK = { holds: '+', broken: '-', 'nothing to look at': ' ' } as const;

function sentence({ measured, expected, fix }: Finding): string {
  return `${measured}; expected: ${expected}; ${fix}`;
}

function toText(report: Report): string {
  const lines: string[] = [];
  let object = '';
  for (const finding of report.findings) {
    if (finding.suppressed !== undefined) continue;
    if (placeOf(finding) !== object) {
      object = placeOf(finding);
      lines.push(object);
    }
    lines.push(`  ${finding.severity} ${finding.rule} ${finding.path}`, `    ${sentence(finding)}`);
  }
  if (lines.length > 0) lines.push('');
  lines.push("The guide's checklist:");
  for (const { line, verdict } of report.guide)
    lines.push(`  [${MARK[verdict]}] ${line}${verdict === 'holds' ? '' : `: ${verdict}`}`);
  lines.push('', ...report.notes.map((note) => `note: ${note}`), summary(report));
  return `${lines.join('\n')}\n`;
}

/** One line that says how it went. */
function summary({ findings, rules, objects }: Report): string {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  const count = (severity: FindingSeverity) => open.filter((finding) => finding.severity === severity).length;
  const applicable = rules.filter(({ examined }) => examined > 0).length;
  return (
    `${objects} objects, ${applicable} of ${rules.length} rules applicable: ` +
    `${count(FindingSeverity.ERROR)} errors, ${count(FindingSeverity.WARNING)} warnings, ${count(FindingSeverity.INFO)} infos, ` +
    `${findings.length - open.length} suppressed`
  );
}

/** SARIF 2.1.0, as code scanning reads it. */
function toSarif(report: Report): string {
  const level = { error: 'error', warning: 'warning', info: 'note' } as const;
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cdk8s-tuned',
            informationUri: 'https://github.com/cdk8s-tuned/cdk8s-tuned',
            rules: report.rules.map(({ rule, title }) => ({ id: rule, shortDescription: { text: title } })),
          },
        },
        results: report.findings.map((finding) => ({
          ruleId: finding.rule,
          level: level[finding.severity],
          message: { text: `${placeOf(finding)}: ${finding.path}: ${sentence(finding)}` },
          locations: [
            {
              logicalLocations: [
                { fullyQualifiedName: `${placeOf(finding)} ${finding.path}`, kind: 'resource' },
              ],
            },
          ],
          ...(finding.suppressed !== undefined && {
            suppressions: [{ kind: 'inSource', justification: finding.suppressed }],
          }),
        })),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** JUnit: a case for each rule; a rule with nothing to look at is skipped, not passed. */
function toJunit(report: Report): string {
  const open = report.findings.filter(({ suppressed }) => suppressed === undefined);
  const cases = report.rules.map(({ rule, title, examined }) => {
    const own = open.filter((finding) => finding.rule === rule);
    const failures = own.map(
      (finding) =>
        `<failure type="${finding.severity}" message="${xml(`${placeOf(finding)}: ${finding.path}`)}">${xml(sentence(finding))}</failure>`,
    );
    const inside =
      failures.length > 0
        ? failures.join('')
        : examined === 0
          ? '<skipped message="nothing to look at"/>'
          : '';
    return `  <testcase classname="cdk8s-tuned" name="${xml(`${rule} ${title}`)}">${inside}</testcase>`;
  });
  const failed = new Set(open.map(({ rule }) => rule)).size;
  const skipped = report.rules.filter(({ examined }) => examined === 0).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="cdk8s-tuned" tests="${report.rules.length}" failures="${failed}" skipped="${skipped}">`,
    ...cases,
    '</testsuite>',
    '',
  ].join('\n');
}

function toMarkdown(report: Report): string {
  const open = report.findings.filter(({ suppressed }) => suppressed === undefined);
  const cell = (text: string) => text.replace(/[\\|<>]/g, (one) => `\\${one}`).replace(/\s+/g, ' ');
  const table =
    open.length === 0
      ? []
      : [
          '| | rule | object | where | measured | expected | fix |',
          '| --- | --- | --- | --- | --- | --- | --- |',
          ...open.map(
            (finding) =>
              `| ${finding.severity} | [${finding.rule}](${finding.docs}) | ${[placeOf(finding), finding.path, finding.measured, finding.expected, finding.fix].map(cell).join(' | ')} |`,
          ),
          '',
        ];
  return [
    ...table,
    "| the guide's checklist | |",
    '| --- | --- |',
    ...report.guide.map(({ line, verdict }) => `| ${line} | ${verdict} |`),
    '',
    summary(report),
    '',
  ].join('\n');
}
