import { GUIDE_NAMES } from '../../../connection/database-variable-names';
import {
  podsOf,
  type PoolBudget,
  type PoolConsumer,
  type PoolSize,
  replicasThatFit,
  solvePools,
} from '../../../connection/pool-budget';
import { FindingSeverity } from '../../../finding/finding';
import { variablesOf } from '../../../inventory/environment';
import type { ContainerOf } from '../../../inventory/inventory';
import { get, type Json, numberAt, recordsAt, textAt } from '../../../inventory/json';
import { gracePeriodSeconds } from '../../../pod/termination-sizing';
import { majorOf } from '../../../postgres/image-capabilities';
import {
  databaseConsumers,
  poolConsumerOf,
  poolConsumerOfPooler,
} from '../../../postgres/reading/connections';
import {
  claimOf,
  poolerInstances,
  postgresInstances,
  postgresServers,
} from '../../../postgres/reading/postgres-instances';
import { MIN_SHUTDOWN_SECONDS } from '../../../postgres/stateful-set/layout';
import { type Rule, rule, when } from '../../rule';

/** How a budget of connections reads in a finding. */
function shown(budget: PoolBudget, consumers: readonly PoolConsumer[]) {
  const each = ({ size, maxOverflow }: PoolSize) => size + maxOverflow;
  const rows = consumers.map((one, index) => {
    const [pods, connections] = [podsOf(one), each(budget.pools[index])];
    return {
      text: `${one.name} ${pods} pods × ${connections} = ${pods * connections}`,
      sum: pods * connections,
    };
  });
  const largest = rows.reduce((most, { sum }, index) => (sum > rows[most].sum ? index : most), 0);
  return {
    measured: `${rows.map(({ text }) => text).join(', ')}: ${budget.connections} connections`,
    fitting: fittingText(replicasThatFit(budget, consumers, largest), consumers[largest].name),
  };
}

function fittingText(replicas: number, name: string): string {
  if (replicas <= 0) return `no replica of ${name} would fit beside the others`;
  return `${replicas} ${replicas === 1 ? 'replica' : 'replicas'} of ${name} would fit`;
}

function grouped<K, V>(pairs: ReadonlyArray<readonly [K, V]>): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
}

/**
 * Connections that belong to no pool, besides the superuser's: in anybody's stack at least one each for the exporter, a
 * migration and a person. TunedPostgres keeps more of them free.
 */
const RESERVED = 3;

/** Grace period that holds the shortest shutdown which a Postgres is planned with. */
const MIN_GRACE_SECONDS = gracePeriodSeconds(0, MIN_SHUTDOWN_SECONDS);

/** Where the image keeps its data when nothing names another place. */
function defaultDataDirectory({ container }: ContainerOf): string {
  const image = textAt(container, 'image') ?? '';
  if (/bitnami/.test(image)) return '/bitnami/postgresql/data';
  if (/spilo/.test(image)) return '/home/postgres/pgdata/pgroot/data';
  const major = majorOf(image);
  return major !== undefined && major >= 18
    ? `/var/lib/postgresql/${major}/docker`
    : '/var/lib/postgresql/data';
}

