/** Autoscalers as rules read them: HorizontalPodAutoscalers and ScaledObjects of KEDA in one model. */
import {
  type ContainerOf,
  type Inventory,
  type KubernetesObject,
  scaleTargetOf,
  type WorkloadObject,
} from '../../inventory/inventory';
import { get, type Json, listAt, numberAt, recordAt, recordsAt, textAt, textsAt } from '../../inventory/json';
import { memo } from '../../inventory/memo';
import { VERSION_ANNOTATION } from '../../target/features';
import { parseCpu } from '../../units/quantity';
import { DEFAULT_SCALE_DOWN } from '../drain-sizing';
import { HPA_TOLERANCE } from '../reach-sizing';
import type { RuleNumbers, StepNumbers } from '../scaling-intents';
import { DEFAULT_SCALE_UP } from './hpa-spec';

export const HPA = 'HorizontalPodAutoscaler';
export const SCALED_OBJECT = 'ScaledObject';

/** Something that an autoscaler follows. */
export interface ScalerMetric {
  /** Type in the API: `Resource`, `Pods`, …, or the type of the KEDA trigger. */
  readonly type: string;
  /** `cpu` or `memory`, where use of a resource is measured. */
  readonly resource?: string;
  readonly utilization?: number;
  /** The one container that is measured; all when undefined. */
  readonly container?: string;
  readonly path: string;
  /** Path of the utilisation. */
  readonly targetPath: string;
}

export interface Autoscaler {
  readonly object: KubernetesObject;
  readonly isKeda: boolean;
  /** Undefined when the manifests lack it. */
  readonly workload?: WorkloadObject;
  /** Undefined where the API has a default, or the manifest is no number. */
  readonly min?: number;
  readonly max?: number;
  readonly minPath: string;
  readonly maxPath: string;
  readonly metrics: readonly ScalerMetric[];
  /** Behaviour as given, and where it is. */
  readonly behavior?: Json;
  readonly behaviorPath: string;
}

export const autoscalers = memo((inventory): readonly Autoscaler[] =>
  inventory.ofKind(HPA, SCALED_OBJECT).map((object) => {
    const target = scaleTargetOf(object) ?? { kind: '', name: '' };
    const workload = inventory.workload(target.kind, object.namespace, target.name);
    const number = (field: string) => numberAt(object.manifest, 'spec', field);
    if (object.kind === HPA) {
      return {
        object,
        isKeda: false,
        workload,
        min:
          number('minReplicas') ??
          (get(object.manifest, 'spec', 'minReplicas') === undefined ? 1 : undefined),
        max: number('maxReplicas'),
        minPath: 'spec.minReplicas',
        maxPath: 'spec.maxReplicas',
        metrics: recordsAt(object.manifest, 'spec', 'metrics').map(metricOf),
        behavior: recordAt(object.manifest, 'spec', 'behavior'),
        behaviorPath: 'spec.behavior',
      };
    }
    const config = ['advanced', 'horizontalPodAutoscalerConfig', 'behavior'];
    return {
      object,
      isKeda: true,
      workload,
      min: number('minReplicaCount') ?? 0,
      max: number('maxReplicaCount') ?? 100,
      minPath: 'spec.minReplicaCount',
      maxPath: 'spec.maxReplicaCount',
      metrics: triggersOf(object).map(triggerMetricOf),
      behavior: recordAt(object.manifest, 'spec', ...config),
      behaviorPath: ['spec', ...config].join('.'),
    };
  }),
);

/** Autoscalers of workloads that are there. */
export const scaled = (inventory: Inventory) =>
  autoscalers(inventory).flatMap((scaler) =>
    scaler.workload ? [{ ...scaler, workload: scaler.workload }] : [],
  );

/** The autoscalers of a workload. */
export function scalersOf(workload: WorkloadObject, inventory: Inventory): readonly Autoscaler[] {
  return workload.scalers.flatMap((object) => index(inventory).get(object) ?? []);
}

const index = memo((inventory) => new Map(autoscalers(inventory).map((scaler) => [scaler.object, scaler])));

export function triggersOf(object: KubernetesObject): readonly Json[] {
  return recordsAt(object.manifest, 'spec', 'triggers');
}

function metricOf(metric: Json, position: number): ScalerMetric {
  const type = textAt(metric, 'type') ?? '';
  const field = type === '' ? '' : type[0].toLowerCase() + type.slice(1);
  const source = recordAt(metric, field);
  const isResource = type === 'Resource' || type === 'ContainerResource';
  const path = `spec.metrics[${position}]`;
  return {
    type,
    resource: isResource ? textAt(source, 'name') : undefined,
    utilization: isResource ? numberAt(source, 'target', 'averageUtilization') : undefined,
    container: type === 'ContainerResource' ? textAt(source, 'container') : undefined,
    path,
    targetPath: `${path}.${field}.target.averageUtilization`,
  };
}

