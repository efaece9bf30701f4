/** Autoscalers as rules read them: HorizontalPodAutoscalers and ScaledObjects of KEDA in one model. */
import {
  type Inventory,
  KEDA_REPLICAS,
  type KubernetesObject,
  scaleTargetOf,
  type WorkloadObject,
} from '../../inventory/inventory';
import {
  get,
  getPath,
  type Json,
  listAt,
  numberAt,
  recordAt,
  recordsAt,
  textAt,
  textsAt,
} from '../../inventory/json';
import { memo } from '../../inventory/memo';
import { VERSION_ANNOTATION } from '../../target/features';
import {
  DEFAULT_BEHAVIOR,
  type HpaBehavior,
  type HpaProblem,
  type HpaRules,
  inspectBehavior,
  inspectHpa,
} from './hpa-spec';
import { DOWNSCALE_STABILIZATION_SECONDS } from './reconcile';
import { HPA_TOLERANCE } from './replica-calculator';

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
  /** Undefined where it is missing or no number. */
  readonly min?: number;
  readonly max?: number;
  readonly minPath: string;
  readonly maxPath: string;
  readonly metrics: readonly ScalerMetric[];
  /** Behaviour, where one is given: what it leaves out is filled in. */
  readonly behavior?: HpaBehavior;
  readonly behaviorPath: string;
  /** What the API server refuses. */
  readonly problems: readonly HpaProblem[];
}

export const autoscalers = memo((inventory): readonly Autoscaler[] =>
  inventory.ofKind(HPA, SCALED_OBJECT).map((object) => {
    const target = scaleTargetOf(object) ?? { kind: '', name: '' };
    const workload = inventory.workload(target.kind, object.namespace, target.name);
    return object.kind === HPA ? hpaOf(object, workload) : scaledObjectOf(object, workload);
  }),
);

function hpaOf(object: KubernetesObject, workload: WorkloadObject | undefined): Autoscaler {
  const { minReplicas, maxReplicas, metrics, behavior, problems } = inspectHpa(object.manifest);
  return {
    object,
    isKeda: false,
    workload,
    min: minReplicas,
    max: maxReplicas,
    minPath: 'spec.minReplicas',
    maxPath: 'spec.maxReplicas',
    metrics: metrics.map(({ metric, path, targetPath }) => ({
      type: metric.type,
      resource: metric.type === 'Resource' ? metric.resource : undefined,
      utilization: metric.target.type === 'Utilization' ? metric.target.percent : undefined,
      container: metric.type === 'Resource' ? metric.container : undefined,
      path,
      targetPath,
    })),
    behavior,
    behaviorPath: 'spec.behavior',
    problems,
  };
}

function scaledObjectOf(object: KubernetesObject, workload: WorkloadObject | undefined): Autoscaler {
  const behaviorAt = ['spec', 'advanced', 'horizontalPodAutoscalerConfig', 'behavior'];
  const behaviorPath = behaviorAt.join('.');
  const min = numberAt(object.manifest, 'spec', 'minReplicaCount') ?? KEDA_REPLICAS.min;
  const max = numberAt(object.manifest, 'spec', 'maxReplicaCount') ?? KEDA_REPLICAS.max;
  const { behavior, problems } = inspectBehavior(getPath(object.manifest, behaviorAt), behaviorPath);
  return {
    object,
    isKeda: true,
    workload,
    min,
    max,
    minPath: 'spec.minReplicaCount',
    maxPath: 'spec.maxReplicaCount',
    metrics: triggersOf(object).map(triggerMetricOf),
    behavior,
    behaviorPath,
    problems:
      min > max
        ? [
            {
              path: 'spec.minReplicaCount',
              value: min,
              allowed: `at most spec.maxReplicaCount (${max})`,
            },
            ...problems,
          ]
        : problems,
  };
}

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

/** Behaviour in a direction; Kubernetes' own when none is given. */
export function rulesOf(
  { behavior = DEFAULT_BEHAVIOR }: Autoscaler,
  direction: keyof HpaBehavior,
): HpaRules & { readonly stabilizationWindowSeconds: number } {
  const { stabilizationWindowSeconds = DOWNSCALE_STABILIZATION_SECONDS, ...rules } = behavior[direction];
  return { stabilizationWindowSeconds, ...rules };
}

/** Share of the target within which an autoscaler does not add replicas. */
export function toleranceOf(scaler: Autoscaler): number {
  return rulesOf(scaler, 'scaleUp').tolerance ?? HPA_TOLERANCE;
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
export function versionOf({ manifest }: KubernetesObject, inventory?: Inventory): number | undefined {
  const text = textsAt(manifest, 'metadata', 'annotations')[VERSION_ANNOTATION] ?? '';
  const [, minor] = /^v?1\.(\d{1,3})(\.\d+)?$/.exec(text) ?? [];
  return minor === undefined ? inventory?.kubernetesMinor : Number(minor);
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
  const mode = get(vertical.manifest, 'spec', 'updatePolicy', 'updateMode');
  // YAML takes Off without quotes for false; what was meant is clear.
  return mode === false ? 'Off' : typeof mode === 'string' ? mode : 'Recreate';
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
