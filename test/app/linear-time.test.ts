import { App, Chart } from 'cdk8s';
import { TunedApp } from 'cdk8s-tuned';
import { Node } from 'constructs';
import { type Build, configMap } from './both-apps';

const OBJECTS = 4;

/** Charts of which each depends on the one before, also by an object, as does each object in them. */
const chain =
  (charts: number): Build =>
  (app) => {
    let previous: Chart | undefined;
    for (let index = 0; index < charts; index++) {
      const chart = new Chart(app, `chart-${index}`);
      const objects = Array.from({ length: OBJECTS }, (_, id) => configMap(chart, `object-${index}-${id}`));
      objects.slice(1).forEach((object, id) => object.addDependency(objects[id]));
      if (previous !== undefined) {
        chart.addDependency(previous);
        objects[0].addDependency(previous.apiObjects[0]);
      }
      previous = chart;
    }
  };

/** Charts that all depend on the first one. */
const star =
  (charts: number): Build =>
  (app) => {
    const base = new Chart(app, 'base');
    for (let id = 0; id < OBJECTS; id++) configMap(base, `base-${id}`);
    for (let index = 0; index < charts; index++) {
      const chart = new Chart(app, `chart-${index}`);
      for (let id = 0; id < OBJECTS; id++) configMap(chart, `object-${index}-${id}`);
      chart.addDependency(base);
    }
  };

/** How often the constructs are asked for what is in them, what they depend on, and whether they are right. */
function questions(app: App, build: Build): number {
  build(app);
  const spies = [
    jest.spyOn(Node.prototype, 'children', 'get'),
    jest.spyOn(Node.prototype, 'dependencies', 'get'),
    jest.spyOn(Node.prototype, 'validate'),
  ];
  try {
    app.synthYaml();
    return spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

test.each([
  ['a chain', chain],
  ['a star', star],
])('%s of twice as many charts asks its constructs twice as much', (_, shape) => {
  const [once, twice] = [50, 100].map((charts) => questions(new TunedApp(), shape(charts)));
  expect(twice / once).toBeCloseTo(2, 1);
});

test('cdk8s asks four times as much of twice as many charts', () => {
  const independent =
    (charts: number): Build =>
    (app) => {
      for (let index = 0; index < charts; index++)
        configMap(new Chart(app, `chart-${index}`), `object-${index}`);
    };
  const [once, twice] = [50, 100].map((charts) => questions(new App(), independent(charts)));
  expect(twice / once).toBeGreaterThan(3.5);
});

test('a chain of 2000 charts, of which cdk8s would not see the end of 20, is in order', () => {
  const app = new TunedApp();
  chain(2000)(app);
  const names = [...app.synthYaml().matchAll(/^ {2}name: object-(.*)$/gm)].map(([, name]) => name);
  expect(names).toEqual(
    Array.from({ length: 2000 * OBJECTS }, (_, index) => `${Math.floor(index / OBJECTS)}-${index % OBJECTS}`),
  );
});
