import { FindingSeverity } from '../../../finding/finding';
import { isBoundToNode } from '../../../inventory/claims';
import { variablesOf } from '../../../inventory/environment';
import {
  type Inventory,
  type KubernetesObject,
  POD_TEMPLATE_PATH,
  scaleTargetOf,
  type WorkloadObject,
} from '../../../inventory/inventory';
import { numberAt, recordAt, textAt } from '../../../inventory/json';
import { kindName } from '../../../inventory/kinds';
import { areTogether, mayBeAlternatives, workloadsNear } from '../../../inventory/references';
import { relationsOf, servers } from '../../../inventory/relations';
import { isElected, keepsState } from '../../../inventory/server-images';
import { HPA, SCALED_OBJECT } from '../../../scaling/hpa/autoscalers';
import { objects, othersThan, type Rule, rule, when } from '../../rule';

const hasService = (workload: WorkloadObject, inventory: Inventory) =>
  relationsOf(workload, inventory).services.length > 0;

/** The workload, and others with autoscalers of their own whose pods its selector reaches too. */
function sharingPods(workload: WorkloadObject, inventory: Inventory): KubernetesObject[] {
  const selector = recordAt(workload.object.manifest, 'spec', 'selector');
  const reached = selector ? inventory.selected(workload.object.namespace, selector) : [];
  const others = reached.filter(
    (other) =>
      other !== workload &&
      other.scalers.length > 0 &&
      areTogether(other.object, workload.object) &&
      (other.object.name !== workload.object.name || other.object.kind !== workload.object.kind),
  );
  return [workload.object, ...others.map(({ object }) => object)];
}

/** Who owns the number of replicas. */
export const HPA_OWNERSHIP_RULES: readonly Rule[] = [
  rule({
    id: 'HPA-001',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.INFO,
    title: 'What serves traffic without state scales by itself',
    why: 'A fixed number of replicas is too small at the peak or too large the rest of the day.',
    evidence: 'The guide, "Horizontal pod autoscaling enabled".',
    of: (inventory) =>
      servers(inventory).filter(
        (workload) =>
          workload.object.kind === 'Deployment' &&
          hasService(workload, inventory) &&
          !isBoundToNode(workload, inventory) &&
          !workload.containers.some(
            (one) => keepsState(one.container) || isElected(one.container, variablesOf(one, inventory)),
          ),
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
    why: 'Two autoscalers, or one and a written number, undo each other; two whose workloads select each other’s pods both stop; one without a target does nothing.',
    evidence:
      'Kubernetes, migrating Deployments to autoscaling; kube-score …-targeted-by-hpa-does-not-have-replicas-configured; pkg/controller/podautoscaler, AmbiguousSelector.',
    of: (inventory) => objects(inventory, HPA, SCALED_OBJECT),
    check: ({ object }, inventory) => {
      const target = scaleTargetOf(object) ?? { kind: '', name: '' };
      const workload = inventory.workload(target.kind, object.namespace, target.name);
      const path = 'spec.scaleTargetRef';
      const apiVersion = textAt(object.manifest, 'spec', 'scaleTargetRef', 'apiVersion') ?? '';
      // A custom resource with replicas of its own.
      if (!workload && inventory.find(kindName(apiVersion, target.kind), object.namespace, target.name))
        return [];
      if (!workload && !Object.hasOwn(POD_TEMPLATE_PATH, target.kind)) return [];
      const kindGiven = textAt(object.manifest, 'spec', 'scaleTargetRef', 'kind') !== undefined;
      if (!workload || (!kindGiven && object.kind === HPA)) {
        const isElsewhere =
          !workload &&
          !workloadsNear(inventory, object.namespace).some((one) => areTogether(one.object, object));
        return [
          {
            path,
            // It may be in another set.
            severity: isElsewhere ? FindingSeverity.WARNING : undefined,
            measured: workload ? 'no kind' : `${target.kind} ${target.name}, which is not there`,
            expected: 'a workload of this namespace',
            fix: 'correct kind and name',
          },
        ];
      }
      // One of its name in another directory is an alternative of it.
      const scalers = workload.scalers.filter(
        (one) =>
          one === object ||
          (areTogether(one, object) && (one.name !== object.name || one.kind !== object.kind)),
      );
      const others = othersThan(scalers, object, ({ kind, name }) => `${kind} ${name}`);
      const shared = othersThan(sharingPods(workload, inventory), workload.object);
      const runner = workload.rollout ?? workload.object;
      const written = numberAt(runner.manifest, 'spec', 'replicas');
      return [
        ...when(runner.kind !== target.kind, {
          path,
          measured: `${target.kind} ${target.name}, whose pods Rollout ${runner.name} runs`,
          expected: `Rollout ${runner.name}`,
          fix: 'scale the Rollout: it leaves the Deployment without pods, and an autoscaler does nothing at zero replicas',
        }),
        ...when(others !== '', {
          severity: scalers.every((one) => one === object || mayBeAlternatives(inventory, one, object))
            ? FindingSeverity.WARNING
            : undefined,
          path,
          measured: `${target.kind} ${target.name}, which ${others} scales too`,
          expected: 'one autoscaler',
          fix: 'remove all but one',
        }),
        ...when(shared !== '', {
          path,
          measured: `${target.kind} ${target.name}, whose selector reaches pods of ${shared}`,
          expected: 'pods of its own: AmbiguousSelector stops both autoscalers',
          fix: 'give each workload a label that only its own pods have',
        }),
        ...when(written !== undefined, {
          severity: FindingSeverity.WARNING,
          path,
          measured: `${target.kind} ${target.name}, which writes replicas ${written}`,
          expected: 'no spec.replicas under an autoscaler',
          fix: 'remove spec.replicas: every apply resets what the autoscaler has set',
        }),
      ];
    },
  }),
];
