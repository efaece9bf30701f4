import fc from 'fast-check';
import {
  DEFAULT_BEHAVIOR,
  type HpaRules,
  type HpaSpec,
  type SelectPolicy,
} from '../../../lib/scaling/hpa/hpa-spec';
import { combineProposals, HpaHistory, reconcile } from '../../../lib/scaling/hpa/reconcile';
import type { Proposal } from '../../../lib/scaling/hpa/replica-calculator';
import { type Answer, NaiveController } from './naive-controller';

const FAILED: Proposal = { error: 'no samples' };
const spec = (change: Partial<HpaSpec> = {}): HpaSpec => ({
  minReplicas: 2,
  maxReplicas: 10,
  metrics: [],
  behavior: DEFAULT_BEHAVIOR,
  ...change,
});
const ask = (...answers: readonly Answer[]): Proposal[] =>
  answers.map((answer) => (answer === 'failed' ? FAILED : { replicas: answer }));

/** One reconcile of an autoscaler that was first seen long ago. */
function once(currentReplicas: number, answers: readonly Answer[], change: Partial<HpaSpec> = {}) {
  const history = new HpaHistory();
  history.recommendations.push({ replicas: currentReplicas, at: -10_000 });
  return reconcile(spec(change), history, { now: 0, currentReplicas, proposals: ask(...answers) });
}

describe('before the metrics are asked', () => {
  test.each([
    ['a workload of no replicas was switched off', 0, {}, 0, 'ScalingDisabled'],
    ['unless none is what it may have', 0, { minReplicas: 0 }, 4, 'ScaleUpLimit'],
    ['above the most: to the most, whatever policies say', 30, {}, 10, 'AboveMaxReplicas'],
    ['below the fewest: to the fewest', 1, {}, 2, 'BelowMinReplicas'],
  ] as const)('%s', (_, current, change, replicas, reason) => {
    expect(once(current, [7], change)).toMatchObject({ replicas, reason });
  });
});

describe('several metrics', () => {
  test.each([
    ['the most counts', [3, 7, 5], 5, { replicas: 7 }],
    ['one that fails does not stop the others on the way up', ['failed', 7], 5, { replicas: 7 }],
    ['nor at what is there', [5, 'failed'], 5, { replicas: 5 }],
    ['but nothing goes down', [3, 'failed'], 5, { error: 'no samples' }],
    ['all fail', ['failed', 'failed'], 5, { error: 'no samples' }],
    ['there are none', [], 5, { error: 'the autoscaler has no metric' }],
  ] as const)('%s', (_, answers, current, expected) => {
    expect(combineProposals(ask(...answers), current)).toEqual(expected);
  });

  test('while they fail nothing is recorded and nothing moves', () => {
    const history = new HpaHistory();
    const outcome = reconcile(spec(), history, { now: 0, currentReplicas: 5, proposals: [FAILED] });
    expect(outcome).toEqual({ replicas: 5, reason: 'FailedComputeMetricsReplicas', error: 'no samples' });
    expect(history.recommendations).toEqual([{ replicas: 5, at: 0 }]);
  });
});

describe('what is recorded', () => {
  test('the first sight, so that nothing goes down before one window has passed', () => {
    const history = new HpaHistory();
    const at = (now: number) => reconcile(spec(), history, { now, currentReplicas: 5, proposals: ask(2) });
    expect(at(0)).toMatchObject({ replicas: 5, reason: 'ScaleDownStabilized', recommended: 2 });
    expect(at(285).replicas).toBe(5);
    expect(at(300).replicas).toBe(2);
  });

  test('the recommendation itself, not what windows and policies left of it', () => {
    const history = new HpaHistory();
    reconcile(spec(), history, { now: 0, currentReplicas: 2, proposals: ask(40) });
    expect(history.recommendations).toEqual([
      { replicas: 2, at: 0 },
      { replicas: 40, at: 0 },
    ]);
    expect(history.scaleUpEvents).toEqual([{ change: 4, at: 0 }]);
  });

  test('also a change that no metric asked for', () => {
    const history = new HpaHistory();
    reconcile(spec(), history, { now: 0, currentReplicas: 30, proposals: [] });
    expect(history.scaleDownEvents).toEqual([{ change: 20, at: 0 }]);
  });

  test('no events without a behaviour', () => {
    const history = new HpaHistory();
    reconcile(spec({ behavior: undefined }), history, { now: 0, currentReplicas: 3, proposals: ask(9) });
    expect(history.scaleUpEvents).toEqual([]);
  });

  test('as much as the rules read again, however long it runs', () => {
    const history = new HpaHistory();
    let currentReplicas = 2;
    for (let sync = 0; sync < 20_000; sync += 1) {
      const proposals = ask(sync % 50 < 25 ? 10 : 2);
      currentReplicas = reconcile(spec(), history, { now: sync * 15, currentReplicas, proposals }).replicas;
    }
    expect(history.recommendations.length).toBeLessThan(25);
    expect(history.scaleUpEvents.length + history.scaleDownEvents.length).toBeLessThan(10);
  });
});

const rules = (window: fc.Arbitrary<number | undefined>): fc.Arbitrary<HpaRules> =>
  fc.record({
    stabilizationWindowSeconds: window,
    policies: fc.array(
      fc.record({
        type: fc.constantFrom('Pods' as const, 'Percent' as const),
        value: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 200 })),
        periodSeconds: fc.constantFrom(1, 15, 30, 60, 100, 300),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    selectPolicy: fc.constantFrom<SelectPolicy>('Max', 'Max', 'Min', 'Disabled'),
  });

