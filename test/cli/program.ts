/** The program of the package, as a user runs it. */
import { spawnSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ROOT } from '../project/snippets';

const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
};
export const { version: VERSION } = PACKAGE;

/** Where it lies in a directory that the package is installed to. */
export const programIn = (root: string) => join(root, PACKAGE.bin['cdk8s-tuned']);

export interface ProgramOptions {
  readonly input?: string;
  /** Its whole environment, but for the path. */
  readonly env?: NodeJS.ProcessEnv;
  /** Directory that the package is installed to. */
  readonly root?: string;
}

/** Runs it in the repository, to its end. */
export function runProgram(
  args: readonly string[],
  { input = '', env = {}, root = ROOT }: ProgramOptions = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [programIn(root), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    input,
    env: { PATH: process.env.PATH, ...env },
  });
  return { status, stdout, stderr };
}

/** It could not do what it was asked: exit code 2, nothing on standard output, and what to do instead of a stack. */
export function expectUsageError(args: readonly string[], message: string): void {
  const { status, stdout, stderr } = runProgram(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
}

/** A directory for the files of a test; it is removed after the last one. */
export function scratchFiles() {
  const path = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-cli-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write: (name: string, text: string) => {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
  };
}
