import { FindingSeverity } from '../../../finding/finding';
import { REWRITE_ANNOTATION } from '../../../finding/rewrite';
import type { Inventory, KubernetesObject, WorkloadObject } from '../../../inventory/inventory';
import { get, numberAt, recordAt, recordsAt, textAt, textsAt } from '../../../inventory/json';
import { memo } from '../../../inventory/memo';
import { measuredContainers, type StoredResources } from '../../../inventory/pod-resources';
import {
  containerPolicy,
  moves,
  scalersOf,
  updateMode,
  versionOf,
  verticalTarget,
} from '../../../scaling/hpa/autoscalers';
import { FIELD_SINCE_MINOR } from '../../../target/features';
import { formatBytes, formatCpu, MIB, parseBytes, parseCpu } from '../../../units/quantity';
import { objects, othersThan, type Problem, type Rule, rule, when } from '../../rule';

const VPA = 'VerticalPodAutoscaler';

/** The recommender never recommends less for a whole pod (flags pod-recommendation-min-cpu-millicores and -memory-mb). */
const FLOOR = { cpu: 25, memory: 250 * MIB } as const;

/** The updater leaves workloads alone that have fewer replicas (flag min-replicas). */
const DEFAULT_MIN_REPLICAS = 2;

interface Vertical {
  readonly object: KubernetesObject;
  readonly workload: WorkloadObject;
}

const verticals = (inventory: Inventory): readonly Vertical[] =>
  inventory.ofKind(VPA).flatMap((object) => {
    const workload = verticalTarget(object, inventory);
    return workload ? [{ object, workload }] : [];
  });

const byWorkload = memo((inventory) => {
  const found = new Map<WorkloadObject, KubernetesObject[]>();
  for (const { object, workload } of verticals(inventory)) {
    const list = found.get(workload);
    if (list) list.push(object);
    else found.set(workload, [object]);
  }
  return found;
});

const evicts = (vertical: KubernetesObject) =>
  ['Recreate', 'Auto', 'InPlaceOrRecreate'].includes(updateMode(vertical));
const resizes = (vertical: KubernetesObject) =>
  ['InPlace', 'InPlaceOrRecreate'].includes(updateMode(vertical));

const amount = (resource: string, quantity: unknown): number | undefined => {
  const text = typeof quantity === 'string' || typeof quantity === 'number' ? String(quantity) : '';
  return resource === 'cpu' ? parseCpu(text) : parseBytes(text);
};

/** Policies with their paths. */
const policiesOf = ({ manifest }: KubernetesObject) =>
  recordsAt(manifest, 'spec', 'resourcePolicy', 'containerPolicies').map((policy, index) => ({
    policy,
    path: `spec.resourcePolicy.containerPolicies[${index}]`,
  }));

/** Whether requests and limits of a container are the same, so that its pod is Guaranteed. */
const isGuaranteed = ({ requests, limits }: StoredResources) =>
  ['cpu', 'memory'].every((resource) => {
    const limit = amount(resource, limits[resource]);
    return limit !== undefined && amount(resource, requests[resource]) === limit;
  });

