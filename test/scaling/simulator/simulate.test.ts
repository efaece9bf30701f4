import fc from 'fast-check';
import { Inventory } from '../../../lib/inventory/inventory';
import { DEFAULT_BEHAVIOR, type HpaBehavior, type HpaSpec, readHpa } from '../../../lib/scaling/hpa/hpa-spec';
import { parseShape } from '../../../lib/scaling/simulator/load-shape';
import {
  cdk8sPlusBehavior,
  GUIDE_BEHAVIOR,
  policiesToCompare,
} from '../../../lib/scaling/simulator/policies';
import { reachesMax, secondsToDrain, secondsToScaleUp } from '../../../lib/scaling/simulator/reach';
import { simulate, simulateWithSeries } from '../../../lib/scaling/simulator/simulate';
import {
  ModelError,
  modelOf,
  modelOfWorkload,
  type ModelOptions,
  neededReplicas,
} from '../../../lib/scaling/simulator/workload-model';

const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const memory = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'Utilization', averageUtilization } },
});
const perPod = (averageValue: string) => ({
  type: 'Pods',
  pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue } },
});
const external = (target: object) => ({ type: 'External', external: { metric: { name: 'queue' }, target } });

const hpa = (change: object = {}): HpaSpec =>
  readHpa({ spec: { minReplicas: 2, maxReplicas: 20, metrics: [cpu(50)], ...change } });
const pod = (requests: object = { cpu: '100m', memory: '100Mi' }, limits?: object, more: object = {}) => ({
  containers: [{ name: 'app', resources: { requests, limits }, ...more }],
});

/** A pod serves 10 requests per second with its 100m; starts at once, and is measured at once. */
const SHARP: ModelOptions = {
  capacityPerPod: 10,
  startSeconds: 0,
  readySeconds: 0,
  metricLagSeconds: 0,
  metricWindowSeconds: 1,
};
const run = (shape: string, spec = hpa(), options: ModelOptions = SHARP, template = pod()) =>
  simulateWithSeries(modelOf(spec, template, options), parseShape(shape));

describe('what other policies are known to do', () => {
  const bounds = (minReplicas: number, behavior?: HpaBehavior): HpaSpec => ({
    minReplicas,
    maxReplicas: 50,
    metrics: [],
    behavior,
  });

  test.each([
    ['Kubernetes default, rules filled in', DEFAULT_BEHAVIOR, 75],
    ['Kubernetes default, no behaviour', undefined, 75],
    ['cdk8s-plus default', cdk8sPlusBehavior(2), 135],
    ['the guide', GUIDE_BEHAVIOR, 135],
  ])('%s goes from 2 to 50 in %d s', (_, behavior, seconds) => {
    expect(secondsToScaleUp(bounds(2, behavior), 2, 50)).toBe(seconds);
  });

  test.each([
    ['Kubernetes default, rules filled in', 1, DEFAULT_BEHAVIOR, 300],
    // Without a behaviour the end of the window still counts: one reconcile more.
    ['Kubernetes default, no behaviour', 1, undefined, 315],
    ['cdk8s-plus default', 1, cdk8sPlusBehavior(1), 14_700],
    ['cdk8s-plus default', 3, cdk8sPlusBehavior(3), 4800],
  ])('%s drains from 50 to %d', (_, min, behavior, seconds) => {
    expect(secondsToDrain(bounds(min, behavior))).toBe(seconds);
  });

  test('a disabled scale-down never drains, a disabled scale-up never fills', () => {
    const off = { ...DEFAULT_BEHAVIOR.scaleUp, selectPolicy: 'Disabled' as const };
    expect(secondsToDrain(bounds(1, { ...DEFAULT_BEHAVIOR, scaleDown: off }))).toBeUndefined();
    expect(secondsToScaleUp(bounds(1, { ...DEFAULT_BEHAVIOR, scaleUp: off }), 1, 50)).toBeUndefined();
  });
});

