/**
 * The declaration that the scaling of a workload is tested: a load, what the model assumes, and the bounds that the run
 * must keep. It stands as an annotation on the autoscaler, whole, so that anybody can run it again on the final manifests.
 *
 *   spike:base=20,peak=200,start=60,rise=0,hold=600,every=0,length=1860; capacityPerPod=20; unmetLoad<=12000
 */
import { display } from '../../units/text';
import { formatShape, type LoadShape, parseNumber, parseShape, ShapeError } from './load-shape';
import { secondsToDrain } from './reach';
import { simulate } from './simulate';
import {
  type BrokenThreshold,
  brokenThresholds,
  formatThresholds,
  parseThresholds,
  ThresholdError,
  type Thresholds,
} from './thresholds';
import {
  MODEL_BOUNDS,
  type ModelOptions,
  NODE_BOUNDS,
  type NodeOptions,
  type WorkloadModel,
} from './workload-model';

/** Annotation of a HorizontalPodAutoscaler: its scaling tests, joined by `|`. */
export const SCALING_TEST_ANNOTATION = 'cdk8s-tuned/scaling-tested';

/** Annotation of a load test: the autoscalers that it drives above their fewest replicas, joined by `,`. */
export const FORCES_SCALE_UP_ANNOTATION = 'cdk8s-tuned/forces-scale-up';

export interface ScalingTest {
  readonly shape: LoadShape;
  readonly options: ModelOptions;
  readonly thresholds: Thresholds;
}

/** What a test finds wrong with a workload. */
export function runScalingTest({ shape, thresholds }: ScalingTest, model: WorkloadModel): BrokenThreshold[] {
  const { verdict } = simulate(model, shape);
  const drain = thresholds.secondsToDrain === undefined ? undefined : secondsToDrain(model.spec);
  return brokenThresholds(thresholds, { ...verdict, secondsToDrain: drain });
}

/** The text of a test, which `parseScalingTests` reads. */
export function formatScalingTest({ shape, options, thresholds }: ScalingTest): string {
  const { nodes, ...rest } = options;
  const assumed = Object.entries({ ...rest, ...nodes }).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name}=${value}`] : [],
  );
  return [formatShape(shape), assumed.join(','), formatThresholds(thresholds)].join('; ');
}

/** A declaration that cannot be read; the message says what is allowed. */
export class ScalingTestError extends Error {}

/** Reads the annotation. */
export function parseScalingTests(text: string): ScalingTest[] {
  return text.split('|').map((one) => {
    const parts = one.split(';').map((part) => part.trim());
    if (parts.length !== 3)
      throw new ScalingTestError(
        `the test is ${display(one.trim())}; allowed: a load, what is assumed of the pods, and thresholds, joined by ";"`,
      );
    try {
      return {
        shape: parseShape(parts[0]),
        options: parseModelOptions(parts[1]),
        thresholds: parseThresholds(parts[2]),
      };
    } catch (error) {
      if (error instanceof ShapeError || error instanceof ThresholdError)
        throw new ScalingTestError(error.message);
      throw error;
    }
  });
}

const OPTION_BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  ...MODEL_BOUNDS,
  ...NODE_BOUNDS,
};

/** Options that are counted or timed in whole numbers. */
export function isWhole(option: string): boolean {
  return !['capacityPerPod', 'startupCpuPercent', 'memoryPercent'].includes(option);
}

/** Reads assumptions: `capacityPerPod=20,startSeconds=5`. */
export function parseModelOptions(text: string): ModelOptions {
  const options: Record<string, number> = {};
  for (const part of text === '' ? [] : text.split(',')) {
    const [, name, digits] = /^([A-Za-z]+)=(.+)$/.exec(part.trim()) ?? [];
    const [least, most] = name !== undefined && Object.hasOwn(OPTION_BOUNDS, name) ? OPTION_BOUNDS[name] : [];
    const value = parseNumber(digits ?? '');
    const good = least !== undefined && most !== undefined && value >= least && value <= most;
    if (!good || (isWhole(name) && !Number.isInteger(value)))
      throw new ScalingTestError(
        `the assumption is ${display(part)}; allowed: ${Object.entries(OPTION_BOUNDS)
          .map(([option, [from, to]]) => `${option} from ${from} to ${to}`)
          .join(', ')}`,
      );
    options[name] = value;
  }
  const { sparePods, podsPerNode, provisionSeconds, ...rest } = options;
  const named: Array<number | undefined> = [sparePods, podsPerNode, provisionSeconds];
  if (named.every((one) => one === undefined)) return rest;
  if (named.includes(undefined))
    throw new ScalingTestError('nodes need sparePods, podsPerNode and provisionSeconds');
  const nodes: NodeOptions = { sparePods, podsPerNode, provisionSeconds };
  return { ...rest, nodes };
}
