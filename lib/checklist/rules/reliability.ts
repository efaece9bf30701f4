import { FindingSeverity } from '../../finding/finding';
import { mountedFiles } from '../../inventory/configuration-files';
import { get, recordAt, recordsAt, textAt, textsAt } from '../../inventory/json';
import { type LabelSelector, selects } from '../../inventory/selectors';
import { objects, type Problem, type Rule, rule, when } from '../rule';
import { postgresServers, relationsOf, servers } from '../subjects';
import { preStopSeconds } from './probes';

/** Pods of a share such as `25%` or a number; `up` says how the controller rounds. */
export function podsOf(value: unknown, replicas: number, up: boolean): number | undefined {
  if (typeof value === 'number') return value;
  const [, percent] = /^(\d+)%$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (percent === undefined) return undefined;
  const share = (replicas * Number(percent)) / 100;
  return up ? Math.ceil(share) : Math.floor(share);
}

const SPREAD_OVER = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'];

export const RELIABILITY_RULES: readonly Rule[] = [
  rule({
    id: 'REL-001',
    severity: FindingSeverity.ERROR,
    title: 'A node can be drained at every replica count, and not all at once',
    why: 'A disruption budget that never allows an eviction hangs every node drain; without one a drain takes all replicas at once.',
    evidence:
      'The guide: minReplicas 2 beside minAvailable 2; Polaris pdbMinAvailableGreaterThanHPAMinReplicas.',
    of: servers,
    check: (workload, inventory): Problem[] => {
      const { budgets } = relationsOf(workload, inventory);
      const replicas = workload.minReplicas;
      const [budget] = budgets;
      if (budget === undefined) {
        return when(workload.maxReplicas >= 2, {
          path: 'spec.template.metadata.labels',
          measured: `up to ${workload.maxReplicas} replicas, and no PodDisruptionBudget selects them`,
          expected: 'one with maxUnavailable 1',
          fix: 'add a PodDisruptionBudget',
        });
      }
      const spec = recordAt(budget.manifest, 'spec') ?? {};
      const least = podsOf(spec.minAvailable, replicas, true);
      const away = podsOf(spec.maxUnavailable, replicas, true);
      const allowed = least === undefined ? away : replicas - least;
      return [
        ...when(budgets.length > 1, {
          path: 'spec.template.metadata.labels',
          measured: `${budgets.map(({ name }) => name).join(', ')} select the same pods`,
          expected: 'one PodDisruptionBudget: with two, evictions fail',
          fix: 'remove all but one',
        }),
        ...when(allowed === undefined || (replicas > 0 && allowed < 1), {
          path: 'spec.template.metadata.labels',
          measured:
            allowed === undefined
              ? `${budget.name} has neither minAvailable nor maxUnavailable`
              : `${budget.name} allows ${Math.max(0, allowed)} evictions at ${replicas} replicas (${spec.minAvailable === undefined ? 'maxUnavailable' : 'minAvailable'} ${String(spec.minAvailable ?? spec.maxUnavailable)})`,
          expected: 'at least one eviction at the smallest number of replicas',
          fix: 'use maxUnavailable 1, which follows the autoscaler',
        }),
      ];
    },
  }),
  rule({
    id: 'REL-002',
    severity: FindingSeverity.WARNING,
    title: 'Replicas are spread over zones and hosts',
    why: 'Replicas on one node or in one zone go with it.',
    evidence: 'kube-score deployment-has-host-podantiaffinity, Polaris topologySpreadConstraint.',
    of: (inventory) => servers(inventory).filter(({ maxReplicas }) => maxReplicas >= 2),
    check: ({ pod, podPath, podLabels }) => {
      const selectsOwn = (selector: LabelSelector | undefined) =>
        selector !== undefined && Object.keys(selector).length > 0 && selects(selector, podLabels);
      const over = recordsAt(pod, 'topologySpreadConstraints')
        .filter((one) => selectsOwn(recordAt(one, 'labelSelector')))
        .map((one) => one.topologyKey);
      const spread = SPREAD_OVER.every((key) => over.includes(key));
      const apart = [
        ...recordsAt(pod, 'affinity', 'podAntiAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'),
        ...recordsAt(
          pod,
          'affinity',
          'podAntiAffinity',
          'preferredDuringSchedulingIgnoredDuringExecution',
        ).flatMap((one) => recordAt(one, 'podAffinityTerm') ?? []),
      ].some((term) => selectsOwn(recordAt(term, 'labelSelector')));
      return [
        ...when(!spread, {
          path: `${podPath}.topologySpreadConstraints`,
          measured:
            over.length === 0 ? 'none that selects its own pods' : `over ${over.map(String).join(', ')} only`,
          expected: 'one over zones and one over hosts',
          fix: 'add topologySpreadConstraints with its own labels',
        }),
        ...when(!apart, {
          path: `${podPath}.affinity.podAntiAffinity`,
          measured: 'none that selects its own pods',
          expected: 'a preferred anti-affinity over hosts',
          fix: 'add it with its own labels',
        }),
      ];
    },
  }),
  rule({
    id: 'REL-003',
    severity: FindingSeverity.ERROR,
    title: 'A StatefulSet has its headless Service, and its volumes a size',
    why: 'Without the Service the pods have no names; two instances of a database without replication are two databases.',
    evidence: 'kube-score statefulset-has-servicename.',
    of: objects('StatefulSet'),
    check: ({ object }, inventory) => {
      const name = textAt(object.manifest, 'spec', 'serviceName');
      const service = name === undefined ? undefined : inventory.find('Service', object.namespace, name);
      const database = postgresServers(inventory).find((server) => server.object === object);
      const claims = recordsAt(object.manifest, 'spec', 'volumeClaimTemplates');
      return [
        ...when(get(service?.manifest, 'spec', 'clusterIP') !== 'None', {
          path: 'spec.serviceName',
          measured:
            name === undefined ? 'not set' : `${name}, which is ${service ? 'not headless' : 'not there'}`,
          expected: 'a Service with clusterIP None',
          fix: 'add a headless Service and name it',
        }),
        ...claims.flatMap((claim, index) =>
          when(textAt(claim, 'spec', 'resources', 'requests', 'storage') === undefined, {
            path: `spec.volumeClaimTemplates[${index}].spec.resources.requests.storage`,
            measured: 'not set',
            expected: 'a size',
            fix: 'set it',
          }),
        ),
        ...when(database !== undefined && database.workload.maxReplicas > 1, {
          path: 'spec.replicas',
          measured: `${database?.workload.maxReplicas}`,
          expected: '1: nothing replicates between them',
          fix: 'use one replica, or an operator that replicates',
        }),
      ];
    },
  }),
  rule({
    id: 'REL-004',
    severity: FindingSeverity.WARNING,
    title: 'A rollout loses no request',
    why: 'A rollout that removes pods before new ones are ready drops below capacity; a pod that stops at once still gets requests.',
    evidence: 'Endpoints are removed while a pod stops; kube-linter no-rolling-update-strategy.',
    of: (inventory) =>
      servers(inventory).filter(
        (workload) =>
          workload.object.kind === 'Deployment' && relationsOf(workload, inventory).services.length > 0,
      ),
    check: ({ object, containers, podPath, maxReplicas }) => {
      const strategy = recordAt(object.manifest, 'spec', 'strategy');
      const away = podsOf(get(strategy, 'rollingUpdate', 'maxUnavailable') ?? '25%', maxReplicas, false) ?? 0;
      return [
        ...when(textAt(strategy, 'type') === 'Recreate' || away > 0, {
          path: 'spec.strategy',
          measured:
            textAt(strategy, 'type') === 'Recreate'
              ? 'Recreate'
              : `takes ${away} of ${maxReplicas} away before there are new ones`,
          expected: 'RollingUpdate with maxUnavailable 0',
          fix: 'set maxUnavailable 0 and a maxSurge',
        }),
        ...when(!containers.some(({ container, isInit }) => !isInit && preStopSeconds(container) > 0), {
          path: `${podPath}.containers[0].lifecycle.preStop`,
          measured: 'none that waits',
          expected: 'a few seconds in which it still serves',
          fix: 'sleep 5 to 10 seconds in preStop',
        }),
      ];
    },
  }),
  rule({
    id: 'REL-006',
    severity: FindingSeverity.WARNING,
    title: 'A disruption budget does not wait for pods that never get ready',
    why: 'By default pods that are not ready count as away: a crash loop blocks the drain that would cure it.',
    evidence: 'kube-linter pdb-unhealthy-pod-eviction-policy; on by default since Kubernetes 1.27.',
    of: objects('PodDisruptionBudget'),
    check: ({ object }) => {
      const policy = textAt(object.manifest, 'spec', 'unhealthyPodEvictionPolicy');
      return when(policy !== 'AlwaysAllow', {
        path: 'spec.unhealthyPodEvictionPolicy',
        measured: policy ?? 'not set: IfHealthyBudget',
        expected: 'AlwaysAllow',
        fix: 'set it',
      });
    },
  }),
  rule({
    id: 'REL-007',
    severity: FindingSeverity.WARNING,
    title: 'A changed configuration reaches the pods',
    why: 'A changed ConfigMap restarts nothing: half of the pods run with the old configuration until something else restarts them.',
    evidence: 'The checksum annotation of Helm’s tips and tricks; cert-manager#8637.',
    of: (inventory) => servers(inventory).filter((workload) => mountedFiles(workload, inventory).length > 0),
    check: (workload, inventory) => {
      const annotations = textsAt(workload.object.manifest, 'spec', 'template', 'metadata', 'annotations');
      const rolls =
        Object.keys(annotations).some((key) => /checksum|hash|reload/i.test(key)) ||
        mountedFiles(workload, inventory).every(({ configMap }) => configMap.manifest.immutable === true);
      return when(!rolls, {
        path: 'spec.template.metadata.annotations',
        measured: 'nothing that changes with the configuration',
        expected: 'a checksum of the ConfigMap, or immutable ConfigMaps with a name of their own',
        fix: 'add an annotation such as checksum/config',
      });
    },
  }),
];
