import { DEFAULT_BEHAVIOR, readHpa, UnreadableHpaError } from '../../../lib/scaling/hpa/hpa-spec';

const hpa = (spec: object) =>
  readHpa({ kind: 'HorizontalPodAutoscaler', spec: { maxReplicas: 10, ...spec } });
const cpu = (target: object, type: string | undefined = 'AverageValue') => ({
  metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type, ...target } } }],
});

describe('what the API server fills in', () => {
  test('one replica at least, and 80 % of the CPU', () => {
    expect(hpa({})).toEqual({
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [{ type: 'Resource', resource: 'cpu', target: { type: 'Utilization', percent: 80 } }],
      behavior: undefined,
    });
  });

  test('an empty behaviour becomes the default rules, none stays none', () => {
    expect(hpa({ behavior: {} }).behavior).toEqual(DEFAULT_BEHAVIOR);
    expect(hpa({ behavior: null }).behavior).toBeUndefined();
  });

  test('what a rule leaves out, field by field', () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 }, scaleUp: { selectPolicy: 'Min' } };
    expect(hpa({ behavior }).behavior).toEqual({
      scaleUp: { ...DEFAULT_BEHAVIOR.scaleUp, selectPolicy: 'Min', tolerance: undefined },
      scaleDown: { ...DEFAULT_BEHAVIOR.scaleDown, stabilizationWindowSeconds: 60, tolerance: undefined },
    });
  });

  test('no window of scale-down: that is a flag of the controller', () => {
    expect(DEFAULT_BEHAVIOR.scaleDown.stabilizationWindowSeconds).toBeUndefined();
    expect(DEFAULT_BEHAVIOR.scaleUp.stabilizationWindowSeconds).toBe(0);
  });
});

describe('other spellings', () => {
  test('autoscaling/v1 has one target', () => {
    expect(hpa({ targetCPUUtilizationPercentage: 55 }).metrics).toMatchObject([{ target: { percent: 55 } }]);
  });

  test.each([
    ['0.05', 0.05],
    ['50m', 0.05],
    [0.3, 300 * 0.001],
    ['0', 0],
    [1, 1],
  ])('a tolerance of %j is %d', (tolerance, expected) => {
    expect(hpa({ behavior: { scaleUp: { tolerance } } }).behavior?.scaleUp.tolerance).toBe(expected);
  });

  test.each([
    [{ averageValue: '500m' }, { type: 'AverageValue', milli: 500 }],
    [{ averageValue: '100Mi' }, { type: 'AverageValue', milli: 1000 * 100 * 2 ** 20 }],
    [{ averageValue: 20 }, { type: 'AverageValue', milli: 20_000 }],
    [
      { averageValue: '2', averageUtilization: 60 },
      { type: 'AverageValue', milli: 2000 },
    ],
  ])('a target of %j', (target, expected) => {
    expect(hpa(cpu(target)).metrics[0].target).toEqual(expected);
  });

  test('metrics of each type', () => {
    const metric = { name: 'queue' };
    const metrics = [
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container: 'app',
          target: { type: 'Utilization', averageUtilization: 60 },
        },
      },
      { type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: '1k' } } },
      { type: 'Object', object: { metric, describedObject: {}, target: { type: 'Value', value: '10' } } },
      { type: 'External', external: { metric, target: { type: 'AverageValue', averageValue: '30' } } },
    ];
    expect(hpa({ metrics }).metrics).toEqual([
      { type: 'Resource', resource: 'cpu', container: 'app', target: { type: 'Utilization', percent: 60 } },
      { type: 'Pods', name: 'queue', target: { type: 'AverageValue', milli: 1_000_000 } },
      { type: 'Object', name: 'queue', target: { type: 'Value', milli: 10_000 } },
      { type: 'External', name: 'queue', target: { type: 'AverageValue', milli: 30_000 } },
    ]);
  });
});

test.each([
  [{ maxReplicas: 'lots' }, 'spec.maxReplicas is "lots"; allowed: a whole number from 1 to 2147483647'],
  [{ minReplicas: 11 }, 'spec.minReplicas is 11; allowed: at most spec.maxReplicas (10)'],
  [
    cpu({}),
    'spec.metrics[0].resource.target is an Object; allowed: averageUtilization, averageValue or value',
  ],
  [cpu({ value: '3' }), 'spec.metrics[0].resource.target.type is "Value"'],
  [cpu({ averageValue: 'lots' }), 'spec.metrics[0].resource.target.averageValue is "lots"'],
  [cpu({ averageUtilization: 0 }), 'spec.metrics[0].resource.target.averageUtilization is 0'],
  [cpu({ averageValue: '1', type: undefined }), 'spec.metrics[0].resource.target.type is undefined'],
  [
    { minReplicas: 0.5, maxReplicas: 0 },
    'spec.minReplicas is 0.5; allowed: a whole number from 0 to 2147483647\nspec.maxReplicas is 0; allowed',
  ],
  [{ metrics: [{ type: 'Magic' }] }, 'spec.metrics[0].type is "Magic"'],
  [{ metrics: [7] }, 'spec.metrics[0].type is undefined'],
  [{ behavior: { scaleUp: { policies: [] } } }, 'spec.behavior.scaleUp.policies is []'],
  [
    { behavior: { scaleUp: { policies: [{ type: 'Pods', value: 0, periodSeconds: 15 }] } } },
    'spec.behavior.scaleUp.policies[0].value is 0',
  ],
  [
    { behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 1801 }] } } },
    'spec.behavior.scaleDown.policies[0].periodSeconds is 1801; allowed: a whole number from 1 to 1800',
  ],
  [{ behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } } }, 'stabilizationWindowSeconds is 3601'],
  [
    { behavior: { scaleUp: { selectPolicy: 'Most' } } },
    'selectPolicy is "Most"; allowed: Max, Min or Disabled',
  ],
  [{ behavior: { scaleUp: { tolerance: -1 } } }, 'tolerance is -1'],
])('%j is refused', (spec, message) => {
  expect(() => hpa(spec)).toThrow(UnreadableHpaError);
  expect(() => hpa(spec)).toThrow(message);
});
