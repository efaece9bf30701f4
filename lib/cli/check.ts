import { existsSync, readFileSync } from 'fs';
import { knownBy, parseBaseline, printBaseline } from '../checklist/baseline';
import { evaluate, openFindings, type Profile, PROFILES, type Report } from '../checklist/evaluate';
import { type Finding, FindingSeverity } from '../finding/finding';
import { Inventory } from '../inventory/inventory';
import { CHECK_FORMATS, type CheckFormat } from '../report/check-formats';
import {
  type CheckConfig,
  CONFIG_FILE,
  isIgnored,
  NO_CONFIG,
  parseCheckConfig,
  parseKubernetesMinor,
  parseRuleFlag,
  reasonOf,
  settingOf,
} from './check-config';
import { type CommandOutput, EXIT, oneOf, parseArguments, UsageError } from './command';
import { readManifests } from './manifest-files';
import { diffOf, mended, type Texts } from './mend';

export const CHECK_USAGE = `Usage: cdk8s-tuned check PATH… [OPTION…]

Checks Kubernetes manifests, whoever wrote them. The manifests of one environment belong together:
check them in one call, and each environment in its own.

  PATH                   a YAML or JSON file, a directory, or - for standard input
  --profile PROFILE      how bad what breaks a rule is: default (an error is what breaks today, by
                         arithmetic or by the API server's word), guide (what its ten lines ask for
                         is an error too), or strict (warnings are errors)
  --kubernetes VERSION   the cluster that is meant, such as 1.31
  --rule RULE=SEVERITY   error, warning, info or off, for an id (HPA-001), a family (CAC) or a pattern
  --ignore PATTERN       files that are not read, such as "vendor/**"
  --fix                  mends what is one field and certain, such as a misspelt one or quotes that are
                         missing: shows what changes in the files, and writes them
  --diff                 shows what --fix would change, and writes nothing
  --render               charts and kustomizations are rendered first, by helm and kustomize or kubectl
  --baseline FILE        findings in it are known: only new ones count
  --write-baseline FILE  writes what is found now to such a file
  --config FILE          ${CONFIG_FILE} is read where it is there; flags count before it
  --format FORMAT        text (default), json, sarif, github, gitlab, junit or markdown
  --fail-on SEVERITY     error (default), warning, info or never

Exits with 0 when nothing of that severity or worse is open, 1 when something is, 2 when a
manifest cannot be read, of which the others are checked, or there are none.
`;

const OPTIONS = {
  profile: { type: 'string' },
  kubernetes: { type: 'string' },
  rule: { type: 'string', multiple: true },
  ignore: { type: 'string', multiple: true },
  fix: { type: 'boolean' },
  diff: { type: 'boolean' },
  render: { type: 'boolean' },
  baseline: { type: 'string' },
  'write-baseline': { type: 'string' },
  config: { type: 'string' },
  format: { type: 'string' },
  'fail-on': { type: 'string' },
} as const;

