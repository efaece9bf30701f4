import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { HttpEndpoint, IHttpBackend } from '../connection/connection';
import { Exposure } from '../connection/exposure';
import type { IMonitored, MetricsEndpoint } from '../connection/monitored';
import { checkAccess, NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { emitExposedService } from '../connection/service';
import { Checks } from '../finding/checks';
import { emitConfigMap } from '../pod/api-object';
import { emitDisruptionBudget } from '../pod/disruption';
import { DEFAULT_IMAGES } from '../pod/images';
import { namespaceOf, resourceName, selectorLabels } from '../pod/naming';
import { emitPodAccount } from '../pod/pod-account';
import { checkPodProps } from '../pod/pod-extras';
import { autoscalerNameOf } from '../scaling/emitted-autoscaler';
import { emitReplicated } from '../scaling/replicated';
import { ScalingPolicy } from '../scaling/scaling-policy';
import { WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { CacheShards, shardAddresses } from './cache-shards';
import { cachingProxy } from './configuration/caching-rules-emitter';
import { printNginxConf } from './configuration/nginx-conf';
import { shardRouter } from './configuration/shard-router-emitter';
import { backendUpstream, type ResolvedUpstream } from './http-upstream';
import { type NginxCachingProxyProps, PathProtocol, PROXY_DEFAULTS } from './nginx-caching-proxy-props';
import { ProxyCacheStorage } from './proxy-cache-storage';
import { checkProxy, type Chosen } from './proxy-checks';
import {
  boundedFill,
  configurationFiles,
  metricsEndpoints,
  PROXY_MOUNTS,
  type TierPods,
  tierPods,
} from './proxy-pods';
import { proxyRules, tuneCache, tuneRouter } from './proxy-settings';
import { ProxyTopology } from './proxy-topology';
import { NginxFeatures, parseNginxVersion, versionOfImage } from './tuning/nginx-version';
import { PROXY_PORT, TLS_PORT } from './tuning/proxy-rules';

const STARTUP_SECONDS = 30;
const SURGE_PERCENT = 25;

/**
 * A caching reverse proxy: nginx that stores public answers, never private ones; that asks the origin once however many
 * clients wait; that serves the old page when the origin is down; and whose cache fits its volume. There are two replicas
 * unless `scaling` says otherwise.
 *
 * @example
 * new NginxCachingProxy(chart, 'edge', {
 *   backend: web,
 *   exposure: Exposure.ingress({ hosts: ['shop.example.com'], className: 'nginx', tlsSecretName: 'shop-tls' }),
 *   paths: [
 *     { path: '/admin', cache: false },
 *     { path: '/static/', ignoreCookies: ['*'], validity: [{ statuses: [200], duration: Duration.hours(1) }] },
 *   ],
 * });
 */
export class NginxCachingProxy extends Construct implements IHttpBackend, IMonitored {
  /** Name of all objects. */
  public readonly name: string;
  /** The pods, as network policies name them. */
  public readonly networkIdentity: NetworkIdentity;
  /** Where the proxy answers HTTP inside the cluster. */
  public readonly httpEndpoint: HttpEndpoint;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where nginx-prometheus-exporter answers. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** Where mtail answers, with the metrics of the cache. */
  public readonly moreMetricsEndpoints?: MetricsEndpoint[];
  /** Visitors at one time that each replica bears, none of whose pages is in its cache. */
  public readonly visitors: number;
  /** Requests at one time that each replica bears, those between its own servers included; more are turned away with 503. */
  public readonly requestsAtOnce?: number;
  /** Bytes per second that misses may write to the cache of a pod, as its volume was sized for. */
  public readonly fillBytesPerSecond?: number;
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The tier that stores pages, for PerformanceMonitoring to watch too; undefined unless the topology is sharded. */
  public readonly shardTier?: IMonitored;
  /** The HorizontalPodAutoscaler; undefined for a fixed number of replicas. */
  public readonly autoscaler?: ApiObject;
  /** The Service. */
  public readonly service: ApiObject;
  /** The Ingress or HTTPRoute, if the exposure has one. */
  public readonly route?: ApiObject;
  /** The HTTPRoute that redirects to https, if the exposure asks for it. */
  public readonly redirectRoute?: ApiObject;
  /** The ConfigMap with `nginx.conf`. */
  public readonly configMap: ApiObject;
  /** The ServiceAccount of the pods; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: those whom the exposure lets in, and the backend. */
  public readonly networkPolicy: ApiObject;
  /** Name of the HorizontalPodAutoscaler; undefined for a fixed number of replicas. */
  public readonly autoscalerName?: string;
  /** The PodDisruptionBudget: one pod at a time. */
  public readonly disruptionBudget: ApiObject;

  private readonly network: NetworkAccess;
  private readonly proxyProtocol: boolean;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: NginxCachingProxyProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    checks.made(props);
    const chosen: Chosen = {
      profile: props.profile ?? WorkloadProfile.WEB_API,
      scaling: props.scaling ?? ScalingPolicy.replicas(2),
      exposure: props.exposure ?? Exposure.clusterIp(),
      features: featuresOf(props),
      version: KubernetesVersion.of(this),
    };
    checkProxy(checks, props, chosen);
    checkPodProps(checks, props, { name: 'proxy', mountPaths: PROXY_MOUNTS });
    checks.throwIfAny();

    const upstream = this.upstream(props, chosen);
    const labels = selectorLabels(this.name, 'proxy');
    const head = { name: this.name, labels };
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    this.httpEndpoint = {
      serviceName: this.name,
      namespace: namespaceOf(this),
      servicePort: props.servicePort ?? PROXY_DEFAULTS.servicePort,
      podPort: PROXY_PORT,
      identity: this.networkIdentity,
    };
    this.shardTier = this.shardsBehind(checks, props, chosen, upstream);
    const tier = this.frontTier(checks, props, chosen, upstream);
    checks.throwIfAny();
    this.hasCpuLimit = tier.resources.cpuLimitMillis !== undefined;
    const endpoints = metricsEndpoints(tier);
    this.metricsEndpoint = endpoints.connections;
    this.moreMetricsEndpoints = endpoints.cache;
    this.fillBytesPerSecond = boundedFill(tier);
    this.visitors = tier.tuning.visitors;
    this.requestsAtOnce = tier.tuning.requests;

    this.serviceAccount = emitPodAccount(this, head, props);
    this.configMap = emitConfigMap(this, 'config', head, configurationFiles(tier));
    const { deployment, autoscaler } = emitReplicated(this, {
      ...head,
      pod: tierPods(this, tier),
      scaling: chosen.scaling,
      surgePercent: SURGE_PERCENT,
      startupSeconds: STARTUP_SECONDS,
      fixedReplicasReason: this.shardTier
        ? 'it only passes requests on, and its shards are as many as they are'
        : 'each replica has a cache of its own, a new one starts cold',
    });
    this.deployment = deployment;
    this.node.defaultChild = deployment;
    this.autoscaler = autoscaler;
    this.autoscalerName = autoscaler && autoscalerNameOf(autoscaler);
    this.disruptionBudget = emitDisruptionBudget(this, 'disruption-budget', this.name, labels);
    this.network = new NetworkAccess(this, 'network-policy', this.name, labels);
    this.proxyProtocol = chosen.exposure._proxyProtocol !== undefined;
    this.networkPolicy = this.network.policy;
    const { service, route, redirectRoute } = emitExposedService(this, {
      ...head,
      exposure: chosen.exposure,
      servicePort: this.httpEndpoint.servicePort,
      targetPort: 'http',
      // A Gateway speaks HTTP/1.1 to a Service unless that says otherwise.
      appProtocol:
        chosen.exposure._what.kind === 'HTTPRoute' && speaksGrpc(props) ? 'kubernetes.io/h2c' : undefined,
      morePorts: props.tlsSecret && [
        { name: 'https', port: 443, targetPort: 'https', protocol: 'TCP', appProtocol: 'https' },
      ],
      stickySeconds: props.topology?._stickySeconds,
    });
    this.service = service;
    this.route = route;
    this.redirectRoute = redirectRoute;
    const ports = props.tlsSecret ? [PROXY_PORT, TLS_PORT] : [PROXY_PORT];
    for (const peer of chosen.exposure._peers()) this.network.allowFrom(peer, ports);
    if (this.shardTier) this.network.allowTo(NetworkPeer.pods(this.shardTier.networkIdentity), [PROXY_PORT]);
    else this.network.allowTo(upstream.peer, [upstream.peerPort]);
    props.backend?.allowHttpFrom(
      NetworkPeer.pods(this.shardTier ? this.shardTier.networkIdentity : this.networkIdentity),
    );
  }

  /**
   * Lets the pods reach something that is no construct here, such as the control plane of a mesh.
   *
   * @param peer who is reached
   * @param ports TCP ports; at least one
   */
  public allowTo(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowTo', peer, ports);
    this.network.allowTo(peer, ports);
  }

  /**
   * Lets a peer reach the HTTP port.
   *
   * @param peer who may, such as `NetworkPeer.namespace('tools')`
   */
  public allowHttpFrom(peer: NetworkPeer): void {
    const checks = Checks.of(this);
    peer._check(checks.at('allowHttpFrom'), 'peer');
    if (this.proxyProtocol) {
      checks.fail(
        'allowHttpFrom',
        'a peer inside the cluster',
        'every connection must begin with the PROXY protocol, as those of the load balancer do; give the peer a NginxCachingProxy of its own, or what is behind this one',
      );
    }
    checks.throwIfAny();
    this.network.allowFrom(peer, [PROXY_PORT]);
  }

  /**
   * Lets a peer scrape the metrics endpoints.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    for (const endpoint of [this.metricsEndpoint, ...(this.moreMetricsEndpoints ?? [])])
      if (endpoint) this.network.allowFrom(peer, [endpoint.port]);
  }

  private upstream(props: NginxCachingProxyProps, { features }: Chosen): ResolvedUpstream {
    const namespace = namespaceOf(this);
    const resolve = features.resolvesUpstreams;
    if (props.upstream) return props.upstream._resolve(namespace, resolve);
    return backendUpstream(props.backend as IHttpBackend, namespace, resolve);
  }

  /** The tier that clients reach: the caches themselves, or the routers before the shards. */
  private frontTier(
    checks: Checks,
    props: NginxCachingProxyProps,
    { profile, exposure, features }: Chosen,
    upstream: ResolvedUpstream,
  ): TierPods {
    const resources = profile._resources();
    const clientTls = props.tlsSecret !== undefined;
    const topology = (props.topology ?? ProxyTopology.independent())._what;
    const connections = { clientTls, originTls: upstream.tls !== undefined, features };
    const tuning =
      topology.kind === 'sharded'
        ? tuneRouter(checks, props, resources, connections)
        : tuneCache(checks, props, resources, connections);
    const rules = proxyRules({ props, exposure, features, tuning, upstream });
    const common = {
      name: this.name,
      labels: selectorLabels(this.name, 'proxy'),
      props,
      resources,
      tuning,
      clientTlsSecret: props.tlsSecret?.name,
      ownedByDeployment: true,
    };
    if (topology.kind === 'sharded') {
      const router = shardRouter(rules, shardAddresses(this.name, topology.shards));
      return { ...common, configuration: printNginxConf(router) };
    }
    return {
      ...common,
      configuration: printNginxConf(cachingProxy(rules)),
      cacheVolume: cacheVolume(props, tuning.cacheVolumeBytes),
      authoritiesSecret: upstream.tls?.authorities,
    };
  }

  private shardsBehind(
    checks: Checks,
    props: NginxCachingProxyProps,
    { exposure, features }: Chosen,
    upstream: ResolvedUpstream,
  ): CacheShards | undefined {
    const topology = props.topology?._what;
    if (topology?.kind !== 'sharded') return undefined;
    const given = (topology.profile ?? WorkloadProfile.WEB_API)._resources();
    // What a shard keeps is nowhere else: it is not to be evicted for memory that it was allowed to use.
    const resources = { ...given, memoryRequestBytes: given.memoryLimitBytes };
    const tuning = tuneCache(checks.at('topology'), props, resources, {
      clientTls: false,
      originTls: upstream.tls !== undefined,
      features,
    });
    checks.throwIfAny();
    // The tier before them ends TLS and says who the client is.
    const rules = {
      ...proxyRules({ props, exposure, features, tuning, upstream }),
      behindProxy: true,
      proxyProtocol: undefined,
      clientTls: false,
    };
    return new CacheShards(this, 'shards', {
      proxyName: this.name,
      shards: topology.shards,
      props,
      resources,
      tuning,
      configuration: printNginxConf(cachingProxy(rules)),
      cacheVolume: cacheVolume(props, tuning.cacheVolumeBytes),
      authoritiesSecret: upstream.tls?.authorities,
      hasCpuLimit: resources.cpuLimitMillis !== undefined,
      routers: this.networkIdentity,
      origin: { peer: upstream.peer, port: upstream.peerPort },
    });
  }
}

function speaksGrpc({ paths = [] }: NginxCachingProxyProps): boolean {
  return paths.some(({ protocol }) => protocol === PathProtocol.GRPC);
}

function featuresOf({ nginxVersion, image }: NginxCachingProxyProps): NginxFeatures {
  return new NginxFeatures(
    nginxVersion === undefined
      ? versionOfImage(image ?? DEFAULT_IMAGES.nginx)
      : parseNginxVersion(nginxVersion),
  );
}

function cacheVolume(props: NginxCachingProxyProps, bytes: number) {
  return (props.cacheStorage ?? ProxyCacheStorage.disk())._volume('cache', bytes);
}
