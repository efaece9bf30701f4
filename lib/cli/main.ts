#!/usr/bin/env node
import { readFileSync } from 'fs';
import { check, CHECK_USAGE, EXIT, UsageError } from './check';

/** Commands by name. */
const COMMANDS = { check } as const;

function main(): number {
  const [name = '', ...args] = process.argv.slice(2);
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(CHECK_USAGE);
    return EXIT.holds;
  }
  try {
    if (!Object.hasOwn(COMMANDS, name))
      throw new UsageError(
        `command is ${JSON.stringify(name)}; allowed: ${Object.keys(COMMANDS).join(', ')}`,
      );
    const { text, exitCode } = COMMANDS[name as keyof typeof COMMANDS](args, () => readFileSync(0, 'utf8'));
    process.stdout.write(text);
    return exitCode;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`cdk8s-tuned: ${error.message}\n`);
    return EXIT.unusable;
  }
}

process.exitCode = main();
