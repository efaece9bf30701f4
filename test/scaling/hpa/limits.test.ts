/** The steps after the metrics: windows, policies, bounds. Times are seconds; now is 0 unless a case says so. */
import fc from 'fast-check';
import type { HpaPolicy, SelectPolicy } from '../../../lib/scaling/hpa/hpa-spec';
import {
  limitByPolicies,
  limitWithoutBehavior,
  longestPeriod,
  scaleDownLimit,
  type ScaleEvent,
  scaleUpLimit,
  storeScaleEvent,
} from '../../../lib/scaling/hpa/rate-limits';
import { type Recommendation, stabilize, stabilizeScaleDown } from '../../../lib/scaling/hpa/stabilization';

const pods = (value: number, periodSeconds = 60): HpaPolicy => ({ type: 'Pods', value, periodSeconds });
const percent = (value: number, periodSeconds = 60): HpaPolicy => ({ type: 'Percent', value, periodSeconds });
const events = (...list: ReadonlyArray<readonly [change: number, at: number]>): ScaleEvent[] =>
  list.map(([change, at]) => ({ change, at }));
const recommended = (...list: ReadonlyArray<readonly [replicas: number, at: number]>): Recommendation[] =>
  list.map(([replicas, at]) => ({ replicas, at }));

describe('scale-up limit', () => {
  const limit = (
    currentReplicas: number,
    policies: HpaPolicy[],
    selectPolicy: SelectPolicy = 'Max',
    scaleUpEvents: ScaleEvent[] = [],
    scaleDownEvents: ScaleEvent[] = [],
  ) =>
    scaleUpLimit({
      currentReplicas,
      rules: { policies, selectPolicy },
      scaleUpEvents,
      scaleDownEvents,
      now: 0,
    });

  test.each([
    ['pods are added', limit(5, [pods(4)]), 9],
    ['percent are rounded up', limit(5, [percent(10)]), 6],
    ['one pod becomes two at 1 %', limit(1, [percent(1)]), 2],
    ['10 % of 100 pods allow 111: 100 × (1 + 0.1) is a little more than 110', limit(100, [percent(10)]), 111],
    ['Max takes the largest', limit(10, [pods(4), percent(100)]), 20],
    ['Min the smallest', limit(10, [pods(4), percent(100)], 'Min'), 14],
    ['Disabled allows none', limit(10, [pods(4)], 'Disabled'), 10],
    ['what the period has added counts', limit(8, [pods(4)], 'Max', events([3, -30])), 9],
    ['an event as old as the period is over', limit(8, [pods(4)], 'Max', events([3, -60])), 12],
    ['one a little younger is not', limit(8, [pods(4)], 'Max', events([3, -59.9])), 9],
    ['what it has removed counts too', limit(8, [pods(4)], 'Max', [], events([2, -30])), 14],
    [
      'each policy looks back by its own period',
      limit(20, [pods(4, 15), percent(50, 60)], 'Max', events([10, -30])),
      24,
    ],
    ['it can be below what is there', limit(20, [pods(4)], 'Max', events([15, -30])), 9],
  ])('%s', (_, actual, expected) => expect(actual).toBe(expected));
});

describe('scale-down limit', () => {
  const limit = (
    currentReplicas: number,
    policies: HpaPolicy[],
    selectPolicy: SelectPolicy = 'Max',
    scaleDownEvents: ScaleEvent[] = [],
    scaleUpEvents: ScaleEvent[] = [],
  ) =>
    scaleDownLimit({
      currentReplicas,
      rules: { policies, selectPolicy },
      scaleUpEvents,
      scaleDownEvents,
      now: 0,
    });

  test.each([
    ['pods are removed', limit(10, [pods(4)]), 6],
    ['percent are cut off: 4.5 of 9', limit(9, [percent(50)]), 4],
    ['100 % leave none', limit(9, [percent(100)]), 0],
    ['Max is the largest change', limit(10, [pods(1), percent(50)]), 5],
    ['Min the smallest', limit(10, [pods(1), percent(50)], 'Min'), 9],
    ['Disabled allows none', limit(10, [pods(4)], 'Disabled'), 10],
    ['what the period has removed counts', limit(7, [pods(4)], 'Max', events([3, -30])), 6],
    ['an event as old as the period is over', limit(7, [pods(4)], 'Max', events([3, -60])), 3],
    ['what it has added counts too', limit(7, [pods(4)], 'Max', [], events([2, -30])), 1],
    ['it can be above what is there', limit(5, [percent(10)], 'Max', events([5, -30])), 9],
    ['it can be below zero', limit(2, [pods(4)]), -2],
  ])('%s', (_, actual, expected) => expect(actual).toBe(expected));
});

