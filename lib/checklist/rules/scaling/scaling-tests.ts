import { FindingSeverity } from '../../../finding/finding';
import { type Inventory, type KubernetesObject, scaleTargetOf } from '../../../inventory/inventory';
import { textsAt } from '../../../inventory/json';
import { UnreadableHpaError } from '../../../scaling/hpa/hpa-spec';
import {
  FORCES_SCALE_UP_ANNOTATION,
  parseScalingTests,
  runScalingTest,
  SCALING_TEST_ANNOTATION,
  ScalingTestError,
} from '../../../scaling/simulator/scaling-test';
import { THRESHOLD_FIXES, THRESHOLD_UNITS } from '../../../scaling/simulator/thresholds';
import { ModelError, modelOfWorkload } from '../../../scaling/simulator/workload-model';
import { objects, type Problem, type Rule, rule, when } from '../../rule';
import { loadTests } from './load';

const annotationsOf = ({ manifest }: KubernetesObject) => textsAt(manifest, 'metadata', 'annotations');

/** Whether a load test that runs regularly says that it drives the autoscaler above its fewest replicas. */
function isForced(autoscaler: KubernetesObject, inventory: Inventory): boolean {
  return loadTests(inventory).some(({ object }) => {
    const names = annotationsOf(object)
      [FORCES_SCALE_UP_ANNOTATION]?.split(',')
      .map((name) => name.trim());
    return (
      object.kind === 'CronJob' &&
      object.namespace === autoscaler.namespace &&
      (names ?? []).includes(autoscaler.name)
    );
  });
}

/** Runs the declared simulations again, on the manifests as they are. */
function failuresOf(text: string, autoscaler: KubernetesObject, inventory: Inventory): Problem[] {
  const path = `metadata.annotations["${SCALING_TEST_ANNOTATION}"]`;
  const target = scaleTargetOf(autoscaler) ?? { kind: '', name: '' };
  const workload = inventory.workload(target.kind, autoscaler.namespace, target.name);
  try {
    return parseScalingTests(text).flatMap((test) =>
      runScalingTest(test, modelOfWorkload(workload, autoscaler.manifest, test.options)).map(
        ({ name, measured, most }) => ({
          path,
          measured: `${name} is ${measured}`,
          expected: `at most ${most} ${THRESHOLD_UNITS[name]}, as it declares`,
          fix: `${THRESHOLD_FIXES[name]}, or change the threshold`,
        }),
      ),
    );
  } catch (error) {
    const known = [ScalingTestError, UnreadableHpaError, ModelError];
    if (!known.some((type) => error instanceof type)) throw error;
    return [
      {
        path,
        measured: (error as Error).message,
        expected: 'a simulation that can be run',
        fix: 'correct it, or let requireScaling() write it',
      },
    ];
  }
}

export const SCALING_TEST_RULES: readonly Rule[] = [
  rule({
    id: 'SCALE-001',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'Scaling is tested, by a simulation with thresholds or by a load test',
    why: 'Whether an autoscaler is fast enough shows at the next peak, when it is too late to find out.',
    evidence: `The guide, "Scaling tested". The simulations of the annotation \`${SCALING_TEST_ANNOTATION}\` are run again on the manifests (\`npx cdk8s-tuned simulate\`); a load test names what it scales in \`${FORCES_SCALE_UP_ANNOTATION}\`.`,
    of: (inventory) => objects(inventory, 'HorizontalPodAutoscaler'),
    check: ({ object }, inventory) => {
      const declared = annotationsOf(object)[SCALING_TEST_ANNOTATION];
      if (declared !== undefined) return failuresOf(declared, object, inventory);
      return when(!isForced(object, inventory), {
        path: 'metadata.annotations',
        measured: 'neither a simulation with thresholds nor a load test that forces it to scale up',
        expected: `${SCALING_TEST_ANNOTATION}, or a CronJob with ${FORCES_SCALE_UP_ANNOTATION}: ${object.name}`,
        fix: 'call requireScaling(), or name the autoscaler on the load test that scales it',
      });
    },
  }),
];
