/**
 * The list of files that a synth wrote, kept beside them: without it nobody could tell a file whose object is gone from a
 * file of somebody else. No tool reads a file whose name begins with a dot and ends in no known ending: kubectl, Argo CD and
 * Flux look for `.yaml` and `.json`, and Helm leaves such templates out.
 */
export const RECORD = '.cdk8s-tuned';

const HEAD =
  '# Files that cdk8s-tuned wrote. It removes those that are made no longer. Commit this file with them.';

/** The text of the list. */
export function recordText(paths: Iterable<string>): string {
  return [HEAD, ...[...paths].sort(), ''].join('\n');
}

/** Paths of a list, which anybody may have edited: only those that stay below the directory. */
export function recordedPaths(text: string): string[] {
  return text
    .split('\n')
    .slice(1)
    .filter((path) => path !== RECORD && path.split('/').every(isFileName));
}

/** Whether a part of a path names a file or directory in the one before it. */
export function isFileName(part: string): boolean {
  // eslint-disable-next-line no-control-regex -- such letters are in ids of attackers and of broken programs
  return part !== '' && part !== '.' && part !== '..' && !/[\u0000-\u001f\\]/.test(part);
}
