import { App, Chart } from 'cdk8s';
import { TunedApp } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import { type Build, configMap, filesIn, scratchDirectory } from './both-apps';

const scratch = scratchDirectory();

/** What a synth says, without its first line; it must not have written anything. */
function refusalOf(build: Build): string {
  const app = new TunedApp({ outdir: scratch.path });
  build(app);
  let message = '';
  try {
    app.synth();
  } catch (error) {
    message = (error as Error).message;
  }
  expect(filesIn(scratch.path)).toEqual({});
  return message.replace('the app cannot be synthesized:\n', '');
}

const charts = (app: Construct) => ['web', 'data'].map((id) => new Chart(app, id));
const objects = (chart: Construct, ...ids: string[]) => ids.map((id) => configMap(chart, id));

const CASES: ReadonlyArray<[string, Build, string]> = [
  [
    'objects that depend on each other in a circle',
    (app) => {
      const [a, b, c] = objects(charts(app)[0], 'a', 'b', 'c');
      a.addDependency(b);
      b.addDependency(c);
      c.addDependency(a);
    },
    'web/a: depends on itself: web/a => web/b => web/c => web/a; remove one of these dependencies',
  ],
  [
    'objects of which each depends on each other: one circle of them',
    (app) => {
      const all = objects(charts(app)[0], 'a', 'b', 'c');
      for (const object of all) object.addDependency(...all.filter((other) => other !== object));
    },
    'web/a: depends on itself: web/a => web/b => web/a; remove one of these dependencies',
  ],
  [
    'a circle of objects whose ids hold a control character, which the message does not',
    (app) => {
      const chart = new Chart(app, 'web\rfake');
      const [a, b] = ['a', 'b'].map((id) => configMap(chart, id));
      a.addDependency(b);
      b.addDependency(a);
    },
    '"web\\rfake/a": depends on itself: "web\\rfake/a" => "web\\rfake/b" => "web\\rfake/a"; remove one of these dependencies',
  ],
  [
    'charts that depend on each other',
    (app) => {
      const [web, data] = charts(app);
      web.addDependency(data);
      data.addDependency(web);
    },
    'web: depends on itself: web => data => web; remove one of these dependencies',
  ],
  [
    'charts that depend on each other by their objects, which it names',
    (app) => {
      const [web, data] = charts(app);
      const [[a, b], [c, d]] = [objects(web, 'a', 'b'), objects(data, 'c', 'd')];
      a.addDependency(c);
      d.addDependency(b);
    },
    'web: depends on itself: web => data (web/a depends on data/c) => web (data/d depends on web/b); remove one of these dependencies',
  ],
  [
    'an object that depends on a construct whose object depends on it',
    (app) => {
      const [web] = charts(app);
      const part = new Construct(web, 'part');
      const [inner] = objects(part, 'inner');
      const [outer] = objects(web, 'outer');
      outer.node.addDependency(part);
      inner.addDependency(outer);
    },
    'web/part/inner: depends on itself: web/part/inner => web/outer => web/part/inner (web/outer depends on web/part); remove one of these dependencies',
  ],
  [
    'a chart in a chart that depends on what is around it',
    (app) => {
      const [web] = charts(app);
      objects(new Chart(web, 'inner'), 'a')[0].addDependency(objects(web, 'b')[0]);
    },
    'web: depends on itself: web => web/inner (a chart in it) => web (web/inner/a depends on web/b); remove one of these dependencies',
  ],
  [
    'what depends on itself',
    (app) => {
      const [a] = objects(charts(app)[0], 'a', 'b');
      a.addDependency(a);
    },
    'web/a: depends on itself; remove that dependency',
  ],
  [
    'a chart that depends on several of its own objects as one',
    (app) => {
      const [web] = charts(app);
      const first = new Construct(web, 'first');
      objects(first, 'a', 'b');
      web.addDependency(first);
    },
    'web: depends on web/first, and one is part of the other, so web/first/a and web/first/b would depend on each other; name the parts of web that depend, or the one object that they depend on',
  ],
  [
    'a scope above the charts that depends on something',
    (app) => {
      const prod = new Construct(app, 'prod');
      objects(charts(prod)[0], 'a');
      const shared = new Chart(app, 'shared');
      prod.node.addDependency(shared);
    },
    'prod: depends on shared, but is in no chart, and only charts and what is in them have an order; let its charts depend on shared',
  ],
  [
    'a chart that depends on a scope above charts',
    (app) => {
      const prod = new Construct(app, 'prod');
      charts(prod);
      new Chart(app, 'shop').addDependency(prod);
    },
    'shop: depends on prod, which is in no chart, and only charts and what is in them have an order; depend on the charts in it',
  ],
  [
    'a dependency on a construct of another app',
    (app) => {
      const other = new Chart(new App(), 'other');
      new Chart(app, 'shop').addDependency(other);
    },
    'shop: depends on other, which is not part of this app; the order between two apps is up to what applies them',
  ],
];

test.each(CASES)('%s: refused by name, and no file is written', (_, build, message) => {
  expect(refusalOf(build)).toBe(message);
});

test('each circle is said once, beside everything else that is wrong', () => {
  const message = refusalOf((app) => {
    const [web, data] = charts(app);
    for (const [a, b] of [objects(web, 'a', 'b'), objects(data, 'c', 'd')]) {
      a.addDependency(b);
      b.addDependency(a);
    }
    web.node.addValidation({ validate: () => ['is wrong'] });
  });
  expect(message.split('\n')).toEqual([
    'data/c: depends on itself: data/c => data/d => data/c; remove one of these dependencies',
    'web: is wrong',
    'web/a: depends on itself: web/a => web/b => web/a; remove one of these dependencies',
  ]);
});

test('a long circle is shown by its ends', () => {
  const message = refusalOf((app) => {
    const all = Array.from({ length: 5000 }, (_, index) => new Chart(app, `chart-${index}`));
    all.forEach((chart, index) => chart.addDependency(all[(index + 1) % all.length]));
  });
  expect(message).toBe(
    'chart-0: depends on itself: chart-0 => chart-1 => chart-2 => chart-3 => chart-4 => chart-5 => … => chart-4997 => chart-4998 => chart-4999 => chart-0; remove one of these dependencies',
  );
});

test('`charts` and `manifestFiles` refuse a circle too', () => {
  const app = new TunedApp();
  const [web, data] = charts(app);
  web.addDependency(data);
  data.addDependency(web);
  const message = 'web: depends on itself: web => data => web';
  expect(() => app.charts).toThrow(message);
  expect(() => app.manifestFiles).toThrow(message);
});
