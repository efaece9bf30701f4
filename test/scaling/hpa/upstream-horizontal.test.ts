/** Whole reconciles, against horizontal_test.go: see upstream-tables.ts. */
import {
  containerCpu,
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
const mixed = [900, 1000, 1100];

describe('one container (TestScaleContainerResource)', () => {
  test.each(
    decisions(
      [
        'scale up container resource',
        { ...up, cpu: undefined, metrics: [containerCpu('container1', 30)] },
        5,
      ],
      [
        'scale down container resource',
        { ...down, cpu: undefined, metrics: [containerCpu('container2', 50)] },
        3,
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('CPU up (TestScaleUpCPU, TestScaleUpUnreadyOrHotCpuNoScale)', () => {
  test.each(
    decisions(
      ['scale up', up, 5],
      ['scale up with unready pods results in less scale', { ...up, pods: 'URR' }, 4],
      ['scale up with hot cpu pods results in less scale', { ...up, pods: 'HCC' }, 4],
      ['scale up ignores failed pods', { ...up, replicas: 2, pods: 'RRFF', levels: [500, 700] }, 4],
      ['scale up ignores deletion pods', { ...up, replicas: 2, pods: 'RRDD', levels: [500, 700] }, 4],
      ['unready pods excluded from scaling', { ...up, pods: 'RUU', levels: [400, 500, 700] }, 3],
      ['hot CPU pods excluded from scaling', { ...up, pods: 'Chh', levels: [400, 500, 700] }, 3],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));

  test('only ready pods are measured', () => {
    expect(reconcileOnce({ ...up, pods: 'RUU', levels: [400, 500, 700] })).toMatchObject({ measured: 40 });
  });
});

describe('CPU down (TestScaleDownCPU)', () => {
  test.each(
    decisions(
      ['scale down', down, 3],
      ['scale down includes unready pods', { ...down, pods: 'RRRUU' }, 2],
      ['scale down ignores hot cpu pods', { ...down, pods: 'CCCHH' }, 2],
      ['scale down ignores failed pods', { ...down, pods: 'RRRRRFF' }, 3],
      ['scale down ignores deletion pods', { ...down, pods: 'RRRRRDD' }, 3],
      [
        'with rules of the other direction (TestScaleDownWithScalingRules)',
        {
          ...down,
          behavior: {
            scaleUp: {
              stabilizationWindowSeconds: 30,
              policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
            },
          },
        },
        3,
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('the tolerance (TestTolerance, TestConfigurableTolerance)', () => {
  const resource = { bounds: [1, 5], replicas: 3, cpu: 100 } as const;
  const near = { ...resource, levels: [1010, 1030, 1020], requests: mixed };
  const custom = { bounds: [1, 5], replicas: 3, requests: mixed } as const;
  const four = { bounds: [2, 6], replicas: 4, levels: [8600] } as const;
  test.each(
    decisions(
      ['CPU resource metric within tolerance, no scaling because of the large default tolerance', near, 3],
      [
        'pods metric within tolerance',
        { ...custom, metrics: [podsAverage('20.0')], levels: [20_000, 20_001, 21_000] },
        3,
      ],
      [
        'object metric with value target within tolerance',
        { ...custom, metrics: [objectValue('20.0')], levels: [20_050] },
        3,
      ],
      [
        'external metric with value target within tolerance',
        { ...four, metrics: [externalValue('8666m')] },
        4,
      ],
      [
        'per-pod object metric with average value target within tolerance',
        { ...four, metrics: [objectAverage('2200m')] },
        4,
      ],
      [
        'per-pod external metric with average value target within tolerance',
        { ...four, metrics: [externalAverage('2200m')] },
        4,
      ],
      [
        'scaling up because of a 1% configurable tolerance',
        { ...near, behavior: { scaleUp: { tolerance: '0.01' } } },
        4,
      ],
      [
        'no scale-down because of a 90% configurable tolerance',
        { ...resource, levels: [300, 300, 300], behavior: { scaleDown: { tolerance: '0.9' } } },
        3,
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('the bounds (TestReplicaLimits, TestScaleRCImmediately, TestUpscaleCap)', () => {
  const bounded = { bounds: [2, 5], replicas: 3, cpu: 90, requests: mixed, recommendations: [] } as const;
  const none = { bounds: [3, 5], cpu: 90, requests: [], levels: [] } as const;
  const cap = {
    replicas: 3,
    cpu: 10,
    levels: [100, 200, 300],
    requests: [100, 100, 100],
    behavior: { scaleUp: { policies: [{ type: 'Percent', value: 700, periodSeconds: 60 }] } },
  };
  test.each(
    decisions(
      ['scale down clamped to min replicas', { ...bounded, levels: [10, 95, 10] }, 2, 'TooFewReplicas'],
      ['scale down to zero when min replicas is zero', { ...bounded, bounds: [0, 5], levels: [0, 0, 0] }, 0],
      [
        'scale down clamped to min when desired is zero',
        { ...bounded, levels: [0, 0, 0] },
        2,
        'TooFewReplicas',
      ],
      ['scale up to min when below min replicas', { ...none, replicas: 2 }, 3, 'BelowMinReplicas'],
      ['scale down to max when above max replicas', { ...none, replicas: 10 }, 5, 'AboveMaxReplicas'],
      [
        'scale up clamped to max replicas',
        { ...bounded, recommendations: undefined, levels: [8000, 9500, 1000] },
        5,
        'TooManyReplicas',
      ],
      [
        'scale up to min when below min replicas, whatever CPU says',
        { bounds: [2, 6], replicas: 1, levels: [0, 0, 0, 0], requests: [1000, 1000, 1000, 1000] },
        2,
        'BelowMinReplicas',
      ],
      [
        'scale down to max when above max replicas, whatever CPU says',
        { ...bounded, replicas: 6, levels: [8000, 9500, 1000], cpu: 50 },
        5,
        'AboveMaxReplicas',
      ],
      ['capped by scale up rules', { ...cap, bounds: [1, 100] }, 24, 'ScaleUpLimit'],
      [
        'capped by max replicas when scale up limit exceeds max',
        { ...cap, bounds: [1, 20] },
        20,
        'TooManyReplicas',
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('metrics and pods that do not match (TestMetricsEdgeCases, TestCPUScalingEdgeCases, TestEventCreation)', () => {
  const four = { bounds: [2, 6], replicas: 4, cpu: 100 } as const;
  const one = { bounds: [1, 5], replicas: 1 } as const;
  test.each(
    decisions(
      [
        'superfluous metrics reported',
        { ...four, levels: [4000, 9500, 3000, 7000, 3200, 2000] },
        6,
        'TooManyReplicas',
      ],
      ['missing metrics from some pods', { ...four, levels: [400, 95], recommendations: [] }, 3],
      ['empty metrics from all pods', { ...four, levels: [] }, 4, 'FailedComputeMetricsReplicas'],
      [
        'empty CPU requests',
        { ...one, cpu: 100, requests: [], levels: [200] },
        1,
        'FailedComputeMetricsReplicas',
      ],
      [
        'missing reports from some pods',
        { bounds: [1, 5], replicas: 4, cpu: 50, requests: [200], levels: [200], recommendations: [] },
        2,
      ],
      [
        'more replicas than spec no scale',
        { bounds: [1, 8], replicas: 4, existing: 5, cpu: 50, levels: [500, 500, 500, 500, 500] },
        4,
      ],
      ['event created on scale up', { ...one, cpu: 50, levels: [200], requests: [200] }, 2],
      [
        'no event when replicas unchanged',
        { ...one, replicas: 2, cpu: 50, levels: [200, 200], requests: [400, 400] },
        2,
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('what was recommended before (TestScaleDownStabilizeInitialSize, TestScaleTimingBehavior)', () => {
  const pods = { bounds: [1, 5], replicas: 3, metrics: [podsAverage('15.0')] } as const;
  const levels = [20_000, 10_000, 30_000];
  test.each(
    decisions(
      [
        'the first sight holds scale-down back',
        { ...down, recommendations: undefined },
        5,
        'ScaleDownStabilized',
      ],
      ['no backoff upscale custom metric only', { ...pods, levels }, 4],
      ['no backoff upscale custom metric and CPU', { ...pods, levels, cpu: 10 }, 5, 'TooManyReplicas'],
      [
        'stabilize downscale',
        {
          bounds: [1, 5],
          replicas: 4,
          cpu: 100,
          levels: [50, 50, 50],
          requests: [100, 100, 100],
          recommendations: [
            [10, 600],
            [4, 60],
          ],
        },
        4,
        'ScaleDownStabilized',
      ],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});

describe('the smallest step beyond the tolerance (TestComputedToleranceAlgImplementation)', () => {
  const ten = {
    bounds: [0, 1000],
    replicas: 10,
    levels: Array.from({ length: 10 }, () => 150),
    requests: [400, 200, 310, 290, 302, 298, 301, 299, 300, 300],
    recommendations: [],
  } as const;
  test.each(
    decisions(
      ['beyond tolerance triggers scale down', { ...ten, cpu: 56 }, 9],
      ['within tolerance no scale change', { ...ten, cpu: 55 }, 10],
    ),
  )('%s', (_, scenario, expected) => expect(reconcileOnce(scenario)).toMatchObject(expected));
});
