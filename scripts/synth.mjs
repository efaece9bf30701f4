/**
 * Synthesizes `apps/` into `dist/`. The app writes all or nothing, and only what changed (docs/app.md).
 *
 *   node scripts/synth.mjs [--app COMMAND] [--output DIRECTORY]    writes the manifests
 *   node scripts/synth.mjs --watch                                 and again when a source changes
 *   node scripts/synth.mjs --check                                 fails when dist/ is not what synth writes
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { root, run } from './project.mjs';
import { watch } from './watch.mjs';

const DIST = join(root, 'dist');
const SHOP = `"${process.execPath}" "${join(root, 'build/apps/main.js')}"`;

/** Makes a directory hold what the app synthesizes now; leaves it alone when that fails. Returns whether it succeeded. */
export function synth({ app = SHOP, output = DIST } = {}) {
  const good = run('sh', ['-c', app], { quiet: true, mayFail: true, env: { CDK8S_OUTDIR: output } });
  if (!good) console.error(`\nThe synth failed; ${relative(process.cwd(), output)} is as it was.`);
  return good;
}

/** Files that differ between `dist/` and what the app synthesizes now; undefined when it does not synthesize. */
function staleManifests() {
  const fresh = mkdtempSync(join(root, '.dist-'));
  try {
    if (!synth({ output: fresh })) return undefined;
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

function check() {
  const stale = staleManifests();
  if (stale?.length === 0) return;
  if (stale)
    console.error(`dist/ is not what synth writes: ${stale.join(', ')}; run \`npm start\` and commit dist/`);
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean' },
      watch: { type: 'boolean' },
      app: { type: 'string' },
      output: { type: 'string' },
    },
  });
  const output = values.output === undefined ? DIST : resolve(values.output);
  build();
  if (values.check) check();
  else if (values.watch) watch(output);
  else if (!synth({ app: values.app, output })) process.exitCode = 1;
}