/** What changes the size of running pods. */
export const VERTICAL_AUTOSCALING_RULES: readonly Rule[] = [
  rule({
    id: 'HPA-006',
    severity: FindingSeverity.ERROR,
    title: 'No resource has two controllers',
    why: 'A VerticalPodAutoscaler moves the request that the HorizontalPodAutoscaler divides by: each undoes the other.',
    evidence: 'kubernetes/autoscaler, docs/known-limitations.md; goldilocks#655.',
    of: (inventory) => objects(inventory, VPA),
    check: ({ object }, inventory) => {
      const workload = verticalTarget(object, inventory);
      const fights = (workload ? scalersOf(workload, inventory) : []).flatMap((scaler) =>
        scaler.metrics.flatMap((metric) => {
          const { resource } = metric;
          if (!workload || resource === undefined) return [];
          const moved = measuredContainers(workload.resources.containers, metric.container).some(({ name }) =>
            moves(object, name, resource),
          );
          return moved ? [`${resource}, which ${scaler.object.name} measures`] : [];
        }),
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
    of: (inventory) => objects(inventory, VPA),
    check: ({ object }) => {
      const given = get(object.manifest, 'spec', 'updatePolicy', 'updateMode');
      if (typeof given === 'boolean')
        return [
          {
            path: 'spec.updatePolicy.updateMode',
            measured: `${given}, which is what YAML makes of ${given ? 'On' : 'Off'} without quotes`,
            expected: given ? 'Off, Initial, Recreate or InPlaceOrRecreate' : '"Off" in quotes',
            fix: 'put it in quotes: the API server refuses a boolean',
            // `On` is no mode.
            edit: given ? undefined : { kind: 'set', value: 'Off' },
          },
        ];
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
    of: (inventory) => objects(inventory, VPA),
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
  rule({
    id: 'VPA-003',
    severity: FindingSeverity.INFO,
    title: 'A VerticalPodAutoscaler is as it was asked for',
    why: 'What was asked for is deprecated; what was emitted means the same today.',
    evidence: 'kubernetes/autoscaler#8424: Auto is an alias of Recreate since VPA 1.4.',
    of: (inventory) => objects(inventory, VPA),
    check: ({ object }) => {
      const rewritten = textsAt(object.manifest, 'metadata', 'annotations')[REWRITE_ANNOTATION];
      return when(rewritten !== undefined, {
        path: 'spec.updatePolicy.updateMode',
        measured: rewritten ?? '',
        expected: 'VerticalScaling.recreate(), or inPlaceOrRecreate() from Kubernetes 1.33 on',
        fix: 'ask for the mode that is meant',
      });
    },
  }),
  rule({
    id: 'VPA-004',
    severity: FindingSeverity.WARNING,
    title: 'A VerticalPodAutoscaler that evicts has replicas to evict',
    why: 'The updater leaves a workload alone that has fewer than two replicas: its requests never change, in silence.',
    evidence: 'kubernetes/autoscaler, updater flag --min-replicas = 2; updatePolicy.minReplicas.',
    of: (inventory) => verticals(inventory).filter(({ object }) => evicts(object)),
    check: ({ object, workload }) => {
      const needed = numberAt(object.manifest, 'spec', 'updatePolicy', 'minReplicas') ?? DEFAULT_MIN_REPLICAS;
      return when(workload.minReplicas < needed, {
        path: 'spec.updatePolicy.minReplicas',
        measured: `${workload.object.name} keeps ${workload.minReplicas}, and nothing is evicted below ${needed}`,
        expected: `at least ${needed} replicas`,
        fix: 'keep two replicas, use mode Initial, or set minReplicas 1 and accept the outage',
      });
    },
  }),
  rule({
    id: 'VPA-005',
    severity: FindingSeverity.WARNING,
    title: 'Resizing a running pod keeps its class of service',
    why: 'With requests equal to limits, changed requests alone make a Guaranteed pod Burstable; a running pod cannot, so it is evicted instead.',
    evidence: 'kubernetes/autoscaler, docs/features.md, in-place updates: the QoS class cannot change.',
    of: (inventory) => verticals(inventory).filter(({ object }) => resizes(object)),
    check: ({ object, workload }) =>
      workload.containers
        .filter(({ isInit, resources }) => !isInit && isGuaranteed(resources))
        .flatMap(({ name, path }) =>
          when(
            containerPolicy(object, name).controlledValues === 'RequestsOnly' &&
              ['cpu', 'memory'].some((resource) => moves(object, name, resource)),
            {
              path: 'spec.resourcePolicy.containerPolicies',
              measured: `RequestsOnly for ${name}, whose requests equal its limits (${workload.object.kind} ${path})`,
              expected: 'RequestsAndLimits',
              fix: 'change both, or give the container limits above its requests',
            },
          ),
        ),
  }),
  rule({
    id: 'VPA-006',
    severity: FindingSeverity.ERROR,
    title: 'Bounds of a recommendation leave room between them',
    why: 'With the least above the most there is no recommendation that both allow.',
    evidence: 'kubernetes/autoscaler, resourcePolicy: minAllowed and maxAllowed.',
    of: (inventory) => objects(inventory, VPA),
    check: ({ object }) =>
      policiesOf(object).flatMap(({ policy, path }) =>
        ['cpu', 'memory'].flatMap((resource) => {
          const [least, most] = ['minAllowed', 'maxAllowed'].map((bound) => get(policy, bound, resource));
          const [low, high] = [amount(resource, least), amount(resource, most)];
          return when(low !== undefined && high !== undefined && low > high, {
            path: `${path}.minAllowed.${resource}`,
            measured: `${String(least)}, above maxAllowed (${String(most)})`,
            expected: 'at most maxAllowed',
            fix: 'lower it, or raise maxAllowed',
          });
        }),
      ),
  }),
  rule({
    id: 'VPA-007',
    severity: FindingSeverity.WARNING,
    title: 'A recommendation can be below its upper bound',
    why: 'The recommender never goes below 25m CPU and 250Mi memory for a pod: with a lower bound, every recommendation is that bound.',
    evidence:
      'kubernetes/autoscaler, docs/flags.md: pod-recommendation-min-cpu-millicores, -memory-mb; divided by the containers.',
    of: verticals,
    check: ({ object, workload }) => {
      const count = Math.max(1, workload.containers.filter(({ isInit }) => !isInit).length);
      return policiesOf(object).flatMap(({ policy, path }) =>
        (['cpu', 'memory'] as const).flatMap((resource) => {
          const most = amount(resource, get(policy, 'maxAllowed', resource));
          const floor = Math.ceil(FLOOR[resource] / count);
          return when(most !== undefined && most < floor, {
            path: `${path}.maxAllowed.${resource}`,
            measured: String(get(policy, 'maxAllowed', resource)),
            expected: `at least ${resource === 'cpu' ? formatCpu(floor) : formatBytes(floor)}, the floor for a pod of ${count} containers`,
            fix: 'raise it, or size the container by hand and set its mode Off',
          });
        }),
      );
    },
  }),
  rule({
    id: 'VPA-008',
    severity: FindingSeverity.ERROR,
    title: 'One VerticalPodAutoscaler sizes the containers of a pod',
    why: 'What two of them do to one pod is not defined; beside resources of the whole pod it does not work at all.',
    evidence:
      'kubernetes/autoscaler, README: pod-level resources are not supported; docs/known-limitations.md.',
    of: verticals,
    check: ({ object, workload }, inventory): Problem[] => {
      const others = othersThan(byWorkload(inventory).get(workload) ?? [object], object);
      return [
        ...when(others !== '', {
          path: 'spec.targetRef',
          measured: `${workload.object.name}, which ${others} sizes too`,
          expected: 'one VerticalPodAutoscaler',
          fix: 'remove all but one',
        }),
        ...when(recordAt(workload.pod, 'resources') !== undefined, {
          path: 'spec.targetRef',
          measured: `${workload.object.name}, whose pod has resources of its own (${workload.podPath}.resources)`,
          expected: 'requests and limits of containers only',
          fix: 'move them to the containers',
        }),
      ];
    },
  }),
  rule({
    id: 'VPA-009',
    severity: FindingSeverity.WARNING,
    title: 'Cluster and VerticalPodAutoscaler are new enough for what is asked of them',
    why: 'An older cluster cannot resize running pods: each is evicted instead, or nothing happens.',
    evidence:
      'InPlacePodVerticalScaling is on by default since Kubernetes 1.33, InPlaceOrRecreate since VPA 1.5; InPlace and startupBoost are alpha in 1.7.',
    of: (inventory) => objects(inventory, VPA),
    check: ({ object }, inventory) => {
      const version = versionOf(object, inventory);
      const alpha = [
        ...(updateMode(object) === 'InPlace' ? ['updateMode InPlace'] : []),
        ...(recordAt(object.manifest, 'spec', 'startupBoost') ? ['startupBoost'] : []),
      ];
      return [
        ...when(resizes(object) && (version ?? 0) < FIELD_SINCE_MINOR.inPlacePodResize, {
          path: 'spec.updatePolicy.updateMode',
          measured: `${updateMode(object)} for ${version === undefined ? 'a version that nothing names' : `Kubernetes 1.${version}`}`,
          expected: 'Kubernetes 1.33 and VPA 1.5',
          fix: 'use Recreate, or name the version in the annotation cdk8s-tuned/kubernetes-version',
        }),
        ...alpha.map((what) => ({
          path: 'spec',
          measured: what,
          expected: 'no feature that is alpha and off',
          fix: 'use InPlaceOrRecreate, or suppress this where VPA 1.7 has the feature gate on',
        })),
      ];
    },
  }),
];