describe('whether the most replicas can be reached', () => {
  const reaches = (spec: HpaSpec, template: object, options: ModelOptions = SHARP) =>
    reachesMax(modelOf(spec, template as Record<string, unknown>, options));
  test.each([
    ['a limit above target × 1.1', hpa({ metrics: [cpu(90)] }), pod({ cpu: '100m' }, { cpu: '100m' }), true],
    ['a limit below it', hpa({ metrics: [cpu(91)] }), pod({ cpu: '100m' }, { cpu: '100m' }), false],
    ['no limit', hpa({ metrics: [cpu(300)] }), pod(), true],
    ['no request', hpa(), pod({}), false],
    ['a metric of the application', hpa({ metrics: [perPod('5')] }), pod(), true],
    ['scale-up disabled', hpa({ behavior: { scaleUp: { selectPolicy: 'Disabled' } } }), pod(), false],
    ['as many at least as at most', hpa({ minReplicas: 20 }), pod({}), true],
  ])('%s', (_, spec, template, expected) => expect(reaches(spec, template)).toBe(expected));
});

describe('the load', () => {
  test('that fits moves nothing and is served', () => {
    const { verdict, series } = run('constant:rate=10,length=1h');
    expect(verdict).toEqual({
      unmetLoad: 0,
      secondsToCapacity: 0,
      overshoot: 0,
      flaps: 0,
      podHours: 2,
      peakReplicas: 2,
    });
    expect(series).toHaveLength(240);
    expect(series[0]).toEqual({
      seconds: 15,
      load: 10,
      capacity: 20,
      replicas: 2,
      readyReplicas: 2,
      recommended: 2,
      reason: 'DesiredWithinRange',
      unmetLoad: 0,
    });
  });

  test('above capacity is counted second by second until there are pods for it', () => {
    // From the start 60 on 20: 40 a second are unmet for 15 s; then 6 pods serve 60.
    const { verdict, series } = run('spike:base=10,peak=60,start=0,hold=10m,length=60', hpa(), {
      ...SHARP,
      initialReplicas: 2,
    });
    expect(series.map(({ replicas }) => replicas)).toEqual([4, 8, 12, 12]);
    expect(verdict.unmetLoad).toBe(15 * 40 + 15 * 20);
    expect(verdict.secondsToCapacity).toBe(30);
  });

  test('that never finds capacity says so', () => {
    const { verdict } = run('constant:rate=1000', hpa({ maxReplicas: 5 }));
    expect(verdict.secondsToCapacity).toBeUndefined();
    expect(verdict.peakReplicas).toBe(5);
  });

  test('on no pods at all is all unmet', () => {
    const { verdict } = run('constant:rate=3,length=60', hpa(), { ...SHARP, initialReplicas: 0 });
    expect(verdict).toMatchObject({ unmetLoad: 180, podHours: 0 });
  });

  test('is seen when the metrics are: lag and window later', () => {
    const firstMove = (metricLagSeconds: number, metricWindowSeconds: number) =>
      run('spike:base=10,peak=60', hpa(), { ...SHARP, metricLagSeconds, metricWindowSeconds }).series.find(
        ({ replicas }) => replicas > 2,
      )?.seconds;
    expect(firstMove(0, 1)).toBe(75);
    expect(firstMove(15, 1)).toBe(90);
    expect(firstMove(30, 15)).toBe(105);
    // A window of a minute is a quarter new after 15 s: 10 + 50/4 on two pods is 112 % of 50 %.
    expect(firstMove(0, 60)).toBe(75);
  });

  test('of a saturated pod looks no higher than its limit', () => {
    const limited = run('spike:base=10,peak=100', hpa(), SHARP, pod({ cpu: '100m' }, { cpu: '100m' }));
    // 100 % of a target of 50 %: double, and no more, though five times as many are needed.
    expect(limited.series.find(({ replicas }) => replicas > 2)?.replicas).toBe(4);
    const free = run('spike:base=10,peak=100', hpa({ behavior: {} }), SHARP);
    expect(free.series.find(({ replicas }) => replicas > 2)).toMatchObject({ replicas: 6, recommended: 20 });
  });
});

