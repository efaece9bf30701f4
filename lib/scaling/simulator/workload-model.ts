/**
 * A workload as the simulator models it: what one pod serves, what it uses while it does, how long it takes to start, and
 * how old the metrics are. Read from the HPA and the pod that it scales.
 */
import type { WorkloadObject } from '../../inventory/inventory';
import { type Json, numberAt, recordsAt } from '../../inventory/json';
import {
  type MeasuredResources,
  measuredResources,
  type PodResources,
  podResources,
} from '../../inventory/pod-resources';
import { DEFAULT_BEHAVIOR, type HpaMetric, type HpaSpec, readHpa } from '../hpa/hpa-spec';

/** What manifests do not say. Times in seconds. */
export interface ModelOptions {
  /** Requests per second that one pod serves with the CPU that it requests. */
  readonly capacityPerPod?: number;
  /** From the creation of a pod to its running containers. */
  readonly startSeconds?: number;
  /** From there until it is ready. */
  readonly readySeconds?: number;
  /** CPU of a pod that runs and is not ready, in percent of the request. */
  readonly startupCpuPercent?: number;
  /** Memory of a pod, in percent of the request; it does not follow the load. */
  readonly memoryPercent?: number;
  /** Age of the newest sample that the autoscaler sees. */
  readonly metricLagSeconds?: number;
  /** Time that a sample is the average of. */
  readonly metricWindowSeconds?: number;
  /** Replicas at the start. */
  readonly initialReplicas?: number;
  readonly nodes?: NodeOptions;
}

/** Nodes that are added when pods find no place. */
export interface NodeOptions {
  /** Pods that fit into the nodes that are there, beyond those that run at the start. */
  readonly sparePods: number;
  readonly podsPerNode: number;
  readonly provisionSeconds: number;
}

/**
 * Defaults of the model. CPU per request and times are guesses of a small web service; the metrics are those of
 * metrics-server, which measures every 15 s.
 */
export const MODEL_DEFAULTS = {
  /** CPU time of one request, in milliseconds: what `capacityPerPod` is made of when nobody says it. */
  cpuMillisPerRequest: 10,
  startSeconds: 5,
  readySeconds: 10,
  startupCpuPercent: 0,
  memoryPercent: 50,
  metricLagSeconds: 15,
  metricWindowSeconds: 15,
} as const;

/** Allowed ranges of the options. */
export const MODEL_BOUNDS = {
  capacityPerPod: [0.001, 1e9],
  startSeconds: [0, 3600],
  readySeconds: [0, 3600],
  startupCpuPercent: [0, 10_000],
  memoryPercent: [0, 10_000],
  metricLagSeconds: [0, 600],
  metricWindowSeconds: [1, 600],
  initialReplicas: [0, 100_000],
} as const satisfies Partial<Record<keyof ModelOptions, readonly [number, number]>>;

/** Allowed ranges of `nodes`. */
export const NODE_BOUNDS = {
  sparePods: [0, 1_000_000],
  podsPerNode: [1, 10_000],
  provisionSeconds: [0, 3600],
} as const satisfies Record<keyof NodeOptions, readonly [number, number]>;

/** A metric of the HPA and what it measures. */
export type ModelMetric =
  | {
      readonly kind: 'resource';
      readonly metric: Extract<HpaMetric, { type: 'Resource' }>;
      readonly amounts: MeasuredResources;
    }
  | { readonly kind: 'requests'; readonly metric: Exclude<HpaMetric, { type: 'Resource' }> }
  | { readonly kind: 'broken'; readonly metric: HpaMetric; readonly error: string };

export interface WorkloadModel {
  readonly spec: HpaSpec;
  readonly metrics: readonly ModelMetric[];
  readonly capacityPerPod: number;
  readonly startSeconds: number;
  readonly readySeconds: number;
  readonly startupCpuPercent: number;
  readonly memoryPercent: number;
  readonly metricLagSeconds: number;
  readonly metricWindowSeconds: number;
  readonly initialReplicas?: number;
  readonly nodes?: NodeOptions;
  /** What was assumed, and what will not work. */
  readonly notes: readonly string[];
}

/** The workload cannot be simulated; the message says what to give. */
export class ModelError extends Error {}

