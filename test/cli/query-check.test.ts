import { cpSync, mkdirSync, symlinkSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { expectUsageError, type ProgramOptions, runProgram, scratchFiles } from './program';

const scratch = scratchFiles();
const run = (args: readonly string[], options: ProgramOptions = {}) =>
  runProgram(['query-check', ...args], options);

const file = scratch.write('queries.sql', 'SELECT 1;\n');

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
  expectUsageError(['query-check', ...args], message);
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
  expect(runProgram(['--help']).stdout).toMatch(
    /Usage: cdk8s-tuned check [^]*Usage: cdk8s-tuned query-check /,
  );
});

test('where the package pg is not installed it says so, and all else works', () => {
  const root = join(scratch.path, 'without-pg');
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  cpSync(join(ROOT, 'build'), join(root, 'build'), { recursive: true });
  for (const name of ['cdk8s', 'cdk8s-plus-27', 'constructs', 'diff', 'picomatch', 'yaml'])
    symlinkSync(join(ROOT, 'node_modules', name), join(root, 'node_modules', name));
  expect(run([file], { root, env: { PGHOST: '127.0.0.1' } })).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'cdk8s-tuned: it talks to Postgres through the npm package "pg", which is not installed: npm install --save-dev pg\n',
  });
  expect(run(['--help'], { root }).status).toBe(0);
});
