import { Construct } from 'constructs';
import type {
  ConnectionBinding,
  IConnectionTarget,
  IConsumer,
  ReadOnlyConnectionOptions,
} from '../connection/connection';
import { type ConnectionNames, DatabaseConnection } from '../connection/database-connection';

type Accept = (consumer: IConsumer, options: ReadOnlyConnectionOptions) => ConnectionBinding;

/**
 * The standbys of a `TunedPostgres`, or the replicas of an `ExternalPostgres`, which answer queries that only read; see their
 * `readOnly`.
 *
 * @example
 * const orders = new TunedPostgres(chart, 'orders', {
 *   storage: Size.gibibytes(100),
 *   topology: PostgresTopology.cloudNativePg({ instances: 3 }),
 * });
 * web.connectTo(orders); // DB_HOST, …: the primary
 * web.connectTo(orders.readOnly); // DB_READ_HOST, …: the standbys, beside it
 * worker.connectTo(orders.readOnly.connection({ pool: ConnectionPool.fixed({ size: 2 }) })); // reports
 */
export class PostgresStandbys extends Construct implements IConnectionTarget {
  /**
   * @param scope the database
   * @param names databases and roles that a reader may ask for
   * @param accept enters a reader into its budget
   * @internal
   */
  public static _of(scope: Construct, names: ConnectionNames, accept: Accept): PostgresStandbys {
    return new PostgresStandbys(scope, names, accept);
  }

  private constructor(
    scope: Construct,
    private readonly names: ConnectionNames,
    private readonly accept: Accept,
  ) {
    super(scope, 'readOnly');
  }

  /**
   * A connection with options of its own: `web.connectTo(db.readOnly.connection({ pool: … }))`.
   *
   * @param options its pool, its database and its variables; poolers lead to the primary, so it connects past them
   */
  public connection(options: ReadOnlyConnectionOptions): IConnectionTarget {
    return DatabaseConnection._of(this, this.names, options, (consumer) => this.accept(consumer, options));
  }

  /**
   * Lets a consumer in and gives it its part of the connections. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.accept(consumer, {});
  }
}
