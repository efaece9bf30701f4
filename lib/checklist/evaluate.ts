import { type Finding, FindingSeverity } from '../finding/finding';
import { parseSuppressions, SUPPRESSION_ANNOTATION, type Suppressions } from '../finding/suppression';
import { isCloudNativePg } from '../inventory/cloud-native-pg-names';
import type { Inventory, KubernetesObject } from '../inventory/inventory';
import { textsAt } from '../inventory/json';
import { CATALOGUE, docsOf, GUIDE_LINES } from './catalogue';

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
  /** What was read and not understood. */
  readonly notes: readonly string[];
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

/** Runs every rule over an inventory. */
export function evaluate(inventory: Inventory): Report {
  const known = new Set(CATALOGUE.map(({ id }) => id));
  const suppressions = new Map<object, Suppressions>();
  const place = new Map(inventory.objects.map((object, index) => [object as object, index] as const));
  for (const object of inventory.objects) {
    const text = textsAt(object.manifest, 'metadata', 'annotations')[SUPPRESSION_ANNOTATION];
    const own = parseSuppressions(text ?? '', known);
    if (own.reasons.size > 0 || own.malformed.length > 0) suppressions.set(object, own);
  }
  const found: Array<{ readonly at: number; readonly finding: Finding }> = [];
  const rules = CATALOGUE.map((one): RuleOutcome => {
    const examinations = one.examine(inventory);
    let [count, suppressed] = [0, 0];
    for (const { object, problems } of examinations) {
      const reason = suppressions.get(object)?.reasons.get(one.id);
      for (const problem of problems) {
        if (reason === undefined) count += 1;
        else suppressed += 1;
        found.push({
          at: place.get(object) ?? 0,
          finding: {
            rule: one.id,
            severity: one.severity,
            kind: object.kind,
            name: object.name,
            namespace: object.namespace,
            ...problem,
            docs: docsOf(one.id),
            suppressed: reason,
          },
        });
      }
    }
    return { rule: one.id, title: one.title, examined: examinations.length, findings: count, suppressed };
  });
  for (const [object, { malformed }] of suppressions) {
    const { kind, name, namespace } = inventory.objects[place.get(object) ?? 0];
    for (const part of malformed) {
      found.push({
        at: place.get(object) ?? 0,
        finding: {
          rule: 'SUP-001',
          severity: FindingSeverity.ERROR,
          kind,
          name,
          namespace,
          path: `metadata.annotations["${SUPPRESSION_ANNOTATION}"]`,
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
  return {
    findings: found.map(({ finding }) => finding),
    rules,
    guide: guideOf(rules),
    objects: inventory.objects.length,
    notes: [
      ...(inventory.strays > 0
        ? [`${inventory.strays} documents without apiVersion or kind were not looked at`]
        : []),
      ...[...unknownKinds(inventory)].map(([kind, count]) => `${count} ${kind}: no rule reads this kind`),
    ],
  };
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

/** Findings that nothing suppresses, of a severity or worse. */
export function openFindings(report: Report, atLeast: FindingSeverity): readonly Finding[] {
  const order = [FindingSeverity.INFO, FindingSeverity.WARNING, FindingSeverity.ERROR];
  return report.findings.filter(
    ({ severity, suppressed }) =>
      suppressed === undefined && order.indexOf(severity) >= order.indexOf(atLeast),
  );
}
