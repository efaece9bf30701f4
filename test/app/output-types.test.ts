import { ApiObject, Chart, JsonPatch, YamlOutputType } from 'cdk8s';
import { TunedApp } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import { bothFiles, type Build, configMap, filesIn, filesOf, scratchDirectory, twoCharts } from './both-apps';

const scratch = scratchDirectory();
const TYPES = Object.entries(YamlOutputType).filter(
  (entry): entry is [string, YamlOutputType] => typeof entry[1] === 'number',
);

test.each(TYPES)(
  '%s: without scopes and dependent charts, the files of cdk8s, byte for byte',
  (_, yamlOutputType) => {
    const build: Build = (app) => {
      twoCharts(app);
      const more = new Chart(app, 'more');
      const rights = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
      new ApiObject(more, 'role', { ...rights, metadata: { name: 'shop:reader' } });
      const renamed = configMap(more, 'old');
      renamed.addJsonPatch(JsonPatch.replace('/metadata/name', 'new'));
      new Chart(app, 'empty');
    };
    // Objects of one name in two charts share a file in cdk8s when each has its own: the second one wins.
    const distinct: Build = (app) => {
      build(app);
      if (yamlOutputType === YamlOutputType.FILE_PER_RESOURCE) app.node.tryRemoveChild('data');
    };
    const { ours, theirs } = bothFiles(scratch.path, distinct, { yamlOutputType });
    expect(ours).toEqual(theirs);
    expect(Object.keys(ours).length).toBeGreaterThan(0);
  },
);

/** Two environments of the same objects. */
const environments: Build = (app) => {
  for (const name of ['dev', 'prod']) {
    const environment = new Construct(app, name);
    configMap(new Chart(environment, 'data'), 'settings');
    configMap(new Chart(environment, 'shop', { namespace: 'shop' }), 'prices');
  }
};

const LAYOUTS: ReadonlyArray<[string, YamlOutputType, readonly string[]]> = [
  ['FILE_PER_APP', YamlOutputType.FILE_PER_APP, ['app.k8s.yaml']],
  [
    'FILE_PER_CHART',
    YamlOutputType.FILE_PER_CHART,
    ['dev/data.k8s.yaml', 'dev/shop.k8s.yaml', 'prod/data.k8s.yaml', 'prod/shop.k8s.yaml'],
  ],
  [
    'FILE_PER_RESOURCE',
    YamlOutputType.FILE_PER_RESOURCE,
    [
      'dev/ConfigMap.prices.k8s.yaml',
      'dev/ConfigMap.settings.k8s.yaml',
      'prod/ConfigMap.prices.k8s.yaml',
      'prod/ConfigMap.settings.k8s.yaml',
    ],
  ],
  [
    'FOLDER_PER_CHART_FILE_PER_RESOURCE',
    YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
    [
      'dev/data/ConfigMap.settings.k8s.yaml',
      'dev/shop/ConfigMap.prices.k8s.yaml',
      'prod/data/ConfigMap.settings.k8s.yaml',
      'prod/shop/ConfigMap.prices.k8s.yaml',
    ],
  ],
];

test.each(LAYOUTS)('%s: an environment has a directory of its own', (_, yamlOutputType, paths) => {
  const app = new TunedApp({ outdir: scratch.path, yamlOutputType });
  environments(app);
  expect(Object.keys(filesOf(app))).toEqual(paths);
  expect(app.manifestFiles.map(({ path }) => path).sort()).toEqual(paths);
});

test.each(LAYOUTS)('%s: the files hold all objects, each once', (_, yamlOutputType) => {
  const app = new TunedApp({ outdir: scratch.path, yamlOutputType });
  environments(app);
  const documents = (texts: readonly string[]) => texts.flatMap((text) => text.split('---\n')).sort();
  expect(documents(Object.values(filesOf(app)))).toEqual(documents([app.synthYaml()]));
});

test('one file of all charts is in the order of their dependencies', () => {
  const props = { yamlOutputType: YamlOutputType.FILE_PER_APP };
  const { ours, theirs } = bothFiles(
    scratch.path,
    (app) => {
      const [web, data] = ['web', 'data'].map((id) => new Chart(app, id));
      configMap(web, 'a').addDependency(configMap(data, 'b'));
    },
    props,
  );
  expect(ours).toEqual(theirs);
  expect(ours['app.k8s.yaml'].indexOf('name: b')).toBeLessThan(ours['app.k8s.yaml'].indexOf('name: a'));
});

