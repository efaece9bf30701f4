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
