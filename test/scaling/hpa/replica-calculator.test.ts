import fc from 'fast-check';
import { groupOf, groupPods, type MetricSample, type PodState } from '../../../lib/scaling/hpa/pod-groups';
import {
  averageOfWholeReplicas,
  averageValueReplicas,
  type Proposal,
  utilizationReplicas,
  valueReplicas,
} from '../../../lib/scaling/hpa/replica-calculator';

const TOLERANCES = { scaleUp: 0.1, scaleDown: 0.1 };
/** A moment long after the pods below have started. */
const NOW = 10_000;

/** A pod that has been ready for long, or is what `change` says. */
function pod(index: number, change: Partial<PodState> = {}): PodState {
  return {
    name: `pod-${index}`,
    phase: 'Running',
    startTime: 0,
    ready: { status: 'True', lastTransition: 10 },
    request: 1000,
    ...change,
  };
}

const sample = (value: number): MetricSample => ({ value, timestamp: NOW - 10, window: 30 });

/** Pods with a request of 1000m each; `undefined` is a pod without a sample. */
function groups(
  usages: ReadonlyArray<number | undefined>,
  changes: Readonly<Record<number, Partial<PodState>>> = {},
  isCpu = true,
) {
  const pods = usages.map((_, index) => pod(index, changes[index]));
  const samples = new Map(
    usages.flatMap((usage, index) => (usage === undefined ? [] : [[`pod-${index}`, sample(usage)] as const])),
  );
  return groupPods(pods, samples, { isCpu, now: NOW });
}

const replicas = (proposal: Proposal) => ('error' in proposal ? proposal.error : proposal.replicas);

/** A pod that has never been ready, and is still being initialized. */
const STARTING: Partial<PodState> = {
  startTime: NOW - 60,
  ready: { status: 'False', lastTransition: NOW - 60 },
};

describe('utilisation', () => {
  test.each([
    ['at the target nothing moves', [700, 700], {}, 70, 2],
    ['up: ceil(ratio × ready pods)', [900, 900, 900], {}, 50, 6],
    ['down: ceil(ratio × ready pods)', [100, 100, 100, 100], {}, 50, 1],
    ['the sums are divided, not the ratios averaged', [1000, 0], { 1: { request: 9000 } }, 10, 2],
    ['10 % above the target is inside the tolerance', [550, 550], {}, 50, 2],
    ['a percent more is not: 56/50', [560, 560], {}, 50, 3],
    ['utilisation is a whole number: 55.9 % is 55 %', [559, 559], {}, 50, 2],
    ['10 % below is inside too', [450, 450, 450, 450], {}, 50, 4],
    ['44 % is outside', [449, 449, 449, 449], {}, 50, 4],
    ['and moves where it makes a difference', [449, 449, 449, 449, 449, 449, 449, 449, 449], {}, 50, 8],
    ['a pod without a sample counts as idle on the way up', [1000, 1000, undefined], {}, 50, 4],
    ['and as fully busy on the way down', [100, 100, undefined], {}, 50, 3],
    ['or as busy as a target above 100 %', [1000, 1000, undefined], {}, 150, 3],
    ['a change of direction by missing pods moves nothing', [600, undefined, undefined], {}, 50, 3],
    ['a starting pod counts as idle on the way up', [1000, 1000, 5000], { 2: STARTING }, 50, 4],
    ['and not at all on the way down', [100, 100, 5000], { 2: STARTING }, 50, 1],
    ['nor a little below the target', [480, 480, 5000], { 2: STARTING }, 50, 3],
    ['a pending pod is a starting one', [1000, 1000, undefined], { 2: { phase: 'Pending' } }, 50, 4],
    ['a failed pod is no pod', [1000, 1000, 5000], { 2: { phase: 'Failed' } }, 50, 4],
    ['nor is one that is being deleted', [1000, 1000, 5000], { 2: { deleting: true } }, 50, 4],
  ] as const)('%s', (_, usages, changes, target, expected) => {
    const aim = { currentReplicas: usages.length, target, tolerances: TOLERANCES };
    expect(replicas(utilizationReplicas(groups(usages, changes), aim))).toBe(expected);
  });

  test('is measured before anything is assumed of other pods', () => {
    const aim = { currentReplicas: 3, target: 50, tolerances: TOLERANCES };
    expect(utilizationReplicas(groups([900, 900, undefined]), aim)).toMatchObject({ measured: 90 });
  });

  test('is exact where the sums leave the safe integers', () => {
    const many = { ready: { count: 50, usage: 50 * 7.99e14, requests: 50 * 1e15 } };
    const aim = { currentReplicas: 50, target: 80, tolerances: { scaleUp: 0, scaleDown: 0 } };
    expect(utilizationReplicas({ ...groups([1]), ...many }, aim)).toMatchObject({ measured: 79 });
  });

  test.each([
    ['no pod', groups([]), 'no pods returned by selector while calculating replica count'],
    ['no sample', groups([undefined]), 'did not receive metrics for targeted pods (pods might be unready)'],
    [
      'only starting pods',
      groups([900], { 0: STARTING }),
      'did not receive metrics for targeted pods (pods might be unready)',
    ],
    [
      'a request that is missing',
      groups([900, 900], { 1: { request: undefined } }),
      'missing request in a container of pod pod-1',
    ],
  ])('cannot be told: %s', (_, given, error) => {
    const aim = { currentReplicas: 1, target: 50, tolerances: TOLERANCES };
    expect(utilizationReplicas(given, aim)).toEqual({ error });
  });

  test('samples of pods that are gone take part in the count of pods, not in the sums', () => {
    const pods = [pod(0), pod(1, { phase: 'Pending' })];
    const samples = new Map(['pod-0', 'gone-1', 'gone-2'].map((name) => [name, sample(1000)]));
    const given = groupPods(pods, samples, { isCpu: true, now: NOW });
    const aim = { currentReplicas: 2, target: 25, tolerances: TOLERANCES };
    // 100 % of one pod, and of nothing of the pending one: 50 % of 25 %, times four counted pods.
    expect(replicas(utilizationReplicas(given, aim))).toBe(8);
  });
});

