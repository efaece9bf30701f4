import { evaluate, openFindings, type Profile, PROFILES } from '../checklist/evaluate';
import { FindingSeverity } from '../finding/finding';
import { Inventory } from '../inventory/inventory';
import { CHECK_FORMATS, type CheckFormat } from '../report/check-formats';
import { type CommandOutput, EXIT, oneOf, parseArguments, UsageError } from './command';
import { readManifests } from './manifest-files';

export const CHECK_USAGE = `Usage: cdk8s-tuned check PATH… [--profile PROFILE] [--format FORMAT] [--fail-on SEVERITY]

Checks Kubernetes manifests, whoever wrote them. The manifests of one environment belong together:
check them in one call, and each environment in its own.

  PATH                 a YAML or JSON file, a directory, or - for standard input
  --profile PROFILE    how bad what breaks a rule is: default (an error is what breaks today, by arithmetic
                       or by the API server's word), guide (what its ten lines ask for is an error too),
                       or strict (warnings are errors)
  --format FORMAT      text (default), json, sarif, junit or markdown
  --fail-on SEVERITY   error (default), warning, info or never

Exits with 0 when nothing of that severity or worse is open, 1 when something is, 2 when a
manifest cannot be read, of which the others are checked, or there are none.
`;

const OPTIONS = {
  profile: { type: 'string' },
  format: { type: 'string' },
  'fail-on': { type: 'string' },
} as const;

/** Runs `check` with its arguments. */
export function check(args: readonly string[], readInput: () => string): CommandOutput {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help === true) return { text: CHECK_USAGE, exitCode: EXIT.holds };
  const format = oneOf('--format', values.format ?? 'text', Object.keys(CHECK_FORMATS)) as CheckFormat;
  const severities: readonly string[] = Object.values(FindingSeverity);
  const failOn = oneOf('--fail-on', values['fail-on'] ?? FindingSeverity.ERROR, [...severities, 'never']);
  if (positionals.length === 0) throw new UsageError(`which manifests?\n\n${CHECK_USAGE}`);
  const profile = oneOf('--profile', values.profile ?? 'default', PROFILES) as Profile;
  const { documents, unread, notes, isPartial } = readManifests(positionals, readInput);
  const found = evaluate(Inventory.ofSourced(documents, isPartial), { profile });
  const report = { ...found, unread, notes: [...notes, ...found.notes] };
  if (report.objects === 0 && unread.length === 0)
    throw new UsageError(`no Kubernetes object in ${positionals.join(', ')}`);
  const broken = failOn !== 'never' && openFindings(report, failOn as FindingSeverity).length > 0;
  const exitCode = unread.length > 0 ? EXIT.unusable : broken ? EXIT.broken : EXIT.holds;
  return { text: CHECK_FORMATS[format](report), exitCode };
}
