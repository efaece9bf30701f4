/** What a repository says once of its checks: `cdk8s-tuned.yaml`. Flags of the command say the same. */
import picomatch from 'picomatch';
import { parseDocument } from 'yaml';
import { CATALOGUE } from '../checklist/catalogue';
import { PROFILES } from '../checklist/evaluate';
import { type Finding, FindingSeverity } from '../finding/finding';
import { reasonRule } from '../finding/suppression';
import { NEWEST_MINOR } from '../inventory/api/api-definitions';
import { isRecord, type Json } from '../inventory/json';
import { display } from '../units/text';
import { UsageError } from './command';

export type RuleSetting = FindingSeverity | 'off';

/** Findings that are excused together, and why. */
export interface Suppression {
  readonly rules: readonly string[];
  readonly files: readonly string[];
  readonly objects: readonly string[];
  readonly reason: string;
}

export interface CheckConfig {
  readonly profile?: string;
  readonly failOn?: string;
  readonly kubernetes?: string;
  readonly baseline?: string;
  /** By id (`HPA-001`), family (`CAC`) or pattern (`CAC-04*`); a later one counts before an earlier. */
  readonly rules: ReadonlyArray<readonly [pattern: string, setting: RuleSetting]>;
  /** Patterns of files that are not read. */
  readonly ignore: readonly string[];
  readonly suppress: readonly Suppression[];
}

export const NO_CONFIG: CheckConfig = { rules: [], ignore: [], suppress: [] };

/** Name of the file that is read without being asked for. */
export const CONFIG_FILE = 'cdk8s-tuned.yaml';

const SETTINGS: readonly string[] = [...Object.values(FindingSeverity), 'off'];
const KEYS = ['profile', 'failOn', 'kubernetes', 'baseline', 'rules', 'ignore', 'suppress'];

/** Reads the file; everything that is wrong with it is told at once. */
export function parseCheckConfig(file: string, written: string): CheckConfig {
  const document = parseDocument(written);
  const [syntax] = document.errors;
  if (syntax) throw new UsageError(`${file}: ${syntax.message}`);
  const value: unknown = document.toJS() ?? {};
  const problems: string[] = [];
  const fail = (key: string, given: unknown, allowed: string) => {
    problems.push(`${file}: ${key} is ${display(given)}; ${allowed}`);
  };
  if (!isRecord(value)) throw new UsageError(`${file}: allowed: a map with ${KEYS.join(', ')}`);
  for (const key of Object.keys(value))
    if (!KEYS.includes(key)) fail('a key', key, `allowed: ${KEYS.join(', ')}`);

  const word = (key: string, allowed: readonly string[]): string | undefined => {
    const given = value[key];
    if (given === undefined || (typeof given === 'string' && allowed.includes(given))) return given;
    fail(key, given, `allowed: ${allowed.join(', ')}`);
    return undefined;
  };
  const text = (key: string): string | undefined => {
    const given = value[key];
    if (given === undefined || typeof given === 'string') return given;
    fail(key, given, 'allowed: a text; put it in quotes');
    return undefined;
  };
  const words = (key: string, given: unknown): string[] => {
    const list = given === undefined ? [] : Array.isArray(given) ? (given as unknown[]) : [given];
    if (list.every((one) => typeof one === 'string')) return list;
    fail(key, given, 'allowed: a text, or a list of texts');
    return [];
  };
  const known = (key: string, patterns: readonly string[]) => {
    for (const pattern of patterns)
      if (!CATALOGUE.some(({ id }) => matchesRule(pattern, id)))
        fail(
          key,
          pattern,
          'no rule has this id; allowed: an id (HPA-001), a family (HPA) or a pattern (CAC-04*)',
        );
    return patterns;
  };

  const rules = isRecord(value.rules) ? Object.entries(value.rules) : [];
  if (value.rules !== undefined && !isRecord(value.rules))
    fail('rules', value.rules, 'allowed: a map of rules');
  known(
    'rules',
    rules.map(([pattern]) => pattern),
  );
  for (const [pattern, setting] of rules)
    // YAML 1.1 is not asked here: `off` is a text.
    if (!SETTINGS.includes(String(setting)))
      fail(`rules.${pattern}`, setting, `allowed: ${SETTINGS.join(', ')}`);

  const given = value.suppress === undefined ? [] : value.suppress;
  if (!Array.isArray(given)) fail('suppress', given, 'allowed: a list');
  const suppress = (Array.isArray(given) ? given : []).map((one: unknown, index): Suppression => {
    const at = `suppress[${index}]`;
    const entry: Json = isRecord(one) ? one : {};
    const reason = typeof entry.reason === 'string' ? entry.reason : '';
    const lacking = reasonRule(reason);
    if (lacking !== undefined) fail(`${at}.reason`, entry.reason, `allowed: ${lacking}`);
    const ids = known(`${at}.rule`, words(`${at}.rule`, entry.rule));
    if (ids.length === 0) fail(`${at}.rule`, entry.rule, 'allowed: the rules that are suppressed');
    return {
      rules: ids,
      files: words(`${at}.file`, entry.file),
      objects: words(`${at}.object`, entry.object),
      reason,
    };
  });

  const config: CheckConfig = {
    profile: word('profile', PROFILES),
    failOn: word('failOn', [...Object.values(FindingSeverity), 'never']),
    kubernetes: text('kubernetes'),
    baseline: text('baseline'),
    rules: rules.map(([pattern, setting]) => [pattern, String(setting) as RuleSetting] as const),
    ignore: words('ignore', value.ignore),
    suppress,
  };
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return config;
}

