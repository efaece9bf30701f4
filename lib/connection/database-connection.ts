import type { Construct, Node } from 'constructs';
import { Checks } from '../finding/checks';
import type {
  ConnectionBinding,
  IConnectionTarget,
  IConsumer,
  ReadOnlyConnectionOptions,
} from './connection';

/** What a connection can ask for. */
export interface ConnectionNames {
  readonly databases: readonly string[];
  /** Roles; the first is that of the application. */
  readonly users: readonly string[];
}

/** A connection with options of its own, made by `connection()` of a database and given to `connectTo`. */
export class DatabaseConnection implements IConnectionTarget {
  /**
   * Checks the options.
   *
   * @param target what is connected to
   * @param names databases and roles that the options may name
   * @param options of the connection
   * @param accept enters a consumer with the options
   * @internal
   */
  public static _of(
    target: Construct,
    names: ConnectionNames,
    options: ReadOnlyConnectionOptions,
    accept: (consumer: IConsumer) => ConnectionBinding,
  ): DatabaseConnection {
    const checks = Checks.of(target).at('connection');
    checks.made(options);
    options.pool?._check(checks.at('pool'));
    checks.oneOf('database', options.database, names.databases);
    checks.oneOf('user', options.user, names.users);
    options.variables?._check(checks.at('variables'));
    checks.throwIfAny();
    return new DatabaseConnection(target, accept);
  }

  private constructor(
    private readonly target: Construct,
    private readonly accept: (consumer: IConsumer) => ConnectionBinding,
  ) {}

  /** The node of what is connected to. */
  public get node(): Node {
    return this.target.node;
  }

  /**
   * Lets a consumer in. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.accept(consumer);
  }
}
