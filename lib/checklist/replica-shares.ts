import type { WorkloadObject } from '../inventory/inventory';
import { get } from '../inventory/json';

/** Pods of a share such as `25%` or a number; `up` says how the controller rounds. */
export function podsOf(value: unknown, replicas: number, up: boolean): number | undefined {
  if (typeof value === 'number') return value;
  const [, percent] = /^(\d+)%$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (percent === undefined) return undefined;
  const share = (replicas * Number(percent)) / 100;
  return up ? Math.ceil(share) : Math.floor(share);
}

/** Pods that a rolling update adds to a number of replicas. */
function surgeOf({ object }: WorkloadObject, replicas: number): number {
  if (object.kind !== 'Deployment') return 0;
  const strategy = get(object.manifest, 'spec', 'strategy');
  if (get(strategy, 'type') === 'Recreate') return 0;
  return podsOf(get(strategy, 'rollingUpdate', 'maxSurge') ?? '25%', replicas, true) ?? 0;
}

/** Pods that a workload can have at once: its most replicas, and what a rolling update adds to them. */
export function mostPods(workload: WorkloadObject): number {
  return workload.maxReplicas + surgeOf(workload, workload.maxReplicas);
}

/** Most replicas that, with what a rolling update adds, are no more than some pods. */
export function fittingReplicas(workload: WorkloadObject, pods: number): number {
  let replicas = Math.max(0, Math.min(pods, workload.maxReplicas));
  while (replicas > 0 && replicas + surgeOf(workload, replicas) > pods) replicas -= 1;
  return replicas;
}
