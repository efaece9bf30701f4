/** Manifests of a git revision, read from its objects: nothing is checked out, and no shell sees a name. */
import { spawnSync } from 'child_process';
import { isAbsolute, join, relative } from 'path';
import { UsageError } from './command';
import { isManifest } from './manifest-files';

/** Files below a path of a revision with their texts, by names such as `HEAD~1:dist/prod/shop.k8s.yaml`. */
export function filesOfRevision(revision: string, path: string): Map<string, () => string> {
  const commit = commitOf(revision);
  const below = isAbsolute(path) ? relative(process.cwd(), path) : path;
  const place = `./${below.replace(/\/+$/, '')}`.replace(/^\.\/(\.\/)+/, './').replace(/^\.\/\.$/, './');
  const id = git([
    'rev-parse',
    '--verify',
    '--quiet',
    `${commit}:${hasWorkTree() ? place : place.slice(2)}`,
  ])?.trim();
  if (id === undefined) throw new UsageError(`${path} is not in the revision ${JSON.stringify(revision)}`);
  if (git(['cat-file', '-t', id])?.trim() === 'blob')
    return new Map([[`${revision}:${path}`, () => textOf(id)]]);
  const entries = (git(['ls-tree', '-r', '-z', '--full-tree', id]) ?? '').split('\0').flatMap((line) => {
    const [, type, blob, name] = /^\d+ (\w+) ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
    return type === 'blob' && isManifest(name) ? [[`${revision}:${join(path, name)}`, blob] as const] : [];
  });
  const texts = textsOf(entries.map(([, blob]) => blob));
  return new Map(entries.map(([name], index) => [name, () => texts[index]]));
}

/** A bare repository, such as that of a server's hooks, has no directory that `./` could mean: its paths begin at the root. */
const hasWorkTree = () => git(['rev-parse', '--is-inside-work-tree'])?.trim() === 'true';

/** Whether an argument names a revision and a path. */
export function isRevisionPath(argument: string): boolean {
  return /^[^-:][^:]*:./.test(argument);
}

// eslint-disable-next-line no-control-regex -- what no revision has
const NO_REVISION = /^-|[\u0000-\u0020\u007f:]/;

function commitOf(revision: string): string {
  const id = NO_REVISION.test(revision)
    ? undefined
    : git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`])?.trim();
  if (id !== undefined && /^[0-9a-f]{40,64}$/.test(id)) return id;
  throw new UsageError(
    `${JSON.stringify(revision)} is no revision of the git repository here; allowed: a commit, a branch or a tag, such as HEAD~1 or origin/main`,
  );
}

function textOf(id: string): string {
  return git(['cat-file', 'blob', id]) ?? '';
}

/** Texts of many objects, asked for at once. */
function textsOf(ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const { stdout } = run(['cat-file', '--batch'], ids.join('\n'));
  const texts: string[] = [];
  let at = 0;
  for (const id of ids) {
    const end = stdout.indexOf(0x0a, at);
    const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(stdout.toString('latin1', at, end)) ?? [];
    if (size === undefined) throw new UsageError(`git has no object ${id}: the repository is not whole`);
    texts.push(stdout.toString('utf8', end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return texts;
}

/** What git answers; undefined where it does not know. */
function git(args: readonly string[]): string | undefined {
  const { status, stdout } = run(args);
  return status === 0 ? stdout.toString('utf8') : undefined;
}

function run(
  args: readonly string[],
  input = '',
): { readonly status: number | null; readonly stdout: Buffer } {
  const { error, status, stdout } = spawnSync('git', args, { input, maxBuffer: 1 << 29 });
  if (error)
    throw new UsageError(
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'a revision needs git; install it, or compare directories'
        : `git cannot be run: ${error.message}`,
    );
  return { status, stdout };
}
