import { FindingSeverity } from '../../finding/finding';
import { scaleTargetOf } from '../../inventory/inventory';
import type { ContainerOf, Inventory, KubernetesObject, WorkloadObject } from '../../inventory/inventory';
import { get, type Json, listAt, numberAt, recordAt, recordsAt, textAt } from '../../inventory/json';
import { highestLiveTarget } from '../../scaling/reach-sizing';
import { parseBytes, parseCpu } from '../../units/quantity';
import { objects, type Problem, type Rule, rule, when } from '../rule';
import { relationsOf, servers } from '../subjects';

const HPA = 'HorizontalPodAutoscaler';

interface ResourceMetric {
  readonly resource: string;
  readonly utilization?: number;
  /** The one container that is measured; all when undefined. */
  readonly container?: string;
  readonly path: string;
}

/** Resource metrics of an HPA, whichever spelling they have. */
function resourceMetrics(scaler: KubernetesObject): ResourceMetric[] {
  return recordsAt(scaler.manifest, 'spec', 'metrics').flatMap((metric, index) => {
    const source = recordAt(metric, 'resource') ?? recordAt(metric, 'containerResource');
    const resource = textAt(source, 'name');
    if (!source || resource === undefined) return [];
    const container = metric.type === 'ContainerResource' ? textAt(source, 'container') : undefined;
    const utilization = numberAt(source, 'target', 'averageUtilization');
    return [{ resource, utilization, container, path: `spec.metrics[${index}]` }];
  });
}

interface Scaled {
  readonly object: KubernetesObject;
  readonly workload: WorkloadObject;
}

const scaled = (inventory: Inventory): readonly Scaled[] =>
  inventory.workloads.flatMap((workload) =>
    workload.scalers.filter(({ kind }) => kind === HPA).map((object) => ({ object, workload })),
  );

const running = ({ containers }: WorkloadObject, metric: ResourceMetric): readonly ContainerOf[] =>
  containers.filter(
    ({ isInit, container, name }) =>
      (!isInit || container.restartPolicy === 'Always') &&
      (metric.container === undefined || metric.container === name),
  );

/** Resources that a VerticalPodAutoscaler changes; none when it only recommends. */
function movedBy(vertical: KubernetesObject): string[] {
  const mode = textAt(vertical.manifest, 'spec', 'updatePolicy', 'updateMode') ?? 'Recreate';
  if (mode === 'Off') return [];
  const policies = recordsAt(vertical.manifest, 'spec', 'resourcePolicy', 'containerPolicies');
  const active = policies.filter((policy) => policy.mode !== 'Off');
  if (policies.length > 0 && active.length === 0) return [];
  const all = ['cpu', 'memory'];
  if (active.length === 0) return all;
  return all.filter((name) =>
    active.some(
      (policy) =>
        !Array.isArray(policy.controlledResources) || listAt(policy, 'controlledResources').includes(name),
    ),
  );
}

/** Whether a metric has what the API server requires. */
function isWhole(metric: Json): boolean {
  const type = textAt(metric, 'type');
  if (type === undefined) return false;
  const source = recordAt(metric, type[0].toLowerCase() + type.slice(1));
  const target = recordAt(source, 'target');
  const named = !/Resource$/.test(type) || textAt(source, 'name') !== undefined;
  const aimed = ['averageUtilization', 'averageValue', 'value'].some(
    (field) => target?.[field] !== undefined,
  );
  return named && target?.type !== undefined && aimed;
}

const hasService = (workload: WorkloadObject, inventory: Inventory) =>
  relationsOf(workload, inventory).services.length > 0;

