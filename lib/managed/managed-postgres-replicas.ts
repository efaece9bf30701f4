import { Construct } from 'constructs';
import type {
  ConnectionBinding,
  IConnectionTarget,
  IConsumer,
  ReadOnlyConnectionOptions,
} from '../connection/connection';
import { DatabaseConnection } from '../connection/database-connection';
import { Checks } from '../finding/checks';

type Accept = (consumer: IConsumer, options: ReadOnlyConnectionOptions) => ConnectionBinding;

/**
 * The replicas of a `ManagedPostgres`, which answer queries that only read; see its `readOnly`.
 *
 * @example
 * const orders = new ManagedPostgres(chart, 'orders', {
 *   host: 'orders.cluster-abc123.eu-west-1.rds.amazonaws.com',
 *   readOnlyHost: 'orders.cluster-ro-abc123.eu-west-1.rds.amazonaws.com',
 *   peer: NetworkPeer.cidr('10.20.0.0/16'),
 *   maxConnections: 400,
 * });
 * web.connectTo(orders); // DB_HOST, …
 * web.connectTo(orders.readOnly); // DB_READ_HOST, …, beside it
 */
export class ManagedPostgresReplicas extends Construct implements IConnectionTarget {
  /**
   * @param scope the database
   * @param databases names of the databases in its server
   * @param accept enters a reader into its budget
   * @internal
   */
  public static _of(scope: Construct, databases: readonly string[], accept: Accept): ManagedPostgresReplicas {
    return new ManagedPostgresReplicas(scope, databases, accept);
  }

  private constructor(
    scope: Construct,
    private readonly databases: readonly string[],
    private readonly accept: Accept,
  ) {
    super(scope, 'replicas');
  }

  /**
   * A connection with options of its own: `web.connectTo(db.readOnly.connection({ pool: … }))`.
   *
   * @param options its pool, its database and its variables
   */
  public connection(options: ReadOnlyConnectionOptions): IConnectionTarget {
    const checks = Checks.of(this).at('connection');
    options.pool?._check(checks.at('pool'));
    checks.oneOf('database', options.database, this.databases);
    options.variables?._check(checks.at('variables'));
    checks.throwIfAny();
    return DatabaseConnection._of(this, (consumer) => this.accept(consumer, options));
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
