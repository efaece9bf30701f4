/** How the operator backs a Cluster up: to an object store by the Barman Cloud plugin, or as snapshots of volumes. */
import type { ApiObject } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { CNPG_API_VERSION } from '../../inventory/cloud-native-pg-names';
import { emitSpec, type ObjectHead } from '../../pod/api-object';
import { renderResources } from '../../sizing/resources';
import { MIB } from '../../units/quantity';
import type { BackupShape, ObjectStoreBackupOptions } from '../postgres-backup';
import type { CloudNativePgOptions } from '../postgres-topology';
import { endpointPort, storeProvider } from './object-store';
import { CLUSTER_DEFAULTS } from './parameters';
import type { Cluster, ObjectStore, ScheduledBackup } from './types';

export type OperatorBackup = Exclude<BackupShape, { kind: 'dump' }>;
type ObjectStoreBackup = Extract<BackupShape, { kind: 'objectStore' }>;

/** The plugin that writes and reads archives in object stores. */
export const BARMAN_PLUGIN = 'barman-cloud.cloudnative-pg.io';
const OBJECT_STORE_API_VERSION = 'barmancloud.cnpg.io/v1';
/** Eight files of WAL at a time, up and down. A proposal. */
const WAL = { compression: 'gzip', maxParallel: 8 } as const;
/** The plugin's sidecar, which compresses and uploads. Proposals. */
const SIDECAR = {
  cpuRequestMillis: 50,
  cpuLimitMillis: 500,
  memoryRequestBytes: 256 * MIB,
  memoryLimitBytes: 256 * MIB,
  ephemeralRequestBytes: 64 * MIB,
  ephemeralLimitBytes: 256 * MIB,
} as const;

/** The backup of a Cluster; the checks have refused another. */
export function operatorBackup({ backup }: CloudNativePgOptions): OperatorBackup | undefined {
  const shape = backup?._shape;
  return shape?.kind === 'dump' ? undefined : shape;
}

/** Port of the store, for network policies. */
export function storePort({ endpointUrl }: Pick<ObjectStoreBackup, 'endpointUrl'>): number {
  return endpointUrl === undefined ? 443 : endpointPort(endpointUrl);
}

export function backupOf(
  name: string,
  backup: OperatorBackup | undefined,
): Pick<NonNullable<Cluster['spec']>, 'plugins' | 'backup'> {
  switch (backup?.kind) {
    case 'objectStore':
      return {
        plugins: [
          {
            name: BARMAN_PLUGIN,
            isWALArchiver: true,
            parameters: {
              barmanObjectName: name,
              ...(backup.serverName !== undefined && { serverName: backup.serverName }),
            },
          },
        ],
      };
    case 'volumeSnapshot':
      return { backup: { volumeSnapshot: { className: backup.className, online: true } } };
    case undefined:
      return {};
  }
}

/** The store that a new Cluster reads its backup and the WAL from; it keeps what it has. */
export function emitRecoveryStore(
  scope: Construct,
  head: Head,
  { destinationPath, endpointUrl, credentials }: ObjectStoreBackupOptions,
): ApiObject {
  return emitSpec<ObjectStore>(
    scope,
    'recovery-store',
    { ...head, apiVersion: OBJECT_STORE_API_VERSION, kind: 'ObjectStore' },
    () => ({
      configuration: {
        destinationPath,
        endpointURL: endpointUrl,
        ...storeCredentials(destinationPath, credentials),
        wal: WAL,
      },
      instanceSidecarConfiguration: { resources: renderResources(SIDECAR) },
    }),
  );
}

type Head = Pick<ObjectHead, 'name' | 'labels'>;

export function emitScheduledBackup(scope: Construct, head: Head, backup: OperatorBackup): ApiObject {
  return emitSpec<ScheduledBackup>(
    scope,
    'scheduled-backup',
    { ...head, apiVersion: CNPG_API_VERSION, kind: 'ScheduledBackup' },
    () => ({
      cluster: { name: head.name },
      schedule: backup.schedule ?? CLUSTER_DEFAULTS.backupSchedule,
      ...(backup.kind === 'objectStore'
        ? { method: 'plugin', pluginConfiguration: { name: BARMAN_PLUGIN } }
        : { method: 'volumeSnapshot' }),
      // The backups of a schedule outlive its Cluster, for which they may be needed.
      backupOwnerReference: 'none',
      target: 'prefer-standby',
      immediate: true,
    }),
  );
}

export function emitObjectStore(scope: Construct, head: Head, backup: ObjectStoreBackup): ApiObject {
  return emitSpec<ObjectStore>(
    scope,
    'object-store',
    { ...head, apiVersion: OBJECT_STORE_API_VERSION, kind: 'ObjectStore' },
    () => ({
      configuration: {
        destinationPath: backup.destinationPath,
        endpointURL: backup.endpointUrl,
        ...storeCredentials(backup.destinationPath, backup.credentials),
        // A burst of writes is archived before its volume is full.
        wal: WAL,
        data: { compression: 'gzip' },
      },
      retentionPolicy: `${backup.retentionDays ?? CLUSTER_DEFAULTS.retentionDays}d`,
      instanceSidecarConfiguration: { resources: renderResources(SIDECAR) },
    }),
  );
}

function storeCredentials(destinationPath: string, secret: ISecret | undefined) {
  const key = (name: string) => secret && { name: secret.name, key: name };
  switch (storeProvider(destinationPath)) {
    case 's3':
      return {
        s3Credentials: secret
          ? { accessKeyId: key('ACCESS_KEY_ID'), secretAccessKey: key('ACCESS_SECRET_KEY') }
          : { inheritFromIAMRole: true },
      };
    case 'google':
      return {
        googleCredentials: secret
          ? { applicationCredentials: key('GOOGLE_APPLICATION_CREDENTIALS') }
          : { gkeEnvironment: true },
      };
    case 'azure':
      return {
        azureCredentials: secret
          ? { connectionString: key('AZURE_CONNECTION_STRING') }
          : { inheritFromAzureAD: true },
      };
  }
}
