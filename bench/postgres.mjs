/**
 * Measurements of Postgres and PgBouncer: both sides of a comparison in one run on one machine, and only ratios are
 * written down. Results go to docs/benchmarks.md, each with the command that made it.
 *
 *   npm run bench:postgres -- pgbench     read-write and select-only: stock, PGTune's values, ours
 *   npm run bench:postgres -- torture     150 clients on a database of 512Mi: PGTune's values, ours with poolers
 *   npm run bench:postgres -- sorts       150 clients that sort on a database of 4Gi: PGTune's values, ours, with poolers
 *   npm run bench:postgres -- pooler      a connection for every transaction: directly, through a pooler
 *   npm run bench:postgres -- shutdown    a restart under load
 *   … --write                             writes the result into docs/benchmarks.md
 *
 * It runs as root, which starts the servers as nobody, and needs Debian's postgresql, its contrib, and pgbouncer.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';
import { writeSection } from './page.mjs';
import { cpuSeconds, familyCpuSeconds, halves } from './processes.mjs';
import {
  cpuCgroup,
  memoryCgroup,
  ownDirectory,
  pgbench,
  psql,
  requireRoot,
  resultsOf,
  scratchDirectory,
  startPgBouncer,
  startPostgres,
} from './servers.mjs';

build();
const require = createRequire(import.meta.url);
const { Chart, Size, Testing } = require('cdk8s');
const { Cpu } = require('cdk8s-plus-27');
const tuned = require(join(root, 'build/lib/index.js'));
const { pgTune } = require(join(root, 'build/apps/pgtune/pgtune.js'));

const MIB = 1024 ** 2;
const STOCK = '';

/** Manifests of a database, with poolers and consumers or without. */
function manifestsOf({ memoryMiB, cpus, pooler = false, clients = 0, maxConnections }) {
  const chart = new Chart(new tuned.TunedApp({ outdir: '/nowhere' }), 'shop');
  const db = new tuned.TunedPostgres(chart, 'db', {
    version: tuned.PostgresVersion.V15,
    storage: Size.gibibytes(20),
    maxConnections,
    profile: tuned.WorkloadProfile.DATABASE.withMemory(Size.mebibytes(memoryMiB)).withCpu(
      Cpu.units(cpus),
      Cpu.units(cpus),
    ),
  });
  if (clients > 0) {
    // Pods with a connection each, the one of a rollout among them.
    new tuned.ScalableWebApp(chart, 'web', {
      image: 'registry.example.com/shop:1.8.2',
      scaling: tuned.ScalingPolicy.replicas(clients - 1),
      maxSurgePercent: 1,
    }).connectTo(db, { pool: tuned.ConnectionPool.fixed({ size: 1 }) });
  }
  if (pooler) db.addPooler();
  const objects = Testing.synth(chart);
  const file = (name, key) =>
    objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name).data[key];
  const ini = pooler ? file('shop-db-pooler', 'pgbouncer.ini') : '';
  return {
    conf: file('shop-db', 'postgresql.conf'),
    // Where it runs, who logs in, and what Debian's 1.18 does not know yet.
    ini: ({ port, userFile, databasePort }) =>
      ini
        .replace(/^app = .*$/m, `postgres = host=127.0.0.1 port=${databasePort} dbname=postgres`)
        .replace(/^listen_addr = .*$/m, 'listen_addr = 127.0.0.1')
        .replace(/^listen_port = .*$/m, `listen_port = ${port}`)
        .replace(/^auth_file = .*$/m, `auth_file = ${userFile}`)
        .replace(/^max_prepared_statements = .*\n/m, ''),
    poolers: pooler
      ? objects.find(({ metadata }) => metadata.name === 'shop-db-pooler' && metadata).spec
      : undefined,
    replicas: objects.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'shop-db-pooler',
    )?.spec.replicas,
  };
}

function pgTuneConf({ memoryMiB, cpus }) {
  const settings = pgTune({ version: 15, workload: 'web', memoryKb: memoryMiB * 1024, cpus, disk: 'ssd' });
  return [...settings].map(([name, value]) => `${name} = '${value}'`).join('\n');
}

