import fc from 'fast-check';
import {
  explainExcess,
  LARGEST_SHARE,
  type PoolConsumer,
  replicasThatFit,
  solvePools,
} from '../../lib/connection/pool-budget';
import { surgePods } from '../../lib/inventory/replicas';

const surgeOfPercent = (percent: number) => (replicas: number) => surgePods(replicas, percent);

const consumer = (name: string, replicas: number, rest: Partial<PoolConsumer> = {}): PoolConsumer => ({
  name,
  replicas,
  surge: () => 0,
  processesPerPod: 1,
  weight: 1,
  ...rest,
});

const anyConsumers = fc.array(
  fc.record({
    name: fc.constant('x'),
    replicas: fc.integer({ min: 1, max: 50 }),
    surge: fc.integer({ min: 0, max: 100 }).map(surgeOfPercent),
    processesPerPod: fc.integer({ min: 1, max: 8 }),
    weight: fc.integer({ min: 1, max: 10 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('free pools fit whenever there is a connection for every process, whatever the weights', () => {
  fc.assert(
    fc.property(anyConsumers, fc.integer({ min: 1, max: 5000 }), (consumers, allowed) => {
      const budget = solvePools(allowed, consumers);
      const processes = consumers.reduce(
        (sum, one) => sum + (one.replicas + one.surge(one.replicas)) * one.processesPerPod,
        0,
      );
      expect(budget.pools.every(({ size, maxOverflow }) => size >= 1 && maxOverflow >= 0)).toBe(true);
      expect(budget.fits).toBe(processes <= allowed);
    }),
  );
});

test('more connections never give anyone fewer, and nobody more than the largest share', () => {
  fc.assert(
    fc.property(anyConsumers, fc.integer({ min: 1, max: 5000 }), fc.nat(500), (consumers, allowed, more) => {
      const total = ({ pools }: ReturnType<typeof solvePools>) =>
        pools.map((pool) => pool.size + pool.maxOverflow);
      const before = total(solvePools(allowed, consumers));
      const after = total(solvePools(allowed + more, consumers));
      expect(after.every((share, index) => share >= before[index])).toBe(true);
      expect(Math.max(...after)).toBeLessThanOrEqual(LARGEST_SHARE);
    }),
  );
});

test('a fixed pool stays as it is, and the free ones get the rest', () => {
  const budget = solvePools(100, [
    consumer('a', 4, { fixed: { size: 10, maxOverflow: 5 } }),
    consumer('b', 4),
  ]);
  expect(budget.pools).toEqual([
    { size: 10, maxOverflow: 5 },
    { size: 7, maxOverflow: 3 },
  ]);
  expect(budget.connections).toBe(100);
});

test("the guide's 20 + 10 for 20 replicas is an overdraft of 200 connections, and says who draws what", () => {
  const consumers = [
    consumer('shop/web', 20, { surge: surgeOfPercent(25), fixed: { size: 20, maxOverflow: 10 } }),
  ];
  const budget = solvePools(197, consumers);
  expect(budget.fits).toBe(false);
  expect(explainExcess(budget, consumers, 200)).toBe(
    [
      'DB-002 its consumers may open 750 connections, but only 197 of max_connections 200 are free for them:',
      '  shop/web: 25 pods (20 replicas and a surge of 5) x 1 processes x (20 + 10) = 750; at most 4 replicas would fit',
      'use smaller pools, fewer replicas (a rollout adds its surge), a larger database, or a pooler',
    ].join('\n'),
  );
});

test('the number of replicas that would fit does, and one more does not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(
        fc.record({
          replicas: fc.integer({ min: 1, max: 40 }),
          surge: fc.integer({ min: 0, max: 100 }).map(surgeOfPercent),
          size: fc.integer({ min: 1, max: 30 }),
          maxOverflow: fc.nat(20),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      (allowed, fixed) => {
        const consumers = fixed.map(({ replicas, surge, ...pool }) =>
          consumer('x', replicas, { surge, fixed: pool }),
        );
        const budget = solvePools(allowed, consumers);
        const most = replicasThatFit(budget, consumers, 0);
        const fits = (replicas: number) =>
          solvePools(allowed, [{ ...consumers[0], replicas }, ...consumers.slice(1)]).fits;
        expect(most === 0 || fits(most)).toBe(true);
        expect(most === consumers[0].replicas || !fits(most + 1)).toBe(true);
      },
    ),
  );
});
