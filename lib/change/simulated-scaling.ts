/** An autoscaler before and after, under the loads that the app itself is tested with. */
import type { Inventory, KubernetesObject } from '../inventory/inventory';
import { textAt, textsAt } from '../inventory/json';
import { UnreadableHpaError } from '../scaling/hpa/hpa-spec';
import { formatShape } from '../scaling/simulator/load-shape';
import {
  parseScalingTests,
  SCALING_TEST_ANNOTATION,
  type ScalingTest,
  ScalingTestError,
} from '../scaling/simulator/scaling-test';
import { simulate } from '../scaling/simulator/simulate';
import { ModelError, modelOfWorkload } from '../scaling/simulator/workload-model';
import type { ObjectChange } from './comparing/object-changes';
import type { Measure } from './measures';

/**
 * What becomes of the loads that the annotation of an autoscaler names (`requireScaling`), with the rules and the pods of both
 * sets. Without such an annotation nothing is known of the load, and nothing is simulated.
 */
export function simulationMeasures(change: ObjectChange, before: Inventory, after: Inventory): Measure[] {
  if (change.kind !== 'HorizontalPodAutoscaler' || !change.before || !change.after) return [];
  const [earlier, later] = [testsOf(change.before), testsOf(change.after)];
  return (later.length > 0 ? later : earlier).flatMap((test): Measure[] => {
    const outcomes = [outcomeOf(test, change.before, before), outcomeOf(test, change.after, after)];
    const [one, other] = outcomes;
    return one === other ? [] : [{ what: `under ${shortShape(test)}`, before: one, after: other }];
  });
}

function testsOf({ manifest }: KubernetesObject): ScalingTest[] {
  const text = textsAt(manifest, 'metadata', 'annotations')[SCALING_TEST_ANNOTATION];
  try {
    return text === undefined ? [] : parseScalingTests(text);
  } catch (error) {
    if (error instanceof ScalingTestError) return [];
    throw error;
  }
}

const LONGEST_SHAPE = 60;

function shortShape({ shape }: ScalingTest): string {
  const text = formatShape(shape);
  return text.length > LONGEST_SHAPE ? `${text.slice(0, LONGEST_SHAPE - 1)}…` : text;
}

function outcomeOf(
  { shape, options }: ScalingTest,
  autoscaler: KubernetesObject | undefined,
  set: Inventory,
): string | undefined {
  if (!autoscaler) return undefined;
  const kind = textAt(autoscaler.manifest, 'spec', 'scaleTargetRef', 'kind') ?? 'Deployment';
  const name = textAt(autoscaler.manifest, 'spec', 'scaleTargetRef', 'name') ?? '';
  try {
    const model = modelOfWorkload(
      set.workload(kind, autoscaler.namespace, name),
      autoscaler.manifest,
      options,
    );
    const { unmetLoad, secondsToCapacity, peakReplicas } = simulate(model, shape).verdict;
    const capacity =
      secondsToCapacity === undefined ? 'never at capacity' : `${secondsToCapacity} s to capacity`;
    return `${Math.ceil(unmetLoad)} unmet requests, ${capacity}, at most ${peakReplicas} replicas`;
  } catch (error) {
    if (error instanceof ModelError || error instanceof UnreadableHpaError) return undefined;
    throw error;
  }
}
