import { FindingSeverity } from '../../../finding/finding';
import type { KubernetesObject } from '../../../inventory/inventory';
import { recordAt, textAt, textsAt } from '../../../inventory/json';
import { isDangling } from '../../../inventory/references';
import { relationsOf, servers } from '../../../inventory/relations';
import { podsOfShare } from '../../../inventory/replicas';
import { selects } from '../../../inventory/selectors';
import { objects, type Problem, type Rule, rule, when } from '../../rule';

/** Labels that a budget asks for and that a workload's own selector does not name. */
function extraLabels(budget: KubernetesObject, workload: KubernetesObject): string[] {
  const own = textsAt(workload.manifest, 'spec', 'selector', 'matchLabels');
  return Object.keys(textsAt(budget.manifest, 'spec', 'selector', 'matchLabels')).filter(
    (key) => !(key in own),
  );
}

/** What may take pods away on purpose. */
export const DISRUPTION_RULES: readonly Rule[] = [
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
      // What sleeps at zero has one replica with its first job.
      const replicas = Math.max(workload.minReplicas, Math.min(1, workload.maxReplicas));
      const [budget] = budgets;
      if (budget === undefined) {
        return when(workload.maxReplicas >= 2, {
          severity: FindingSeverity.WARNING,
          path: 'spec.template.metadata.labels',
          measured: `up to ${workload.maxReplicas} replicas, and no PodDisruptionBudget selects them`,
          expected: 'one with maxUnavailable 1',
          fix: 'add a PodDisruptionBudget',
        });
      }
      const spec = recordAt(budget.manifest, 'spec') ?? {};
      const least = podsOfShare(spec.minAvailable, replicas, true);
      const away = podsOfShare(spec.maxUnavailable, replicas, true);
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
    id: 'REL-006',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A disruption budget does not wait for pods that never get ready',
    why: 'By default pods that are not ready count as away: a crash loop blocks the drain that would cure it.',
    evidence: 'kube-linter pdb-unhealthy-pod-eviction-policy; on by default since Kubernetes 1.27.',
    of: (inventory) => objects(inventory, 'PodDisruptionBudget'),
    check: ({ object }) => {
      const policy = textAt(object.manifest, 'spec', 'unhealthyPodEvictionPolicy');
      return when(policy !== 'AlwaysAllow', {
        path: 'spec.unhealthyPodEvictionPolicy',
        measured: policy ?? 'not set: IfHealthyBudget',
        expected: 'AlwaysAllow',
        fix: 'set it',
        edit: { kind: 'set', value: 'AlwaysAllow' },
      });
    },
  }),
  rule({
    id: 'REL-008',
    severity: FindingSeverity.INFO,
    title: 'A disruption budget follows the autoscaler',
    why: 'minAvailable is right for one number of replicas; maxUnavailable is for each.',
    evidence:
      'Kubernetes, specifying a disruption budget: maxUnavailable responds to changes of the replicas.',
    of: (inventory) =>
      inventory.workloads
        .filter(({ maxReplicas, minReplicas }) => maxReplicas > minReplicas)
        .flatMap((workload) =>
          relationsOf(workload, inventory).budgets.map((object) => ({ object, workload })),
        ),
    check: ({ object, workload }) => {
      const least = recordAt(object.manifest, 'spec')?.minAvailable;
      return when(least !== undefined, {
        path: 'spec.minAvailable',
        measured: `${String(least)} of ${workload.minReplicas} to ${workload.maxReplicas} replicas`,
        expected: 'maxUnavailable',
        fix: 'use maxUnavailable 1, or a share',
      });
    },
  }),
  rule({
    id: 'REL-009',
    severity: FindingSeverity.ERROR,
    title: 'A disruption budget has one bound, and guards the pods of a workload whatever their release',
    why: 'With both bounds it is refused; one that selects nothing, or by a label that changes with the release, guards nothing.',
    evidence:
      'Kubernetes API: minAvailable and maxUnavailable are mutually exclusive; the selector is that of the workload.',
    of: (inventory) => objects(inventory, 'PodDisruptionBudget'),
    check: ({ object }, inventory) => {
      const spec = recordAt(object.manifest, 'spec') ?? {};
      const selector = recordAt(spec, 'selector');
      const workloads = selector ? inventory.selected(object.namespace, selector) : [];
      const managed = selector ? inventory.selectedManaged(object.namespace, selector) : [];
      const verdict = selector ? isDangling(inventory, object, selector) : 'surely';
      const extra = workloads
        .filter((workload) => {
          const own = recordAt(workload.object.manifest, 'spec', 'selector');
          return own !== undefined && selects(own, workload.podLabels);
        })
        .flatMap((workload) => extraLabels(object, workload.object));
      return [
        ...when(spec.minAvailable !== undefined && spec.maxUnavailable !== undefined, {
          path: 'spec',
          measured: 'minAvailable and maxUnavailable',
          expected: 'one of them',
          fix: 'keep maxUnavailable',
        }),
        ...when(workloads.length === 0 && managed.length === 0 && verdict !== 'no', {
          severity: verdict === 'surely' ? undefined : FindingSeverity.WARNING,
          path: 'spec.selector',
          measured: selector ? 'selects no workload of these manifests' : 'not set',
          expected: 'the labels of a workload',
          fix: 'correct the selector',
        }),
        ...when(extra.length > 0, {
          path: 'spec.selector.matchLabels',
          measured: `${[...new Set(extra)].join(', ')}, which the workload’s own selector does not name`,
          expected: 'the selector of the workload',
          fix: 'remove the label: pods of the next release may not have it',
        }),
      ];
    },
  }),
];
