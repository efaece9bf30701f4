import { execFileSync, spawnSync } from 'child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { expectUsageError, programIn, runProgram, scratchFiles } from './program';

const scratch = scratchFiles();
const run = (args: readonly string[], input = '') => runProgram(['diff', ...args], { input });

const deployment = (image: string, app = 'web', namespace = 'shop') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${namespace}}
spec:
  selector: {matchLabels: {app: ${app}}}
  template:
    metadata: {labels: {app: ${app}}}
    spec: {containers: [{name: web, image: "${image}", env: [{name: HOST, value: db.${namespace}.svc}]}]}
`;
const before = scratch.write('before.yaml', deployment('app:1'));
const rolled = scratch.write('rolled.yaml', deployment('app:2'));
const renamed = scratch.write('renamed.yaml', deployment('app:1', 'site'));

test('what rolls, and nothing that is refused: exit code 0', () => {
  const { status, stdout, stderr } = run([before, rolled]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(
    [
      '1 object changes: 1 rolls, nothing is refused or lost',
      '',
      'rolled',
      '  ~ Deployment shop/web: rolls',
      '      1 pod is replaced',
      '      spec.template.spec.containers[name="web"].image: app:1 -> app:2',
      '',
      '0 objects are the same',
      '',
    ].join('\n'),
  );
});

test('what the API server refuses: exit code 1, and where it stands', () => {
  const { status, stdout } = run([before, renamed]);
  expect(status).toBe(1);
  expect(stdout).toContain(`refused CHG-001 Deployment shop/web (${renamed}:5)`);
  expect(stdout).toContain('spec.selector: field is immutable');
});

test('what somebody accepts does not count; what accepts nothing is told', () => {
  const accept = ['--accept', 'CHG-001:Deployment/shop/web=the old pods are removed by hand'];
  const { status, stdout } = run([before, renamed, ...accept]);
  expect(status).toBe(0);
  expect(stdout).toContain('accepted: the old pods are removed by hand');
  const unused = run([before, rolled, ...accept]);
  expect(unused.status).toBe(0);
  expect(unused.stdout).toContain('--accept CHG-001:Deployment/shop/web accepts nothing');
});

test('nothing changes', () => {
  const { status, stdout } = run([before, before]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'nothing changes\n\n1 objects are the same\n' });
});

test('live objects from standard input, as kubectl get answers them', () => {
  const live = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'app:0',
              imagePullPolicy: 'IfNotPresent',
              env: [{ name: 'HOST', value: 'db.shop.svc' }],
            },
          ],
        },
      },
    },
    status: { replicas: 1 },
  };
  const { status, stdout } = run(
    ['-', before],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [live] }),
  );
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ {6}spec\.template\.spec\.containers\[name="web"\]\.image: app:0 -> app:1$/m);
  expect(stdout).not.toMatch(/status|uid|imagePullPolicy/);
});

test('two environments: names that are others, and nothing is judged', () => {
  const other = scratch.write('other.yaml', deployment('app:1', 'web', 'shop-prod'));
  for (const args of [['--ignore-namespace'], ['--rename', 'shop=shop-prod']]) {
    const { status, stdout } = run([before, other, ...args]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^nothing changes$/m);
    expect(stdout).toContain('two environments were compared');
  }
  expect(run([renamed, other, '--ignore-namespace']).status).toBe(0);
});

test('two sets that share no object are told how they could', () => {
  const other = scratch.write('elsewhere.yaml', deployment('app:1', 'web', 'shop-prod'));
  const hint = 'note: no object is on both sides; for two environments use --ignore-namespace';
  expect(run([before, other]).stdout).toContain(hint);
  expect(run([before, rolled]).stdout).not.toContain('no object is on both sides');
});

test('JSON and markdown', () => {
  const { findings, headline } = JSON.parse(run([before, renamed, '--format', 'json']).stdout);
  expect(headline).toBe('1 object changes: 1 rolls, 1 is refused');
  expect(findings[0]).toMatchObject({ id: 'CHG-001', before: 'web', after: 'site', line: 5 });
  expect(run([before, renamed, '--format', 'markdown']).stdout).toMatch(
    /^<!-- cdk8s-tuned diff .* -->\n### ❌ /,
  );
});

test('the version of Kubernetes counts', () => {
  const set = (limit: number) =>
    scratch.write(
      `set-${limit}.yaml`,
      `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec: {revisionHistoryLimit: ${limit}}\n`,
    );
  const args = [set(3), set(5)];
  expect(run([...args, '--kubernetes', '1.31']).status).toBe(1);
  expect(run([...args, '--kubernetes', '1.34']).status).toBe(0);
});

test('what cannot be read makes the answer unusable', () => {
  const broken = scratch.write('broken.yaml', 'a: [');
  const { status, stdout } = run([before, broken]);
  expect(status).toBe(2);
  expect(stdout).toContain(`not read: ${broken}`);
});

test.each([
  [[], 'what with what?'],
  [['a'], 'what with what?'],
  [['-', '-'], 'one side only can be standard input'],
  [['nowhere', 'elsewhere'], 'nowhere is not there'],
  [[before, rolled, '--format', 'svg'], '--format is "svg"'],
  [[before, rolled, '--accept', 'CHG-001'], '--accept is "CHG-001"; allowed: an id, an object and a reason'],
  [[before, rolled, '--rename', 'a=b c'], '--rename is "a=b c"'],
  [[before, rolled, '--kubernetes', 'new'], '--kubernetes is "new"'],
  [['no-such-branch:dist', 'dist'], '"no-such-branch" is no revision'],
  [['HEAD:no/such/path', 'dist'], 'no/such/path is not in the revision "HEAD"'],
])('%j is refused', (args, message) => {
  expectUsageError(['diff', ...args], message);
});

describe('git revisions', () => {
  const repository = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-git-'));
  afterAll(() => rmSync(repository, { recursive: true, force: true }));
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', ...args],
      { cwd: repository, stdio: 'pipe' },
    );
  const here = (args: readonly string[], cwd = repository) =>
    spawnSync(process.execPath, [programIn(ROOT), 'diff', ...args], { cwd, encoding: 'utf8' });

  beforeAll(() => {
    git('init', '--quiet', '--initial-branch=main');
    mkdirSync(join(repository, 'dist', 'ünder score'), { recursive: true });
    writeFileSync(join(repository, 'dist', 'ünder score', 'web.yaml'), deployment('app:1'));
    writeFileSync(join(repository, 'dist', 'readme.txt'), 'no manifest');
    git('add', '-A');
    git('commit', '--quiet', '-m', 'one');
    writeFileSync(join(repository, 'dist', 'ünder score', 'web.yaml'), deployment('app:2'));
    git('commit', '--quiet', '-am', 'two');
    writeFileSync(join(repository, 'dist', 'ünder score', 'web.yaml'), deployment('app:3'));
  });

  test.each([
    [['HEAD~1:dist', 'HEAD:dist'], 'app:1 -> app:2'],
    [['HEAD:dist', 'dist'], 'app:2 -> app:3'],
    [['--rev', 'HEAD~1', 'dist'], 'app:1 -> app:3'],
    [['--rev', 'main', 'dist/ünder score/web.yaml'], 'app:2 -> app:3'],
    [['HEAD:.', '.'], 'app:2 -> app:3'],
  ])('%j', (args, change) => {
    const { status, stdout, stderr } = here(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(change);
  });

  test('paths are those of the directory that the command runs in', () => {
    const { stdout, stderr } = here(['--rev', 'HEAD', 'ünder score'], join(repository, 'dist'));
    expect(stderr).toBe('');
    expect(stdout).toContain('app:2 -> app:3');
  });

  test('a bare repository, whose paths begin at its root', () => {
    const bare = join(repository, 'bare.git');
    git('clone', '--quiet', '--bare', repository, bare);
    const { stdout, stderr } = here(['HEAD~1:dist', 'HEAD:dist/ünder score/web.yaml'], bare);
    expect(stderr).toBe('');
    expect(stdout).toContain('app:1 -> app:2');
    rmSync(bare, { recursive: true });
  });

  test.each([
    '--output=/tmp/x:dist',
    '--help:dist',
    '$(touch x):dist',
    '`touch x`:dist',
    'HEAD;touch x:dist',
    '@{u}:dist',
    'HEAD:../../etc',
  ])('a hostile argument is a revision that is not there: %s', (argument) => {
    const { status, stdout } = here(['--', argument, 'dist']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('outside of a repository', () => {
    const { status, stderr } = here(['HEAD:dist', '.'], tmpdir());
    expect(status).toBe(2);
    expect(stderr).toContain('is no revision of the git repository here');
  });

  test('the shop and itself', () => {
    const copy = join(repository, 'shop');
    cpSync(join(ROOT, 'dist'), copy, { recursive: true });
    git('add', '-A');
    git('commit', '--quiet', '-m', 'the shop');
    const { status, stdout } = here(['--rev', 'HEAD', 'shop/prod']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^nothing changes\n/);
  });
});
