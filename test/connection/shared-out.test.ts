import fc from 'fast-check';
import { explainExcess } from '../../lib/connection/pool-budget';
import {
  type ConnectionEntry,
  type Explain,
  shareByDatabase,
  shareOutBehind,
  shareOutDirectly,
} from '../../lib/connection/shared-out';

const entry = (rest: Partial<ConnectionEntry> = {}): ConnectionEntry => ({
  name: 'shop/web',
  replicas: 10,
  surge: () => 0,
  processesPerPod: 1,
  weight: 1,
  ...rest,
});
const through = (database: string, user: string) => ({ pooled: { database, user } });
const FRONT = { poolers: 2, clientsPerPooler: 2048 };
const explain =
  (most: number): Explain =>
  (budget, consumers) =>
    explainExcess(budget, consumers, most);

test('where nobody knows the CPU of the server, a pooler has the 20 connections of PgBouncer, and 5 in reserve', () => {
  const { poolers, connections } = shareOutBehind(FRONT, 500, [entry(through('app', 'app'))]);
  expect(poolers).toMatchObject({ defaultPoolSize: 20, perPooler: 25, serverConnections: 100 });
  expect(poolers?.reason).toContain("PgBouncer's own default");
  expect(connections).toBe(100);
});

test('a small server gives what it has, and those who go past the poolers get the rest', () => {
  const entries = [entry(through('app', 'app')), entry({ replicas: 1, fixed: { size: 2, maxOverflow: 0 } })];
  const { poolers, pools, connections } = shareOutBehind(FRONT, 42, entries);
  expect(poolers).toMatchObject({ perPooler: 10, serverConnections: 40 });
  expect(poolers?.databases).toBeUndefined();
  expect(pools[1]).toEqual({ size: 2, maxOverflow: 0 });
  expect(connections).toBe(42);
});

describe('several roles in several databases', () => {
  const entries = [
    entry({ ...through('live', 'live'), replicas: 30 }),
    entry({ ...through('staging', 'staging'), replicas: 10 }),
  ];

  test('share what a pooler may open by their clients', () => {
    const { poolers } = shareOutBehind(FRONT, 400, entries);
    expect(poolers?.perPooler).toBe(25);
    expect([...(poolers?.databases ?? [])]).toEqual([
      ['live', 18],
      ['staging', 7],
    ]);
  });

  test.each<[string, readonly ConnectionEntry[]]>([
    ['one database', [entry(through('app', 'a')), entry(through('app', 'b'))]],
    ['one role', [entry(through('a', 'app')), entry(through('b', 'app'))]],
  ])('%s needs no such bounds', (_, others) => {
    expect(shareOutBehind(FRONT, 400, others).poolers?.databases).toBeUndefined();
  });

  test('are refused where there is not a connection for each', () => {
    const { problems } = shareOutBehind(FRONT, 7, entries);
    expect(problems(explain(20))).toEqual([
      expect.stringContaining('open at least 8 connections, but only 7 are free'),
    ]);
  });
});

test('shares of databases are at least one each, and together what there is', () => {
  const demands = fc.dictionary(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 1000 }), {
    minKeys: 1,
  });
  fc.assert(
    fc.property(demands, fc.integer({ min: 0, max: 500 }), (demand, more) => {
      const given = new Map(Object.entries(demand));
      const shares = [...shareByDatabase(given.size + more, given).values()];
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
      expect(shares.reduce((sum, own) => sum + own, 0)).toBe(given.size + more);
    }),
  );
});

test('without poolers everybody draws on the server, however they would come', () => {
  const entries = [entry({ ...through('app', 'app'), fixed: { size: 5, maxOverflow: 0 } }), entry()];
  expect(shareOutDirectly(100, entries)).toMatchObject({ connections: 100 });
  expect(shareOutDirectly(40, entries).problems(explain(51))).toEqual([
    expect.stringContaining('only 40 of max_connections 51 are free'),
  ]);
});
