import fc from 'fast-check';
import { DEFAULT_SCALE_DOWN, drainSeconds, SYNC_SECONDS } from '../../lib/scaling/drain-sizing';
import { type RuleNumbers, SCALING_INTENTS } from '../../lib/scaling/scaling-intents';

const rules = (window: number, ...policies: RuleNumbers['policies']): RuleNumbers => ({
  stabilizationWindowSeconds: window,
  policies,
});

test('Kubernetes’ own behaviour removes everything after its window', () => {
  expect(drainSeconds(50, 1, DEFAULT_SCALE_DOWN)).toBe(300);
});

test.each([
  // cdk8s-plus-27 lets as many pods go in 300 s as the fewest replicas are.
  [50, 1, 14_700],
  [50, 3, 4800],
])('cdk8s-plus-27’s takes from %i to %i in %i s', (from, to, seconds) => {
  expect(drainSeconds(from, to, rules(300, { type: 'Pods', value: to, periodSeconds: 300 }))).toBe(seconds);
});

test('the guide’s halves every minute after five', () => {
  // 20, 10, 5, 2: three steps, the first at the end of the window.
  expect(drainSeconds(20, 2, SCALING_INTENTS.guide.scaleDown)).toBe(300 + 2 * 60);
});

test('the largest step counts, or the smallest where the rules say so', () => {
  const steps = [
    { type: 'Pods', value: 1, periodSeconds: 60 },
    { type: 'Percent', value: 50, periodSeconds: 60 },
  ] as const;
  expect(drainSeconds(40, 1, { ...rules(0, ...steps), selectPolicy: 'Max' })).toBe(4 * 60);
  expect(drainSeconds(40, 1, { ...rules(0, ...steps), selectPolicy: 'Min' })).toBe(38 * 60);
});

test('what never ends is infinite', () => {
  expect(drainSeconds(5, 1, { ...DEFAULT_SCALE_DOWN, selectPolicy: 'Disabled' })).toBe(Infinity);
  expect(drainSeconds(5, 1, rules(0))).toBe(Infinity);
  expect(drainSeconds(5, 1, rules(0, { type: 'Pods', value: 0, periodSeconds: 60 }))).toBe(Infinity);
  expect(drainSeconds(5, 5, rules(0))).toBe(0);
});

test.each(Object.entries(SCALING_INTENTS))('%s drains 200 replicas within an hour', (_, { scaleDown }) => {
  expect(drainSeconds(200, 2, scaleDown)).toBeLessThanOrEqual(3600);
});

const step = fc.record({
  type: fc.constantFrom('Pods' as const, 'Percent' as const),
  value: fc.integer({ min: 1, max: 100 }),
  periodSeconds: fc.integer({ min: 1, max: 1800 }),
});
const someRules = fc.record({
  stabilizationWindowSeconds: fc.integer({ min: 0, max: 3600 }),
  policies: fc.array(step, { minLength: 1, maxLength: 3 }),
  selectPolicy: fc.constantFrom(undefined, 'Max', 'Min'),
});
const replicas = fc.integer({ min: 1, max: 100 });

test('law: not before the window, on the grid of reconciliations, and more replicas never take less', () => {
  fc.assert(
    fc.property(someRules, replicas, replicas, (some, from, more) => {
      const [few, many] = [drainSeconds(from, 1, some), drainSeconds(from + more, 1, some)];
      expect(many).toBeGreaterThanOrEqual(few);
      expect(many).toBeGreaterThanOrEqual(some.stabilizationWindowSeconds);
      expect(many === Infinity || many % SYNC_SECONDS === 0).toBe(true);
    }),
    { seed: 1 },
  );
});

/** The same by brute force: every reconciliation, every removal kept. */
function naive(from: number, to: number, some: RuleNumbers): number {
  const counts = new Map<number, number>();
  let now = from;
  const first = Math.ceil(some.stabilizationWindowSeconds / SYNC_SECONDS) * SYNC_SECONDS;
  for (let at = first; at <= 86_400; at += SYNC_SECONDS) {
    const limits = some.policies.map(({ type, value, periodSeconds }) => {
      let start = now;
      for (const [when, count] of counts) if (at - when < periodSeconds) start += count;
      return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
    });
    const limit = some.selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
    const next = Math.max(to, Math.min(limit, now));
    counts.set(at, now - next);
    now = next;
    if (now <= to) return at;
  }
  return Infinity;
}

test('law: a naive count of every reconciliation comes to the same', () => {
  fc.assert(
    fc.property(someRules, replicas, (some, from) => {
      expect(drainSeconds(from + 1, 1, some)).toBe(naive(from + 1, 1, some));
    }),
    { seed: 2, numRuns: 60 },
  );
});
