import { CATALOGUE } from '../../lib/checklist/catalogue';
import { EXAMPLES } from '../../lib/checklist/examples-table';
import { expectUsageError, runProgram } from './program';

test('a rule is explained, with an example that breaks it and the same one mended', () => {
  const { status, stdout } = runProgram(['explain', 'cac-002']);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^CAC-002: A full cache makes room\n\nSeverity: warning; error with --profile guide\n/,
  );
  expect(stdout).toContain('maxmemory-policy noeviction');
  expect(stdout).toContain('maxmemory-policy allkeys-lru');
  expect(stdout).toContain('/docs/rules/CAC-002.md');
});

test('all lists every rule', () => {
  expect(runProgram(['explain', 'all']).stdout.trim().split('\n')).toHaveLength(CATALOGUE.length);
});

test('nearly every rule has an example', () => {
  const lacks = CATALOGUE.filter(({ id }) => EXAMPLES[id].failing === undefined).map(({ id }) => id);
  // What it needs is larger than a page.
  expect(lacks).toEqual(['COR-015']);
});

test.each([
  [['explain'], 'which rule?'],
  [['explain', 'CAC-999'], 'no rule is called "CAC-999"'],
  [['explain', 'HPA-01'], 'did you mean HPA-001?'],
])('%j is refused: %s', (args, message) => expectUsageError(args, message));
