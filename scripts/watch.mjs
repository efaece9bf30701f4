/** Synthesizes the shop in this process whenever a source changes: cdk8s and the library are loaded already. */
import { watch as watchFiles } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { build } from './build.mjs';
import { root } from './project.mjs';

/** An editor writes a file in several steps. */
const QUIET_MILLISECONDS = 20;
const MAIN = join(root, 'build/apps/main.js');

/** Goes on until it is stopped. What does not synthesize is told, and what was written stays. */
export function watch(output) {
  process.env.CDK8S_OUTDIR = output;
  synthHere(output);
  let timer;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => synthHere(output), QUIET_MILLISECONDS);
  };
  for (const directory of ['apps', 'lib']) watchFiles(join(root, directory), { recursive: true }, later);
}

function synthHere(output) {
  const begin = performance.now();
  const require = createRequire(import.meta.url);
  const built = join(root, 'build') + sep;
  const hasNewLibrary = build();
  for (const file of Object.keys(require.cache))
    if (file.startsWith(hasNewLibrary ? built : join(built, 'apps'))) delete require.cache[file];
  try {
    require(MAIN);
    const seconds = ((performance.now() - begin) / 1000).toFixed(2);
    console.log(`${relative(process.cwd(), output)} is what the shop says (${seconds} s)`);
  } catch (error) {
    console.error(`${error.message}\n\nThe synth failed; ${relative(process.cwd(), output)} is as it was.`);
  }
}