describe('limits with a behaviour', () => {
  const up = { policies: [pods(4)], selectPolicy: 'Max' as const };
  const down = { policies: [pods(2)], selectPolicy: 'Max' as const };
  const bounds = { minReplicas: 2, maxReplicas: 20 };
  test.each([
    [10, 12, {}, 12, 'DesiredWithinRange'],
    [10, 10, {}, 10, 'DesiredWithinRange'],
    [10, 15, {}, 14, 'ScaleUpLimit'],
    [18, 30, {}, 20, 'TooManyReplicas'],
    [16, 30, {}, 20, 'TooManyReplicas'],
    [10, 9, {}, 9, 'DesiredWithinRange'],
    [10, 5, {}, 8, 'ScaleDownLimit'],
    [3, 1, {}, 2, 'TooFewReplicas'],
    [4, 0, {}, 2, 'TooFewReplicas'],
    [10, 15, { scaleUpEvents: events([9, -1]) }, 10, 'ScaleUpLimit'],
    [10, 5, { scaleDownEvents: events([9, -1]) }, 10, 'ScaleDownLimit'],
  ] as const)(
    '%d wants %d after %j: %d, %s',
    (currentReplicas, desiredReplicas, history, replicas, reason) => {
      const none = { scaleUpEvents: [], scaleDownEvents: [], now: 0 };
      const change = { currentReplicas, desiredReplicas, ...bounds };
      expect(limitByPolicies(change, { scaleUp: up, scaleDown: down }, { ...none, ...history })).toEqual({
        replicas,
        reason,
      });
    },
  );
});

describe('limits without a behaviour', () => {
  test.each([
    [2, 50, 4, 'ScaleUpLimit'],
    [1, 50, 4, 'ScaleUpLimit'],
    [10, 50, 20, 'ScaleUpLimit'],
    [20, 60, 30, 'TooManyReplicas'],
    [15, 60, 30, 'TooManyReplicas'],
    [10, 1, 2, 'TooFewReplicas'],
    [10, 3, 3, 'DesiredWithinRange'],
  ])('%d wants %d: %d, %s', (currentReplicas, desiredReplicas, replicas, reason) => {
    const change = { currentReplicas, desiredReplicas, minReplicas: 2, maxReplicas: 30 };
    expect(limitWithoutBehavior(change)).toEqual({ replicas, reason });
  });
});

describe('stabilisation with a behaviour', () => {
  test.each([
    ['nothing is remembered', 5, 8, 0, 300, [], 8],
    ['up waits for the lowest of its window', 5, 10, 60, 300, [[7, -30]], 7],
    ['it does not go down for it', 5, 10, 60, 300, [[3, -30]], 5],
    [
      'down waits for the highest of its window',
      10,
      3,
      0,
      300,
      [
        [8, -200],
        [6, -100],
      ],
      8,
    ],
    ['it does not go up for it', 10, 3, 0, 300, [[15, -100]], 10],
    ['a recommendation as old as the window is over', 10, 3, 0, 300, [[8, -300]], 3],
    ['one a little younger is not', 10, 3, 0, 300, [[8, -299.9]], 8],
    ['a window of nothing remembers nothing', 10, 3, 0, 0, [[8, 0]], 3],
    [
      'both windows together hold still',
      5,
      9,
      60,
      60,
      [
        [3, -30],
        [7, -20],
      ],
      5,
    ],
  ] as const)('%s', (_, currentReplicas, desiredReplicas, upWindow, downWindow, list, expected) => {
    expect(
      stabilize({
        currentReplicas,
        desiredReplicas,
        scaleUpWindowSeconds: upWindow,
        scaleDownWindowSeconds: downWindow,
        recommendations: recommended(...list),
        now: 0,
      }),
    ).toBe(expected);
  });
});

