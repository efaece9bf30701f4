/** How large a workload can be, as its final objects say. */
import { Inventory } from '../inventory/inventory';
import { type Surge, surgeOfObject } from '../inventory/replicas';

export interface WorkloadSize {
  readonly maxReplicas: number;
  /** What a rolling update adds. */
  readonly surge: Surge;
  /** Whether the main container has a CPU limit. */
  readonly hasCpuLimit: boolean;
}

/** Reads manifests of a workload and of what scales it; what they do not say is that of the fallback. */
export function sizeOf(manifests: readonly unknown[], fallback: WorkloadSize): WorkloadSize {
  const workload = Inventory.of(manifests).workloads.at(0);
  if (!workload) return fallback;
  const { rollout, object, maxReplicas, containers } = workload;
  const main = containers.find(({ isInit }) => !isInit);
  return {
    maxReplicas,
    surge: surgeOfObject(rollout ?? object),
    hasCpuLimit: main?.resources.limits.cpu !== undefined,
  };
}

/** Percent of a share such as `25%`; 0 for a number of pods. */
export function surgePercentOf(surge: Surge): number {
  const [, percent] = /^(\d+)%$/.exec(typeof surge === 'string' ? surge : '') ?? [];
  return Number(percent ?? 0);
}
