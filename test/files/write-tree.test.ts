import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'fs';
import { join } from 'path';
import { recordedPaths, recordText } from '../../lib/files/file-record';
import { writeTree } from '../../lib/files/write-tree';
import { put, scratchWriter, type Tree, treeIn } from './writer';

const { scratch } = scratchWriter();

const write = (tree: Tree) =>
  writeTree(
    scratch.target,
    Object.entries(tree).map(([path, text]) => ({ path, text })),
  );
const stampOf = (path: string) => {
  const { ino, mtimeMs } = statSync(join(scratch.target, path));
  return { ino, mtimeMs };
};

test('writes files and directories where nothing is, and lists them', () => {
  const tree = { 'dev/web.yaml': 'a: 1\n', 'prod/web.yaml': 'a: 2\n', 'app.yaml': '' };
  write(tree);
  expect(treeIn(scratch.target)).toEqual(tree);
  const lines = readFileSync(join(scratch.target, '.cdk8s-tuned'), 'utf8').split('\n');
  expect(lines.slice(1)).toEqual(['app.yaml', 'dev/web.yaml', 'prod/web.yaml', '']);
  expect(readdirSync(scratch.path)).toEqual(['dist']);
});

test('touches neither a file that is the same nor, when all are, the directory', () => {
  write({ a: '1', 'b/c': '2', 'b/d': '3', e: '4' });
  const [before, directory] = [stampOf('b/c'), stampOf('.')];
  write({ a: '1', 'b/c': '2', 'b/d': '3', e: '4' });
  expect(stampOf('.')).toEqual(directory);
  write({ a: 'changed', 'b/c': '2', 'b/d': 'changed' });
  expect(stampOf('b/c')).toEqual(before);
  expect(treeIn(scratch.target)).toEqual({ a: 'changed', 'b/c': '2', 'b/d': 'changed' });
});

test('replaces a single file by one rename, and leaves its neighbours and its directory where they are', () => {
  write({ a: '1', 'b/c': '2' });
  const directory = stampOf('b');
  write({ a: 'changed', 'b/c': '2' });
  expect(stampOf('b')).toEqual(directory);
  expect(treeIn(scratch.target)).toEqual({ a: 'changed', 'b/c': '2' });
});

test('removes the files of what is gone, and directories that are empty without them', () => {
  write({ 'dev/web.yaml': '1', 'prod/web.yaml': '2', 'prod/db.yaml': '3' });
  write({ 'prod/web.yaml': '2' });
  expect(treeIn(scratch.target)).toEqual({ 'prod/web.yaml': '2' });
  expect(readdirSync(scratch.target)).toEqual(['.cdk8s-tuned', 'prod']);
});

test.each([
  ['by an exchange', false],
  ['one after the other, in a repository', true],
])('leaves files, links and directories of others as they are, %s', (_, inPlace) => {
  put(scratch.target, { 'README.md': 'theirs', 'prod/kustomization.yaml': 'theirs', 'old.yaml': 'theirs' });
  if (inPlace) mkdirSync(join(scratch.target, '.git'));
  mkdirSync(join(scratch.target, 'empty'));
  symlinkSync('prod/kustomization.yaml', join(scratch.target, 'link'));
  chmodSync(join(scratch.target, 'README.md'), 0o640);
  chmodSync(join(scratch.target, 'prod'), 0o750);
  const before = stampOf('README.md');
  write({ 'prod/web.yaml': '1', 'dev/web.yaml': '2' });
  write({ 'prod/web.yaml': 'changed', 'prod/db.yaml': '3' });
  expect(treeIn(scratch.target)).toEqual({
    'README.md': 'theirs',
    'old.yaml': 'theirs',
    'prod/kustomization.yaml': 'theirs',
    'prod/web.yaml': 'changed',
    'prod/db.yaml': '3',
  });
  expect(stampOf('README.md')).toEqual(before);
  expect(readlinkSync(join(scratch.target, 'link'))).toBe('prod/kustomization.yaml');
  expect(readdirSync(join(scratch.target, 'empty'))).toEqual([]);
  const modes = ['README.md', 'prod'].map((path) => statSync(join(scratch.target, path)).mode & 0o777);
  expect(modes).toEqual([0o640, 0o750]);
  expect(readdirSync(scratch.path)).toEqual(['dist']);
});

test('a file that is replaced keeps its permissions', () => {
  write({ a: '1', b: '2' });
  for (const path of ['a', 'b']) chmodSync(join(scratch.target, path), 0o600);
  write({ a: 'changed', b: '2' });
  write({ a: 'again', b: 'changed' });
  expect(['a', 'b'].map((path) => statSync(join(scratch.target, path)).mode & 0o777)).toEqual([0o600, 0o600]);
});

test('a file becomes a directory, and a directory a file', () => {
  write({ a: '1', 'b/c': '2' });
  write({ 'a/c': '1', b: '2' });
  expect(treeIn(scratch.target)).toEqual({ 'a/c': '1', b: '2' });
  mkdirSync(join(scratch.target, '.git'));
  write({ a: '1', 'b/c': '2' });
  expect(treeIn(scratch.target)).toEqual({ a: '1', 'b/c': '2' });
});

test('what is listed outside of the directory is not removed', () => {
  const outside = join(scratch.path, 'outside');
  put(outside, { kept: 'theirs' });
  put(scratch.target, { a: '1' });
  symlinkSync(outside, join(scratch.target, 'link'));
  writeFileSync(
    join(scratch.target, '.cdk8s-tuned'),
    ['#', '../outside/kept', `${outside}/kept`, 'link/kept', 'link/../../outside/kept', '', '.', 'a/'].join(
      '\n',
    ),
  );
  write({ b: '2' });
  mkdirSync(join(scratch.target, '.git'));
  write({ b: '2', c: '3' });
  expect(treeIn(outside)).toEqual({ kept: 'theirs' });
  expect(treeIn(scratch.target)).toEqual({ a: '1', b: '2', c: '3' });
});

test('the list reads what it says, and nothing that leads out of the directory', () => {
  const paths = ['prod/web.k8s.yaml', '# a name', 'with a blank'];
  expect(recordedPaths(recordText(paths)).sort()).toEqual([...paths].sort());
  const hostile = ['/etc/passwd', '../x', 'a/../b', 'a//b', '.', '..', 'a\\b', 'a\u0000', '', '.cdk8s-tuned'];
  expect(recordedPaths(['#', ...hostile].join('\n'))).toEqual([]);
});

test('follows a link to the directory', () => {
  mkdirSync(join(scratch.path, 'real'));
  symlinkSync('real', scratch.target);
  write({ a: '1', b: '2' });
  write({ a: '3', b: '4' });
  expect(readlinkSync(scratch.target)).toBe('real');
  expect(treeIn(join(scratch.path, 'real'))).toEqual({ a: '3', b: '4' });
});

test('says what is in the way, and what is there', () => {
  writeFileSync(scratch.target, 'a file');
  expect(() => write({ a: '1' })).toThrow(
    /^the manifests cannot be written to .*dist: ENOTDIR.*; what was there is there as it was$/,
  );
  expect(readFileSync(scratch.target, 'utf8')).toBe('a file');
});
