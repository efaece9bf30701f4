import { Duration, Size } from 'cdk8s';
import type { IHttpBackend } from '../connection/connection';
import type { Exposure } from '../connection/exposure';
import type { SchedulingProps } from '../pod/scheduling';
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { WorkloadProfile } from '../sizing/workload-profile';

/** How long answers are valid whose origin does not say it. */
export interface CacheValidity {
  /** Statuses of the answers, such as `[200, 301]`. */
  readonly statuses: number[];
  /** Time that they are valid, in whole seconds. */
  readonly duration: Duration;
}

/** Properties of a `NginxCachingProxy`. */
export interface NginxCachingProxyProps extends SchedulingProps {
  /** What is behind the proxy, such as a ScalableWebApp. */
  readonly backend: IHttpBackend;
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
   * Port of the Service.
   *
   * @default 80
   */
  readonly servicePort?: number;
  /**
   * Size of the cache of each replica: `max_size`, in whole bytes, at least 1Mi. The volume is larger.
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
   * What misses write to the cache at the worst, per second. nginx looks at the size of its cache every 10 seconds only,
   * so the volume has room for what comes in between.
   *
   * @default - a tenth of `cacheSize`: the volume is twice as large as the cache
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
  readonly validity?: CacheValidity[];
  /**
   * Cookies that make no answer private, such as those of analytics; a trailing `*` stands for any ending. They do not
   * reach the origin. Any other cookie makes the answer private: it is neither stored nor taken from the cache.
   *
   * @default - _ga*, _gid, _gat*, _fbp, _hj*, utm_*
   */
  readonly ignoreCookies?: string[];
  /**
   * Part of every key: a new value is an empty cache.
   *
   * @default - none
   */
  readonly cacheVersion?: string;
  /**
   * Whether one request fetches a cold or expired page while the others wait for it or get the old one. nginx looks every
   * 500 ms whether the page has come, so waiting requests take that much longer.
   *
   * @default true
   */
  readonly coalesce?: boolean;
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
   * Largest body of a request, in whole bytes.
   *
   * @default Size.mebibytes(1)
   */
  readonly maxRequestBody?: Size;
  /**
   * How many replicas there are. Each has its own cache, so the origin sees every page once per replica.
   *
   * @default ScalingPolicy.replicas(2)
   */
  readonly scaling?: ScalingPolicy;
  /**
   * Size of the container. Local disk follows from the cache, whatever the profile says.
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
   * Whether nginx-prometheus-exporter runs beside nginx.
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
  drainTime: Duration.seconds(30),
  servicePort: 80,
} as const;
