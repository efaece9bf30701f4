import { mkdirSync, readdirSync, rmSync } from 'fs';
import { besides } from '../../lib/files/tree-swap';
import { writeTree } from '../../lib/files/write-tree';
import { put, scratchWriter, type Tree, treeIn } from './writer';

const writer = scratchWriter();
const { scratch } = writer;

const OLD: Tree = {
  'dev/web.yaml': 'old\n',
  'prod/web.yaml': 'old\n',
  'prod/same.yaml': 'same\n',
  'gone.yaml': 'old\n',
};
const NEW: Tree = {
  'dev/web.yaml': 'new\n',
  'prod/web.yaml': 'new\n',
  'prod/same.yaml': 'same\n',
  'test/web.yaml': 'new\n',
};
const ONE: Tree = { ...OLD, 'prod/web.yaml': 'new\n' };
const THEIRS: Tree = { 'README.md': 'theirs\n', 'prod/kustomization.yaml': 'theirs\n' };

/** Writes a tree without faults. */
function writeWell(tree: Tree): void {
  const files = Object.entries(tree).map(([path, text]) => ({ path, text }));
  writeTree(scratch.target, files);
}

/** The directory before a write; in a repository it is not exchanged. */
function begin(hasOld: boolean, inPlace: boolean): void {
  rmSync(scratch.path, { recursive: true, force: true });
  mkdirSync(scratch.path);
  if (!hasOld) return;
  put(scratch.target, THEIRS);
  writeWell(OLD);
  if (inPlace) mkdirSync(`${scratch.target}/.git`);
}

/** What stands: `old`, `new`, `nothing`, or the files. */
function standing(after: Tree): unknown {
  const found = treeIn(scratch.target);
  const trees = { old: { ...THEIRS, ...OLD }, new: { ...THEIRS, ...after }, first: after };
  const same = Object.entries(trees).find(([, tree]) => isSame(tree, found));
  return found === undefined ? 'nothing' : (same?.[0] ?? found);
}

function isSame(tree: Tree, found: Tree | undefined): boolean {
  return found !== undefined && entriesOf(tree) === entriesOf(found);
}

function entriesOf(tree: Tree): string {
  return JSON.stringify(Object.entries(tree).sort());
}

/** What stands after a fault at each call that changes the file system, until there are no more calls. */
function afterEach(fault: string, after: Tree, { hasOld = true, inPlace = false } = {}) {
  const steps: Array<{ readonly stands: unknown; readonly stderr: string }> = [];
  for (let at = 1; ; at += 1) {
    begin(hasOld, inPlace);
    const { status, signal, stderr, calls } = writer.write(after, { at, fault });
    if (calls < at) return steps;
    if (status === 0) continue;
    expect(fault === 'kill' ? signal : status).toBe(fault === 'kill' ? 'SIGKILL' : 1);
    steps.push({ stands: standing(after), stderr });
    // The next synth ends what was begun.
    writeWell(after);
    expect(standing(after)).toBe(hasOld ? 'new' : 'first');
    expect(readdirSync(scratch.path)).toEqual(['dist']);
    expect(readdirSync(scratch.target).filter((name) => name.startsWith('.'))).toEqual(
      inPlace ? ['.cdk8s-tuned', '.git'] : ['.cdk8s-tuned'],
    );
  }
}

const standingOf = (steps: ReturnType<typeof afterEach>) => steps.map(({ stands }) => stands);

test('killed at any step of the first write: nothing, or all', () => {
  const stands = standingOf(afterEach('kill', NEW, { hasOld: false }));
  expect(stands.length).toBeGreaterThan(8);
  expect([...new Set(stands)]).toEqual(['nothing', 'first']);
});

test('killed at any step of a change of several files: the old tree or the new one; between two renames there is none', () => {
  const stands = standingOf(afterEach('kill', NEW));
  expect(stands.length).toBeGreaterThan(15);
  expect([...new Set(stands)]).toEqual(['old', 'nothing', 'new']);
  expect(stands.filter((what) => what === 'nothing')).toHaveLength(1);
});

test('the next synth brings back the tree that is away, with the files of others', () => {
  let at = 10;
  do {
    begin(true, false);
    writer.write(NEW, { at, fault: 'kill' });
    at += 1;
  } while (standing(NEW) !== 'nothing');
  const { replaced } = besides(scratch.target);
  const { stderr } = writer.write(NEW, { at: 5, fault: 'EIO' });
  expect(stderr).toContain(`what was there is in ${replaced}, and the next synth puts it back`);
  writeWell(OLD);
  expect(standing(NEW)).toBe('old');
});

test('killed at any step of a change of one file: the old tree or the new one', () => {
  const stands = standingOf(afterEach('kill', ONE));
  const found = stands.map((what) => (typeof what === 'string' ? what : 'staged'));
  expect([...new Set(found)]).toEqual(['old', 'staged', 'new']);
});

test('killed where the directory cannot be exchanged: each file is the old or the new one, and the next synth finishes', () => {
  const steps = standingOf(afterEach('kill', NEW, { inPlace: true }));
  expect(steps.length).toBeGreaterThan(15);
  const files = steps.filter((what): what is Tree => typeof what === 'object');
  for (const [path, text] of files.flatMap((tree) => Object.entries(tree))) {
    if (path.startsWith('.cdk8s-tuned.tmp/')) continue;
    expect([OLD[path], NEW[path], THEIRS[path]]).toContain(text);
  }
});

test.each([
  ['of the first write', { hasOld: false }, 'nothing was there, and nothing is', 'nothing'],
  ['of an exchange', {}, 'what was there is there as it was', 'old'],
  ['where the directory cannot be exchanged', { inPlace: true }, 'what was there is there as it was', 'old'],
])(
  'a full disk at any step %s: what was there is there, and the message says so',
  (_, state, message, stands) => {
    const steps = afterEach('ENOSPC', NEW, state);
    expect(steps.length).toBeGreaterThan(5);
    for (const step of steps) {
      expect(step.stderr).toContain(message);
      expect(step.stands).toBe(stands);
    }
  },
);
