/** What the commands share: exit codes, arguments, and errors that the user can cure. */
import { parseArgs, type ParseArgsConfig } from 'util';

/** Exit codes: what was asked for holds; it does not; it could not be told. */
export const EXIT = { holds: 0, broken: 1, unusable: 2 } as const;

/** An error that the user can cure; its message is all that is shown. */
export class UsageError extends Error {}

export interface CommandOutput {
  readonly text: string;
  readonly exitCode: number;
  /** Files to write, by their path. */
  readonly files?: ReadonlyMap<string, string>;
}

/** A command with its arguments; `readInput` reads all of standard input. */
export type Command = (
  args: readonly string[],
  readInput: () => string,
) => CommandOutput | Promise<CommandOutput>;

const HELP = { help: { type: 'boolean', short: 'h' } } as const;

type Options = NonNullable<ParseArgsConfig['options']>;
type Arguments<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: T & typeof HELP }>
>;

/** Options and positional arguments of a command; every command has `--help`. */
export function parseArguments<T extends Options>(args: readonly string[], options: T): Arguments<T> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { ...options, ...HELP } });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A value of an option that has only these. */
export function oneOf(option: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value;
  throw new UsageError(`${option} is ${JSON.stringify(value)}; allowed: ${allowed.join(', ')}`);
}
