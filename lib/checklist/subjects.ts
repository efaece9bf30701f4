/** What rules look at, derived once for every inventory. */
import {
  mountedFiles,
  parseNginxConf,
  type ParsedDirective,
  type ParsedPgBouncerIni,
  parsePgBouncerIni,
  parsePostgresConf,
  parseRedisConf,
} from '../inventory/configuration-files';
import type { ContainerOf, Inventory, KubernetesObject, WorkloadObject } from '../inventory/inventory';
import { numberAt, recordAt, recordsAt, textAt, textsAt } from '../inventory/json';
import type { LabelSelector } from '../inventory/selectors';
import { parseBytes, parseCpu } from '../units/quantity';

export const allContainers = (inventory: Inventory): readonly ContainerOf[] =>
  inventory.workloads.flatMap((workload) => workload.containers);

export const mainContainers = (inventory: Inventory): readonly ContainerOf[] =>
  allContainers(inventory).filter(({ isInit }) => !isInit);

/** Workloads that are meant to run for ever. */
export const servers = (inventory: Inventory): readonly WorkloadObject[] =>
  inventory.workloads.filter(({ object }) => ['Deployment', 'StatefulSet'].includes(object.kind));

/** What selects a workload's pods, by kind. */
export interface Relations {
  readonly services: readonly KubernetesObject[];
  readonly budgets: readonly KubernetesObject[];
  readonly policies: readonly KubernetesObject[];
  readonly monitors: readonly KubernetesObject[];
}

export function memo<T>(make: (inventory: Inventory) => T): (inventory: Inventory) => T {
  const made = new WeakMap<Inventory, T>();
  return (inventory) => {
    const found = made.get(inventory) ?? make(inventory);
    made.set(inventory, found);
    return found;
  };
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
    relate('budgets', object, recordAt(object.manifest, 'spec', 'selector'));
  for (const object of inventory.ofKind('NetworkPolicy'))
    relate('policies', object, recordAt(object.manifest, 'spec', 'podSelector'));
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
  const names = recordAt(monitor.manifest, 'spec', 'namespaceSelector')?.matchNames;
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

/** Image of a container without registry, tag and digest: `valkey`, `postgres`. */
function imageName(container: ContainerOf): string {
  const image = textAt(container.container, 'image') ?? '';
  return (image.split('/').pop() ?? '').split(/[:@]/)[0];
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

function configured<T>(
  image: RegExp,
  read: (text: string, key: string) => T | undefined,
  none: T,
): (inventory: Inventory) => readonly ConfiguredServer<T>[] {
  return memo((inventory) =>
    mainContainers(inventory)
      .filter((container) => image.test(imageName(container)) && !/exporter/.test(imageName(container)))
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

/** Postgres servers with their `postgresql.conf`. */
export const postgresServers = configured(
  /^(postgres|postgresql|timescaledb|postgis)/,
  (text, key) => (/postgres(ql)?\.conf$/.test(key) ? parsePostgresConf(text) : undefined),
  new Map<string, string>(),
);

/** PgBouncers with their `pgbouncer.ini`. */
export const pgBouncers = configured<ParsedPgBouncerIni>(
  /^pgbouncer/,
  (text, key) => (/pgbouncer\.ini$/.test(key) ? parsePgBouncerIni(text) : undefined),
  { databases: new Map(), settings: new Map() },
);

/** Redis and Valkey servers with their configuration. */
export const redisServers = configured(
  /^(redis|valkey)/,
  (text, key) => (/\.conf$/.test(key) ? parseRedisConf(text) : undefined),
  new Map<string, string[][]>(),
);

/** A Redis or Valkey, run by a workload of its own or by an operator. */
export interface RedisInstance {
  readonly object: KubernetesObject;
  readonly image: string;
  readonly settings: ReadonlyMap<string, readonly string[][]>;
  /** ConfigMap and key of the settings; undefined when there are none and defaults hold. */
  readonly source?: { readonly configMap: KubernetesObject; readonly key: string };
  readonly cpuLimitMillis?: number;
  readonly memoryLimitBytes?: number;
  /** JSON path of the memory limit in the object. */
  readonly memoryPath: string;
  /** Whether other servers replicate it. */
  readonly replicated: boolean;
}

export const redisInstances = memo((inventory): readonly RedisInstance[] => [
  ...redisServers(inventory).map(({ object, container, settings, source }) => ({
    object,
    image: textAt(container.container, 'image') ?? '',
    settings,
    source,
    ...limitsOf(container.container, container.path),
    replicated: false,
  })),
  ...inventory.ofKind('RedisReplication', 'RedisCluster').map((object) => {
    const spec = recordAt(object.manifest, 'spec');
    // The leaders of a cluster have a configuration and an amount of their own.
    const own = recordAt(spec, 'redisLeader') ?? spec;
    const name = textAt(own, 'redisConfig', 'additionalRedisConfig') ?? '';
    const configMap = inventory.find('ConfigMap', object.namespace, name);
    const text = configMap && textAt(configMap.manifest, 'data', OPERATOR_CONFIG_KEY);
    return {
      object,
      image: textAt(spec, 'kubernetesConfig', 'image') ?? '',
      settings: text === undefined ? new Map<string, string[][]>() : parseRedisConf(text),
      source: configMap && { configMap, key: OPERATOR_CONFIG_KEY },
      ...(object.kind === 'RedisCluster'
        ? limitsOf(own, 'spec.redisLeader')
        : limitsOf(recordAt(spec, 'kubernetesConfig'), 'spec.kubernetesConfig')),
      replicated:
        object.kind === 'RedisReplication' || (numberAt(spec, 'redisFollower', 'replicas') ?? 0) > 0,
    };
  }),
]);

/** Key of the ConfigMap that the images of the redis-operator include. */
const OPERATOR_CONFIG_KEY = 'redis-additional.conf';

function limitsOf(container: unknown, path: string) {
  const limit = (resource: string) => textAt(container, 'resources', 'limits', resource) ?? '';
  return {
    cpuLimitMillis: parseCpu(limit('cpu')),
    memoryLimitBytes: parseBytes(limit('memory')),
    memoryPath: `${path}.resources.limits.memory`,
  };
}

/** nginx servers with their configuration. */
export const nginxServers = configured<readonly ParsedDirective[]>(
  /^nginx/,
  (text, key) => (/\.conf$/.test(key) ? parseNginxConf(text) : undefined),
  [],
);

/** Directives of a name, wherever they are. */
export function directivesNamed(directives: readonly ParsedDirective[], name: string): ParsedDirective[] {
  return directives.flatMap((one) => [
    ...(one.name === name ? [one] : []),
    ...directivesNamed(one.block ?? [], name),
  ]);
}

/** Literal variables of a container. */
export function literalsOf({ container }: ContainerOf): Map<string, string> {
  return new Map(
    recordsAt(container, 'env').flatMap((variable) => {
      const [name, value] = [textAt(variable, 'name'), textAt(variable, 'value')];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
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
