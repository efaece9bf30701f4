/** What ties pods to a node: volumes that outlive a pod, and ports of the node. */
import type { Inventory, WorkloadObject } from './inventory';
import { listAt, recordAt, recordsAt, textAt } from './json';

export interface ClaimOfPods {
  readonly name: string;
  /** JSON path of the volume in the object. */
  readonly path: string;
  /** How a claim that is there may be mounted; empty where it is in another set. */
  readonly accessModes: readonly string[];
}

/** Claims that all pods of a workload share. Those of a StatefulSet's own templates are one for each pod. */
export function sharedClaims({ object, pod, podPath }: WorkloadObject, inventory: Inventory): ClaimOfPods[] {
  return recordsAt(pod, 'volumes').flatMap((volume, index) => {
    const name = textAt(volume, 'persistentVolumeClaim', 'claimName');
    if (name === undefined) return [];
    const claim = inventory.find('PersistentVolumeClaim', object.namespace, name);
    return [
      {
        name,
        path: `${podPath}.volumes[${index}].persistentVolumeClaim`,
        accessModes: listAt(claim?.manifest, 'spec', 'accessModes').map(String),
      },
    ];
  });
}

/** Claims of which a second node cannot mount a copy at the same time. */
export function oneNodeClaims(workload: WorkloadObject, inventory: Inventory): ClaimOfPods[] {
  return sharedClaims(workload, inventory).filter(
    ({ accessModes }) =>
      accessModes.length > 0 && !accessModes.some((mode) => ['ReadWriteMany', 'ReadOnlyMany'].includes(mode)),
  );
}

/** Whether the pods of a workload keep something that a pod on another node would not have. */
export function isBoundToNode(workload: WorkloadObject, inventory: Inventory): boolean {
  const hasHostPath = recordsAt(workload.pod, 'volumes').some((volume) => recordAt(volume, 'hostPath'));
  const mayBeOneNode = sharedClaims(workload, inventory).some(
    ({ accessModes }) => !accessModes.some((mode) => ['ReadWriteMany', 'ReadOnlyMany'].includes(mode)),
  );
  return hasHostPath || mayBeOneNode;
}

/** Whether a node has room for one pod of a workload: it takes ports of the node. */
export function takesHostPorts({ pod, containers }: WorkloadObject): boolean {
  return (
    pod.hostNetwork === true ||
    containers.some(({ container }) =>
      recordsAt(container, 'ports').some(({ hostPort }) => typeof hostPort === 'number' && hostPort > 0),
    )
  );
}
