import { Duration } from 'cdk8s';
import type { Checks } from '../finding/checks';
import type { WorkloadProfile } from '../sizing/workload-profile';
import { secondsOf } from '../units/amounts';
import { hitRatio } from './tuning/hit-ratio-sizing';

/** Clients that stay with a replica. */
export interface StickyOptions {
  /**
   * Time after its last request in which a client's address goes to the same replica, up to 24 hours, in whole seconds.
   *
   * @default Duration.hours(3), that of Kubernetes
   */
  readonly timeout?: Duration;
}

/** The tier that stores pages. */
export interface ShardedOptions {
  /** Number of shards, from 2 to 32. Each has a cache of `cacheSize`; together they store every page once. */
  readonly shards: number;
  /**
   * Size of a shard's container; it requests all the memory of its limit.
   *
   * @default WorkloadProfile.WEB_API
   */
  readonly profile?: WorkloadProfile;
}

/** Requests, for an estimate of the hit ratio. */
export interface ProxyTraffic {
  /** Requests per second to all replicas together. */
  readonly requestsPerSecond: number;
  /** Number of different pages. */
  readonly pages: number;
  /** Time that a page is valid. */
  readonly lifetime: Duration;
  /**
   * How unequally pages are asked for: the n-th is asked for n^-skew times as often as the first. 0 is equally.
   *
   * @default 0.8, in the range that was found for the Web (Breslau et al., INFOCOM 1999: 0.64 to 0.83)
   */
  readonly skew?: number;
}

type Topology =
  | { readonly kind: 'independent' }
  | ({ readonly kind: 'sticky' } & StickyOptions)
  | ({ readonly kind: 'sharded' } & ShardedOptions);

/**
 * How the caches of several replicas share the pages; by default each has a cache of its own.
 *
 * @example
 * const traffic = { requestsPerSecond: 50, pages: 20_000, lifetime: Duration.minutes(10) };
 * const sharded = ProxyTopology.sharded({ shards: 3 });
 * const gain = sharded.hitRatio(traffic, 6) - ProxyTopology.independent().hitRatio(traffic, 6);
 * new NginxCachingProxy(chart, 'front', {
 *   backend: web,
 *   hosts: ['shop.example.com'],
 *   topology: gain > 0.1 ? sharded : undefined, // worth a hop when a tenth of the requests more are hits
 * });
 */
export class ProxyTopology {
  /**
   * Each replica has a cache of its own. The simplest, and the fastest for a hit; the origin sees every page once per
   * replica, and a new replica starts cold.
   */
  public static independent(): ProxyTopology {
    return new ProxyTopology({ kind: 'independent' });
  }

  /**
   * As independent ones, and the Service sends a client's address to the same replica, so that it never sees a page go
   * back to an older copy. The origin sees every page once per replica all the same. Behind an Ingress or a Gateway, which
   * do not use the Service's address, it has no effect and is refused.
   *
   * @param options how long
   */
  public static sticky(options: StickyOptions = {}): ProxyTopology {
    return new ProxyTopology({ kind: 'sticky', ...options });
  }

  /**
   * Two tiers: replicas that store nothing send each page to the one shard that keeps it, by a consistent hash. The origin
   * sees every page once, and the cache is as large as all shards together, at the price of a hop inside the cluster.
   * A shard that goes takes its own pages with it, no others. Needs nginx 1.27.3.
   *
   * @param options how many shards, and their size
   */
  public static sharded(options: ShardedOptions): ProxyTopology {
    return new ProxyTopology({ kind: 'sharded', ...options });
  }

  private constructor(
    /** @internal */
    public readonly _what: Topology,
  ) {}

  /**
   * Share of requests that the caches answer, from 0 to 1, when no cache is full: each of n caches that get a share of
   * every page's requests, λ/n a second, answers λT/n of 1 + λT/n from its copy, which is valid for T.
   *
   * @param traffic the requests
   * @param replicas how many replicas share them; of no influence on shards
   */
  public hitRatio(traffic: ProxyTraffic, replicas: number): number {
    return hitRatio(
      {
        requestsPerSecond: traffic.requestsPerSecond,
        pages: traffic.pages,
        validSeconds: secondsOf(traffic.lifetime),
        skew: traffic.skew ?? 0.8,
      },
      this._what.kind === 'sharded' ? 1 : replicas,
    );
  }

  /** @internal */
  public get _stickySeconds(): number | undefined {
    if (this._what.kind !== 'sticky') return undefined;
    return secondsOf(this._what.timeout ?? Duration.hours(3));
  }

  /** @internal */
  public _check(checks: Checks): void {
    const what = this._what;
    if (what.kind === 'sticky') checks.integer('timeout', this._stickySeconds, 1, 86_400);
    if (what.kind === 'sharded') {
      checks.integer('shards', what.shards, 2, 32);
      what.profile?._check(checks.at('profile'));
    }
  }
}