test('cdk8s numbers the files when a chart depends on another; here their names stay, with the same text', () => {
  const { ours, theirs } = bothFiles(scratch.path, (app) => {
    const [web, data] = ['web', 'data'].map((id) => new Chart(app, id));
    configMap(web, 'a').addDependency(configMap(data, 'b'));
  });
  expect(Object.keys(theirs)).toEqual(['0000-data.k8s.yaml', '0001-web.k8s.yaml']);
  expect(ours).toEqual({
    'data.k8s.yaml': theirs['0000-data.k8s.yaml'],
    'web.k8s.yaml': theirs['0001-web.k8s.yaml'],
  });
});

test('the files are listed with their charts, a chart after those that it depends on', () => {
  const app = new TunedApp();
  twoCharts(app);
  (app.node.findChild('shop') as Chart).addDependency(app.node.findChild('data'));
  expect(app.manifestFiles).toEqual([
    { path: 'data.k8s.yaml', chart: 'data' },
    { path: 'shop.k8s.yaml', chart: 'shop' },
  ]);
  const whole = new TunedApp({ yamlOutputType: YamlOutputType.FILE_PER_APP });
  twoCharts(whole);
  expect(whole.manifestFiles).toEqual([{ path: 'app.k8s.yaml', chart: '' }]);
});

test.each<[string, YamlOutputType | undefined, string | undefined, Build, string]>([
  [
    'two objects for one file, where the second would overwrite the first',
    YamlOutputType.FILE_PER_RESOURCE,
    undefined,
    (app) => ['one', 'two'].forEach((id) => configMap(new Chart(app, id, { namespace: id }), 'a')),
    'two: ConfigMap a of chart two would be written to ConfigMap.a.k8s.yaml, as would ConfigMap a of chart one; give one of them another name, or use YamlOutputType.FILE_PER_CHART',
  ],
  [
    'names that differ only in letters that no file name has',
    YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
    undefined,
    (app) => {
      const chart = new Chart(app, 'shop');
      for (const name of ['a:b', 'ab']) configMap(chart, name);
    },
    'shop: ConfigMap ab of chart shop would be written to shop/ConfigMap.ab.k8s.yaml, as would ConfigMap a:b of chart shop; give one of them another name, or use YamlOutputType.FILE_PER_CHART',
  ],
  [
    'a scope whose id leads out of the output directory',
    undefined,
    undefined,
    (app) => configMap(new Chart(new Construct(app, '..'), 'shop'), 'a'),
    '../shop: chart ../shop would be written to "../shop.k8s.yaml", and ".." cannot be the name of a file or directory; give the construct another id',
  ],
  [
    'a file where a directory must be',
    undefined,
    '',
    (app) => new Chart(new Chart(app, 'shop'), 'inner'),
    'shop/inner: chart shop/inner would be written to shop/inner, but shop is a file, of chart shop; use an outputFileExtension that tells files from directories',
  ],
])('%s: refused, and no file is written', (_, yamlOutputType, outputFileExtension, build, message) => {
  const app = new TunedApp({ outdir: scratch.path, yamlOutputType, outputFileExtension });
  build(app);
  expect(() => app.synth()).toThrow(new Error(`the app cannot be synthesized:\n${message}`));
  expect(filesIn(scratch.path)).toEqual({});
});

test.each([7, -1, 'FILE_PER_APP'])(
  'the output type %j, with which cdk8s would write nothing, is refused',
  (type) => {
    const types = TYPES.map(([name]) => `YamlOutputType.${name}`).join(', ');
    expect(() => new TunedApp({ yamlOutputType: type as YamlOutputType })).toThrow(
      new Error(`(app): yamlOutputType is ${JSON.stringify(type)}; allowed: ${types}`),
    );
  },
);

test('the end of the file names is what was asked for; one with a directory in it is refused', () => {
  const props = { outputFileExtension: '.yml' };
  const { ours, theirs } = bothFiles(scratch.path, twoCharts, props);
  expect(ours).toEqual(theirs);
  expect(Object.keys(ours)).toEqual(['data.yml', 'shop.yml']);
  expect(() => new TunedApp({ outputFileExtension: '/x.yaml' })).toThrow(
    '(app): outputFileExtension is "/x.yaml"; allowed: the end of a file name, such as ".yaml"; for another directory use `outdir`',
  );
});
