import fc from 'fast-check';
import { compareSets } from '../../lib/change/comparing/object-changes';
import { Inventory } from '../../lib/inventory/inventory';
import { changePairs } from './pairs';
import { guarded } from './sets';

/** What props that change must and must not do, by what the pair says of itself. */
test('pairs of props: what changes is found, and what the guard refuses of it', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(changePairs(), ({ before, after, description }) => {
      const { changes } = compareSets(Inventory.of(before), Inventory.of(after));
      const ids = guarded(before, after).map(({ id }) => id);
      for (const id of ids) seen.add(id);
      const isOf = (name: string) => description.includes(`${name}:`);
      expect({
        isTold: changes.length === 0 || description !== '',
        moved: ids.includes('CHG-102'),
        claims: ids.includes('CHG-003') || !isOf('databaseClass') || isOf('databaseName'),
        web: /^web(Min|Max|Cpu|Image)[^,]*$/.test(description) && ids.length > 0,
      }).toEqual({ isTold: true, moved: isOf('databaseName'), claims: true, web: false });
    }),
    { numRuns: 25, seed: 16 },
  );
  expect([...seen].sort()).toEqual(expect.arrayContaining(['CHG-001', 'CHG-003', 'CHG-102', 'CHG-106']));
});
