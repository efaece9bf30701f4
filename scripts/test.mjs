/**
 * `npm test`: installs what is missing (npm packages, and the servers that the tests talk to), checks types and style,
 * and runs every test, by what may run beside what. Arguments go to one run of jest: `npm test -- test/web`.
 *
 *   node scripts/test.mjs                  what `npm test` runs
 *   node scripts/test.mjs --exhaustive     what `npm run test:exhaustive` runs: the long forms, `*.exhaustive.ts`
 *   node scripts/test.mjs --cluster        what `npm run test:cluster` runs: `*.cluster.ts`, against a real API server of the
 *                                          minor that KUBERNETES_MINOR names, or of the newest
 */
import { existsSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from './build.mjs';
import { ensureControlPlane } from './control-plane.mjs';
import { runGroup, signalGroups } from './process-groups.mjs';
import { bin, root } from './project.mjs';
import { openRunDirectory } from './run-directory.mjs';
import { ensureServers } from './servers.mjs';
import { tallyLines } from './tally.mjs';

/** Time that servers have to end by themselves, in seconds. */
const GRACE_SECONDS = 5;

/** Runs of their own: with a configuration of their own, and one suite at a time. */
const LONG = { '--exhaustive': 'jest.exhaustive.config.js', '--cluster': 'jest.cluster.config.js' };

const [mode, ...rest] = process.argv.slice(2);
const longConfiguration = LONG[mode];
const jestArguments = longConfiguration ? rest : process.argv.slice(2);

const directory = openRunDirectory();
const [tally, reasons] = ['tally', 'skipped'].map((name) => join(directory.path, name));
process.env.TMPDIR = directory.path;
// Servers of another user read what tests write.
process.umask(0o022);
process.on('exit', () => {
  signalGroups('SIGKILL');
  directory.close();
});
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.once(signal, () => void end(status));

async function end(status) {
  const until = Date.now() + GRACE_SECONDS * 1000;
  signalGroups('SIGINT');
  while (signalGroups(0) && Date.now() < until) await sleep(100);
  process.exit(status);
}

/** What is generated from the definitions is compared where they are; they are no part of the project. */
const DEFINITIONS = join(root, '../shared/schemas');
const CHECKS = [
  ['types', bin('tsc'), ['-p', 'tsconfig.json', '--noEmit']],
  ['lint', bin('eslint'), ['.']],
  ['format', bin('prettier'), ['--check', '--log-level=warn', '.']],
  ['imports', process.execPath, ['scripts/imports.mjs', '--check'], DEFINITIONS],
  ['definitions', process.execPath, ['scripts/definitions.mjs', '--check'], DEFINITIONS],
];

/** The first of them has a core while the others share one. */
async function failedChecks() {
  const check = async ([name, command, args, needs]) => {
    if (needs && !existsSync(needs)) {
      console.log(`${name}: not compared, ${relative(root, needs)} is not there`);
      return [];
    }
    const good = await runGroup(command, args, { quiet: true });
    console.log(`${name}: ${good ? 'ok' : 'FAILED'}`);
    return good ? [] : [name];
  };
  const inTurn = async (those) => {
    const found = [];
    for (const one of those) found.push(...(await check(one)));
    return found;
  };
  const [first, second] = await Promise.all([
    inTurn(CHECKS.filter(([name]) => name === 'lint')),
    inTurn(CHECKS.filter(([name]) => name !== 'lint')),
  ]);
  return [...first, ...second];
}

const jest = (...args) => runGroup(bin('jest'), args, { env: { TALLY: tally, SKIPPED: reasons } });

/** Projects of jest.config.js, and how many suites of each may run at one time. */
const PHASES = [
  ['pure', '--maxWorkers=2'],
  ['servers', '--maxWorkers=2'],
  ['alone', '--runInBand'],
];

async function runTests() {
  if (longConfiguration) return jest('--config', longConfiguration, '--runInBand', ...jestArguments);
  if (jestArguments.length > 0) return jest(...jestArguments);
  let good = true;
  for (const [project, width] of PHASES) good = (await jest('--selectProjects', project, width)) && good;
  return good;
}

build();
ensureServers();
if (mode === '--cluster')
  process.env.CONTROL_PLANE = ensureControlPlane(process.env.KUBERNETES_MINOR).join(delimiter);
const failed = longConfiguration || jestArguments.length > 0 ? [] : await failedChecks();
const tested = await runTests();
if (failed.length > 0) console.error(`\nfailed before the tests: ${failed.join(', ')}`);
console.log(`\n${tallyLines(tally, reasons).join('\n')}`);
process.exit(tested && failed.length === 0 ? 0 : 1);
