/** The checklist against a stack with any of its fields being something else. */
import { fieldCount, harmfulJunk } from './junk';

test('it survives any field being something else', () => {
  expect(fieldCount).toBeGreaterThan(2000);
  expect(harmfulJunk(() => true)).toEqual([]);
}, 600_000);
