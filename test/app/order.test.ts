import { ApiObject, App, Chart, Testing } from 'cdk8s';
import { TunedApp } from 'cdk8s-tuned';
import { Construct, DependencyGroup } from 'constructs';
import * as fc from 'fast-check';
import { type Build, configMap, textOrRefusal } from './both-apps';

/** Names of the objects in a YAML text, in their order. */
const namesIn = (text: string) => [...text.matchAll(/^ {2}name: (.*)$/gm)].map(([, name]) => name);
const built = (app: App, build: Build) => (build(app), app);

const CASES: ReadonlyArray<[string, Build, readonly string[]]> = [
  [
    'objects come as they were made',
    (app) => ['c', 'a', 'b'].forEach((id) => configMap(new Chart(app, `chart-${id}`), id)),
    ['c', 'a', 'b'],
  ],
  [
    'a namespace comes before what depends on it',
    (app) => {
      const chart = new Chart(app, 'shop');
      const settings = configMap(chart, 'settings');
      settings.addDependency(
        new ApiObject(chart, 'shop', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
      );
    },
    ['shop', 'settings'],
  ],
  [
    'all of a chart comes after the one object in it that the chart depends on',
    (app) => {
      const chart = new Chart(app, 'shop');
      ['a', 'b', 'c'].forEach((id) => configMap(chart, id));
      chart.addDependency(chart.node.findChild('b'));
    },
    ['b', 'a', 'c'],
  ],
  [
    'a dependency between constructs is one between all their objects',
    (app) => {
      const chart = new Chart(app, 'shop');
      const [web, data] = ['web', 'data'].map((id) => new Construct(chart, id));
      for (const id of ['1', '2']) [web, data].forEach((part) => configMap(part, `${part.node.id}-${id}`));
      web.node.addDependency(data);
    },
    ['data-1', 'data-2', 'web-1', 'web-2'],
  ],
  [
    'an object that something depends on comes just before it, also when what it is part of depends on it',
    (app) => {
      const chart = new Chart(app, 'shop');
      const part = new Construct(chart, 'part');
      const inner = new Construct(part, 'inner');
      for (const [scope, id] of [
        [inner, 'a'],
        [chart, 'b'],
        [chart, 'c'],
      ] as const)
        configMap(scope, id);
      part.node.addDependency(inner);
      chart.node.findChild('c').node.addDependency(inner);
    },
    ['b', 'a', 'c'],
  ],
  [
    'a dependency on a group is one on each member',
    (app) => {
      const chart = new Chart(app, 'shop');
      const [a, b, c] = ['a', 'b', 'c'].map((id) => configMap(chart, id));
      a.node.addDependency(new DependencyGroup(c, b));
    },
    ['c', 'b', 'a'],
  ],
  [
    'a chart comes after the chart that it depends on',
    (app) => {
      const [web, data] = ['web', 'data'].map((id) => new Chart(app, id));
      configMap(web, 'a');
      configMap(data, 'b');
      web.addDependency(data);
    },
    ['b', 'a'],
  ],
  [
    'a chart comes after the chart of an object that one of its objects depends on',
    (app) => {
      const [web, data] = ['web', 'data'].map((id) => new Chart(app, id));
      configMap(web, 'a').addDependency(configMap(data, 'b'));
    },
    ['b', 'a'],
  ],
  [
    'a chart comes after a chart inside it',
    (app) => {
      const outer = new Chart(app, 'outer');
      configMap(outer, 'a');
      configMap(new Chart(outer, 'inner'), 'b');
    },
    ['b', 'a'],
  ],
];

test.each(CASES)('%s, as in cdk8s', (_, build, names) => {
  const [ours, theirs] = [new TunedApp(), new App()].map((app) => built(app, build));
  expect(namesIn(ours.synthYaml())).toEqual(names);
  expect(ours.synthYaml()).toBe(theirs.synthYaml());
  expect(ours.charts.map(({ node }) => node.path)).toEqual(theirs.charts.map(({ node }) => node.path));
});

/** A tree as numbers: what each construct is, whose child, and which depends on which. */
interface Plan {
  readonly parts: ReadonlyArray<readonly [kind: 'chart' | 'scope' | 'object', parent: number, id: string]>;
  readonly dependencies: ReadonlyArray<readonly [from: number, to: number]>;
}
const plans: fc.Arbitrary<Plan> = fc.record({
  parts: fc.array(
    fc.tuple(
      fc.constantFrom('chart' as const, 'scope' as const, 'object' as const, 'object' as const),
      fc.nat(12),
      fc.constantFrom('', 'x', '-1'),
    ),
    { minLength: 2, maxLength: 12 },
  ),
  dependencies: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 5 }),
});

