/** Who connects to which database of an inventory, and with how many connections. */
import { type DeclaredPool, declaredPools } from '../../connection/database-variable-names';
import type { PoolConsumer } from '../../connection/pool-budget';
import { variablesOf } from '../../inventory/environment';
import type { ContainerOf, KubernetesObject } from '../../inventory/inventory';
import { memo } from '../../inventory/memo';
import { mainContainers } from '../../inventory/relations';
import { surgeOf } from '../../inventory/replicas';
import {
  databaseAt,
  poolerAt,
  type PoolerInstance,
  poolerInstances,
  type PostgresInstance,
  postgresInstances,
} from './postgres-instances';

/** A container that says which Postgres of the inventory it uses. */
export interface DatabaseConsumer extends Omit<DeclaredPool, 'host'> {
  readonly object: KubernetesObject;
  readonly container: ContainerOf;
  readonly database: PostgresInstance;
  /** The pooler that it reaches the database by. */
  readonly pooler?: PoolerInstance;
}

/**
 * Everybody who uses a database, directly or by a pooler: by the host that a container is told, or, when it has a pool and
 * no host, the only database of its namespace.
 */
export const databaseConsumers = memo((inventory): readonly DatabaseConsumer[] => {
  const byNamespace = new Map<string, PostgresInstance[]>();
  for (const instance of postgresInstances(inventory)) {
    const namespace = instance.object.namespace ?? '';
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), instance]);
  }
  const own = new Set(
    [...postgresInstances(inventory), ...poolerInstances(inventory)].map(({ object }) => object),
  );
  const targetOf = (
    host: string,
    namespace: string | undefined,
  ): Pick<DatabaseConsumer, 'database' | 'pooler'> | undefined => {
    const pooler = poolerAt(host, namespace, inventory);
    const database = pooler?.databases[0] ?? databaseAt(host, namespace, inventory);
    return database && { database, pooler };
  };
  return mainContainers(inventory)
    .filter(({ object }) => !own.has(object))
    .flatMap((container) => {
      const { object } = container;
      const near = byNamespace.get(object.namespace ?? '') ?? [];
      return declaredPools(variablesOf(container, inventory)).flatMap(({ host, ...pool }) => {
        const alone = near.length === 1 && pool.connections !== undefined ? { database: near[0] } : undefined;
        const target = host === undefined ? alone : targetOf(host, object.namespace);
        return target ? [{ object, container, ...pool, ...target }] : [];
      });
    });
});

/** A consumer as the budget of its database counts it. */
export function poolConsumerOf({ container, connections = 0 }: DatabaseConsumer): PoolConsumer {
  const { workload } = container;
  return {
    ...COUNTED_BY_POD,
    name: container.object.name,
    replicas: workload.maxReplicas,
    surge: (replicas) => surgeOf(workload, replicas),
    fixed: { size: connections, maxOverflow: 0 },
  };
}

/** A pooler as the budget of its database counts it. */
export function poolConsumerOfPooler(pooler: PoolerInstance): PoolConsumer {
  return {
    ...COUNTED_BY_POD,
    name: pooler.object.name,
    replicas: pooler.maxReplicas,
    surge: pooler.surge,
    fixed: { size: serverConnections(pooler), maxOverflow: 0 },
  };
}

/** A manifest does not say how many processes a pod runs. */
const COUNTED_BY_POD = { processesPerPod: 1, weight: 1 } as const;

/** Server connections that one PgBouncer opens at most for one role: its own bounds, or the pools of its databases. */
function serverConnections({ settings, databaseBounds }: PoolerInstance): number {
  const perPool = settings.number('default_pool_size') + settings.number('reserve_pool_size');
  const ofDatabases = databaseBounds.map((own) => own ?? settings.number('max_db_connections'));
  const bounds = [
    ofDatabases.includes(0) ? 0 : ofDatabases.reduce((sum, bound) => sum + bound, 0),
    settings.number('max_user_connections'),
  ].filter((bound) => bound > 0);
  return Math.min(databaseBounds.length * perPool, ...bounds);
}
