import { readdirSync, readFileSync, statSync } from 'fs';
import { join } from 'path';
import { parseArgs } from 'util';
import { parseAllDocuments } from 'yaml';
import { evaluate, openFindings } from '../checklist/evaluate';
import { FindingSeverity } from '../finding/finding';
import { Inventory } from '../inventory/inventory';
import { CHECK_FORMATS, type CheckFormat } from '../report/check-formats';

/** Exit codes: what was asked for holds; it does not; it could not be told. */
export const EXIT = { holds: 0, broken: 1, unusable: 2 } as const;

export const CHECK_USAGE = `Usage: cdk8s-tuned check PATH… [--format FORMAT] [--fail-on SEVERITY]

Checks Kubernetes manifests, whoever wrote them. The manifests of one environment belong together:
check them in one call, and each environment in its own.

  PATH                 a YAML or JSON file, a directory, or - for standard input
  --format FORMAT      text (default), json, sarif, junit or markdown
  --fail-on SEVERITY   error (default), warning, info or never

Exits with 0 when nothing of that severity or worse is open, 1 when something is, 2 when the
manifests cannot be read or there are none.
`;

/** An error that the user can cure; its message is all that is shown. */
export class UsageError extends Error {}

export interface CheckOutput {
  readonly text: string;
  readonly exitCode: number;
}

/** Runs `check` with its arguments. */
export function check(args: readonly string[], readInput: () => string): CheckOutput {
  const { values, positionals } = parse(args);
  if (values.help === true) return { text: CHECK_USAGE, exitCode: EXIT.holds };
  const format = oneOf('--format', values.format ?? 'text', Object.keys(CHECK_FORMATS)) as CheckFormat;
  const severities: readonly string[] = Object.values(FindingSeverity);
  const failOn = oneOf('--fail-on', values['fail-on'] ?? FindingSeverity.ERROR, [...severities, 'never']);
  if (positionals.length === 0) throw new UsageError(`which manifests?\n\n${CHECK_USAGE}`);
  const documents = positionals.flatMap((path) =>
    path === '-' ? parseManifests('standard input', readInput()) : manifestsBelow(path),
  );
  const report = evaluate(Inventory.of(documents));
  if (report.objects === 0) throw new UsageError(`no Kubernetes object in ${positionals.join(', ')}`);
  const broken = failOn !== 'never' && openFindings(report, failOn as FindingSeverity).length > 0;
  return { text: CHECK_FORMATS[format](report), exitCode: broken ? EXIT.broken : EXIT.holds };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        format: { type: 'string' },
        'fail-on': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A value of an option that has only these. */
export function oneOf(option: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value;
  throw new UsageError(`${option} is ${JSON.stringify(value)}; allowed: ${allowed.join(', ')}`);
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
