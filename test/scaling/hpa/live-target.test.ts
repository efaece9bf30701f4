import fc from 'fast-check';
import { highestLiveTarget } from '../../../lib/scaling/hpa/live-target';
import { tolerancesOf, utilizationReplicas } from '../../../lib/scaling/hpa/replica-calculator';

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

test('law: with pods at their limit the controller acts on the highest target, and not on the next', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 0, max: 4_000_000 }),
      fc.constantFrom(0, 0.05, 0.1, 0.2),
      fc.integer({ min: 1, max: 50 }),
      (request, above, tolerance, pods) => {
        const limit = request + above;
        const groups = {
          podCount: pods,
          ready: { count: pods, usage: pods * limit, requests: pods * request },
          unready: { count: 0, requests: 0 },
          missingRequests: [],
          superfluous: { count: 0, usage: 0 },
        };
        const acts = (target: number) => {
          const tolerances = { ...tolerancesOf(undefined), scaleUp: tolerance };
          const proposal = utilizationReplicas(groups, { currentReplicas: pods, target, tolerances });
          return 'replicas' in proposal && proposal.replicas > pods;
        };
        const highest = highestLiveTarget(request, limit, tolerance) ?? NaN;
        expect(acts(highest)).toBe(true);
        expect(acts(highest + 1)).toBe(false);
      },
    ),
    { seed: 1, numRuns: 1000 },
  );
});
