import fc from 'fast-check';
import { highestLiveTarget, HPA_TOLERANCE } from '../../lib/scaling/reach-sizing';

test.each([
  // request, limit, highest target that usage can exceed by the tolerance
  [1024, 1024, 90],
  [128, 512, 363],
  [100, 110, 99],
])('a request of %d under a limit of %d reaches at most %d %%', (request, limit, highest) => {
  expect(highestLiveTarget(request, limit)).toBe(highest);
});

test('nothing caps usage without a limit', () => {
  expect(highestLiveTarget(100, undefined)).toBeUndefined();
});

test('law: usage at the limit passes the trigger of the highest target, and not of the next', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64_000 }), fc.integer({ min: 1, max: 64_000 }), (a, b) => {
      const [request, limit] = [Math.min(a, b), Math.max(a, b)];
      const highest = highestLiveTarget(request, limit) ?? NaN;
      const atLimit = (100 * limit) / request;
      expect(atLimit).toBeGreaterThan(highest * (1 + HPA_TOLERANCE) - 1e-9);
      expect(atLimit).toBeLessThanOrEqual((highest + 1) * (1 + HPA_TOLERANCE) + 1e-9);
    }),
    { seed: 1 },
  );
});
