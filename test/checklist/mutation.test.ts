/**
 * The checklist against mutants of a stack that passes: every field that any rule reads is taken away, one at a time, and
 * exactly the rules that should speak do. What they are stands in `mutants.json`, which people review;
 * `UPDATE_MUTANTS=1 npx jest test/checklist/mutation` writes it anew.
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

function without(objects: readonly Manifest[], index: number, path: Path): Manifest[] {
  const copy = structuredClone(objects) as Manifest[];
  const parent = path.slice(0, -1).reduce((at: Manifest, key) => at[key], copy[index]);
  const last = path[path.length - 1];
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

interface Mutants {
  /** Field, and the rules that speak when it is gone. */
  readonly killed: Record<string, string[]>;
  /** Fields whose absence leaves a stack that is as good, and why. */
  readonly equivalent: Record<string, string>;
}

const stack = passingStack();
const { watched, reads } = recorded(stack);
evaluate(Inventory.of(watched));

test('the stack passes, and every rule has something to look at', () => {
  const report = evaluate(Inventory.of(stack));
  expect(speaking(stack)).toEqual([]);
  expect(report.rules.filter(({ examined }) => examined === 0).map(({ rule }) => rule)).toEqual([]);
});

test('every field that a rule reads is missed by exactly the rules that should miss it', () => {
  const results = Object.fromEntries(
    [...reads].map(([name, places]) => {
      const rules = [...places.values()].flatMap(({ index, path }) => speaking(without(stack, index, path)));
      return [name, [...new Set(rules)].sort()];
    }),
  );
  let known = JSON.parse(readFileSync(FILE, 'utf8')) as Mutants;
  if (process.env.UPDATE_MUTANTS !== undefined) {
    const killed = Object.fromEntries(
      Object.entries(results)
        .filter(([, rules]) => rules.length > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    known = { killed, equivalent: known.equivalent };
    writeFileSync(FILE, `${JSON.stringify(known, null, 2)}\n`);
  }
  const lived = Object.keys(results).filter(
    (name) => results[name].length === 0 && !(name in known.equivalent),
  );
  process.stdout.write(
    `mutants: ${reads.size}, equivalent: ${Object.keys(known.equivalent).length}, lived: ${lived.length}\n`,
  );
  expect(lived.sort()).toEqual([]);
  const spoken = Object.fromEntries(Object.entries(results).filter(([name]) => !(name in known.equivalent)));
  expect(spoken).toEqual(known.killed);
  expect(Object.keys(known.equivalent).filter((name) => results[name]?.length !== 0)).toEqual([]);
}, 240_000);

test.each(BREAKAGES.map((breakage) => [breakage.what, breakage] as const))(
  '%s is found, and nothing else',
  (_, { breakIt, rules }) => {
    const broken = passingStack();
    breakIt(broken);
    expect(speaking(broken)).toEqual([...rules].sort());
  },
);

test('every rule of the catalogue is heard', () => {
  const { killed } = JSON.parse(readFileSync(FILE, 'utf8')) as Mutants;
  const heard = new Set([...Object.values(killed).flat(), ...BREAKAGES.flatMap(({ rules }) => rules)]);
  expect(CATALOGUE.map(({ id }) => id).filter((id) => !heard.has(id))).toEqual([]);
});
