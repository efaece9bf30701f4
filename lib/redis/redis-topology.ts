import type { Checks } from '../finding/checks';
import { dnsLabelRule, imageRule } from '../units/names';

/** Options of `RedisTopology.sentinel`. */
export interface SentinelTopologyOptions {
  /**
   * Servers: one takes the writes, the others replicate it. From 2 to 10.
   *
   * @default 3
   */
  readonly servers?: number;
  /**
   * Sentinels, which choose a new primary when more than half of them agree that the old one is gone: an odd number from
   * 3 to 9.
   *
   * @default 3
   */
  readonly sentinels?: number;
  /**
   * Image of the Sentinels, made for the operator.
   *
   * @default - the operator's own image of Redis Sentinel 8.6
   */
  readonly sentinelImage?: string;
  /**
   * Namespace of the operator; it logs in to the servers.
   *
   * @default ot-operators
   */
  readonly operatorNamespace?: string;
}

/** Options of `RedisTopology.cluster`. */
export interface ClusterTopologyOptions {
  /**
   * Servers that share out the keys; `memory` and `maxMemory` are those of each. From 3 to 100.
   *
   * @default 3
   */
  readonly shards?: number;
  /**
   * Servers that replicate each of them. Without one, its keys are gone with its node. From 0 to 3.
   *
   * @default 1
   */
  readonly replicasPerShard?: number;
  /**
   * Namespace of the operator; it logs in to the servers.
   *
   * @default ot-operators
   */
  readonly operatorNamespace?: string;
}

/** What a topology is made of, with its defaults. */
export type TopologyShape =
  | { readonly kind: 'standalone' }
  | {
      readonly kind: 'sentinel';
      readonly servers: number;
      readonly sentinels: number;
      readonly sentinelImage?: string;
      readonly operatorNamespace: string;
    }
  | {
      readonly kind: 'cluster';
      readonly shards: number;
      readonly replicasPerShard: number;
      readonly operatorNamespace: string;
    };

/** Where the installation guide of the operator puts it. */
const OPERATOR_NAMESPACE = 'ot-operators';

/**
 * On how many machines a cache runs. All but `standalone`, which is the default, need the redis-operator of
 * OT-CONTAINER-KIT, 0.22 or newer, in the cluster, and refuse Valkey: the operator's images are made of Redis.
 *
 * @example
 * new CacheRedis(chart, 'prices', {
 *   maxMemory: Size.gibibytes(4), // of each shard: 24Gi of keys in all
 *   topology: RedisTopology.cluster({ shards: 6, replicasPerShard: 1 }),
 * });
 */
export class RedisTopology {
  /** One server. It needs no operator; when its node is gone, another starts empty, or from its volume. */
  public static standalone(): RedisTopology {
    return new RedisTopology({ kind: 'standalone' });
  }

  /**
   * One primary with replicas, and Sentinels that promote one of them when it is gone: the same keys on every server.
   *
   * @param options how many
   */
  public static sentinel(options: SentinelTopologyOptions = {}): RedisTopology {
    return new RedisTopology({
      kind: 'sentinel',
      servers: options.servers ?? 3,
      sentinels: options.sentinels ?? 3,
      sentinelImage: options.sentinelImage,
      operatorNamespace: options.operatorNamespace ?? OPERATOR_NAMESPACE,
    });
  }

  /**
   * Several servers that share out the keys, each with replicas: more memory and more CPUs than one machine has. Clients
   * must speak the protocol of Redis Cluster.
   *
   * @param options how many
   */
  public static cluster(options: ClusterTopologyOptions = {}): RedisTopology {
    return new RedisTopology({
      kind: 'cluster',
      shards: options.shards ?? 3,
      replicasPerShard: options.replicasPerShard ?? 1,
      operatorNamespace: options.operatorNamespace ?? OPERATOR_NAMESPACE,
    });
  }

  /** @internal */
  public readonly _shape: TopologyShape;

  private constructor(shape: TopologyShape) {
    this._shape = shape;
  }

  /** @internal */
  public _check(checks: Checks): void {
    const shape = this._shape;
    if (shape.kind === 'standalone') return;
    checks.text('operatorNamespace', shape.operatorNamespace, dnsLabelRule);
    if (shape.kind === 'cluster') {
      checks.integer('shards', shape.shards, 3, 100);
      checks.integer('replicasPerShard', shape.replicasPerShard, 0, 3);
      return;
    }
    checks.integer('servers', shape.servers, 2, 10);
    checks.integer('sentinels', shape.sentinels, 3, 9);
    if (shape.sentinels % 2 === 0)
      checks.fail(
        'sentinels',
        shape.sentinels,
        'allowed: an odd number; an even one survives no more failures',
      );
    checks.text('sentinelImage', shape.sentinelImage, imageRule);
  }
}

/** Whether the servers of a topology have replicas. */
export function isReplicated(shape: TopologyShape): boolean {
  return shape.kind === 'sentinel' || (shape.kind === 'cluster' && shape.replicasPerShard > 0);
}
