/** From the props of a caching proxy to what its tuning and its configuration take. */
import type { Duration } from 'cdk8s';
import type { Exposure } from '../connection/exposure';
import type { Checks } from '../finding/checks';
import type { ContainerResources } from '../sizing/resources';
import { bytesOf, secondsOf } from '../units/amounts';
import type { ResolvedUpstream } from './http-upstream';
import {
  type NginxCachingProxyProps,
  PathProtocol,
  PathReading,
  PROXY_DEFAULTS,
} from './nginx-caching-proxy-props';
import { type ProxyTuning, type StatusValidity, tuneProxy } from './tuning/nginx-tuning';
import type { NginxFeatures } from './tuning/nginx-version';
import { AUTHORITIES_DIRECTORY, type ProxyRules, PUBLIC_AUTHORITIES } from './tuning/proxy-rules';

/** How a tier is reached, and how what is behind it. */
export interface TierConnections {
  readonly clientTls: boolean;
  readonly originTls: boolean;
  readonly features: NginxFeatures;
}

/** Numbers of a tier that caches. */
export function tuneCache(
  checks: Checks,
  props: NginxCachingProxyProps,
  resources: ContainerResources,
  { clientTls, originTls, features }: TierConnections,
): ProxyTuning {
  const paths = (props.paths ?? []).flatMap((path) => validitiesOf(path.validity ?? []));
  const tuning = tuneProxy({
    cacheBytes: bytesOf(props.cacheSize ?? PROXY_DEFAULTS.cacheSize),
    meanObjectBytes: bytesOf(props.meanObjectSize ?? PROXY_DEFAULTS.meanObjectSize),
    keysZoneBytes: props.keysZoneSize && bytesOf(props.keysZoneSize),
    fillBytesPerSecond: props.fillRate && bytesOf(props.fillRate),
    inactiveSeconds: secondsOf(props.inactive ?? PROXY_DEFAULTS.inactive),
    validity: [...validitiesOf(props.validity ?? PROXY_DEFAULTS.validity), ...paths],
    inMemory: props.cacheStorage?._isMemory ?? false,
    isHardVolume: props.cacheStorage?._isHard ?? false,
    isRouter: false,
    coalesce: props.coalesce ?? true,
    clientTls,
    speaksGrpc: props.paths?.some(({ protocol }) => protocol === PathProtocol.GRPC),
    originTls,
    limitsHeaders: features.limitsHeaders,
    // Of the shards, a router asks; visitors come to the routers.
    visitors: props.topology?._what.kind === 'sharded' ? undefined : props.visitors,
    ...processors(resources),
  });
  for (const { prop, value, allowed } of tuning.problems) checks.fail(prop, value, allowed);
  return tuning;
}

/** Numbers of a tier that only routes: as those of a cache without pages. */
export function tuneRouter(
  checks: Checks,
  props: NginxCachingProxyProps,
  resources: ContainerResources,
  { clientTls, features }: TierConnections,
): ProxyTuning {
  const tuning = tuneProxy({
    cacheBytes: 0,
    meanObjectBytes: 1,
    inactiveSeconds: 1,
    validity: [],
    inMemory: false,
    isHardVolume: false,
    isRouter: true,
    coalesce: false,
    clientTls,
    originTls: false,
    limitsHeaders: features.limitsHeaders,
    visitors: props.visitors,
    ...processors(resources),
  });
  for (const { prop, value, allowed } of tuning.problems) checks.fail(prop, value, allowed);
  return tuning;
}

function processors({ cpuLimitMillis, cpuRequestMillis, memoryLimitBytes }: ContainerResources) {
  return {
    cpuMillis: cpuLimitMillis ?? cpuRequestMillis,
    cpuLimitMillis,
    memoryLimitBytes,
  };
}

function validitiesOf(
  validity: ReadonlyArray<{ readonly statuses: readonly number[]; readonly duration: Duration }>,
): StatusValidity[] {
  return validity.map(({ statuses, duration }) => ({
    statuses: [...statuses],
    seconds: secondsOf(duration),
  }));
}

export interface RulesInput {
  readonly props: NginxCachingProxyProps;
  readonly exposure: Exposure;
  readonly features: NginxFeatures;
  readonly tuning: ProxyTuning;
  readonly upstream: ResolvedUpstream;
}

export function proxyRules({ props, exposure, features, tuning, upstream }: RulesInput): ProxyRules {
  const hosts = props.hosts ?? exposure._hosts;
  const { tls } = upstream;
  return {
    tuning,
    features,
    origin: upstream.address,
    originName: hosts.length > 0 && upstream.knowsClientHost ? undefined : upstream.name,
    originTls: tls && {
      name: tls.serverName,
      authorities: tls.authorities === undefined ? PUBLIC_AUTHORITIES : `${AUTHORITIES_DIRECTORY}/ca.crt`,
    },
    cacheBytes: bytesOf(props.cacheSize ?? PROXY_DEFAULTS.cacheSize),
    inactiveSeconds: secondsOf(props.inactive ?? PROXY_DEFAULTS.inactive),
    minUses: props.minUses ?? 1,
    validity: validitiesOf(props.validity ?? PROXY_DEFAULTS.validity),
    hosts,
    behindProxy: exposure._what.kind === 'Ingress' || exposure._what.kind === 'HTTPRoute',
    ignoredCookies: props.ignoreCookies ?? PROXY_DEFAULTS.ignoreCookies,
    key: {
      queryParameters: props.key?.queryParameters,
      headers: props.key?.headers ?? [],
      cookies: props.key?.cookies ?? [],
    },
    clientHeaders: props.clientHeaders ?? [],
    foldedPaths: (props.pathReading ?? PROXY_DEFAULTS.pathReading) === PathReading.FOLDED,
    varyByCookie: props.varyByCookie ?? PROXY_DEFAULTS.varyByCookie,
    paths: (props.paths ?? []).map((path) => ({
      path: path.path,
      cache: path.cache ?? true,
      validity: path.validity && validitiesOf(path.validity),
      ignoredCookies: path.ignoreCookies,
      largeObjects: path.largeObjects ?? false,
      protocol: path.protocol ?? PathProtocol.HTTP,
      idleSeconds: path.idleTimeout && secondsOf(path.idleTimeout),
      maxRequestBodyBytes: path.maxRequestBody && bytesOf(path.maxRequestBody),
      responseSeconds: path.responseTimeout && secondsOf(path.responseTimeout),
    })),
    cacheVersion: props.cacheVersion,
    coalesce: props.coalesce ?? true,
    staleSeconds: secondsOf(props.serveStale ?? PROXY_DEFAULTS.serveStale),
    connectSeconds: secondsOf(props.connectTimeout ?? PROXY_DEFAULTS.connectTimeout),
    responseSeconds: secondsOf(props.responseTimeout ?? PROXY_DEFAULTS.responseTimeout),
    idleSeconds: secondsOf(props.backendIdleTimeout ?? PROXY_DEFAULTS.backendIdleTimeout) - 1,
    maxRequestBodyBytes: bytesOf(props.maxRequestBody ?? PROXY_DEFAULTS.maxRequestBody),
    drainSeconds: secondsOf(props.drainTime ?? PROXY_DEFAULTS.drainTime),
    proxyProtocol: exposure._proxyProtocol,
    clientTls: props.tlsSecret !== undefined,
    cacheMetrics: props.metrics !== false,
  };
}