describe('the tolerance can differ by direction', () => {
  test.each([
    [104, 0.05, 0.1, 10],
    [106, 0.05, 0.1, 11],
    [92, 0.05, 0.05, 10],
    [94, 0.05, 0.05, 10],
    [101, 0, 0, 11],
    [80, 0.1, 0.3, 10],
    [60, 0.1, 0.3, 6],
  ])('%d %% of the target, up %d, down %d: %d', (percent, scaleUp, scaleDown, expected) => {
    const usages = Array.from({ length: 10 }, () => percent * 10);
    const aim = { currentReplicas: 10, target: 100, tolerances: { scaleUp, scaleDown } };
    expect(replicas(utilizationReplicas(groups(usages), aim))).toBe(expected);
  });
});

describe('average values', () => {
  test.each([
    ['up', [20_000, 10_000, 30_000], {}, 15_000, 4],
    ['down', [5000, 5000, 5000, 5000], {}, 20_000, 1],
    ['the average is a whole number of thousandths: 1099.67', [1100, 1099, 1100], {}, 1000, 3],
    ['readiness is not looked at', [30_000, 0, 30_000], { 1: STARTING }, 10_000, 6],
    [
      'a pending pod counts as idle on the way up',
      [30_000, undefined],
      { 1: { phase: 'Pending' } },
      10_000,
      3,
    ],
    ['a pod without a sample counts as idle on the way up', [30_000, 30_000, undefined], {}, 10_000, 6],
    ['and at the target on the way down', [1000, 1000, undefined], {}, 10_000, 2],
    ['exactly at the target it changes nothing', [10_000, 10_000, undefined], {}, 10_000, 3],
  ] as const)('%s', (_, usages, changes, target, expected) => {
    const aim = { currentReplicas: usages.length, target, tolerances: TOLERANCES };
    expect(replicas(averageValueReplicas(groups(usages, changes, false), aim))).toBe(expected);
  });

  test('need no request', () => {
    const given = groups([30_000], { 0: { request: undefined } }, false);
    const aim = { currentReplicas: 1, target: 10_000, tolerances: TOLERANCES };
    expect(replicas(averageValueReplicas(given, aim))).toBe(3);
  });

  test('of CPU leave starting pods out', () => {
    const aim = { currentReplicas: 2, target: 1000, tolerances: TOLERANCES };
    expect(replicas(averageValueReplicas(groups([100, 5000], { 1: STARTING }), aim))).toBe(1);
  });
});

