/** How a Cluster starts: empty, from a backup, or from another server. */
import { PostgresSslMode } from '../../connection/postgres-ssl-mode';
import { BARMAN_PLUGIN } from '../cloud-native-pg/backup';
import type { Cluster, VolumeSnapshotName } from '../cloud-native-pg/types';
import { initScriptsName } from '../init-scripts';
import type { ObjectStoreBackupOptions } from '../postgres-backup';
import type { ServerPlan } from '../postgres-server';
import { POSTGRES_PORT } from '../stateful-set/layout';
import { CERTIFICATE_KEYS } from '../tuning/encryption';
import type { ImportShape, RecoveryOptions } from './postgres-bootstrap';
import { recoveredOf } from './recovery-checks';
import type { RecoverySource } from './recovery-source';

type Start = Pick<NonNullable<Cluster['spec']>, 'bootstrap' | 'externalClusters'>;

/** Name of the other database in the Cluster. */
const ORIGIN = 'origin';

export function startOf(plan: ServerPlan): Start {
  const shape = plan.props.bootstrap?._shape;
  if (!shape) return { bootstrap: { initdb: { ...initdb(plan), ...initSql(plan) } } };
  return shape.kind === 'recovery' ? recoveryOf(plan, shape) : importOf(plan, shape);
}

/** The archive that a database is recovered from, as far as it is in an object store. */
export function recoveryArchive({
  props,
}: Pick<ServerPlan, 'props'>): (ObjectStoreBackupOptions & { readonly serverName: string }) | undefined {
  const shape = props.bootstrap?._shape;
  return shape?.kind === 'recovery' ? archiveOf(shape.source) : undefined;
}

/** Name of the ObjectStore that is read. */
export const recoveryStoreName = (name: string) => `${name}-recovery`;

function archiveOf(source: RecoverySource): ReturnType<typeof recoveryArchive> {
  const shape = source._shape;
  switch (shape.kind) {
    case 'objectStore':
      return shape;
    case 'database': {
      const recovered = recoveredOf(source);
      return (
        recovered?.store && { ...recovered.store, serverName: recovered.store.serverName ?? recovered.name }
      );
    }
    case 'volumeSnapshots':
      return shape.archive && archiveOf(shape.archive);
    case 'backup':
      return undefined;
  }
}

function recoveryOf(plan: ServerPlan, { source, target, timeline, backupId }: RecoveryOptions): Start {
  const archive = archiveOf(source);
  const shape = source._shape;
  const fields = {
    ...(backupId !== undefined && { backupID: backupId }),
    ...target?._fields,
    ...(timeline !== undefined && { targetTLI: `${timeline}` }),
  };
  return {
    bootstrap: {
      recovery: {
        ...applicationOf(plan),
        ...(archive && { source: ORIGIN }),
        ...(shape.kind === 'backup' && { backup: { name: shape.backup } }),
        ...(shape.kind === 'volumeSnapshots' && {
          volumeSnapshots: {
            storage: snapshot(shape.data),
            ...(shape.wal !== undefined && { walStorage: snapshot(shape.wal) }),
            ...(Object.keys(shape.tablespaces ?? {}).length > 0 && {
              tablespaceStorage: Object.fromEntries(
                Object.entries(shape.tablespaces ?? {}).map(([name, taken]) => [name, snapshot(taken)]),
              ),
            }),
          },
        }),
        ...(Object.keys(fields).length > 0 && { recoveryTarget: fields }),
      },
    },
    ...(archive && {
      externalClusters: [
        {
          name: ORIGIN,
          plugin: {
            name: BARMAN_PLUGIN,
            parameters: { barmanObjectName: recoveryStoreName(plan.name), serverName: archive.serverName },
          },
        },
      ],
    }),
  };
}

function snapshot(name: string): VolumeSnapshotName {
  return { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name };
}

function importOf(plan: ServerPlan, source: ImportShape): Start {
  const { jobs = 1, certificateAuthority } = source;
  const atOnce = jobs > 1 && [`--jobs=${jobs}`];
  const isOne = source.kind === 'importDatabase';
  return {
    bootstrap: {
      initdb: {
        ...initdb(plan),
        import: {
          type: isOne ? 'microservice' : 'monolith',
          databases: isOne ? [source.database] : (source.databases ?? ['*']),
          ...(!isOne && { roles: source.roles ?? ['*'] }),
          source: { externalCluster: ORIGIN },
          ...(atOnce && { pgDumpExtraOptions: atOnce, pgRestoreExtraOptions: atOnce }),
        },
      },
    },
    externalClusters: [
      {
        name: ORIGIN,
        connectionParameters: {
          host: source.host,
          port: `${source.port ?? POSTGRES_PORT}`,
          user: source.user,
          dbname: isOne ? source.database : 'postgres',
          sslmode: source.sslMode ?? PostgresSslMode.REQUIRE,
        },
        password: { name: source.credentials.name, key: source.passwordKey ?? 'password' },
        ...(certificateAuthority && {
          sslRootCert: { name: certificateAuthority.name, key: CERTIFICATE_KEYS.authority },
        }),
      },
    ],
  };
}

function applicationOf({ props, database, user }: ServerPlan) {
  return {
    database,
    owner: user,
    ...(props.credentials && { secret: { name: props.credentials.name } }),
  };
}

const initdb = (plan: ServerPlan) => ({
  ...applicationOf(plan),
  dataChecksums: true,
  encoding: 'UTF8',
});

/** What the operator runs as superuser in the new database of the application; an import would drop the extensions again. */
function initSql({ name, firstStart }: ServerPlan) {
  const { extensions, scripts } = firstStart;
  const references = scripts.map(({ file }) => ({ name: initScriptsName(name), key: file }));
  return {
    ...(extensions.length > 0 && {
      postInitApplicationSQL: extensions.map((one) => `CREATE EXTENSION IF NOT EXISTS "${one}" CASCADE`),
    }),
    ...(references.length > 0 && { postInitApplicationSQLRefs: { configMapRefs: references } }),
  };
}
