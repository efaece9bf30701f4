/** A report of the checklist in the formats that people and tools read. */
import { fingerprintOf } from '../checklist/baseline';
import type { Report } from '../checklist/evaluate';
import { type Finding, FindingSeverity, placeOf, sentence } from '../finding/finding';
import { printable } from '../units/text';
import { toSarif } from './sarif';
import { xml } from './xml';

export type CheckFormat = 'text' | 'json' | 'sarif' | 'github' | 'gitlab' | 'junit' | 'markdown';

/** A format as a function from a report to text. */
export const CHECK_FORMATS: Readonly<Record<CheckFormat, (report: Report) => string>> = {
  text: toText,
  json: ({ fixes, ...report }) =>
    `${JSON.stringify({ ...report, fixable: fixes.map(({ finding }) => report.findings.indexOf(finding)) }, null, 2)}\n`,
  sarif: toSarif,
  github: toGithub,
  gitlab: toGitlab,
  junit: toJunit,
  markdown: toMarkdown,
};

const MARK = { holds: '+', broken: '-', 'nothing to look at': ' ' } as const;

function toText(report: Report): string {
  const lines: string[] = [...overview(report)];
  const groups = new Map<string, Finding[]>();
  for (const finding of report.findings.filter(({ suppressed }) => suppressed === undefined)) {
    const where = `${placeOf(finding)}${finding.file === undefined ? '' : ` (${finding.file})`}`;
    const group = groups.get(where);
    if (group) group.push(finding);
    else groups.set(where, [finding]);
  }
  for (const [where, findings] of groups) {
    lines.push(where);
    const worst = (finding: Finding) => SEVERITIES.indexOf(finding.severity);
    for (const finding of findings.sort((one, other) => worst(one) - worst(other))) {
      const line = finding.line === undefined ? '' : `${finding.line}: `;
      lines.push(`  ${line}${finding.severity} ${finding.rule} ${finding.path}`, `    ${sentence(finding)}`);
      const written = writtenAt(report, finding);
      if (written !== undefined) lines.push(`    > ${written}`);
    }
  }
  if (groups.size > 0) lines.push('');
  lines.push("The guide's checklist:");
  for (const { line, verdict } of report.guide)
    lines.push(`  [${MARK[verdict]}] ${line}${verdict === 'holds' ? '' : `: ${verdict}`}`);
  lines.push(
    '',
    ...(report.fixes.length > 0 ? ['--diff shows what can be mended by --fix'] : []),
    ...report.unread.map(({ file, line, message }) => `not read: ${file}:${line}: ${message}`),
    ...report.notes.map((note) => `note: ${note}`),
    summary(report),
  );
  return `${lines.join('\n')}\n`;
}

/** Longest line that is shown whole. */
const SHOWN_LETTERS = 100;

/** What may be a password or hold one: it is not carried on into logs. */
const MAY_BE_SECRET = /pass|pwd|secret|token|key|credential|auth|:\/\/[^/\s]*:[^/\s]*@/i;

/** The line that a finding is about, without the blanks before it; not where it only begins what is below. */
function writtenAt({ textOf }: Report, { file, line, kind }: Finding): string | undefined {
  const text = file === undefined || line === undefined ? undefined : textOf?.(file, line)?.trim();
  if (text === undefined || text === '' || text.endsWith(':')) return undefined;
  if (kind === 'Secret' || MAY_BE_SECRET.test(text)) return undefined;
  const shown = printable(text);
  return shown.length <= SHOWN_LETTERS ? shown : `${shown.slice(0, SHOWN_LETTERS)}…`;
}

/** The worst first. */
const SEVERITIES = [FindingSeverity.ERROR, FindingSeverity.WARNING, FindingSeverity.INFO];

/** Above so many findings the rules that say most come first. */
const MANY = 30;

/** How often each rule speaks, when there is much to read. */
function overview({ findings, rules }: Report): string[] {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  if (open.length <= MANY) return [];
  const counts = new Map<string, { severity: FindingSeverity; rule: string; count: number }>();
  for (const { severity, rule } of open) {
    const key = `${severity} ${rule}`;
    counts.set(key, { severity, rule, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const titles = new Map(rules.map(({ rule, title }) => [rule, title]));
  const rows = [...counts.values()].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.count - a.count,
  );
  return [
    `${open.length} findings, by rule (cdk8s-tuned explain RULE says more):`,
    ...rows.map(
      ({ severity, rule, count }) =>
        `  ${`${count}`.padStart(5)}  ${severity.padEnd(7)}  ${rule.padEnd(9)} ${titles.get(rule) ?? ''}`,
    ),
    '',
  ];
}

/** One line that says how it went. */
function summary({ findings, rules, objects, unread }: Report): string {
  const open = findings.filter(({ suppressed }) => suppressed === undefined);
  const count = (severity: FindingSeverity) => open.filter((finding) => finding.severity === severity).length;
  const applicable = rules.filter(({ examined }) => examined > 0).length;
  return (
    `${objects} objects, ${applicable} of ${rules.length} rules applicable: ` +
    `${count(FindingSeverity.ERROR)} errors, ${count(FindingSeverity.WARNING)} warnings, ${count(FindingSeverity.INFO)} infos, ` +
    `${findings.length - open.length} suppressed${unread.length > 0 ? `; ${unread.length} parts of files could not be read` : ''}`
  );
}

/** Annotations of GitHub Actions: workflow commands, which it shows beside the lines of a pull request. */
function toGithub(report: Report): string {
  const command = { error: 'error', warning: 'warning', info: 'notice' } as const;
  const escape = (text: string) =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => escape(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const rows = report.findings
    .filter(({ suppressed }) => suppressed === undefined)
    .map((finding) => {
      const place =
        finding.file === undefined ? '' : `file=${property(finding.file)},line=${finding.line ?? 1},`;
      return `::${command[finding.severity]} ${place}title=${property(`${finding.rule} ${placeOf(finding)}`)}::${escape(`${finding.path}: ${sentence(finding)}`)}`;
    });
  const unread = report.unread.map(
    ({ file, line, message }) =>
      `::error file=${property(file)},line=${line},title=not read::${escape(message)}`,
  );
  return [...rows, ...unread, summary(report), ''].join('\n');
}

/** GitLab's code quality report (Code Climate), which it shows in a merge request. */
function toGitlab(report: Report): string {
  // Each has to be known by itself.
  const seen = new Map<string, number>();
  const own = (finding: Finding) => {
    const fingerprint = fingerprintOf(finding);
    const count = seen.get(fingerprint) ?? 0;
    seen.set(fingerprint, count + 1);
    return count === 0 ? fingerprint : `${fingerprint}-${count}`;
  };
  const severity = { error: 'critical', warning: 'minor', info: 'info' } as const;
  const rows = report.findings
    .filter(({ suppressed }) => suppressed === undefined)
    .map((finding) => ({
      type: 'issue',
      check_name: finding.rule,
      description: `${placeOf(finding)}: ${finding.path}: ${sentence(finding)}`,
      categories: ['Bug Risk'],
      severity: severity[finding.severity],
      fingerprint: own(finding),
      location: { path: finding.file ?? '-', lines: { begin: finding.line ?? 1 } },
    }));
  return `${JSON.stringify(rows, null, 2)}\n`;
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
