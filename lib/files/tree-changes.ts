import { lstatSync, readFileSync } from 'fs';
import { join } from 'path';
import { RECORD, recordedPaths, recordText } from './file-record';

/** A file to write. */
export interface TreeFile {
  /** Path below the directory, with `/` between its parts. */
  readonly path: string;
  readonly text: string;
}

/** What differs between a directory and the files that belong there. */
export interface TreeChanges {
  /** Files that are new or have another text, the list of files among them. */
  readonly written: readonly TreeFile[];
  /** Paths of files that were written by an earlier synth and are made no longer. */
  readonly removed: readonly string[];
  /** Paths that are or were ours. */
  readonly known: readonly string[];
}

/** Compares byte by byte: what is equal is not touched. */
export function changesOf(directory: string, files: readonly TreeFile[]): TreeChanges {
  const paths = new Set(files.map(({ path }) => path));
  const recorded = recordedPaths(contentOf(join(directory, RECORD))?.toString('utf8') ?? '');
  const all = [...files, { path: RECORD, text: recordText(paths) }];
  return {
    written: all.filter(
      ({ path, text }) => contentOf(join(directory, path))?.equals(Buffer.from(text)) !== true,
    ),
    removed: recorded.filter((path) => !paths.has(path) && modeOf(join(directory, path)) !== undefined),
    known: [...new Set([...recorded, ...paths])],
  };
}

/** Bytes of a file; undefined when there is no file. */
function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Permissions of a file; undefined when there is no file. */
export function modeOf(path: string): number | undefined {
  try {
    const found = lstatSync(path);
    return found.isFile() ? found.mode : undefined;
  } catch {
    return undefined;
  }
}