const ratio = (value, base) => (value / base).toFixed(2);
const geometricMean = (values) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** How far the geometric mean may be from that of very many rounds, one time in three. */
function standardError(ratios) {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  const variance = logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (logs.length - 1);
  return geometricMean(ratios) * Math.sqrt(variance / logs.length);
}

/** (b) As many clients as connections, each with a sort and a hash, on a database of 512Mi. */
async function torture(scratch) {
  const size = { memoryMiB: 512, cpus: 2 };
  const clients = 150;
  const seconds = 40;
  const ours = manifestsOf({ ...size, pooler: true, clients });
  const script = join(scratch.path, 'torture.sql');
  writeFileSync(
    script,
    'SELECT count(*) FROM (SELECT t, count(*) FROM rows GROUP BY t ORDER BY md5(t || random()::text)) s;\n',
  );
  const rows = `CREATE TABLE rows AS SELECT i, md5((i % 20000)::text) AS t FROM generate_series(1, 40000) i; ANALYZE rows; CHECKPOINT;`;
  const run = async (name, conf, poolers) => {
    const cgroup = memoryCgroup(`cdk8s-tuned-bench-${process.pid}-${name}`, size.memoryMiB * MIB);
    const database = await startPostgres(scratch, name, conf, { cgroup });
    psql(database.port, rows);
    const fronts = await Promise.all(
      Array.from({ length: poolers }, () => startPgBouncer(scratch, ours.ini, database)),
    );
    const ports = fronts.length > 0 ? fronts.map(({ port }) => port) : [database.port];
    return {
      async load() {
        const results = await Promise.all(
          ports.map((port) =>
            pgbench(port, [
              '-n',
              '-c',
              `${clients / ports.length}`,
              '-j',
              '2',
              '-T',
              `${seconds}`,
              '-f',
              script,
            ]),
          ),
        );
        const all = results.map(resultsOf);
        const sum = (field) => all.reduce((total, one) => total + one[field], 0);
        return {
          kills: cgroup.kills(),
          aborted: sum('aborted'),
          transactions: sum('transactions'),
          output: results.map(({ output }) => output.split('\n').slice(-20).join('\n')).join('\n'),
        };
      },
      async stop() {
        for (const front of fronts) await front.stop('SIGTERM');
        if (database.isRunning()) await database.stop('SIGINT');
        cgroup.remove();
      },
    };
  };
  const sides = [await run('pgtune', pgTuneConf(size), 0), await run('ours', ours.conf, ours.replicas)];
  const [theirs, own] = await Promise.all(sides.map((side) => side.load()));
  for (const side of sides) await side.stop();
  if (own.kills > 0 || own.aborted > 0)
    throw new Error(`ours: ${own.kills} kills, ${own.aborted} clients aborted: ${own.output}`);
  return {
    title: 'A database of 512Mi with 150 clients',
    how: `Both at once, each in a memory cgroup of 512 MiB; ${clients} clients for ${seconds} s, each with a hash aggregate and a sort of 40,000 rows.`,
    rows: [
      ['', 'kernel kills', 'clients aborted', 'transactions, ours = 1'],
      [
        'PGTune for web, 512MB, 2 CPU',
        theirs.kills,
        theirs.aborted,
        ratio(theirs.transactions, own.transactions),
      ],
      [`ours, ${ours.replicas} poolers`, own.kills, own.aborted, '1'],
    ],
  };
}

/** What the poolers' conf would be if sorts had as much memory as the bound leaves, and hash tables twice that. */
function withLargeSorts(conf) {
  const [, workMem, multiplier] = /^work_mem = '?(\d+)MB[\s\S]*^hash_mem_multiplier = ([\d.]+)/m.exec(conf);
  return conf
    .replace(/^work_mem = .*$/m, `work_mem = ${Math.floor((workMem * multiplier) / 2)}MB`)
    .replace(/^hash_mem_multiplier = .*$/m, 'hash_mem_multiplier = 2');
}

