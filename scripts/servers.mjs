/**
 * Installs the servers that the tests talk to, from Debian's packages and npm's, where they are missing. Where that may not be, it
 * says in one line what to install.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureEmbeddedPostgres } from './embedded-postgres.mjs';
import { run } from './project.mjs';

/** A program that a test runs, and the package that brings it. */
const PROGRAMS = {
  nginx: 'nginx',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  promtool: 'prometheus',
  pgbouncer: 'pgbouncer',
};

/** Debian keeps the server of Postgres out of PATH, by major. */
const POSTGRES = '/usr/lib/postgresql';
const POSTGRES_PACKAGE = 'postgresql';
/** The oldest and the newest major that we tune; Debian has one between. */
const OTHER_MAJORS = ['13', '18'];

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function ensureServers() {
  // nginx lies in /usr/sbin, which a user's PATH may lack.
  process.env.PATH = [...new Set([...process.env.PATH.split(delimiter), ...SYSTEM_DIRECTORIES])].join(
    delimiter,
  );
  for (const major of OTHER_MAJORS) ensureEmbeddedPostgres(major);
  const missing = missingPackages();
  if (missing.length === 0) return;
  const asRoot = process.getuid?.() === 0 ? [] : hasSudo() ? ['sudo', '--non-interactive'] : undefined;
  if (asRoot === undefined || !onPath('apt-get')) {
    console.error(`The tests talk to real servers; install them first: apt-get install ${missing.join(' ')}`);
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
  aptGet('install', '--yes', '--no-install-recommends', ...missing);
  const still = missingPackages();
  if (still.length > 0) {
    console.error(
      `apt-get installed ${missing.join(', ')}, but ${still.join(', ')} did not come with its programs`,
    );
    process.exit(1);
  }
}

function missingPackages() {
  const packages = Object.entries(PROGRAMS)
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
