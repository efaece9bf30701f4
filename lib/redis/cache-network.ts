import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { emitDisruptionBudget } from '../pod/disruption';
import { namespaceOf, type SelectorLabels, selectorLabels } from '../pod/naming';
import { CACHE_PORT, CLUSTER_BUS_PORT, SENTINEL_PORT } from './configuration/redis-files';
import type { TopologyShape } from './redis-topology';

/** Who reaches the pods of a cache on several machines, and how many of them may be evicted at a time. */
export interface CacheNetwork {
  readonly servers: NetworkAccess;
  readonly sentinels?: NetworkAccess;
  readonly disruptionBudget: ApiObject;
  readonly sentinelDisruptionBudget?: ApiObject;
}

export function sentinelLabels(name: string): SelectorLabels {
  return selectorLabels(name, 'cache-sentinel');
}

/**
 * Policies and budgets for the pods that the operator makes, by the labels of their resource: servers talk to each other
 * and to the Sentinels, and the operator to all of them.
 */
export function emitCacheNetwork(
  scope: Construct,
  name: string,
  labels: SelectorLabels,
  shape: Exclude<TopologyShape, { kind: 'standalone' }>,
): CacheNetwork {
  const pods = (podLabels: SelectorLabels): NetworkIdentity => ({
    namespace: namespaceOf(scope),
    podLabels: { ...podLabels },
  });
  const operator = NetworkPeer.namespace(shape.operatorNamespace);
  const servers = new NetworkAccess(scope, 'network-policy', name, labels);
  const among = NetworkPeer.pods(pods(labels));
  const ports = shape.kind === 'cluster' ? [CACHE_PORT, CLUSTER_BUS_PORT] : [CACHE_PORT];
  servers.allowFrom(among, ports);
  servers.allowTo(among, ports);
  servers.allowFrom(operator, [CACHE_PORT]);
  const disruptionBudget = emitDisruptionBudget(scope, 'disruption-budget', name, labels);
  if (shape.kind === 'cluster') return { servers, disruptionBudget };

  const own = sentinelLabels(name);
  const watchers = NetworkPeer.pods(pods(own));
  const sentinels = new NetworkAccess(scope, 'sentinel-network-policy', `${name}-sentinel`, own);
  sentinels.allowFrom(watchers, [SENTINEL_PORT]);
  sentinels.allowTo(watchers, [SENTINEL_PORT]);
  sentinels.allowFrom(operator, [SENTINEL_PORT]);
  sentinels.allowTo(among, [CACHE_PORT]);
  servers.allowFrom(watchers, [CACHE_PORT]);
  return {
    servers,
    sentinels,
    disruptionBudget,
    sentinelDisruptionBudget: emitDisruptionBudget(
      scope,
      'sentinel-disruption-budget',
      `${name}-sentinel`,
      own,
    ),
  };
}
