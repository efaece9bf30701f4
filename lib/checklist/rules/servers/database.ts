import { FindingSeverity } from '../../../finding/finding';
import { literalsOf } from '../../../inventory/configured-servers';
import type { ContainerOf, KubernetesObject } from '../../../inventory/inventory';
import { get, numberAt, recordsAt, textAt } from '../../../inventory/json';
import { memo } from '../../../inventory/memo';
import { mainContainers } from '../../../inventory/relations';
import { fittingReplicas, mostPods } from '../../../inventory/replicas';
import { gracePeriodSeconds } from '../../../pod/termination-sizing';
import { settingBytes } from '../../../postgres/parameters/postgres-units';
import {
  claimOf,
  databaseAt,
  poolerAt,
  type PoolerInstance,
  poolerInstances,
  type PostgresInstance,
  postgresInstances,
  postgresServers,
} from '../../../postgres/reading/postgres-instances';
import { LEAST_SHUTDOWN_SECONDS } from '../../../postgres/stateful-set/layout';
import { type Rule, rule, when } from '../../rule';

/** A container that says which Postgres of the inventory it uses. */
interface Consumer {
  readonly object: KubernetesObject;
  readonly container: ContainerOf;
  readonly database: PostgresInstance;
  /** The pooler that it reaches the database by. */
  readonly pooler?: PoolerInstance;
  /** Connections of its pool at the most; undefined: it says no size. */
  readonly pool?: number;
  /** Whether the pool has no bound. */
  readonly isUnlimited: boolean;
}

const HOST_VARIABLES = ['DB_HOST', 'DATABASE_HOST', 'PGHOST', 'POSTGRES_HOST'];
/** Host of the database that a container is told of, by its own variable or in a JDBC address. */
export function databaseHostOf(env: ReadonlyMap<string, string>): string | undefined {
  const jdbc = /^jdbc:postgresql:\/\/([^:/]+)/.exec(env.get('SPRING_DATASOURCE_URL') ?? '')?.[1];
  return HOST_VARIABLES.map((name) => env.get(name)).find((value) => value !== undefined) ?? jdbc;
}

/** Spellings of the pool's size: SQLAlchemy style, HikariCP, node-postgres. */
const SIZE_VARIABLES = [
  'DB_POOL_SIZE',
  'SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE',
  'PGPOOL_MAX',
  'DB_POOL_MAX',
];

/** A pool that a container is told of, and the host that it leads to. */
interface DeclaredPool extends Pick<Consumer, 'pool' | 'isUnlimited'> {
  readonly host?: string;
}

/** Its pool for the database, and that for the standbys where it has one of its own. */
function poolsOf(env: ReadonlyMap<string, string>): readonly DeclaredPool[] {
  const pool = (host: string | undefined, sizes: readonly string[], overflowName: string): DeclaredPool => {
    const size = sizes.map((name) => env.get(name)).find((value) => value !== undefined);
    const overflow = Number(env.get(overflowName) ?? 0);
    const total = size === undefined ? undefined : Number(size) + overflow;
    return { host, pool: total, isUnlimited: total !== undefined && (!(total > 0) || overflow < 0) };
  };
  const readHost = env.get('DB_READ_HOST');
  return [
    pool(databaseHostOf(env), SIZE_VARIABLES, 'DB_MAX_OVERFLOW'),
    ...(readHost === undefined ? [] : [pool(readHost, ['DB_READ_POOL_SIZE'], 'DB_READ_MAX_OVERFLOW')]),
  ];
}

/**
 * Who uses which database, directly or by a pooler: by the host that a container is told, or, when it has a pool and no
 * host, the only database of its namespace.
 */
const consumersOf = memo((inventory): readonly Consumer[] => {
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
  ): Pick<Consumer, 'database' | 'pooler'> | undefined => {
    const pooler = poolerAt(host, namespace, inventory);
    const database = pooler?.databases[0] ?? databaseAt(host, namespace, inventory);
    return database && { database, pooler };
  };
  return mainContainers(inventory)
    .filter(({ object }) => !own.has(object))
    .flatMap((container) => {
      const { object } = container;
      const near = byNamespace.get(object.namespace ?? '') ?? [];
      return poolsOf(literalsOf(container)).flatMap(({ host, ...pool }) => {
        const alone = near.length === 1 && pool.pool !== undefined ? { database: near[0] } : undefined;
        const target = host === undefined ? alone : targetOf(host, object.namespace);
        return target ? [{ object, container, ...pool, ...target }] : [];
      });
    });
});

/** Server connections that one PgBouncer opens at most: its own bound, or the pools of its databases. */
function connectionsOf({ settings: { settings, databases } }: PoolerInstance): number {
  const number = (name: string, fallback: number) => Number(settings.get(name) ?? fallback);
  const pools = databases.size * (number('default_pool_size', 20) + number('reserve_pool_size', 0));
  const bound = databases.size * number('max_db_connections', 0);
  return bound > 0 ? Math.min(bound, pools) : pools;
}