/** (f) Many clients that sort: what a transaction costs with few connections of much memory, and with many of little. */
async function sorts(scratch) {
  const size = { memoryMiB: 4096, cpus: 2 };
  const [clients, seconds, rounds] = [150, 12, 3];
  const direct = manifestsOf({ ...size, maxConnections: clients + 11 });
  const pooled = manifestsOf({ ...size, pooler: true, clients });
  const sides = [
    { name: 'PGTune for web, 4GB, 2 CPU', conf: pgTuneConf(size), poolers: 0 },
    { name: 'ours', conf: direct.conf, poolers: 0 },
    { name: `ours, ${pooled.replicas} poolers`, conf: pooled.conf, poolers: pooled.replicas },
    {
      name: 'the same, sorts in memory',
      conf: withLargeSorts(pooled.conf),
      poolers: pooled.replicas,
    },
  ];
  const script = join(scratch.path, 'sorts.sql');
  writeFileSync(
    script,
    'SELECT (SELECT count(*) FROM (SELECT t, count(*) FROM rows GROUP BY t) g) + (SELECT count(*) FROM (SELECT i, t FROM rows ORDER BY t, i) s);\n',
  );
  const rows =
    'CREATE TABLE rows AS SELECT i, md5((i % 66667)::text) AS t FROM generate_series(1, 100000) i; ANALYZE rows; CHECKPOINT;';
  for (const [index, side] of sides.entries()) {
    side.cgroup = memoryCgroup(`cdk8s-tuned-bench-${process.pid}-${index}`, size.memoryMiB * MIB);
    side.cpu = cpuCgroup(`cdk8s-tuned-bench-${process.pid}-${index}`);
    const { cgroup, cpu } = side;
    side.database = await startPostgres(scratch, `sorts-${index}`, side.conf, { cgroup, cpu });
    psql(side.database.port, rows);
    side.fronts = await Promise.all(
      Array.from({ length: side.poolers }, () => startPgBouncer(scratch, pooled.ini, side.database)),
    );
    side.results = [];
    side.aborted = 0;
  }
  const load = async ({ database, fronts, results }) => {
    const ports = fronts.length > 0 ? fronts.map(({ port }) => port) : [database.port];
    const cpu = () => familyCpuSeconds(database.pid) + cpuSeconds(...fronts.map(({ pid }) => pid));
    const [before, start] = [cpu(), Date.now()];
    const args = ['-n', '-c', `${clients / ports.length}`, '-j', '2', '-T', `${seconds}`, '-f', script];
    const all = (await Promise.all(ports.map((port) => pgbench(port, args)))).map(resultsOf);
    const sum = (field) => all.reduce((total, one) => total + one[field], 0);
    const transactions = sum('transactions');
    const perSecond = (1000 * transactions) / (Date.now() - start);
    results.push({ perSecond, cost: (cpu() - before) / transactions });
    return sum('aborted');
  };
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(round + turn) % sides.length];
      side.aborted += await load(side);
    }
  }
  for (const { database, fronts } of sides) {
    for (const front of fronts) await front.stop('SIGTERM');
    if (database.isRunning()) await database.stop('SIGINT');
  }
  const [{ results: base }] = sides;
  const against = ({ results }, field) => {
    const ratios = results.map((one, round) => one[field] / base[round][field]);
    return `${geometricMean(ratios).toFixed(2)} (${ratios.map((one) => one.toFixed(2)).join(', ')})`;
  };
  const table = sides.map((side) => [
    side.name,
    side.cgroup.kills(),
    side.aborted,
    against(side, 'perSecond'),
    against(side, 'cost'),
  ]);
  for (const { cgroup, cpu } of sides) {
    cgroup.remove();
    cpu.remove();
  }
  const [, kills, aborted] = table[2];
  if (kills > 0 || aborted > 0) throw new Error(`ours: ${kills} kills, ${aborted} clients aborted`);
  return {
    title: 'A database of 4Gi with 150 clients that sort',
    how: `Four servers, each in a memory cgroup of 4 GiB and a CPU cgroup, so that its part of the CPU does not depend on the number of its processes, asked in turn, ${rounds} rounds: ${clients} clients begin transactions for ${seconds} s, each a hash aggregate and a sort by text of 100,000 rows, and all are let end. What 27 connections leave to each is more than a sort makes use of: in memory, beyond the caches of a core, it waits for memory at each comparison; in runs of 4MB, merged from files in the page cache, it does not. So poolers give hash tables what there is, by hash_mem_multiplier. No plan is parallel.`,
    rows: [
      [
        '',
        'kernel kills',
        'clients aborted',
        'transactions in a second, PGTune = 1',
        'CPU for each, PGTune = 1',
      ],
      ...table,
    ],
  };
}

