import type { Duration, Size } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { DumpDestination } from './dump/dump-destination';

/** Properties of `PostgresBackup.objectStore`. */
export interface ObjectStoreBackupOptions {
  /**
   * Where backups and WAL are kept: `s3://bucket/path`, `gs://bucket/path`, or
   * `https://account.blob.core.windows.net/container/path`.
   */
  readonly destinationPath: string;
  /**
   * Address of a store that speaks S3, such as `https://s3.example.com`.
   *
   * @default - that of the provider
   */
  readonly endpointUrl?: string;
  /**
   * An existing Secret: `ACCESS_KEY_ID` and `ACCESS_SECRET_KEY` for S3, `GOOGLE_APPLICATION_CREDENTIALS` for `gs:`,
   * `AZURE_CONNECTION_STRING` for Azure.
   *
   * @default - none: the pods have the role of the cloud that they run in
   */
  readonly credentials?: ISecret;
  /**
   * Folder in that place. Another one than before is a new archive, as a database needs that was recovered under the name of the
   * old one.
   *
   * @default - the name of the Cluster
   */
  readonly serverName?: string;
  /**
   * Days that backups, and the WAL to restore any moment since then, are kept: from 1 to 3650.
   *
   * @default 30
   */
  readonly retentionDays?: number;
  /**
   * When a full backup is taken: seconds, minutes, hours, days, months and weekdays as in cron.
   *
   * @default - at two in the morning, UTC: `0 0 2 * * *`
   */
  readonly schedule?: string;
}

/** Properties of `PostgresBackup.volumeSnapshot`. */
export interface VolumeSnapshotBackupOptions {
  /**
   * VolumeSnapshotClass of the snapshots.
   *
   * @default - the cluster's default class
   */
  readonly className?: string;
  /**
   * When a snapshot is taken: seconds, minutes, hours, days, months and weekdays as in cron.
   *
   * @default - at two in the morning, UTC: `0 0 2 * * *`
   */
  readonly schedule?: string;
}

/** Properties of `PostgresBackup.dump`. */
export interface DumpBackupOptions {
  /**
   * Where dumps are kept, such as `DumpDestination.objectStore`.
   *
   * @default - on the volume that they are written to
   */
  readonly destination?: DumpDestination;
  /**
   * Size of the volume that dumps are written to, at least 1Gi. Where they are kept on it: room for one more than `keep`; with a
   * `destination`, for one, since it is made with the pod and goes with it. A dump is compressed, and has no indexes.
   */
  readonly storage: Size;
  /**
   * StorageClass of that volume. One on other machines than those of the database survives them.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
  /**
   * When it dumps: minutes, hours, days, months and weekdays as in cron, or a word such as `@daily`.
   *
   * @default - at two in the morning: `0 2 * * *`
   */
  readonly schedule?: string;
  /**
   * Time zone of the schedule, such as `Europe/Berlin`.
   *
   * @default - that of the cluster's controllers, mostly UTC
   */
  readonly timeZone?: string;
  /**
   * Newest dumps that are kept, from 1 to 365. One that could not be restored does not count, and replaces none.
   *
   * @default 7
   */
  readonly keep?: number;
  /**
   * Longest time of a run, restore test included, and of a restore, in whole seconds: from a minute to a week.
   *
   * @default Duration.hours(6)
   */
  readonly timeout?: Duration;
  /**
   * Whether each dump is restored into a server of its own in the pod, and the rows of its tables are compared. The Job fails when
   * they differ.
   *
   * @default true
   */
  readonly restoreTest?: boolean;
  /**
   * Size of the volume that a dump is restored to, at least 1Gi; it is made with the pod, and goes with it.
   *
   * @default - that of the database
   */
  readonly restoreTestStorage?: Size;
  /**
   * StorageClass of that volume.
   *
   * @default - that of the volume with the dumps
   */
  readonly restoreTestStorageClassName?: string;
  /**
   * Size of the container that dumps, and of the one that restores, whose server gets half of the memory.
   *
   * @default - 250m–1 CPU, 1Gi memory
   */
  readonly profile?: WorkloadProfile;
}

/** @internal */
export type BackupShape =
  | ({ readonly kind: 'dump' } & DumpBackupOptions)
  | ({ readonly kind: 'objectStore' } & ObjectStoreBackupOptions)
  | ({ readonly kind: 'volumeSnapshot' } & VolumeSnapshotBackupOptions);

/**
 * Where a `TunedPostgres` keeps its backups, and when it takes them: at two in the morning, unless `schedule` says otherwise. One
 * instance is dumped; the other ways are those of CloudNativePG.
 *
 * @example
 * new TunedPostgres(chart, 'ledger', {
 *   storage: Size.gibibytes(50),
 *   topology: PostgresTopology.cloudNativePg({
 *     backup: PostgresBackup.objectStore({
 *       destinationPath: 's3://backups/ledger',
 *       credentials: Secret.fromSecretName(chart, 'store', 'backup-store'),
 *       retentionDays: 14, // any moment of two weeks can be restored
 *     }),
 *   }),
 * });
 */
export class PostgresBackup {
  /**
   * As dumps of all databases, and of the roles without their passwords, on a volume: for `PostgresTopology.statefulSet`. The moment
   * of a dump can be restored, also into a newer major version. Each dump is restored for a test.
   *
   * @param props where, when, and how many
   */
  public static dump(props: DumpBackupOptions): PostgresBackup {
    return new PostgresBackup({ kind: 'dump', ...props });
  }

  /**
   * To an object store, WAL included, so that any moment can be restored. By the Barman Cloud plugin of the operator,
   * which must be installed; an instance gets a sidecar of it.
   *
   * @param props which store
   */
  public static objectStore(props: ObjectStoreBackupOptions): PostgresBackup {
    return new PostgresBackup({ kind: 'objectStore', ...props });
  }

  /**
   * As snapshots of the volumes: quick also for large databases, but only the moment of a snapshot can be restored, and
   * where the storage keeps it.
   *
   * @param props how
   */
  public static volumeSnapshot(props: VolumeSnapshotBackupOptions = {}): PostgresBackup {
    return new PostgresBackup({ kind: 'volumeSnapshot', ...props });
  }

  /** @internal */
  public readonly _shape: BackupShape;

  private constructor(shape: BackupShape) {
    this._shape = shape;
  }
}
