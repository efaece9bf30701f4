import type { ISecret } from 'cdk8s-plus-27';
import type { ObjectStoreBackupOptions } from '../postgres-backup';
import type { PostgresVersion } from '../postgres-workload';
import type { TunedPostgres } from '../tuned-postgres';

/** Properties of `RecoverySource.objectStore`. */
export interface ObjectStoreSourceOptions {
  /**
   * Where the backups of the other database are: `s3://bucket/path`, `gs://bucket/path`, or
   * `https://account.blob.core.windows.net/container/path`.
   */
  readonly destinationPath: string;
  /** Name of its Cluster, or the `serverName` of its backups: the folder in that place. */
  readonly serverName: string;
  /**
   * Address of a store that speaks S3, such as `https://s3.example.com`.
   *
   * @default - that of the provider
   */
  readonly endpointUrl?: string;
  /**
   * An existing Secret in the namespace of the new database, with keys as for `PostgresBackup.objectStore`.
   *
   * @default - none: the pods have the role of the cloud that they run in
   */
  readonly credentials?: ISecret;
}

/** Properties of `RecoverySource.volumeSnapshots`. */
export interface VolumeSnapshotSourceOptions {
  /** Name of the VolumeSnapshot of the data volume, in the namespace of the new database. */
  readonly data: string;
  /**
   * Name of that of the WAL volume; required with `walStorage`, since the two were taken together.
   *
   * @default - the WAL is on the data volume
   */
  readonly wal?: string;
  /**
   * Names of those of the tablespaces, by the names of the tablespaces.
   *
   * @default - there are no tablespaces
   */
  readonly tablespaces?: { [tablespace: string]: string };
  /**
   * Where the WAL since then is, to recover up to a `target`.
   *
   * @default - none: the moment of the snapshot is restored
   */
  readonly archive?: RecoverySource;
}

/** A database in this app as far as one that is recovered from it has to agree with it. */
export interface RecoveredDatabase {
  readonly name: string;
  readonly version: PostgresVersion;
  readonly storageBytes: number;
  readonly database: string;
  readonly user: string;
  readonly tablespaces: readonly string[];
  /** Undefined where it has no backups in an object store. */
  readonly store?: ObjectStoreBackupOptions;
}

/** @internal */
export type RecoverySourceShape =
  | ({ readonly kind: 'objectStore' } & ObjectStoreSourceOptions)
  | { readonly kind: 'database'; readonly database: TunedPostgres }
  | ({ readonly kind: 'volumeSnapshots' } & VolumeSnapshotSourceOptions)
  | { readonly kind: 'backup'; readonly backup: string };

/**
 * What a database is recovered from: backups of another one.
 *
 * @example
 * const backup = PostgresBackup.objectStore({ destinationPath: 's3://backups' });
 * const ledger = new TunedPostgres(chart, 'ledger', {
 *   storage: Size.gibibytes(50),
 *   topology: PostgresTopology.cloudNativePg({ backup }),
 * });
 * new TunedPostgres(chart, 'ledger-copy', {
 *   storage: Size.gibibytes(50),
 *   topology: PostgresTopology.cloudNativePg({ instances: 1 }),
 *   bootstrap: PostgresBootstrap.recovery({ source: RecoverySource.backupsOf(ledger) }),
 * });
 */
export class RecoverySource {
  /**
   * Backups and WAL in an object store, which the Barman Cloud plugin, or the operator before it, has written.
   *
   * @param props which store, and whose backups
   */
  public static objectStore(props: ObjectStoreSourceOptions): RecoverySource {
    return new RecoverySource({ kind: 'objectStore', ...props });
  }

  /**
   * The backups of a database of this app, which it keeps in an object store. Version, size, tablespaces and the names of database
   * and role must fit it, and the Secret of its store is in the namespace of the new database too.
   *
   * @param database whose backups
   */
  public static backupsOf(database: TunedPostgres): RecoverySource {
    return new RecoverySource({ kind: 'database', database });
  }

  /**
   * Snapshots of the volumes, as `PostgresBackup.volumeSnapshot` takes them.
   *
   * @param props their names
   */
  public static volumeSnapshots(props: VolumeSnapshotSourceOptions): RecoverySource {
    return new RecoverySource({ kind: 'volumeSnapshots', ...props });
  }

  /**
   * A `Backup` in the namespace of the new database, that was taken as snapshots of volumes. The operator does not read
   * one of the plugin ([cloudnative-pg#7989](https://github.com/cloudnative-pg/cloudnative-pg/issues/7989)): for those,
   * `objectStore` and its `backupId`.
   *
   * @param name name of the Backup
   */
  public static backup(name: string): RecoverySource {
    return new RecoverySource({ kind: 'backup', backup: name });
  }

  /** @internal */
  public readonly _shape: RecoverySourceShape;

  private constructor(shape: RecoverySourceShape) {
    this._shape = shape;
  }
}
