/**
 * Writes API.md from the compiled assembly.
 *
 *   node scripts/api.mjs            writes API.md
 *   node scripts/api.mjs --check    fails when API.md is not what it would write
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { bin, root, run } from './project.mjs';

build();
const target = join(root, 'API.md');
const scratch = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-api-'));
try {
  const output = join(scratch, 'API.md');
  run(bin('jsii-docgen'), ['--output', output], { quiet: true });
  const text = readFileSync(output, 'utf8');
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error('API.md is not what its generator writes; run `npm run api`');
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
