/** Compiles the library with jsii and the apps with tsc into `build/`, unless nothing has changed since. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exclusively } from './exclusively.mjs';
import { makeIndexLazy } from './lazy-index.mjs';
import { bin, ensurePackages, root, run } from './project.mjs';

const STAMP = join(root, 'build/.sources');
/** Where jsii writes the assembly, outside of `build/`. */
const ASSEMBLY = join(root, '.jsii');
const SOURCES = [
  'lib',
  'imports',
  'apps',
  'package.json',
  'package-lock.json',
  'tsconfig.lib.json',
  'tsconfig.apps.json',
];

export function build() {
  exclusively(`build-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`, buildAlone);
}

function buildAlone() {
  ensurePackages();
  const digest = digestOf(SOURCES);
  if (existsSync(ASSEMBLY) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === digest) return;
  // Not to stdout, which belongs to the script that wants the build.
  console.error('Building …');
  rmSync(join(root, 'build'), { recursive: true, force: true });
  // `namespace` is a reserved word of C#, and what the field is called.
  run(bin('jsii'), ['--silence-warnings=reserved-word'], {
    quiet: true,
    env: { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' },
  });
  run(bin('tsc'), ['-p', 'tsconfig.apps.json'], { quiet: true });
  makeIndexLazy();
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(STAMP, digest);
}

function digestOf(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const entries = readdirSync(join(root, path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory()) add(child);
      else hash.update(`${child}\0`).update(readFileSync(join(root, child)));
    }
  };
  for (const path of paths) {
    if (path.includes('.')) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
    else if (existsSync(join(root, path))) add(path);
  }
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
