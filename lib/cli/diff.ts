import { existsSync } from 'fs';
import { type ChangeReport, openFindings, reportChanges } from '../change/change-report';
import { type Acceptance, parseAcceptance } from '../change/guard/guard';
import { Inventory } from '../inventory/inventory';
import { CHANGE_FORMATS, type ChangeFormat, COLOURED, PLAIN } from '../report/change-formats';
import { parseKubernetesMinor } from './check-config';
import { type CommandOutput, EXIT, oneOf, parseArguments, UsageError } from './command';
import { filesOfRevision, isRevisionPath } from './git-tree';
import { type ReadManifests, readManifests, readTexts } from './manifest-files';
import { parseRename, renamed, singleNamespace } from './renamed-objects';

export const DIFF_USAGE = `Usage: cdk8s-tuned diff BEFORE AFTER [OPTION…]
       cdk8s-tuned diff --rev REVISION PATH [OPTION…]

Says what changes from one set of manifests to another, object by object: replicas, requests and
limits, autoscalers, connections, exposure; what rolls and what restarts; what the API server would
refuse, and what would be lost, with the steps that keep it.

  BEFORE, AFTER          each a file, a directory, a path of a git revision (HEAD~1:dist), or - for
                         standard input, such as what kubectl get -o json answers
  --rev REVISION         the same path of this revision is what was before
  --format FORMAT        text (default), json, or markdown for the comment of a pull request
  --kubernetes VERSION   the cluster that is meant, such as 1.31
  --accept ID:OBJECT=REASON
                         a finding that does not count, such as
                         CHG-101:StatefulSet/shop/old=its data is in the new one
  --ignore-namespace     two environments are compared: an object is the same in another namespace
  --rename FROM=TO       two environments are compared: a name of BEFORE that is another in AFTER

Exits with 0 when nothing is refused or lost, 1 when something is, 2 when something cannot be read.
Two environments are no update: what is refused or lost is not asked.
`;

const OPTIONS = {
  rev: { type: 'string' },
  format: { type: 'string' },
  kubernetes: { type: 'string' },
  accept: { type: 'string', multiple: true },
  'ignore-namespace': { type: 'boolean' },
  rename: { type: 'string', multiple: true },
} as const;

/** Runs `diff` with its arguments. */
export function diff(args: readonly string[], readInput: () => string): CommandOutput {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help === true) return { text: DIFF_USAGE, exitCode: EXIT.holds };
  const format = oneOf('--format', values.format ?? 'text', Object.keys(CHANGE_FORMATS)) as ChangeFormat;
  const kubernetesMinor =
    values.kubernetes === undefined ? undefined : parseKubernetesMinor('--kubernetes', values.kubernetes);
  const acceptances = (values.accept ?? []).map(acceptanceOf);
  const renames = (values.rename ?? []).map(parseRename);
  const ignoreNamespaces = values['ignore-namespace'] === true;
  const [from, to] = sidesOf(positionals, values.rev);
  const [before, after] = [from, to].map((side) => readSide(side, readInput));
  const objects = [before, after].map(({ documents }) => documents);
  const mapped = ignoreNamespaces ? singleNamespace(objects[0], objects[1]) : [];
  const inventories = [renamed(objects[0], [...mapped, ...renames]), objects[1]].map((documents) =>
    Inventory.ofSourced(documents, { kubernetesMinor }),
  );
  const isUpdate = !ignoreNamespaces && renames.length === 0;
  const report = reportChanges(inventories[0], inventories[1], {
    from,
    to,
    isUpdate,
    ignoreNamespaces,
    kubernetesMinor,
    acceptances,
  });
  const unread = [before, after].flatMap((side) => side.unread);
  const notes = [
    ...unread.map(({ file, line, message }) => `not read: ${file}:${line}: ${message}`),
    ...[before, after].flatMap((side) => side.notes),
    ...report.notes,
    ...strangers(report),
    ...(isUpdate ? [] : ['two environments were compared: what an update would be refused was not asked']),
    ...unused(
      acceptances,
      report.findings.flatMap(({ accepted }) => accepted ?? []),
    ),
  ];
  return {
    text: CHANGE_FORMATS[format]({ ...report, notes }, isTerminal() ? COLOURED : PLAIN),
    exitCode: unread.length > 0 ? EXIT.unusable : openFindings(report).length > 0 ? EXIT.broken : EXIT.holds,
  };
}

function isTerminal(): boolean {
  return process.stdout.isTTY && (process.env.NO_COLOR ?? '') === '';
}

/** What is before and what is after. */
function sidesOf(paths: readonly string[], revision: string | undefined): readonly [string, string] {
  if (revision === undefined && paths.length === 2) {
    if (paths[0] === '-' && paths[1] === '-') throw new UsageError('one side only can be standard input');
    return [paths[0], paths[1]];
  }
  if (revision !== undefined && paths.length === 1 && paths[0] !== '-')
    return [`${revision}:${paths[0]}`, paths[0]];
  throw new UsageError(`what with what? allowed: two sets, or --rev and one path\n\n${DIFF_USAGE}`);
}

function readSide(side: string, readInput: () => string): ReadManifests {
  if (side === '-' || existsSync(side) || !isRevisionPath(side)) return readManifests([side], readInput);
  const colon = side.indexOf(':');
  return readTexts(filesOfRevision(side.slice(0, colon), side.slice(colon + 1)));
}

function acceptanceOf(text: string): Acceptance {
  const read = parseAcceptance(text);
  if (typeof read !== 'string') return read;
  throw new UsageError(`--accept is ${JSON.stringify(text)}; allowed: ${read}`);
}

/** Two sets that share no object are seldom what was meant. */
function strangers({ objects, unchanged }: ChangeReport): string[] {
  const hows = new Set(objects.map(({ change }) => change));
  const shareNone = unchanged === 0 && hows.size === 2 && !hows.has('changed');
  return shareNone
    ? ['no object is on both sides; for two environments use --ignore-namespace, or --rename FROM=TO']
    : [];
}

/** Acceptances that accept nothing are told: what they meant may have another name. */
function unused(acceptances: readonly Acceptance[], used: readonly string[]): string[] {
  return acceptances
    .filter(({ reason }) => !used.includes(reason))
    .map(({ id, object }) => `--accept ${id}:${object} accepts nothing: no such finding is there`);
}
