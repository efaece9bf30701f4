/** Prints the next free id of each family of rules. An id is never used again, so that a suppression keeps its meaning. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './project.mjs';

build();
const { CATALOGUE } = createRequire(import.meta.url)(join(root, 'build/lib/checklist/catalogue.js'));
const last = new Map();
for (const { id } of CATALOGUE) {
  const [family, number] = id.split('-');
  last.set(family, Math.max(last.get(family) ?? 0, Number(number)));
}
for (const [family, number] of [...last].sort())
  console.log(`${family}-${String(number + 1).padStart(3, '0')}`);
