/**
 * Rewrites build/lib/index.js so that a module of the library is loaded when something of it is used: loading the package then
 * costs next to nothing, and an app pays for the constructs that it has. The names are the same, for CommonJS and for ESM.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './project.mjs';

export function makeIndexLazy() {
  const file = join(root, 'build/lib/index.js');
  const require = createRequire(file);
  const modules = [...readFileSync(file, 'utf8').matchAll(/require\("(\.\/[^"]+)"\)/g)].map(
    ([, path]) => path,
  );
  const exported = new Set(Object.keys(require(file)));
  const owners = new Map();
  for (const path of modules)
    for (const name of Object.keys(require(path)))
      if (exported.has(name) && !owners.has(name)) owners.set(name, path);
  const names = [...owners.keys()];
  writeFileSync(
    file,
    `'use strict';
Object.defineProperty(exports, '__esModule', { value: true });
// For what reads the names without running this: the ES modules of Node.
${names.map((name) => `exports.${name} = `).join('')}void 0;
const lazy = (name, load) =>
  Object.defineProperty(exports, name, {
    enumerable: true,
    configurable: true,
    get() {
      const value = load()[name];
      Object.defineProperty(exports, name, { enumerable: true, value });
      return value;
    },
  });
${[...owners].map(([name, path]) => `lazy('${name}', () => require('${path}'));`).join('\n')}
`,
  );
}
