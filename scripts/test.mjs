/**
 * `npm test`: installs what is missing (npm packages, and the servers that the tests talk to), checks types and style,
 * and runs every test. Arguments go to jest: `npm test -- test/web`.
 */
import { build } from './build.mjs';
import { bin, run } from './project.mjs';
import { ensureServers } from './servers.mjs';

build();
ensureServers();
const jestArguments = process.argv.slice(2);
const checks =
  jestArguments.length > 0
    ? []
    : [
        ['types', bin('tsc'), ['-p', 'tsconfig.json', '--noEmit']],
        ['lint', bin('eslint'), ['.']],
        ['format', bin('prettier'), ['--check', '--log-level=warn', '.']],
      ];
const failed = checks.filter(([name, command, args]) => {
  const good = run(command, args, { quiet: true, mayFail: true });
  console.log(`${name}: ${good ? 'ok' : 'FAILED'}`);
  return !good;
});
const tested = run(bin('jest'), jestArguments, { mayFail: true });
if (failed.length > 0) console.error(`\nfailed before the tests: ${failed.map(([name]) => name).join(', ')}`);
process.exit(tested && failed.length === 0 ? 0 : 1);