/** Whether a directory is the root of a volume, where a new file system has lost+found. */
function isRootOfVolume(mount: Json | undefined, directory: string): boolean {
  const subPath = textAt(mount, 'subPath') ?? textAt(mount, 'subPathExpr') ?? '';
  return textAt(mount, 'mountPath')?.replace(/\/+$/, '') === directory && /^\/*$/.test(subPath);
}

/** Whether a directory is not on the volume that is there for it. */
function isOutside(mount: Json | undefined, directory: string): boolean {
  const path = textAt(mount, 'mountPath')?.replace(/\/+$/, '');
  return path !== undefined && path !== directory && !directory.startsWith(`${path}/`);
}

export const DATABASE_RULES: readonly Rule[] = [
  rule({
    id: 'DB-001',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Connections to a database are pooled, and the pool has a size',
    why: 'A connection for every request costs a process each; an unbounded pool takes every connection of the database.',
    evidence: 'The guide, "Database connections pooled"; 30 × the transactions through a pool of 16.',
    of: databaseConsumers,
    check: ({ container, connections, isUnlimited }) =>
      when(connections === undefined || isUnlimited, {
        path: `${container.path}.env`,
        measured:
          connections === undefined ? 'a database host, but no size of a pool' : 'a pool without a bound',
        expected: `${GUIDE_NAMES.poolSize} of at least 1 and ${GUIDE_NAMES.maxOverflow} of at least 0`,
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
      const direct = databaseConsumers(inventory)
        .filter(({ pooler, connections }) => pooler === undefined && connections !== undefined)
        .map((consumer) => [consumer.database, poolConsumerOf(consumer)] as const);
      const pooled = poolerInstances(inventory).flatMap((pooler) =>
        pooler.databases.map((database) => [database, poolConsumerOfPooler(pooler)] as const),
      );
      return [...grouped([...direct, ...pooled])].map(([database, consumers]) => ({
        object: database.object,
        database,
        consumers,
      }));
    },
    check: ({ database, consumers }) => {
      const { settings } = database;
      const most = settings.number('max_connections');
      const kept =
        settings.number('superuser_reserved_connections') + settings.number('reserved_connections');
      const allowed = most - kept - RESERVED;
      const budget = solvePools(allowed, consumers);
      const { measured, fitting } = shown(budget, consumers);
      return when(!budget.fits, {
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
    check: ({ settings, settingPath }) => {
      const mode = settings.text('pool_mode');
      const prepared = settings.text('max_prepared_statements');
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
      const most = settings.text('max_wal_size');
      // Alone on its volume it may take more of it.
      return when(settings.bytes('max_wal_size') > (isShared ? 0.5 : 0.8) * bytes, {
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
    check: ({ container, workload }, inventory) => {
      const claims = recordsAt(workload.object.manifest, 'spec', 'volumeClaimTemplates').map((claim) =>
        textAt(claim, 'metadata', 'name'),
      );
      const mounts = recordsAt(container.container, 'volumeMounts');
      const data = mounts.find((mount) => claims.includes(textAt(mount, 'name')));
      const pgdata = variablesOf(container, inventory).get('PGDATA');
      const shm = mounts.find((mount) => mount.mountPath === '/dev/shm');
      const volume = recordsAt(workload.pod, 'volumes').find((one) => one.name === shm?.name);
      return [
        ...when(isRootOfVolume(data, pgdata ?? defaultDataDirectory(container)), {
          path: `${container.path}.env`,
          measured: `PGDATA ${pgdata ?? `not set: ${defaultDataDirectory(container)}`}, and the root of a volume is mounted there`,
          expected: 'a sub-directory of the volume',
          fix: `set PGDATA to ${textAt(data, 'mountPath')}/pgdata, or mount the volume with a subPath`,
        }),
        ...when(isOutside(data, pgdata ?? defaultDataDirectory(container)), {
          path: `${container.path}.volumeMounts`,
          measured: `PGDATA ${pgdata ?? `not set: ${defaultDataDirectory(container)}`}, and the volume is mounted at ${textAt(data, 'mountPath') ?? 'no path'}`,
          expected: 'data on the volume',
          fix: 'mount the volume above PGDATA: the data goes with the pod',
        }),
        ...when(get(volume, 'emptyDir', 'medium') !== 'Memory', {
          severity: FindingSeverity.WARNING,
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
    byDefault: FindingSeverity.WARNING,
    title: 'A Postgres has time to write its last checkpoint',
    why: 'A database that is killed while it stops recovers on the next start, and is away that long.',
    evidence: 'CloudNativePG waits 1800 s; the 30 s of Kubernetes are what charts leave it with.',
    of: (inventory) => postgresServers(inventory),
    check: ({ workload }) => {
      const grace = numberAt(workload.pod, 'terminationGracePeriodSeconds') ?? 30;
      return when(grace < MIN_GRACE_SECONDS, {
        path: `${workload.podPath}.terminationGracePeriodSeconds`,
        measured: `${grace} s`,
        expected: `at least ${MIN_GRACE_SECONDS} s`,
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
      const clients = databaseConsumers(inventory).flatMap((consumer) =>
        consumer.pooler && consumer.connections !== undefined
          ? [[consumer.pooler, poolConsumerOf(consumer)] as const]
          : [],
      );
      return [...grouped(clients)].map(([pooler, consumers]) => ({
        object: pooler.object,
        pooler,
        consumers,
      }));
    },
    check: ({ pooler, consumers }) => {
      const each = pooler.settings.number('max_client_conn');
      const survivors = Math.max(1, pooler.minReplicas - 1);
      const budget = solvePools(survivors * each, consumers);
      const { measured, fitting } = shown(budget, consumers);
      return when(!budget.fits, {
        path: pooler.settingPath('max_client_conn'),
        measured,
        expected: `at most ${survivors * each}, max_client_conn ${each} of each pooler but one; ${fitting}`,
        fix: 'raise max_client_conn, run more poolers, or use smaller pools',
      });
    },
  }),
];
