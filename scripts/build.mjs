/**
 * Compiles the library with jsii and the apps with swc into `build/`, each unless nothing has changed since. The types of the
 * apps are checked by `npm run typecheck` and `npm test`: that takes ten times as long as to synthesize.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exclusively } from './exclusively.mjs';
import { makeIndexLazy } from './lazy-index.mjs';
import { bin, ensurePackages, root, run } from './project.mjs';

const APPS = join(root, 'build/apps');
/** Where jsii writes the assembly, outside of `build/`. */
const ASSEMBLY = join(root, '.jsii');
/** What each part is made of, and how. */
const PARTS = [
  {
    stamp: join(root, 'build/.library'),
    sources: ['lib', 'imports', 'package.json', 'package-lock.json', 'tsconfig.lib.json'],
    isThere: () => existsSync(ASSEMBLY),
    make: buildLibrary,
  },
  { stamp: join(root, 'build/.apps'), sources: ['apps'], isThere: () => existsSync(APPS), make: buildApps },
];

/** Returns whether the library was compiled. */
export function build() {
  ensurePackages();
  if (PARTS.every(isFresh)) return false;
  const name = `build-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
  return exclusively(name, () => {
    const hadLibrary = isFresh(PARTS[0]);
    for (const part of PARTS) if (!isFresh(part)) buildPart(part);
    return !hadLibrary;
  });
}

function isFresh({ stamp, sources, isThere }) {
  return isThere() && existsSync(stamp) && readFileSync(stamp, 'utf8') === digestOf(sources);
}

function buildPart({ stamp, sources, make }) {
  const digest = digestOf(sources);
  make();
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(stamp, digest);
}

function buildLibrary() {
  // Not to stdout, which belongs to the script that wants the build.
  console.error('Building …');
  rmSync(join(root, 'build'), { recursive: true, force: true });
  // `namespace` is a reserved word of C#, and what the field is called.
  run(bin('jsii'), ['--silence-warnings=reserved-word'], {
    quiet: true,
    env: { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' },
  });
  makeIndexLazy();
}

/** Written anew as a whole: a file that is gone is gone. */
function buildApps() {
  // Loaded when it is needed, which takes longer than to compile.
  const { transformFileSync } = createRequire(import.meta.url)('@swc/core');
  rmSync(APPS, { recursive: true, force: true });
  const files = readdirSync(join(root, 'apps'), { recursive: true }).filter((file) => file.endsWith('.ts'));
  for (const file of files) {
    const { code } = transformFileSync(join(root, 'apps', file), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    });
    const compiled = join(APPS, file.replace(/ts$/, 'js'));
    mkdirSync(dirname(compiled), { recursive: true });
    writeFileSync(compiled, code);
  }
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
