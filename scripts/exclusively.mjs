/** What only one run may do at a time, when two are started at once on a machine or in a checkout. */
import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The same directory for everybody, whatever TMPDIR says. */
const LOCKS = '/tmp';
const PAUSE_MILLISECONDS = 200;

/**
 * Does some work while no other process does work of that name; waits for the one that does. The lock is a link to the
 * number of a process: made at once, it takes no room on a full disk, and that of a process that is gone is nobody's.
 */
export function exclusively(name, work) {
  const lock = join(LOCKS, `cdk8s-tuned-${name}.lock`);
  while (!taken(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
  const release = () => unlink(lock);
  process.once('exit', release);
  try {
    return work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function taken(lock) {
  try {
    symlinkSync(`${process.pid}`, lock);
    return true;
  } catch (error) {
    // Where no lock can be made, as on a full disk, it goes without.
    if (error.code !== 'EEXIST') return true;
  }
  if (!isAlive(ownerOf(lock))) unlink(lock);
  return false;
}

function ownerOf(lock) {
  try {
    return Number(readlinkSync(lock));
  } catch {
    return process.pid;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** It may not be there. */
function unlink(lock) {
  try {
    unlinkSync(lock);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
