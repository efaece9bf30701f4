/** Windows over what was recommended before, against horizontal_test.go: see upstream-tables.ts. */
import type { HpaBehavior, HpaSpec } from '../../../lib/scaling/hpa/hpa-spec';
import { HpaHistory, reconcile } from '../../../lib/scaling/hpa/reconcile';
import { type Recommendation, stabilize, stabilizeScaleDown } from '../../../lib/scaling/hpa/stabilization';

type Remembered = ReadonlyArray<readonly [replicas: number, minutesAgo: number]>;
/** Now is 0. */
const recommended = (list: Remembered): Recommendation[] =>
  list.map(([replicas, ago]) => ({ replicas, at: -60 * ago }));

describe('without a behaviour (TestNormalizeDesiredReplicas)', () => {
  test.each<readonly [string, Remembered, number, number]>([
    ['empty log', [], 5, 5],
    [
      'stabilize',
      [
        [4, 2],
        [5, 1],
      ],
      3,
      5,
    ],
    [
      'no stabilize',
      [
        [1, 2],
        [2, 1],
      ],
      3,
      3,
    ],
    [
      'no stabilize - old recommendations',
      [
        [10, 10],
        [9, 9],
      ],
      3,
      3,
    ],
    [
      'stabilize - old recommendations',
      [
        [10, 10],
        [4, 1],
        [5, 2],
        [9, 9],
      ],
      3,
      5,
    ],
  ])('%s', (_, list, desiredReplicas, expected) => {
    const windows = { scaleDownWindowSeconds: 300, recommendations: recommended(list), now: 0 };
    expect(stabilizeScaleDown({ ...windows, desiredReplicas })).toBe(expected);
  });
});

describe('with a behaviour (TestNormalizeDesiredReplicasWithBehavior)', () => {
  interface Case {
    readonly current: number;
    readonly desired: number;
    readonly up?: number;
    readonly down?: number;
    readonly list: Remembered;
  }
  const rising: Remembered = [
    [4, 2],
    [5, 1],
  ];
  const old: Remembered = [
    [10, 10],
    [9, 9],
  ];
  const cases: ReadonlyArray<readonly [string, Case, number]> = [
    ['empty recommendations for scaling down', { current: 100, desired: 5, list: [] }, 5],
    ['simple scale down stabilization', { current: 100, desired: 3, down: 180, list: rising }, 5],
    ['simple scale up stabilization', { current: 1, desired: 7, up: 300, list: rising }, 4],
    [
      'no scale down stabilization',
      {
        current: 100,
        desired: 3,
        up: 300,
        list: [
          [1, 2],
          [2, 1],
        ],
      },
      3,
    ],
    ['no scale up stabilization', { current: 1, desired: 3, down: 300, list: rising }, 3],
    ['no scale down stabilization, reuse recommendation element', { current: 100, desired: 3, list: old }, 3],
    ['no scale up stabilization, reuse recommendation element', { current: 1, desired: 100, list: old }, 100],
    [
      'scale down stabilization, reuse one of obsolete recommendation element',
      {
        current: 100,
        desired: 3,
        down: 180,
        list: [
          [10, 10],
          [4, 1],
          [5, 2],
          [9, 9],
        ],
      },
      5,
    ],
    [
      'scale up stabilization, reuse one of obsolete recommendation element',
      {
        current: 1,
        desired: 100,
        up: 300,
        list: [
          [10, 100],
          [6, 1],
          [5, 2],
          [9, 3],
        ],
      },
      5,
    ],
    [
      'scale up and down stabilization, do not scale up when prenormalized rec goes down',
      {
        current: 2,
        desired: 1,
        up: 300,
        down: 300,
        list: [
          [2, 100],
          [3, 3],
        ],
      },
      2,
    ],
    [
      'scale up and down stabilization, do not scale down when prenormalized rec goes up',
      {
        current: 2,
        desired: 3,
        up: 300,
        down: 300,
        list: [
          [2, 100],
          [1, 3],
        ],
      },
      2,
    ],
  ];

  test.each(cases)('%s', (_, { current, desired, up = 0, down = 0, list }, expected) => {
    expect(
      stabilize({
        currentReplicas: current,
        desiredReplicas: desired,
        scaleUpWindowSeconds: up,
        scaleDownWindowSeconds: down,
        recommendations: recommended(list),
        now: 0,
      }),
    ).toBe(expected);
  });

  test.each(cases)('%s: through a reconcile, which records what was asked for', (_, given, expected) => {
    const { current, desired, up = 0, down = 0, list } = given;
    const free = {
      policies: [{ type: 'Pods', value: 1000, periodSeconds: 1 }],
      selectPolicy: 'Max',
    } as const;
    const behavior: HpaBehavior = {
      scaleUp: { ...free, stabilizationWindowSeconds: up },
      scaleDown: { ...free, stabilizationWindowSeconds: down },
    };
    const spec: HpaSpec = { minReplicas: 1, maxReplicas: 1000, metrics: [], behavior };
    const history = new HpaHistory();
    // In order of time, as they were recorded; nothing remembered is something that no window reads.
    const before = list.length === 0 ? recommended([[1, 1000]]) : recommended(list);
    history.recommendations.push(...before.sort((a, b) => a.at - b.at));
    const { replicas } = reconcile(spec, history, {
      now: 0,
      currentReplicas: current,
      proposals: [{ replicas: desired }],
    });
    expect(replicas).toBe(expected);
    expect(history.recommendations.at(-1)).toEqual({ replicas: desired, at: 0 });
  });
});

test('no window of scale-down is that of the controller (maybeInitScaleDownStabilizationWindow)', () => {
  const free = { policies: [{ type: 'Pods', value: 1000, periodSeconds: 1 }], selectPolicy: 'Max' } as const;
  const spec = (stabilizationWindowSeconds?: number): HpaSpec => ({
    minReplicas: 1,
    maxReplicas: 1000,
    metrics: [],
    behavior: { scaleUp: free, scaleDown: { ...free, stabilizationWindowSeconds } },
  });
  const after = (seconds: number, window?: number) => {
    const history = new HpaHistory();
    history.recommendations.push({ replicas: 10, at: -seconds });
    return reconcile(spec(window), history, { now: 0, currentReplicas: 10, proposals: [{ replicas: 3 }] })
      .replicas;
  };
  expect([after(299), after(300)]).toEqual([10, 3]);
  // A window of nothing is one that was chosen.
  expect(after(0, 0)).toBe(3);
});
