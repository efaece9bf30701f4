import type { ISecret } from 'cdk8s-plus-27';
import type { NetworkPeer } from '../../connection/network-peer';
import type { PostgresSslMode } from '../../connection/postgres-ssl-mode';
import type { RecoverySource } from './recovery-source';
import type { RecoveryTarget } from './recovery-target';

/** Properties of `PostgresBootstrap.recovery`. */
export interface RecoveryOptions {
  /** What is restored. */
  readonly source: RecoverySource;
  /**
   * The moment at which the recovery stops.
   *
   * @default - the end of the archive: everything that was archived
   */
  readonly target?: RecoveryTarget;
  /**
   * Timeline that is followed (`recovery_target_timeline`): a whole number from 1.
   *
   * @default - the latest
   */
  readonly timeline?: number;
  /**
   * The backup to begin with, by its id in the archive, such as `20260131T020000`. Required by targets that are no time and no
   * place in the WAL; refused with snapshots, which are one.
   *
   * @default - the last one before the target
   */
  readonly backupId?: string;
}

/** Where a server answers that is imported from, and who asks. */
export interface ImportOptions {
  /** Where it answers: a DNS name or an address of IPv4. */
  readonly host: string;
  /**
   * Port.
   *
   * @default 5432
   */
  readonly port?: number;
  /**
   * Whose network it is in, for the network policy: `NetworkPeer.cidr('10.20.0.0/16')`, pods, or `NetworkPeer.anywhere()`. A policy
   * knows addresses, no DNS names.
   */
  readonly peer: NetworkPeer;
  /** Role that reads everything which is imported, such as the owner of the database. */
  readonly user: string;
  /** An existing Secret with its password, in the namespace of the new database. */
  readonly credentials: ISecret;
  /**
   * Key of the password in that Secret.
   *
   * @default password
   */
  readonly passwordKey?: string;
  /**
   * How the connection is encrypted.
   *
   * @default PostgresSslMode.REQUIRE
   */
  readonly sslMode?: PostgresSslMode;
  /**
   * An existing Secret with `ca.crt`, which the certificate is checked by; required by `VERIFY_CA` and `VERIFY_FULL`, refused
   * with others.
   *
   * @default - the certificate is not checked
   */
  readonly certificateAuthority?: ISecret;
  /**
   * Tables that are dumped and restored at a time, from 1 to 16 and as many as fit the memory: each restores an index with
   * `maintenance_work_mem`. The other server needs one connection more than that, and one to read its catalogs.
   *
   * @default 1
   */
  readonly jobs?: number;
}

/** Properties of `PostgresBootstrap.importDatabase`. */
export interface ImportDatabaseOptions extends ImportOptions {
  /**
   * Database of the other server that is imported. Here it has the name and the owner that `database` and `user` of the
   * construct say.
   */
  readonly database: string;
}

/** Properties of `PostgresBootstrap.importServer`. */
export interface ImportServerOptions extends ImportOptions {
  /**
   * Databases that are imported, with their names; that of the construct is one of them.
   *
   * @default - all, but for `postgres` and templates
   */
  readonly databases?: string[];
  /**
   * Roles that are imported, with their passwords; the `user` of the construct is one of them, and has the password of the new
   * Secret. Nobody stays a superuser.
   *
   * @default - all, but for `postgres` and those of the operator
   */
  readonly roles?: string[];
}

/** @internal */
export type ImportShape =
  | ({ readonly kind: 'importDatabase' } & ImportDatabaseOptions)
  | ({ readonly kind: 'importServer' } & ImportServerOptions);

/** @internal */
export type BootstrapShape = ({ readonly kind: 'recovery' } & RecoveryOptions) | ImportShape;

/**
 * What a new database on CloudNativePG begins with, instead of being empty. It is read once, when the operator makes the Cluster: in
 * a database that is there, it does nothing, whatever it says. When the data is there it can be removed, and the network
 * policy closes.
 *
 * @example
 * const bootstrap = PostgresBootstrap.importDatabase({
 *   host: 'orders.abc123.eu-west-1.rds.amazonaws.com',
 *   peer: NetworkPeer.cidr('10.20.0.0/16'),
 *   database: 'orders',
 *   user: 'orders',
 *   credentials: Secret.fromSecretName(chart, 'old', 'old-orders'),
 * });
 * const topology = PostgresTopology.cloudNativePg();
 * new TunedPostgres(chart, 'orders', { storage: Size.gibibytes(100), topology, bootstrap });
 */
export class PostgresBootstrap {
  /**
   * The data of another database of CloudNativePG, from its backups, up to any moment that they hold. Database and role keep
   * their names, so `database` and `user` are those of the source; the role gets the password of the new Secret. `initSql` does
   * not run. The major version is that of the source.
   *
   * @param props from what, and up to when
   */
  public static recovery(props: RecoveryOptions): PostgresBootstrap {
    return new PostgresBootstrap({ kind: 'recovery', ...props });
  }

  /**
   * One database of a server that runs, of the same or an older major version, by `pg_dump` (`microservice`): its objects become
   * those of `user`, and privileges stay behind. What is written there meanwhile is not imported. The dump lies on the data
   * volume until it is restored.
   *
   * @param props where it is
   */
  public static importDatabase(props: ImportDatabaseOptions): PostgresBootstrap {
    return new PostgresBootstrap({ kind: 'importDatabase', ...props });
  }

  /**
   * Databases and roles of a server that runs, with owners, privileges and passwords (`monolith`). The role that asks must be
   * a superuser, who alone reads passwords; managed services have none to give.
   *
   * @param props where it is, and which
   */
  public static importServer(props: ImportServerOptions): PostgresBootstrap {
    return new PostgresBootstrap({ kind: 'importServer', ...props });
  }

  /** @internal */
  public readonly _shape: BootstrapShape;

  private constructor(shape: BootstrapShape) {
    this._shape = shape;
  }
}
