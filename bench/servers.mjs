/** Servers for the measurements, from Debian's packages, on loopback; each in a scratch directory that is removed. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinned } from './processes.mjs';

const NOBODY = 65534;
export const PASSWORD = 'bench';
const DEBIAN = '/usr/lib/postgresql';
export const PROGRAMS = join(DEBIAN, readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))[0], 'bin');

/** The servers are started as nobody, and memory limits are set, by root. */
export function requireRoot() {
  if (process.getuid?.() === 0) return;
  console.error('the measurements run as root: they start servers as nobody, in memory cgroups');
  process.exit(1);
}

export function scratchDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-bench-'));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function ownDirectory(path) {
  mkdirSync(path, { mode: 0o700, recursive: true });
  chownSync(path, NOBODY, NOBODY);
  return path;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Runs a command to its end; throws when it fails. */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Runs a command to its end beside others, whatever its exit code. */
export function runBeside(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } });
    let output = '';
    const add = (data) => (output += data);
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** A memory cgroup of a size, of version 1 or 2, whichever the machine has. */
export function memoryCgroup(name, bytes) {
  const v1 = existsSync('/sys/fs/cgroup/memory');
  const path = join(v1 ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup', name);
  mkdirSync(path);
  writeFileSync(join(path, v1 ? 'memory.limit_in_bytes' : 'memory.max'), `${bytes}`);
  return {
    procs: join(path, 'cgroup.procs'),
    kills: () => {
      const text = readFileSync(join(path, v1 ? 'memory.oom_control' : 'memory.events'), 'utf8');
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? NaN);
    },
    remove: () => rmdirSync(path),
  };
}

/**
 * A CPU cgroup that weighs as much as eight processes, of version 1 or 2: a pod's part of the CPU does not grow with the
 * number of its processes either.
 */
export function cpuCgroup(name) {
  const v1 = existsSync('/sys/fs/cgroup/cpu');
  const path = join(v1 ? '/sys/fs/cgroup/cpu' : '/sys/fs/cgroup', `${name}-cpu`);
  mkdirSync(path);
  writeFileSync(join(path, v1 ? 'cpu.shares' : 'cpu.weight'), v1 ? '8192' : '800');
  return { procs: join(path, 'cgroup.procs'), remove: () => rmdirSync(path) };
}

/** Starts a server as nobody, in a cgroup and on cores if they are given. */
function startServer(command, args, log, { cgroup, cpu, cores, env = {} } = {}) {
  const output = openSync(log, 'a', 0o666);
  const groups = [cgroup, cpu].filter((one) => one !== undefined);
  const enter = groups.map(({ procs }) => `echo $$ > ${procs}; `).join('');
  const script = `${enter}exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups "$@"`;
  const child = spawn('sh', ['-c', script, 'sh', ...pinned(cores, [command, ...args])], {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return {
    pid: child.pid,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    log: () => readFileSync(log, 'utf8'),
    stop: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

async function until(what, question, server) {
  const end = Date.now() + 60_000;
  while (!(await question())) {
    if (Date.now() > end || !server.isRunning()) throw new Error(`no ${what}: ${server.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A Postgres with a configuration, initialized and ready. */
export async function startPostgres(
  scratch,
  name,
  conf,
  { cgroup, cpu, cores, data, authentication = 'scram-sha-256' } = {},
) {
  const pgdata = data ?? ownDirectory(join(scratch.path, name));
  const files = ownDirectory(join(scratch.path, `${name}-files-${await freePort()}`));
  if (!data) {
    const passwordFile = join(files, 'password');
    writeFileSync(passwordFile, PASSWORD);
    chownSync(passwordFile, NOBODY, NOBODY);
    run(
      join(PROGRAMS, 'initdb'),
      ['-D', pgdata, '-U', 'postgres', '-A', authentication, `--pwfile=${passwordFile}`],
      {
        uid: NOBODY,
        gid: NOBODY,
      },
    );
  }
  writeFileSync(join(files, 'postgresql.conf'), conf);
  const port = await freePort();
  const server = startServer(
    join(PROGRAMS, 'postgres'),
    [
      '-D',
      pgdata,
      '-c',
      `config_file=${join(files, 'postgresql.conf')}`,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=${files}`,
      '-p',
      `${port}`,
    ],
    join(files, 'log'),
    { cgroup, cpu, cores },
  );
  const isReady = () =>
    spawnSync(join(PROGRAMS, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres'])
      .status === 0;
  await until('postgres', isReady, server);
  return { ...server, port, pgdata };
}

/** A PgBouncer with a configuration, in front of a Postgres. */
export async function startPgBouncer(scratch, ini, database, { cores } = {}) {
  const port = await freePort();
  const files = ownDirectory(join(scratch.path, `pgbouncer-${port}`));
  const userFile = join(files, 'userlist.txt');
  writeFileSync(userFile, `"postgres" "${PASSWORD}"\n`);
  chownSync(userFile, NOBODY, NOBODY);
  const text = ini({ port, userFile, databasePort: database.port });
  writeFileSync(join(files, 'pgbouncer.ini'), text);
  const server = startServer('pgbouncer', [join(files, 'pgbouncer.ini')], join(files, 'log'), { cores });
  const isReady = () =>
    spawnSync(join(PROGRAMS, 'pg_isready'), [
      '-q',
      '-h',
      '127.0.0.1',
      '-p',
      `${port}`,
      '-d',
      'postgres',
      '-U',
      'postgres',
    ]).status === 0;
  await until('pgbouncer', isReady, server);
  return { ...server, port };
}

export function psql(port, sql, database = 'postgres') {
  return run(
    join(PROGRAMS, 'psql'),
    ['-X', '-q', '-A', '-t', '-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', '-d', database],
    {
      input: sql,
      env: { ...process.env, PGPASSWORD: PASSWORD },
    },
  );
}

/** Runs pgbench, on cores if they are given; answers what it says. */
export function pgbench(port, args, { cores } = {}) {
  const [command, ...rest] = pinned(cores, [
    join(PROGRAMS, 'pgbench'),
    ...['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', ...args, 'postgres'],
  ]);
  return runBeside(command, rest, { PGPASSWORD: PASSWORD, PGSSLMODE: 'disable' });
}

/** Transactions in a second, and those in all, of a run of pgbench. */
export function resultsOf({ output }) {
  return {
    perSecond: Number(/tps = ([\d.]+)/.exec(output)?.[1] ?? 0),
    transactions: Number(/number of transactions actually processed: (\d+)/.exec(output)?.[1] ?? 0),
    aborted: (output.match(/client \d+ (aborted|script \d+ aborted)/g) ?? []).length,
  };
}
