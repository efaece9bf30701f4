/** How the objects of an inventory hang together: what selects the pods of a workload, and what answers at a host. */
import type { ContainerOf, Inventory, KubernetesObject, WorkloadObject } from './inventory';
import { recordAt, recordsAt, textsAt } from './json';
import { memo } from './memo';
import { type LabelSelector, selectorOf } from './selectors';

export const allContainers = (inventory: Inventory): readonly ContainerOf[] =>
  inventory.workloads.flatMap((workload) => workload.containers);

export const mainContainers = (inventory: Inventory): readonly ContainerOf[] =>
  allContainers(inventory).filter(({ isInit }) => !isInit);

/** Workloads that are meant to run for ever. */
export const servers = (inventory: Inventory): readonly WorkloadObject[] =>
  inventory.workloads.filter(({ object }) => ['Deployment', 'StatefulSet', 'Rollout'].includes(object.kind));

/** What selects a workload's pods, by kind. */
export interface Relations {
  readonly services: readonly KubernetesObject[];
  readonly budgets: readonly KubernetesObject[];
  readonly policies: readonly KubernetesObject[];
  readonly monitors: readonly KubernetesObject[];
}

const relations = memo((inventory) => {
  const found = new Map<WorkloadObject, Record<keyof Relations, KubernetesObject[]>>();
  for (const workload of inventory.workloads)
    found.set(workload, { services: [], budgets: [], policies: [], monitors: [] });
  const relate = (
    field: keyof Relations,
    object: KubernetesObject,
    selector: LabelSelector | undefined,
    namespaces: ReadonlyArray<string | undefined> = [object.namespace],
  ) => {
    if (!selector) return;
    for (const namespace of namespaces) {
      for (const workload of inventory.selected(namespace, selector))
        found.get(workload)?.[field].push(object);
    }
  };
  for (const object of inventory.ofKind('Service')) relate('services', object, serviceSelector(object));
  for (const object of inventory.ofKind('PodDisruptionBudget'))
    relate('budgets', object, selectorOf(recordAt(object.manifest, 'spec', 'selector')));
  for (const object of inventory.ofKind('NetworkPolicy'))
    relate('policies', object, selectorOf(recordAt(object.manifest, 'spec', 'podSelector')));
  for (const object of inventory.ofKind('PodMonitor'))
    relate('monitors', object, recordAt(object.manifest, 'spec', 'selector'), monitoredNamespaces(object));
  for (const object of inventory.ofKind('ServiceMonitor')) {
    const selector = recordAt(object.manifest, 'spec', 'selector') ?? {};
    for (const namespace of monitoredNamespaces(object)) {
      for (const service of inventory.servicesLabelled(namespace, selector))
        relate('monitors', object, serviceSelector(service), [service.namespace]);
    }
  }
  return found;
});

/** Selector of a Service; undefined for one without, which selects nothing. */
export function serviceSelector(service: KubernetesObject): LabelSelector | undefined {
  const matchLabels = textsAt(service.manifest, 'spec', 'selector');
  return Object.keys(matchLabels).length > 0 ? { matchLabels } : undefined;
}

export function monitoredNamespaces(monitor: KubernetesObject): ReadonlyArray<string | undefined> {
  const selector = recordAt(monitor.manifest, 'spec', 'namespaceSelector');
  const names = selector?.matchNames;
  // Undefined is what may be any.
  if (selector?.any === true) return [undefined];
  return Array.isArray(names) ? (names as string[]) : [monitor.namespace];
}

export function relationsOf(workload: WorkloadObject, inventory: Inventory): Relations {
  return relations(inventory).get(workload) ?? { services: [], budgets: [], policies: [], monitors: [] };
}

/** The container that answers what a Service sends; the first one when no Service names a port of any. */
export function servingContainer(workload: WorkloadObject, inventory: Inventory): ContainerOf | undefined {
  const targets = relationsOf(workload, inventory).services.flatMap((service) =>
    recordsAt(service.manifest, 'spec', 'ports').map((port) => port.targetPort ?? port.port),
  );
  const mains = workload.containers.filter(({ isInit }) => !isInit);
  return (
    mains.find(({ container }) =>
      recordsAt(container, 'ports').some(
        (port) => targets.includes(port.name) || targets.includes(port.containerPort),
      ),
    ) ?? mains[0]
  );
}

/** The workloads behind a host name that a pod of a namespace uses. */
export function behindHost(
  host: string,
  namespace: string | undefined,
  inventory: Inventory,
): readonly WorkloadObject[] {
  const [name, elsewhere] = host.split('.');
  const service = inventory.find('Service', elsewhere ?? namespace, name);
  const selector = service && serviceSelector(service);
  return selector ? inventory.selected(service.namespace, selector) : [];
}
