import { spawnSync } from 'child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ROOT } from './snippets';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-bad-input-'));
  mkdirSync(join(directory, 'dist'));
  writeFileSync(join(directory, 'dist/kept.k8s.yaml'), 'kind: Kept\n');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Synthesizes a program as `npm start` does; tells the exit code, what it said, and what is in its dist. */
function synthesize(statements: string) {
  const program = join(directory, 'app.js');
  const library = JSON.stringify(join(ROOT, 'build/lib/index.js'));
  const cdk8s = JSON.stringify(join(ROOT, 'node_modules/cdk8s'));
  writeFileSync(
    program,
    `const { Chart, Size } = require(${cdk8s});
     const tuned = require(${library});
     const app = new tuned.TunedApp();
     const chart = new Chart(app, 'shop', { namespace: 'shop' });
     const image = 'registry.example.com/shop:1.8.2';
     ${statements}
     app.synth();`,
  );
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts/synth.mjs'), '--app', `node ${program}`, '--output', join(directory, 'dist')],
    { encoding: 'utf8' },
  );
  return { status, stderr, files: readdirSync(join(directory, 'dist')) };
}

test('a good program writes beside what is of others', () => {
  const { status, files } = synthesize(`new tuned.ScalableWebApp(chart, 'web', { image });`);
  expect({ status, files }).toEqual({ status: 0, files: ['.cdk8s-tuned', 'kept.k8s.yaml', 'shop.k8s.yaml'] });
});

test.each([
  [
    'a quantity that is not one',
    `new tuned.ScalableWebApp(chart, 'web', { image, profile: tuned.WorkloadProfile.fromQuantities({ cpuRequest: 'lots', memoryRequest: '1Gi', memoryLimit: '1Gi' }) });`,
    'shop/web: profile.cpuRequest is "lots"; allowed: a CPU quantity',
  ],
  [
    'a size as a text',
    `new tuned.TunedPostgres(chart, 'db', { storage: '20Gi' });`,
    'shop/db: storage is "20Gi"; allowed: a Size such as Size.gibibytes(20)',
  ],
  [
    'a duration as a number',
    `new tuned.ScalableWebApp(chart, 'web', { image, drainTime: 30 });`,
    'shop/web: drainTime is 30; allowed: a Duration such as Duration.seconds(30)',
  ],
  [
    'min above max',
    `new tuned.ScalableWebApp(chart, 'web', { image, scaling: tuned.ScalingPolicy.cpu({ min: 5, max: 3 }) });`,
    'shop/web: scaling.min is 5; it is above max (3)',
  ],
  [
    'a port out of range',
    `new tuned.ScalableWebApp(chart, 'web', { image, port: 99999 });`,
    'shop/web: port is 99999; allowed: a whole number from 1024 to 65535',
  ],
  [
    'a name Kubernetes refuses',
    `new tuned.ScalableWebApp(chart, 'Web_App', { image });`,
    'shop/Web_App: id is "shop-Web_App"; the name made of the construct path must be a DNS label',
  ],
  [
    'a newline in a string that ends in a configuration file',
    `new tuned.NginxCachingProxy(chart, 'edge', { backend: new tuned.ScalableWebApp(chart, 'web', { image }), hosts: ['a.example.com;\\nserver {'] });`,
    'shop/edge: hosts[0] is "a.example.com;\\nserver {"; allowed:',
  ],
])('%s: a clear message, exit code 1, and dist/ stays', (_, statements, message) => {
  const { status, stderr, files } = synthesize(statements);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
  expect(files).toEqual(['kept.k8s.yaml']);
  expect(readFileSync(join(directory, 'dist/kept.k8s.yaml'), 'utf8')).toBe('kind: Kept\n');
});
