import type { ProxyTuning, StatusValidity } from './nginx-tuning';
import type { NginxFeatures } from './nginx-version';

/** Host and port of what is asked. */
export interface UpstreamAddress {
  /** As nginx takes it; may hold the domains that the start script fills in. */
  readonly host: string;
  readonly port: number;
  /** Asked for again while nginx runs; needs a version that can, and a name. */
  readonly resolve: boolean;
}

/** TLS to the origin; its certificate is always verified. */
export interface UpstreamTls {
  /** Name that the certificate must be for, and that is sent as SNI. */
  readonly name: string;
  /** File with the certificates of the authorities that are trusted. */
  readonly authorities: string;
}

/** Rules of paths that differ from the others. */
export interface PathRules {
  readonly path: string;
  readonly cache: boolean;
  readonly validity?: readonly StatusValidity[];
  readonly ignoredCookies?: readonly string[];
  readonly largeObjects: boolean;
  readonly protocol: 'http' | 'websocket' | 'grpc';
  /** How long an upgraded connection may be silent. */
  readonly idleSeconds?: number;
  readonly responseSeconds?: number;
  readonly maxRequestBodyBytes?: number;
}

/** Parts of the key beside scheme, host, path and query. */
export interface KeyRules {
  /** Names of query parameters; undefined: the whole query. */
  readonly queryParameters?: readonly string[];
  readonly headers: readonly string[];
  readonly cookies: readonly string[];
}

/** All that the configuration of a caching nginx depends on. */
export interface ProxyRules {
  readonly tuning: ProxyTuning;
  readonly features: NginxFeatures;
  readonly cacheBytes: number;
  readonly inactiveSeconds: number;
  readonly minUses: number;
  readonly validity: readonly StatusValidity[];
  /** Hosts that are served; when empty, every host gets the same site. */
  readonly hosts: readonly string[];
  readonly origin: UpstreamAddress;
  /** What the origin is called in `Host` when the client's host is not sent; undefined: the client's is. */
  readonly originName?: string;
  readonly originTls?: UpstreamTls;
  /** Whether an Ingress, a Gateway or another proxy of ours stands in front, which says who the client is. */
  readonly behindProxy: boolean;
  /** Names of cookies that make no answer private; a trailing `*` stands for any ending. */
  readonly ignoredCookies: readonly string[];
  readonly key: KeyRules;
  /** Names of headers that the origin gets from clients although they are listed in `client-headers.ts`. */
  readonly clientHeaders: readonly string[];
  /** Whether the origin may fold paths more than nginx does. */
  readonly foldedPaths: boolean;
  /** Whether a page that varies by cookie is stored for those who have none. */
  readonly varyByCookie: boolean;
  readonly paths: readonly PathRules[];
  readonly cacheVersion?: string;
  readonly coalesce: boolean;
  /** How long a page may be served that is no longer valid. */
  readonly staleSeconds: number;
  readonly connectSeconds: number;
  readonly responseSeconds: number;
  readonly idleSeconds: number;
  readonly maxRequestBodyBytes: number;
  readonly drainSeconds: number;
  /** Ranges from which a PROXY protocol header is believed; undefined: it is not spoken. */
  readonly proxyProtocol?: readonly string[];
  /** Whether nginx itself speaks TLS to clients. */
  readonly clientTls: boolean;
  /** Whether each request is told to the exporter of cache metrics. */
  readonly cacheMetrics: boolean;
}

/** How long a WebSocket or a call of gRPC may be silent: an hour, the usual one of proxies. A proposal. */
export const DEFAULT_IDLE_SECONDS = 3600;

export const PROXY_PORT = 8080;
export const STATUS_PORT = 8081;
export const COMPRESS_PORT = 8082;
export const TLS_PORT = 8443;
/** One short line per request, for the exporter of cache metrics; the start script empties it before it is full. */
export const METRICS_LOG_DIRECTORY = '/var/log/caching-proxy';
export const METRICS_LOG = `${METRICS_LOG_DIRECTORY}/metrics.log`;
export const CACHE_DIRECTORY = '/var/cache/nginx';
/** Scratch of nginx: answers while they are fetched, bodies of requests. Not the volume of the cache. */
export const SCRATCH_DIRECTORY = '/tmp';
export const CONFIG_DIRECTORY = '/etc/caching-proxy';
export const CLIENT_TLS_DIRECTORY = '/etc/caching-proxy-tls';
export const AUTHORITIES_DIRECTORY = '/etc/caching-proxy-ca';
/** Certificates of public authorities in the official images. */
export const PUBLIC_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** What the start script fills in, in lines of `resolver` and `server`; no prop may hold it. */
export const PLACEHOLDER = {
  dnsServers: '@DNS_SERVERS@',
  /** Domain of the Services of the pod's own namespace. */
  namespaceDomain: '@NAMESPACE_DOMAIN@',
  /** Domain of all Services: `svc.cluster.local`. */
  serviceDomain: '@SERVICE_DOMAIN@',
} as const;
