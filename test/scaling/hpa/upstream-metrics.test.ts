/** Replicas by metrics of pods, objects and external systems, against replica_calculator_test.go: see upstream-tables.ts. */
import {
  averageOfWholeReplicas,
  averageValueReplicas,
  type Proposal,
  type Tolerances,
  valueReplicas,
} from '../../../lib/scaling/hpa/replica-calculator';
import { groupsOf, readyPodsOf, UNSET_CLOCK } from './upstream-tables';

const TOLERANCES: Tolerances = { scaleUp: 0.1, scaleDown: 0.1 };
const ONE_PERCENT: Tolerances = { scaleUp: 0.01, scaleDown: 0.1 };
const MAX_INT32 = 2 ** 31 - 1;
/** What a double makes of the largest of Go's int64. */
const MAX_INT64 = Number(2n ** 63n - 1n);

describe('the average over the pods (TestReplicaCalcPodMetric)', () => {
  interface Row {
    readonly pods: string;
    readonly replicas?: number;
    readonly levels: readonly number[];
    readonly target: number;
    readonly tolerances?: Tolerances;
    readonly expected: Proposal;
  }
  test.each<readonly [string, Row]>([
    [
      'scale up',
      {
        pods: 'RRR',
        levels: [20_000, 10_000, 30_000],
        target: 15_000,
        expected: { replicas: 4, measured: 20_000 },
      },
    ],
    [
      'scale up: unready hot-CPU pod scales less',
      {
        pods: 'CCh',
        levels: [50_000, 10_000, 30_000],
        target: 15_000,
        expected: { replicas: 6, measured: 30_000 },
      },
    ],
    [
      'scale up: unready hot-CPU pods avoid scale-down',
      {
        pods: 'hCh',
        levels: [50_000, 15_000, 30_000],
        target: 15_000,
        expected: { replicas: 7, measured: 31_666 },
      },
    ],
    [
      'scale down',
      {
        pods: 'RRRRR',
        levels: [12_000, 12_000, 12_000, 12_000, 12_000],
        target: 20_000,
        expected: { replicas: 3, measured: 12_000 },
      },
    ],
    [
      'within default tolerance',
      {
        pods: 'RRR',
        levels: [20_000, 21_000, 21_000],
        target: 20_000,
        expected: { replicas: 3, measured: 20_666 },
      },
    ],
    [
      'outside configurable 1% tolerance',
      {
        pods: 'RRR',
        levels: [20_000, 21_000, 21_000],
        target: 20_000,
        tolerances: ONE_PERCENT,
        expected: { replicas: 4, measured: 20_666 },
      },
    ],
    [
      'no change: missing metrics',
      {
        pods: 'RRRRR',
        levels: [20_000, 19_000, 21_000],
        target: 20_000,
        expected: { replicas: 5, measured: 20_000 },
      },
    ],
    [
      'rolling update with maxSurge: extra pod missing metric',
      {
        pods: 'RRR',
        replicas: 2,
        levels: [10_000, 10_000],
        target: 17_000,
        expected: { replicas: 2, measured: 10_000 },
      },
    ],
    [
      'half the target on one pod, all of it on the other (TestGetMetricUsageRatioBaseCase)',
      { pods: 'RR', levels: [5000, 10_000], target: 10_000, expected: { replicas: 2, measured: 7500 } },
    ],
  ])('%s', (_, { pods, levels, target, replicas = pods.length, tolerances = TOLERANCES, expected }) => {
    // A metric of the pod is one number, whatever containers it has.
    const table = { pods, levels: levels.map((level) => [level, 0]), container: 'container1' } as const;
    const groups = groupsOf(table, false, UNSET_CLOCK);
    expect(averageValueReplicas(groups, { currentReplicas: replicas, target, tolerances })).toEqual(expected);
  });
});

interface WholeRow {
  readonly pods: string;
  readonly usage: number;
  readonly target: number;
  readonly tolerances?: Tolerances;
  readonly replicas: number;
}

/** By a `Value`: the number that is measured is the usage itself. */
function expectByValue({ pods, usage, target, tolerances = TOLERANCES, replicas }: WholeRow) {
  const metric = { currentReplicas: pods.length, usage, target, tolerances };
  expect(valueReplicas(metric, readyPodsOf(pods))).toEqual({ replicas, measured: usage });
}

