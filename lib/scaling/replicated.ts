import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Deployment } from 'kubernetes-types/apps/v1';
import { SUPPRESSION_ANNOTATION, withSuppression } from '../finding/suppression';
import { recordsAt, textAt } from '../inventory/json';
import { emitSpec } from '../pod/api-object';
import type { Labels, SelectorLabels } from '../pod/naming';
import { asPatched } from '../pod/patched';
import type { PodModel } from '../pod/pod-model';
import { emitAutoscaler } from './emitted-autoscaler';
import type { ScaledPod } from './scaled-pod';
import type { ScaleTarget, ScalingPolicy } from './scaling-policy';

export interface ReplicatedOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  /** Labels that select the pods; those of the objects when undefined. */
  readonly selector?: Labels;
  readonly pod: PodModel;
  readonly scaling: ScalingPolicy;
  readonly surgePercent: number;
  /** Time that a pod may take to start; a rollout waits longer than that before it counts as stuck. */
  readonly startupSeconds: number;
  /** Why a fixed number of replicas is right for this kind of workload, where it is; the checklist then accepts it. */
  readonly fixedReplicasReason?: string;
  /** What users excuse, by rule, with their reasons. */
  readonly suppressions?: Readonly<Record<string, string>>;
  /** What runs the pods in the place of the Deployment; asked for when the app is synthesized. */
  readonly runner?: () => Runner | undefined;
}

/** What runs the pods of a Deployment in its place. */
export interface Runner {
  readonly target: ScaleTarget;
  /** Whether it takes the Deployment's own pods away; it has none from the start otherwise. */
  readonly scalesDown: boolean;
}

export interface Replicated {
  readonly deployment: ApiObject;
  /** Undefined for a fixed number of replicas. */
  readonly autoscaler?: ApiObject;
}

/** Emits a Deployment that never drops below capacity in a rollout, and its autoscaler: of Kubernetes or of KEDA. */
export function emitReplicated(scope: Construct, options: ReplicatedOptions): Replicated {
  const { name, labels, selector = labels, pod, scaling, fixedReplicasReason } = options;
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
      replicas: replicasOf(scaling, options.runner?.()),
      selector: { matchLabels: { ...selector } },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: `${options.surgePercent}%`, maxUnavailable: 0 },
      },
      progressDeadlineSeconds: Math.max(600, 2 * options.startupSeconds),
      template: pod.render(),
    }),
  );
  return {
    deployment,
    autoscaler: emitAutoscaler(scope, {
      name,
      labels,
      scaling,
      target: () => options.runner?.()?.target ?? { apiVersion: 'apps/v1', kind: 'Deployment', name },
      pod: () => ({ containers: containersOf(deployment, pod) }),
    }),
  };
}

function replicasOf(scaling: ScalingPolicy, runner: Runner | undefined): number | undefined {
  if (runner) return runner.scalesDown ? undefined : 0;
  // An autoscaler owns the number: writing it here would reset it with every apply.
  return scaling._isAutoscaled ? undefined : scaling._min;
}

/** Containers that run for ever, the main one first; among them those that a patch has added. */
function containersOf(deployment: ApiObject, pod: PodModel): ScaledPod['containers'] {
  const own: ScaledPod['containers'] = pod.containerSizes;
  return asPatched([deployment], own, ([manifest]) => {
    const names = recordsAt(manifest, 'spec', 'template', 'spec', 'containers').map((one) =>
      textAt(one, 'name'),
    );
    const added = names.flatMap((name) =>
      name === undefined || own.some((one) => one.name === name) ? [] : { name },
    );
    return [...own, ...added];
  });
}
