import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { IMonitored, MetricsEndpoint } from '../connection/monitored';
import { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { emitService } from '../connection/service';
import { emitConfigMap, emitSpec } from '../pod/api-object';
import { emitDisruptionBudget } from '../pod/disruption';
import { namespaceOf, selectorLabels } from '../pod/naming';
import { emitPodAccount } from '../pod/pod-account';
import { boundedFill, configurationFiles, metricsEndpoints, type TierPods, tierPods } from './proxy-pods';
import { PLACEHOLDER, PROXY_PORT, type UpstreamAddress } from './tuning/proxy-rules';

export interface CacheShardsOptions extends Omit<TierPods, 'name' | 'labels' | 'ownedByDeployment'> {
  /** Name of the proxy. */
  readonly proxyName: string;
  readonly shards: number;
  readonly hasCpuLimit: boolean;
  readonly routers: NetworkIdentity;
  readonly origin: { readonly peer: NetworkPeer; readonly port: number };
}

/** Names of shards, as the tier before them asks for them. */
export function shardAddresses(proxyName: string, shards: number): UpstreamAddress[] {
  return Array.from({ length: shards }, (_, index) => ({
    host: `${shardName(proxyName)}-${index}.${shardName(proxyName)}.${PLACEHOLDER.namespaceDomain}`,
    port: PROXY_PORT,
    resolve: true,
  }));
}

function shardName(proxyName: string): string {
  return `${proxyName}-shard`;
}

/** The tier that stores pages: each pod has a name of its own, by which the hash finds it again. */
export class CacheShards extends Construct implements IMonitored {
  public readonly name: string;
  public readonly networkIdentity: NetworkIdentity;
  public readonly hasCpuLimit: boolean;
  public readonly metricsEndpoint?: MetricsEndpoint;
  public readonly moreMetricsEndpoints?: MetricsEndpoint[];
  public readonly fillBytesPerSecond?: number;
  public readonly requestsAtOnce?: number;
  public readonly statefulSet: ApiObject;
  public readonly configMap: ApiObject;

  private readonly network: NetworkAccess;

  constructor(scope: Construct, id: string, options: CacheShardsOptions) {
    super(scope, id);
    this.name = shardName(options.proxyName);
    this.hasCpuLimit = options.hasCpuLimit;
    const labels = selectorLabels(this.name, 'cache-shard');
    const head = { name: this.name, labels };
    const tier: TierPods = { ...options, ...head, ownedByDeployment: false };
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    const endpoints = metricsEndpoints(tier);
    this.metricsEndpoint = endpoints.connections;
    this.moreMetricsEndpoints = endpoints.cache;
    this.fillBytesPerSecond = boundedFill(tier);
    this.requestsAtOnce = tier.tuning.requests;
    emitPodAccount(this, head, options.props);
    this.configMap = emitConfigMap(this, 'config', head, configurationFiles(tier));
    const pod = tierPods(this, tier);
    this.statefulSet = emitSpec<StatefulSet>(
      this,
      'stateful-set',
      { ...head, apiVersion: 'apps/v1', kind: 'StatefulSet' },
      () => ({
        replicas: options.shards,
        selector: { matchLabels: { ...labels } },
        serviceName: this.name,
        // Shards do not know of each other, so none waits for the one before it.
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate' },
        template: pod.render(),
      }),
    );
    emitDisruptionBudget(this, 'disruption-budget', this.name, labels);
    this.network = new NetworkAccess(this, 'network-policy', this.name, labels);
    this.network.allowFrom(NetworkPeer.pods(options.routers), [PROXY_PORT]);
    this.network.allowTo(options.origin.peer, [options.origin.port]);
    emitService(this, 'service', {
      ...head,
      headless: true,
      ports: [{ name: 'http', port: PROXY_PORT, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }],
    });
  }

  public allowScrapeFrom(peer: NetworkPeer): void {
    for (const endpoint of [this.metricsEndpoint, ...(this.moreMetricsEndpoints ?? [])])
      if (endpoint) this.network.allowFrom(peer, [endpoint.port]);
  }
}
