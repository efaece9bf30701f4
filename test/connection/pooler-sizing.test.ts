import fc from 'fast-check';
import type { PoolConsumer } from '../../lib/connection/pool-budget';
import {
  activeTransactionsOf,
  explainPoolers,
  type PoolerDemand,
  solvePoolers,
  solveQueryWait,
} from '../../lib/connection/pooler-sizing';
import { surgePods } from '../../lib/inventory/replicas';

const consumer = (replicas: number, fixed?: PoolConsumer['fixed']): PoolConsumer => ({
  name: 'shop/web',
  replicas,
  surge: (count) => surgePods(count, 25),
  processesPerPod: 1,
  weight: 1,
  fixed,
});

const demand = (rest: Partial<PoolerDemand> = {}): PoolerDemand => ({
  poolers: 2,
  cores: 4,
  allowed: 189,
  clientsPerPooler: 2048,
  consumers: [consumer(20, { size: 20, maxOverflow: 10 })],
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
    consumers: fc.array(
      fc.record({
        name: fc.constant('x'),
        replicas: fc.integer({ min: 1, max: 60 }),
        surge: fc
          .integer({ min: 0, max: 100 })
          .map((percent) => (replicas: number) => surgePods(replicas, percent)),
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
          sizing.clients.connections,
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

describe('how long a client waits', () => {
  const wait = (
    clients: number,
    perPooler: number,
    rest: Partial<Parameters<typeof solveQueryWait>[0]> = {},
  ) =>
    solveQueryWait({
      sizing: { perPooler, clients: { pools: [], connections: clients, allowed: 10_000, fits: true } },
      poolers: 2,
      transactionSeconds: 2,
      longestPoolTimeout: 10,
      ...rest,
    });

  test('is what serves the last of all clients when one of two poolers is lost: 150 on 4 connections, 37 times 2 s', () => {
    expect(wait(150, 4)).toEqual({
      seconds: 74,
      alertSeconds: 37,
      queueSeconds: 74,
      reason: 'the last of 150 clients is served by 4 connections after 37 transactions of 2 s',
    });
  });

  test('is a restart of the database at the least', () => {
    expect(wait(20, 7)).toMatchObject({ seconds: 30, alertSeconds: 15, queueSeconds: 4 });
    expect(wait(0, 7)).toMatchObject({ seconds: 30, queueSeconds: 0 });
  });

  test('is PgBouncer’s own default at the most, and the reason says how long the queue is', () => {
    const { seconds, reason } = wait(750, 4);
    expect(seconds).toBe(120);
    expect(reason).toContain('after 187 transactions of 2 s, 374 s: nobody waits so long');
  });

  test('is longer than the pool of a client waits', () => {
    expect(wait(20, 7, { longestPoolTimeout: 300 })).toMatchObject({ seconds: 305, alertSeconds: 152.5 });
  });

  test('is what the user says', () => {
    expect(wait(150, 4, { given: 10 })).toMatchObject({ seconds: 10, alertSeconds: 5, queueSeconds: 74 });
  });

  test('never falls with more clients, slower transactions or fewer connections, and alerts before it ends', () => {
    const some = fc.record({
      clients: fc.integer({ min: 0, max: 5000 }),
      pool: fc.integer({ min: 1, max: 100 }),
      poolers: fc.integer({ min: 1, max: 20 }),
      transactionSeconds: fc.double({ min: 0.001, max: 3600, noNaN: true }),
      longestPoolTimeout: fc.integer({ min: 0, max: 3600 }),
    });
    fc.assert(
      fc.property(some, ({ clients, pool, ...rest }) => {
        const { seconds, alertSeconds } = wait(clients, pool, rest);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(Math.max(30, rest.longestPoolTimeout + 5));
        expect(alertSeconds).toBeLessThan(seconds);
        expect(wait(clients + 1, pool, rest).seconds).toBeGreaterThanOrEqual(seconds);
        expect(wait(clients, pool + 1, rest).seconds).toBeLessThanOrEqual(seconds);
        const slower = { ...rest, transactionSeconds: 2 * rest.transactionSeconds };
        expect(wait(clients, pool, slower).seconds).toBeGreaterThanOrEqual(seconds);
      }),
    );
  });
});
