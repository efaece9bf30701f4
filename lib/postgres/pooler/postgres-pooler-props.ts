import type { Duration } from 'cdk8s';
import type { SchedulingProps } from '../../pod/scheduling';
import type { WorkloadProfile } from '../../sizing/workload-profile';

/** Properties of a `PostgresPooler`. */
export interface PostgresPoolerProps extends SchedulingProps {
  /**
   * Poolers that run, from 1 to 20. They share out the connections of the database, so more of them make the single pool
   * smaller. With one, its clients are cut off whenever its node is drained.
   *
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Transactions that the database should work on at once, from 1 to 10000: the pools of all poolers together. Twice as
   * many for applications that ask several times within a transaction and are far away from the database.
   *
   * @default - two for each CPU of the database, and one for its disk
   */
  readonly activeTransactions?: number;
  /**
   * Time that a transaction takes while the database is busy with as many as the poolers let in, from 1 millisecond to 1
   * hour: how long the last of all clients waits follows from it.
   *
   * @default Duration.seconds(2)
   */
  readonly transactionTime?: Duration;
  /**
   * Time that a client waits for a connection to the database before it is cut off: `query_wait_timeout`, in whole seconds
   * from 1 to 3600. `PerformanceMonitoring` alerts at half of it.
   *
   * @default - until the last of all clients is served by the poolers that are left when one is lost, with
   * `transactionTime` for each; at least 30 seconds, at most 120, and longer than the pool of a client waits
   */
  readonly queryWaitTimeout?: Duration;
  /**
   * Size of a pooler. Its memory bears a client for every 32Ki above 64Mi; PgBouncer uses one CPU at most.
   *
   * @default - 100m to 1 CPU, 128Mi of memory: 2048 clients each
   */
  readonly profile?: WorkloadProfile;
  /**
   * Time that transactions get to end when a pooler stops, in whole seconds from 1 to 3600.
   *
   * @default Duration.seconds(60)
   */
  readonly drainTime?: Duration;
  /**
   * Image with a tag or a digest: PgBouncer 1.23 or newer in the path, with `sh`, `sed`, `sleep` and `pg_isready`, for a
   * numeric user.
   *
   * @default - docker.io/edoburu/pgbouncer 1.25
   */
  readonly image?: string;
  /**
   * Numeric user and group of the image, from 1 to 2147483647.
   *
   * @default 70
   */
  readonly runAsUser?: number;
  /**
   * Whether pgbouncer_exporter runs beside each pooler.
   *
   * @default true
   */
  readonly metrics?: boolean;
  /**
   * Image of pgbouncer_exporter.
   *
   * @default - pgbouncer_exporter 0.12
   */
  readonly exporterImage?: string;
  /**
   * Name of all objects.
   *
   * @default - the name of the database with `-pooler` behind it
   */
  readonly name?: string;
}
