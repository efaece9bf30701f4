/**
 * Manifests of others, each with what is right to say of it: `cases/`, whose first comments are the expectation.
 *
 *   # expect: nothing                       none of the rules in `of` speaks; without `of`, none at all
 *   # expect: RULE at Kind/name[, as a warning][, …]
 *   # expect: a finding at Kind/name[, such as RULE]
 *   # says: PATTERN                         what the finding says fits it
 *   # of: RULE[ at part of a path], …
 */
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { evaluate } from '../../../lib/checklist/evaluate';
import { type Finding, FindingSeverity } from '../../../lib/finding/finding';
import { Inventory } from '../../../lib/inventory/inventory';
import { readDocuments } from '../../../lib/inventory/reading/yaml-documents';

const CASES = join(__dirname, 'cases');
const names = readdirSync(CASES)
  .filter((name) => name.endsWith('.yaml'))
  // What is no manifest is in test/cli/reading.test.ts.
  .filter((name) => !/^5[78]-/.test(name));

function findingsOf(text: string): readonly Finding[] {
  const { documents } = readDocuments(text);
  return evaluate(Inventory.ofSourced(documents), { profile: 'default' }).findings;
}

const comment = (text: string, name: string) => new RegExp(`^# ${name}: (.*)$`, 'm').exec(text)?.[1];

test('there are as many as there were', () => expect(names.length).toBeGreaterThanOrEqual(53));

interface Expectation {
  /** Rules that must not speak, by id and part of a path. */
  readonly silent: ReadonlyArray<readonly [rule: string, part: string]>;
  /** What must be said: by which rule, where, and in what words. */
  readonly said?: {
    readonly rule?: string;
    readonly place: string;
    readonly words: RegExp;
    readonly isMild: boolean;
  };
}

function expectationOf(text: string): Expectation {
  const line = comment(text, 'expect') ?? '';
  if (line === 'nothing') {
    const of = (comment(text, 'of') ?? '').split(',').map((one) => one.trim().split(' '));
    return { silent: of.map(([rule, , part = '']) => [rule, part] as const) };
  }
  const [, wanted, place = ''] = /^(a finding|[A-Z]+-\d+) at ([^ ,]+)/.exec(line) ?? [];
  return {
    silent: [...line.matchAll(/(?:neither|nor) ([A-Z]+-\d+)/g)].map(([, rule]) => [rule, ''] as const),
    said: {
      rule: wanted === 'a finding' ? /such as ([A-Z]+-\d+)/.exec(line)?.[1] : wanted,
      place,
      words: new RegExp(comment(text, 'says') ?? '', 'i'),
      isMild: line.includes('as a warning'),
    },
  };
}

/** What is not as it is expected, for a person. */
function problemsOf(findings: readonly Finding[], { silent, said }: Expectation): string[] {
  const show = ({ severity, rule, kind, name, path, measured }: Finding) =>
    `${severity} ${rule} ${kind}/${name} ${path}: ${measured}`;
  const wrong = findings.filter(({ rule, path }) =>
    silent.some(([id, part]) => id === rule && path.includes(part)),
  );
  if (!said) return wrong.map(show);
  const found = findings.filter(
    ({ rule, kind, name, path, measured, expected, fix }) =>
      `${kind}/${name}` === said.place &&
      (said.rule === undefined || said.rule === rule) &&
      said.words.test(`${path} ${measured} ${expected} ${fix}`),
  );
  const tooBad = found.filter(
    ({ severity, expected }) =>
      (said.isMild && severity === FindingSeverity.ERROR) || /-\d+ replicas/.test(expected),
  );
  return [
    ...[...wrong, ...tooBad].map(show),
    ...(found.length > 0 ? [] : ['nothing is said, but:', ...findings.map(show)]),
  ];
}

test.each(names)('%s', (name) => {
  const text = readFileSync(join(CASES, name), 'utf8');
  expect(problemsOf(findingsOf(text), expectationOf(text))).toEqual([]);
});
