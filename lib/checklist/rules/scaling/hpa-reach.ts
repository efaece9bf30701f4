import { FindingSeverity } from '../../../finding/finding';
import { textAt } from '../../../inventory/json';
import { measuredContainers, measuredResources } from '../../../inventory/pod-resources';
import { relationsOf } from '../../../inventory/relations';
import {
  autoscalers,
  scaled,
  type ScalerMetric,
  toleranceOf,
  versionOf,
} from '../../../scaling/hpa/autoscalers';
import { highestLiveTarget } from '../../../scaling/hpa/live-target';
import { FIELD_SINCE_MINOR } from '../../../target/features';
import { display } from '../../../units/text';
import { isOnePod } from '../../one-pod';
import { type Problem, type Rule, rule, when } from '../../rule';

/** What the controller cannot divide by, or can never pass. */
function unreachable(
  { workload, ...scaler }: ReturnType<typeof scaled>[number],
  metric: ScalerMetric,
): Problem[] {
  const { resource } = metric;
  if (resource === undefined) return [];
  const tolerance = toleranceOf(scaler);
  const measured = measuredResources(workload.resources, resource, metric.container);
  if ('error' in measured)
    return [
      {
        path: metric.path,
        measured:
          measured.lacking.length === 0
            ? `container ${metric.container}, which is not there`
            : `${resource} of ${measured.lacking.join(', ')}, which request none`,
        expected: `a ${resource} request on every measured container`,
        fix: 'add the request, or measure one container (ContainerResource)',
      },
    ];
  const highest = highestLiveTarget(measured.request, measured.limit, tolerance);
  return [
    ...when(highest !== undefined && (metric.utilization ?? 0) > highest, {
      path: metric.targetPath,
      measured: `${metric.utilization} % of the request`,
      expected: `at most ${highest} %: the limit caps usage, and the autoscaler acts above target × ${1 + tolerance}`,
      fix: 'lower the target, or raise the limit above the request',
    }),
  ];
}

/** Kinds that have no number of replicas. */
const UNSCALABLE = ['DaemonSet', 'Pod', 'Job', 'CronJob'];

