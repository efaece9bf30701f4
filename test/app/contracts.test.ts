import {
  ApiObject,
  App,
  Chart,
  Helm,
  Include,
  type IResolver,
  JsonPatch,
  Lazy,
  type ResolutionContext,
  Testing,
} from 'cdk8s';
import { TunedApp } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import { chmodSync, existsSync, writeFileSync } from 'fs';
import { join } from 'path';
import { bothFiles, type Build, configMap, filesIn, filesOf, scratchDirectory, twoCharts } from './both-apps';

const scratch = scratchDirectory();

const upperCase: IResolver = {
  resolve(context: ResolutionContext) {
    const { value } = context as { value: unknown };
    if (typeof value === 'string' && value !== value.toUpperCase()) context.replaceValue(value.toUpperCase());
  },
};
const marked = (mark: string): IResolver => ({
  resolve: (context) => {
    if (context.key.at(-1) === 'greeting' && context.value === 'hello') context.replaceValue(mark);
  },
});
const MANIFEST = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {mode: 0644}
`;

const TREES: ReadonlyArray<[string, Build]> = [
  ['labels and namespace of a chart', twoCharts],
  [
    'names with a hash, and without where the chart says so',
    (app) => {
      const props = { apiVersion: 'v1', kind: 'ConfigMap' };
      new ApiObject(new Construct(new Chart(app, 'hashed'), 'part'), 'a', props);
      new ApiObject(
        new Construct(new Chart(app, 'plain', { disableResourceNameHashes: true }), 'part'),
        'a',
        props,
      );
    },
  ],
  [
    'names that a chart makes itself',
    (app) => {
      class Named extends Chart {
        public generateObjectName(object: ApiObject): string {
          return `shop-${object.node.id}`;
        }
      }
      new ApiObject(new Named(app, 'shop'), 'a', { apiVersion: 'v1', kind: 'ConfigMap' });
    },
  ],
  [
    'manifests that a chart makes itself',
    (app) => {
      class Stamped extends Chart {
        // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as cdk8s declares it
        public toJson(): any[] {
          return super.toJson().map((object) => ({ ...object, stamped: true }));
        }
      }
      const chart = new Stamped(app, 'shop');
      configMap(chart, 'a').addDependency(configMap(chart, 'b'));
      configMap(new Chart(app, 'data'), 'c');
    },
  ],
  [
    'values that are known late',
    (app) => {
      const [late] = ['shop'].map((id) => new Chart(app, id));
      const values: string[] = [];
      configMap(late, 'a', { data: { count: Lazy.any({ produce: () => String(values.length) }) } });
      values.push('x');
      configMap(late, 'b', { data: { token: { resolve: () => 'resolved' } } });
    },
  ],
  [
    'patches, which have the last word',
    (app) => {
      const object = configMap(new Chart(app, 'shop'), 'a', { data: { a: '1', b: '2' } });
      object.addJsonPatch(
        JsonPatch.replace('/data/a', '3'),
        JsonPatch.remove('/data/b'),
        JsonPatch.add('/immutable', true),
      );
    },
  ],
  [
    'labels and annotations that are added later',
    (app) => {
      const { metadata } = configMap(new Chart(app, 'shop'), 'a');
      metadata.addLabel('tier', 'web');
      metadata.addAnnotation('note', 'yes');
      metadata.addFinalizers('keep');
      metadata.add('generateName', 'a-');
    },
  ],
  [
    'manifests from elsewhere, with a patch',
    (app) => {
      writeFileSync(join(scratch.path, 'web.yaml'), MANIFEST);
      const include = new Include(new Chart(app, 'shop'), 'web', { url: join(scratch.path, 'web.yaml') });
      include.apiObjects[0].addJsonPatch(JsonPatch.replace('/spec/ports/0/port', 8080));
      include.apiObjects[0].addDependency(include.apiObjects[1]);
    },
  ],
  [
    'what a Helm chart becomes',
    (app) => {
      const helm = join(scratch.path, 'helm');
      writeFileSync(helm, `#!/bin/sh\ncat <<'END'\n${MANIFEST}END\n`);
      chmodSync(helm, 0o755);
      new Helm(new Chart(app, 'shop'), 'web', { chart: 'web', helmExecutable: helm });
    },
  ],
  [
    'text that YAML readers of all ages take for something else',
    (app) =>
      configMap(new Chart(app, 'shop'), 'a', {
        data: { a: 'yes', b: '0755', c: '12:30', d: '1e3', e: 'x\ny\n', f: '~', g: '' },
      }),
  ],
  ['an app without charts', () => undefined],
  ['a chart without objects beside others', (app) => (new Chart(app, 'empty'), twoCharts(app))],
];

test.each(TREES)('%s: the files and the text of cdk8s, byte for byte', (_, build) => {
  const { ours, theirs } = bothFiles(scratch.path, build);
  expect(ours).toEqual(theirs);
  const [mine, other] = [new TunedApp(), new App()];
  [mine, other].forEach(build);
  expect(mine.synthYaml()).toBe(other.synthYaml());
});

