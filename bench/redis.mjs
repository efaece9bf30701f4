/**
 * Writes and reads at the eviction limit, paired in one run: our configuration, the stock one and Bitnami's, on Redis and
 * on Valkey. All servers of an engine run at the same time, and each round asks each of them once, in another order, so
 * that whatever else the machine does falls on all of them alike. Medians of the rounds; ratios are what to read.
 *
 *   npm run bench:redis                    writes the section of docs/benchmarks.md
 *   npm run bench:redis -- --rounds 3      fewer rounds; prints only
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';
import { ensureServers } from '../scripts/servers.mjs';
import { cpuSeconds, halves, pinned } from './processes.mjs';

const MIB = 2 ** 20;
const MAX_MEMORY_MIB = 100;
const WORKLOAD = { clients: 50, valueBytes: 512, keys: 400_000 };
/** A server and what it forks have one half of the cores, as in a container; the client has the other. */
const CORES = halves();
/** One request at a time is bounded by the sockets; in a pipeline the server is what is asked. */
const LOADS = [
  { name: 'one at a time', pipeline: 1, requests: 300_000 },
  { name: '16 in a pipeline', pipeline: 16, requests: 1_500_000 },
];
const DEFAULT_ROUNDS = 5;
const PAGE = join(root, 'docs/benchmarks.md');
const MARKS = ['<!-- written by npm run bench:redis -->', '<!-- end of npm run bench:redis -->'];
const PASSWORD = 'bench';

/** Our configuration and its environment, as the construct emits them. */
function ours(engine) {
  const require = createRequire(import.meta.url);
  const { Size, Testing } = require('cdk8s');
  const { CacheRedis } = require(join(root, 'build/lib/index.js'));
  const chart = Testing.chart();
  new CacheRedis(chart, 'cache', { engine, maxMemory: Size.mebibytes(MAX_MEMORY_MIB) });
  const objects = Testing.synth(chart);
  const { data } = objects.find(({ kind }) => kind === 'ConfigMap');
  const [{ env }] = objects.find(({ kind }) => kind === 'StatefulSet').spec.template.spec.containers;
  return {
    files: data,
    env: Object.fromEntries(
      env.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]),
    ),
  };
}

const LIMITED = `maxmemory ${MAX_MEMORY_MIB * MIB}\nmaxmemory-policy allkeys-lru\n`;
/** The defaults of the server, with a limit and a policy: without them it would not evict. */
const STOCK = LIMITED;
/** What Bitnami's chart writes, with the same limit and policy: an append-only file, and no snapshots. */
const BITNAMI = `${LIMITED}appendonly yes\nsave ""\n`;

async function start(engine, name, scratch) {
  const port = await freePort();
  const directory = join(scratch, `${engine}-${name}`);
  mkdirSync(directory);
  const conf = join(directory, 'cache.conf');
  let [command, env] = [[`${engine}-server`, conf], {}];
  if (name === 'ours') {
    const emitted = ours(engine);
    const text = emitted.files['cache.conf']
      .replace(/^port .*$/m, `port ${port}`)
      .replace(/^bind .*$/m, 'bind 127.0.0.1')
      .replace(/^aclfile .*$/m, `aclfile ${directory}/users.acl`)
      .replace(/^dir .*$/m, `dir ${directory}`);
    writeFileSync(conf, text);
    writeFileSync(join(directory, 'start.sh'), emitted.files['start.sh']);
    command = ['sh', join(directory, 'start.sh'), ...command];
    env = {
      ...emitted.env,
      ACL_FILE: join(directory, 'users.acl'),
      APP_PASSWORD: PASSWORD,
      EXPORTER_PASSWORD: PASSWORD,
    };
  } else {
    const text = name === 'stock' ? STOCK : BITNAMI;
    writeFileSync(conf, `port ${port}\nbind 127.0.0.1\ndir ${directory}\n${text}`);
  }
  const [program, ...args] = pinned(CORES.servers.cores, command);
  const process_ = spawn(program, args, {
    // A group of its own, for what it forks is stopped with it.
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const login = name === 'ours' ? ['--user', 'app', '-a', PASSWORD] : [];
  const server = { engine, name, port, login, process: process_, rounds: [] };
  running.add(server);
  for (let attempt = 0; ask(server, 'PING') !== 'PONG'; attempt += 1) {
    if (attempt > 100) throw new Error(`${engine} with ${name} does not start`);
    await setTimeout(50);
  }
  return server;
}

/** Servers that run; whatever ends this program ends them, since groups of their own outlive it. */
const running = new Set();
process.on('exit', () => running.forEach((server) => signal(server, 'SIGKILL')));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));

