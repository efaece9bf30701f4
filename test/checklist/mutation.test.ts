/**
 * The checklist against mutants of a stack that passes: every field that any rule reads is taken away, and set to
 * something else, one at a time, and exactly the rules that should speak do. What they are stands in `mutants.json`,
 * which people review; `UPDATE_MUTANTS=1 npx jest test/checklist/mutation` writes it anew.
 */
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { CATALOGUE } from '../../lib/checklist/catalogue';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import type { Manifest } from '../support/synth';
import { BREAKAGES } from './broken';
import { passingStack } from './stack';

const FILE = join(__dirname, 'mutants.json');

type Path = ReadonlyArray<string | number>;

/** Rules that have something to say, beyond what is excused. */
function speaking(objects: readonly Manifest[]): string[] {
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
evaluate(Inventory.of(watched));

type Mutation = (parent: Manifest, key: string | number) => void;

const removal: Mutation = (parent, key) => {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
};

/** A value of the same type that nobody means; a field with others in it becomes empty. */
const breakage: Mutation = (parent, key) => {
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

interface Mutants {
  /** Field, and the rules that speak when it is gone. */
  readonly removed: Record<string, string[]>;
  /** Field, and the rules that speak when it is something else. */
  readonly broken: Record<string, string[]>;
  /** Fields that may be gone or something else in a stack that is as good, and why. */
  readonly equivalent: Record<string, string>;
}

/** A line for each field, so that a difference is read field by field. */
function print(mutants: Mutants): string {
  const section = (fields: Readonly<Record<string, unknown>>) =>
    Object.entries(fields)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  const sections = Object.entries(mutants).map(([name, fields]) => `  "${name}": {\n${section(fields)}\n  }`);
  return `{\n${sections.join(',\n')}\n}\n`;
}

function speakers(mutate: Mutation): Record<string, string[]> {
  return Object.fromEntries(
    [...reads]
      .map(([name, places]): [string, string[]] => {
        const rules = [...places.values()].flatMap((place) => speaking(mutant(stack, place, mutate)));
        return [name, [...new Set(rules)].sort()];
      })
      .filter(([, rules]) => rules.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

test('the stack passes, and every rule has something to look at', () => {
  const report = evaluate(Inventory.of(stack));
  expect(speaking(stack)).toEqual([]);
  expect(report.rules.filter(({ examined }) => examined === 0).map(({ rule }) => rule)).toEqual([]);
});

test('every field that a rule reads is missed by exactly the rules that should miss it', () => {
  const found = { removed: speakers(removal), broken: speakers(breakage) };
  const lived = [...reads.keys()].filter((name) => !(name in found.removed) && !(name in found.broken));
  let known = JSON.parse(readFileSync(FILE, 'utf8')) as Mutants;
  if (process.env.UPDATE_MUTANTS !== undefined) {
    const still = Object.entries(known.equivalent).filter(([name]) => lived.includes(name));
    known = { ...found, equivalent: Object.fromEntries(still) };
    writeFileSync(FILE, print(known));
  }
  const unknown = lived.filter((name) => !(name in known.equivalent));
  process.stdout.write(
    `mutants: ${2 * reads.size} of ${reads.size} fields, equivalent: ${Object.keys(known.equivalent).length} fields, lived: ${unknown.length}\n`,
  );
  expect(unknown.sort()).toEqual([]);
  expect(found).toEqual({ removed: known.removed, broken: known.broken });
  expect(Object.keys(known.equivalent).filter((name) => !lived.includes(name))).toEqual([]);
}, 1_800_000);

test.each(BREAKAGES.map((one) => [one.what, one] as const))(
  '%s is found, and nothing else',
  (_, { breakIt, rules }) => {
    const broken = passingStack();
    breakIt(broken);
    expect(speaking(broken)).toEqual([...rules].sort());
  },
);

test('every rule of the catalogue is heard', () => {
  const { removed, broken } = JSON.parse(readFileSync(FILE, 'utf8')) as Mutants;
  const heard = new Set([
    ...Object.values(removed).flat(),
    ...Object.values(broken).flat(),
    ...BREAKAGES.flatMap(({ rules }) => rules),
  ]);
  expect(CATALOGUE.map(({ id }) => id).filter((id) => !heard.has(id))).toEqual([]);
});
