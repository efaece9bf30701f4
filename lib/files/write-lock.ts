import { lstatSync, readlinkSync, symlinkSync, unlinkSync } from 'fs';
import { hostname } from 'os';

const PAUSE_MILLISECONDS = 20;
const PATIENCE_MILLISECONDS = 30_000;
/** A lock of another machine, or of another container, is nobody's when it is older. */
const STALE_MILLISECONDS = 60_000;

/** File systems without links: there a lock could be half made. */
const NO_LINKS = ['ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM'];

/**
 * Does work while nobody else does it; waits for the one who does. The lock is a link to the name of its process: it is made at
 * once, takes no room on a full disk, and that of a process which is gone is nobody's.
 */
export function withLock<T>(lock: string, work: () => T): T {
  const until = Date.now() + PATIENCE_MILLISECONDS;
  while (!taken(lock)) {
    if (Date.now() > until)
      throw new Error(`another synth is writing there (${ownerOf(lock)}); when it is not, remove ${lock}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
  }
  try {
    return work();
  } finally {
    removeLock(lock);
  }
}

/** Whether somebody has the lock, or had it when it was killed. */
export function isLocked(lock: string): boolean {
  return lstatSync(lock, { throwIfNoEntry: false }) !== undefined;
}

function taken(lock: string): boolean {
  try {
    symlinkSync(`process ${process.pid} on ${hostname()}`, lock);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NO_LINKS.includes(code)) return true;
    if (code !== 'EEXIST') throw error;
  }
  const owner = ownerOf(lock);
  if (isGone(lock, owner) && ownerOf(lock) === owner) removeLock(lock);
  return false;
}

function ownerOf(lock: string): string {
  try {
    return readlinkSync(lock);
  } catch {
    return '';
  }
}

function isGone(lock: string, owner: string): boolean {
  const [, pid, host] = /^process (\d+) on (.*)$/.exec(owner) ?? [];
  if (host === hostname()) return !isAlive(Number(pid));
  const made = lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - made > STALE_MILLISECONDS;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** It may be gone already. */
function removeLock(lock: string): void {
  try {
    unlinkSync(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
