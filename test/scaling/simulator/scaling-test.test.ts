import { readHpa } from '../../../lib/scaling/hpa/hpa-spec';
import { parseShape } from '../../../lib/scaling/simulator/load-shape';
import {
  formatScalingTest,
  parseScalingTests,
  runScalingTest,
  type ScalingTest,
  ScalingTestError,
} from '../../../lib/scaling/simulator/scaling-test';
import {
  brokenThresholds,
  formatThresholds,
  parseThresholds,
  roundUp,
  ThresholdError,
} from '../../../lib/scaling/simulator/thresholds';
import { modelOf } from '../../../lib/scaling/simulator/workload-model';

const OUTCOME = {
  unmetLoad: 10.001,
  secondsToCapacity: undefined,
  overshoot: 0,
  flaps: 2,
  podHours: 1.5,
  peakReplicas: 7,
  secondsToDrain: 300,
};

describe('thresholds', () => {
  test('break when a number is above them, and when a time never comes', () => {
    expect(
      brokenThresholds({ unmetLoad: 10, secondsToCapacity: 1e9, flaps: 2, secondsToDrain: 299 }, OUTCOME),
    ).toEqual([
      { name: 'unmetLoad', measured: '10.01 requests', most: 10 },
      { name: 'secondsToCapacity', measured: 'never', most: 1e9 },
      { name: 'secondsToDrain', measured: '300 s', most: 299 },
    ]);
  });

  test('are read as they are written', () => {
    const thresholds = { unmetLoad: 0.5, podHours: 12, peakReplicas: 9 };
    expect(formatThresholds(thresholds)).toBe('unmetLoad<=0.5,podHours<=12,peakReplicas<=9');
    expect(parseThresholds(formatThresholds(thresholds))).toEqual(thresholds);
  });

  test.each([
    '',
    'unmetLoad',
    'unmetLoad<=x',
    'unmetLoad<=-1',
    'unmet<=1',
    'flaps<=1,flaps<=2',
    'constructor<=1',
  ])('%j are none', (text) => expect(() => parseThresholds(text)).toThrow(ThresholdError));

  test.each([
    [10.001, 10.01],
    [10, 10],
    [0.1 + 0.2, 0.3],
  ])('%d is shown as %d', (value, shown) => expect(roundUp(value)).toBe(shown));
});

const TEST: ScalingTest = {
  shape: parseShape('spike:base=5,peak=50'),
  options: {
    capacityPerPod: 10,
    readySeconds: 20,
    nodes: { sparePods: 3, podsPerNode: 10, provisionSeconds: 90 },
  },
  thresholds: { secondsToCapacity: 120, flaps: 0 },
};

describe('the annotation', () => {
  test('says all of a test', () => {
    expect(formatScalingTest(TEST)).toBe(
      'spike:base=5,peak=50,start=60,rise=0,hold=600,every=0,length=1860; ' +
        'capacityPerPod=10,readySeconds=20,sparePods=3,podsPerNode=10,provisionSeconds=90; ' +
        'secondsToCapacity<=120,flaps<=0',
    );
    expect(parseScalingTests(formatScalingTest(TEST))).toEqual([TEST]);
  });

  test('holds several', () => {
    const plain = { ...TEST, options: {} };
    expect(parseScalingTests(`${formatScalingTest(TEST)} | ${formatScalingTest(plain)}`)).toEqual([
      TEST,
      plain,
    ]);
  });

  test.each([
    ['', 'the test is ""; allowed: a load, what is assumed of the pods, and thresholds, joined by ";"'],
    ['spike:base=1,peak=2; flaps<=0', 'the test is'],
    ['flood:; ; flaps<=0', 'the shape is "flood:"'],
    ['constant:rate=1; size=3; flaps<=0', 'the assumption is "size=3"; allowed: capacityPerPod from 0.001'],
    ['constant:rate=1; capacityPerPod=0; flaps<=0', 'the assumption is "capacityPerPod=0"'],
    ['constant:rate=1; readySeconds=1.5; flaps<=0', 'the assumption is "readySeconds=1.5"'],
    ['constant:rate=1; sparePods=1; flaps<=0', 'nodes need sparePods, podsPerNode and provisionSeconds'],
    ['constant:rate=1; ; ', 'the threshold is ""'],
  ])('%j cannot be read', (text, message) => {
    expect(() => parseScalingTests(text)).toThrow(ScalingTestError);
    expect(() => parseScalingTests(text)).toThrow(message);
  });
});

test('a test is run on a workload, and tells what it breaks', () => {
  const spec = readHpa({ spec: { minReplicas: 2, maxReplicas: 20 } });
  const pod = { containers: [{ name: 'app', resources: { requests: { cpu: '100m' } } }] };
  const thresholds = { unmetLoad: 0, peakReplicas: 20, secondsToDrain: 60 };
  expect(runScalingTest({ ...TEST, thresholds }, modelOf(spec, pod, TEST.options))).toEqual([
    { name: 'unmetLoad', measured: expect.stringMatching(/^\d+ requests$/), most: 0 },
    { name: 'secondsToDrain', measured: '315 s', most: 60 },
  ]);
});
