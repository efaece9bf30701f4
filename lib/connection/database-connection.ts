import type { Node } from 'constructs';
import type { ConnectionBinding, IConnectionTarget, IConsumer } from './connection';

/** A connection with options of its own, made by `connection()` of a database and given to `connectTo`. */
export class DatabaseConnection implements IConnectionTarget {
  /**
   * @param target what is connected to
   * @param accept enters a consumer with the options
   * @internal
   */
  public static _of(
    target: { readonly node: Node },
    accept: (consumer: IConsumer) => ConnectionBinding,
  ): DatabaseConnection {
    return new DatabaseConnection(target, accept);
  }

  private constructor(
    private readonly target: { readonly node: Node },
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
