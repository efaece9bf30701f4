/**
 * The command `check` as a whole process over 10,000 objects, beside kube-score: time and memory, paired in one run.
 *
 *   npm run bench:check -- KUBE_SCORE [--write]
 *
 * KUBE_SCORE is its program (go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0). The objects are copies of the shop in
 * prod, a namespace each, in one file. Definitions of custom resources are read too, where they are.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';
import { writeSection } from './page.mjs';

const OBJECTS = 10_000;
const ROUNDS = 7;

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean' } },
  allowPositionals: true,
});
const [kubeScore] = positionals;
if (!kubeScore || !existsSync(kubeScore)) {
  console.error('bench: where is kube-score? npm run bench:check -- KUBE_SCORE');
  process.exit(1);
}
build();
const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const directory = join(root, 'dist/prod');
const stack = readdirSync(directory)
  .sort()
  .map((file) => readFileSync(join(directory, file), 'utf8'))
  .join('---\n');
const perStack = stack.split(/^kind:/m).length - 1;
const copies = Math.ceil(OBJECTS / perStack);
const file = join(scratch, 'all.yaml');
writeFileSync(
  file,
  Array.from({ length: copies }, (_, copy) => stack.replaceAll('shop-prod', `shop-${copy}`)).join('---\n'),
);

const program = join(root, 'build/lib/cli/main.js');
const COMMANDS = {
  'cdk8s-tuned check': [process.execPath, [program, 'check', file, '--format', 'json', '--fail-on', 'never']],
  'kube-score score': [kubeScore, ['score', file, '-o', 'json']],
};

/** Seconds and MiB of a whole process. */
function measure([command, args]) {
  const { stderr } = spawnSync('/usr/bin/time', ['-f', '%e %M', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [seconds, kibibytes] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, mebibytes: kibibytes / 1024 };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const runs = Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, command] of Object.entries(COMMANDS)) runs[name].push(measure(command));

const [ours, theirs] = Object.values(runs);
const ratio = (field) => median(ours.map((run, index) => run[field] / theirs[index][field])).toFixed(2);
const table = new Table({ style: { head: [], border: [] }, head: ['', 'seconds', 'MiB'] });
for (const [name, all] of Object.entries(runs))
  table.push([
    name,
    median(all.map(({ seconds }) => seconds)).toFixed(2),
    median(all.map(({ mebibytes }) => mebibytes)).toFixed(0),
  ]);
table.push(['ours / theirs', ratio('seconds'), ratio('mebibytes')]);
console.log(`${copies * perStack} objects, ${(statSync(file).size / 1e6).toFixed(1)} MB of YAML\n${table}`);

const definitions = join(root, '../shared/schemas/crds');
if (existsSync(definitions)) {
  const lines = readdirSync(definitions).reduce(
    (sum, name) => sum + readFileSync(join(definitions, name), 'utf8').split('\n').length,
    0,
  );
  const own = Array.from({ length: ROUNDS }, () =>
    measure([process.execPath, [program, 'check', definitions, '--fail-on', 'never']]),
  );
  console.log(`${lines} lines of definitions: ${median(own.map(({ seconds }) => seconds)).toFixed(2)} s`);
}

if (values.write)
  await writeSection('bench:check', 'KUBE_SCORE', {
    title: 'The command check',
    how: `A whole process over ${copies * perStack} objects in one file, beside kube-score 1.20; ratios of the medians of ${ROUNDS} pairs. Below one is better.`,
    rows: [
      ['', 'time', 'memory'],
      ['ours / kube-score', ratio('seconds'), ratio('mebibytes')],
    ],
  });
