import { FindingSeverity } from '../../../finding/finding';
import { oneNodeClaims } from '../../../inventory/claims';
import { type Json, listAt, recordAt, recordsAt, textAt, textsAt } from '../../../inventory/json';
import { servers } from '../../../inventory/relations';
import { mostPods } from '../../../inventory/replicas';
import { type LabelSelector, selectorOf, selects } from '../../../inventory/selectors';
import { toOnePod } from '../../one-pod';
import { type Rule, rule, when } from '../../rule';

const ZONE = 'topology.kubernetes.io/zone';
const SPREAD_OVER = [ZONE, 'kubernetes.io/hostname'];

/** No region of the large clouds has more zones. */
const MAX_ZONES = 6;

const constraintsOf = (pod: Json) => recordsAt(pod, 'topologySpreadConstraints');

/** Where pods may run. */
export const SCHEDULING_RULES: readonly Rule[] = [
  rule({
    id: 'REL-002',
    severity: FindingSeverity.WARNING,
    title: 'Replicas are spread over zones and hosts',
    why: 'Replicas on one node or in one zone go with it.',
    evidence: 'kube-score deployment-has-host-podantiaffinity, Polaris topologySpreadConstraint.',
    // What mounts a volume of one node stays together: REL-012.
    of: (inventory) =>
      servers(inventory).filter(
        (workload) => workload.maxReplicas >= 2 && oneNodeClaims(workload, inventory).length === 0,
      ),
    check: ({ pod, podPath, podLabels }) => {
      const selectsOwn = (selector: LabelSelector | undefined) =>
        selector !== undefined && Object.keys(selector).length > 0 && selects(selector, podLabels);
      const terms = [
        ...recordsAt(pod, 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'),
        ...recordsAt(
          pod,
          'affinity',
          'podAntiAffinity',
          'preferredDuringSchedulingIgnoredDuringExecution',
        ).flatMap((one) => recordAt(one, 'podAffinityTerm') ?? []),
      ];
      const over = [...recordsAt(pod, 'topologySpreadConstraints'), ...terms]
        .filter((one) => selectsOwn(selectorOf(recordAt(one, 'labelSelector'))))
        .map((one) => one.topologyKey);
      const lacks = SPREAD_OVER.filter((key) => !over.includes(key));
      return when(lacks.length > 0, {
        // Spread over hosts it survives a node; over zones too is better.
        severity: lacks.length === 1 && lacks[0] === ZONE ? FindingSeverity.INFO : undefined,
        path: `${podPath}.topologySpreadConstraints`,
        measured:
          over.length === 0
            ? 'nothing keeps its pods apart'
            : `its pods are kept apart over ${over.map(String).join(', ')} only`,
        expected: `a constraint or an anti-affinity over ${lacks.join(' and ')} that selects its own pods`,
        fix: 'add topologySpreadConstraints with its own labels',
      });
    },
  }),
  rule({
    id: 'REL-010',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A spread counts the pods of one revision',
    why: 'Without matchLabelKeys the pods of the old revision count too: a rollout leaves the new ones skewed.',
    evidence: 'kubernetes#98215, #105661; KEP-3243, on by default since Kubernetes 1.27.',
    of: (inventory) =>
      servers(inventory).filter(
        ({ object, pod }) => object.kind === 'Deployment' && constraintsOf(pod).length > 0,
      ),
    check: ({ pod, podPath }) =>
      constraintsOf(pod).flatMap((constraint, index) =>
        when(!listAt(constraint, 'matchLabelKeys').includes('pod-template-hash'), {
          path: `${podPath}.topologySpreadConstraints[${index}].matchLabelKeys`,
          measured:
            constraint.matchLabelKeys === undefined ? 'not set' : JSON.stringify(constraint.matchLabelKeys),
          expected: 'pod-template-hash',
          fix: 'add it',
          // The API server wants a selector beside it, and takes nothing twice.
          edit:
            constraint.matchLabelKeys === undefined && recordAt(constraint, 'labelSelector')
              ? { kind: 'set', value: ['pod-template-hash'] }
              : undefined,
        }),
      ),
  }),
  rule({
    id: 'REL-011',
    severity: FindingSeverity.ERROR,
    title: 'A spread is one that the API server accepts',
    why: 'A key in both selectors, keys without a selector, or minDomains without DoNotSchedule are refused.',
    evidence: 'Kubernetes API, TopologySpreadConstraint; the 1.27 release blog on fine-grained spreading.',
    of: (inventory) => servers(inventory).filter(({ pod }) => constraintsOf(pod).length > 0),
    check: ({ pod, podPath }) =>
      constraintsOf(pod).flatMap((constraint, index) => {
        const path = `${podPath}.topologySpreadConstraints[${index}]`;
        const keys = listAt(constraint, 'matchLabelKeys').map(String);
        const selector = recordAt(constraint, 'labelSelector');
        const named = [
          ...Object.keys(textsAt(selector, 'matchLabels')),
          ...recordsAt(selector, 'matchExpressions').map(({ key }) => String(key)),
        ];
        const twice = keys.filter((key) => named.includes(key));
        return [
          ...when(twice.length > 0, {
            path: `${path}.matchLabelKeys`,
            measured: `${twice.join(', ')}, which labelSelector names too`,
            expected: 'each key once',
            fix: 'remove it from labelSelector',
          }),
          ...when(keys.length > 0 && selector === undefined, {
            path: `${path}.labelSelector`,
            measured: 'not set beside matchLabelKeys',
            expected: 'the labels of the pods',
            fix: 'add it',
          }),
          ...when(
            !['DoNotSchedule', 'ScheduleAnyway'].includes(textAt(constraint, 'whenUnsatisfiable') ?? ''),
            {
              path: `${path}.whenUnsatisfiable`,
              measured: textAt(constraint, 'whenUnsatisfiable') ?? 'not set',
              expected: 'DoNotSchedule or ScheduleAnyway',
              fix: 'set it: the API server refuses it',
            },
          ),
          ...when(
            constraint.minDomains !== undefined &&
              textAt(constraint, 'whenUnsatisfiable') !== 'DoNotSchedule',
            {
              path: `${path}.minDomains`,
              measured: `set with ${textAt(constraint, 'whenUnsatisfiable') ?? 'no whenUnsatisfiable'}`,
              expected: 'only with DoNotSchedule',
              fix: 'remove it',
            },
          ),
        ];
      }),
  }),
  rule({
    id: 'REL-012',
    severity: FindingSeverity.ERROR,
    title: 'Every replica has a place to run',
    why: 'A required anti-affinity over zones lets one pod run in each, and a volume of one node only the pods on that node: the others stay pending, whatever the autoscaler says.',
    evidence: 'cdk8s-plus-27 `spread: true`: fifty replicas, three of them running in three zones.',
    of: (inventory) => servers(inventory).filter(({ maxReplicas }) => maxReplicas >= 2),
    check: (workload, inventory) => {
      const most = mostPods(workload);
      const { pod, podPath, podLabels } = workload;
      const apart = recordsAt(
        pod,
        'affinity',
        'podAntiAffinity',
        'requiredDuringSchedulingIgnoredDuringExecution',
      );
      const claims = oneNodeClaims(workload, inventory).map(({ name, path, accessModes }) => ({
        // Pods that happen to land on the node of the first do run.
        severity: accessModes.includes('ReadWriteOncePod') ? undefined : FindingSeverity.WARNING,
        path,
        measured: `up to ${workload.maxReplicas} replicas mount ${name}, which is ${accessModes.join(', ')}`,
        expected: 'one replica, or a volume that many nodes may mount (ReadWriteMany)',
        fix: `${toOnePod(workload)} with strategy Recreate, or a StatefulSet with a claim for each pod, or ReadWriteMany`,
      }));
      const terms = apart.flatMap((term, index) => {
        const selector = selectorOf(recordAt(term, 'labelSelector'));
        return when(
          textAt(term, 'topologyKey') === ZONE &&
            selector !== undefined &&
            selects(selector, podLabels) &&
            most > MAX_ZONES,
          {
            path: `${podPath}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[${index}]`,
            measured: `one pod for each zone, and up to ${most} pods in a rollout`,
            expected: 'a preferred anti-affinity, or no more pods than zones',
            fix: 'use preferredDuringScheduling…, and topologySpreadConstraints over zones',
          },
        );
      });
      return [...claims, ...terms];
    },
  }),
];
