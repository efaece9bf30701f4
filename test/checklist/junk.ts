/** A stack that passes, with one field at a time being what nobody expects there. */
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { passingStack } from './stack';

const JUNK: readonly unknown[] = [null, 7, 'text', true, [], {}, [[]], [{ a: 1 }], ['text'], [null]];

type Path = Array<string | number>;

function pathsIn(value: unknown, at: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap((key) => {
    const next = [...at, Array.isArray(value) ? Number(key) : key];
    return [next, ...pathsIn((value as Record<string, unknown>)[key], next)];
  });
}

const stack = passingStack();
const fields = stack.flatMap((object, index) => pathsIn(object).map((path) => ({ index, path })));

/** Tries those fields that are chosen; returns what the checklist threw, by field. */
export function harmfulJunk(isChosen: (field: unknown, index: number) => boolean): string[] {
  return fields
    .map((field, count) => ({ ...field, junk: JUNK[count % JUNK.length] }))
    .filter(isChosen)
    .flatMap(({ index, path, junk }) => {
      const object = structuredClone(stack[index]);
      const parent = path.slice(0, -1).reduce((at, key) => at[key], object);
      parent[path[path.length - 1]] = junk;
      const documents = [...stack.slice(0, index), object, ...stack.slice(index + 1)];
      try {
        evaluate(Inventory.of(documents));
        return [];
      } catch (error) {
        return [`${object.kind} ${path.join('.')} = ${JSON.stringify(junk)}: ${(error as Error).stack}`];
      }
    });
}

export const fieldCount = fields.length;
