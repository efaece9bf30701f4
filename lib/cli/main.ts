#!/usr/bin/env node
import { readFileSync, writeFileSync } from 'fs';
import { check, CHECK_USAGE } from './check';
import { type Command, EXIT, UsageError } from './command';
import { diff, DIFF_USAGE } from './diff';
import { explain, EXPLAIN_USAGE } from './explain';
import { QUERY_CHECK_USAGE, queryCheck } from './query-check';
import { simulate, SIMULATE_USAGE } from './simulate';

/** Commands by name. */
const COMMANDS = { check, diff, explain, simulate, 'query-check': queryCheck } as const;
const USAGE = [CHECK_USAGE, DIFF_USAGE, EXPLAIN_USAGE, SIMULATE_USAGE, QUERY_CHECK_USAGE].join('\n');

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
    const run: Command = COMMANDS[name as keyof typeof COMMANDS];
    const { text, exitCode, files } = await run(args, () => readFileSync(0, 'utf8'));
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

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = EXIT.unusable;
  },
);
