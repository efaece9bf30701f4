/** Runs `writeTree` in a process of its own, in which calls of the file system can be counted, fail, or be the last ones. */
import { transformFileSync } from '@swc/core';
import { type ChildProcess, spawn, spawnSync } from 'child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'fs';
import { tmpdir } from 'os';
import { join, relative } from 'path';
import { ROOT } from '../project/snippets';

const LIBRARY = join(ROOT, 'lib/files');

/** Files by path. */
export type Tree = Readonly<Record<string, string>>;

/** What happens to the call with that number, of those that change the file system. */
export interface Fault {
  readonly at: number;
  /** An error code such as `ENOSPC`, unless something is removed; or `kill`, in the middle of what is written. */
  readonly fault: string;
}

/** The program: a tree on stdin, a fault in the arguments. */
const PROGRAM = `
const fs = require('fs');
const [directory, at, fault, times] = process.argv.slice(2);
let calls = 0;
const changing = ['mkdirSync', 'writeFileSync', 'renameSync', 'linkSync', 'symlinkSync', 'chmodSync', 'unlinkSync', 'rmSync', 'rmdirSync', 'copyFileSync'];
for (const name of changing) {
  const original = fs[name];
  fs[name] = (...args) => {
    calls += 1;
    if (calls !== Number(at)) return original(...args);
    if (fault !== 'kill' && /^(rm|unlink)/.test(name)) return original(...args);
    if (fault !== 'kill') throw Object.assign(new Error(fault + ': ' + name), { code: fault });
    if (name === 'writeFileSync') original(args[0], args[1].slice(0, args[1].length / 2), args[2]);
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  };
}
const tree = JSON.parse(fs.readFileSync(0, 'utf8'));
const files = Object.entries(tree).map(([path, text]) => ({ path, text }));
const { writeTree } = require('./write-tree');
process.on('exit', () => fs.writeSync(1, String(calls)));
for (let i = 0; i < Number(times); i += 1) writeTree(directory, files);
`;

/** A compiled copy of the room, and room for trees; removed after each test. */
export function scratchWriter() {
  const scratch = { path: '', target: '' };
  let compiled: string;
  beforeAll(() => {
    compiled = realpathSync(mkdtempSync(join(tmpdir(), 'cdk8s-tuned-writer-')));
    for (const name of readdirSync(LIBRARY)) {
      const { code } = transformFileSync(join(LIBRARY, name), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      writeFileSync(join(compiled, name.replace(/ts$/, 'js')), code);
    }
    writeFileSync(join(compiled, 'program.js'), PROGRAM);
  });
  beforeEach(() => {
    scratch.path = realpathSync(mkdtempSync(join(tmpdir(), 'cdk8s-tuned-tree-')));
    scratch.target = join(scratch.path, 'dist');
  });
  afterEach(() => rmSync(scratch.path, { recursive: true, force: true }));
  afterAll(() => rmSync(compiled, { recursive: true, force: true }));

  const command = (directory: string, { at, fault }: Fault, times = 1) =>
    [join(compiled, 'program.js'), directory, at, fault, times].map(String);
  const none: Fault = { at: 0, fault: '' };
  return {
    scratch,
    /** Writes a tree; tells how it ended, and how many calls changed the file system. */
    write(tree: Tree, fault = none, options: { readonly cwd?: string } = {}) {
      const input = JSON.stringify(tree);
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, command(scratch.target, fault), {
        input,
        encoding: 'utf8',
        ...options,
      });
      return { status, signal, stderr, calls: signal === null ? Number(stdout) : Infinity };
    },
    /** Writes a tree many times, beside what else runs. */
    start(tree: Tree, times: number): ChildProcess {
      const child = spawn(process.execPath, command(scratch.target, none, times));
      child.stdin.end(JSON.stringify(tree));
      return child;
    },
    /** The command that writes the tree of its stdin to a directory. */
    shell: (directory: string) =>
      ['"$NODE"', ...command(directory, none).map((part) => `'${part}'`)].join(' '),
  };
}

/** Makes files, the directories above them too. */
export function put(directory: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/** All files below a directory but the list of them; undefined when there is no directory. */
export function treeIn(directory: string): Tree | undefined {
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return undefined;
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [relative(directory, file), readFileSync(file, 'utf8')] as const)
      .filter(([path]) => path !== '.cdk8s-tuned'),
  );
}
