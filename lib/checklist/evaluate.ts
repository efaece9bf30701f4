import { type Finding, FindingSeverity, placeOf } from '../finding/finding';
import { parseSuppressions, SUPPRESSION_ANNOTATION, type Suppressions } from '../finding/suppression';
import { isCloudNativePg } from '../inventory/cloud-native-pg-names';
import { type Inventory, type KubernetesObject, POD_TEMPLATE_PATH } from '../inventory/inventory';
import { getPath, type Json, textsAt } from '../inventory/json';
import { allSegments, existingSegments, pathSegments, valueAt } from '../inventory/path';
import type { Edit, Splice } from '../inventory/reading/yaml-edits';
import { hasPlaceholder } from '../units/placeholder';
import { CATALOGUE, docsOf, GUIDE_LINES } from './catalogue';
import type { Problem, Rule } from './rule';

/** What became of a rule. */
export interface RuleOutcome {
  readonly rule: string;
  readonly title: string;
  /** Things that it looked at; with none it is not applicable, which is no pass. */
  readonly examined: number;
  readonly findings: number;
  readonly suppressed: number;
}

/** What became of a line of the guide's checklist. */
export interface GuideLineOutcome {
  readonly line: string;
  readonly verdict: 'holds' | 'broken' | 'nothing to look at';
  readonly rules: readonly string[];
}

export interface Report {
  /** In the order of the objects, then of the rules. */
  readonly findings: readonly Finding[];
  readonly rules: readonly RuleOutcome[];
  readonly guide: readonly GuideLineOutcome[];
  /** Objects that were looked at. */
  readonly objects: number;
  /** Files, or parts of them, that could not be read, with the line and why. */
  readonly unread: ReadonlyArray<{ readonly file: string; readonly line: number; readonly message: string }>;
  /** A line of a file as it was read; undefined where nothing was read from files. */
  readonly textOf?: (file: string, line: number) => string | undefined;
  /** What was read and not understood. */
  readonly notes: readonly string[];
  /** Open findings that one field mends. */
  readonly fixes: readonly Fix[];
}

/** What mends a finding. */
export interface Fix {
  readonly finding: Finding;
  /** As a change of the file that holds the object; undefined where it is not certain. */
  readonly change: () => Splice | undefined;
}

/** Kinds that some rule reads, or that need none. */
const KNOWN_KINDS: ReadonlySet<string> = new Set([
  ...[
    'ConfigMap',
    'CronJob',
    'DaemonSet',
    'Deployment',
    'HTTPRoute',
    'HorizontalPodAutoscaler',
    'Ingress',
    'Job',
  ],
  ...['Namespace', 'NetworkPolicy', 'PersistentVolumeClaim', 'Pod', 'PodDisruptionBudget', 'PodMonitor'],
  ...[
    'PrometheusRule',
    'ReplicaSet',
    'ScaledObject',
    'Secret',
    'Service',
    'ServiceAccount',
    'ServiceMonitor',
  ],
  ...[
    'RedisCluster',
    'RedisReplication',
    'RedisSentinel',
    'ResourceQuota',
    'StatefulSet',
    'TriggerAuthentication',
  ],
  ...['VerticalPodAutoscaler'],
]);

/** Kinds that rules read of one group; others have kinds of the same names. */
const OF_CLOUD_NATIVE_PG: ReadonlySet<string> = new Set(['Cluster', 'Pooler', 'ScheduledBackup']);

const isKnown = (object: KubernetesObject) =>
  KNOWN_KINDS.has(object.kind) || (OF_CLOUD_NATIVE_PG.has(object.kind) && isCloudNativePg(object.apiVersion));

