/** What the commands share: exit codes, errors that the user can cure, and reading manifests. */
import { readdirSync, readFileSync, statSync } from 'fs';
import { join } from 'path';
import { parseArgs, type ParseArgsConfig } from 'util';
import { parseAllDocuments } from 'yaml';

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

/** Documents of files, directories, and standard input, which is called "-". */
export function readManifests(paths: readonly string[], readInput: () => string): unknown[] {
  return paths.flatMap((path) =>
    path === '-' ? parseManifests('standard input', readInput()) : manifestsBelow(path),
  );
}

function manifestsBelow(path: string): unknown[] {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch {
    throw new UsageError(`${path} is not there`);
  }
  if (!isDirectory) return parseManifests(path, readFileSync(path, 'utf8'));
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .sort()
    .flatMap((file) => parseManifests(join(path, file), readFileSync(join(path, file), 'utf8')));
}

/** Documents of a YAML text, read as Kubernetes reads them: YAML 1.1 with merge keys. */
function parseManifests(name: string, text: string): unknown[] {
  return parseAllDocuments(text, { version: '1.1', merge: true, logLevel: 'error' }).map((document) => {
    const [error] = document.errors;
    if (error) throw new UsageError(`${name}: ${error.message}`);
    return document.toJS() as unknown;
  });
}