const buildPlan =
  ({ parts, dependencies }: Plan): Build =>
  (app) => {
    const made: Construct[] = [app];
    for (const [index, [kind, parent, prefix]] of parts.entries()) {
      const scope = made[parent % made.length];
      // A number as an id comes first in every object of JavaScript.
      const id = `${prefix}${index}`;
      const inChart = scope.node.scopes.some((construct) => Chart.isChart(construct));
      if (kind === 'scope') made.push(new Construct(scope, id));
      else if (kind === 'object' && inChart)
        made.push(configMap(scope, id, { metadata: { name: `n${index}` } }));
      else made.push(new Chart(scope, id));
    }
    for (const [from, to] of dependencies)
      made[1 + (from % parts.length)].node.addDependency(made[1 + (to % parts.length)]);
  };

/** Whether cdk8s has written every object; it leaves out those of circles that it overlooks. */
const isWhole = (app: App, text: string) =>
  app.node.findAll().filter((construct) => ApiObject.isApiObject(construct)).length === namesIn(text).length;

/** What both apps make of a plan: `agree` is what must be so. */
function compare(plan: Plan) {
  const [ours, theirs] = [new TunedApp(), new App()].map((app) => built(app, buildPlan(plan)));
  const [mine, other] = [textOrRefusal(ours), textOrRefusal(theirs)];
  if (mine.text === undefined) {
    const constructs = theirs.node.findAll();
    const onItself = constructs.some((construct) => construct.node.dependencies.includes(construct));
    const impossible = other.text === undefined || onItself || !isWhole(theirs, other.text);
    return { came: 'refused', agree: impossible && (mine.refusal ?? '').includes(': depends on ') };
  }
  const paths = (app: App) => app.charts.map(({ node }) => node.path).join();
  const numbers = namesIn(mine.text).map((name) => Number(name.slice(1)));
  const moved = numbers.some((number, index) => number < Math.max(...numbers.slice(0, index)));
  return {
    came: moved ? 'moved' : 'as made',
    agree: mine.text === other.text && paths(ours) === paths(theirs),
  };
}

test('whatever the tree and its dependencies, the order is that of cdk8s, and what cdk8s refuses is refused', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(plans, (plan) => {
      const { came, agree } = compare(plan);
      seen.set(came, (seen.get(came) ?? 0) + 1);
      return agree;
    }),
    { numRuns: 1500 },
  );
  for (const came of ['as made', 'moved', 'refused']) expect(seen.get(came)).toBeGreaterThan(100);
});

test('the objects of `chart.toJson()` and `Testing.synth` come in the order of the file, and asking changes no file', () => {
  const app = new TunedApp();
  const [web, data] = ['web', 'data'].map((id) => new Chart(app, id));
  const parts = ['a', 'b', 'c'].map((id) => configMap(web, id));
  parts[0].addDependency(parts[2], configMap(data, 'd'));
  const before = app.synthYaml();
  expect(namesIn(before)).toEqual(['d', 'c', 'a', 'b']);
  expect(Testing.synth(web).map((object) => object.metadata.name)).toEqual(['c', 'a', 'b']);
  expect(app.synthYaml()).toBe(before);
});

test('a synth leaves the dependencies of the constructs as they are', () => {
  const app = new TunedApp();
  const [web, data] = ['web', 'data'].map((id) => new Chart(app, id));
  const settings = configMap(web, 'a');
  const needed = configMap(data, 'b');
  settings.addDependency(needed);
  app.synthYaml();
  expect([web, data, settings].map(({ node }) => node.dependencies)).toEqual([[], [], [needed]]);
});
