import fc from 'fast-check';
import { surgePods } from '../../../lib/inventory/replicas';
import { imageCapabilities } from '../../../lib/postgres/image-capabilities';
import {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
} from '../../../lib/postgres/postgres-workload';
import { ConnectionBudget } from '../../../lib/postgres/tuning/connection-budget';
import type { ConnectionDemand } from '../../../lib/postgres/tuning/connections';
import { MEMORY_SHARE } from '../../../lib/postgres/tuning/memory-budget';
import { tunePostgres } from '../../../lib/postgres/tuning/postgres-tuning';
import { GIB, MIB } from '../../../lib/units/quantity';

const RESERVED = 8;

interface Size {
  readonly memoryBytes: number;
  readonly cpuMillis: number;
  readonly workload: PostgresWorkload;
}

function ledgerOf(size: Size, given?: number): ConnectionBudget {
  const version = PostgresVersion.V17;
  const tune = (demand?: ConnectionDemand) =>
    tunePostgres({
      ...size,
      demand,
      version,
      volumeBytes: 100 * GIB,
      disk: PostgresDisk.SSD,
      image: imageCapabilities(PostgresImageFamily.DEBIAN, version),
      parameters: {},
    });
  return new ConnectionBudget({ tune, given, reserved: RESERVED, cores: size.cpuMillis / 1000 });
}

const sizes = fc.record({
  memoryBytes: fc.integer({ min: 512, max: 65_536 }).map((mebibytes) => mebibytes * MIB),
  cpuMillis: fc.integer({ min: 100, max: 64_000 }),
  workload: fc.constantFrom(...Object.values(PostgresWorkload)),
});
const entries = fc.array(
  fc.record({
    name: fc.constant('x'),
    replicas: fc.integer({ min: 1, max: 40 }),
    surge: fc
      .integer({ min: 0, max: 100 })
      .map((percent) => (replicas: number) => surgePods(replicas, percent)),
    processesPerPod: fc.integer({ min: 1, max: 4 }),
    weight: fc.integer({ min: 1, max: 5 }),
    fixed: fc.option(fc.record({ size: fc.integer({ min: 1, max: 20 }), maxOverflow: fc.nat(10) }), {
      nil: undefined,
    }),
    direct: fc.boolean(),
  }),
  { maxLength: 5 },
);
const poolers = fc.option(
  fc.record({
    poolers: fc.integer({ min: 1, max: 6 }),
    clientsPerPooler: fc.integer({ min: 10, max: 4000 }),
    activeTransactions: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
  }),
  { nil: undefined },
);

test('what has no problem keeps the reserve free and within the memory, whoever connects and however', () => {
  let solved = 0;
  fc.assert(
    fc.property(
      sizes,
      entries,
      poolers,
      fc.option(fc.integer({ min: 20, max: 400 })),
      (size, all, front, given) => {
        const connections = ledgerOf(size, given ?? undefined);
        for (const entry of all) connections.enter(entry);
        if (front) connections.putPoolersInFront(front);
        const solution = connections.solve();
        const { tuning, pools } = solution;
        expect(pools).toHaveLength(all.length);
        if (solution.problems.length > 0 || tuning.problems.length > 0) return;
        solved++;
        const opened = all.map(({ replicas, surge, processesPerPod, direct }, index) =>
          front && !direct
            ? 0
            : (replicas + surge(replicas)) * processesPerPod * (pools[index].size + pools[index].maxOverflow),
        );
        const sum = opened.reduce((total, one) => total + one, solution.poolers?.serverConnections ?? 0);
        expect(sum).toBeLessThanOrEqual(tuning.maxConnections - tuning.reservedConnections - RESERVED);
        expect(tuning.worstCase).toBeLessThanOrEqual(MEMORY_SHARE * size.memoryBytes);
      },
    ),
    { numRuns: 1000, seed: 20_250_728 },
  );
  expect(solved).toBeGreaterThan(150);
});

test('poolers leave more memory to each hash table, and to a sort what it makes use of', () => {
  const size = { memoryBytes: 4 * GIB, cpuMillis: 2000, workload: PostgresWorkload.WEB };
  const sorts = (front: boolean, given?: number) => {
    const connections = ledgerOf(size, given);
    connections.enter({
      name: 'x',
      replicas: 16,
      surge: (replicas) => surgePods(replicas, 25),
      processesPerPod: 1,
      weight: 1,
      pooled: { database: 'app', user: 'app' },
    });
    if (front) connections.putPoolersInFront({ poolers: 2, clientsPerPooler: 2048 });
    const { settings } = connections.solve().tuning;
    const value = (wanted: string) => settings.find(({ name }) => name === wanted)?.value;
    return [value('work_mem'), value('hash_mem_multiplier')];
  };
  expect(sorts(false)).toEqual(['4MB', '2']);
  expect(sorts(true)).toEqual(['4MB', '9.9']);
  expect(sorts(true, 40)[0]).toBe('4MB');
});
