#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'fs';
import { check, CHECK_USAGE } from './check';
import { EXIT, UsageError } from './command';
import { simulate, SIMULATE_USAGE } from './simulate';

/** Commands by name. */
const COMMANDS = { check, simulate } as const;

function main(): number {
  const [name = '', ...args] = process.argv.slice(2);
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write([CHECK_USAGE, SIMULATE_USAGE].join('\n'));
    return EXIT.holds;
  }
  try {
    if (!Object.hasOwn(COMMANDS, name))
      throw new UsageError(
        `command is ${JSON.stringify(name)}; allowed: ${Object.keys(COMMANDS).join(', ')}`,
      );
    const run = COMMANDS[name as keyof typeof COMMANDS];
    const { text, exitCode, files } = run(args, () => readFileSync(0, 'utf8'));
    for (const [path, content] of files ?? []) write(path, content);
    process.stdout.write(text);
    return exitCode;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`cdk8s-tuned: ${error.message}\n`);
    return EXIT.unusable;
  }
}

function write(path: string, content: string): void {
  try {
    writeFileSync(path, content, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${(error as Error).message}`);
  }
}

process.exitCode = main();
