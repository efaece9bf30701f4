/**
 * Writes `lib/checklist/examples-table.ts`: for each rule what it reads, and an object that breaks it beside the same one
 * mended. They are the tests' own: a stack that passes every rule, and the fields that break one (test/checklist).
 *
 *   node scripts/rule-examples.mjs            writes it
 *   node scripts/rule-examples.mjs --check    fails when it is not what it would write
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { format } from 'prettier';
import { stringify } from 'yaml';
import { build } from './build.mjs';
import { loadTest } from './load-tests.mjs';
import { root } from './project.mjs';

const TARGET = join(root, 'lib/checklist/examples-table.ts');
build();
const require = createRequire(import.meta.url);
const { CATALOGUE } = require(join(root, 'build/lib/checklist/catalogue.js'));
const { evaluate } = require(join(root, 'build/lib/checklist/evaluate.js'));
const { Inventory } = require(join(root, 'build/lib/inventory/inventory.js'));
globalThis.expect = { getState: () => ({}) };
const { passingStack } = loadTest('test/checklist/stack.ts');
const { BREAKAGES } = loadTest('test/checklist/broken/index.ts');
const { broken, removed } = JSON.parse(readFileSync(join(root, 'test/checklist/mutants.json'), 'utf8'));

/** Most fields that a page names. */
const READS = 8;
/** Longest example, in lines and letters. */
const LINES = 90;
const LETTERS = 6000;

/** Lines without the blanks that all of them begin with. */
function dedent(lines) {
  const least = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(Number.isFinite(least) ? least : 0));
}

const isObject = (value) => value !== null && typeof value === 'object';
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const deleted = Symbol('deleted');

/** What differs between two values, with the names of what holds it. */
function difference(before, after) {
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) {
      const only = (list, others) => list.filter((one) => !others.some((other) => same(one, other)));
      return [only(before, after), only(after, before)];
    }
    const parts = before.map((one, index) =>
      same(one, after[index]) ? undefined : difference(one, after[index]),
    );
    return [0, 1].map((side) =>
      parts.flatMap((part) => (part && part[side] !== deleted ? [part[side]] : [])),
    );
  }
  if (isObject(before) && isObject(after) && !Array.isArray(before) && !Array.isArray(after)) {
    const [mended, failing] = [{}, {}];
    for (const key of ['name', 'kind', ...Object.keys({ ...before, ...after })]) {
      const [one, other] = [before[key], after[key]];
      if (same(one, other)) {
        if (key === 'name' && one !== undefined) mended[key] = failing[key] = one;
        continue;
      }
      const [left, right] =
        one === undefined ? [deleted, other] : other === undefined ? [one, deleted] : difference(one, other);
      if (left !== deleted) mended[key] = left;
      if (right !== deleted) failing[key] = right;
    }
    return [mended, failing];
  }
  if (typeof before === 'string' && typeof after === 'string' && before.includes('\n')) {
    const [left, right] = [before.split('\n'), after.split('\n')];
    const changed = (lines, others) =>
      lines.filter((line) => line.trim() !== '' && !others.includes(line) && !/^\s*#/.test(line));
    return [changed(left, right), changed(right, left)].map(
      (lines) => `${lines.length === 0 ? '# nothing' : dedent(lines).join('\n')}\n`,
    );
  }
  return [before, after];
}

const nameOf = ({ metadata }) =>
  isObject(metadata) && metadata.name !== undefined ? { name: metadata.name } : {};

/** The objects that differ between two stacks, as the YAML of what differs. */
function shown(before, after) {
  const pairs = before.flatMap((one, index) => (same(one, after[index]) ? [] : [[one, after[index]]]));
  const more = after.slice(before.length).map((one) => [undefined, one]);
  const text = (object, part) =>
    object === undefined
      ? '# nothing\n'
      : stringify(
          {
            apiVersion: object.apiVersion,
            kind: object.kind,
            metadata: { ...nameOf(object), ...part.metadata },
            ...Object.fromEntries(Object.entries(part).filter(([key]) => key !== 'metadata')),
          },
          { lineWidth: 0 },
        );
  const sides = [...pairs, ...more].map(([one, other]) => {
    const [mended, failing] = one === undefined ? [{}, other] : difference(one, other);
    return [text(one, mended), text(other, failing)];
  });
  return [0, 1].map((side) => sides.map((both) => both[side]).join('---\n'));
}

const speaks = (id, objects) =>
  evaluate(Inventory.of(objects)).findings.find(
    ({ rule, suppressed }) => rule === id && suppressed === undefined,
  );

