/** One reconcile as horizontal_test.go sets it up: an autoscaler, its pods and their metrics: see upstream-tables.ts. */
import { type HpaMetric, readHpa } from '../../../lib/scaling/hpa/hpa-spec';
import {
  HpaHistory,
  reconcile,
  type ReconcileReason,
  type Reconciliation,
} from '../../../lib/scaling/hpa/reconcile';
import {
  averageOfWholeReplicas,
  averageValueReplicas,
  type Proposal,
  type Tolerances,
  tolerancesOf,
  utilizationReplicas,
  valueReplicas,
} from '../../../lib/scaling/hpa/replica-calculator';
import { groupsOf, NOW, type PodTable, readyPodsOf, RUNNING_CLOCK } from './upstream-tables';

export interface Scenario {
  /** `minReplicas` and `maxReplicas`. */
  readonly bounds: readonly [least: number, most: number];
  /** `spec.replicas` of the target, which has as many pods unless something else says more. */
  readonly replicas: number;
  /** `status.replicas` of the target, when they differ. */
  readonly existing?: number;
  /** Pods by letters (upstream-tables.ts); all ready when undefined. */
  readonly pods?: string;
  /** Thousandths that each pod requests; 1000 when undefined. Where there are some, there are as many pods. */
  readonly requests?: readonly number[];
  /** Thousandths of each metric: by pod, of the object, or to be added up. */
  readonly levels: readonly number[];
  /** Target of the metric of CPU, in percent. */
  readonly cpu?: number;
  /** Further metrics of the spec. */
  readonly metrics?: readonly object[];
  /** Why one more metric cannot tell. */
  readonly failing?: string;
  readonly behavior?: object;
  /** What the controller remembers; nothing when undefined, and it has never seen the autoscaler. */
  readonly recommendations?: ReadonlyArray<readonly [replicas: number, secondsAgo: number]>;
}

/** A case: its name, what there is, and what is decided. */
export type Row = readonly [name: string, scenario: Scenario, replicas: number, reason?: ReconcileReason];

/** Rows with the reason that they leave out. */
export function decisions(...rows: readonly Row[]) {
  return rows.map(
    ([name, scenario, replicas, reason = 'DesiredWithinRange']) =>
      [name, scenario, { replicas, reason }] as const,
  );
}

/** What the controller decides, and what the first metric measures. */
export function reconcileOnce(scenario: Scenario): Reconciliation & { readonly measured?: number } {
  const { bounds, replicas, cpu, metrics = [], behavior, failing } = scenario;
  const utilization = { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } };
  const spec = readHpa({
    spec: {
      minReplicas: bounds[0],
      maxReplicas: bounds[1],
      metrics: [...(cpu === undefined ? [] : [{ type: 'Resource', resource: utilization }]), ...metrics],
      behavior,
    },
  });
  const asked = cpu === undefined && metrics.length === 0 && failing !== undefined ? [] : spec.metrics;
  const tolerances = tolerancesOf(spec.behavior);
  const proposals = asked.map((metric) => propose(metric, scenario, tolerances));
  if (failing !== undefined) proposals.push({ error: failing });
  const outcome = reconcile(spec, historyOf(scenario), { now: NOW, currentReplicas: replicas, proposals });
  const [first] = proposals;
  return { ...outcome, measured: first && 'replicas' in first ? first.measured : undefined };
}

function historyOf({ replicas, recommendations }: Scenario): HpaHistory {
  const history = new HpaHistory();
  // Having seen the autoscaler without remembering anything is remembering what no window reads.
  const list = recommendations?.length === 0 ? [[replicas, NOW] as const] : (recommendations ?? []);
  for (const [recommended, ago] of list)
    history.recommendations.push({ replicas: recommended, at: NOW - ago });
  return history;
}

function propose(metric: HpaMetric, scenario: Scenario, tolerances: Tolerances): Proposal {
  const { replicas, existing = replicas, requests, levels } = scenario;
  const pods = scenario.pods ?? 'R'.repeat(requests?.length ?? existing);
  const { type, target } = metric;
  const aim = { currentReplicas: replicas, tolerances };
  if (type === 'Resource') {
    // Requests and usage are halved between two containers.
    const table = {
      pods,
      requests: (requests ?? [...pods].map(() => 1000)).map(half),
      levels: levels.map(half),
      container: metric.container as PodTable['container'],
    };
    if (target.type !== 'Utilization') throw new Error('no case there has another target of a resource');
    const groups = groupsOf(table, metric.resource === 'cpu', RUNNING_CLOCK);
    return utilizationReplicas(groups, { ...aim, target: target.percent });
  }
  if (target.type === 'Utilization') throw new Error('a utilisation of no resource');
  if (type === 'Pods') {
    const table = { pods, levels: levels.map((level) => [level, 0]) };
    return averageValueReplicas(groupsOf(table, false, RUNNING_CLOCK), { ...aim, target: target.milli });
  }
  const usage = type === 'Object' ? levels[0] : levels.reduce((sum, level) => sum + level, 0);
  return target.type === 'Value'
    ? valueReplicas({ ...aim, usage, target: target.milli }, readyPodsOf(pods))
    : averageOfWholeReplicas({ ...aim, usage, target: target.milli, currentReplicas: existing });
}

const half = (milli: number) => Math.floor(milli / 2);

const metric = { name: 'qps' };
const describedObject = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'some-deployment' };

export const podsAverage = (averageValue: string) => ({
  type: 'Pods',
  pods: { metric, target: { type: 'AverageValue', averageValue } },
});
export const objectValue = (value: string) => ({
  type: 'Object',
  object: { metric, describedObject, target: { type: 'Value', value } },
});
export const objectAverage = (averageValue: string) => ({
  type: 'Object',
  object: { metric, describedObject, target: { type: 'AverageValue', averageValue } },
});
export const externalValue = (value: string) => ({
  type: 'External',
  external: { metric, target: { type: 'Value', value } },
});
export const externalAverage = (averageValue: string) => ({
  type: 'External',
  external: { metric, target: { type: 'AverageValue', averageValue } },
});
export const containerCpu = (container: string, averageUtilization: number) => ({
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container, target: { type: 'Utilization', averageUtilization } },
});
