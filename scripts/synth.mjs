/**
 * `cdk8s synth` into `dist/`, all or nothing.
 *
 * The command of cdk8s-cli empties its output directory before it runs the app, so a synth that fails would leave no
 * manifests. This one writes into a fresh directory beside `dist/`, and the two change places when it has succeeded.
 *
 *   node scripts/synth.mjs            writes dist/
 *   node scripts/synth.mjs --check    fails when dist/ is not what synth writes
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { bin, root, run } from './project.mjs';

const DIST = join(root, 'dist');

/** Synthesizes the compiled app into a directory, which is removed first; returns whether it succeeded. */
export function synthInto(directory) {
  return run(bin('cdk8s'), ['synth', '--no-check-upgrade', '--output', directory], {
    quiet: true,
    mayFail: true,
  });
}

/** Replaces `dist/` by what the app synthesizes now; leaves it alone and exits with 1 when that fails. */
export function synth() {
  const fresh = mkdtempSync(join(root, 'build/dist-'));
  if (!synthInto(fresh)) {
    rmSync(fresh, { recursive: true, force: true });
    console.error('\nThe synth failed; dist/ is as it was.');
    process.exit(1);
  }
  const old = `${fresh}-old`;
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(fresh, DIST);
  rmSync(old, { recursive: true, force: true });
}

/** Files that differ between `dist/` and what the app synthesizes now. */
export function staleManifests() {
  const fresh = mkdtempSync(join(root, 'build/dist-'));
  try {
    if (!synthInto(fresh)) process.exit(1);
    const [now, committed] = [filesOf(fresh), filesOf(DIST)];
    return [...new Set([...now.keys(), ...committed.keys()])]
      .sort()
      .filter((path) => now.get(path) !== committed.get(path));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function filesOf(directory) {
  if (!existsSync(directory)) return new Map();
  return new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .map((file) => [relative(directory, file), readFileSync(file, 'utf8')]),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build();
  if (process.argv.includes('--check')) {
    const stale = staleManifests();
    if (stale.length > 0) {
      console.error(
        `dist/ is not what synth writes: ${stale.join(', ')}; run \`npm start\` and commit dist/`,
      );
      process.exit(1);
    }
  } else synth();
}
