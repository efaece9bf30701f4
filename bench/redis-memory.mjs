/**
 * What Redis and Valkey need beside their keys; the numbers in lib/redis/tuning/redis-memory-budget.ts rest on it.
 *
 *   npm run bench:redis-memory -- sizes      most memory when values of one size are followed by values of another
 *   npm run bench:redis-memory -- clients    memory of a client while a value comes in, and while one goes out
 *   npm run bench:redis-memory -- replicas   what a primary keeps for replicas that join while it is written to
 *   … --write                                writes the result into docs/benchmarks.md
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';
import { ensureServers } from '../scripts/servers.mjs';
import { writeSection } from './page.mjs';
import { freePort, run, scratchDirectory } from './servers.mjs';

const MIB = 2 ** 20;
const ENGINES = ['redis', 'valkey'];
const running = new Set();
process.on('exit', () => running.forEach((server) => server.process.kill('SIGKILL')));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));

/** The emitted settings of a cache, without those of its place; and the environment of its allocator. */
function emitted(props) {
  const require = createRequire(import.meta.url);
  const { Testing } = require('cdk8s');
  const { CacheRedis } = require(join(root, 'build/lib/index.js'));
  const chart = Testing.chart();
  new CacheRedis(chart, 'cache', props);
  const objects = Testing.synth(chart);
  const text = objects.find(({ kind }) => kind === 'ConfigMap').data['cache.conf'];
  const [{ env }] = objects.find(({ kind }) => kind === 'StatefulSet').spec.template.spec.containers;
  return {
    lines: text.split('\n').filter((line) => line !== '' && !/^(#|port|bind|aclfile|dir) ?/.test(line)),
    env: Object.fromEntries(
      env.filter(({ name }) => /MALLOC/.test(name)).map(({ name, value }) => [name, value]),
    ),
  };
}

/** A server with these lines; later ones go before earlier ones of the same name. */
async function start(engine, scratch, { lines, env = {} }) {
  const port = await freePort();
  const directory = join(scratch, `${engine}-${port}`);
  mkdirSync(directory);
  const conf = join(directory, 'cache.conf');
  const place = [`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`];
  writeFileSync(conf, [...lines, ...place, ''].join('\n'));
  const child = spawn(`${engine}-server`, [conf], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const server = { engine, port, process: child };
  running.add(server);
  for (let attempt = 0; ask(server, 'PING') !== 'PONG'; attempt += 1) {
    if (attempt > 100) throw new Error(`${engine} does not start with ${conf}`);
    await setTimeout(50);
  }
  return server;
}

function stop(server) {
  running.delete(server);
  return new Promise((resolve) => {
    server.process.on('exit', resolve);
    server.process.kill('SIGKILL');
  });
}

function ask({ port }, ...command) {
  return spawnSync('redis-cli', ['-p', `${port}`, ...command], { encoding: 'utf8' }).stdout.trim();
}

const info = (server, field) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(ask(server, 'INFO'))?.[1]);

/** Most memory that the process has had at one time, in bytes. */
const peakBytes = ({ process: { pid } }) =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Writes this many bytes of new keys with values of this size. */
function fill({ port }, bytes, valueBytes) {
  const requests = Math.ceil(bytes / (valueBytes + 64));
  const pipeline = valueBytes < 1024 ? 64 : 1;
  run('redis-benchmark', [
    ...['-p', `${port}`, '-t', 'set', '-d', `${valueBytes}`, '-n', `${requests}`],
    ...['-r', '999999999', '-c', '4', '-P', `${pipeline}`, '-q'],
  ]);
}

/** Values of one size, twice what fits, and then as many of another. */
async function sizes(scratch) {
  const maxMemory = 128 * MIB;
  const { Size } = createRequire(import.meta.url)('cdk8s');
  const ours = emitted({ maxMemory: Size.mebibytes(maxMemory / MIB) });
  const malloc = 'dirty_decay_ms:0,narenas:1,tcache:false';
  const variants = [
    ['64 B, then 64 B', ours, [64, 64]],
    ['64 B, then 256 B', ours, [64, 256]],
    ['64 B, then 300 KB', ours, [64, 300_000]],
    ['64 B, then 3 MB', ours, [64, 3_000_000]],
    ['4 KB, then 1 MB', ours, [4096, 1_000_000]],
    [
      '64 B, then 300 KB, evicting in the foreground',
      { ...ours, lines: [...ours.lines, 'lazyfree-lazy-eviction no'] },
      [64, 300_000],
    ],
    [
      '64 B, then 300 KB, one arena without caches of threads',
      { ...ours, env: { MALLOC_CONF: malloc, JE_MALLOC_CONF: malloc } },
      [64, 300_000],
    ],
    [
      '64 B, then 300 KB, `maxmemory-samples 64`',
      { ...ours, lines: [...ours.lines, 'maxmemory-samples 64'] },
      [64, 300_000],
    ],
  ];
  const rows = [];
  for (const [name, settings, values] of variants) {
    const cells = [];
    for (const engine of ENGINES) {
      const server = await start(engine, scratch, settings);
      for (const value of values) fill(server, 2 * maxMemory, value);
      cells.push((peakBytes(server) / maxMemory).toFixed(2));
      await stop(server);
    }
    rows.push([name, ...cells]);
  }
  return {
    title: 'CacheRedis: values that change their size',
    how: `The most memory of the process, itself included, as a multiple of \`maxmemory\` (${maxMemory / MIB}mb), with the emitted settings: a cache is filled twice over with values of one size, and then with as many of the next.`,
    rows: [['values', ...ENGINES], ...rows],
  };
}

/** Clients that each hold a value, and what the server counts for all of them. */
async function clients(scratch) {
  const count = 50;
  const require = createRequire(import.meta.url);
  const { clientBytes } = require(join(root, 'build/lib/redis/tuning/redis-memory-budget.js'));
  const rows = [];
  for (const value of [5000, 20_000, 100_000, 1_000_000, 16_000_000]) {
    const command = `*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${value}\r\n${'x'.repeat(value)}\r\n`;
    for (const engine of ENGINES) {
      const server = await start(engine, scratch, { lines: ['save ""'] });
      const sockets = await Promise.all(Array.from({ length: count }, () => connected(server.port)));
      const cells = [];
      const send = async (text) => {
        for (const socket of sockets) socket.write(text);
        let most = 0;
        for (let look = 0; look < 20; look += 1) {
          await setTimeout(20);
          most = Math.max(most, clientMemory(server));
        }
        cells.push(most);
      };
      await send(command.slice(0, -2));
      await send(command.slice(-2));
      sockets.forEach((socket) => socket.pause());
      await send('*2\r\n$3\r\nGET\r\n$1\r\nk\r\n');
      cells.push(clientBytes({ count, largestValueBytes: value }));
      rows.push([`${value / 1000} KB`, engine, ...cells.map((bytes) => `${Math.round(bytes / MIB)} MiB`)]);
      sockets.forEach((socket) => socket.destroy());
      await stop(server);
    }
  }
  return {
    title: 'CacheRedis: memory of a client',
    how: `What the server counts (\`tot-mem\`) for ${count} clients in all: while a value of each comes in, when it is in, and when each has asked for one and does not read, so that what the kernel does not hold stays in the server; the most of twenty looks in half a second. The budget is what \`CacheRedis\` sets \`maxmemory-clients\` to for as many.`,
    rows: [['value', 'engine', 'comes in', 'is in', 'goes out', 'budget'], ...rows],
  };
}

function connected(port) {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
}

const clientMemory = (server) =>
  ask(server, 'CLIENT', 'LIST')
    .split('\n')
    .filter((line) => !line.includes('cmd=client'))
    .reduce((sum, line) => sum + Number(/tot-mem=(\d+)/.exec(line)?.[1]), 0);

/** How long replicas are given to join, in seconds. */
const PATIENCE = 60;

/** Two replicas that join a full primary that is written to as fast as it goes. */
async function replicas(scratch) {
  const rows = [];
  for (const maxMemory of [128 * MIB, 384 * MIB, 1024 * MIB]) {
    for (const [bound, output] of [
      ['none', 0],
      ['a tenth of `maxmemory`', Math.floor(maxMemory / 10)],
    ]) {
      const settings = {
        lines: [
          `maxmemory ${maxMemory}`,
          'maxmemory-policy allkeys-lru',
          'maxmemory-eviction-tenacity 100',
          'save ""',
          `client-output-buffer-limit replica ${output} 0 0`,
          `repl-backlog-size ${Math.floor(maxMemory / 20)}`,
          'repl-diskless-sync yes',
        ],
        env: { MALLOC_CONF: 'dirty_decay_ms:0', JE_MALLOC_CONF: 'dirty_decay_ms:0' },
      };
      const servers = [];
      for (let server = 0; server < 3; server += 1) servers.push(await start('redis', scratch, settings));
      rows.push([`${maxMemory / MIB}mb`, bound, ...(await joined(servers, maxMemory))]);
      await Promise.all(servers.map(stop));
    }
  }
  return {
    title: 'CacheRedis: replicas that join under load',
    how: `Redis: two empty replicas join a full primary while two clients write values of 4 KB to it as fast as they go, all on this machine; at most ${PATIENCE} s are waited.`,
    rows: [
      [
        'maxmemory',
        'bound of the buffer',
        'written, MiB/s',
        'both are up after',
        'full copies',
        'most in the buffer',
      ],
      ...rows,
    ],
  };
}

async function joined([primary, ...others], maxMemory) {
  fill(primary, 1.5 * maxMemory, 4096);
  const writer = spawn(
    'redis-benchmark',
    [
      ...['-p', `${primary.port}`, '-t', 'set', '-d', '4096', '-c', '2', '-r', '999999999'],
      ...['-n', '100000000', '-q'],
    ],
    { stdio: 'ignore' },
  );
  const [begun, offset] = [Date.now(), info(primary, 'master_repl_offset')];
  for (const replica of others) ask(replica, 'REPLICAOF', '127.0.0.1', `${primary.port}`);
  const seconds = () => (Date.now() - begun) / 1000;
  const isUp = (replica) => ask(replica, 'INFO', 'replication').includes('master_link_status:up');
  let [most, up] = [0, false];
  while (!up && seconds() < PATIENCE) {
    await setTimeout(100);
    most = Math.max(most, info(primary, 'mem_total_replication_buffers'));
    up = others.every(isUp);
  }
  const written = (info(primary, 'master_repl_offset') - offset) / seconds() / MIB;
  const row = [
    written.toFixed(0),
    up ? `${seconds().toFixed(0)} s` : 'never',
    `${info(primary, 'sync_full')}`,
    `${Math.round(most / MIB)} MiB`,
  ];
  writer.kill('SIGKILL');
  return row;
}

const BENCHMARKS = { sizes, clients, replicas };
const [name, option] = process.argv.slice(2);
if (!Object.hasOwn(BENCHMARKS, name ?? '')) {
  console.error(`which one? ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(1);
}
build();
ensureServers();
const scratch = scratchDirectory();
try {
  const result = await BENCHMARKS[name](scratch.path);
  console.table(result.rows);
  if (option === '--write') await writeSection('bench:redis-memory', name, result);
} finally {
  scratch.remove();
}