function triggerMetricOf(trigger: Json, position: number): ScalerMetric {
  const type = textAt(trigger, 'type') ?? '';
  const path = `spec.triggers[${position}]`;
  const usage = type === 'cpu' || type === 'memory';
  const isUtilization = textAt(trigger, 'metricType') === 'Utilization';
  const value = Number(textAt(trigger, 'metadata', 'value') ?? NaN);
  return {
    type,
    resource: usage ? type : undefined,
    utilization: usage && isUtilization && Number.isFinite(value) ? value : undefined,
    container: usage ? textAt(trigger, 'metadata', 'containerName') : undefined,
    path,
    targetPath: `${path}.metadata.value`,
  };
}

/** Containers that run for ever and that a metric measures. */
export function measuredContainers(
  { containers }: WorkloadObject,
  metric: Pick<ScalerMetric, 'container'>,
): readonly ContainerOf[] {
  return containers.filter(
    ({ isInit, container, name }) =>
      (!isInit || container.restartPolicy === 'Always') &&
      (metric.container === undefined || metric.container === name),
  );
}

/** Behaviour in a direction with the defaults of the API filled in, field by field as it does. */
export function rulesOf({ behavior }: Autoscaler, direction: 'scaleUp' | 'scaleDown'): RuleNumbers {
  const defaults: RuleNumbers = direction === 'scaleUp' ? DEFAULT_SCALE_UP : DEFAULT_SCALE_DOWN;
  const own = recordAt(behavior, direction);
  return {
    stabilizationWindowSeconds:
      numberAt(own, 'stabilizationWindowSeconds') ?? defaults.stabilizationWindowSeconds,
    policies:
      own && Array.isArray(own.policies) ? recordsAt(own, 'policies').flatMap(stepOf) : defaults.policies,
    selectPolicy: textAt(own, 'selectPolicy'),
  };
}

function stepOf(policy: Json): StepNumbers[] {
  const { type } = policy;
  const [value, periodSeconds] = [numberAt(policy, 'value'), numberAt(policy, 'periodSeconds')];
  const known = type === 'Pods' || type === 'Percent';
  return known && value !== undefined && periodSeconds !== undefined && periodSeconds > 0
    ? [{ type, value, periodSeconds }]
    : [];
}

/** Share of the target within which an autoscaler does not add replicas. */
export function toleranceOf({ behavior }: Autoscaler): number {
  const given = get(behavior, 'scaleUp', 'tolerance');
  const thousandths =
    typeof given === 'string' || typeof given === 'number' ? parseCpu(String(given)) : undefined;
  return thousandths === undefined ? HPA_TOLERANCE : thousandths / 1000;
}

/** Longest start of a pod that its probes allow, in seconds: the startup probe's, or the delay of the readiness probe. */
export function startupBudget({ containers }: WorkloadObject): number {
  return Math.max(
    0,
    ...containers
      .filter(({ isInit }) => !isInit)
      .map(({ container }) => {
        const startup = recordAt(container, 'startupProbe');
        const delay = numberAt(startup ?? recordAt(container, 'readinessProbe'), 'initialDelaySeconds') ?? 0;
        const period = numberAt(startup, 'periodSeconds') ?? 10;
        return startup ? delay + period * (numberAt(startup, 'failureThreshold') ?? 3) : delay;
      }),
  );
}

/** Minor of the Kubernetes version that an object says it is meant for. */
export function versionOf({ manifest }: KubernetesObject): number | undefined {
  const text = textsAt(manifest, 'metadata', 'annotations')[VERSION_ANNOTATION] ?? '';
  const [, minor] = /^v?1\.(\d{1,3})(\.\d+)?$/.exec(text) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

/** What a VerticalPodAutoscaler is aimed at. */
export function verticalTarget(object: KubernetesObject, inventory: Inventory): WorkloadObject | undefined {
  const target = recordAt(object.manifest, 'spec', 'targetRef');
  return inventory.workload(textAt(target, 'kind') ?? '', object.namespace, textAt(target, 'name') ?? '');
}

/** The policy of a VerticalPodAutoscaler for a container: its own, or that of all. */
export function containerPolicy(vertical: KubernetesObject, container: string): Json {
  const policies = recordsAt(vertical.manifest, 'spec', 'resourcePolicy', 'containerPolicies');
  return (
    policies.find(({ containerName }) => containerName === container) ??
    policies.find(({ containerName }) => containerName === '*') ??
    {}
  );
}

/** Mode of a VerticalPodAutoscaler; Kubernetes' own default is Recreate. */
export function updateMode(vertical: KubernetesObject): string {
  return textAt(vertical.manifest, 'spec', 'updatePolicy', 'updateMode') ?? 'Recreate';
}

/** Whether a VerticalPodAutoscaler changes a resource of a container. */
export function moves(vertical: KubernetesObject, container: string, resource: string): boolean {
  if (updateMode(vertical) === 'Off') return false;
  const policy = containerPolicy(vertical, container);
  if (policy.mode === 'Off') return false;
  return (
    !Array.isArray(policy.controlledResources) || listAt(policy, 'controlledResources').includes(resource)
  );
}
