/** A report of the checklist as SARIF 2.1.0, as code scanning reads it: its types are the format's own. */
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { fingerprintOf } from '../checklist/baseline';
import { CATALOGUE, docsOf } from '../checklist/catalogue';
import type { Report, RuleOutcome } from '../checklist/evaluate';
import { type Finding, placeOf, sentence } from '../finding/finding';

const LEVEL = { error: 'error', warning: 'warning', info: 'note' } as const;

export function toSarif({ rules, findings, unread }: Report): string {
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cdk8s-tuned',
            informationUri: 'https://github.com/cdk8s-tuned/cdk8s-tuned',
            rules: [...rules.map(descriptorOf), ...UNLISTED.filter(isUsed(findings))],
          },
        },
        invocations: [
          {
            executionSuccessful: unread.length === 0,
            toolExecutionNotifications: unread.map(({ file, line, message }) => ({
              level: 'error',
              message: { text: message },
              locations: [{ physicalLocation: physicalLocation(file, line) }],
            })),
          },
        ],
        results: findings.map(resultOf),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptorOf({ rule, title }: Pick<RuleOutcome, 'rule' | 'title'>): ReportingDescriptor {
  const known = CATALOGUE.find(({ id }) => id === rule);
  const why = known?.why ?? title;
  return {
    id: rule,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${why} ${docsOf(rule)}`, markdown: `${why}\n\n[${rule}](${docsOf(rule)})` },
    helpUri: docsOf(rule),
    ...(known && { defaultConfiguration: { level: LEVEL[known.byDefault ?? known.severity] } }),
    properties: { tags: ['kubernetes', rule.split('-')[0]] },
  };
}

/** What is no rule of the catalogue, and is told all the same. */
const UNLISTED = [descriptorOf({ rule: 'SUP-001', title: 'A suppression names a rule and says why' })];

const isUsed = (findings: readonly Finding[]) => (descriptor: ReportingDescriptor) =>
  findings.some(({ rule }) => rule === descriptor.id);

function resultOf(finding: Finding): Result {
  const { file, line, path, rule, severity, suppressed } = finding;
  const place = placeOf(finding);
  const location: Location = {
    ...(file !== undefined && { physicalLocation: physicalLocation(file, line) }),
    logicalLocations: [{ fullyQualifiedName: `${place} ${path}`, kind: 'resource' }],
  };
  return {
    ruleId: rule,
    level: LEVEL[severity],
    message: { text: `${place}: ${path}: ${sentence(finding)}` },
    partialFingerprints: { 'cdk8s-tuned/v1': fingerprintOf(finding) },
    locations: [location],
    ...(suppressed !== undefined && { suppressions: [{ kind: 'inSource', justification: suppressed }] }),
  };
}

/** A file relative to the repository, as a URI, and a line of it. */
function physicalLocation(file: string, line = 1): NonNullable<Location['physicalLocation']> {
  const uri = file.replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/');
  return { artifactLocation: { uri }, region: { startLine: line } };
}
