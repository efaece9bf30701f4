/** Pods that an operator makes from a custom resource: they are in no manifest, but policies and monitors select them. */
import { clusterLabels, instanceLabels, isCloudNativePg, poolerLabels } from './cloud-native-pg-names';
import { get, type Json, textAt, textsAt } from './json';
import { mayBeSame } from './name-index';
import { type Labels, type LabelSelector, selects } from './selectors';

export interface ManagedPods {
  readonly namespace?: string;
  readonly labels: Labels;
  /** Names of their ports. */
  readonly ports: readonly string[];
}

/** What a kind of resource becomes: a set of pods for each suffix of its name, setup type and role. */
const REDIS_SETS: Readonly<
  Record<string, ReadonlyArray<readonly [suffix: string, setup: string, role: string]>>
> = {
  RedisReplication: [['', 'replication', 'replication']],
  RedisSentinel: [['-sentinel', 'sentinel', 'sentinel']],
  RedisCluster: [
    ['-leader', 'cluster', 'leader'],
    ['-follower', 'cluster', 'follower'],
  ],
};

/** Pods that the operator of a resource makes of it; none for any other object. */
export function managedPodsOf(kind: string, manifest: Json): readonly ManagedPods[] {
  return isCloudNativePg(textAt(manifest, 'apiVersion') ?? '')
    ? cloudNativePgPods(kind, manifest)
    : redisPods(kind, manifest);
}

/** Instances of a Cluster, by role, and poolers, which have the labels of their template besides. */
function cloudNativePgPods(kind: string, manifest: Json): readonly ManagedPods[] {
  const name = textAt(manifest, 'metadata', 'name') ?? '';
  const namespace = textAt(manifest, 'metadata', 'namespace');
  if (kind === 'Pooler') {
    return [
      {
        namespace,
        labels: {
          ...textsAt(manifest, 'spec', 'template', 'metadata', 'labels'),
          ...clusterLabels(textAt(manifest, 'spec', 'cluster', 'name') ?? ''),
          ...poolerLabels(name),
          'cnpg.io/podRole': 'pooler',
        },
        ports: ['metrics', 'pgbouncer'],
      },
    ];
  }
  return kind === 'Cluster'
    ? ['primary', 'replica'].map((role) => ({
        namespace,
        labels: {
          ...textsAt(manifest, 'spec', 'inheritedMetadata', 'labels'),
          ...instanceLabels(name),
          'cnpg.io/instanceRole': role,
        },
        ports: ['metrics', 'postgresql', 'status'],
      }))
    : [];
}

/** Pods of the redis-operator of OT-CONTAINER-KIT, which gives them the labels of their resource besides its own. */
function redisPods(kind: string, manifest: Json): readonly ManagedPods[] {
  const sets = Object.hasOwn(REDIS_SETS, kind) ? REDIS_SETS[kind] : [];
  const name = textAt(manifest, 'metadata', 'name') ?? '';
  return sets.map(([suffix, setup, role]) => ({
    namespace: textAt(manifest, 'metadata', 'namespace'),
    labels: {
      app: `${name}${suffix}`,
      redis_setup_type: setup,
      role,
      ...textsAt(manifest, 'metadata', 'labels'),
    },
    ports: get(manifest, 'spec', 'redisExporter', 'enabled') === true ? ['redis-exporter'] : [],
  }));
}

export function selectManaged(
  pods: readonly ManagedPods[],
  namespace: string | undefined,
  selector: LabelSelector,
): readonly ManagedPods[] {
  return pods.filter((one) => mayBeSame(one.namespace, namespace) && selects(selector, one.labels));
}