/** Whether and how far an autoscaler can move. */
export const HPA_REACH_RULES: readonly Rule[] = [
  rule({
    id: 'HPA-003',
    severity: FindingSeverity.WARNING,
    title: 'An autoscaler keeps two replicas and has room to grow',
    why: 'One replica is away with its node; a maximum close to the minimum leaves nothing to scale.',
    evidence: 'kube-score horizontalpodautoscaler-replicas, Polaris hpaMaxAvailability.',
    of: autoscalers,
    check: ({ isKeda, min = 1, max = 0, minPath, maxPath, workload }, inventory) => {
      // What only takes jobs may sleep, or run alone: the jobs wait.
      const isWaitedFor = !isKeda || (workload && relationsOf(workload, inventory).services.length > 0);
      // It is told there that it needs no autoscaler.
      if (workload && isOnePod(workload, inventory)) return [];
      return [
        ...when(min < 2 && isWaitedFor === true, {
          path: minPath,
          measured: `${min}`,
          expected: 'at least 2',
          fix: 'keep two, or say by a suppression that an outage is fine',
        }),
        ...when(max < 2 * min, {
          path: maxPath,
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
    why: 'When one container of the pod lacks the request, the metric is dead; when the limit caps usage below target × (1 + tolerance), it never triggers.',
    evidence: 'Kubernetes, pkg/controller/podautoscaler/replica_calculator.go.',
    of: scaled,
    check: (scaler) => [
      ...when(
        scaler.metrics.some(({ path }) => path === 'spec.metrics'),
        {
          path: 'spec.metrics',
          measured: 'none: 80 % of the CPU request',
          expected: 'the metrics that are meant',
          fix: 'name them',
        },
      ),
      ...scaler.metrics.flatMap((metric) => unreachable(scaler, metric)),
    ],
  }),
  rule({
    id: 'HPA-007',
    severity: FindingSeverity.ERROR,
    title: 'The API server accepts the autoscaler, and its target can be scaled',
    why: 'A number out of its range is refused when it is applied; a target without replicas is never scaled.',
    evidence:
      'autoscaling/v2 API: periodSeconds 1–1800, stabilizationWindowSeconds 0–3600; autoscaling/v2beta1 and v2beta2 are gone.',
    of: autoscalers,
    check: (scaler) => {
      const { object, isKeda, problems } = scaler;
      const kind = textAt(object.manifest, 'spec', 'scaleTargetRef', 'kind') ?? '';
      return [
        ...when(!(isKeda ? /^keda\.sh\// : /^autoscaling\/v[12]$/).test(object.apiVersion), {
          path: 'apiVersion',
          measured: object.apiVersion,
          expected: isKeda ? 'keda.sh/v1alpha1' : 'autoscaling/v2',
          fix: 'use it',
          // The fields of v2beta2 are those of v2.
          edit:
            object.apiVersion === 'autoscaling/v2beta2'
              ? { kind: 'set', value: 'autoscaling/v2' }
              : undefined,
        }),
        ...when(UNSCALABLE.includes(kind), {
          path: 'spec.scaleTargetRef.kind',
          measured: kind,
          expected: 'a Deployment, a StatefulSet, or another kind with replicas',
          fix: 'remove the autoscaler, or use a Deployment',
        }),
        ...problems.map(({ path, value, allowed }) => ({
          path,
          measured: value === undefined ? 'not set' : display(value),
          expected: allowed,
          fix: 'correct it: the API server refuses it',
        })),
      ];
    },
  }),
  rule({
    id: 'HPA-008',
    severity: FindingSeverity.ERROR,
    title: 'What sleeps at zero replicas can be woken up',
    why: 'A HorizontalPodAutoscaler of zero replicas is refused by default, and with CPU or memory nothing would ever raise it again.',
    evidence: 'The feature gate HPAScaleToZero is alpha and off up to Kubernetes 1.36.',
    of: (inventory) => autoscalers(inventory).filter(({ isKeda }) => !isKeda),
    check: ({ min, metrics, minPath }) => {
      const wakes = metrics.some(({ type }) => type === 'Object' || type === 'External');
      return when(min === 0, {
        path: minPath,
        measured: wakes ? '0' : '0, and no Object or External metric',
        expected: 'at least 1',
        fix: 'use a ScaledObject of KEDA; or suppress this where the feature gate HPAScaleToZero is on',
      });
    },
  }),
  rule({
    id: 'HPA-012',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A sidecar does not hide a hot container',
    why: 'The use of all containers is divided by all their requests: an idle sidecar with a large request keeps the average low.',
    evidence: 'Kubernetes, horizontal pod autoscaling: container resource metrics; on by default since 1.27.',
    of: scaled,
    check: ({ workload, metrics }) =>
      metrics.flatMap(({ resource, container, utilization, path }) => {
        const measured = measuredContainers(workload.resources.containers, container);
        return when(
          resource === 'cpu' && utilization !== undefined && container === undefined && measured.length > 1,
          {
            path,
            measured: `CPU of ${measured.map(({ name, isInjected }) => (isInjected === true ? `${name}, which a mesh adds` : name)).join(', ')} together`,
            expected: 'the CPU of the container that serves',
            fix: 'use a metric of type ContainerResource',
          },
        );
      }),
  }),
  rule({
    id: 'HPA-013',
    severity: FindingSeverity.WARNING,
    title: 'A tolerance is there on the cluster that it is meant for',
    why: 'Where the feature gate is off the API server drops the field, and the tolerance is 10 % without a word.',
    evidence: 'HPAConfigurableTolerance is on by default since Kubernetes 1.35.',
    of: autoscalers,
    check: ({ object, behavior, behaviorPath }, inventory) =>
      (['scaleUp', 'scaleDown'] as const).flatMap((direction) => {
        const version = versionOf(object, inventory);
        const given = behavior?.[direction].tolerance;
        return when(given !== undefined && (version ?? 0) < FIELD_SINCE_MINOR.hpaTolerance, {
          path: `${behaviorPath}.${direction}.tolerance`,
          measured: `${given} for ${version === undefined ? 'a version that nothing names' : `Kubernetes 1.${version}`}`,
          expected: 'Kubernetes 1.35 or later',
          fix: 'remove it, or name the version in the annotation cdk8s-tuned/kubernetes-version',
        });
      }),
  }),
];