describe('pods', () => {
  test('serve when they are ready, and not before', () => {
    const { series } = run('spike:base=10,peak=40,start=0,length=120', hpa(), {
      ...SHARP,
      initialReplicas: 2,
      startSeconds: 20,
      readySeconds: 25,
    });
    expect(series.slice(0, 5).map(({ replicas, readyReplicas }) => [replicas, readyReplicas])).toEqual([
      [4, 2],
      [8, 2],
      [8, 2],
      [8, 4],
      [8, 8],
    ]);
  });

  test('that start do not make the autoscaler ask for more by CPU: they count as idle', () => {
    const slow = { ...SHARP, readySeconds: 60, startupCpuPercent: 1000 };
    const { verdict } = run('spike:base=10,peak=40', hpa(), slow);
    expect(verdict.overshoot).toBe(0);
  });

  test('wait for nodes when there is no place', () => {
    const nodes = { sparePods: 2, podsPerNode: 4, provisionSeconds: 120 };
    const { series } = run('spike:base=10,peak=40,length=10m', hpa({ behavior: {} }), { ...SHARP, nodes });
    const at = (seconds: number) => series.find((point) => point.seconds === seconds);
    expect(at(75)).toMatchObject({ replicas: 6, readyReplicas: 4 });
    expect(at(180)).toMatchObject({ readyReplicas: 4 });
    // The node that was ordered for two pods has room for the two that came after them.
    expect(at(195)).toMatchObject({ replicas: 8, readyReplicas: 8 });
  });

  test('are not ready before their first check', () => {
    const template = pod({ cpu: '100m' }, undefined, { readinessProbe: { initialDelaySeconds: 45 } });
    expect(modelOf(hpa(), template).readySeconds).toBe(45);
    expect(modelOf(hpa(), pod()).readySeconds).toBe(10);
    expect(modelOf(hpa(), template, { readySeconds: 3 }).readySeconds).toBe(3);
  });
});

describe('metrics', () => {
  test('of memory do not follow the load', () => {
    const spec = hpa({ metrics: [memory(80), cpu(50)] });
    const { series } = run('spike:base=10,peak=60,length=30m', spec, { ...SHARP, memoryPercent: 60 });
    // 12 pods for 60 requests; then memory wants three quarters of what is there, one window after the other.
    const after = series.filter(({ seconds }) => seconds > 600).map(({ replicas }) => replicas);
    expect([...new Set(after)]).toEqual([12, 9, 7, 6]);
  });

  test.each([
    ['requests of a pod', perPod('5'), 12],
    ['a number for all pods', external({ type: 'AverageValue', averageValue: '6' }), 10],
    ['a bound for the whole', external({ type: 'Value', value: '30' }), 4],
  ])('%s', (_, metric, peak) => {
    const { verdict } = run('spike:base=30,peak=60', hpa({ metrics: [metric] }), {
      ...SHARP,
      initialReplicas: 2,
    });
    expect(verdict.peakReplicas >= peak).toBe(true);
  });

  test('that cannot be computed stop everything, and the notes say why', () => {
    const model = modelOf(hpa(), pod({ memory: '1Gi' }), SHARP);
    expect(model.notes).toEqual([
      'the autoscaler cannot compute cpu: missing request for cpu in container app of Pod',
    ]);
    const { verdict } = simulate(model, parseShape('constant:rate=100'));
    expect(verdict.peakReplicas).toBe(neededReplicas(model, 100));
  });
});

