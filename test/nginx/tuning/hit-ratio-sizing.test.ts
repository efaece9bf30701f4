import { Duration } from 'cdk8s';
import { ProxyTopology } from 'cdk8s-tuned';
import fc from 'fast-check';
import { hitRatio, type Traffic } from '../../../lib/nginx/tuning/hit-ratio-sizing';

const traffic: Traffic = { requestsPerSecond: 100, pages: 1000, validSeconds: 600, skew: 0.8 };

test('pages that are asked for equally: λT of 1 + λT requests are hits', () => {
  const even = { ...traffic, skew: 0, pages: 100, validSeconds: 12 };
  // Each page once a second, valid for 12: twelve of thirteen.
  expect(hitRatio(even, 1)).toBeCloseTo(12 / 13, 10);
  expect(hitRatio(even, 3)).toBeCloseTo(4 / 5, 10);
});

test('more caches never answer more, and more requests or a longer validity never less', () => {
  fc.assert(
    fc.property(
      fc.record({
        requestsPerSecond: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
        pages: fc.integer({ min: 1, max: 300 }),
        validSeconds: fc.integer({ min: 1, max: 86_400 }),
        skew: fc.double({ min: 0, max: 2, noNaN: true }),
      }),
      fc.integer({ min: 1, max: 30 }),
      (given, caches) => {
        const ratio = hitRatio(given, caches);
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(1);
        expect(hitRatio(given, caches + 1)).toBeLessThanOrEqual(ratio);
        expect(
          hitRatio({ ...given, requestsPerSecond: given.requestsPerSecond * 2 }, caches),
        ).toBeGreaterThanOrEqual(ratio);
        expect(hitRatio({ ...given, validSeconds: given.validSeconds * 2 }, caches)).toBeGreaterThanOrEqual(
          ratio,
        );
      },
    ),
  );
});

test('a simulation of the same requests says the same, to a percent', () => {
  // A generator of our own: the same numbers each time.
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const small: Traffic = { requestsPerSecond: 50, pages: 200, validSeconds: 10, skew: 0.8 };
  const weights = Array.from({ length: small.pages }, (_, index) => (index + 1) ** -small.skew);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const page = () => {
    let rest = random() * total;
    return weights.findIndex((weight) => (rest -= weight) < 0);
  };
  for (const caches of [1, 3]) {
    const expires = new Map<string, number>();
    let [now, hits] = [0, 0];
    const requests = 200_000;
    for (let request = 0; request < requests; request += 1) {
      now += -Math.log(1 - random()) / small.requestsPerSecond;
      const key = `${page()} ${Math.floor(random() * caches)}`;
      if ((expires.get(key) ?? 0) > now) hits += 1;
      else expires.set(key, now + small.validSeconds);
    }
    expect(Math.abs(hits / requests - hitRatio(small, caches))).toBeLessThan(0.01);
  }
});

test('replicas lower the ratio of independent caches, and not that of shards', () => {
  const given = { requestsPerSecond: 100, pages: 10_000, lifetime: Duration.minutes(10) };
  const ratio = (topology: ProxyTopology) => [1, 3, 10].map((n) => topology.hitRatio(given, n).toFixed(2));
  // The table of docs/constructs/nginx-caching-proxy.md.
  expect(ratio(ProxyTopology.independent())).toEqual(['0.88', '0.75', '0.58']);
  expect(ratio(ProxyTopology.sticky())).toEqual(ratio(ProxyTopology.independent()));
  expect(ratio(ProxyTopology.sharded({ shards: 3 }))).toEqual(['0.88', '0.88', '0.88']);
});
