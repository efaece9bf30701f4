import { Duration, Size } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import type { IHttpBackend } from '../connection/connection';
import type { Exposure } from '../connection/exposure';
import type { PodProps } from '../pod/pod-props';
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { HttpUpstream } from './http-upstream';
import type { ProxyCacheStorage } from './proxy-cache-storage';
import type { ProxyTopology } from './proxy-topology';

/** How long answers are valid whose origin does not say it. */
export interface ProxyCacheValidity {
  /** Statuses of the answers, such as `[200, 301]`. */
  readonly statuses: number[];
  /** Time that they are valid, in whole seconds. */
  readonly duration: Duration;
}

/**
 * Parts of the key beside scheme, host and path. Each is what the origin sees, and nothing else of its kind is: a value
 * that is longer than 100 characters, or holds others than letters, digits and `,;=.*_/+:% -`, counts as none.
 */
export interface ProxyCacheKey {
  /**
   * Parameters of the query that make a page another one; all others are taken off before the origin. At most 20 names of
   * letters, digits and `_`.
   *
   * @default - the whole query, as the client sent it
   */
  readonly queryParameters?: string[];
  /**
   * Headers of the request that make a page another one, such as `Accept-Language`. Each value is a page of its own, also
   * one that a client makes up.
   *
   * @default - none; what the origin's `Vary` names is told apart without being listed
   */
  readonly headers?: string[];
  /**
   * Cookies that make a page another one, such as `currency`; they make no answer private. Names of letters, digits and `_`.
   *
   * @default - none
   */
  readonly cookies?: string[];
}

/** What is spoken below a path. */
export enum PathProtocol {
  /** HTTP: requests and answers. */
  HTTP = 'http',
  /**
   * WebSocket beside HTTP: a request that asks for it is upgraded, any other is not. Nothing is cached. When a pod stops, its
   * connections are closed after `drainTime`, and the clients must connect again.
   */
  WEBSOCKET = 'websocket',
  /**
   * gRPC: HTTP/2 from the client to the backend, which must speak it on its port without an upgrade (h2c), or over TLS.
   * Needs nginx 1.29.8. Without `tlsSecret` the listener takes HTTP/2 beside HTTP/1.1, and an Ingress must be told to speak
   * it (its annotation); a Gateway is, by the Service. A connection has 8 calls at one time, and is counted with all of them
   * in the memory. Calls are cut off `drainTime` after a pod is told to stop.
   */
  GRPC = 'grpc',
}

/** What differs below a path; what is left out is as for the others. */
export interface ProxyPath {
  /** The path and what lies below it: `/api` is `/api` and `/api/…`. Letters, digits and `-._~/`. The longest one decides. */
  readonly path: string;
  /**
   * Whether answers are cached at all.
   *
   * @default true
   */
  readonly cache?: boolean;
  /**
   * How long answers are valid whose origin does not say it.
   *
   * @default - as for the others
   */
  readonly validity?: ProxyCacheValidity[];
  /**
   * Cookies that make no answer private here and do not reach the origin; `*` alone is every cookie, for static files.
   *
   * @default - as for the others
   */
  readonly ignoreCookies?: string[];
  /**
   * Whether answers are fetched, stored and served in parts of 1Mi, for files of many megabytes: a range is answered
   * without the whole. They are not compressed; the origin must serve ranges, with an ETag that stays. Until it ends, a
   * request holds 48Ki of memory for each MiB that it fetches from the origin, beside what `profile` is checked against.
   * Refused for an nginx that discloses memory with it (CVE-2026-60005: older than 1.30.4).
   *
   * @default false
   */
  readonly largeObjects?: boolean;
  /**
   * Time for an answer of the backend, in whole seconds.
   *
   * @default - as for the others
   */
  readonly responseTimeout?: Duration;
  /**
   * Largest body of a request, in whole bytes. It takes no disk, however large: bodies are passed on as they come.
   *
   * @default - as for the others; of gRPC, whose streams are one body, any
   */
  readonly maxRequestBody?: Size;
  /**
   * What is spoken. Anything but HTTP goes straight to the origin, is not cached, and is refused with what is about the cache,
   * and with `ProxyTopology.sharded()`.
   *
   * @default PathProtocol.HTTP
   */
  readonly protocol?: PathProtocol;
  /**
   * Time after which a WebSocket, or a call of gRPC, is closed on which neither side has sent anything, in whole seconds up to 24 hours. Refused
   * for HTTP, which has `responseTimeout`.
   *
   * @default Duration.hours(1)
   */
  readonly idleTimeout?: Duration;
}

/** How the origin reads paths, for the paths that are not cached. */
export enum PathReading {
  /**
   * It may fold more than nginx does: letter case, `;parameters`, backslashes, double escapes, escaped slashes and dots, as
   * Tomcat, IIS and Express do. A request that could be for an uncached path to such an origin is not cached either.
   */
  FOLDED = 'folded',
  /** As nginx does: `.`, `..`, double slashes and single escapes are taken out, and nothing else. */
  EXACT = 'exact',
}