/** Minor of a version such as `1.31` or `v1.31.4`. */
export function parseKubernetesMinor(option: string, version: string): number {
  const [, minor] = /^v?1\.(\d{2})(?:\.\d+)?$/.exec(version) ?? [];
  if (minor === undefined)
    throw new UsageError(
      `${option} is ${JSON.stringify(version)}; allowed: a version such as "1.31" (in quotes in YAML); 1.${NEWEST_MINOR} is the newest that is known`,
    );
  return Number(minor);
}

/** `HPA-001=off` as a flag says it. */
export function parseRuleFlag(text: string): readonly [string, RuleSetting] {
  const [, pattern, setting] = /^([^=]+)=(\w+)$/.exec(text) ?? [];
  if (
    pattern === undefined ||
    !SETTINGS.includes(setting) ||
    !CATALOGUE.some(({ id }) => matchesRule(pattern, id))
  )
    throw new UsageError(
      `--rule is ${JSON.stringify(text)}; allowed: an id, a family or a pattern, and one of ${SETTINGS.join(', ')}, such as HPA-001=off or CAC=info`,
    );
  return [pattern, setting as RuleSetting];
}

/** Whether an id is meant by itself, by its family or by a pattern. */
function matchesRule(pattern: string, id: string): boolean {
  return pattern === id || id.startsWith(`${pattern}-`) || picomatch.isMatch(id, pattern);
}

/** How bad a rule is by a configuration; undefined where it says nothing of it. */
export function settingOf({ rules }: CheckConfig, id: string): RuleSetting | undefined {
  return rules.filter(([pattern]) => matchesRule(pattern, id)).at(-1)?.[1];
}

/** Whether a file is not to be read. Patterns are relative to where the command runs; those without `/` fit anywhere. */
export function isIgnored({ ignore }: CheckConfig, file: string): boolean {
  return ignore.some((pattern) => matchesFile(pattern, file));
}

function matchesFile(pattern: string, file: string): boolean {
  const path = file.replace(/^\.\//, '');
  const whole = pattern.includes('/') ? pattern.replace(/^\.\//, '') : `**/${pattern}`;
  return picomatch.isMatch(path, [whole, `${whole.replace(/\/$/, '')}/**`], { dot: true });
}

/** Why a configuration suppresses a finding; undefined where it does not. */
export function reasonOf({ suppress }: CheckConfig, finding: Finding): string | undefined {
  const { kind, name, namespace, file, rule } = finding;
  const titles = [`${kind}/${name}`, `${kind}/${namespace ?? ''}/${name}`];
  return suppress.find(
    ({ rules, files, objects }) =>
      rules.some((pattern) => matchesRule(pattern, rule)) &&
      (files.length === 0 || (file !== undefined && files.some((pattern) => matchesFile(pattern, file)))) &&
      (objects.length === 0 ||
        objects.some(
          (pattern) => picomatch.isMatch(titles[0], pattern) || picomatch.isMatch(titles[1], pattern),
        )),
  )?.reason;
}
