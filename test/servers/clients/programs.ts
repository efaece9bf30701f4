/** Clients in other languages: each is a program that says in JSON what it was answered. */
import { join } from 'path';
import { ROOT } from '../../project/snippets';
import { runCommand } from '../harness';
import type { Environment } from './redis-library';

/** They read the checkout, which may be closed to the user of the servers. */
const OWN_USER = { uid: process.getuid?.(), gid: process.getgid?.() };

/** Runs one to its end; what it complains of is an error of the test. */
export async function answerOfProgram(
  command: string,
  args: readonly string[],
  environment: Environment,
): Promise<unknown> {
  // Nothing of whoever runs the tests: libpq and its relatives look for certificates and passwords in a home.
  const env = { HOME: '/nonexistent', ...environment };
  const { code, stdout, stderr } = await runCommand(command, args, { ...OWN_USER, env });
  if (code !== 0) throw new Error(`${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** The same with Debian's Python, which has Debian's drivers; those of PyPI lie where `npm test` has put them. */
export function answerOfPython(program: string, args: readonly string[], environment: Environment) {
  return answerOfProgram('/usr/bin/python3', [join(__dirname, program), ...args], {
    PYTHONPATH: join(ROOT, 'node_modules/.cache/python-clients'),
    PYTHONDONTWRITEBYTECODE: '1',
    ...environment,
  });
}
