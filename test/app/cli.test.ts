import { spawnSync } from 'child_process';
import { cpSync, mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { filesIn, scratchDirectory } from './both-apps';

const scratch = scratchDirectory();

/** An app of two charts as a program, and a validation that says what cdk8s-cli tells it. */
const APP = (className: string) => `
const cdk8s = require(${JSON.stringify(join(ROOT, 'node_modules/cdk8s'))});
const { TunedApp } = require(${JSON.stringify(join(ROOT, 'build/lib'))});
const app = new ${className}();
for (const id of ['data', 'web']) {
  const chart = new cdk8s.Chart(app, id);
  new cdk8s.ApiObject(chart, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'of-' + id } });
}
app.synth();
`;
const VALIDATOR = `
exports.Validator = class {
  async validate(context) {
    for (const path of context.manifests) {
      for (const { metadata } of context.parseManifest(path)) {
        const resource = { resourceName: metadata.name, manifestPath: path, locations: ['here'] };
        context.report.addViolation({ ruleName: 'SEEN', recommendation: '-', fix: '-', violatingResources: [resource] });
      }
    }
    context.report.submit('success');
  }
};
`;

/** Runs \`cdk8s synth\` with one of the apps, in a directory of its own. */
function synth(className: 'TunedApp' | 'cdk8s.App', ...options: string[]) {
  // Of one length: the reports are tables.
  const directory = join(scratch.path, className === 'TunedApp' ? 'ours' : 'cdks');
  mkdirSync(join(directory, 'validator'), { recursive: true });
  writeFileSync(join(directory, 'app.js'), APP(className));
  writeFileSync(join(directory, 'validator/index.js'), VALIDATOR);
  writeFileSync(
    join(directory, 'cdk8s.yaml'),
    'language: typescript\napp: node app.js\nvalidations:\n  - {package: ./validator, version: 0.0.0, class: Validator}\n',
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/cdk8s-cli/bin/cdk8s'), 'synth', '--no-check-upgrade', ...options],
    { cwd: directory, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: scratch.path } },
  );
  return { status, stdout: stdout.replaceAll(directory, '.'), stderr, directory };
}

const both = (...options: string[]) =>
  (['TunedApp', 'cdk8s.App'] as const).map((className) => synth(className, ...options));

test('`cdk8s synth` finds the files, the metadata of the constructs, and says the same of both apps', () => {
  const [ours, theirs] = both('--output', 'manifests');
  expect(ours.status).toBe(0);
  expect(ours.stdout).toContain('data/settings');
  expect({ ...ours, directory: '' }).toEqual({ ...theirs, directory: '' });
  const written = filesIn(join(ours.directory, 'manifests'));
  expect(Object.keys(written)).toEqual(['construct-metadata.json', 'data.k8s.yaml', 'web.k8s.yaml']);
  expect(written).toEqual(filesIn(join(theirs.directory, 'manifests')));
});

test('`cdk8s synth --stdout` prints the manifests of both apps', () => {
  const [ours, theirs] = both('--stdout', '--no-validate');
  expect(ours.status).toBe(0);
  const sorted = (text: string) => text.split('\n').sort();
  expect(sorted(ours.stdout)).toEqual(sorted(theirs.stdout));
  expect(ours.stdout).toContain('name: of-web');
});

test('`cdk8s synth --format helm` makes a Helm chart of both apps', () => {
  const [ours, theirs] = both('--format', 'helm', '--chart-version', '1.0.0', '--no-validate');
  expect(ours.status).toBe(0);
  const charts = [ours, theirs].map(({ directory }, index) => {
    cpSync(join(directory, 'dist'), join(scratch.path, `chart-${index}`), { recursive: true });
    return filesIn(join(scratch.path, `chart-${index}`, 'templates'));
  });
  expect(Object.keys(charts[0])).toEqual(['data.k8s.yaml', 'web.k8s.yaml']);
  expect(charts[0]).toEqual(charts[1]);
});
