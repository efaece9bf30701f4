import fc from 'fast-check';
import type { PoolDrawer } from '../../lib/connection/pool-budget';
import {
  activeTransactionsOf,
  explainPoolers,
  type PoolerDemand,
  solvePoolers,
} from '../../lib/connection/pooler-sizing';

const drawer = (replicas: number, fixed?: PoolDrawer['fixed']): PoolDrawer => ({
  name: 'shop/web',
  replicas,
  surgePercent: 25,
  processesPerPod: 1,
  weight: 1,
  fixed,
});

const demand = (rest: Partial<PoolerDemand> = {}): PoolerDemand => ({
  poolers: 2,
  cores: 4,
  allowed: 189,
  clientsPerPooler: 2048,
  drawers: [drawer(20, { size: 20, maxOverflow: 10 })],
  ...rest,
});

test('a database of 4 CPU works on 9 transactions at once: two poolers have 5 each, and 2 in reserve', () => {
  expect(activeTransactionsOf(4)).toBe(9);
  expect(solvePoolers(demand())).toMatchObject({
    defaultPoolSize: 5,
    minPoolSize: 3,
    reservePoolSize: 2,
    perPooler: 7,
    serverConnections: 28,
    maxClientConn: 900,
    fits: true,
  });
});

describe('laws', () => {
  const demands = fc.record({
    poolers: fc.integer({ min: 1, max: 20 }),
    cores: fc.integer({ min: 1, max: 128_000 }).map((millis) => millis / 1000),
    activeTransactions: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
    allowed: fc.integer({ min: -10, max: 5000 }),
    clientsPerPooler: fc.integer({ min: 1, max: 10_000 }),
    drawers: fc.array(
      fc.record({
        name: fc.constant('x'),
        replicas: fc.integer({ min: 1, max: 60 }),
        surgePercent: fc.integer({ min: 0, max: 100 }),
        processesPerPod: fc.integer({ min: 1, max: 8 }),
        weight: fc.integer({ min: 1, max: 10 }),
        fixed: fc.option(fc.record({ size: fc.integer({ min: 1, max: 30 }), maxOverflow: fc.nat(20) }), {
          nil: undefined,
        }),
      }),
      { maxLength: 6 },
    ),
  });

  test('what fits leaves the database its reserve, also in a rollout, and takes all clients without one pooler', () => {
    fc.assert(
      fc.property(demands, (one) => {
        const sizing = solvePoolers(one);
        expect(sizing.perPooler).toBe(sizing.defaultPoolSize + sizing.reservePoolSize);
        expect(sizing.defaultPoolSize).toBeGreaterThanOrEqual(1);
        expect(sizing.reservePoolSize).toBeGreaterThanOrEqual(0);
        expect(sizing.minPoolSize).toBeLessThanOrEqual(sizing.defaultPoolSize);
        expect(sizing.maxClientConn).toBeLessThanOrEqual(one.clientsPerPooler);
        if (!sizing.fits) return;
        expect(2 * one.poolers * sizing.perPooler).toBeLessThanOrEqual(one.allowed);
        expect(sizing.maxClientConn * Math.max(1, one.poolers - 1)).toBeGreaterThanOrEqual(
          sizing.clients.drawn,
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('it fits whenever each pooler can have one connection, twice, and each process one client', () => {
    fc.assert(
      fc.property(demands, (one) => {
        const sizing = solvePoolers(one);
        expect(sizing.fits).toBe(2 * one.poolers <= one.allowed && sizing.clients.fits);
      }),
      { numRuns: 2000 },
    );
  });
});

test('clients that would not fit when a pooler is lost are refused, with the number that would', () => {
  const tooMany = demand({ clientsPerPooler: 100 });
  expect(explainPoolers(solvePoolers(tooMany), tooMany)).toBe(
    [
      'its consumers may open 750 connections to the poolers, which bear 83 when one of 2 is lost:',
      '  shop/web: 25 pods (20 replicas and a surge of 5) x 1 processes x (20 + 10) = 750; at most 1 replica would fit',
      'use smaller pools, fewer replicas (a rollout adds its surge), more poolers, or poolers with more memory',
    ].join('\n'),
  );
});

test('poolers for which the database has too few connections are refused', () => {
  const tooFew = demand({ poolers: 20, allowed: 30 });
  expect(explainPoolers(solvePoolers(tooFew), tooFew)).toContain(
    '20 poolers, and as many that a rollout replaces, open at least 40 connections, but only 30 are free for them',
  );
});