describe('stabilisation without a behaviour', () => {
  test.each([
    [
      'the highest of the window',
      3,
      [
        [8, -200],
        [6, -100],
      ],
      8,
    ],
    ['its end included', 3, [[8, -300]], 8],
    ['and no more', 3, [[8, -300.1]], 3],
    ['up goes at once', 9, [[3, -10]], 9],
  ] as const)('%s', (_, desiredReplicas, list, expected) => {
    const windows = { desiredReplicas, scaleDownWindowSeconds: 300, now: 0 };
    expect(stabilizeScaleDown({ ...windows, recommendations: recommended(...list) })).toBe(expected);
  });
});

describe('events', () => {
  test('are added while none is too old', () => {
    const stored = events([2, -30]);
    storeScaleEvent(stored, { change: 3, at: 0 }, 60);
    expect(stored).toEqual(events([2, -30], [3, 0]));
  });

  test('take the place of the last one that is older than the longest period of their direction', () => {
    const stored = events([1, -100], [2, -61], [4, -60]);
    storeScaleEvent(stored, { change: 3, at: 0 }, 60);
    expect(stored).toEqual(events([1, -100], [3, 0], [4, -60]));
  });

  test('the longest period is that of all policies', () => {
    expect(longestPeriod([pods(1, 30), percent(1, 120), pods(1, 60)])).toBe(120);
  });
});

const policy = fc.record({
  type: fc.constantFrom('Pods' as const, 'Percent' as const),
  value: fc.integer({ min: 1, max: 200 }),
  periodSeconds: fc.integer({ min: 1, max: 1800 }),
});
const rules = fc.record({
  policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
  selectPolicy: fc.constantFrom<SelectPolicy>('Max', 'Min', 'Disabled'),
});
const history = fc.array(
  fc.record({ change: fc.integer({ min: 1, max: 50 }), at: fc.integer({ min: -2000, max: -1 }) }),
  { maxLength: 10 },
);
const count = fc.integer({ min: 0, max: 200 });

test('law: what comes out is within the bounds, on the side of what is wanted, and no further', () => {
  fc.assert(
    fc.property(
      rules,
      rules,
      history,
      history,
      count,
      count,
      (scaleUp, scaleDown, ups, downs, current, desired) => {
        const bounds = { minReplicas: Math.min(current, 1), maxReplicas: Math.max(current, 100) };
        const { replicas } = limitByPolicies(
          { currentReplicas: current, desiredReplicas: desired, ...bounds },
          { scaleUp, scaleDown },
          { scaleUpEvents: ups, scaleDownEvents: downs, now: 0 },
        );
        const [low, high] = [Math.min(current, desired), Math.max(current, desired)];
        expect(replicas).toBeGreaterThanOrEqual(Math.max(low, bounds.minReplicas));
        expect(replicas).toBeLessThanOrEqual(Math.min(high, bounds.maxReplicas));
        const off = desired > current ? scaleUp : scaleDown;
        expect(off.selectPolicy !== 'Disabled' || replicas === current).toBe(true);
      },
    ),
    { seed: 1 },
  );
});

test('law: what windows leave lies between what is there and what is wanted', () => {
  const window = fc.integer({ min: 0, max: 3600 });
  const recommendation = fc.record({ replicas: count, at: fc.integer({ min: -4000, max: 0 }) });
  fc.assert(
    fc.property(
      fc.array(recommendation),
      window,
      window,
      count,
      count,
      (recommendations, up, down, current, desired) => {
        const replicas = stabilize({
          currentReplicas: current,
          desiredReplicas: desired,
          scaleUpWindowSeconds: up,
          scaleDownWindowSeconds: down,
          recommendations,
          now: 0,
        });
        expect(replicas).toBeGreaterThanOrEqual(Math.min(current, desired));
        expect(replicas).toBeLessThanOrEqual(Math.max(current, desired));
      },
    ),
    { seed: 1 },
  );
});
