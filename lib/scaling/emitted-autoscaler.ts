import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2';
import { emitSpec } from '../pod/api-object';
import type { Labels } from '../pod/naming';
import { VERSION_ANNOTATION } from '../target/features';
import { KubernetesVersion } from '../target/kubernetes-version';
import { emitScaledObject } from './events/scaled-object';
import type { ScaledPod } from './scaled-pod';
import type { ScaleTarget, ScalingPolicy } from './scaling-policy';

export interface AutoscalerOptions {
  readonly name: string;
  readonly labels: Labels;
  readonly scaling: ScalingPolicy;
  /** What it scales; asked for when the app is synthesized. */
  readonly target: () => ScaleTarget;
  /** Containers that run for ever, the main one first; asked for when the app is synthesized. */
  readonly pod: () => Pick<ScaledPod, 'containers'>;
}

/** Emits the autoscaler of a policy: of Kubernetes or of KEDA; none for a fixed number of replicas. */
export function emitAutoscaler(scope: Construct, options: AutoscalerOptions): ApiObject | undefined {
  const { name, labels, scaling, target, pod } = options;
  if (!scaling._isAutoscaled) return undefined;
  // A reader of the manifest must know that a field which older clusters lack is meant.
  const annotations = scaling._needsNewerVersion
    ? { [VERSION_ANNOTATION]: KubernetesVersion.of(scope).toString() }
    : undefined;
  const { _events: events } = scaling;
  if (events) return emitScaledObject(scope, { name, labels, annotations, scaling, events, target, pod });
  return emitSpec<HorizontalPodAutoscaler>(
    scope,
    'autoscaler',
    { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name, labels, annotations },
    () => scaling._render(target(), pod()),
  );
}

/** Name of the HorizontalPodAutoscaler: KEDA makes that of a ScaledObject, under a name of its own. */
export function autoscalerNameOf({ kind, name }: Pick<ApiObject, 'kind' | 'name'>): string {
  return kind === 'ScaledObject' ? `keda-hpa-${name}` : name;
}