/** (c) A connection for every transaction: what a login costs both, and what a process costs the database. */
async function pooler(scratch) {
  const { half, servers, client } = halves();
  const ours = manifestsOf({ memoryMiB: 4096, cpus: half, pooler: true, clients: 50 });
  // A thread for each client, as twenty pods have their own: with fewer, clients wait for each other's logins.
  const args = ['-n', '-S', '-C', '-c', '20', '-j', '20', '-T', '8'];
  const rows = [
    ['', 'transactions in a second, direct = 1', 'rounds', 'CPU of the servers for each, direct = 1'],
  ];
  for (const [shown, authentication] of [
    ['through the pooler, without passwords', 'trust'],
    ['through the pooler, with SCRAM', 'scram-sha-256'],
  ]) {
    const database = await startPostgres(scratch, `pooler-${authentication}`, ours.conf, {
      authentication,
      ...servers,
    });
    await pgbench(database.port, ['-i', '-s', '10', '-q']);
    const ini = (places) => ours.ini(places).replace(/^auth_type = .*$/m, `auth_type = ${authentication}`);
    const front = await startPgBouncer(scratch, ini, database, servers);
    const [ratios, costs] = [[], []];
    const measure = async (port) => {
      const cpu = () => familyCpuSeconds(database.pid) + cpuSeconds(front.pid);
      const before = cpu();
      const { perSecond, transactions } = resultsOf(await pgbench(port, args, client));
      return { perSecond, cost: (cpu() - before) / transactions };
    };
    for (let round = 0; round < 5; round++) {
      const direct = await measure(database.port);
      const pooled = await measure(front.port);
      ratios.push(pooled.perSecond / direct.perSecond);
      costs.push(pooled.cost / direct.cost);
    }
    await front.stop('SIGTERM');
    await database.stop('SIGINT');
    rows.push([
      shown,
      geometricMean(ratios).toFixed(1),
      ratios.map((one) => one.toFixed(1)).join(', '),
      `1/${(1 / geometricMean(costs)).toFixed(0)}`,
    ]);
  }
  return {
    title: 'A connection for every transaction',
    how: 'pgbench select-only with -C and 20 clients, each in a thread of its own, five rounds of 8 s, directly and through one pooler in turn; neither speaks TLS, so the clients do not ask for it. Database and pooler share one half of the cores, the clients have the other. The derivation of a SCRAM key costs milliseconds at every login, in the client and, with Debian’s PgBouncer 1.18, in the pooler, and hides the rest; since 1.25 the pooler derives it once (pgbouncer#1338). What keeps its connections open, as every pool does, pays it once too.',
    rows,
  };
}

