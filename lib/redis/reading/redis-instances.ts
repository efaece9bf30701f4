/** Redis and Valkey of any manifests: pods with a configuration file, and resources of the redis-operator, in one model. */
import {
  configured,
  type ConfiguredServer,
  limitsOf,
  managedLimitsOf,
} from '../../inventory/configured-servers';
import { variablesOf, wordsOf } from '../../inventory/environment';
import type { ContainerOf, Inventory, KubernetesObject } from '../../inventory/inventory';
import { numberAt, recordAt, textAt } from '../../inventory/json';
import { memo } from '../../inventory/memo';
import { parseRedisArguments, parseRedisConf } from '../configuration/redis-conf';
import { targetOfImage } from '../configuration/redis-directives';
import { OPERATOR_CONFIG_KEY } from '../configuration/redis-files';
import { RedisSettings } from './redis-settings';

/** Redis and Valkey servers with their configuration. */
export const redisServers = memo((inventory): ReadonlyArray<ConfiguredServer<RedisSettings>> =>
  configuredRedis(inventory).map(({ settings, ...server }) => ({
    ...server,
    settings: settingsOf(
      textAt(server.container.container, 'image'),
      // An argument is read after the file.
      new Map([...settings, ...parseRedisArguments(toldTo(server.container, inventory))]),
    ),
  })),
);

/** Variables by which images hand options to the server: Bitnami's, and that of redis-stack. */
const FLAG_VARIABLES = ['REDIS_EXTRA_FLAGS', 'VALKEY_EXTRA_FLAGS', 'REDIS_ARGS', 'VALKEY_ARGS'];

function toldTo(container: ContainerOf, inventory: Inventory): string[] {
  const variables = variablesOf(container, inventory);
  const flags = FLAG_VARIABLES.flatMap((name) => variables.get(name)?.trim().split(/\s+/) ?? []);
  return [...flags, ...wordsOf(container, inventory)];
}

const configuredRedis = configured(
  'redis',
  (text, key) => (/\.conf$/.test(key) ? parseRedisConf(text) : undefined),
  new Map<string, string[][]>(),
);

function settingsOf(
  image: string | undefined,
  given: ReadonlyMap<string, readonly string[][]>,
): RedisSettings {
  return new RedisSettings(given, targetOfImage(image ?? '').engine ?? 'redis');
}

/** A Redis or Valkey, run by a workload of its own or by an operator. */
export interface RedisInstance {
  readonly object: KubernetesObject;
  readonly image: string;
  readonly settings: RedisSettings;
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
    ...limitsOf(container),
    replicated: false,
  })),
  ...inventory.ofKind('RedisReplication', 'RedisCluster').map((object) => {
    const spec = recordAt(object.manifest, 'spec');
    // The leaders of a cluster have a configuration and an amount of their own.
    const own = recordAt(spec, 'redisLeader') ?? spec;
    const name = textAt(own, 'redisConfig', 'additionalRedisConfig') ?? '';
    const configMap = inventory.find('ConfigMap', object.namespace, name);
    const text = configMap && textAt(configMap.manifest, 'data', OPERATOR_CONFIG_KEY);
    const image = textAt(spec, 'kubernetesConfig', 'image');
    return {
      object,
      image: image ?? '',
      settings: settingsOf(image, text === undefined ? new Map() : parseRedisConf(text)),
      source: configMap && { configMap, key: OPERATOR_CONFIG_KEY },
      ...(object.kind === 'RedisCluster'
        ? managedLimitsOf(own, 'spec.redisLeader')
        : managedLimitsOf(recordAt(spec, 'kubernetesConfig'), 'spec.kubernetesConfig')),
      replicated:
        object.kind === 'RedisReplication' || (numberAt(spec, 'redisFollower', 'replicas') ?? 0) > 0,
    };
  }),
]);