/** A mutant of a field by its general name, such as `Deployment spec.replicas`. */
function mutate(name, isRemoval) {
  const [kind, ...rest] = name.split(' ');
  const path = rest.join(' ');
  const stack = passingStack();
  for (const object of stack.filter((one) => one.kind === kind)) {
    for (const [holder, key] of placesOf(object, path)) {
      const value = holder[key];
      const objects = stack;
      const isList = Array.isArray(holder);
      if (isRemoval && isList) holder.splice(key, 1);
      else if (isRemoval) delete holder[key];
      else
        holder[key] =
          { string: 'not this!', number: -1, boolean: !value }[typeof value] ??
          (Array.isArray(value) ? [] : {});
      return objects;
    }
  }
  return undefined;
}

/** Places of a general path: [] is any index, and keys may hold dots. */
function placesOf(object, path) {
  const found = [];
  const walk = (value, rest) => {
    if (!isObject(value)) return;
    if (Array.isArray(value)) {
      if (rest.startsWith('[]')) {
        const after = rest.slice(2).replace(/^\./, '');
        value.forEach((item, index) => (after === '' ? found.push([value, index]) : walk(item, after)));
      }
      return;
    }
    for (const key of Object.keys(value)) {
      if (rest === key) found.push([value, key]);
      else if (rest.startsWith(`${key}.`)) walk(value[key], rest.slice(key.length + 1));
      else if (rest.startsWith(`${key}[]`)) walk(value[key], rest.slice(key.length));
    }
  };
  walk(object, path);
  return found;
}

/** Fields of a rule by the mutants that it hears: those that hold no other one of them. */
function readsOf(id) {
  const fields = [
    ...new Set([removed, broken].flatMap((all) => Object.keys(all).filter((name) => all[name].includes(id)))),
  ];
  const leaves = fields.filter(
    (name) => !fields.some((other) => other.startsWith(`${name}.`) || other.startsWith(`${name}[`)),
  );
  return leaves
    .filter((name) => !/ (metadata\.namespace|kind|apiVersion|metadata\.name)$/.test(name))
    .sort()
    .slice(0, READS);
}

function exampleOf(id) {
  const before = passingStack();
  const candidates = [
    ...BREAKAGES.filter(({ rules }) => rules.includes(id))
      .sort((a, b) => a.rules.length - b.rules.length)
      .map(({ breakIt }) => () => {
        const objects = passingStack();
        breakIt(objects);
        return objects;
      }),
    ...[
      [removed, true],
      [broken, false],
    ].flatMap(([all, isRemoval]) =>
      Object.keys(all)
        .filter((name) => all[name].includes(id) && !/ (kind|apiVersion)$/.test(name))
        .sort((a, b) => all[a].length - all[b].length || b.length - a.length)
        .slice(0, 4)
        .map((name) => () => mutate(name, isRemoval)),
    ),
  ];
  for (const candidate of candidates) {
    const after = candidate();
    const finding = after && speaks(id, after);
    if (!finding || after.length < before.length) continue;
    const [mended, failing] = shown(before, after);
    if (
      failing.split('\n').length + mended.split('\n').length <= LINES &&
      (failing + mended).length < LETTERS
    )
      return { failing, mended, says: `${finding.path}: ${finding.measured}`.slice(0, 300) };
  }
  return undefined;
}

/** Places of what a rule says of the tests' breakages, by kind. */
function placesSaid(id) {
  const found = new Set();
  for (const { breakIt } of BREAKAGES.filter((one) => one.rules.includes(id))) {
    const objects = passingStack();
    breakIt(objects);
    for (const { rule, kind, path, suppressed } of evaluate(Inventory.of(objects)).findings)
      if (rule === id && suppressed === undefined) found.add(`${kind} ${path.replace(/\[\d+\]/g, '[]')}`);
  }
  return [...found].sort().slice(0, READS);
}

const entries = CATALOGUE.map(({ id }) => {
  const reads = readsOf(id);
  return [id, { reads: reads.length > 0 ? reads : placesSaid(id), ...exampleOf(id) }];
});
const text = await format(
  `/** What rules read, and an object that breaks each, beside the same one mended. Written by \`node scripts/rule-examples.mjs\`. */
export interface RuleExample {
  /** Fields whose change it hears. */
  readonly reads: readonly string[];
  /** What breaks the rule; undefined where it takes more than a page shows. */
  readonly failing?: string;
  readonly mended?: string;
  /** What the rule says of it. */
  readonly says?: string;
}

export const EXAMPLES: Readonly<Record<string, RuleExample>> = ${JSON.stringify(Object.fromEntries(entries))};
`,
  { parser: 'typescript', printWidth: 110, singleQuote: true },
);
if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error('lib/checklist/examples-table.ts is not what its generator writes; run `npm run docs`');
  process.exitCode = 1;
}
