import { spawnSync } from 'child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ROOT } from '../project/snippets';

const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-query-check-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const file = join(scratch, 'queries.sql');
writeFileSync(file, 'SELECT 1;\n');

function run(args: readonly string[], { root = ROOT, input = '', env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'build/lib/cli/main.js'), 'query-check', ...args],
    { cwd: ROOT, encoding: 'utf8', input, env: { PATH: process.env.PATH, ...env } },
  );
  return { status, stdout, stderr };
}

test.each([
  [[], 'which queries?\n\nUsage: cdk8s-tuned query-check'],
  [['nowhere.sql'], 'nowhere.sql cannot be read'],
  [[file], 'which database? allowed: --database postgres://user@host:port/database, or PGHOST'],
  [
    [file, '--database', 'somewhere'],
    '--database is no address; allowed: postgres://user@host:port/database',
  ],
  [[file, '--database', 'file:///etc/passwd'], '--database is no address'],
  [[file, '--database', 'postgres://u:%zz@127.0.0.1/d'], '--database is no address'],
  [[file, '--database', 'postgres://u@127.0.0.1:1/d'], 'no connection: connect ECONNREFUSED 127.0.0.1:1'],
  [[file, '--format', 'sarif'], '--format is "sarif"; allowed: text, json'],
  [[file, '--min-rows', '-1'], "Option '--min-rows' argument is ambiguous"],
  [[file, '--min-rows', 'many'], '--min-rows is "many"; allowed: a whole number'],
  [[file, '--execute'], "Unknown option '--execute'"],
])('2 for %j, with what to do', (args, message) => {
  const { status, stdout, stderr } = run(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('2 when there is no query to look at', () => {
  expect(run(['-'], { input: '\ufeff-- nothing\nSET x.y = 1;\n' })).toEqual({
    status: 2,
    stdout: '',
    stderr: 'cdk8s-tuned: no query in -\n',
  });
});

test('--help tells how, also that of the program', () => {
  expect(run(['--help']).stdout).toContain('Usage: cdk8s-tuned query-check');
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'build/lib/cli/main.js'), '--help'], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/Usage: cdk8s-tuned check [^]*Usage: cdk8s-tuned query-check /);
});

test('where the package pg is not installed it says so, and all else works', () => {
  const root = join(scratch, 'without-pg');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  cpSync(join(ROOT, 'build'), join(root, 'build'), { recursive: true });
  for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs', 'yaml'])
    symlinkSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name));
  expect(run([file], { root, env: { PGHOST: '127.0.0.1' } })).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'cdk8s-tuned: it talks to Postgres through the npm package "pg", which is not installed: npm install --save-dev pg\n',
  });
  expect(run(['--help'], { root }).status).toBe(0);
});
