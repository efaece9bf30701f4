/**
 * Runtimes in the memory of a container, with their own defaults and with what `Runtime` emits; the table of
 * docs/constructs/runtimes.md.
 *
 *   npm run bench:runtimes
 *
 * Needs root, for the cgroups, and Go besides what the tests install; a runtime that is missing has no rows.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';
import { ensureServers } from '../scripts/servers.mjs';
import { memoryCgroup, requireRoot, run, scratchDirectory } from './servers.mjs';

const MIB = 2 ** 20;
const ROUNDS = 3;
const SECONDS = 2;
const SOURCES = join(root, 'test/servers/runtimes');

/** What is emitted for a container with two CPUs, without what says why. */
function emitted(name, mebibytes, options) {
  const require = createRequire(import.meta.url);
  const { Runtime, WorkloadProfile } = require(join(root, 'build/lib/index.js'));
  const memory = `${mebibytes}Mi`;
  const profile = WorkloadProfile.fromQuantities({
    cpuRequest: '2',
    cpuLimit: '2',
    memoryRequest: memory,
    memoryLimit: memory,
  });
  const runtime = Runtime[name](options);
  const env = runtime._env(profile._resources());
  return Object.fromEntries(Object.entries(env).map(([variable, { value }]) => [variable, value]));
}

/** Runs a program in a container's memory until it ends. */
async function contained(mebibytes, env, [program, ...args]) {
  const cgroup = memoryCgroup(`bench-runtime-${process.pid}`, mebibytes * MIB);
  const child = spawn('sh', ['-c', 'echo $$ > "$0" && exec "$@"', cgroup.procs, program, ...args], {
    env: { ...process.env, ...env },
    cwd: scratch.path,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  await new Promise((resolve) => child.on('close', resolve));
  await setTimeout(100);
  const directory = dirname(cgroup.procs);
  const peakOf = ['memory.max_usage_in_bytes', 'memory.peak'].map((file) => join(directory, file));
  const peak = peakOf.flatMap((file) => read(file) ?? []).map(Number)[0];
  const result = {
    killed: cgroup.kills() > 0,
    peak: peak === undefined ? NaN : Math.round(peak / MIB),
    number: (word) => Number(new RegExp(`^${word} (\\d+)$`, 'm').exec(output)?.[1] ?? NaN),
  };
  cgroup.remove();
  return result;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Work done with what is emitted, for each unit with the defaults: pairs of runs, one after the other. */
async function throughput(mebibytes, env, command) {
  const ratios = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const theirs = await contained(mebibytes, {}, command);
    const ours = await contained(mebibytes, env, command);
    ratios.push(ours.number('ops') / theirs.number('ops'));
  }
  const ratio = median(ratios);
  return Number.isNaN(ratio) ? 'they are killed' : ratio.toFixed(1);
}

const outcome = ({ killed, peak }, whenFull) => (killed ? 'killed' : `${whenFull} at ${peak} MiB`);

const java = (...args) => ['java', '-cp', scratch.path, 'Fill', ...args.map(String)];
const node = (...args) => [process.execPath, join(SOURCES, 'fill.js'), ...args.map(String)];
const go = (...args) => [join(scratch.path, 'fill'), ...args.map(String)];

async function heaps(name, command, { mebibytes, live, rest = [] }) {
  const env = emitted(name, mebibytes);
  const set = Math.floor(mebibytes * live);
  const full = command(set, 200, ...rest, 'end');
  const [theirs, ours] = [await contained(mebibytes, {}, full), await contained(mebibytes, env, full)];
  const heap = (result) => `${result.number('heap')} MiB`;
  return [
    `${mebibytes} MiB`,
    `${heap(theirs)}, ${outcome(theirs, 'full')}`,
    `${heap(ours)}, ${outcome(ours, 'full')}`,
    await throughput(mebibytes, env, command(set, SECONDS * 1000, ...rest)),
  ];
}

async function goHeaps(mebibytes, live) {
  const env = emitted('go', mebibytes);
  const command = go(Math.floor(mebibytes * live), SECONDS * 1000);
  const [theirs, ours] = [await contained(mebibytes, {}, command), await contained(mebibytes, env, command)];
  return [
    `${mebibytes} MiB, ${live * 100} % alive`,
    outcome(theirs, 'runs'),
    outcome(ours, 'runs'),
    await throughput(mebibytes, env, command),
  ];
}

/** One process with sixteen threads, and more memory than it needs: what it takes of it. */
async function arenas(name, command, share) {
  const env = { MEBIBYTES: `${share}`, THREADS: '16' };
  const theirs = await contained(4096, env, command);
  const ours = await contained(4096, { ...env, ...emitted(name, 4096, { threads: 16 }) }, command);
  return [`a process of ${share} MiB`, `${theirs.peak} MiB`, `${ours.peak} MiB`, '—'];
}

async function measure() {
  const rows = [['runtime', 'container', 'its own defaults', 'emitted', 'work done, emitted ÷ own']];
  const add = (name, row) => {
    rows.push([name, ...row]);
    console.error(row.join(' | '));
  };
  run('ecj', ['-proc:none', '-11', '-d', scratch.path, join(SOURCES, 'Fill.java')]);
  for (const mebibytes of [256, 512, 1024]) add('Java', await heaps('jvm', java, { mebibytes, live: 1 / 8 }));
  for (const mebibytes of [128, 256, 512, 1024])
    add('Node.js', await heaps('node', node, { mebibytes, live: 1 / 8, rest: [Math.floor(mebibytes / 10)] }));
  if (spawnSync('go', ['version']).status === 0) {
    run('go', ['build', '-o', join(scratch.path, 'fill'), join(SOURCES, 'fill.go')], {
      env: { ...process.env, GO111MODULE: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
    });
    for (const live of [0.2, 0.4, 0.6]) add('Go', await goHeaps(512, live));
  }
  add('Python', await arenas('python', ['/usr/bin/python3', join(SOURCES, 'fill.py')], 230));
  const script = join(scratch.path, 'fill.rb');
  writeFileSync(script, readFileSync(join(SOURCES, 'fill.ru'), 'utf8').replace(/^run .*$/m, ''));
  add('Ruby', await arenas('ruby', ['ruby', script], 460));
  return rows;
}

requireRoot();
build();
ensureServers();
const scratch = scratchDirectory();
try {
  const [head, ...body] = await measure();
  console.log([head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n'));
} finally {
  scratch.remove();
}