const anySpec: fc.Arbitrary<HpaSpec> = fc
  .record({
    bounds: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 120 })),
    behavior: fc.option(
      fc.record({
        scaleUp: rules(fc.constantFrom(0, 0, 30, 60, 200)),
        scaleDown: rules(fc.constantFrom(undefined, 0, 60, 300, 301)),
      }),
      { nil: undefined, freq: 4 },
    ),
  })
  .map(({ bounds: [a, b], behavior }) => ({
    minReplicas: Math.min(a, b),
    maxReplicas: Math.max(a, b),
    metrics: [],
    behavior,
  }));

/** What the metrics answer at each reconcile; now and then somebody sets the replicas by hand. */
const anyStory = fc.array(
  fc.record({
    answers: fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.nat(150) },
        { weight: 1, arbitrary: fc.constant('failed' as const) },
      ),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
    byHand: fc.option(fc.nat(150), { freq: 30, nil: undefined }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Replicas before and after each reconcile. */
function play(one: HpaSpec, story: ReadonlyArray<{ answers: readonly Answer[]; byHand?: number }>) {
  const history = new HpaHistory();
  let replicas = one.minReplicas;
  return story.map(({ answers, byHand }, index) => {
    const before = byHand ?? replicas;
    const outcome = reconcile(one, history, {
      now: index * 15,
      currentReplicas: before,
      proposals: ask(...answers),
    });
    replicas = outcome.replicas;
    return { now: index * 15, before, after: replicas, outcome };
  });
}

/** An event is kept as long as the longest period of its own direction; only then has the controller forgotten nothing. */
const remembersAll = ({ behavior }: HpaSpec) => {
  const longest = (one: HpaRules) => Math.max(...one.policies.map(({ periodSeconds }) => periodSeconds));
  return !behavior || longest(behavior.scaleUp) === longest(behavior.scaleDown);
};

test('model: whole runs decide as a second, naive controller does', () => {
  fc.assert(
    fc.property(anySpec.filter(remembersAll), anyStory, (one, story) => {
      const naive = new NaiveController(one);
      for (const { now, before, after } of play(one, story))
        expect({ now, after }).toEqual({ now, after: naive.decide(now, before, story[now / 15].answers) });
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('law: the replicas end within the bounds, unless the workload is switched off', () => {
  fc.assert(
    fc.property(anySpec, anyStory, (one, story) => {
      for (const { after, outcome } of play(one, story)) {
        const within = after >= one.minReplicas && after <= one.maxReplicas;
        expect(outcome.reason === 'ScalingDisabled' ? after === 0 : within).toBe(true);
      }
    }),
    { seed: 1 },
  );
});

test('law: a disabled direction never moves, but to reach the bounds', () => {
  fc.assert(
    fc.property(anySpec, anyStory, (one, story) => {
      for (const { before, after } of play(one, story)) {
        if (before < one.minReplicas || before > one.maxReplicas) continue;
        const { scaleUp, scaleDown } = one.behavior ?? {};
        expect(scaleUp?.selectPolicy === 'Disabled' && after > before).toBe(false);
        expect(scaleDown?.selectPolicy === 'Disabled' && after < before).toBe(false);
      }
    }),
    { seed: 1 },
  );
});

test('law: no period ever sees more than its policy allows', () => {
  // One policy of pods each way: within any window shorter than the period, at most that many pods in that direction.
  const single = fc.record({
    value: fc.integer({ min: 1, max: 9 }),
    periodSeconds: fc.constantFrom(15, 60, 100, 300),
  });
  const target = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 5, maxLength: 80 });
  fc.assert(
    fc.property(single, target, fc.boolean(), (policy, wanted, isUp) => {
      const limited: HpaRules = {
        stabilizationWindowSeconds: 0,
        policies: [{ type: 'Pods', ...policy }],
        selectPolicy: 'Max',
      };
      const off: HpaRules = { ...limited, selectPolicy: 'Disabled' };
      const one: HpaSpec = {
        minReplicas: 1,
        maxReplicas: 100,
        metrics: [],
        behavior: { scaleUp: isUp ? limited : off, scaleDown: isUp ? off : limited },
      };
      const story = wanted.map((replicas) => ({ answers: [replicas] }));
      const moves = play(one, [{ answers: [50], byHand: 50 }, ...story]);
      for (const { now } of moves) {
        const inside = moves.filter((move) => move.now >= now && move.now < now + policy.periodSeconds);
        const changed = inside.reduce((total, { before, after }) => total + Math.abs(after - before), 0);
        expect(changed).toBeLessThanOrEqual(policy.value);
      }
    }),
    { seed: 1 },
  );
});

test('law: the same story ends the same way', () => {
  fc.assert(
    fc.property(anySpec, anyStory, (one, story) => {
      expect(play(one, story)).toEqual(play(one, story));
    }),
    { seed: 1 },
  );
});

test('law: asked for more, a first reconcile never answers with less', () => {
  fc.assert(
    fc.property(anySpec, fc.nat(150), fc.nat(150), fc.nat(150), (one, current, a, b) => {
      const answer = (replicas: number) => once(current, [replicas], one).replicas;
      expect(answer(Math.max(a, b))).toBeGreaterThanOrEqual(answer(Math.min(a, b)));
    }),
    { seed: 1 },
  );
});
