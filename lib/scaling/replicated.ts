import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Deployment } from 'kubernetes-types/apps/v1';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';
import { SUPPRESSION_ANNOTATION, withSuppression } from '../finding/suppression';
import { emitSpec } from '../pod/api-object';
import type { SelectorLabels } from '../pod/naming';
import type { PodModel } from '../pod/pod-model';
import { VERSION_ANNOTATION } from '../target/features';
import { KubernetesVersion } from '../target/kubernetes-version';
import { emitScaledObject } from './events/scaled-object';
import type { ScalingPolicy } from './scaling-policy';

export interface ReplicatedOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  readonly pod: PodModel;
  readonly scaling: ScalingPolicy;
  readonly surgePercent: number;
  /** Time that a pod may take to start; a rollout waits longer than that before it counts as stuck. */
  readonly startupSeconds: number;
  /** Why a fixed number of replicas is right for this kind of workload, where it is; the checklist then accepts it. */
  readonly fixedReplicasReason?: string;
  /** What users excuse, by rule, with their reasons. */
  readonly suppressions?: Readonly<Record<string, string>>;
}

export interface Replicated {
  readonly deployment: ApiObject;
  /** Undefined for a fixed number of replicas. */
  readonly autoscaler?: ApiObject;
}

/** Emits a Deployment that never drops below capacity in a rollout, and its autoscaler: of Kubernetes or of KEDA. */
export function emitReplicated(scope: Construct, options: ReplicatedOptions): Replicated {
  const { name, labels, pod, scaling, fixedReplicasReason } = options;
  const reasons = {
    ...(fixedReplicasReason !== undefined && !scaling._isAutoscaled && { 'HPA-001': fixedReplicasReason }),
    ...options.suppressions,
  };
  const suppressed = Object.entries(reasons).reduce<string | undefined>(
    (annotation, [rule, reason]) => withSuppression(annotation, rule, reason),
    undefined,
  );
  const annotations = suppressed === undefined ? undefined : { [SUPPRESSION_ANNOTATION]: suppressed };
  const deployment = emitSpec<Deployment>(
    scope,
    'deployment',
    { apiVersion: 'apps/v1', kind: 'Deployment', name, labels, annotations },
    () => ({
      // An autoscaler owns the number: writing it here would reset it with every apply.
      replicas: scaling._isAutoscaled ? undefined : scaling._min,
      selector: { matchLabels: { ...labels } },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: `${options.surgePercent}%`, maxUnavailable: 0 },
      },
      progressDeadlineSeconds: Math.max(600, 2 * options.startupSeconds),
      template: pod.render(),
    }),
  );
  // A reader of the manifest must know that a field which older clusters lack is meant.
  const versioned = scaling._needsNewerVersion
    ? { [VERSION_ANNOTATION]: KubernetesVersion.of(scope).toString() }
    : undefined;
  const scaled = { containers: pod.containerSizes };
  const { _events: events } = scaling;
  if (events) {
    const scaledObject = { name, labels, annotations: versioned, scaling, events, pod: scaled };
    return { deployment, autoscaler: emitScaledObject(scope, scaledObject) };
  }
  const spec = scaling._render({ kind: 'Deployment', name }, scaled);
  if (!spec) return { deployment };
  const head = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    name,
    labels,
    annotations: versioned,
  };
  return {
    deployment,
    autoscaler: emitSpec<HorizontalPodAutoscaler>(scope, 'autoscaler', head, () => spec),
  };
}

/** Name of the HorizontalPodAutoscaler: KEDA makes that of a ScaledObject, under a name of its own. */
export function autoscalerNameOf({ kind, name }: ApiObject): string {
  return kind === 'ScaledObject' ? `keda-hpa-${name}` : name;
}
