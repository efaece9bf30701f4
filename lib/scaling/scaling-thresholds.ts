import type { ApiObject, Duration } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Checks } from '../finding/checks';
import type { WorkloadObject } from '../inventory/inventory';
import { textsAt } from '../inventory/json';
import { secondsOf } from '../units/amounts';
import { UnreadableHpaError } from './hpa/hpa-spec';
import { readSimulationOptions, type SimulationOptions } from './simulation-props';
import {
  formatScalingTest,
  runScalingTest,
  SCALING_TEST_ANNOTATION,
  type ScalingTest,
} from './simulator/scaling-test';
import { THRESHOLD_FIXES, THRESHOLD_UNITS, type Thresholds } from './simulator/thresholds';
import { ModelError, modelOfWorkload } from './simulator/workload-model';
import type { Traffic } from './traffic';

/** The most that the numbers of a simulation may be; at least one. */
export interface ScalingThresholds {
  /**
   * Requests that find no capacity.
   *
   * @default - any number
   */
  readonly unmetLoad?: number;
  /**
   * Longest time without capacity for all of the load.
   *
   * @default - any time
   */
  readonly timeToCapacity?: Duration;
  /**
   * Pods above those that hold the highest load at the target.
   *
   * @default - any number
   */
  readonly overshoot?: number;
  /**
   * Times that replicas are removed and added again within ten minutes.
   *
   * @default - any number
   */
  readonly flaps?: number;
  /**
   * Replicas times hours.
   *
   * @default - any number
   */
  readonly podHours?: number;
  /**
   * Most replicas.
   *
   * @default - any number
   */
  readonly peakReplicas?: number;
  /**
   * Time from the most replicas to the fewest without any load.
   *
   * @default - any time
   */
  readonly drainTime?: Duration;
}

/** The workload whose scaling is tested. */
interface ScaledConstruct extends IConstruct {
  readonly autoscaler?: ApiObject;
}

const MOST = 1e15;

/**
 * Makes a simulation with thresholds part of a workload: it runs on the final objects whenever the app is synthesized, and
 * stands on the autoscaler for the checklist. `read` reads the workload as it is emitted.
 */
export function requireScaling(
  construct: ScaledConstruct,
  read: () => WorkloadObject,
  traffic: Traffic,
  thresholds: ScalingThresholds,
  options: SimulationOptions,
): void {
  const checks = Checks.of(construct);
  const { autoscaler } = construct;
  traffic._check(checks.at('requireScaling'));
  const test: ScalingTest = {
    shape: traffic._shape,
    options: readSimulationOptions(checks.at('requireScaling'), options),
    thresholds: readThresholds(checks.at('requireScaling.thresholds'), thresholds),
  };
  if (!autoscaler)
    checks.fail(
      'requireScaling',
      'for a fixed number of replicas',
      'nothing scales; allowed: a ScalingPolicy that does',
    );
  checks.throwIfAny();
  if (!autoscaler) return;
  const declared = textsAt(autoscaler.metadata.toJson(), 'annotations')[SCALING_TEST_ANNOTATION];
  const text = formatScalingTest(test);
  autoscaler.metadata.addAnnotation(
    SCALING_TEST_ANNOTATION,
    declared === undefined ? text : `${declared} | ${text}`,
  );
  construct.node.addValidation({
    validate: () => failuresOf(test, read(), autoscaler.toJson()),
  });
}

function readThresholds(checks: Checks, given: ScalingThresholds): Thresholds {
  const { unmetLoad, overshoot, flaps, podHours, peakReplicas } = given;
  const timeToCapacity = given.timeToCapacity && secondsOf(given.timeToCapacity);
  const drainTime = given.drainTime && secondsOf(given.drainTime);
  const props = { unmetLoad, timeToCapacity, overshoot, flaps, podHours, peakReplicas, drainTime };
  if (Object.values(props).every((most) => most === undefined))
    checks.fail('(any)', 'not set', `allowed: at least one of ${Object.keys(props).join(', ')}`);
  for (const [prop, most] of Object.entries(props)) checks.number(prop, most, 0, MOST);
  return {
    unmetLoad,
    secondsToCapacity: timeToCapacity,
    overshoot,
    flaps,
    podHours,
    peakReplicas,
    secondsToDrain: drainTime,
  };
}

function failuresOf(test: ScalingTest, workload: WorkloadObject, autoscaler: unknown): string[] {
  try {
    const broken = runScalingTest(test, modelOfWorkload(workload, autoscaler, test.options));
    return broken.map(
      ({ name, measured, most }) =>
        `requireScaling: ${name} is ${measured} under ${formatScalingTest(test).split('; ', 2).join(' with ')}; allowed: at most ${most} ${THRESHOLD_UNITS[name]}; ${THRESHOLD_FIXES[name]}, or change the threshold`,
    );
  } catch (error) {
    if (!(error instanceof UnreadableHpaError || error instanceof ModelError)) throw error;
    return [`requireScaling: it cannot be simulated: ${error.message}`];
  }
}
