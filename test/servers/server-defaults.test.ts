/** The tables of defaults, against the servers whose defaults they are. */
import { execFileSync } from 'child_process';
import { join } from 'path';
import { ROOT } from '../project/snippets';

test.each(['server-directives.mjs', 'postgres-parameters.mjs'])('%s would write what is there', (script) => {
  const run = () =>
    execFileSync(process.execPath, [join(ROOT, 'scripts', script), '--check'], { encoding: 'utf8' });
  expect(run).not.toThrow();
});
