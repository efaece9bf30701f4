import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { customResourceValidator, isCustom, kubernetesValidator, MINORS } from '../cluster/schemas';
import type { Manifest } from '../support/synth';

/** The API servers of every version take the objects, and no rule of the checklist has anything to say of them. */
export function expectSound(objects: readonly Manifest[]): void {
  const custom = objects.filter(isCustom);
  const rest = objects.filter((object) => !isCustom(object));
  expect(custom.flatMap(customResourceValidator())).toEqual([]);
  expect(MINORS.flatMap((minor) => rest.flatMap(kubernetesValidator(minor)))).toEqual([]);
  const { findings } = evaluate(Inventory.of(objects));
  // Nobody has tried how these scale, which is another matter.
  expect(findings.filter(({ rule }) => rule !== 'SCALE-001')).toEqual([]);
}
