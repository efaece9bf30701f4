import { spawnSync } from 'child_process';
import { join } from 'path';
import { ROOT } from './snippets';

/** What a script of the project finds stale, or why it failed; what it says of its work is not asked. */
function runScript(script: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', script), '--check'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout : `exit code ${status}: ${stderr}`;
}

test('dist/ is what synth writes', () => {
  expect(runScript('synth.mjs')).toBe('');
});

test('API.md is what the generator writes', () => {
  expect(runScript('api.mjs')).toBe('');
});

test('examples of rules are those of the tests', () => {
  expect(runScript('rule-examples.mjs')).toBe('');
}, 60_000);

test('the pages of the guide, the rules and the attacks are what their generator writes', () => {
  expect(runScript('generated-docs.mjs')).toBe('');
});

test('the pictures are what their commands draw', () => {
  expect(runScript('pictures.mjs')).toBe('');
});
