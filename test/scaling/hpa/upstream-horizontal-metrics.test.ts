/** Whole reconciles by custom metrics, from zero, and with metrics that fail, against horizontal_test.go: see upstream-tables.ts. */
import {
  decisions,
  externalAverage,
  externalValue,
  objectAverage,
  objectValue,
  podsAverage,
  reconcileOnce,
} from './upstream-controller';

const three = { bounds: [2, 6], replicas: 3 } as const;
const five = { bounds: [2, 6], replicas: 5, recommendations: [] } as const;
const up = { ...three, cpu: 30, levels: [300, 500, 700] };
const down = { ...five, cpu: 50, levels: [100, 300, 500, 250, 250] };

describe('custom metrics up (TestScaleUpCM, TestScaleUpCMObject, TestScaleUpCMExternal)', () => {
  const pods = { ...three, metrics: [podsAverage('15.0')] };
  test.each(
    decisions(
      ['scale up custom metric', { ...pods, levels: [20_000, 10_000, 30_000] }, 4],
      [
        'unready and hot cpu pods do not reduce scale for custom metric',
        { ...pods, pods: 'CCh', levels: [50_000, 10_000, 30_000] },
        6,
      ],
      [
        'unready and hot cpu pods scale to max with scaling limited condition',
        { ...pods, pods: 'hCh', levels: [50_000, 15_000, 30_000] },
        6,
        'TooManyReplicas',
      ],
      [
        'scale up object metric with value target',
        { ...three, metrics: [objectValue('15.0')], levels: [20_000] },
        4,
      ],
      [
        'scale up per-pod object metric with average value target',
        { ...three, metrics: [objectAverage('10.0')], levels: [40_000] },
        4,
      ],
      [
        'scale up external metric with value target',
        { ...three, metrics: [externalValue('6666m')], levels: [8600] },
        4,
      ],
      [
        'scale up external metric with per-pod average value target',
        { ...three, metrics: [externalAverage('2222m')], levels: [8600] },
        4,
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('custom metrics down (TestScaleDownCM)', () => {
  const toZero = { ...five, bounds: [0, 6], levels: [0] } as const;
  test.each(
    decisions(
      [
        'scale down pods metric',
        { ...five, metrics: [podsAverage('20.0')], levels: [12_000, 12_000, 12_000, 12_000, 12_000] },
        3,
      ],
      [
        'scale down object metric with value target',
        { ...five, metrics: [objectValue('20.0')], levels: [12_000] },
        3,
      ],
      ['scale down to zero object metric', { ...toZero, metrics: [objectValue('20.0')] }, 0],
      [
        'scale down per-pod object metric with average value target',
        { ...five, metrics: [objectAverage('20.0')], levels: [60_000] },
        3,
      ],
      [
        'scale down external metric with value target',
        { ...five, metrics: [externalValue('14400m')], levels: [8600] },
        3,
      ],
      ['scale down to zero external metric', { ...toZero, metrics: [externalValue('14400m')] }, 0],
      [
        'scale down per-pod external metric with average value target',
        { ...five, metrics: [externalAverage('3000m')], levels: [8600] },
        3,
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('from zero and at zero', () => {
  const zero = { bounds: [0, 6], replicas: 0 } as const;
  const object = { ...zero, metrics: [objectValue('15.0')], levels: [20_000] };
  const off = { replicas: 0, requests: [], levels: [] };
  test.each(
    decisions(
      ['the ratio alone counts (TestScaleUpFromZeroCMObject)', object, 2],
      [
        'and no tolerance (TestScaleUpFromZeroIgnoresToleranceCMObject)',
        { ...zero, metrics: [objectValue('1.0')], levels: [1000] },
        1,
      ],
      [
        'one metric that fails does not stop it (TestScaleUpFromZeroOneMetricInvalid)',
        { ...zero, cpu: 30, levels: [300, 400, 500], requests: [1000, 1000, 1000], failing: 'unknown type' },
        4,
      ],
      [
        'a raised minReplicas does not wake what is at zero (TestScaleToZeroBehavior, gate off)',
        { ...object, bounds: [2, 6], levels: [10_000] },
        0,
        'ScalingDisabled',
      ],
      [
        'manual scale to zero disables HPA (TestScaleToZeroBehavior)',
        { ...off, bounds: [1, 6], cpu: 50 },
        0,
        'ScalingDisabled',
      ],
      [
        'no scaling when spec replicas is zero (TestReplicaLimits)',
        { ...off, bounds: [3, 5], cpu: 90 },
        0,
        'ScalingDisabled',
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('several metrics, and those that fail', () => {
  const failing = 'something went wrong';
  test.each(
    decisions(
      [
        'scale up with one invalid metric, or when one external metric errors (TestScaleWithOneInvalidMetric, TestOneMetricEmptyExternalError)',
        { ...up, levels: [300, 400, 500], failing },
        4,
      ],
      [
        'no scale down when one external metric errors, or has invalid source type (TestOneMetricEmptyExternalError, TestInvalidMetricSourceType)',
        { ...down, failing },
        5,
        'FailedComputeMetricsReplicas',
      ],
      [
        'only invalid metric source type, or none that can be got (TestInvalidMetricSourceType, TestConditionFailedGetMetrics)',
        { ...three, levels: [20_000], failing },
        3,
        'FailedComputeMetricsReplicas',
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});