/** Who opens connections: pods at the largest size, and how many connections each at most. */
interface Drawer {
  readonly name: string;
  readonly pods: number;
  readonly each: number;
  /** Most replicas that, with their surge, are no more than some pods. */
  readonly fitting: (pods: number) => number;
}

function judge(drawers: readonly Drawer[], allowed: number) {
  const rows = drawers.map(({ name, pods, each }) => `${name} ${pods} pods × ${each} = ${pods * each}`);
  const sum = drawers.reduce((total, { pods, each }) => total + pods * each, 0);
  const [largest] = [...drawers].sort((a, b) => b.pods * b.each - a.pods * a.each);
  const others = sum - largest.pods * largest.each;
  const free = Math.floor((allowed - others) / Math.max(1, largest.each));
  return {
    fits: sum <= allowed,
    measured: `${rows.join(', ')}: ${sum} connections`,
    fitting: `${largest.fitting(free)} replicas of ${largest.name} would fit`,
  };
}

const drawerOf = ({ container, pool = 0 }: Consumer): Drawer => ({
  name: container.object.name,
  pods: mostPods(container.workload),
  each: pool,
  fitting: (pods) => fittingReplicas(container.workload, pods),
});

function grouped<K, V>(pairs: ReadonlyArray<readonly [K, V]>): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}

const poolerDrawer = (pooler: PoolerInstance): Drawer => ({
  name: pooler.object.name,
  pods: pooler.pods,
  each: connectionsOf(pooler),
  fitting: pooler.fitting,
});

/**
 * Connections that belong to no pool, besides the superuser's: in anybody's stack at least one each for the exporter, a
 * migration and a person. TunedPostgres keeps more of them free.
 */
const RESERVED = 3;

/** Grace period that holds the shortest shutdown which a Postgres is planned with. */
const LEAST_GRACE_SECONDS = gracePeriodSeconds(0, LEAST_SHUTDOWN_SECONDS);

