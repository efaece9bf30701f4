/** Modules of test/, which are not built: compiled when they are asked for. */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { root } from './project.mjs';

const require = createRequire(import.meta.url);

Module._extensions['.ts'] = (module, filename) =>
  module._compile(
    transformSync(readFileSync(filename, 'utf8'), {
      filename,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'commonjs' },
    }).code,
    filename,
  );

const resolve = Module._resolveFilename;
// Sources of the library are those that were built, and the package is itself.
Module._resolveFilename = function (request, parent, ...rest) {
  if (request === 'cdk8s-tuned') return join(root, 'build/lib/index.js');
  const found = resolve.call(this, request, parent, ...rest);
  return found.startsWith(join(root, 'lib/'))
    ? found.replace(join(root, 'lib/'), join(root, 'build/lib/')).replace(/\.ts$/, '.js')
    : found;
};

/** A module below the root, such as `test/servers/attacks/index.ts`. */
export const loadTest = (path) => require(join(root, path));
