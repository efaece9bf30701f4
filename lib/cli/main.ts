#!/usr/bin/env node
import { readFileSync } from 'fs';
import { check, CHECK_USAGE, EXIT, UsageError } from './check';
import { queryCheck, QUERY_CHECK_USAGE } from './query-check';

/** Commands by name. */
const COMMANDS = { check, 'query-check': queryCheck } as const;
const USAGE = [CHECK_USAGE, QUERY_CHECK_USAGE].join('\n');

async function main(): Promise<number> {
  const [name = '', ...args] = process.argv.slice(2);
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(USAGE);
    return EXIT.holds;
  }
  try {
    if (!Object.hasOwn(COMMANDS, name))
      throw new UsageError(
        `command is ${JSON.stringify(name)}; allowed: ${Object.keys(COMMANDS).join(', ')}`,
      );
    const { text, exitCode } = await COMMANDS[name as keyof typeof COMMANDS](args, () =>
      readFileSync(0, 'utf8'),
    );
    process.stdout.write(text);
    return exitCode;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`cdk8s-tuned: ${error.message}\n`);
    return EXIT.unusable;
  }
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = EXIT.unusable;
  },
);
