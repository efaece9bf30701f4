/** Mutants of a stack that passes: each with one field, that some rule reads, taken away or set to something else. */
import { readFileSync } from 'fs';
import { join } from 'path';
import { CATALOGUE } from '../../lib/checklist/catalogue';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import type { Manifest } from '../support/synth';
import { passingStack } from './stack';

/** What people have reviewed; `mutation.exhaustive.ts` compares all of it and writes it anew. */
export const MUTANTS_FILE = join(__dirname, 'mutants.json');

export interface Mutants {
  /** Field, and the rules that speak when it is gone. */
  readonly removed: Record<string, string[]>;
  /** Field, and the rules that speak when it is something else. */
  readonly broken: Record<string, string[]>;
  /** Fields that may be gone or something else in a stack that is as good, and why. */
  readonly equivalent: Record<string, string>;
}

export const knownMutants = () => JSON.parse(readFileSync(MUTANTS_FILE, 'utf8')) as Mutants;

type Path = ReadonlyArray<string | number>;

/** Rules that have something to say, beyond what is excused. */
export function speaking(objects: readonly Manifest[]): string[] {
  const { findings, notes } = evaluate(Inventory.of(objects));
  const open = findings.filter(({ suppressed }) => suppressed === undefined).map(({ rule }) => rule);
  return [...new Set([...open, ...(notes.length > 0 ? ['note'] : [])])].sort();
}

interface Place {
  readonly index: number;
  readonly path: Path;
}

/** Objects that write down which of their fields are read. */
function recorded(objects: readonly Manifest[]): {
  watched: Manifest[];
  reads: Map<string, Map<string, Place>>;
} {
  const reads = new Map<string, Map<string, Place>>();
  const watch = (value: unknown, index: number, kind: string, path: Path): unknown => {
    if (value === null || typeof value !== 'object') return value;
    return new Proxy(value, {
      get(target, key, receiver) {
        const found: unknown = Reflect.get(target, key, receiver);
        if (typeof key === 'symbol' || !Object.hasOwn(target, key) || key === 'length') return found;
        const at = [...path, Array.isArray(target) ? Number(key) : key];
        const name = `${kind} ${generic(at)}`;
        const places = reads.get(name) ?? new Map<string, Place>();
        reads.set(name, places.set(`${index} ${at.join('.')}`, { index, path: at }));
        return watch(found, index, kind, at);
      },
    });
  };
  return { watched: objects.map((object, index) => watch(object, index, object.kind, [])), reads };
}

/** A path with its indexes left out, and with the keys of labels and data as they are. */
function generic(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? '[]' : key))
    .join('.')
    .replaceAll('.[]', '[]');
}

const stack = passingStack();
const { watched, reads } = recorded(stack);
const inventory = Inventory.of(watched);
/** COR-017 reads every field, and has tests of its own: test/inventory/api, test/cluster. */
for (const rule of CATALOGUE.filter(({ id }) => id !== 'COR-017')) rule.examine(inventory);
/** Fields that rules read for what they say. */
export const FIELDS: readonly string[] = [...reads.keys()].sort();

type Mutation = (parent: Manifest, key: string | number) => void;

export const removal: Mutation = (parent, key) => {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
};

/** A value of the same type that nobody means; a field with others in it becomes empty. */
export const breakage: Mutation = (parent, key) => {
  const value: unknown = parent[key];
  if (typeof value === 'string') parent[key] = 'not this!';
  else if (typeof value === 'number') parent[key] = -1;
  else if (typeof value === 'boolean') parent[key] = !value;
  else parent[key] = Array.isArray(value) ? [] : {};
};

function mutant(objects: readonly Manifest[], { index, path }: Place, mutate: Mutation): Manifest[] {
  const object: Manifest = structuredClone(objects[index]);
  const parent = path.slice(0, -1).reduce((at, key) => at[key], object);
  mutate(parent, path[path.length - 1]);
  return objects.map((one, at) => (at === index ? object : one));
}

/** Rules that speak when a field is mutated, wherever it is; fields that none misses are left out. */
export function speakers(fields: readonly string[], mutate: Mutation): Record<string, string[]> {
  return Object.fromEntries(
    fields
      .map((name): [string, string[]] => {
        const places = [...(reads.get(name)?.values() ?? [])];
        const rules = places.flatMap((place) => speaking(mutant(stack, place, mutate)));
        return [name, [...new Set(rules)].sort()];
      })
      .filter(([, rules]) => rules.length > 0),
  );
}