test.each(TREES)('%s: the objects of `Testing.synth` are those of cdk8s', (_, build) => {
  const [mine, other] = [new TunedApp(), new App()];
  [mine, other].forEach(build);
  const objects = (app: App) => app.charts.map((chart) => Testing.synth(chart));
  expect(objects(mine)).toEqual(objects(other));
});

test('resolvers replace values, the first that applies, before those of cdk8s', () => {
  const build: Build = (app) =>
    configMap(new Chart(app, 'shop'), 'a', { data: { greeting: 'hello', n: '1' } });
  const resolvers = [marked('first'), marked('second'), upperCase];
  const { ours, theirs } = bothFiles(scratch.path, build, { resolvers });
  expect(ours).toEqual(theirs);
  expect(ours['shop.k8s.yaml']).toContain('greeting: FIRST');
  expect(new TunedApp({ resolvers }).resolvers.map((resolver) => resolver.constructor)).toEqual(
    new App({ resolvers }).resolvers.map((resolver) => resolver.constructor),
  );
});

test('what makes an object is recorded when it is asked for, as cdk8s records it', () => {
  const build: Build = (app) => {
    twoCharts(app);
    app.node.tryRemoveChild('data');
    configMap(new Chart(app, 'more'), '1');
  };
  const { ours, theirs } = bothFiles(scratch.path, build, { recordConstructMetadata: true });
  expect(ours).toEqual(theirs);
  expect(JSON.parse(ours['construct-metadata.json'])).toEqual({
    version: '1.0.0',
    resources: {
      shop: { path: 'shop/namespace' },
      settings: { path: 'shop/settings' },
      '1': { path: 'more/1' },
    },
  });
});

describe('variables of the environment', () => {
  const saved = { ...process.env };
  afterEach(() => {
    process.env = { ...saved };
  });

  test('CDK8S_OUTDIR is the output directory, unless the app names one', () => {
    process.env.CDK8S_OUTDIR = join(scratch.path, 'from-variable');
    expect([new TunedApp(), new App()].map(({ outdir }) => outdir)).toEqual(
      Array(2).fill(join(scratch.path, 'from-variable')),
    );
    expect(new TunedApp({ outdir: 'here' }).outdir).toBe('here');
  });

  test.each(['true', 'false', '1', ''])(
    'CDK8S_RECORD_CONSTRUCT_METADATA=%s does what it does in cdk8s',
    (value) => {
      process.env.CDK8S_RECORD_CONSTRUCT_METADATA = value;
      const { ours, theirs } = bothFiles(scratch.path, twoCharts);
      expect(ours).toEqual(theirs);
      expect('construct-metadata.json' in ours).toBe(value === 'true');
      const app = new TunedApp({ outdir: join(scratch.path, 'off'), recordConstructMetadata: false });
      twoCharts(app);
      expect(Object.keys(filesOf(app))).not.toContain('construct-metadata.json');
    },
  );

  test.each(['CDK8S_DISABLE_SORT', 'CDK8S_LEGACY_HASH'])('%s does what it does in cdk8s', (variable) => {
    const build: Build = (app) => {
      twoCharts(app);
      new ApiObject(new Chart(app, 'more'), 'a', { apiVersion: 'v1', kind: 'ConfigMap' });
    };
    const before = bothFiles(join(scratch.path, 'before'), build).ours;
    process.env[variable] = '1';
    const { ours, theirs } = bothFiles(scratch.path, build);
    expect(ours).toEqual(theirs);
    expect(ours).not.toEqual(before);
  });
});

test('the output directory is made, also when there is nothing to write', () => {
  const app = new TunedApp({ outdir: join(scratch.path, 'new/empty') });
  app.synth();
  expect(existsSync(app.outdir)).toBe(true);
});

test('constructs know their app, chart and object', () => {
  const app = new TunedApp();
  twoCharts(app);
  const [shop, data] = app.charts;
  expect([shop, data].map(({ node }) => node.path)).toEqual(['shop', 'data']);
  const part = new Construct(shop, 'part');
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' };
  const object = new ApiObject(part, 'Resource', role);
  expect(App.of(object)).toBe(app);
  expect(ApiObject.of(part)).toBe(object);
  expect(object.chart).toBe(shop);
  expect(object.apiGroup).toBe('rbac.authorization.k8s.io');
  expect(shop.apiObjects.map(({ name }) => name)).toEqual(['settings', 'shop']);
});

test('an object that cannot be rendered is named, and no file is written', () => {
  const build: Build = (app) => {
    configMap(new Chart(app, 'good'), 'a');
    configMap(new Chart(app, 'shop'), 'b', { data: { when: new Date(0) } });
  };
  const app = new TunedApp({ outdir: scratch.path });
  build(app);
  expect(() => app.synth()).toThrow("Failed serializing construct at path 'shop/b'");
  expect(filesIn(scratch.path)).toEqual({});
});
