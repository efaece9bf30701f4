/** Pods of rollouts and shares, counted as the controllers of Kubernetes count them. */
import type { WorkloadObject } from './inventory';
import { get } from './json';

/** Pods of a share such as `25%` or a number; `up` says how the controller rounds. */
export function podsOfShare(value: unknown, replicas: number, up: boolean): number | undefined {
  if (typeof value === 'number') return value;
  const [, percent] = /^(\d+)%$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (percent === undefined) return undefined;
  return up ? surgePods(replicas, Number(percent)) : Math.floor((replicas * Number(percent)) / 100);
}

/**
 * Pods that a rolling update adds at most, rounded up as the Deployment controller does (kubernetes/kubernetes
 * pkg/controller/deployment/util, ResolveFenceposts).
 */
export function surgePods(replicas: number, surgePercent: number): number {
  return Math.ceil((replicas * surgePercent) / 100);
}

/** Pods that the strategy of a Deployment adds to a number of replicas while it rolls out. */
export function surgeBy(strategy: unknown, replicas: number): number {
  if (get(strategy, 'type') === 'Recreate') return 0;
  return podsOfShare(get(strategy, 'rollingUpdate', 'maxSurge') ?? '25%', replicas, true) ?? 0;
}

/** Pods that a rolling update of a workload adds to a number of replicas. */
export const surgeOf = ({ object }: WorkloadObject, replicas: number) =>
  object.kind === 'Deployment' ? surgeBy(get(object.manifest, 'spec', 'strategy'), replicas) : 0;

/** Pods that a workload can have at once: its most replicas, and what a rolling update adds to them. */
export function mostPods(workload: WorkloadObject): number {
  return workload.maxReplicas + surgeOf(workload, workload.maxReplicas);
}

/** Most replicas, up to a number, that with their surge are no more than some pods. */
export function mostWithin(pods: number, most: number, surge: (replicas: number) => number): number {
  let replicas = Math.max(0, Math.min(pods, most));
  while (replicas > 0 && replicas + surge(replicas) > pods) replicas -= 1;
  return replicas;
}
