/**
 * Advice that can be followed: objects at random, of every shape that people have, are mended as each finding says, and in the
 * end nothing is left. Where two rules contradicted each other, the one would be broken by what mends the other.
 */
import fc from 'fast-check';
import { evaluate } from '../../../lib/checklist/evaluate';
import type { Finding } from '../../../lib/finding/finding';
import { Inventory } from '../../../lib/inventory/inventory';
import type { Manifest } from '../../support/synth';
import { FACTS, type Facts, manifestsOf } from './advice/facts';
import { mend } from './advice/repairs';

/** More rounds than any advice takes: one finding may only show when another is mended. */
const ROUNDS = 12;

function open(objects: readonly Manifest[]): Finding[] {
  return evaluate(Inventory.of(objects), { profile: 'strict' }).findings.filter(
    ({ suppressed }) => suppressed === undefined,
  );
}

/** What is left when everything is done as it is told. */
function followed(facts: Facts): { left: Finding[]; objects: Manifest[] } {
  const objects = manifestsOf(facts);
  let left = open(objects);
  for (let round = 0; round < ROUNDS && left.length > 0; round += 1) {
    for (const finding of left) mend(objects, finding);
    left = open(objects);
  }
  return { left, objects };
}

test('everything is done as it is told, and nothing is left', () => {
  const heard = new Set<string>();
  fc.assert(
    fc.property(FACTS, (facts) => {
      for (const { rule } of open(manifestsOf(facts))) heard.add(rule);
      const { left, objects } = followed(facts);
      expect({
        left: left.map(({ rule, kind, path, measured, expected, fix }) => ({
          rule,
          at: `${kind} ${path}`,
          measured,
          expected,
          fix,
        })),
        objects: left.length > 0 ? objects : [],
      }).toEqual({ left: [], objects: [] });
    }),
    { numRuns: 300 },
  );
  expect(heard.size).toBeGreaterThan(25);
});
