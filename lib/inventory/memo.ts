import type { Inventory } from './inventory';

/** What follows from an inventory, worked out once for each. */
export function memo<T>(make: (inventory: Inventory) => T): (inventory: Inventory) => T {
  const made = new WeakMap<Inventory, T>();
  return (inventory) => {
    const found = made.get(inventory) ?? make(inventory);
    made.set(inventory, found);
    return found;
  };
}
