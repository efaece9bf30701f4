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

/** Pods that a workload can have at once: its most replicas, and what a rolling update adds to them. */
export function mostPods({ object, maxReplicas }: WorkloadObject): number {
  if (object.kind !== 'Deployment') return maxReplicas;
  const strategy = get(object.manifest, 'spec', 'strategy');
  if (get(strategy, 'type') === 'Recreate') return maxReplicas;
  return maxReplicas + (podsOf(get(strategy, 'rollingUpdate', 'maxSurge') ?? '25%', maxReplicas, true) ?? 0);
}