describe('a metric of the whole workload', () => {
  test.each([
    ['the ratio times the ready pods', 3, 40_000, 20_000, 3, 6],
    ['ready pods, not replicas', 4, 40_000, 20_000, 3, 6],
    ['inside the tolerance nothing moves', 4, 21_000, 20_000, 3, 4],
    ['from zero to what is needed', 0, 50_000, 20_000, undefined, 3],
    ['from zero to zero', 0, 0, 20_000, undefined, 0],
    ['down to zero', 3, 0, 20_000, 3, 0],
  ])('Value: %s', (_, currentReplicas, usage, target, ready, expected) => {
    expect(replicas(valueReplicas({ currentReplicas, usage, target, tolerances: TOLERANCES }, ready))).toBe(
      expected,
    );
  });

  test.each([
    ['total divided by the target', 3, 100_000, 20_000, 5],
    ['inside the tolerance nothing moves', 5, 109_000, 20_000, 5],
    ['outside it does', 5, 111_000, 20_000, 6],
    ['from zero', 0, 30_000, 20_000, 2],
    ['zero of zero', 0, 0, 20_000, 0],
  ])('AverageValue: %s', (_, currentReplicas, usage, target, expected) => {
    const metric = { currentReplicas, usage, target, tolerances: TOLERANCES };
    expect(replicas(averageOfWholeReplicas(metric))).toBe(expected);
  });
});

describe('groups of pods', () => {
  const cpu = { isCpu: true, now: NOW };
  const at = (timestamp: number) => ({ timestamp, window: 30 });
  test.each([
    ['no Ready condition yet', { ready: undefined }, at(NOW), 'unready'],
    ['no start time yet', { startTime: undefined }, at(NOW), 'unready'],
    [
      'initializing, ready, sample since then',
      { startTime: NOW - 100, ready: { status: 'True', lastTransition: NOW - 50 } },
      at(NOW - 20),
      'ready',
    ],
    [
      'initializing, ready, sample that reaches back before',
      { startTime: NOW - 100, ready: { status: 'True', lastTransition: NOW - 50 } },
      at(NOW - 21),
      'unready',
    ],
    [
      'initializing, not ready',
      { startTime: NOW - 299, ready: { status: 'False', lastTransition: NOW - 299 } },
      at(NOW),
      'unready',
    ],
    [
      'initialized, never ready',
      { startTime: NOW - 300, ready: { status: 'False', lastTransition: NOW - 271 } },
      at(NOW),
      'unready',
    ],
    [
      'initialized, was ready once',
      { startTime: NOW - 300, ready: { status: 'False', lastTransition: NOW - 270 } },
      at(NOW),
      'ready',
    ],
    [
      'without a sample, whatever its state',
      { ready: { status: 'False', lastTransition: 0 } },
      undefined,
      'missing',
    ],
    ['pending, whatever its sample', { phase: 'Pending' }, at(NOW), 'unready'],
    ['failed', { phase: 'Failed' }, at(NOW), 'ignored'],
    ['being deleted', { deleting: true }, at(NOW), 'ignored'],
    ['of unknown phase', { phase: 'Unknown' }, at(NOW), 'ready'],
  ] as const)('%s', (_, change, given, expected) => {
    expect(groupOf(pod(0, change as Partial<PodState>), given, cpu)).toBe(expected);
  });

  test('without CPU readiness is not looked at', () => {
    expect(groupOf(pod(0, STARTING), at(NOW), { isCpu: false, now: NOW })).toBe('ready');
  });
});

const usagesOf = fc.array(fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }), {
  minLength: 1,
  maxLength: 30,
});
const target = fc.integer({ min: 1, max: 300 });

test('law: more load never asks for fewer replicas', () => {
  fc.assert(
    fc.property(usagesOf, target, fc.nat(2000), (usages, percent, more) => {
      const aim = { currentReplicas: usages.length, target: percent, tolerances: TOLERANCES };
      const before = utilizationReplicas(groups(usages), aim);
      const after = utilizationReplicas(groups(usages.map((usage) => usage && usage + more)), aim);
      const [low, high] = [before, after].map((one) => ('error' in one ? 0 : one.replicas));
      expect(high).toBeGreaterThanOrEqual(low);
    }),
    { seed: 1 },
  );
});

test('law: inside the tolerance the replicas stay, whatever pods are missing or starting', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      target,
      fc.double({ min: -0.09, max: 0.09, noNaN: true }),
      (count, percent, off) => {
        const usages = Array.from({ length: count }, () => Math.ceil(percent * (1 + off) * 10));
        const aim = { currentReplicas: count, target: percent, tolerances: TOLERANCES };
        const given = groups(usages);
        const measured = Math.trunc((100 * given.ready.usage) / given.ready.requests) / percent;
        fc.pre(measured >= 0.9 && measured <= 1.1);
        expect(replicas(utilizationReplicas(given, aim))).toBe(count);
      },
    ),
    { seed: 1 },
  );
});
