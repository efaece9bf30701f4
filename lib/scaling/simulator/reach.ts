/** Whether a policy can ever reach its bounds, and how long that takes. */
import { type HpaSpec } from '../hpa/hpa-spec';
import { HpaHistory, reconcile, SYNC_SECONDS } from '../hpa/reconcile';
import {
  averageOfWholeReplicas,
  averageValueReplicas,
  type Proposal,
  tolerancesOf,
  utilizationReplicas,
} from '../hpa/replica-calculator';
import type { ModelMetric, WorkloadModel } from './workload-model';

/** What takes longer than this never happens: a week. */
const NEVER_SECONDS = 7 * 86_400;

/** Seconds until the replicas are where the metrics ask for them to be; undefined when they never are. */
function secondsUntil(
  spec: HpaSpec,
  from: number,
  goal: number,
  ask: (replicas: number) => readonly Proposal[],
): number | undefined {
  const history = new HpaHistory();
  let replicas = from;
  // The metrics have asked for what is there, up to now.
  reconcile(spec, history, { now: 0, currentReplicas: from, proposals: [{ replicas: from }] });
  let changedAt = 0;
  const patience = longestPatience(spec);
  for (let now = SYNC_SECONDS; replicas !== goal; now += SYNC_SECONDS) {
    const next = reconcile(spec, history, {
      now,
      currentReplicas: replicas,
      proposals: ask(replicas),
    }).replicas;
    if (next !== replicas) changedAt = now;
    replicas = next;
    if (replicas === goal) return now;
    if (now - changedAt > patience || now > NEVER_SECONDS) return undefined;
  }
  return 0;
}

/** What is quiet for longer than every window and period stays as it is. */
function longestPatience({ behavior }: HpaSpec): number {
  const rules = behavior ? [behavior.scaleUp, behavior.scaleDown] : [];
  const windows = rules.map(({ stabilizationWindowSeconds }) => stabilizationWindowSeconds ?? 300);
  const periods = rules.flatMap(({ policies }) => policies.map(({ periodSeconds }) => periodSeconds));
  return Math.max(300, ...windows, ...periods) + 2 * SYNC_SECONDS;
}

/** Seconds from one number of replicas up to another when the metrics ask for nothing less. */
export function secondsToScaleUp(spec: HpaSpec, from: number, to: number): number | undefined {
  return secondsUntil(spec, from, to, () => [{ replicas: to }]);
}

/** Seconds from the most replicas down to the fewest when there is no load any more. */
export function secondsToDrain(spec: HpaSpec): number | undefined {
  const { minReplicas, maxReplicas } = spec;
  return secondsUntil(spec, maxReplicas, minReplicas, () => [{ replicas: minReplicas }]);
}

/**
 * Whether the most replicas are ever reached when every pod is as busy as its limits let it be. A utilisation target that
 * the limit keeps out of reach, a metric that cannot be computed and a disabled scale-up all mean that they are not.
 */
export function reachesMax(model: WorkloadModel): boolean {
  const { spec, metrics } = model;
  const from = Math.max(spec.minReplicas, 1);
  const tolerances = tolerancesOf(spec.behavior);
  const ask = (currentReplicas: number) =>
    metrics.map((metric) => saturated(metric, currentReplicas, spec.maxReplicas, model, tolerances));
  return from >= spec.maxReplicas || secondsUntil(spec, from, spec.maxReplicas, ask) !== undefined;
}

/** What a metric asks for when all pods are at their limits. */
function saturated(
  metric: ModelMetric,
  currentReplicas: number,
  maxReplicas: number,
  { memoryPercent }: WorkloadModel,
  tolerances: ReturnType<typeof tolerancesOf>,
): Proposal {
  if (metric.kind === 'broken') return { error: metric.error };
  // Nothing caps the number of requests.
  const all = { replicas: maxReplicas };
  if (metric.kind === 'requests') return all;
  const { request, limit } = metric.amounts;
  const { target } = metric.metric;
  const isMemory = metric.metric.resource === 'memory';
  if (!isMemory && limit === undefined) return all;
  const usage = isMemory
    ? Math.round(Math.min(limit ?? Infinity, (request * memoryPercent) / 100))
    : (limit ?? request);
  const groups = {
    podCount: currentReplicas,
    ready: {
      count: currentReplicas,
      usage: usage * currentReplicas,
      requests: request * currentReplicas,
    },
    unready: { count: 0, requests: 0 },
    missingRequests: [],
    superfluous: { count: 0, usage: 0 },
  };
  if (target.type === 'Utilization')
    return utilizationReplicas(groups, { currentReplicas, target: target.percent, tolerances });
  if (target.type === 'AverageValue')
    return averageValueReplicas(groups, { currentReplicas, target: target.milli, tolerances });
  return averageOfWholeReplicas({ currentReplicas, usage, target: target.milli, tolerances });
}
