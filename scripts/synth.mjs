/**
 * `cdk8s synth` into `dist/`, all or nothing.
 *
 * The command of cdk8s-cli empties its output directory before it runs the app, so a synth that fails would leave no
 * manifests. This one writes into a fresh directory, and the two change places when it has succeeded.
 *
 *   node scripts/synth.mjs [--app COMMAND] [--output DIRECTORY]    writes the manifests
 *   node scripts/synth.mjs --check                                 fails when dist/ is not what synth writes
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { bin, root, run } from './project.mjs';

const DIST = join(root, 'dist');

/** Replaces a directory by what the app synthesizes now; leaves it alone when that fails. Returns whether it succeeded. */
export function synth({ app, output = DIST } = {}) {
  const fresh = mkdtempSync(join(dirname(output), '.dist-'));
  const replaced = `${fresh}-replaced`;
  try {
    if (!synthInto(fresh, app)) {
      console.error(`\nThe synth failed; ${relative(process.cwd(), output)} is as it was.`);
      return false;
    }
    chmodSync(fresh, 0o755);
    if (existsSync(output)) renameSync(output, replaced);
    renameSync(fresh, output);
    return true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(replaced, { recursive: true, force: true });
  }
}

function synthInto(directory, app) {
  const options = ['--no-check-upgrade', '--output', directory, ...(app === undefined ? [] : ['--app', app])];
  return run(bin('cdk8s'), ['synth', ...options], { quiet: true, mayFail: true });
}

/** Files that differ between `dist/` and what the app synthesizes now; undefined when it does not synthesize. */
function staleManifests() {
  const fresh = mkdtempSync(join(root, '.dist-'));
  try {
    if (!synthInto(fresh)) return undefined;
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
  const { values } = parseArgs({
    options: { check: { type: 'boolean' }, app: { type: 'string' }, output: { type: 'string' } },
  });
  build();
  if (values.check) {
    const stale = staleManifests();
    if (stale?.length !== 0) {
      if (stale)
        console.error(
          `dist/ is not what synth writes: ${stale.join(', ')}; run \`npm start\` and commit dist/`,
        );
      process.exitCode = 1;
    }
  } else {
    const output = values.output === undefined ? DIST : resolve(values.output);
    if (!synth({ app: values.app, output })) process.exitCode = 1;
  }
}
