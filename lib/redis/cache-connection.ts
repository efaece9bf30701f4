import type { Node } from 'constructs';
import type { CacheVariables } from '../connection/cache-variables';
import type { ConnectionBinding, IConnectionTarget, IConsumer } from '../connection/connection';

/** How a consumer uses a cache. */
export interface CacheConnectionOptions {
  /**
   * Name of the user that the consumer logs in as: one of `users`.
   *
   * @default app
   */
  readonly user?: string;
  /**
   * How the consumer is told of the cache. One that uses several caches needs other names for all but one.
   *
   * @default CacheVariables.GUIDE
   */
  readonly variables?: CacheVariables;
}

/** A connection with options of its own, made by `connection()` of a cache and given to `connectTo`. */
export class CacheConnection implements IConnectionTarget {
  /**
   * @param node the node of the cache
   * @param accept enters a consumer with the options
   * @internal
   */
  public static _of(node: Node, accept: (consumer: IConsumer) => ConnectionBinding): CacheConnection {
    return new CacheConnection(node, accept);
  }

  private constructor(
    /** The node of the cache. */
    public readonly node: Node,
    private readonly accept: (consumer: IConsumer) => ConnectionBinding,
  ) {}

  /**
   * Lets a consumer in. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.accept(consumer);
  }
}
