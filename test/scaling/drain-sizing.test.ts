import fc from 'fast-check';
import { drainSeconds } from '../../lib/scaling/drain-sizing';
import { DEFAULT_BEHAVIOR, type HpaRules } from '../../lib/scaling/hpa/hpa-spec';
import { SYNC_SECONDS } from '../../lib/scaling/hpa/reconcile';
import { SCALING_INTENTS } from '../../lib/scaling/scaling-intents';
import { secondsToDrain } from '../../lib/scaling/simulator/reach';

const rules = (window: number, ...policies: HpaRules['policies']): HpaRules => ({
  stabilizationWindowSeconds: window,
  policies,
});

test('Kubernetes’ own behaviour removes everything after its window', () => {
  expect(drainSeconds(50, 1, DEFAULT_BEHAVIOR.scaleDown)).toBe(300);
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
  expect(drainSeconds(40, 1, { ...rules(0, ...steps), selectPolicy: 'Max' })).toBe(15 + 4 * 60);
  expect(drainSeconds(40, 1, { ...rules(0, ...steps), selectPolicy: 'Min' })).toBe(15 + 38 * 60);
});

test('what never ends is infinite', () => {
  expect(drainSeconds(5, 1, { ...DEFAULT_BEHAVIOR.scaleDown, selectPolicy: 'Disabled' })).toBe(Infinity);
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

test('law: the controller itself takes as long, one reconciliation after the other', () => {
  fc.assert(
    fc.property(someRules, replicas, ({ selectPolicy, ...some }, from) => {
      const scaleDown = { ...some, selectPolicy: selectPolicy === 'Min' ? 'Min' : 'Max' } as const;
      const seconds = secondsToDrain({
        minReplicas: 1,
        maxReplicas: from + 1,
        metrics: [],
        behavior: { scaleUp: DEFAULT_BEHAVIOR.scaleUp, scaleDown },
      });
      const leapt = drainSeconds(from + 1, 1, scaleDown);
      // The checklist stops to look after a day, the simulator after a week.
      expect(leapt).toBe(seconds !== undefined && seconds <= 86_400 ? seconds : Infinity);
    }),
    { seed: 2, numRuns: 200 },
  );
});
