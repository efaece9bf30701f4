import { ApiObject, Chart } from 'cdk8s';
import { TunedApp } from 'cdk8s-tuned';
import { Construct } from 'constructs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

let outdir: string;
beforeEach(() => (outdir = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-app-'))));
afterEach(() => rmSync(outdir, { recursive: true, force: true }));

const configMap = (scope: Construct, id: string, name = id) =>
  new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const files = () =>
  readdirSync(outdir, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort();

test('a file for each chart, in a directory for each scope above it', () => {
  const app = new TunedApp({ outdir });
  const prod = new Construct(app, 'prod');
  configMap(new Chart(prod, 'data', { namespace: 'shop' }), 'a');
  configMap(new Chart(app, 'single'), 'b');
  app.synth();
  expect(files()).toEqual(['prod/data.k8s.yaml', 'single.k8s.yaml']);
  expect(app.manifestFiles).toEqual([
    { path: 'prod/data.k8s.yaml', chart: 'prod/data' },
    { path: 'single.k8s.yaml', chart: 'single' },
  ]);
});

test('a dependency between charts renames no file, and another chart neither', () => {
  const app = new TunedApp({ outdir });
  const [one, two] = ['one', 'two'].map((id) => new Chart(app, id));
  configMap(one, 'a');
  configMap(two, 'b');
  one.addDependency(two);
  app.synth();
  expect(files()).toEqual(['one.k8s.yaml', 'two.k8s.yaml']);
});

test('everything that is wrong is said at once, and no file is written', () => {
  const app = new TunedApp({ outdir });
  const chart = new Chart(app, 'shop');
  configMap(chart, 'good');
  for (const id of ['a', 'b'])
    new Construct(chart, id).node.addValidation({ validate: () => [`${id} is wrong`] });
  expect(() => app.synth()).toThrow('the app cannot be synthesized:\nshop/a: a is wrong\nshop/b: b is wrong');
  expect(files()).toEqual([]);
});

test('two objects of one name in one environment are refused; in two environments they are not', () => {
  const app = new TunedApp({ outdir });
  for (const environment of ['dev', 'prod']) {
    configMap(new Chart(new Construct(app, environment), 'data', { namespace: 'shop' }), 'config');
  }
  app.synth();
  configMap(new Chart(app.node.findChild('prod'), 'more', { namespace: 'shop' }), 'other', 'config');
  expect(() => app.synth()).toThrow(
    'prod/more/other: ConfigMap config is also made by prod/data/config; give one of them another `name`',
  );
});

test('a second synth writes the same bytes', () => {
  const app = new TunedApp({ outdir });
  configMap(new Chart(app, 'shop'), 'a');
  app.synth();
  const first = readFileSync(join(outdir, 'shop.k8s.yaml'), 'utf8');
  app.synth();
  expect(readFileSync(join(outdir, 'shop.k8s.yaml'), 'utf8')).toBe(first);
  expect(app.synthYaml()).toBe(first);
});
