import { spawnSync } from 'child_process';
import { once } from 'events';
import { symlinkSync } from 'fs';
import { hostname } from 'os';
import { besides } from '../../lib/files/tree-swap';
import { testUnless } from '../support/skip';
import { put, scratchWriter, type Tree, treeIn } from './writer';

const writer = scratchWriter();
const { scratch } = writer;

const treeOf = (text: string): Tree =>
  Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`${name}/${text}.yaml`, text]));

test('two synths at once, many times over: the tree is that of one of them, whole', async () => {
  const children = ['one', 'two'].map((text) => writer.start(treeOf(text), 40));
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  expect(ends.map(([status]) => status as number)).toEqual([0, 0]);
  expect([treeOf('one'), treeOf('two')]).toContainEqual(treeIn(scratch.target));
});

test('the lock of a process that is gone is nobody’s', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  symlinkSync(`process ${pid} on ${hostname()}`, besides(scratch.target).lock);
  expect(writer.write(treeOf('one')).status).toBe(0);
  expect(treeIn(scratch.target)).toEqual(treeOf('one'));
});

/** Runs a script as root of a mount namespace, where it can mount. */
const mounting = (script: string) =>
  spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-ec', script], {
    encoding: 'utf8',
    cwd: scratch.path === '' ? '/' : scratch.path,
    env: { ...process.env, NODE: process.execPath },
  });
const NO_MOUNTS =
  mounting('mount -t tmpfs none /mnt').status === 0 ? undefined : 'no file system can be mounted here';

const BIG: Tree = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, name.repeat(40_000)]));

/** Writes trees into a small file system, one after the other, and shows what is there at the end. */
function onSmallDisk(steps: string) {
  put(scratch.path, { 'old.json': JSON.stringify(treeOf('old')), 'big.json': JSON.stringify(BIG) });
  const { status, stdout, stderr } = mounting(`
mkdir disk
mount -t tmpfs -o size=96k none disk
${writer.shell('disk/dist')} < old.json > log
${steps}
cat disk/dist/*/*.yaml
ls -A disk`);
  return { status, stdout, stderr };
}

testUnless(NO_MOUNTS)('a disk that is full: the old tree is there, and the message says so', () => {
  const { status, stdout, stderr } = onSmallDisk(`${writer.shell('disk/dist')} < big.json > log || true`);
  expect(stderr).toMatch(/cannot be written to disk\/dist: ENOSPC.*; what was there is there as it was/);
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${'old'.repeat(5)}dist\n` });
});

testUnless(NO_MOUNTS)(
  'a disk that is read-only: the old tree is there; and the same tree needs no right to write',
  () => {
    const { status, stdout, stderr } = onSmallDisk(`
mount -o remount,ro disk
echo '{"a": "1"}' | ${writer.shell('disk/dist')} > log || true
${writer.shell('disk/dist')} < old.json > log
echo same`);
    expect(stderr).toMatch(/cannot be written to disk\/dist: EROFS.*; what was there is there as it was/);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `same\n${'old'.repeat(5)}dist\n` });
  },
);

testUnless(NO_MOUNTS)('the root of a volume is not exchanged, but written', () => {
  put(scratch.path, { 'one.json': JSON.stringify(treeOf('one')), 'two.json': JSON.stringify(treeOf('two')) });
  const { status, stdout, stderr } = mounting(`
mkdir volume
mount -t tmpfs none volume
${writer.shell('volume')} < one.json > log
${writer.shell('volume')} < two.json > log
cat volume/*/*
ls -A volume`);
  expect(stderr).toBe('');
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: `${'two'.repeat(5)}.cdk8s-tuned\na\nb\nc\nd\ne\n`,
  });
});
