import { execFileSync } from 'child_process';
import { existsSync } from 'fs';
import { join } from 'path';
import { ROOT } from './snippets';

/** Output of a script of the project; its error output when it fails. */
function runScript(script: string): string {
  try {
    return execFileSync(process.execPath, [join(ROOT, 'scripts', script), '--check'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    return (error as { stderr: string }).stderr;
  }
}

test('dist/ is what synth writes', () => {
  expect(runScript('synth.mjs')).toBe('');
});

test('API.md is what the generator writes', () => {
  expect(runScript('api.mjs')).toBe('');
});

test('the pages of the guide, the rules and the attacks are what their generator writes', () => {
  expect(runScript('generated-docs.mjs')).toBe('');
});

test('the pictures are what their commands draw', () => {
  expect(runScript('pictures.mjs')).toBe('');
});

const haveDefinitions = existsSync(join(ROOT, '../shared/schemas/crds'));
if (!haveDefinitions) {
  console.warn(
    'SKIPPED: imports/ was not compared with its generator, because ../shared/schemas/crds is absent',
  );
}

test('CI has the definitions that imports/ is made of', () => {
  expect(haveDefinitions || !process.env.CI).toBe(true);
});

(haveDefinitions ? test : test.skip)('imports/ is what `cdk8s import` writes', () => {
  expect(runScript('imports.mjs')).toBe('');
});