export const AUTOSCALING_RULES: readonly Rule[] = [
  rule({
    id: 'HPA-001',
    severity: FindingSeverity.ERROR,
    title: 'What serves traffic without state scales by itself',
    why: 'A fixed number of replicas is too small at the peak or too large the rest of the day.',
    evidence: 'The guide, "Horizontal pod autoscaling enabled".',
    of: (inventory) =>
      servers(inventory).filter(
        (workload) => workload.object.kind === 'Deployment' && hasService(workload, inventory),
      ),
    check: ({ scalers, object }) =>
      when(scalers.length === 0, {
        path: 'spec.replicas',
        measured: `${numberAt(object.manifest, 'spec', 'replicas') ?? 1}, and no autoscaler`,
        expected: 'a HorizontalPodAutoscaler or a ScaledObject',
        fix: 'add an autoscaler, or say by a suppression why the number is fixed',
      }),
  }),
  rule({
    id: 'HPA-002',
    severity: FindingSeverity.ERROR,
    title: 'One autoscaler owns the replicas of a workload that is there',
    why: 'Two autoscalers, or one and a written number, undo each other; one without a target does nothing.',
    evidence:
      'Kubernetes, migrating Deployments to autoscaling; kube-score …-targeted-by-hpa-does-not-have-replicas-configured.',
    of: objects(HPA, 'ScaledObject'),
    check: ({ object }, inventory) => {
      const target = scaleTargetOf(object) ?? { kind: '', name: '' };
      const workload = inventory.workload(target.kind, object.namespace, target.name);
      const path = 'spec.scaleTargetRef';
      const kindGiven = textAt(object.manifest, 'spec', 'scaleTargetRef', 'kind') !== undefined;
      if (!workload || (!kindGiven && object.kind === HPA)) {
        return [
          {
            path,
            measured: workload ? 'no kind' : `${target.kind} ${target.name}, which is not there`,
            expected: 'a workload of this namespace',
            fix: 'correct kind and name',
          },
        ];
      }
      const others = workload.scalers.filter((scaler) => scaler !== object);
      const written = numberAt(workload.object.manifest, 'spec', 'replicas');
      return [
        ...when(others.length > 0, {
          path,
          measured: `${target.kind} ${target.name}, which ${others.map(({ kind, name }) => `${kind} ${name}`).join(', ')} scales too`,
          expected: 'one autoscaler',
          fix: 'remove all but one',
        }),
        ...when(written !== undefined, {
          path,
          measured: `${target.kind} ${target.name}, which writes replicas ${written}`,
          expected: 'no spec.replicas under an autoscaler',
          fix: 'remove spec.replicas: every apply resets what the autoscaler has set',
        }),
      ];
    },
  }),
  rule({
    id: 'HPA-003',
    severity: FindingSeverity.WARNING,
    title: 'An autoscaler keeps two replicas and has room to grow',
    why: 'One replica is away with its node; a maximum close to the minimum leaves nothing to scale.',
    evidence: 'kube-score horizontalpodautoscaler-replicas, Polaris hpaMaxAvailability.',
    of: objects(HPA),
    check: ({ object }) => {
      const min = numberAt(object.manifest, 'spec', 'minReplicas') ?? 1;
      const max = numberAt(object.manifest, 'spec', 'maxReplicas') ?? 0;
      return [
        ...when(min < 2, {
          path: 'spec.minReplicas',
          measured: `${min}`,
          expected: 'at least 2',
          fix: 'keep two, or say by a suppression that an outage is fine',
        }),
        ...when(max < 2 * min, {
          path: 'spec.maxReplicas',
          measured: `${max} with a minimum of ${min}`,
          expected: `at least ${2 * min}`,
          fix: 'raise the maximum; it costs nothing until it is needed',
        }),
      ];
    },
  }),
  rule({
    id: 'HPA-004',
    severity: FindingSeverity.ERROR,
    title: 'A utilisation target has requests to divide by, and can be reached',
    why: 'When one container of the pod lacks the request, the metric is dead; when the limit caps usage below target × 1.1, it never triggers.',
    evidence: 'Kubernetes, pkg/controller/podautoscaler/replica_calculator.go.',
    of: scaled,
    check: ({ object, workload }) => [
      ...when(recordsAt(object.manifest, 'spec', 'metrics').length === 0, {
        path: 'spec.metrics',
        measured: 'none: 80 % of the CPU request',
        expected: 'the metrics that are meant',
        fix: 'name them',
      }),
      ...recordsAt(object.manifest, 'spec', 'metrics').flatMap((metric, index) =>
        when(!isWhole(metric), {
          path: `spec.metrics[${index}]`,
          measured: JSON.stringify(metric),
          expected: 'a type, its source, and a target',
          fix: 'complete it: the API server refuses it',
        }),
      ),
      ...resourceMetrics(object).flatMap((metric): Problem[] => {
        const containers = running(workload, metric);
        const lacking = containers.filter(
          ({ container }) =>
            get(container, 'resources', 'requests', metric.resource) === undefined &&
            get(container, 'resources', 'limits', metric.resource) === undefined,
        );
        const amount = (which: string) =>
          containers.map(({ container }) => {
            const text = textAt(container, 'resources', which, metric.resource) ?? '';
            return metric.resource === 'cpu' ? parseCpu(text) : parseBytes(text);
          });
        const sum = (values: ReadonlyArray<number | undefined>) =>
          values.includes(undefined)
            ? undefined
            : values.reduce<number>((total, one) => total + (one ?? 0), 0);
        const request = sum(amount('requests'));
        const highest = request === undefined ? undefined : highestLiveTarget(request, sum(amount('limits')));
        return [
          ...when(lacking.length > 0 || containers.length === 0, {
            path: metric.path,
            measured:
              containers.length === 0
                ? `container ${metric.container}, which is not there`
                : `${metric.resource} of ${lacking.map(({ name }) => name).join(', ')}, which request none`,
            expected: `a ${metric.resource} request on every measured container`,
            fix: 'add the request, or measure one container (ContainerResource)',
          }),
          ...when(highest !== undefined && (metric.utilization ?? 0) > highest, {
            path: `${metric.path}.resource.target.averageUtilization`,
            measured: `${metric.utilization} % of the request`,
            expected: `at most ${highest} %: the limit caps usage, and the autoscaler acts above target × 1.1`,
            fix: 'lower the target, or raise the limit above the request',
          }),
        ];
      }),
    ],
  }),
  rule({
    id: 'HPA-005',
    severity: FindingSeverity.WARNING,
    title: 'Replicas go up at once and down with patience',
    why: 'Without a window replicas follow every dip of the load and are missing a minute later.',
    evidence: 'The guide’s behaviour; Kubernetes’ default of 300 s.',
    of: (inventory) =>
      objects(HPA)(inventory).filter(({ object }) => recordAt(object.manifest, 'spec', 'behavior')),
    check: ({ object }) => {
      const rules = (direction: string) => recordAt(object.manifest, 'spec', 'behavior', direction);
      const window = numberAt(rules('scaleDown'), 'stabilizationWindowSeconds') ?? 300;
      const fastest = Math.max(
        0,
        ...recordsAt(rules('scaleDown'), 'policies').map((policy) =>
          policy.type === 'Percent'
            ? ((numberAt(policy, 'value') ?? 0) * 60) / (numberAt(policy, 'periodSeconds') ?? 60)
            : 0,
        ),
      );
      return [
        ...when(window < 60 && fastest >= 100, {
          path: 'spec.behavior.scaleDown.stabilizationWindowSeconds',
          measured: `${window} s, and ${fastest} % in a minute`,
          expected: 'at least 60 s, or a slower policy',
          fix: 'wait 300 s before replicas are removed',
        }),
        ...when(textAt(rules('scaleUp'), 'selectPolicy') === 'Disabled', {
          path: 'spec.behavior.scaleUp.selectPolicy',
          measured: 'Disabled',
          expected: 'Max or Min',
          fix: 'let replicas be added',
        }),
      ];
    },
  }),
  rule({
    id: 'HPA-006',
    severity: FindingSeverity.ERROR,
    title: 'No resource has two controllers',
    why: 'A VerticalPodAutoscaler moves the request that the HorizontalPodAutoscaler divides by: each undoes the other.',
    evidence: 'kubernetes/autoscaler, docs/known-limitations.md; goldilocks#655.',
    of: objects('VerticalPodAutoscaler'),
    check: ({ object }, inventory) => {
      const target = recordAt(object.manifest, 'spec', 'targetRef');
      const workload = inventory.workload(
        textAt(target, 'kind') ?? '',
        object.namespace,
        textAt(target, 'name') ?? '',
      );
      const moved = movedBy(object);
      const fights = (workload?.scalers ?? [])
        .filter(({ kind }) => kind === HPA)
        .flatMap((scaler) =>
          resourceMetrics(scaler)
            .filter(({ resource }) => moved.includes(resource))
            .map(({ resource }) => `${resource}, which ${scaler.name} measures`),
        );
      return when(fights.length > 0, {
        path: 'spec.resourcePolicy.containerPolicies',
        measured: `changes ${fights.join(' and ')}`,
        expected: 'only resources that no HorizontalPodAutoscaler measures',
        fix: 'set updateMode Off, or controlledResources to the others',
      });
    },
  }),
  rule({
    id: 'VPA-001',
    severity: FindingSeverity.WARNING,
    title: 'A VerticalPodAutoscaler says how it updates',
    why: '"Auto" means Recreate today and something else tomorrow.',
    evidence: 'Deprecated since VPA 1.4 (kubernetes/autoscaler).',
    of: objects('VerticalPodAutoscaler'),
    check: ({ object }) => {
      const mode = textAt(object.manifest, 'spec', 'updatePolicy', 'updateMode');
      return when(mode === undefined || mode === 'Auto', {
        path: 'spec.updatePolicy.updateMode',
        measured: mode ?? 'not set',
        expected: 'Off, Initial, Recreate or InPlaceOrRecreate',
        fix: 'name the mode that is meant',
      });
    },
  }),
  rule({
    id: 'VPA-002',
    severity: FindingSeverity.ERROR,
    title: 'A VerticalPodAutoscaler targets a workload that is there',
    why: 'One without a target recommends nothing, in silence.',
    evidence: 'Kyverno verify-vpa-target.',
    of: objects('VerticalPodAutoscaler'),
    check: ({ object }, inventory) => {
      const target = recordAt(object.manifest, 'spec', 'targetRef');
      const [kind, name] = [textAt(target, 'kind') ?? '', textAt(target, 'name') ?? ''];
      return when(inventory.workload(kind, object.namespace, name) === undefined, {
        path: 'spec.targetRef',
        measured: `${kind} ${name}, which is not there`.trim(),
        expected: 'a workload of this namespace',
        fix: 'correct kind and name',
      });
    },
  }),
];
