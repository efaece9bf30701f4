import type { ISecret } from 'cdk8s-plus-27';

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

/** @internal */
export type BackupShape =
  | ({ readonly kind: 'objectStore' } & ObjectStoreBackupOptions)
  | ({ readonly kind: 'volumeSnapshot' } & VolumeSnapshotBackupOptions);

/**
 * Where a `TunedPostgres` on CloudNativePG keeps its backups, and when it takes them: at two in the morning, UTC, unless
 * `schedule` says otherwise.
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