describe('the value of an object (TestReplicaCalcObjectMetric)', () => {
  test.each<readonly [string, WholeRow]>([
    ['scale up', { pods: 'RRR', usage: 20_000, target: 15_000, replicas: 4 }],
    [
      'scale up: very large metric saturates replicas to MaxInt32',
      { pods: 'RRR', usage: MAX_INT64, target: 1, replicas: MAX_INT32 },
    ],
    ['scale up: ignores unready pods', { pods: 'URU', usage: 50_000, target: 10_000, replicas: 5 }],
    ['scale down', { pods: 'RRRRR', usage: 12_000, target: 20_000, replicas: 3 }],
    ['within default tolerance', { pods: 'RRR', usage: 20_666, target: 20_000, replicas: 3 }],
    [
      'outside configurable 1% tolerance',
      { pods: 'RRR', usage: 20_666, target: 20_000, tolerances: ONE_PERCENT, replicas: 4 },
    ],
  ])('%s', (_, row) => expectByValue(row));
});

describe('the value of an external metric (TestReplicaCalcExternalMetric)', () => {
  test.each<readonly [string, WholeRow]>([
    [
      'scale down: ignores unready pods (would otherwise scale up)',
      { pods: 'URU', usage: 8600, target: 4400, replicas: 2 },
    ],
    ['scale down', { pods: 'RRRRR', usage: 8600, target: 14_334, replicas: 3 }],
    ['within default tolerance', { pods: 'RRR', usage: 8600, target: 8888, replicas: 3 }],
    [
      'outside configurable 1% tolerance',
      { pods: 'RRR', usage: 8900, target: 8800, tolerances: ONE_PERCENT, replicas: 4 },
    ],
    ['usage overflow caps at MaxInt64', { pods: 'RRR', usage: MAX_INT64, target: MAX_INT64, replicas: 3 }],
  ])('%s', (_, row) => expectByValue(row));
});

interface PerPodRow {
  readonly currentReplicas: number;
  readonly usage: number;
  readonly target: number;
  readonly tolerances?: Tolerances;
  readonly expected: Proposal;
}

function expectByAverage({ expected, tolerances = TOLERANCES, ...metric }: PerPodRow) {
  expect(averageOfWholeReplicas({ ...metric, tolerances })).toEqual(expected);
}

describe('the value of an object for each pod (TestReplicaCalcObjectPerPodMetric)', () => {
  test.each<readonly [string, PerPodRow]>([
    [
      'scale up',
      { currentReplicas: 3, usage: 20_000, target: 5000, expected: { replicas: 4, measured: 6667 } },
    ],
    [
      'scale down',
      { currentReplicas: 5, usage: 6000, target: 2000, expected: { replicas: 3, measured: 1200 } },
    ],
    [
      'within default tolerance',
      { currentReplicas: 4, usage: 20_166, target: 5000, expected: { replicas: 4, measured: 5042 } },
    ],
    [
      'outside configurable 1% tolerance',
      {
        currentReplicas: 4,
        usage: 20_208,
        target: 5000,
        tolerances: ONE_PERCENT,
        expected: { replicas: 5, measured: 5052 },
      },
    ],
  ])('%s', (_, row) => expectByAverage(row));
});

describe('the value of an external metric for each pod (TestReplicaCalcExternalPerPodMetric)', () => {
  test.each<readonly [string, PerPodRow]>([
    [
      'replica count overflow saturates to MaxInt32',
      {
        currentReplicas: 1,
        usage: MAX_INT64,
        target: 1,
        expected: { replicas: MAX_INT32, measured: MAX_INT64 },
      },
    ],
    [
      'usage overflow with huge target leaves replicas unchanged',
      {
        currentReplicas: 1,
        usage: MAX_INT64,
        target: MAX_INT64,
        expected: { replicas: 1, measured: MAX_INT64 },
      },
    ],
    [
      'scale up',
      { currentReplicas: 3, usage: 8600, target: 2150, expected: { replicas: 4, measured: 2867 } },
    ],
    [
      'scale down',
      { currentReplicas: 5, usage: 8600, target: 2867, expected: { replicas: 3, measured: 1720 } },
    ],
    [
      'within default tolerance',
      { currentReplicas: 3, usage: 8600, target: 2900, expected: { replicas: 3, measured: 2867 } },
    ],
    [
      'outside configurable 1% tolerance',
      {
        currentReplicas: 3,
        usage: 8600,
        target: 2800,
        tolerances: ONE_PERCENT,
        expected: { replicas: 4, measured: 2867 },
      },
    ],
    // No row there, but in `getPerPodUsage` after 1.36. Before, what the division leaves is not defined.
    [
      'of no pods there is no average',
      { currentReplicas: 0, usage: 8600, target: 2150, expected: { replicas: 4, measured: 0 } },
    ],
  ])('%s', (_, row) => expectByAverage(row));
});
