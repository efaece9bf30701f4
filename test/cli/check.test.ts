import { execFileSync, spawnSync } from 'child_process';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { expectUsageError, runProgram, scratchFiles, VERSION } from './program';

const scratch = scratchFiles();
const run = (args: readonly string[], input = '') => runProgram(args, { input });

const BAD = `apiVersion: apps/v1
kind: Deployment
metadata: {name: "a<b&c", namespace: shop}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: "a|b:latest"}]}
`;
const bad = scratch.write('bad.yaml', BAD);

describe('exit codes', () => {
  test.each(['dist/dev', 'dist/staging', 'dist/prod'])('%s has neither errors nor warnings', (path) => {
    const { status, stdout, stderr } = run(['check', path, '--fail-on', 'warning']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('0 errors, 0 warnings, 0 infos');
  });

  test('1 when something is open, and only when it is as bad as asked', () => {
    expect(run(['check', bad]).status).toBe(1);
    expect(run(['check', bad, '--fail-on', 'never']).status).toBe(0);
  });

  test.each([
    [['check'], 'which manifests?'],
    [['check', 'nowhere.yaml'], 'nowhere.yaml is not there'],
    [
      ['check', bad, '--format', 'pdf'],
      '--format is "pdf"; allowed: text, json, sarif, github, gitlab, junit, markdown',
    ],
    [
      ['check', bad, '--fail-on', 'sometimes'],
      '--fail-on is "sometimes"; allowed: error, warning, info, never',
    ],
    [['check', bad, '--verbose'], "Unknown option '--verbose'"],
    [['chekc'], 'command is "chekc"; allowed: check, diff, explain, simulate'],
    [[], 'command is ""; allowed: check, diff, explain, simulate'],
  ])('2 for %j, with what to do', (args, message) => {
    expectUsageError(args, message);
  });

  test('2 when there is no object to look at', () => {
    expect(run(['check', '-'], '# nothing\n')).toMatchObject({
      status: 2,
      stderr: 'cdk8s-tuned: no Kubernetes object in -\n',
    });
  });

  test('2 for YAML that is none, with the place', () => {
    const { status, stdout } = run(['check', '-'], 'a: [1\nb: 2\n');
    expect(status).toBe(2);
    expect(stdout).toMatch(/^not read: standard input:2: /m);
  });

  test('--help tells how', () =>
    expect(run(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('Usage: cdk8s-tuned check'),
    }));
});

test('standard input, lists and several documents are read', () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n${BAD.replace(/^/gm, '    ').replace('    apiVersion', '  - apiVersion')}`;
  for (const input of [BAD, `---\n${BAD}---\n---\n`, list]) {
    const { stdout } = run(['check', '-', '--format', 'json'], input);
    expect(JSON.parse(stdout).objects).toBe(1);
  }
});

describe('formats', () => {
  const output = (format: string) => run(['check', bad, '--format', format]).stdout;

  test('text names the object once, then its findings', () => {
    const text = output('text');
    expect(text.match(/^Deployment shop\/a<b&c \(.*\)$/gm)).toHaveLength(1);
    expect(text).toMatch(
      /^ {2}\d+: warning RES-002 spec\.template\.spec\.containers\[0\]\.resources\.limits\.memory\n {4}not set; expected: a memory limit;/m,
    );
    // The line that it is about.
    expect(text).toMatch(
      /^ {2}3: error COR-011 metadata\.name\n.*\n {4}> metadata: \{name: "a<b&c", namespace: shop\}$/m,
    );
    expect(text).toContain('  [ ] Caching implemented: nothing to look at');
  });

  test('json is the whole report', () => {
    const { findings, rules, guide } = JSON.parse(output('json'));
    expect(findings[0]).toMatchObject({ kind: 'Deployment', name: 'a<b&c', namespace: 'shop' });
    expect(rules.length).toBeGreaterThan(50);
    expect(guide).toHaveLength(10);
  });

  test('sarif has a result for each finding, by a rule that is declared', () => {
    const { version, runs } = JSON.parse(output('sarif'));
    expect(version).toBe('2.1.0');
    const declared = new Set(runs[0].tool.driver.rules.map((rule: { id: string }) => rule.id));
    expect(runs[0].results.length).toBeGreaterThan(5);
    for (const { ruleId, level, message } of runs[0].results) {
      expect(declared).toContain(ruleId);
      expect(['error', 'warning', 'note']).toContain(level);
      expect(message.text).toContain('a<b&c');
    }
  });

  test('sarif shows what is excused as suppressed', () => {
    const { runs } = JSON.parse(run(['check', 'dist/prod', '--format', 'sarif']).stdout);
    expect(runs[0].results).toMatchObject([{ ruleId: 'HPA-001', suppressions: [{ kind: 'inSource' }] }]);
  });

  test('junit is XML, with failures, and skipped where there was nothing to look at', () => {
    const xml = output('junit');
    const [, tests, failures, skipped] = /tests="(\d+)" failures="(\d+)" skipped="(\d+)"/.exec(xml) ?? [];
    expect(xml.match(/<testcase /g)).toHaveLength(Number(tests));
    expect(xml.match(/<skipped /g)).toHaveLength(Number(skipped));
    expect(Number(failures)).toBeGreaterThan(5);
    expect(xml).toContain('a&lt;b&amp;c');
    expect(xml.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/);
  });

  test('markdown is a table that no value breaks', () => {
    const rows = output('markdown')
      .split('\n')
      .filter((line) => line.startsWith('| warning'));
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(row.replace(/\\\|/g, '').match(/\|/g)).toHaveLength(8);
  });
});

test('as a plugin of cdk8s-cli, a broken manifest fails the synth with the rule', () => {
  const chart = (body: string) =>
    scratch.write(
      'app.js',
      `const { App, Chart, ApiObject } = require(${JSON.stringify(join(ROOT, 'node_modules/cdk8s'))});
       const app = new App(); const chart = new Chart(app, 'shop', { namespace: 'shop' });
       ${body}; app.synth();`,
    );
  scratch.write(
    'cdk8s.yaml',
    `language: typescript\napp: node app.js\nvalidations:\n  - package: ${ROOT}\n    version: ${VERSION}\n    class: ChecklistValidation\n`,
  );
  const synth = () =>
    spawnSync(join(ROOT, 'node_modules/.bin/cdk8s'), ['synth', '--no-check-upgrade'], {
      cwd: scratch.path,
      encoding: 'utf8',
    });
  chart(
    `new ApiObject(chart, 'bare', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'bare' } })`,
  );
  const broken = synth();
  expect(broken.status).toBe(2);
  expect(broken.stdout + broken.stderr).toContain('COR-010');
  chart(
    `new ApiObject(chart, 'good', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'good' }, data: { a: 'b' } })`,
  );
  expect(synth().status).toBe(0);
});

test('the published package can be run with npx', () => {
  const files = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )[0].files as Array<{ path: string }>;
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['build/lib/cli/main.js', 'node_modules/yaml/package.json', 'API.md', '.jsii']),
  );
  expect(paths.filter((path) => /^(test|apps|build\/apps|lib|dist)\//.test(path))).toEqual([]);
});
