import { type ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  ScaledObject,
  ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance as DownTolerance,
  ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance as UpTolerance,
  ScaledObjectSpecTriggersAuthenticationRefKind as AuthenticationKind,
  TriggerAuthentication as TriggerAuthenticationObject,
} from '../../../imports/keda.sh';
import type { Labels } from '../../pod/naming';
import type { ScaledPod } from '../scaled-pod';
import type { ScaleTarget, ScalingPolicy } from '../scaling-policy';
import type { RenderedRules } from '../scaling-rules';
import { type EventScaling, KEDA_DEFAULTS } from './event-scaling';
import type { ScalingTrigger } from './scaling-trigger';

export interface ScaledObjectOptions {
  readonly name: string;
  readonly labels: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly scaling: ScalingPolicy;
  readonly events: EventScaling;
  readonly target: () => ScaleTarget;
  readonly pod: () => Pick<ScaledPod, 'containers'>;
}

/** Emits a ScaledObject of KEDA, and the TriggerAuthentication of each trigger that names a Secret. */
export function emitScaledObject(scope: Construct, options: ScaledObjectOptions): ApiObject {
  const { name, labels, scaling, events, target, pod } = options;
  const { triggers, fallback, transferFrom } = events._props;
  const { scaleUp, scaleDown } = scaling._behavior();
  const annotations = {
    ...options.annotations,
    ...(transferFrom !== undefined && { 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' }),
  };
  return new ScaledObject(scope, 'autoscaler', {
    metadata: {
      name,
      labels: { ...labels },
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    },
    spec: {
      scaleTargetRef: lazily(target),
      pollingInterval: events._pollingSeconds,
      ...replicaCounts(scaling, events),
      fallback: fallback && {
        failureThreshold: fallback.failures ?? KEDA_DEFAULTS.fallbackFailures,
        replicas: fallback.replicas,
      },
      advanced: {
        horizontalPodAutoscalerConfig: {
          name: transferFrom,
          behavior: {
            scaleUp: withTolerance(scaleUp, UpTolerance),
            scaleDown: withTolerance(scaleDown, DownTolerance),
          },
        },
      },
      triggers: triggers.map((trigger, index) => ({
        type: trigger._type,
        metricType: trigger._metricType,
        metadata: lazily(() => trigger._metadata(pod())),
        authenticationRef: authenticationRef(scope, `${name}-${index}`, labels, trigger),
      })),
    },
  });
}

/** A value that the class of the object takes for what it will be. */
function lazily<T>(produce: () => T): T {
  return Lazy.any({ produce }) as T;
}

/** Zero replicas are one below the fewest: `minReplicaCount` where that is one, and `idleReplicaCount` beside more. */
function replicaCounts(scaling: ScalingPolicy, events: EventScaling) {
  const { _min: min, _max: max } = scaling;
  if (!events._scaleToZero) return { minReplicaCount: min, maxReplicaCount: max };
  return {
    cooldownPeriod: events._cooldownSeconds,
    minReplicaCount: min === 1 ? 0 : min,
    idleReplicaCount: min === 1 ? undefined : 0,
    maxReplicaCount: max,
  };
}

function withTolerance<T>(
  rules: RenderedRules | undefined,
  type: { fromString(text: string): T },
): Omit<RenderedRules, 'tolerance'> & { tolerance?: T } {
  const { tolerance, ...rest } = rules ?? {};
  return { ...rest, tolerance: tolerance === undefined ? undefined : type.fromString(tolerance) };
}

function authenticationRef(
  scope: Construct,
  name: string,
  labels: Labels,
  { _authentication: authentication }: ScalingTrigger,
) {
  if (!authentication) return undefined;
  if (authentication._name !== undefined)
    return { name: authentication._name, kind: AUTHENTICATION_KIND[authentication._kind] };
  new TriggerAuthenticationObject(scope, `trigger-authentication-${name}`, {
    metadata: { name, labels: { ...labels } },
    spec: { secretTargetRef: authentication._secretTargetRef() },
  });
  return { name, kind: AuthenticationKind.TRIGGER_AUTHENTICATION };
}

const AUTHENTICATION_KIND = {
  TriggerAuthentication: AuthenticationKind.TRIGGER_AUTHENTICATION,
  ClusterTriggerAuthentication: AuthenticationKind.CLUSTER_TRIGGER_AUTHENTICATION,
} as const;
