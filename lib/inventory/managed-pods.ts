/** Pods that an operator makes from a custom resource: they are in no manifest, but policies and monitors select them. */
import { get, type Json, textAt, textsAt } from './json';
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

/** Pods of the redis-operator of OT-CONTAINER-KIT, which gives them the labels of their resource besides its own. */
export function managedPodsOf(kind: string, manifest: Json): readonly ManagedPods[] {
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
  return pods.filter((one) => (one.namespace ?? '') === (namespace ?? '') && selects(selector, one.labels));
}