export const DATABASE_RULES: readonly Rule[] = [
  rule({
    id: 'DB-001',
    severity: FindingSeverity.ERROR,
    title: 'Connections to a database are pooled, and the pool has a size',
    why: 'A connection for every request costs a process each; an unbounded pool takes every connection of the database.',
    evidence: 'The guide, "Database connections pooled"; 30 × the transactions through a pool of 16.',
    of: consumersOf,
    check: ({ container, pool, isUnlimited }) =>
      when(pool === undefined || isUnlimited, {
        path: `${container.path}.env`,
        measured: pool === undefined ? 'a database host, but no size of a pool' : 'a pool without a bound',
        expected: `${SIZE_VARIABLES[0]} of at least 1 and DB_MAX_OVERFLOW of at least 0`,
        fix: 'set the size of the pool, such as connectTo(db) does',
      }),
  }),
  rule({
    id: 'DB-002',
    severity: FindingSeverity.ERROR,
    title: 'The pools of all pods at their largest number fit the connections',
    why: 'The database refuses connections just when the load is highest, and for everybody.',
    evidence:
      'The guide: 20 replicas × (20 + 10) against 200 connections; safe-global/safe-decoder-service PR 296 (outage).',
    of: (inventory) => {
      const direct = consumersOf(inventory)
        .filter(({ pooler, pool }) => pooler === undefined && pool !== undefined)
        .map((consumer) => [consumer.database, drawerOf(consumer)] as const);
      const pooled = poolerInstances(inventory).flatMap((pooler) =>
        pooler.databases.map((database) => [database, poolerDrawer(pooler)] as const),
      );
      return [...grouped([...direct, ...pooled])].map(([database, drawers]) => ({
        object: database.object,
        database,
        drawers,
      }));
    },
    check: ({ database, drawers }) => {
      const setting = (name: string, fallback: number) => Number(database.settings.get(name) ?? fallback);
      const most = setting('max_connections', 100);
      const allowed =
        most - setting('superuser_reserved_connections', 3) - setting('reserved_connections', 0) - RESERVED;
      const { fits, measured, fitting } = judge(drawers, allowed);
      return when(!fits, {
        path: database.settingPath('max_connections'),
        measured,
        expected: `at most ${allowed} of max_connections ${most}; ${fitting}`,
        fix: 'use smaller pools, fewer replicas, or a pooler',
      });
    },
  }),
  rule({
    id: 'DB-003',
    severity: FindingSeverity.WARNING,
    title: 'A pooler pools by transaction, prepared statements included',
    why: 'By session, PgBouncer’s default, every connection of an application’s own pool holds one of the database; by transaction without max_prepared_statements, drivers that prepare fail.',
    evidence:
      'PgBouncer 1.21 brought max_prepared_statements; CloudNativePG’s pooler is by session unless told otherwise.',
    of: poolerInstances,
    check: ({ settings: { settings }, settingPath }) => {
      const mode = settings.get('pool_mode') ?? 'session';
      const prepared = settings.get('max_prepared_statements') ?? '0';
      return when(mode !== 'transaction' || !(Number(prepared) > 0), {
        path: settingPath('pool_mode'),
        measured: `pool_mode ${mode}, max_prepared_statements ${prepared}`,
        expected: 'pool_mode transaction, max_prepared_statements above 0 (PgBouncer 1.21 or newer)',
        fix: 'set both',
      });
    },
  }),
  rule({
    id: 'DB-004',
    severity: FindingSeverity.ERROR,
    title: 'WAL fits the volume of the database',
    why: 'Between two checkpoints WAL grows to max_wal_size and above; a full volume stops the database.',
    evidence: 'kubeblocks-addons#2367, cnpg#8791.',
    of: (inventory) =>
      postgresInstances(inventory).flatMap(({ object, settings, walVolume }) =>
        walVolume ? [{ object, settings, walVolume }] : [],
      ),
    check: ({ settings, walVolume: { text, bytes, path, isShared } }) => {
      const most = settings.get('max_wal_size') ?? '1GB';
      const size = settingBytes('max_wal_size', most) ?? 0;
      // Alone on its volume it may take more of it.
      return when(size > (isShared ? 0.5 : 0.8) * bytes, {
        path,
        measured: `${text} with max_wal_size ${most}`,
        expected: isShared
          ? 'a volume of at least twice max_wal_size'
          : 'a volume of at least five quarters of max_wal_size',
        fix: 'lower max_wal_size, or enlarge the volume',
      });
    },
  }),
  rule({
    id: 'DB-005',
    severity: FindingSeverity.ERROR,
    title: 'A Postgres keeps its data below the root of its volume, and its shared memory in memory',
    why: 'initdb refuses a directory with lost+found in it; parallel queries fail in the 64 MiB of a container without a volume at /dev/shm.',
    evidence:
      'docker-library/postgres#263 and #416; "could not resize shared memory segment" was reproduced.',
    of: (inventory) => postgresServers(inventory).filter(({ object }) => claimOf(object) !== undefined),
    check: ({ container, workload }) => {
      const claims = recordsAt(workload.object.manifest, 'spec', 'volumeClaimTemplates').map((claim) =>
        textAt(claim, 'metadata', 'name'),
      );
      const mounts = recordsAt(container.container, 'volumeMounts');
      const data = mounts.find((mount) => claims.includes(textAt(mount, 'name')));
      const pgdata = literalsOf(container).get('PGDATA');
      const shm = mounts.find((mount) => mount.mountPath === '/dev/shm');
      const volume = recordsAt(workload.pod, 'volumes').find((one) => one.name === shm?.name);
      return [
        ...when(pgdata === undefined || !pgdata.startsWith(`${textAt(data, 'mountPath') ?? '?'}/`), {
          path: `${container.path}.env`,
          measured: `PGDATA ${pgdata ?? 'not set'}, volume at ${textAt(data, 'mountPath') ?? 'no path'}`,
          expected: 'a sub-directory of the volume',
          fix: 'set PGDATA',
        }),
        ...when(get(volume, 'emptyDir', 'medium') !== 'Memory', {
          path: `${container.path}.volumeMounts`,
          measured: shm ? 'a volume on disk at /dev/shm' : 'no volume at /dev/shm',
          expected: 'an emptyDir in memory with a size',
          fix: 'mount one',
        }),
      ];
    },
  }),
  rule({
    id: 'DB-006',
    severity: FindingSeverity.ERROR,
    title: 'A Postgres has time to write its last checkpoint',
    why: 'A database that is killed while it stops recovers on the next start, and is away that long.',
    evidence: 'CloudNativePG waits 1800 s; the 30 s of Kubernetes are what charts leave it with.',
    of: (inventory) => postgresServers(inventory),
    check: ({ workload }) => {
      const grace = numberAt(workload.pod, 'terminationGracePeriodSeconds') ?? 30;
      return when(grace < LEAST_GRACE_SECONDS, {
        path: `${workload.podPath}.terminationGracePeriodSeconds`,
        measured: `${grace} s`,
        expected: `at least ${LEAST_GRACE_SECONDS} s`,
        fix: 'raise it',
      });
    },
  }),
  rule({
    id: 'DB-007',
    severity: FindingSeverity.ERROR,
    title: 'The clients of poolers fit them, also when one is lost',
    why: 'The clients of a pooler that goes away connect to the others; above max_client_conn they are refused.',
    evidence: 'n8n’s terraform, PR 106: 460 pods × 20 = 9200 clients against a cap of 6000.',
    of: (inventory) => {
      const clients = consumersOf(inventory).flatMap((consumer) =>
        consumer.pooler && consumer.pool !== undefined
          ? [[consumer.pooler, drawerOf(consumer)] as const]
          : [],
      );
      return [...grouped(clients)].map(([pooler, drawers]) => ({ object: pooler.object, pooler, drawers }));
    },
    check: ({ pooler, drawers }) => {
      const each = Number(pooler.settings.settings.get('max_client_conn') ?? 100);
      const survivors = Math.max(1, pooler.replicas - 1);
      const { fits, measured, fitting } = judge(drawers, survivors * each);
      return when(!fits, {
        path: pooler.settingPath('max_client_conn'),
        measured,
        expected: `at most ${survivors * each}, max_client_conn ${each} of each pooler but one; ${fitting}`,
        fix: 'raise max_client_conn, run more poolers, or use smaller pools',
      });
    },
  }),
];