/** Properties of a `NginxCachingProxy`. */
export interface NginxCachingProxyProps extends PodProps {
  /**
   * What is behind the proxy, such as a ScalableWebApp. Either this or `upstream` is required.
   *
   * @default - `upstream`
   */
  readonly backend?: IHttpBackend;
  /**
   * What is behind the proxy when it is none of our constructs: any Service, or a host outside of the cluster.
   *
   * @default - `backend`
   */
  readonly upstream?: HttpUpstream;
  /**
   * Host names that are served, such as `['shop.example.com']`; requests for others are refused (421). Without any, all
   * hosts get the same site, and the origin is asked under the name of its Service.
   *
   * @default - the hosts of the exposure
   */
  readonly hosts?: string[];
  /**
   * How clients reach the proxy, and so what its network policy lets in.
   *
   * @default Exposure.clusterIp()
   */
  readonly exposure?: Exposure;
  /**
   * Secret of type `kubernetes.io/tls`, with which nginx itself speaks TLS: port 443 of the Service; plain requests are sent
   * there (308). A renewed certificate is read without a restart. From nginx 1.29.8 on, clients may speak HTTP/2, with 8
   * requests at one time. Not with an Ingress or a Gateway, which end TLS themselves.
   *
   * @default - plain HTTP
   */
  readonly tlsSecret?: ISecret;
  /**
   * Port of the Service.
   *
   * @default 80
   */
  readonly servicePort?: number;
  /**
   * Size of the cache of each replica: `max_size`, in whole bytes, at least 1Mi. The volume is larger; see `fillRate`.
   *
   * @default Size.gibibytes(1)
   */
  readonly cacheSize?: Size;
  /**
   * Mean size of a cached answer; with `cacheSize` it says how many keys there are.
   *
   * @default Size.kibibytes(16)
   */
  readonly meanObjectSize?: Size;
  /**
   * Memory for the keys: `keys_zone`. Refused when it would be full before the cache is.
   *
   * @default - one MiB per 7700 objects
   */
  readonly keysZoneSize?: Size;
  /**
   * What misses write to the cache at the worst, per second, in whole bytes. nginx looks at the size of its cache every 10
   * seconds only, so the volume has room for what comes in between. A rate below the default is a promise of yours: whoever
   * makes misses faster gets the pod evicted. The checklist says so (CAC-043), and PerformanceMonitoring alerts at half of
   * it. The size of a hard volume does not follow from it.
   *
   * @default - all that the CPU limit can fill, 768Mi for each CPU (measured: 534Mi); without a limit a CPU for each worker
   */
  readonly fillRate?: Size;
  /**
   * Time after which an answer that nobody asked for is dropped; at least the longest validity.
   *
   * @default Duration.minutes(60)
   */
  readonly inactive?: Duration;
  /**
   * How long answers are valid whose origin does not say it; `Cache-Control` of the origin wins.
   *
   * @default - 10 minutes for 200, 301 and 308, 1 minute for 404 and 410
   */
  readonly validity?: ProxyCacheValidity[];
  /**
   * What makes a page another one, beside scheme, host and path.
   *
   * @default - the query
   */
  readonly key?: ProxyCacheKey;
  /**
   * Paths that differ, at most 50.
   *
   * @default - none
   */
  readonly paths?: ProxyPath[];
  /**
   * Requests for a page after which it is stored, from 1 to 100. With 2, what is asked for once (a crawler, a flood of random
   * addresses) is not written to disk, and a cold page is fetched twice.
   *
   * @default 1
   */
  readonly minUses?: number;
  /**
   * Cookies that make no answer private, such as those of analytics; a trailing `*` stands for any ending. They do not
   * reach the origin. Any other cookie makes the answer private: it is neither stored nor taken from the cache.
   *
   * @default - _ga*, _gid, _gat*, _fbp, _hj*, utm_*
   */
  readonly ignoreCookies?: string[];
  /**
   * Headers that the origin gets from clients although they say who asks or switch frameworks, such as `['RSC', 'Next-Url']`.
   * A request with one is private, unless the header is part of `key`. What is removed otherwise is listed in the
   * documentation of the construct. At most 20 names.
   *
   * @default - none
   */
  readonly clientHeaders?: string[];
  /**
   * How the origin reads paths: which spellings of a path with `cache: false` are not cached either.
   *
   * @default PathReading.FOLDED
   */
  readonly pathReading?: PathReading;
  /**
   * Whether a page that says `Vary: Cookie` is stored for visitors without a cookie, as every page of Django does. Requests
   * with a cookie are private all the same. Only where a visitor without a cookie gets what all such visitors get.
   *
   * @default false
   */
  readonly varyByCookie?: boolean;
  /**
   * Part of every key: a new value is an empty cache.
   *
   * @default - none
   */
  readonly cacheVersion?: string;
  /**
   * Whether one request fetches a cold page while the others wait for it. nginx looks every 500 ms whether the page has come,
   * so waiting requests take that much longer; when it turns out that it may not be stored, they are told within another
   * 150 ms, and nobody waits for it in the minute that follows. Without, each of them asks the origin.
   *
   * @default true
   */
  readonly coalesce?: boolean;
  /**
   * How long a page may be served after its validity, in whole seconds: while it is renewed, and when the origin fails. An
   * origin's `stale-while-revalidate` and `stale-if-error` win; `must-revalidate`, `proxy-revalidate` and `s-maxage` forbid
   * it (RFC 9111). A page that may no longer be stored (it is gone, or private now) is not served any more from the first
   * renewal on. Zero turns it off.
   *
   * @default Duration.days(1)
   */
  readonly serveStale?: Duration;
  /**
   * Visitors at one time that each replica has to bear, none of whose pages is in the cache. Refused when the memory of
   * `profile` does not bear them. More get 503 with `Retry-After`.
   *
   * @default - as many as the memory bears: 1000 in 512Mi
   */
  readonly visitors?: number;
  /**
   * Time for a connection to the backend, in whole seconds.
   *
   * @default Duration.seconds(2)
   */
  readonly connectTimeout?: Duration;
  /**
   * Time for an answer of the backend, in whole seconds.
   *
   * @default Duration.seconds(15)
   */
  readonly responseTimeout?: Duration;
  /**
   * Time that the backend keeps idle connections, at least 2 whole seconds. The proxy closes its own a second earlier.
   *
   * @default Duration.seconds(5), that of Node.js
   */
  readonly backendIdleTimeout?: Duration;
  /**
   * Largest body of a request, in whole bytes; a larger one is refused with 413, before it is read where its length is said.
   * It takes no disk, however large: bodies are passed on as they come, so a client that sends slowly holds a connection to
   * the backend, and what was passed on in part is not tried again. `paths` may have limits of their own.
   *
   * @default Size.mebibytes(1)
   */
  readonly maxRequestBody?: Size;
  /**
   * How many replicas there are.
   *
   * @default ScalingPolicy.replicas(2)
   */
  readonly scaling?: ScalingPolicy;
  /**
   * How the caches of the replicas share the pages.
   *
   * @default ProxyTopology.independent()
   */
  readonly topology?: ProxyTopology;
  /**
   * Where cached answers lie.
   *
   * @default ProxyCacheStorage.disk()
   */
  readonly cacheStorage?: ProxyCacheStorage;
  /**
   * Size of the container. Local disk follows from the cache, whatever the profile says. Its memory decides how many
   * connections a worker has, from 128 to 4096: all of them may hold headers and buffers to the full at one time, and fit.
   * A limit that bears fewer is refused.
   *
   * @default WorkloadProfile.WEB_API
   */
  readonly profile?: WorkloadProfile;
  /**
   * Time that a pod waits, still serving, before it is told to stop. Zero turns it off.
   *
   * @default Duration.seconds(10)
   */
  readonly preStopDelay?: Duration;
  /**
   * Time that requests under way have to finish, in whole seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly drainTime?: Duration;
  /**
   * Image with a tag or a digest, laid out like nginx-unprivileged: user 101.
   *
   * @default - nginx-unprivileged 1.30
   */
  readonly image?: string;
  /**
   * Version of nginx in the image, such as `1.30.4`: it decides which directives may be emitted.
   *
   * @default - read from the tag of the image; when it names none, only what every version has is emitted
   */
  readonly nginxVersion?: string;
  /**
   * Whether nginx-prometheus-exporter and mtail, for the metrics of the cache, run beside nginx.
   *
   * @default true
   */
  readonly metrics?: boolean;
  /**
   * Image of nginx-prometheus-exporter.
   *
   * @default - nginx-prometheus-exporter 1.5
   */
  readonly exporterImage?: string;
  /**
   * Image of mtail, which counts the cache statuses of the access log.
   *
   * @default - mtail 3.2
   */
  readonly cacheExporterImage?: string;
  /**
   * Name of all objects. A changed name is a new workload, so pin it before you move the construct in the tree.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}

/** The defaults; sizes, times and statuses are the guide's, but for those that it lacks. */
export const PROXY_DEFAULTS = {
  cacheSize: Size.gibibytes(1),
  meanObjectSize: Size.kibibytes(16),
  inactive: Duration.minutes(60),
  validity: [
    { statuses: [200, 301, 308], duration: Duration.minutes(10) },
    { statuses: [404, 410], duration: Duration.minutes(1) },
  ],
  ignoreCookies: ['_ga*', '_gid', '_gat*', '_fbp', '_hj*', 'utm_*'],
  connectTimeout: Duration.seconds(2),
  responseTimeout: Duration.seconds(15),
  backendIdleTimeout: Duration.seconds(5),
  maxRequestBody: Size.mebibytes(1),
  serveStale: Duration.days(1),
  pathReading: PathReading.FOLDED,
  varyByCookie: false,
  drainTime: Duration.seconds(30),
  servicePort: 80,
} as const;
