import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'fs';
import { dirname, join, sep } from 'path';
import { RECORD, recordText } from './file-record';
import { modeOf, type TreeChanges } from './tree-changes';

/** Where new files lie until all are written, and what they replace until all have been renamed. */
const STAGE = `${RECORD}.tmp`;

/** Whether a synth was killed here, or is under way. */
export function isStageOpen(directory: string): boolean {
  return existsSync(join(directory, STAGE));
}

/** Removes what a synth that was killed has left. */
export function clearStage(directory: string): void {
  rmSync(join(directory, STAGE), { recursive: true, force: true });
}

/**
 * Writes all new files aside, then renames one after the other, and puts everything back when one cannot be. Each file is the
 * old or the new one at every moment; several are not. What lies aside is left to `clearStage`.
 */
export function writeInPlace(directory: string, changes: TreeChanges): void {
  const stage = join(directory, STAGE);
  const undo: Array<() => void> = [];
  try {
    mkdirSync(stage, { recursive: true });
    const [first, ...others] = stagedFiles(directory, stage, changes);
    undo.unshift(place(directory, first));
    for (const path of changes.removed) {
      if (isBelow(directory, path))
        undo.unshift(remove(directory, path, join(stage, `removed-${undo.length}`)));
    }
    for (const file of others) undo.unshift(place(directory, file));
  } catch (error) {
    undo.forEach((step) => step());
    clearStage(directory);
    throw error;
  }
}

interface StagedFile {
  readonly path: string;
  readonly staged: string;
}

/** Writes all that is new aside. The first file lists what was and what will be, so that nothing is forgotten. */
function stagedFiles(directory: string, stage: string, changes: TreeChanges): StagedFile[] {
  const { written, removed, known } = changes;
  const isOne = written.length === 1 && removed.length === 0;
  const files = isOne ? written : [{ path: RECORD, text: recordText(known) }, ...written];
  return files.map(({ path, text }, index) => {
    const staged = join(stage, `${index}`);
    writeFileSync(staged, text, 'utf8');
    const before = modeOf(join(directory, path));
    if (before !== undefined) chmodSync(staged, before);
    return { path, staged };
  });
}

/** Puts a file into its place, and returns what undoes that. */
function place(directory: string, { path, staged }: StagedFile): () => void {
  const file = join(directory, path);
  const kept = `${staged}-before`;
  const isThere = existsSync(file);
  if (isThere) copyFileSync(file, kept);
  else mkdirSync(dirname(file), { recursive: true });
  renameSync(staged, file);
  return () => (isThere ? renameSync(kept, file) : rmSync(file, { force: true }));
}

/** Takes a file away, with the directories that are empty without it, and returns what undoes that. */
function remove(directory: string, path: string, kept: string): () => void {
  const file = join(directory, path);
  renameSync(file, kept);
  removeEmptied(directory, dirname(path));
  return () => {
    mkdirSync(dirname(file), { recursive: true });
    renameSync(kept, file);
  };
}

/** A directory may be a link to somewhere else. */
function isBelow(directory: string, path: string): boolean {
  const real = realpathSync(dirname(join(directory, path)));
  return `${real}${sep}`.startsWith(`${realpathSync(directory)}${sep}`);
}

function removeEmptied(directory: string, path: string): void {
  if (path === '.' || readdirSync(join(directory, path)).length > 0) return;
  rmdirSync(join(directory, path));
  removeEmptied(directory, dirname(path));
}
