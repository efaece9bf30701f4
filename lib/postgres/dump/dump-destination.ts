import type { ISecret } from 'cdk8s-plus-27';
import type { NetworkPeer } from '../../connection/network-peer';

/** Properties of `DumpDestination.objectStore`. */
export interface ObjectStoreDestinationOptions {
  /** Bucket, and a path in it where you like: `s3://bucket/path`. The bucket is there already. */
  readonly destinationPath: string;
  /**
   * Folder in that place, which belongs to this database alone: a run takes older dumps out of it.
   *
   * @default - namespace and name of the database: `shop/shop-orders`
   */
  readonly folder?: string;
  /**
   * Address of a store that speaks S3, such as `https://s3.example.com` or `http://minio.storage:9000`.
   *
   * @default - that of AWS in the region
   */
  readonly endpointUrl?: string;
  /**
   * Region of the bucket, such as `eu-west-1`. Required without an `endpointUrl`.
   *
   * @default - none
   */
  readonly region?: string;
  /**
   * An existing Secret with `ACCESS_KEY_ID` and `ACCESS_SECRET_KEY`, which may list, read, write and delete in the folder.
   *
   * @default - none: the pods have the role of their ServiceAccount, or of the cloud that they run in
   */
  readonly credentials?: ISecret;
  /**
   * Annotations of the ServiceAccount, such as `eks.amazonaws.com/role-arn`, by which a cloud gives the pods a role.
   *
   * @default - none
   */
  readonly serviceAccountAnnotations?: { [annotation: string]: string };
  /**
   * Where the store is, for the network policy: `NetworkPeer.cidr('10.20.0.0/16')`, or the pods of a store in the cluster.
   *
   * @default - anywhere, on the port of the store: manifests do not know its address
   */
  readonly peer?: NetworkPeer;
  /**
   * Image of rclone, with `sh`.
   *
   * @default - the official one, of a pinned version
   */
  readonly image?: string;
}

/**
 * Where dumps are kept.
 *
 * @example
 * const destination = DumpDestination.objectStore({
 *   destinationPath: 's3://backups',
 *   region: 'eu-west-1',
 *   credentials: Secret.fromSecretName(chart, 'store', 'backup-store'),
 * });
 * // The volume is for one dump, on its way.
 * const backup = PostgresBackup.dump({ storage: Size.gibibytes(20), destination });
 * const topology = PostgresTopology.statefulSet({ backup });
 * new TunedPostgres(chart, 'ledger', { storage: Size.gibibytes(50), topology });
 */
export class DumpDestination {
  /**
   * In an object store that speaks S3, uploaded by rclone. A dump is there when it is there as a whole, and has been compared.
   *
   * @param props which store, and who may write to it
   */
  public static objectStore(props: ObjectStoreDestinationOptions): DumpDestination {
    return new DumpDestination(props);
  }

  /** @internal */
  public readonly _store: ObjectStoreDestinationOptions;

  private constructor(store: ObjectStoreDestinationOptions) {
    this._store = store;
  }
}