/** (a) The usual benchmark, each server in turn. */
async function pgbenchModes(scratch) {
  const { half, servers: theirs, client } = halves();
  const size = { memoryMiB: 4096, cpus: half };
  const { conf } = manifestsOf(size);
  const observing = /^(shared_preload_libraries|auto_explain\.|track_io_timing)/;
  const sides = {
    stock: STOCK,
    'PGTune’s values': pgTuneConf(size),
    ours: conf,
    'ours, not observing': conf
      .split('\n')
      .filter((line) => !observing.test(line))
      .join('\n'),
  };
  const servers = [];
  for (const [name, text] of Object.entries(sides)) {
    const cgroup = memoryCgroup(`cdk8s-tuned-bench-${process.pid}-${servers.length}`, size.memoryMiB * MIB);
    const database = await startPostgres(scratch, `pgbench-${servers.length}`, text, {
      cgroup,
      ...theirs,
    });
    await pgbench(database.port, ['-i', '-s', '20', '-q']);
    servers.push({ name, database, cgroup });
  }
  const modes = { 'read-write': [], 'select-only': ['-S'] };
  const rows = [['', ...Object.keys(sides).map((name) => `${name}, stock = 1`)]];
  for (const [mode, extra] of Object.entries(modes)) {
    const rounds = [];
    const args = ['-n', ...extra, '-c', '4', '-j', '1', '-T', '5'];
    for (let round = 0; round < 20; round++) {
      const results = [];
      // Each begins a round in its turn, so that none always follows the same one.
      for (let turn = 0; turn < servers.length; turn++) {
        const index = (round + turn) % servers.length;
        const { database } = servers[index];
        const before = familyCpuSeconds(database.pid);
        const { perSecond, transactions } = resultsOf(await pgbench(database.port, args, client));
        const cpu = (familyCpuSeconds(database.pid) - before) / transactions;
        results[index] = { rate: perSecond, cpu };
      }
      rounds.push(results);
    }
    for (const [what, field] of [
      [mode, 'rate'],
      [`${mode}, CPU for each transaction`, 'cpu'],
    ]) {
      const ratiosOf = (index) => rounds.map((round) => round[index][field] / round[0][field]);
      rows.push([
        what,
        ...servers.map((_, index) => {
          const ratios = ratiosOf(index);
          return `${geometricMean(ratios).toFixed(2)} ± ${standardError(ratios).toFixed(2)}`;
        }),
      ]);
    }
  }
  for (const { database, cgroup } of servers) {
    await database.stop('SIGINT');
    cgroup.remove();
  }
  return {
    title: 'pgbench',
    how: 'Four servers, each in a memory cgroup of 4 GiB, scale 20, asked in turn by 4 clients for 5 s, twenty rounds; the server has one half of the cores, the clients have the other. The geometric mean of the ratios within each round, and its standard error. pgbench waits for the CPU alone here, so what settings could gain is small; what observes the statements costs a few percent of queries that take a tenth of a millisecond. Less CPU for each transaction is better.',
    rows,
  };
}

/** (e) A restart under load. */
async function shutdown(scratch) {
  const size = { memoryMiB: 2048, cpus: 2 };
  const { conf } = manifestsOf(size);
  const grace = 120;
  const first = await startPostgres(scratch, 'shutdown', conf);
  await pgbench(first.port, ['-i', '-s', '30', '-q']);
  const load = pgbench(first.port, ['-n', '-c', '16', '-j', '2', '-T', '60']);
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const before = process.hrtime.bigint();
  // What the preStop hook does: a fast shutdown.
  await first.stop('SIGINT');
  const seconds = Number(process.hrtime.bigint() - before) / 1e9;
  await load;
  const second = await startPostgres(scratch, 'shutdown', conf, { data: first.pgdata });
  const recovered = second.log().includes('automatic recovery');
  await second.stop('SIGINT');
  if (recovered || seconds > grace) throw new Error(`${seconds} s, ${recovered ? 'recovered' : 'clean'}`);
  return {
    title: 'A restart under load',
    how: 'A fast shutdown after 15 s of pgbench read-write with 16 clients, and the next start.',
    rows: [
      ['', 'part of the grace period', 'recovery on the next start'],
      ['ours', (seconds / grace).toFixed(2), 'none'],
    ],
  };
}

const BENCHMARKS = { pgbench: pgbenchModes, torture, sorts, pooler, shutdown };

const [name, option] = process.argv.slice(2);
if (!Object.hasOwn(BENCHMARKS, name ?? '')) {
  console.error(`which one? ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(1);
}
requireRoot();
const scratch = scratchDirectory();
ownDirectory(join(scratch.path, 'servers'));
try {
  const result = await BENCHMARKS[name](scratch);
  console.table(result.rows);
  if (option === '--write')
    await writeSection('bench:postgres', name, { ...result, title: `Postgres: ${result.title}` });
} finally {
  scratch.remove();
}