/** Signals a server and what it has forked. */
function signal({ process: child }, name) {
  process.kill(-child.pid, name);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function ask({ port, login }, ...command) {
  const args = ['-p', `${port}`, ...login, '--no-auth-warning', ...command];
  return spawnSync('redis-cli', args, { encoding: 'utf8' }).stdout.trim();
}

/** Requests a second, p99 and server CPU of one kind of request. */
function measure(server, kind, { pipeline, requests }) {
  const before = cpuSeconds(server.process.pid);
  const { clients, valueBytes, keys } = WORKLOAD;
  const [program, ...args] = pinned(CORES.client.cores, [
    'redis-benchmark',
    ...['-p', `${server.port}`, ...server.login, '-t', kind, '-n', `${requests}`, '-c', `${clients}`],
    ...['-P', `${pipeline}`, '-d', `${valueBytes}`, '-r', `${keys}`, '--csv'],
  ]);
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const row = stdout
    .split('\n')
    .find((line) => line.startsWith(`"${kind.toUpperCase()}"`))
    ?.split(',')
    .map((cell) => Number(cell.replaceAll('"', '')));
  if (!row) throw new Error(`redis-benchmark failed against ${server.name}: ${stdout}${stderr}`);
  const cpu = cpuSeconds(server.process.pid) - before;
  return { rate: row[1], p99: row[6], micros: (cpu / requests) * 1e6 };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function bench(engine, rounds, scratch) {
  const servers = [];
  try {
    for (const name of ['ours', 'stock', 'bitnami']) servers.push(await start(engine, name, scratch));
    // Past the limit, so that every write evicts.
    for (const server of servers) measure(server, 'set', { pipeline: 1, requests: WORKLOAD.keys });
    for (const [load, round] of LOADS.flatMap((one) =>
      Array.from({ length: rounds }, (_, index) => [one, index]),
    )) {
      const order = [...servers.slice(round % 3), ...servers.slice(0, round % 3)];
      for (const server of order) {
        for (const other of servers) signal(other, other === server ? 'SIGCONT' : 'SIGSTOP');
        server.rounds.push({ load, set: measure(server, 'set', load), get: measure(server, 'get', load) });
      }
      console.log(`${engine}, ${load.name}: round ${round + 1} of ${rounds}`);
    }
    for (const server of servers) {
      signal(server, 'SIGCONT');
      const evicted = Number(/evicted_keys:(\d+)/.exec(ask(server, 'INFO', 'stats'))?.[1]);
      if (!(evicted > 0)) throw new Error(`${server.name} did not evict`);
    }
    return LOADS.map((load) => ({
      engine,
      load,
      measured: servers.map(({ name, rounds: all }) => ({
        name,
        results: all.filter((round) => round.load === load),
      })),
    }));
  } finally {
    await Promise.all(servers.map(stop));
  }
}

function stop(server) {
  running.delete(server);
  return new Promise((resolve) => {
    server.process.on('exit', resolve);
    signal(server, 'SIGKILL');
  });
}

/** What one server did to what another did in the same round, for all rounds. */
function ratios(subject, baseline, read) {
  return subject.results.map((round, index) => read(round) / read(baseline.results[index]));
}

function ratio(subject, baseline, read) {
  return median(ratios(subject, baseline, read));
}

function spread(values) {
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
}

function table({ engine, load, measured }) {
  const stock = measured.find(({ name }) => name === 'stock');
  const label = { ours: '`CacheRedis`', stock: 'stock', bitnami: 'Bitnami (AOF)' };
  const rows = measured.map((one) => {
    const of = (read, digits) => ratio(one, stock, read).toFixed(digits);
    const [set, get] = ['set', 'get'].map((kind) => (read) => (round) => read(round[kind]));
    return [
      engine,
      load.name,
      label[one.name],
      of(
        set(({ rate }) => rate),
        2,
      ),
      of(
        set(({ p99 }) => p99),
        2,
      ),
      of(
        set(({ micros }) => micros),
        2,
      ),
      of(
        get(({ rate }) => rate),
        2,
      ),
      of(
        get(({ p99 }) => p99),
        2,
      ),
      of(
        get(({ micros }) => micros),
        2,
      ),
    ];
  });
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function section(results, rounds) {
  const version = (engine) =>
    /v=([\d.]+)/.exec(spawnSync(`${engine}-server`, ['--version'], { encoding: 'utf8' }).stdout)?.[1];
  const against = results.map(({ engine, load, measured }) => {
    const [our, bitnami] = ['ours', 'bitnami'].map((name) => measured.find((one) => one.name === name));
    const at = (kind) => ratio(our, bitnami, (round) => round[kind].rate).toFixed(2);
    const p99 = ratio(our, bitnami, (round) => round.set.p99).toFixed(2);
    const range = spread(ratios(our, bitnami, (round) => round.set.rate));
    return `- On ${engine}, ${load.name}, \`CacheRedis\` against Bitnami's settings in the same rounds: SET ${at('set')} (${range}), GET ${at('get')}, p99 of SET ${p99}.`;
  });
  return `${MARKS[0]}

## CacheRedis: writes and reads at the eviction limit

\`npm run bench:redis\`: Redis ${version('redis')} and Valkey ${version('valkey')} of Debian 12, ${CORES.half} of ${cpus().length} CPUs for the server and what it forks, the others for the client, \`maxmemory\` ${MAX_MEMORY_MIB}mb, ${WORKLOAD.valueBytes}-byte values of
${WORKLOAD.keys / 1000}k keys, ${WORKLOAD.clients} clients, ${rounds} rounds of SETs and as many GETs: ${LOADS.map(({ name, requests }) => `${requests / 1000}k ${name}`).join(', ')}. The three servers of an engine are asked in turn, while the other two are stopped;
each number is the median over the rounds of the ratio to the stock server in the same round. Rates: more is better. p99 and
CPU of the server per request: less is better. "stock" is the server's own defaults with \`maxmemory\` and \`allkeys-lru\`;
"Bitnami (AOF)" is what its chart writes, with the same two.

| engine | requests | configuration | SET rate | SET p99 | SET CPU | GET rate | GET p99 | GET CPU |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${results.map(table).join('\n')}

${against.join('\n')}

Load average of the machine at the end: ${loadavg()[1].toFixed(1)} over five minutes on ${cpus().length} CPUs. Above the number of CPUs, rates and p99 tell of the
neighbours; the CPU of the server per request is then what can be compared.

${MARKS[1]}
`;
}

function write(text) {
  const page = existsSync(PAGE)
    ? readFileSync(PAGE, 'utf8')
    : '# Benchmarks\n\nEach section is written by the command that it names.\n';
  const [from, to] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])];
  const next =
    from < 0 ? `${page}\n${text}` : page.slice(0, from) + text + page.slice(to + MARKS[1].length + 1);
  writeFileSync(PAGE, next);
  spawnSync(join(root, 'node_modules/.bin/prettier'), ['--write', PAGE]);
}

const { values } = parseArgs({ options: { rounds: { type: 'string' } } });
const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
build();
ensureServers();
const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-bench-'));
try {
  const results = [];
  for (const engine of ['valkey', 'redis']) results.push(...(await bench(engine, rounds, scratch)));
  const text = section(results, rounds);
  console.log(text);
  if (values.rounds === undefined) write(text);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
