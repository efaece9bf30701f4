import type { ISecret } from 'cdk8s-plus-27';
import type { PodProps } from '../pod/pod-props';
import type { WorkloadProfile } from '../sizing/workload-profile';

/** How the exporter of a store that exists elsewhere is run. */
export interface StoreExporterProps extends PodProps {
  /**
   * Size of the exporter.
   *
   * @default - 10m to 100m of CPU, 64Mi of memory
   */
  readonly profile?: WorkloadProfile;
  /**
   * Image of the exporter with a tag or a digest; it runs as user 65534.
   *
   * @default - postgres_exporter 0.20 or redis_exporter 1.88
   */
  readonly image?: string;
  /**
   * Name of all objects.
   *
   * @default - the name of the store with `-exporter` behind it
   */
  readonly name?: string;
}

/** Properties of the exporter of an `ExternalPostgres`. */
export interface ExternalPostgresExporterProps extends StoreExporterProps {
  /**
   * Role that the exporter logs in as. Without `pg_monitor` it sees the transactions of its own role only, and no alert on those of
   * others can fire: `GRANT pg_monitor TO exporter`. Another role than that of the database needs `credentials`.
   *
   * @default - the role of the database
   */
  readonly user?: string;
  /**
   * An existing Secret with the key `password`, that of the role, in the namespace of the store.
   *
   * @default - the Secret of the database
   */
  readonly credentials?: ISecret;
}

/** Properties of the exporter of an `ExternalRedis`. */
export interface ExternalRedisExporterProps extends StoreExporterProps {
  /**
   * User that the exporter logs in as; it needs `INFO`, `SLOWLOG` and `LATENCY`. Another one than that of the cache needs
   * `credentials`.
   *
   * @default - the user of the cache
   */
  readonly username?: string;
  /**
   * An existing Secret with the key `password`, that of the user, in the namespace of the store.
   *
   * @default - the Secret of the cache
   */
  readonly credentials?: ISecret;
}