/** Objects of no known kind, counted; kinds in alphabetical order. */
function unknownKinds({ objects }: Inventory): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const object of objects)
    if (!isKnown(object)) counts.set(object.kind, (counts.get(object.kind) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How bad what breaks a rule is: to whoever follows the guide, by default, or with every warning as an error. */
export const PROFILES = ['default', 'guide', 'strict'] as const;
export type Profile = (typeof PROFILES)[number];

function severityOf(
  rule: Rule,
  { severity: own, byDefault = rule.byDefault }: Pick<Problem, 'severity' | 'byDefault'>,
  profile: Profile,
): FindingSeverity {
  const given = profile === 'guide' ? rule.severity : (byDefault ?? rule.severity);
  const severity = own !== undefined && isLess(own, given) ? own : given;
  return profile === 'strict' && severity === FindingSeverity.WARNING ? FindingSeverity.ERROR : severity;
}

/** Whether what stands at the place of a problem, or is said of it, is filled in by somebody else later. */
function isUnknown({ manifest, name }: KubernetesObject, { path, measured }: Problem): boolean {
  if (hasPlaceholder(measured)) return true;
  if (hasPlaceholder(name) && path === 'metadata.name') return true;
  const segments = existingSegments(manifest, pathSegments(path));
  const value = valueAt(manifest, segments);
  // Files of a ConfigMap may hold anything.
  return typeof value === 'string' && segments[0] !== 'data' && hasPlaceholder(value);
}

export interface EvaluateOptions {
  /** @default guide */
  readonly profile?: Profile;
  /** How bad a rule is here; `off` where it is not asked, undefined where the profile says it. */
  readonly severityHere?: (rule: string) => FindingSeverity | 'off' | undefined;
  /** Why a finding is suppressed, by something else than an annotation; undefined where it is not. */
  readonly suppressedBy?: (finding: Finding) => string | undefined;
}

/** Runs every rule over an inventory. */
export function evaluate(
  inventory: Inventory,
  { profile = 'guide', severityHere = () => undefined, suppressedBy = () => undefined }: EvaluateOptions = {},
): Report {
  const known = new Set(CATALOGUE.map(({ id }) => id));
  const suppressions = new Map<object, Suppressions>();
  const place = new Map(inventory.objects.map((object, index) => [object as object, index] as const));
  for (const object of inventory.objects) {
    const own = parseSuppressions(suppressionTexts(object).join(';'), known);
    if (own.reasons.size > 0 || own.malformed.length > 0) suppressions.set(object, own);
  }
  const found: Array<{ readonly at: number; readonly finding: Finding }> = [];
  const fixes: Fix[] = [];
  const rules = CATALOGUE.filter(({ id }) => severityHere(id) !== 'off').map((one): RuleOutcome => {
    const examinations = one.examine(inventory);
    let [count, suppressed] = [0, 0];
    for (const { object, problems } of examinations) {
      const reason = suppressions.get(object)?.reasons.get(one.id);
      for (const { severity, byDefault, edit, ...problem } of problems) {
        if (isUnknown(object, problem)) continue;
        const here = severityHere(one.id);
        const finding: Finding = {
          rule: one.id,
          severity:
            here === undefined || here === 'off' ? severityOf(one, { severity, byDefault }, profile) : here,
          ...whereOf(object, problem.path),
          ...problem,
          docs: docsOf(one.id),
        };
        const why = reason ?? suppressedBy(finding);
        if (why === undefined) count += 1;
        else suppressed += 1;
        const told = { ...finding, suppressed: why };
        found.push({ at: place.get(object) ?? 0, finding: told });
        if (why === undefined && edit && object.source?.spliceOf)
          fixes.push({ finding: told, change: () => changeOf(object, edit.path ?? problem.path, edit) });
      }
    }
    return { rule: one.id, title: one.title, examined: examinations.length, findings: count, suppressed };
  });
  for (const [object, { malformed }] of suppressions) {
    const where = inventory.objects[place.get(object) ?? 0];
    for (const part of malformed) {
      found.push({
        at: place.get(object) ?? 0,
        finding: {
          rule: 'SUP-001',
          severity: FindingSeverity.ERROR,
          ...whereOf(where, SUPPRESSION_PATH),
          path: SUPPRESSION_PATH,
          measured: part,
          expected:
            'ID=reason, with the id of a rule and at least ten characters that say why; several are joined by ";"',
          fix: 'say why, or remove it',
          docs: docsOf('SUP-001'),
        },
      });
    }
  }
  found.sort((a, b) => a.at - b.at);
  const told = withoutRepeats(found.map(({ finding }) => finding));
  const isTold = new Set(told);
  return {
    findings: told,
    rules,
    guide: guideOf(rules),
    objects: inventory.objects.length,
    unread: [],
    fixes: fixes.filter(({ finding }) => isTold.has(finding)),
    notes: [
      ...(inventory.strays > 0
        ? [`${inventory.strays} documents without apiVersion or kind were not looked at`]
        : []),
      ...[...unknownKinds(inventory)].map(([kind, count]) => `${count} ${kind}: no rule reads this kind`),
    ],
  };
}

/** The rule that holds every field against the API, and those that say more of the same fault. */
const FIELD_RULE = 'COR-017';
const OF_FIELDS = /^(COR-|HPA-007|RES-006|REL-009|REL-011|REL-013|VPA-)/;

/** One fault, one finding. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const place = (finding: Finding) => `${placeOf(finding)} ${finding.file ?? ''} ${finding.path}`;
  const others = new Set(
    findings.filter(({ rule }) => rule !== FIELD_RULE && OF_FIELDS.test(rule)).map(place),
  );
  return findings.filter((finding) => finding.rule !== FIELD_RULE || !others.has(place(finding)));
}

/** What the object says, and the template of its pods, which is all that some charts let people write. */
function suppressionTexts({ kind, manifest }: KubernetesObject): string[] {
  const template = Object.hasOwn(POD_TEMPLATE_PATH, kind)
    ? getPath(manifest, POD_TEMPLATE_PATH[kind])
    : undefined;
  return [manifest, ...(template === manifest ? [] : [template])].flatMap(
    (owner) => textsAt(owner as Json, 'metadata', 'annotations')[SUPPRESSION_ANNOTATION] ?? [],
  );
}

const SUPPRESSION_PATH = `metadata.annotations["${SUPPRESSION_ANNOTATION}"]`;

/** The object of a finding, and where its path is written. */
function whereOf({ kind, name, namespace, manifest, source }: KubernetesObject, path: string) {
  return {
    kind,
    name,
    namespace,
    ...(source && {
      file: source.file,
      line: source.lineOf(existingSegments(manifest, pathSegments(path))),
    }),
  };
}

/** An edit as a change of the file that holds the object. */
function changeOf({ manifest, source }: KubernetesObject, path: string, edit: Edit) {
  return source?.spliceOf?.(allSegments(manifest, pathSegments(path)), edit);
}

function guideOf(outcomes: readonly RuleOutcome[]): GuideLineOutcome[] {
  const byId = new Map(outcomes.map((outcome) => [outcome.rule, outcome]));
  return GUIDE_LINES.map(({ line, rules }) => {
    const own = rules.flatMap((id) => byId.get(id) ?? []);
    const broken = own.some(({ findings }) => findings > 0);
    const looked = own.some(({ examined }) => examined > 0);
    return { line, rules, verdict: broken ? 'broken' : looked ? 'holds' : 'nothing to look at' };
  });
}

const ORDER = [FindingSeverity.INFO, FindingSeverity.WARNING, FindingSeverity.ERROR];

function isLess(one: FindingSeverity, other: FindingSeverity): boolean {
  return ORDER.indexOf(one) < ORDER.indexOf(other);
}

/** Findings that nothing suppresses, of a severity or worse. */
export function openFindings(report: Report, atLeast: FindingSeverity): readonly Finding[] {
  return report.findings.filter(
    ({ severity, suppressed }) => suppressed === undefined && !isLess(severity, atLeast),
  );
}
