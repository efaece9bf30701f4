/**
 * The checklist against mutants of a stack that passes, and against stacks that are broken in one way each: exactly the
 * rules that should speak do. Here are samples of the mutants; `mutation.exhaustive.ts` makes all of them.
 */
import { CATALOGUE } from '../../lib/checklist/catalogue';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { BREAKAGES } from './broken';
import { breakage, FIELDS, knownMutants, removal, speakers, speaking } from './mutants';
import { passingStack } from './stack';

test('the stack passes, and every rule has something to look at', () => {
  const stack = passingStack();
  const report = evaluate(Inventory.of(stack));
  expect(speaking(stack)).toEqual([]);
  expect(report.rules.filter(({ examined }) => examined === 0).map(({ rule }) => rule)).toEqual([]);
});

/** One field in so many. */
const SAMPLE = 40;

test('a sample of the fields that rules read is missed by exactly the rules that should miss them', () => {
  const sample = FIELDS.filter((_, index) => index % SAMPLE === 0);
  const known = knownMutants();
  const among = (rules: Readonly<Record<string, string[]>>) =>
    Object.fromEntries(Object.entries(rules).filter(([name]) => sample.includes(name)));
  expect(speakers(sample, removal)).toEqual(among(known.removed));
  expect(speakers(sample, breakage)).toEqual(among(known.broken));
});

test('every field that rules read is among the mutants', () => {
  const { removed, broken, equivalent } = knownMutants();
  const known = new Set([removed, broken, equivalent].flatMap((fields) => Object.keys(fields)));
  expect([...known].sort()).toEqual(FIELDS);
});

test.each(BREAKAGES.map((one) => [one.what, one] as const))(
  '%s is found, and nothing else',
  (_, { breakIt, rules }) => {
    const broken = passingStack();
    breakIt(broken);
    expect(speaking(broken)).toEqual([...rules].sort());
  },
);

test('every rule of the catalogue is heard', () => {
  const { removed, broken } = knownMutants();
  const heard = new Set([
    ...Object.values(removed).flat(),
    ...Object.values(broken).flat(),
    ...BREAKAGES.flatMap(({ rules }) => rules),
  ]);
  const silent = CATALOGUE.filter(({ id }) => !heard.has(id));
  expect(silent.map(({ id }) => `${id}: say in test/checklist/broken/ what breaks it`)).toEqual([]);
});
