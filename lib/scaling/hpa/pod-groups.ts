/**
 * The pods of a workload as the HPA controller sorts them before it divides.
 *
 * Source: kubernetes/kubernetes, pkg/controller/podautoscaler/replica_calculator.go, `groupPods`. All times are seconds on
 * one clock; amounts are thousandths of the resource's unit.
 */

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** What the controller knows of a pod. */
export interface PodState {
  readonly name: string;
  readonly phase: PodPhase;
  /** Whether `metadata.deletionTimestamp` is set. */
  readonly deleting?: boolean;
  readonly startTime?: number;
  /** The condition `Ready`; undefined while the pod has none. */
  readonly ready?: { readonly status: 'True' | 'False' | 'Unknown'; readonly lastTransition: number };
  /** Request of the measured resource; undefined when a measured container has none. */
  readonly request?: number;
}

/** A measurement of one pod: the average over `window` that ended at `timestamp`. */
export interface MetricSample {
  readonly value: number;
  readonly timestamp: number;
  readonly window: number;
}

/** Flags of kube-controller-manager that decide when a starting pod counts. */
export interface ReadinessFlags {
  /** `--horizontal-pod-autoscaler-cpu-initialization-period`. */
  readonly cpuInitializationSeconds: number;
  /** `--horizontal-pod-autoscaler-initial-readiness-delay`. */
  readonly initialReadinessDelaySeconds: number;
}

/** The defaults of the flags. */
export const READINESS_FLAGS: ReadinessFlags = {
  cpuInitializationSeconds: 300,
  initialReadinessDelaySeconds: 30,
};

export type PodGroup = 'ignored' | 'unready' | 'missing' | 'ready';

/** What grouping needs beside the pods. */
export interface GroupingContext {
  /** Only CPU looks at readiness: a starting pod burns CPU that is no load. */
  readonly isCpu: boolean;
  readonly now: number;
  readonly flags?: ReadinessFlags;
}

/** Which group a pod is in. */
export function groupOf(
  pod: Omit<PodState, 'name'>,
  sample: Omit<MetricSample, 'value'> | undefined,
  { isCpu, now, flags = READINESS_FLAGS }: GroupingContext,
): PodGroup {
  if (pod.deleting === true || pod.phase === 'Failed') return 'ignored';
  if (pod.phase === 'Pending') return 'unready';
  if (sample === undefined) return 'missing';
  return isCpu && !cpuCounts(pod, sample, now, flags) ? 'unready' : 'ready';
}

function cpuCounts(
  { ready, startTime }: Omit<PodState, 'name'>,
  sample: Omit<MetricSample, 'value'>,
  now: number,
  flags: ReadinessFlags,
): boolean {
  if (ready === undefined || startTime === undefined) return false;
  // Still initializing: the sample must lie wholly after the pod became ready.
  if (startTime + flags.cpuInitializationSeconds > now)
    return ready.status !== 'False' && sample.timestamp >= ready.lastTransition + sample.window;
  // Later: only a pod that never was ready does not count.
  return !(ready.status === 'False' && startTime + flags.initialReadinessDelaySeconds > ready.lastTransition);
}

/** The sums that the replica calculator works on. */
export interface PodGroups {
  /** Pods that the selector finds, whatever group they are in. */
  readonly podCount: number;
  /** Pods that count fully: their number, usage and requests. */
  readonly ready: { readonly count: number; readonly usage: number; readonly requests: number };
  /** Pods that are starting. */
  readonly unready: { readonly count: number; readonly requests: number };
  /** Requests of the pods that run and have no sample. */
  readonly missingRequests: readonly number[];
  /** Samples of pods that are not there: they take part in averages, not in utilisation. */
  readonly superfluous: { readonly count: number; readonly usage: number };
  /** Name of a pod without the request, which makes utilisation unknown; ignored for other targets. */
  readonly withoutRequest?: string;
}

/** Sorts pods by their samples, which are found by the name of the pod. */
export function groupPods(
  pods: readonly PodState[],
  samples: ReadonlyMap<string, MetricSample>,
  context: GroupingContext,
): PodGroups {
  const ready = { count: 0, usage: 0, requests: 0 };
  const unready = { count: 0, requests: 0 };
  const superfluous = { count: 0, usage: 0 };
  const missingRequests: number[] = [];
  for (const pod of pods) {
    const sample = samples.get(pod.name);
    const request = pod.request ?? 0;
    const group = groupOf(pod, sample, context);
    if (group === 'missing') missingRequests.push(request);
    if (group === 'unready') {
      unready.count += 1;
      unready.requests += request;
    }
    if (group === 'ready' && sample) {
      ready.count += 1;
      ready.usage += sample.value;
      ready.requests += request;
    }
  }
  const known = new Set(pods.map(({ name }) => name));
  for (const [name, { value }] of samples) {
    if (known.has(name)) continue;
    superfluous.count += 1;
    superfluous.usage += value;
  }
  const withoutRequest = pods.find(({ request }) => request === undefined)?.name;
  return { podCount: pods.length, ready, unready, missingRequests, superfluous, withoutRequest };
}