describe('the verdict', () => {
  test('counts a removal that is undone within ten minutes as a flap', () => {
    const quick = hpa({ behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } });
    const flaps = (every: string) =>
      run(`spike:base=10,peak=40,hold=2m,every=${every},length=1h`, quick).verdict.flaps;
    expect(flaps('5m')).toBe(11);
    expect(flaps('15m')).toBe(0);
    expect(run('spike:base=10,peak=40,hold=2m,every=5m,length=1h', hpa()).verdict.flaps).toBe(0);
  });

  test('knows how many replicas the highest load needs', () => {
    const needed = (spec: HpaSpec, load: number) => neededReplicas(modelOf(spec, pod(), SHARP), load);
    expect(needed(hpa(), 60)).toBe(12);
    expect(needed(hpa({ metrics: [cpu(70)] }), 70)).toBe(10);
    expect(needed(hpa({ metrics: [perPod('4'), cpu(50)] }), 60)).toBe(15);
    expect(needed(hpa({ metrics: [external({ type: 'AverageValue', averageValue: '10' })] }), 61)).toBe(7);
    expect(needed(hpa({ metrics: [memory(50)] }), 61)).toBe(7);
    expect(needed(hpa(), 1e6)).toBe(20);
    expect(needed(hpa(), 0)).toBe(2);
  });
});

test('capacity is guessed from the CPU request, and the guess is noted', () => {
  const model = modelOf(hpa(), pod({ cpu: '250m' }));
  expect(model.capacityPerPod).toBe(25);
  expect(model.notes).toEqual(['capacityPerPod 25 is a guess: 10 ms of CPU per request; measure yours']);
  expect(() => modelOf(hpa(), pod({}))).toThrow(ModelError);
});

test('without an autoscaler the replicas are those that are written', () => {
  const spec = { replicas: 3, template: { spec: pod() } };
  const [workload] = Inventory.of([{ apiVersion: 'apps/v1', kind: 'Deployment', spec }]).workloads;
  const model = modelOfWorkload(workload, undefined, SHARP);
  const { verdict } = simulate(model, parseShape('constant:rate=31,length=100'));
  expect(verdict).toMatchObject({ peakReplicas: 3, unmetLoad: 90 });
});

test('policies are compared with the same bounds and metrics', () => {
  const own = hpa({ behavior: { scaleUp: { stabilizationWindowSeconds: 60 } } });
  const policies = policiesToCompare(own);
  expect(policies.map(({ id }) => id)).toEqual(['own', 'guide', 'kubernetes', 'cdk8s-plus']);
  for (const { spec } of policies)
    expect({ ...spec, behavior: undefined }).toEqual({ ...own, behavior: undefined });
  expect(policies.map(({ spec }) => secondsToScaleUp(spec, 2, 20))).toEqual([90, 105, 60, 135]);
});

test('law: nothing is lost: load is served or unmet, pods are counted, and the same run ends the same way', () => {
  const shape = fc.constantFrom(
    'spike:base=5,peak=150,hold=5m,every=11m,length=40m',
    'sawtooth:low=0,high=120,period=7m',
    'diurnal:low=5,high=90,period=40m',
    'ramp:from=100,to=3,rise=10m',
  );
  const options = fc.record({
    capacityPerPod: fc.integer({ min: 1, max: 40 }),
    startSeconds: fc.nat(40),
    readySeconds: fc.nat(90),
    metricLagSeconds: fc.nat(60),
    metricWindowSeconds: fc.integer({ min: 1, max: 90 }),
    memoryPercent: fc.nat(120),
  });
  fc.assert(
    fc.property(shape, options, fc.integer({ min: 10, max: 150 }), (text, given, target) => {
      const spec = hpa({ metrics: [memory(80), cpu(target)] });
      const { verdict, series } = run(text, spec, given);
      const total = (pick: (point: (typeof series)[number]) => number) =>
        series.reduce((sum, point) => sum + pick(point), 0);
      expect(total(({ unmetLoad }) => unmetLoad)).toBeCloseTo(verdict.unmetLoad, 3);
      expect(verdict.unmetLoad).toBeLessThanOrEqual(total(({ load }) => load * 15) + 1e-6);
      for (const { replicas, readyReplicas } of series) {
        expect(replicas >= spec.minReplicas && replicas <= spec.maxReplicas).toBe(true);
        expect(readyReplicas).toBeLessThanOrEqual(replicas);
      }
      expect(run(text, spec, given)).toEqual({ verdict, series, reconciles: series.length });
    }),
    { seed: 1, numRuns: 40 },
  );
});
