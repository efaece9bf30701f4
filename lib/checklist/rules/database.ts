import { FindingSeverity } from '../../finding/finding';
import type { ContainerOf, Inventory, KubernetesObject, WorkloadObject } from '../../inventory/inventory';
import { get, numberAt, recordsAt, textAt } from '../../inventory/json';
import { surgePods } from '../../scaling/reach-sizing';
import { parseBytes } from '../../units/quantity';
import { settingBytes } from '../../postgres/postgres-units';
import { type Rule, rule, when } from '../rule';
import { behindHost, type ConfiguredServer, literalsOf, mainContainers, postgresServers } from '../subjects';

type Postgres = ConfiguredServer<Map<string, string>>;

/** A container that says which Postgres of the inventory it uses. */
interface Consumer {
  readonly object: KubernetesObject;
  readonly container: ContainerOf;
  readonly env: ReadonlyMap<string, string>;
  readonly database: Postgres;
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

/**
 * Who uses which database: by the host that a container is told, or, when it has a pool and no host, the only database
 * of its namespace.
 */
function consumersOf(inventory: Inventory): readonly Consumer[] {
  const databases = new Map(postgresServers(inventory).map((server) => [server.workload, server]));
  const byNamespace = new Map<string, Postgres[]>();
  for (const server of databases.values()) {
    const namespace = server.object.namespace ?? '';
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), server]);
  }
  return mainContainers(inventory).flatMap((container) => {
    const env = literalsOf(container);
    const host = databaseHostOf(env);
    const near = byNamespace.get(container.object.namespace ?? '') ?? [];
    const used =
      host !== undefined
        ? behindHost(host, container.object.namespace, inventory).flatMap((one) => databases.get(one) ?? [])
        : near.length === 1 && poolOf(env) !== undefined
          ? near
          : [];
    const [database] = used;
    return used.length > 0 && database.workload !== container.workload
      ? [{ object: container.object, container, env, database }]
      : [];
  });
}

/** Pods at the largest size, with those that a rolling update adds. */
export function mostPods({ object, maxReplicas }: WorkloadObject): number {
  if (object.kind !== 'Deployment') return maxReplicas;
  const surge = get(object.manifest, 'spec', 'strategy', 'rollingUpdate', 'maxSurge') ?? '25%';
  if (textAt(object.manifest, 'spec', 'strategy', 'type') === 'Recreate') return maxReplicas;
  return (
    maxReplicas +
    (typeof surge === 'number' ? surge : surgePods(maxReplicas, parseInt(`${surge as string}`, 10) || 0))
  );
}

const poolOf = (env: ReadonlyMap<string, string>) => {
  const size = SIZE_VARIABLES.map((name) => env.get(name)).find((value) => value !== undefined);
  return size === undefined ? undefined : Number(size) + Number(env.get('DB_MAX_OVERFLOW') ?? 0);
};

/** Connections that belong to no pool: exporter, migrations, backups; besides the superuser's. */
const RESERVED = 3;

const LEAST_GRACE_SECONDS = 120;

export const DATABASE_RULES: readonly Rule[] = [
  rule({
    id: 'DB-001',
    severity: FindingSeverity.ERROR,
    title: 'Connections to a database are pooled, and the pool has a size',
    why: 'A connection for every request costs a process each; an unbounded pool takes every connection of the database.',
    evidence: 'The guide, "Database connections pooled"; 30 × the transactions through a pool of 16.',
    of: consumersOf,
    check: ({ container, env }) => {
      const pool = poolOf(env);
      const unlimited = pool !== undefined && (!(pool > 0) || Number(env.get('DB_MAX_OVERFLOW') ?? 0) < 0);
      return when(pool === undefined || unlimited, {
        path: `${container.path}.env`,
        measured: pool === undefined ? 'a database host, but no size of a pool' : 'a pool without a bound',
        expected: `${SIZE_VARIABLES[0]} of at least 1 and DB_MAX_OVERFLOW of at least 0`,
        fix: 'set the size of the pool, such as connectTo(db) does',
      });
    },
  }),
  rule({
    id: 'DB-002',
    severity: FindingSeverity.ERROR,
    title: 'The pools of all pods at their largest number fit the connections',
    why: 'The database refuses connections just when the load is highest, and for everybody.',
    evidence:
      'The guide: 20 replicas × (20 + 10) against 200 connections; safe-global/safe-decoder-service PR 296 (outage).',
    of: (inventory) => {
      const drawn = new Map<Postgres, Consumer[]>();
      for (const consumer of consumersOf(inventory)) {
        if (poolOf(consumer.env) !== undefined)
          drawn.set(consumer.database, [...(drawn.get(consumer.database) ?? []), consumer]);
      }
      return [...drawn].map(([database, consumers]) => ({ object: database.object, database, consumers }));
    },
    check: ({ database, consumers }) => {
      const setting = (name: string, fallback: number) => Number(database.settings.get(name) ?? fallback);
      const most = setting('max_connections', 100);
      const allowed =
        most - setting('superuser_reserved_connections', 3) - setting('reserved_connections', 0) - RESERVED;
      const rows = consumers.map(({ container, env }) => {
        const pods = mostPods(container.workload);
        const pool = poolOf(env) ?? 0;
        return {
          text: `${container.object.name} ${pods} pods × ${pool} = ${pods * pool}`,
          total: pods * pool,
        };
      });
      const sum = rows.reduce((total, row) => total + row.total, 0);
      const [largest] = [...consumers].sort(
        (a, b) => mostPods(b.container.workload) - mostPods(a.container.workload),
      );
      const others = sum - mostPods(largest.container.workload) * (poolOf(largest.env) ?? 0);
      const fitting = Math.max(0, Math.floor((allowed - others) / Math.max(1, poolOf(largest.env) ?? 1)));
      return when(!(sum <= allowed), {
        path: database.source ? `data.${database.source.key}: max_connections` : database.container.path,
        measured: `${rows.map(({ text }) => text).join(', ')}: ${sum} connections`,
        expected: `at most ${allowed} of max_connections ${most}; ${fitting} pods of ${largest.container.object.name} would fit`,
        fix: 'use smaller pools, fewer replicas, or a pooler',
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
      postgresServers(inventory).flatMap((server) => {
        const volume = parseBytes(claimOf(server.object) ?? '');
        return volume === undefined ? [] : [{ object: server.object, server, volume }];
      }),
    check: ({ server, volume }) => {
      const text = server.settings.get('max_wal_size') ?? '1GB';
      const size = settingBytes('max_wal_size', text) ?? 0;
      return when(size > volume / 2, {
        path: 'spec.volumeClaimTemplates[0].spec.resources.requests.storage',
        measured: `${claimOf(server.object)} with max_wal_size ${text}`,
        expected: 'a volume of at least twice max_wal_size',
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
];

function claimOf(object: KubernetesObject): string | undefined {
  const claims = get(object.manifest, 'spec', 'volumeClaimTemplates');
  const [claim] = Array.isArray(claims) ? (claims as unknown[]) : [];
  return textAt(claim, 'spec', 'resources', 'requests', 'storage');
}
