/** What objects of a kind are meant to be: the types of Kubernetes 1.30, and the fields that came later. */
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from 'kubernetes-types/apps/v1';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';
import type { CronJob, Job } from 'kubernetes-types/batch/v1';
import type {
  ConfigMap,
  Container as KnownContainer,
  LimitRange,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  PodSpec as KnownPodSpec,
  ResourceQuota,
  ResourceRequirements,
  Secret,
  Service,
  ServiceAccount,
} from 'kubernetes-types/core/v1';
import type { Ingress, NetworkPolicy } from 'kubernetes-types/networking/v1';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';

export type Container = KnownContainer;

/** The spec of a pod; `resources` of the pod as a whole came with 1.32. */
export interface PodSpec extends KnownPodSpec {
  readonly resources?: ResourceRequirements;
}

/** Fields of a container that hold a probe. */
export const PROBES = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;

/** Kinds of Kubernetes whose fields are checked where they are read. A kind that is not here may have any field. */
export interface Kinds {
  readonly ConfigMap: ConfigMap;
  readonly CronJob: CronJob;
  readonly DaemonSet: DaemonSet;
  readonly Deployment: Deployment;
  readonly HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  readonly Ingress: Ingress;
  readonly Job: Job;
  readonly LimitRange: LimitRange;
  readonly Namespace: Namespace;
  readonly NetworkPolicy: NetworkPolicy;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly Pod: Pod;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly ReplicaSet: ReplicaSet;
  readonly ResourceQuota: ResourceQuota;
  readonly Secret: Secret;
  readonly Service: Service;
  readonly ServiceAccount: ServiceAccount;
  readonly StatefulSet: StatefulSet;
}

/** What an object of a kind is meant to be. */
export type KindOf<K extends string> = K extends keyof Kinds ? Kinds[K] : unknown;

/**
 * Groups of the kinds whose fields are known here. Others have kinds of the same names (`Service` of Knative, `Ingress` of
 * OpenShift): those are called by their group too, as kubectl does.
 */
const HOME_GROUPS: Readonly<Record<string, readonly string[]>> = {
  ...inGroup('', [
    ...['ConfigMap', 'LimitRange', 'Namespace', 'PersistentVolumeClaim', 'Pod', 'ReplicationController'],
    ...['ResourceQuota', 'Secret', 'Service', 'ServiceAccount'],
  ]),
  ...inGroup('apps', ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'], 'extensions'),
  ...inGroup('argoproj.io', ['Rollout']),
  ...inGroup('autoscaling', ['HorizontalPodAutoscaler']),
  ...inGroup('autoscaling.k8s.io', ['VerticalPodAutoscaler']),
  ...inGroup('batch', ['CronJob', 'Job']),
  ...inGroup('gateway.networking.k8s.io', ['HTTPRoute']),
  ...inGroup('keda.sh', ['ScaledObject', 'TriggerAuthentication']),
  ...inGroup('monitoring.coreos.com', ['PodMonitor', 'PrometheusRule', 'ServiceMonitor']),
  ...inGroup('networking.k8s.io', ['Ingress', 'NetworkPolicy'], 'extensions'),
  ...inGroup('policy', ['PodDisruptionBudget']),
  ...inGroup('redis.redis.opstreelabs.in', ['RedisCluster', 'RedisReplication', 'RedisSentinel']),
};

function inGroup(group: string, kinds: readonly string[], older?: string): Record<string, readonly string[]> {
  return Object.fromEntries(kinds.map((kind) => [kind, older === undefined ? [group] : [group, older]]));
}

/** Group of an API version; empty for the core. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** What a kind is called here: by its group too where it only has the name of another. */
export function kindName(apiVersion: string, kind: string): string {
  const home = Object.hasOwn(HOME_GROUPS, kind) ? HOME_GROUPS[kind] : undefined;
  const group = groupOf(apiVersion);
  return home === undefined || home.includes(group)
    ? kind
    : group === ''
      ? `${kind}.core`
      : `${kind}.${group}`;
}
