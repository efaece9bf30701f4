import fc from 'fast-check';
import {
  explainOverdraft,
  LARGEST_SHARE,
  mostPods,
  type PoolDrawer,
  solvePools,
} from '../../lib/connection/pool-budget';
import { mostReplicas, surgePods } from '../../lib/pod/rollout-sizing';

const drawer = (name: string, replicas: number, rest: Partial<PoolDrawer> = {}): PoolDrawer => ({
  name,
  replicas,
  surgePercent: 0,
  processesPerPod: 1,
  weight: 1,
  ...rest,
});

const anyDrawers = fc.array(
  fc.record({
    name: fc.constant('x'),
    replicas: fc.integer({ min: 1, max: 50 }),
    surgePercent: fc.integer({ min: 0, max: 100 }),
    processesPerPod: fc.integer({ min: 1, max: 8 }),
    weight: fc.integer({ min: 1, max: 10 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('free pools fit whenever there is a connection for every process, whatever the weights', () => {
  fc.assert(
    fc.property(anyDrawers, fc.integer({ min: 1, max: 5000 }), (drawers, allowed) => {
      const budget = solvePools(allowed, drawers);
      const processes = drawers.reduce(
        (sum, one) => sum + (one.replicas + surgePods(one.replicas, one.surgePercent)) * one.processesPerPod,
        0,
      );
      expect(budget.pools.every(({ size, maxOverflow }) => size >= 1 && maxOverflow >= 0)).toBe(true);
      expect(budget.fits).toBe(processes <= allowed);
    }),
  );
});

test('more connections never give anyone fewer, and nobody more than the largest share', () => {
  fc.assert(
    fc.property(anyDrawers, fc.integer({ min: 1, max: 5000 }), fc.nat(500), (drawers, allowed, more) => {
      const total = ({ pools }: ReturnType<typeof solvePools>) =>
        pools.map((pool) => pool.size + pool.maxOverflow);
      const before = total(solvePools(allowed, drawers));
      const after = total(solvePools(allowed + more, drawers));
      expect(after.every((share, index) => share >= before[index])).toBe(true);
      expect(Math.max(...after)).toBeLessThanOrEqual(LARGEST_SHARE);
    }),
  );
});

test('a fixed pool stays as it is, and the free ones get the rest', () => {
  const budget = solvePools(100, [drawer('a', 4, { fixed: { size: 10, maxOverflow: 5 } }), drawer('b', 4)]);
  expect(budget.pools).toEqual([
    { size: 10, maxOverflow: 5 },
    { size: 7, maxOverflow: 3 },
  ]);
  expect(budget.drawn).toBe(100);
});

test("the guide's 20 + 10 for 20 replicas is an overdraft of 200 connections, and says who draws what", () => {
  const drawers = [drawer('shop/web', 20, { surgePercent: 25, fixed: { size: 20, maxOverflow: 10 } })];
  const budget = solvePools(197, drawers);
  expect(budget.fits).toBe(false);
  expect(explainOverdraft(budget, drawers, 200)).toBe(
    [
      'DB-002 its consumers may open 750 connections, but only 197 of max_connections 200 are free for them:',
      '  shop/web: 25 pods (20 replicas and a surge of 5) x 1 processes x (20 + 10) = 750; at most 4 replicas would fit',
      'use smaller pools, fewer replicas (a rollout adds its surge), a larger database, or a pooler',
    ].join('\n'),
  );
});

test('the numbers of pods and of replicas that would fit do, and one more does not', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(
        fc.record({
          replicas: fc.integer({ min: 1, max: 40 }),
          surgePercent: fc.integer({ min: 0, max: 100 }),
          size: fc.integer({ min: 1, max: 30 }),
          maxOverflow: fc.nat(20),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      (allowed, fixed) => {
        const drawers = fixed.map(({ replicas, surgePercent, ...pool }) =>
          drawer('x', replicas, { surgePercent, fixed: pool }),
        );
        const budget = solvePools(allowed, drawers);
        const most = mostPods(budget, drawers, 0);
        const fits = (one: Partial<PoolDrawer>) =>
          solvePools(allowed, [{ ...drawers[0], ...one }, ...drawers.slice(1)]).fits;
        expect(most === 0 || fits({ replicas: most, surgePercent: 0 })).toBe(true);
        expect(fits({ replicas: most + 1, surgePercent: 0 })).toBe(false);
        const replicas = mostReplicas(most, drawers[0].surgePercent);
        expect(replicas === 0 || fits({ replicas })).toBe(true);
        expect(fits({ replicas: replicas + 1 })).toBe(false);
      },
    ),
  );
});
