import type { Duration } from 'cdk8s';
import type { PodProps } from '../../pod/pod-props';
import type { WorkloadProfile } from '../../sizing/workload-profile';

/** Properties of a `PostgresPooler`. */
export interface PostgresPoolerProps extends PodProps {
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
   * @default - two for each CPU of the database, and one for its disk; in front of an `ExternalPostgres`, whose CPU nobody
   * knows, 20 for each pooler
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
   * Parameters that a driver may send when it connects, besides the usual ones: they are accepted and have no effect, so set
   * on the role what they ask for. What PgBouncer tracks for every client, and `user`, `database` and `replication`, are
   * refused.
   *
   * @default - extra_float_digits, options, jit, statement_timeout, lock_timeout, idle_in_transaction_session_timeout,
   * search_path
   */
  readonly ignoreStartupParameters?: string[];
  /**
   * Parameters that hold for a client on whatever connection it gets, besides the usual ones. Only what the version of
   * Postgres reports to its clients can be tracked; everything else is refused.
   *
   * @default - IntervalStyle; default_transaction_read_only from 14 on, search_path from 18 on
   */
  readonly trackParameters?: string[];
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
