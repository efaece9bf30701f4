import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'fs';
import { dirname, join, resolve, sep } from 'path';
import { RECORD } from './file-record';
import { changesOf, type TreeChanges, type TreeFile } from './tree-changes';
import { besides, CannotSwap, endSwap, isSwapOpen, swapTree } from './tree-swap';
import { clearStage, isStageOpen, writeInPlace } from './write-in-place';
import { isLocked, withLock } from './write-lock';

/**
 * Makes a directory hold some files: all of them, or what was there before. A file that is the same is not touched, one that an
 * earlier call wrote and this one does not is removed, and files of others are left alone.
 *
 * One file is renamed over the old one. Several are written into a copy of the directory, whose unchanged files are links to
 * the same files, and the two change places. Where a directory cannot be renamed (the root of a volume, the directory of a
 * repository or of this process) the files are renamed one after the other.
 */
export function writeTree(directory: string, files: readonly TreeFile[]): void {
  const whole = resolve(directory);
  let isDone = false;
  try {
    mkdirSync(dirname(whole), { recursive: true });
    const target = existsSync(whole) ? realpathSync(whole) : whole;
    // What is right already needs no right to write.
    if (!isOpen(target) && !isDifferent(changesOf(target, files))) return;
    withLock(lockOf(target), () => {
      clearUp(target);
      change(target, changesOf(target, files));
      isDone = true;
      clearUp(target);
    });
  } catch (error) {
    const stands = isDone ? 'the new ones are there' : whatStands(whole);
    const { message } = error as Error;
    throw new Error(`the manifests cannot be written to ${directory}: ${message}; ${stands}`, {
      cause: error,
    });
  }
}

function whatStands(directory: string): string {
  if (existsSync(directory)) return 'what was there is there as it was';
  const { replaced } = besides(directory);
  if (existsSync(replaced)) return `what was there is in ${replaced}, and the next synth puts it back`;
  return 'nothing was there, and nothing is';
}

function clearUp(target: string): void {
  endSwap(target);
  clearStage(target);
}

function change(target: string, changes: TreeChanges): void {
  const { written, removed } = changes;
  if (!isDifferent(changes)) return;
  const isOne = existsSync(target) && written.length + removed.length === 1;
  if (isOne || !isWritable(dirname(target)) || isIn(process.cwd(), target))
    return writeInPlace(target, changes);
  try {
    swapTree(target, changes);
  } catch (error) {
    if (!(error instanceof CannotSwap)) throw error;
    writeInPlace(target, changes);
  }
}

function isDifferent({ written, removed }: TreeChanges): boolean {
  return written.length + removed.length > 0;
}

/** Whether somebody writes there, or was killed while it did. */
function isOpen(target: string): boolean {
  return isLocked(lockOf(target)) || isSwapOpen(target) || isStageOpen(target);
}

function lockOf(target: string): string {
  return isWritable(dirname(target)) ? besides(target).lock : join(target, `${RECORD}.lock`);
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function isIn(inner: string, outer: string): boolean {
  return `${inner}${sep}`.startsWith(`${outer}${sep}`);
}
