/**
 * Queries on a million rows, before and after `addIndex`, on one server in one run.
 *
 *   npm run bench:indexes
 *
 * The server has the synthesized configuration of a database of 2Gi; the indexes are built by the script of the Job.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { build } from '../scripts/build.mjs';
import { root } from '../scripts/project.mjs';

build();
const require = createRequire(import.meta.url);
const { Chart, Size, Testing } = require('cdk8s');
const { Client } = require('pg');
const { IndexMatch, TunedPostgres, WorkloadProfile } = require(join(root, 'build/lib/index.js'));

const ROWS = 1_000_000;
const ROUNDS = 11;
const PASSWORD = 'bench';
const QUERIES = [
  { sql: "name LIKE '%abc12%'", column: 'name', match: IndexMatch.CONTAINS },
  { sql: "name LIKE 'abc12%'", column: 'name', match: IndexMatch.PREFIX },
  { sql: 'user_id = 123', column: 'user_id', match: IndexMatch.EQUALITY },
];

const chart = new Chart(Testing.app(), 'bench');
const db = new TunedPostgres(chart, 'db', {
  storage: Size.gibibytes(20),
  profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(2)),
});
for (const { column, match } of QUERIES) db.addIndex({ table: 'users', column, match });
const objects = Testing.synth(chart);
const fileOf = (name) => objects.find(({ data }) => data?.[name] !== undefined).data[name];
const [job] = objects.filter(({ kind }) => kind === 'Job');

const debian = '/usr/lib/postgresql';
const [major] = readdirSync(debian).sort((a, b) => b - a);
const program = (name) => join(debian, major, 'bin', name);
// Postgres refuses to run as root.
const owner = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-bench-'));
const own = (path) => {
  if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid);
  return path;
};
const file = (name, text) => {
  writeFileSync(join(scratch, name), text);
  return own(join(scratch, name));
};

function run(command, args, options = {}) {
  const { status, stderr } = spawnSync(command, args, { ...owner, encoding: 'utf8', ...options });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function connected(config) {
  for (let tries = 0; ; tries += 1) {
    const client = new Client({ host: '127.0.0.1', ...config });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(100);
    }
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Median time of a query in milliseconds, and its plan. */
async function measure(client, { sql }) {
  const query = `SELECT user_id, name FROM users WHERE ${sql}`;
  const { rows } = await client.query(`EXPLAIN ${query}`);
  await client.query(query);
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.hrtime.bigint();
    await client.query(query);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return { time: median(times), plan: rows.map((row) => row['QUERY PLAN']).join('\n') };
}

async function bench(port) {
  const superuser = await connected({ port, user: 'postgres', password: PASSWORD, database: 'postgres' });
  await superuser.query(`CREATE ROLE app LOGIN PASSWORD '${PASSWORD}'`);
  await superuser.query('CREATE DATABASE app OWNER app');
  await superuser.end();
  const client = await connected({ port, user: 'app', password: PASSWORD, database: 'app' });
  await client.query('CREATE TABLE users (user_id int, name text COLLATE "en-x-icu")');
  await client.query(
    `INSERT INTO users SELECT n, md5(n::text) || ' ' || md5((n + 1)::text) FROM generate_series(1, ${ROWS}) n`,
  );
  await client.query('VACUUM ANALYZE users');
  const before = [];
  for (const query of QUERIES) before.push(await measure(client, query));
  const [{ command, args }] = job.spec.template.spec.containers;
  const script = file('indexes.sql', fileOf('indexes.sql'));
  const here = args.map((text) =>
    text
      .replace(/^--host=.*/, '--host=127.0.0.1')
      .replace(/^--port=.*/, `--port=${port}`)
      .replace('/indexes/indexes.sql', script),
  );
  run(program(command[0]), here, { env: { ...process.env, PGPASSWORD: PASSWORD } });
  const sizes = await client.query(
    `SELECT relname, pg_size_pretty(pg_relation_size(oid)) AS size FROM pg_class WHERE relname LIKE 'users%'`,
  );
  const sizeOf = (name) => sizes.rows.find(({ relname }) => relname === name).size;
  const table = new Table({
    style: { head: [], border: [] },
    head: ['query', 'before', 'after', 'ratio', 'index', `size (table: ${sizeOf('users')})`],
  });
  const ratios = [];
  for (const [index, query] of QUERIES.entries()) {
    const name = `users_${query.column}_${query.match}_idx`;
    const after = await measure(client, query);
    if (before[index].plan.includes(name) || !after.plan.includes(name)) throw new Error(after.plan);
    const ratio = before[index].time / after.time;
    ratios.push(ratio);
    const method = query.match === IndexMatch.CONTAINS ? 'GIN' : 'B-tree';
    table.push([
      query.sql,
      `${before[index].time.toFixed(1)} ms`,
      `${after.time.toFixed(2)} ms`,
      `${ratio.toFixed(0)} x`,
      `${method}, ${query.match}`,
      sizeOf(name),
    ]);
  }
  await client.end();
  console.log(table.toString());
  return ratios;
}

const port = await freePort();
const pgdata = join(scratch, 'data');
own(scratch);
mkdirSync(pgdata, { mode: 0o700 });
own(pgdata);
run(program('initdb'), [
  '--no-sync',
  '--username=postgres',
  `--pwfile=${file('password', PASSWORD)}`,
  `--pgdata=${pgdata}`,
]);
const settings = {
  config_file: file('postgresql.conf', fileOf('postgresql.conf')),
  hba_file: file('pg_hba.conf', fileOf('pg_hba.conf')),
  listen_addresses: '127.0.0.1',
  unix_socket_directories: scratch,
  port,
};
const server = spawn(
  program('postgres'),
  Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  { ...owner, env: { ...process.env, PGDATA: pgdata }, stdio: 'ignore' },
);
const ended = new Promise((resolve) => server.on('exit', resolve));
try {
  const ratios = await bench(port);
  const goal = 50;
  console.log(`goal: at least ${goal} x; ${Math.min(...ratios) >= goal ? 'reached' : 'missed'}`);
} finally {
  server.kill('SIGINT');
  await ended;
  rmSync(scratch, { recursive: true, force: true });
}
