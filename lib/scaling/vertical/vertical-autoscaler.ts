import { type ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  VerticalPodAutoscaler,
  type VerticalPodAutoscalerSpecResourcePolicyContainerPolicies as ContainerPolicy,
  VerticalPodAutoscalerSpecResourcePolicyContainerPoliciesControlledValues as Values,
  VerticalPodAutoscalerSpecResourcePolicyContainerPoliciesMaxAllowed as MaxAllowed,
  VerticalPodAutoscalerSpecResourcePolicyContainerPoliciesMinAllowed as MinAllowed,
  VerticalPodAutoscalerSpecResourcePolicyContainerPoliciesMode as ContainerMode,
  VerticalPodAutoscalerSpecUpdatePolicyUpdateMode as Mode,
} from '../../../imports/autoscaling.k8s.io';
import { REWRITE_ANNOTATION } from '../../finding/rewrite';
import type { Labels } from '../../pod/naming';
import { VERSION_ANNOTATION } from '../../target/features';
import type { KubernetesVersion } from '../../target/kubernetes-version';
import { formatBytes, formatCpu } from '../../units/quantity';
import type { ScaleTarget, ScalingPolicy } from '../scaling-policy';
import { amountsOf, type UpdateMode, type VerticalScaling } from './vertical-scaling';
import { ControlledValues, type VerticalBounds } from './vertical-scaling-props';

export interface VerticalAutoscalerOptions {
  readonly name: string;
  readonly labels: Labels;
  readonly vertical: VerticalScaling;
  readonly scaling: ScalingPolicy;
  readonly version: KubernetesVersion;
  /** Whose pods it sizes; asked for when the app is synthesized. */
  readonly target: () => ScaleTarget;
  /** A container whose requests are set elsewhere. */
  readonly leaveAlone?: string;
}

const MODE: Readonly<Record<UpdateMode, Mode>> = {
  Off: Mode.OFF,
  Initial: Mode.INITIAL,
  Recreate: Mode.RECREATE,
  InPlaceOrRecreate: Mode.IN_PLACE_OR_RECREATE,
};

/** Emits a VerticalPodAutoscaler that changes only what its other autoscaler does not measure. */
export function emitVerticalAutoscaler(scope: Construct, options: VerticalAutoscalerOptions): ApiObject {
  const { name, labels, vertical, scaling, version, target, leaveAlone } = options;
  const { containers = {}, minReplicas, ...bounds } = vertical._props;
  const annotations = {
    ...(vertical._rewritten !== undefined && { [REWRITE_ANNOTATION]: vertical._rewritten }),
    ...(vertical._mode === 'InPlaceOrRecreate' && { [VERSION_ANNOTATION]: version.toString() }),
  };
  const own = Object.entries(containers).sort(([a], [b]) => (a < b ? -1 : 1));
  return new VerticalPodAutoscaler(scope, 'vertical-autoscaler', {
    metadata: {
      name,
      labels: { ...labels },
      annotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    },
    spec: {
      targetRef: Lazy.any({ produce: target }) as ScaleTarget,
      updatePolicy: { updateMode: MODE[vertical._mode], minReplicas },
      resourcePolicy: {
        containerPolicies: [
          ...own.map(([container, { enabled, ...more }]) =>
            enabled === false
              ? { containerName: container, mode: ContainerMode.OFF }
              : containerPolicy(
                  container,
                  { ...bounds, ...more },
                  vertical._controlledResources(scaling, container),
                ),
          ),
          ...(leaveAlone === undefined ? [] : [{ containerName: leaveAlone, mode: ContainerMode.OFF }]),
          containerPolicy('*', bounds, vertical._controlledResources(scaling)),
        ],
      },
    },
  });
}

function containerPolicy(
  containerName: string,
  bounds: VerticalBounds,
  controlledResources: Array<'cpu' | 'memory'>,
): ContainerPolicy {
  const { minCpu, minMemory, maxCpu, maxMemory } = amountsOf(bounds);
  const only = <T>(
    type: { fromString(text: string): T },
    cpu: number,
    memory: number,
  ): { [name: string]: T } => ({
    ...(controlledResources.includes('cpu') && { cpu: type.fromString(formatCpu(cpu)) }),
    ...(controlledResources.includes('memory') && { memory: type.fromString(formatBytes(memory)) }),
  });
  return {
    containerName,
    controlledResources,
    controlledValues:
      bounds.controlledValues === ControlledValues.REQUESTS_ONLY ? Values.REQUESTS_ONLY : undefined,
    minAllowed: only(MinAllowed, minCpu, minMemory),
    maxAllowed: only(MaxAllowed, maxCpu, maxMemory),
  };
}
