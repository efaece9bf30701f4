/**
 * A directory for everything that one run writes, and for the names of everything that it starts: tests and servers get it
 * as TMPDIR, and it goes with them when the run ends, whatever ended it.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** What the databases and caches of the tests need at one time, twice. */
const NEEDED_MIB = 1024;
const MIB = 1024 * 1024;

/** Servers refuse to run as root: then they are started as `nobody`, whose temporary directory it is too. */
const SERVER_USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

const CGROUPS = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'];

/** Opens one in the first of TMPDIR, /tmp and /var/tmp that will do; says in one line why when none does. */
export function openRunDirectory() {
  const places = new Set([process.env.TMPDIR, '/tmp', '/var/tmp'].filter((place) => place));
  const problems = [];
  for (const place of places) {
    const { path, problem } = tryPlace(place);
    if (path !== undefined) return { path, close: () => close(path) };
    problems.push(`${place} ${problem}`);
  }
  console.error(
    `There is no place for the servers of the tests: ${problems.join(', ')}; name another in TMPDIR`,
  );
  process.exit(1);
}

function tryPlace(place) {
  let path;
  try {
    path = mkdtempSync(join(place, 'cdk8s-tuned-run-'));
    const problem = problemOf(path);
    if (problem === undefined) return { path };
    rmSync(path, { recursive: true, force: true });
    return { problem };
  } catch (error) {
    if (path !== undefined) rmSync(path, { recursive: true, force: true });
    return { problem: error.code === 'ENOSPC' ? 'is full' : `cannot be written to (${error.code})` };
  }
}

function problemOf(path) {
  const { bavail, bsize } = statfsSync(path);
  const free = Math.floor((bavail * bsize) / MIB);
  if (free < NEEDED_MIB) return `has ${free} MiB left of the ${NEEDED_MIB} MiB that they need`;
  chmodSync(path, SERVER_USER.uid === undefined ? 0o700 : 0o1777);
  const probe = join(path, 'probe');
  writeFileSync(probe, '#!/bin/sh\n');
  chmodSync(probe, 0o755);
  const { error, status } = spawnSync('sh', ['-c', 'cd "$0" && exec ./probe', path], {
    ...SERVER_USER,
    cwd: '/',
  });
  rmSync(probe);
  if (error)
    return `cannot be entered by user ${SERVER_USER.uid}, whom root may not become here (${error.code})`;
  if (status !== 0) return 'does not let the user of the servers enter, or run programs';
  return undefined;
}

function close(path) {
  for (let tries = 0; tries < 50 && killThoseOf(path); tries += 1) pause(100);
  for (const cgroup of CGROUPS.filter((one) => existsSync(one)))
    for (const name of readdirSync(cgroup).filter((one) => one.startsWith(basename(path))))
      rmdirSync(join(cgroup, name));
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Kills what has the directory in its environment, in whatever session it is; returns whether there was anything. */
function killThoseOf(path) {
  if (!existsSync('/proc/self/environ')) return false;
  const theirs = readdirSync('/proc').filter((pid) => pid !== `${process.pid}` && isOf(path, pid));
  for (const pid of theirs) kill(Number(pid), 'SIGKILL');
  return theirs.length > 0;
}

function isOf(path, pid) {
  try {
    return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TMPDIR=${path}\0`);
  } catch {
    return false;
  }
}

/** It may have ended meanwhile. */
function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