/** The model of an HPA and the spec of the pods that it scales; their resources where more is known than the spec says. */
export function modelOf(
  spec: HpaSpec,
  pod: Json,
  options: ModelOptions = {},
  resources = podResources(pod),
): WorkloadModel {
  const notes: string[] = [];
  const metrics = spec.metrics.map((metric): ModelMetric => {
    if (metric.type !== 'Resource') {
      notes.push(
        `${metric.type} metric ${metric.name} is taken to be ${metric.type === 'Pods' ? 'requests per second of a pod' : 'requests per second of the workload'}`,
      );
      return { kind: 'requests', metric };
    }
    const amounts = measuredResources(resources, metric.resource, metric.container);
    if (!('error' in amounts) && amounts.request > 0 && ['cpu', 'memory'].includes(metric.resource))
      return { kind: 'resource', metric, amounts };
    const error = 'error' in amounts ? amounts.error : `no metric of resource ${metric.resource}`;
    notes.push(`the autoscaler cannot compute ${metric.resource}: ${error}`);
    return { kind: 'broken', metric, error };
  });
  if (metrics.some(({ metric }) => metric.type === 'Resource' && metric.resource === 'memory'))
    notes.push(
      `memory stays at ${options.memoryPercent ?? MODEL_DEFAULTS.memoryPercent} % of the request, whatever the load`,
    );
  return {
    spec,
    metrics,
    capacityPerPod: options.capacityPerPod ?? guessCapacity(resources, notes),
    startSeconds: options.startSeconds ?? MODEL_DEFAULTS.startSeconds,
    readySeconds: options.readySeconds ?? Math.max(MODEL_DEFAULTS.readySeconds, slowestFirstCheck(pod)),
    startupCpuPercent: options.startupCpuPercent ?? MODEL_DEFAULTS.startupCpuPercent,
    memoryPercent: options.memoryPercent ?? MODEL_DEFAULTS.memoryPercent,
    metricLagSeconds: options.metricLagSeconds ?? MODEL_DEFAULTS.metricLagSeconds,
    metricWindowSeconds: options.metricWindowSeconds ?? MODEL_DEFAULTS.metricWindowSeconds,
    initialReplicas: options.initialReplicas,
    nodes: options.nodes,
    notes,
  };
}

function guessCapacity(resources: PodResources, notes: string[]): number {
  const cpu = measuredResources(resources, 'cpu');
  if ('error' in cpu || cpu.request <= 0)
    throw new ModelError(
      `capacityPerPod is not given, and cannot be guessed (${'error' in cpu ? cpu.error : 'a CPU request of 0'}); give the requests per second that one pod serves`,
    );
  const { cpuMillisPerRequest } = MODEL_DEFAULTS;
  const capacity = cpu.request / cpuMillisPerRequest;
  notes.push(
    `capacityPerPod ${capacity} is a guess: ${cpuMillisPerRequest} ms of CPU per request; measure yours`,
  );
  return capacity;
}

/** A pod is not ready before its first check. */
function slowestFirstCheck(pod: Json): number {
  const delays = recordsAt(pod, 'containers').flatMap((container) =>
    ['readinessProbe', 'startupProbe'].map((probe) => numberAt(container, probe, 'initialDelaySeconds') ?? 0),
  );
  return Math.min(3600, Math.max(0, ...delays.filter(Number.isFinite)));
}

/**
 * The model of a workload and what scales it; without an autoscaler, of the number of replicas that it writes. Throws
 * `UnreadableHpaError` and `ModelError`.
 */
export function modelOfWorkload(
  workload: WorkloadObject | undefined,
  autoscaler: unknown,
  options: ModelOptions,
): WorkloadModel {
  if (!workload) throw new ModelError('the workload that it scales is not there, or has no pod template');
  const spec = autoscaler === undefined ? fixedReplicas(workload) : readHpa(autoscaler);
  return modelOf(spec, workload.pod, options, workload.resources);
}

/** A spec that never moves. */
function fixedReplicas({ object }: WorkloadObject): HpaSpec {
  const replicas = numberAt(object.manifest, 'spec', 'replicas') ?? 1;
  return { minReplicas: replicas, maxReplicas: replicas, metrics: [], behavior: DEFAULT_BEHAVIOR };
}

/** Replicas at which no metric that follows the load is above its target, within the bounds. */
export function neededReplicas(
  { metrics, spec, capacityPerPod }: WorkloadModel,
  requestsPerSecond: number,
): number {
  const wanted = metrics.flatMap((one): number[] => {
    if (one.kind === 'broken') return [];
    const { target } = one.metric;
    if (one.kind === 'requests')
      return target.type === 'AverageValue' ? [(requestsPerSecond * 1000) / target.milli] : [];
    if (one.metric.resource !== 'cpu') return [];
    const pods = requestsPerSecond / capacityPerPod;
    if (target.type === 'Utilization') return [(pods * 100) / target.percent];
    return target.type === 'AverageValue' ? [(pods * one.amounts.request) / target.milli] : [];
  });
  const most = wanted.length > 0 ? Math.max(...wanted) : requestsPerSecond / capacityPerPod;
  // A little less than a whole number is that number: 0.7 × 10 is 7.000000000000001 elsewhere.
  const whole = Math.ceil(most - 1e-9);
  return Math.min(spec.maxReplicas, Math.max(spec.minReplicas, whole));
}
