import {
  chmodSync,
  type Dirent,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'fs';
import { basename, dirname, join } from 'path';
import { modeOf, type TreeChanges, type TreeFile } from './tree-changes';

/** Said of a directory that cannot be exchanged for another one. */
export class CannotSwap extends Error {}

/** What the file system says where a directory cannot be renamed, or where files have one name only. */
const REFUSALS = ['EACCES', 'EBUSY', 'EMLINK', 'ENOTSUP', 'EPERM', 'EXDEV'];

/** Directories beside the one that is written, for the time of the exchange. */
export function besides(directory: string) {
  const beside = (what: string) => join(dirname(directory), `.${basename(directory)}-synth-${what}`);
  return { fresh: beside('new'), replaced: beside('old'), lock: beside('lock') };
}

/** Whether an exchange was not ended, or is under way. */
export function isSwapOpen(directory: string): boolean {
  const { fresh, replaced } = besides(directory);
  return existsSync(fresh) || existsSync(replaced);
}

/** Ends an exchange, also that of a synth which was killed: a directory that is away comes back, and what is left over goes. */
export function endSwap(directory: string): void {
  const { fresh, replaced } = besides(directory);
  if (existsSync(replaced) && !existsSync(directory)) renameSync(replaced, directory);
  for (const left of [replaced, fresh]) rmSync(left, { recursive: true, force: true });
}

/**
 * Makes the new tree beside the old one, and lets them change places: by one rename where there was none, by two otherwise.
 * Files that do not change are the same files, with one name more until `endSwap`.
 */
export function swapTree(directory: string, changes: TreeChanges): void {
  const { fresh, replaced } = besides(directory);
  const isNew = !existsSync(directory);
  try {
    if (isNew) mkdirSync(fresh);
    else copyTree(directory, fresh, changes);
    for (const file of changes.written) writeBelow(fresh, file);
    if (!isNew) renameSync(directory, replaced);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (REFUSALS.includes((error as NodeJS.ErrnoException).code ?? '')) throw new CannotSwap();
    throw error;
  }
  try {
    renameSync(fresh, directory);
  } catch (error) {
    if (!isNew) renameSync(replaced, directory);
    throw error;
  }
}

function copyTree(directory: string, copy: string, { written, removed }: TreeChanges): void {
  const ours = written.map(({ path }) => path);
  const others = { left: new Set([...ours, ...removed]), above: new Set(ours.flatMap(parentsOf)) };
  if (statSync(directory).dev !== statSync(dirname(directory)).dev) throw new CannotSwap();
  copyBelow(directory, copy, '', others);
  for (const path of ours) {
    const before = modeOf(join(directory, path));
    if (before === undefined) continue;
    // Made here, so that its permissions are those of the file that it replaces.
    writeFileSync(join(copy, path), '');
    chmodSync(join(copy, path), before);
  }
}

interface Uncopied {
  /** Paths that are written anew, or not at all. */
  readonly left: ReadonlySet<string>;
  /** Directories in which something is written. */
  readonly above: ReadonlySet<string>;
}

function copyBelow(directory: string, copy: string, below: string, uncopied: Uncopied): void {
  const from = join(directory, below);
  const to = join(copy, below);
  mkdirSync(to);
  const entries = readdirSync(from, { withFileTypes: true });
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (!uncopied.left.has(path)) copyEntry(entry, path);
  }
  const emptied = entries.length > 0 && below !== '' && !uncopied.above.has(below);
  if (emptied && readdirSync(to).length === 0) rmdirSync(to);
  else chmodSync(to, statSync(from).mode);

  function copyEntry(entry: Dirent, path: string): void {
    // A repository is not copied, however many links it would take.
    if (entry.name === '.git') throw new CannotSwap();
    if (entry.isDirectory()) copyBelow(directory, copy, path, uncopied);
    else if (entry.isFile()) linkSync(join(directory, path), join(copy, path));
    else if (entry.isSymbolicLink() && !uncopied.above.has(path))
      symlinkSync(readlinkSync(join(directory, path)), join(copy, path));
    else throw new CannotSwap();
  }
}

function writeBelow(directory: string, { path, text }: TreeFile): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, 'utf8');
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
