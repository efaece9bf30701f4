/** Servers of any manifests, found by their images, with the configuration that they mount. */
import { parseBytes, parseCpu } from '../units/quantity';
import type { ContainerOf, Inventory, KubernetesObject, WorkloadObject } from './inventory';
import { type Json, recordAt, recordsAt, textAt, textsAt } from './json';
import { memo } from './memo';
import { mainContainers } from './relations';
import { runsServer, type ServerName } from './server-images';

/** A file of a ConfigMap that a workload mounts. */
export interface MountedFile {
  readonly configMap: KubernetesObject;
  readonly key: string;
  readonly text: string;
}

/** Files that the pods of a workload mount from ConfigMaps of the inventory. */
export function mountedFiles(workload: WorkloadObject, inventory: Inventory): MountedFile[] {
  const names = recordsAt(workload.pod, 'volumes').flatMap(
    (volume) => textAt(volume, 'configMap', 'name') ?? [],
  );
  return [...new Set(names)].flatMap((name) => {
    const configMap = inventory.find('ConfigMap', workload.object.namespace, name);
    if (!configMap) return [];
    return Object.entries(textsAt(configMap.manifest, 'data')).map(([key, text]) => ({
      configMap,
      key,
      text,
    }));
  });
}

/** A server whose configuration could be read. */
export interface ConfiguredServer<T> {
  readonly object: KubernetesObject;
  readonly workload: WorkloadObject;
  readonly container: ContainerOf;
  readonly settings: T;
  /** ConfigMap and key of the settings; undefined when there are none and defaults hold. */
  readonly source?: { readonly configMap: KubernetesObject; readonly key: string };
}

export function configured<T>(
  server: ServerName,
  read: (text: string, key: string) => T | undefined,
  none: T,
): (inventory: Inventory) => readonly ConfiguredServer<T>[] {
  return memo((inventory) =>
    mainContainers(inventory)
      .filter(({ container }) => runsServer(container, server))
      // What comes to an end is a client of the image: psql, pg_dump, redis-cli.
      .filter(({ object }) => object.kind !== 'Job' && object.kind !== 'CronJob')
      .map((container) => {
        const { workload } = container;
        for (const { configMap, key, text } of mountedFiles(workload, inventory)) {
          const settings = read(text, key);
          if (settings !== undefined)
            return { object: workload.object, workload, container, settings, source: { configMap, key } };
        }
        return { object: workload.object, workload, container, settings: none };
      }),
  );
}

/** Limits of a container, its own or those of its pod, and where they are. */
export function limitsOf({ resources, workload, path }: ContainerOf) {
  return limitsIn({ ...workload.resources.pod?.limits, ...resources.limits }, path);
}

/** Limits of a resource that an operator makes containers of. */
export function managedLimitsOf(owner: unknown, path: string) {
  return limitsIn(recordAt(owner, 'resources', 'limits') ?? {}, path);
}

function limitsIn(limits: Json, path: string) {
  return {
    limits,
    memoryPath: `${path}.resources.limits.memory`,
    memoryLimitBytes: parseBytes(textAt(limits, 'memory') ?? ''),
    cpuLimitMillis: parseCpu(textAt(limits, 'cpu') ?? ''),
  };
}