/** Runs `check` with its arguments. */
export function check(args: readonly string[], readInput: () => string): CommandOutput {
  const { values, positionals } = parseArguments(args, OPTIONS);
  if (values.help === true) return { text: CHECK_USAGE, exitCode: EXIT.holds };
  const format = oneOf('--format', values.format ?? 'text', Object.keys(CHECK_FORMATS)) as CheckFormat;
  const written = configOf(values.config);
  const config: CheckConfig = {
    ...written,
    rules: [...written.rules, ...(values.rule ?? []).map(parseRuleFlag)],
    ignore: [...written.ignore, ...(values.ignore ?? [])],
  };
  const severities: readonly string[] = Object.values(FindingSeverity);
  const failOn = oneOf('--fail-on', values['fail-on'] ?? config.failOn ?? FindingSeverity.ERROR, [
    ...severities,
    'never',
  ]);
  const profile = oneOf('--profile', values.profile ?? config.profile ?? 'default', PROFILES) as Profile;
  const version = values.kubernetes ?? config.kubernetes;
  if (positionals.length === 0) throw new UsageError(`which manifests?\n\n${CHECK_USAGE}`);

  const input = once(readInput);
  // What is written anew knows all of it, also what was known.
  const target = values['write-baseline'];
  const knownIn = baselineOf(target === undefined ? (values.baseline ?? config.baseline) : undefined);
  const kubernetesMinor = version === undefined ? undefined : parseKubernetesMinor('--kubernetes', version);
  const look = (edited?: Texts): Look => {
    const { documents, isPartial, texts, ...read } = readManifests(positionals, input, {
      isIgnored: (file) => isIgnored(config, file),
      render: values.render,
      texts: edited,
    });
    const found = evaluate(Inventory.ofSourced(documents, { isPartial, kubernetesMinor }), {
      profile,
      severityHere: (rule) => settingOf(config, rule),
      suppressedBy: (finding) => reasonOf(config, finding) ?? knownIn(finding),
    });
    if (found.objects === 0 && read.unread.length === 0)
      throw new UsageError([`no Kubernetes object in ${positionals.join(', ')}`, ...read.notes].join('\n'));
    return { report: { ...found, ...read, notes: [...read.notes, ...found.notes] }, texts };
  };
  const first = look();
  const isFixing = values.fix === true || values.diff === true;
  const { report, edited } = isFixing ? mendAll(first, look) : { report: first.report, edited: NO_TEXTS };
  const diff = isFixing ? diffOf(first.texts, edited) : '';
  if (values.diff === true) return { text: diff, exitCode: edited.size > 0 ? EXIT.broken : EXIT.holds };
  if (target !== undefined) {
    const open = openFindings(report, FindingSeverity.INFO);
    return {
      text: `${open.length} findings are known from now on: cdk8s-tuned check ${positionals.join(' ')} --baseline ${target}\n`,
      exitCode: EXIT.holds,
      files: new Map([[target, printBaseline(open)]]),
    };
  }
  const broken = failOn !== 'never' && openFindings(report, failOn as FindingSeverity).length > 0;
  const exitCode = report.unread.length > 0 ? EXIT.unusable : broken ? EXIT.broken : EXIT.holds;
  const shown = CHECK_FORMATS[format](report);
  return { text: format === 'text' && diff !== '' ? `${diff}\n${shown}` : shown, exitCode, files: edited };
}

const NO_TEXTS: Texts = new Map();

/** Manifests as they were read, and what is to be said of them. */
interface Look {
  readonly report: Report;
  readonly texts: Texts;
}

/** Rounds in which what comes to light by a change is mended too: a name that was misspelt, and then what stands below it. */
const ROUNDS = 5;

/** Mends what is certain until there is no more, and looks at what became of it. */
function mendAll(first: Look, look: (edited: Texts) => Look): { report: Report; edited: Texts } {
  let [at, edited] = [first, NO_TEXTS];
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = mended(at.report, at.texts);
    if (next.size === 0) break;
    edited = new Map([...edited, ...next]);
    at = look(edited);
  }
  return { report: at.report, edited };
}

/** Standard input can be read once. */
function once(read: () => string): () => string {
  let text: string | undefined;
  return () => (text ??= read());
}

function configOf(file: string | undefined): CheckConfig {
  if (file === undefined && !existsSync(CONFIG_FILE)) return NO_CONFIG;
  const path = file ?? CONFIG_FILE;
  return parseCheckConfig(path, readText(path));
}

/** Says why a finding does not count: it is in the baseline. */
function baselineOf(file: string | undefined): (finding: Finding) => string | undefined {
  if (file === undefined) return () => undefined;
  const baseline = parseBaseline(readText(file));
  if (!baseline) throw new UsageError(`${file} is no baseline; --write-baseline writes one`);
  const isKnown = knownBy(baseline);
  return (finding) => (isKnown(finding) ? `known: ${file}` : undefined);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
