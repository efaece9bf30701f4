import type { ISecret } from 'cdk8s-plus-27';
import type { CacheVariables } from '../connection/cache-variables';
import type { NetworkPeer } from '../connection/network-peer';

/** Properties of an `ExternalRedis`. */
export interface ExternalRedisProps {
  /** Where it answers: a DNS name or an address of IPv4, such as `master.shop.abc123.euw1.cache.amazonaws.com`. */
  readonly host: string;
  /**
   * Port.
   *
   * @default 6379
   */
  readonly port?: number;
  /**
   * Whose network the cache is in, for the network policies of those who connect: `NetworkPeer.cidr('10.20.0.0/16')`, the
   * subnets of a cloud; `NetworkPeer.anywhere()`, any address on the port; `NetworkPeer.dnsName(host)`, where the cluster runs
   * Cilium; or pods that somebody else runs.
   */
  readonly peer: NetworkPeer;
  /**
   * Whether it speaks TLS. Consumers are told: `CACHE_TLS`, or `rediss://` in their URL.
   *
   * @default false
   */
  readonly tls?: boolean;
  /**
   * An existing Secret with the key `ca.crt`, the authority of the server's certificate as PEM. Consumers are told:
   * `CACHE_TLS_CA`, or the name of their URL with `_CA`. Needs `tls`.
   *
   * @default - none is told: the authority is a public one
   */
  readonly certificateAuthority?: ISecret;
  /**
   * An existing Secret with the key `password`. A consumer in another namespace needs it there too.
   *
   * @default - it asks for no password
   */
  readonly credentials?: ISecret;
  /**
   * User to log in as; needs `credentials`.
   *
   * @default - none: the password alone, which is that of the user `default`
   */
  readonly username?: string;
  /**
   * Clients that it accepts: its `maxclients`, which a cloud sets by the size of the instance. The connections of all pods of
   * all consumers, a rollout included, must fit it. From 1 to 1000000.
   *
   * @default - not known, and nothing is verified
   */
  readonly maxClients?: number;
  /**
   * Name, from which that of the exporter is made.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}

/** How a consumer uses an `ExternalRedis`. */
export interface ExternalRedisConnectionOptions {
  /**
   * How the consumer is told of the cache. One that uses several caches needs other names for all but one.
   *
   * @default CacheVariables.GUIDE
   */
  readonly variables?: CacheVariables;
  /**
   * Connections that each pod of the consumer holds at the most: its pool, times its processes. From 1 to 10000.
   *
   * @default - one for each process of the consumer's `runtime`, or 1
   */
  readonly connectionsPerPod?: number;
}
