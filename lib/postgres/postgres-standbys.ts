import { Construct } from 'constructs';
import type {
  ConnectionBinding,
  ConnectOptions,
  IConnectionTarget,
  IConsumer,
} from '../connection/connection';

type Accept = (consumer: IConsumer, options: ConnectOptions) => ConnectionBinding;

/** The standbys of a `TunedPostgres`, which answer queries that only read; see its `readOnly`. */
export class PostgresStandbys extends Construct implements IConnectionTarget {
  /**
   * @param scope the database
   * @param accept enters a reader into its budget
   * @internal
   */
  public static _of(scope: Construct, accept: Accept): PostgresStandbys {
    return new PostgresStandbys(scope, accept);
  }

  private constructor(
    scope: Construct,
    private readonly accept: Accept,
  ) {
    super(scope, 'standbys');
  }

  /**
   * Lets a consumer in and gives it its part of the connections. Called by `connectTo`.
   *
   * @param consumer who connects
   * @param options its pool; poolers lead to the primary, so it connects past them
   */
  public acceptConnection(consumer: IConsumer, options: ConnectOptions): ConnectionBinding {
    return this.accept(consumer, options);
  }
}
