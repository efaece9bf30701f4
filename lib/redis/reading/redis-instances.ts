/** Redis and Valkey of any manifests: pods with a configuration file, and resources of the redis-operator, in one model. */
import { configured, limitsOf } from '../../inventory/configured-servers';
import type { KubernetesObject } from '../../inventory/inventory';
import { numberAt, recordAt, textAt } from '../../inventory/json';
import { memo } from '../../inventory/memo';
import { parseRedisConf } from '../configuration/redis-conf';
import { OPERATOR_CONFIG_KEY } from '../configuration/redis-files';

/** Redis and Valkey servers with their configuration. */
export const redisServers = configured(
  /^(redis|valkey)/,
  (text, key) => (/\.conf$/.test(key) ? parseRedisConf(text) : undefined),
  new Map<string, string[][]>(),
);

/** A Redis or Valkey, run by a workload of its own or by an operator. */
export interface RedisInstance {
  readonly object: KubernetesObject;
  readonly image: string;
  readonly settings: ReadonlyMap<string, readonly string[][]>;
  /** ConfigMap and key of the settings; undefined when there are none and defaults hold. */
  readonly source?: { readonly configMap: KubernetesObject; readonly key: string };
  readonly cpuLimitMillis?: number;
  readonly memoryLimitBytes?: number;
  /** JSON path of the memory limit in the object. */
  readonly memoryPath: string;
  /** Whether other servers replicate it. */
  readonly replicated: boolean;
}

export const redisInstances = memo((inventory): readonly RedisInstance[] => [
  ...redisServers(inventory).map(({ object, container, settings, source }) => ({
    object,
    image: textAt(container.container, 'image') ?? '',
    settings,
    source,
    ...limitsOf(container.container, container.path),
    replicated: false,
  })),
  ...inventory.ofKind('RedisReplication', 'RedisCluster').map((object) => {
    const spec = recordAt(object.manifest, 'spec');
    // The leaders of a cluster have a configuration and an amount of their own.
    const own = recordAt(spec, 'redisLeader') ?? spec;
    const name = textAt(own, 'redisConfig', 'additionalRedisConfig') ?? '';
    const configMap = inventory.find('ConfigMap', object.namespace, name);
    const text = configMap && textAt(configMap.manifest, 'data', OPERATOR_CONFIG_KEY);
    return {
      object,
      image: textAt(spec, 'kubernetesConfig', 'image') ?? '',
      settings: text === undefined ? new Map<string, string[][]>() : parseRedisConf(text),
      source: configMap && { configMap, key: OPERATOR_CONFIG_KEY },
      ...(object.kind === 'RedisCluster'
        ? limitsOf(own, 'spec.redisLeader')
        : limitsOf(recordAt(spec, 'kubernetesConfig'), 'spec.kubernetesConfig')),
      replicated:
        object.kind === 'RedisReplication' || (numberAt(spec, 'redisFollower', 'replicas') ?? 0) > 0,
    };
  }),
]);
