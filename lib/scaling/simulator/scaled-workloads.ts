/** What can be simulated: a workload and what scales it. */
import { type Inventory, scaleTargetOf, type WorkloadObject } from '../../inventory/inventory';

export interface ScaledWorkload {
  /** Name of the workload. */
  readonly name: string;
  /** The Deployment or its like; undefined when it is not there. */
  readonly workload: WorkloadObject | undefined;
  /** The HorizontalPodAutoscaler; undefined for a fixed number of replicas. */
  readonly autoscaler: unknown;
}

/** All that a HorizontalPodAutoscaler scales; or the workloads of a name, scaled or not. */
export function scaledWorkloads(inventory: Inventory, name?: string): ScaledWorkload[] {
  const scaled = inventory.ofKind('HorizontalPodAutoscaler').map((autoscaler): ScaledWorkload => {
    const target = scaleTargetOf(autoscaler) ?? { kind: '', name: '' };
    const workload = inventory.workload(target.kind, autoscaler.namespace, target.name);
    return { name: target.name, workload, autoscaler: autoscaler.manifest };
  });
  const own = scaled.filter((one) => name === undefined || one.name === name);
  if (own.length > 0) return own;
  return inventory.workloads
    .filter(({ object }) => object.name === name)
    .map((workload) => ({ name: workload.object.name, workload, autoscaler: undefined }));
}
