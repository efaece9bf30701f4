/**
 * Installs the servers that the tests talk to, from Debian's packages, where they are missing. Where that may not be, it
 * says in one line what to install.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { run } from './project.mjs';

/** A program that a test runs, and the package that brings it. */
const PROGRAMS = {
  nginx: 'nginx',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  openssl: 'openssl',
  promtool: 'prometheus',
};

/** Debian 12 has it in backports only; later ones have it themselves. */
const BACKPORTED = { 'valkey-server': 'valkey-server' };
const BACKPORTS = 'bookworm-backports';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const MIRROR = 'http://deb.debian.org/debian';

/** Debian keeps the server of Postgres out of PATH, by major. */
const POSTGRES = '/usr/lib/postgresql';
const POSTGRES_PACKAGE = 'postgresql';

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function ensureServers() {
  // nginx lies in /usr/sbin, which a user's PATH may lack.
  process.env.PATH = [...new Set([...process.env.PATH.split(delimiter), ...SYSTEM_DIRECTORIES])].join(
    delimiter,
  );
  const missing = missingPackages();
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0 ? [] : hasSudo() ? ['sudo', '--non-interactive'] : undefined;
  if (asRoot === undefined || !onPath('apt-get')) {
    console.error(
      `The tests talk to real servers; install them first: apt-get install ${missing.join(' ')} (on Debian 12, valkey-server is in ${BACKPORTS})`,
    );
    process.exit(1);
  }
  console.log(`Installing ${missing.join(', ')} …`);
  // The packages would start their servers; RUNLEVEL=1 tells them not to.
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  const aptGet = (...args) => {
    const [command, ...rest] = [...asRoot, ...environment, 'apt-get', '-qq', ...args];
    run(command, rest, { quiet: true });
  };
  aptGet('update');
  const install = (names, ...options) =>
    names.length > 0 && aptGet(...options, 'install', '--yes', '--no-install-recommends', ...names);
  const elsewhere = missing.filter((name) => Object.values(BACKPORTED).includes(name) && !isKnown(name));
  install(missing.filter((name) => !elsewhere.includes(name)));
  if (elsewhere.length > 0)
    withBackports((options) => {
      aptGet(...options, 'update');
      install(elsewhere, ...options);
    });
  const still = missingPackages();
  if (still.length > 0) {
    console.error(
      `apt-get installed ${missing.join(', ')}, but ${still.join(', ')} did not come with its programs`,
    );
    process.exit(1);
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
  const packages = Object.entries({ ...PROGRAMS, ...BACKPORTED })
    .filter(([program]) => !onPath(program))
    .map(([, name]) => name);
  return hasPostgres() ? packages : [...packages, POSTGRES_PACKAGE];
}

function hasPostgres() {
  return (
    existsSync(POSTGRES) &&
    readdirSync(POSTGRES).some((major) => existsSync(join(POSTGRES, major, 'bin/initdb')))
  );
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
