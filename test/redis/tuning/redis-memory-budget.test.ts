import fc from 'fast-check';
import { CachePersistence, ValueSizes } from '../../../lib/redis/cache-engine';
import {
  clientBounds,
  clientBytes,
  forks,
  leastMaxMemoryFor,
  maxMemoryFor,
  memoryLimitFor,
  type MemoryMode,
  OWN_CONNECTIONS,
  replicationBounds,
  shutdownSeconds,
  volumeFor,
} from '../../../lib/redis/tuning/redis-memory-budget';
import { GIB, KIB, MIB } from '../../../lib/units/quantity';

const NONE: MemoryMode = {
  persistence: CachePersistence.NONE,
  replicated: false,
  valueSizes: ValueSizes.STEADY,
};
const CHANGING: MemoryMode = { ...NONE, valueSizes: ValueSizes.CHANGING };
const AOF: MemoryMode = { ...NONE, persistence: CachePersistence.APPEND_ONLY };
const SNAPSHOTS: MemoryMode = { ...NONE, persistence: CachePersistence.SNAPSHOTS };
const REPLICAS: MemoryMode = { ...NONE, replicated: true };

const modes = fc.constantFrom(NONE, CHANGING, AOF, SNAPSHOTS, REPLICAS);
const mebibytes = fc.integer({ min: 16, max: 1_000_000 });

test.each([
  ['2Gi', 2 * GIB, NONE, 1_610_612_736],
  ['512Mi', 512 * MIB, NONE, 384 * MIB],
  ['256Mi', 256 * MIB, NONE, 174_483_046],
  ['2Gi, append-only', 2 * GIB, AOF, GIB],
  ['2Gi, snapshots', 2 * GIB, SNAPSHOTS, GIB],
  ['2Gi, changing sizes', 2 * GIB, CHANGING, 1000 * MIB],
  ['512Mi, changing sizes', 512 * MIB, CHANGING, 232 * MIB],
  [
    '2Gi, changing sizes and snapshots',
    2 * GIB,
    { ...SNAPSHOTS, ...CHANGING, persistence: CachePersistence.SNAPSHOTS },
    776_722_962,
  ],
  ['32Mi', 32 * MIB, NONE, 0],
])('a container of %s bears maxmemory %#', (_, limit, mode, bytes) => {
  expect(maxMemoryFor(limit, mode)).toBe(bytes);
});

test('replicas need room for what they have not read yet, on top of the fork', () => {
  expect(maxMemoryFor(2 * GIB, REPLICAS)).toBeLessThan(maxMemoryFor(2 * GIB, AOF));
  expect([NONE, AOF, SNAPSHOTS, REPLICAS].map(forks)).toEqual([false, true, true, true]);
});

test('the limit for a maxmemory bears it, with what was measured on top, and is never equal to it', () => {
  fc.assert(
    fc.property(mebibytes, modes, (amount, mode) => {
      const wanted = amount * MIB;
      const limit = memoryLimitFor(wanted, mode);
      expect(maxMemoryFor(limit, mode)).toBeGreaterThanOrEqual(wanted);
      const holes = mode.valueSizes === ValueSizes.CHANGING ? 0.9 : 0.1;
      expect(limit).toBeGreaterThanOrEqual(
        (1.1 + holes) * wanted + 48 * MIB + (forks(mode) ? 0.7 * wanted : 0),
      );
      expect(limit % (16 * MIB)).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

test('a larger container never holds less, and a mode that forks never more', () => {
  fc.assert(
    fc.property(mebibytes, fc.nat(100_000), modes, (amount, more, mode) => {
      const less = maxMemoryFor(amount * MIB, mode);
      expect(maxMemoryFor((amount + more) * MIB, mode)).toBeGreaterThanOrEqual(less);
      expect(less).toBeLessThanOrEqual(maxMemoryFor(amount * MIB, NONE));
    }),
    { numRuns: 2000 },
  );
});

test('what clients may hold fits the room that the limit leaves for it, and one client never has all of it', () => {
  fc.assert(
    fc.property(mebibytes, (amount) => {
      const { all, output, pubsub, argument } = clientBounds(amount * MIB);
      const room = memoryLimitFor(amount * MIB, NONE) - 1.1 * amount * MIB;
      expect(all).toBeLessThan(room);
      expect(2 * output.hard).toBeLessThanOrEqual(all);
      expect(2 * argument).toBeLessThanOrEqual(output.hard);
      expect(argument).toBeGreaterThanOrEqual(MIB);
      expect(output.soft).toBeLessThan(output.hard);
      expect(pubsub.hard).toBeLessThanOrEqual(output.hard);
      for (const bytes of [all, output.hard, output.soft, pubsub.hard, pubsub.soft, argument])
        expect(Number.isSafeInteger(bytes)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

const loads = fc.record({
  count: fc.integer({ min: 1, max: 50_000 }),
  largestValueBytes: fc.integer({ min: KIB, max: 512 * MIB }),
});

test('declared clients have room for what each sends and is sent, and one may always hold the largest value', () => {
  fc.assert(
    fc.property(loads, mebibytes, (load, amount) => {
      const { all, output, argument } = clientBounds(amount * MIB, load);
      expect(all).toBe(clientBytes(load));
      expect(all).toBeGreaterThanOrEqual(load.count * (2.25 * load.largestValueBytes + 54 * KIB));
      expect(output.soft).toBeGreaterThan(load.largestValueBytes);
      expect(output.hard).toBeGreaterThanOrEqual(output.soft);
      expect(argument).toBeGreaterThanOrEqual(load.largestValueBytes);
      expect(leastMaxMemoryFor(load)).toBeGreaterThan(all);
    }),
    { numRuns: 2000 },
  );
  expect(clientBytes({ count: 1000 - OWN_CONNECTIONS, largestValueBytes: 0 })).toBe(64_000 * KIB);
});

test('what clients may hold is in the sum, once', () => {
  const clients = { count: 2000, largestValueBytes: 100_000 };
  const more = maxMemoryFor(2 * GIB, CHANGING) - maxMemoryFor(2 * GIB, { ...CHANGING, clients });
  expect(more).toBeGreaterThan(0);
  const steady = memoryLimitFor(GIB, { ...NONE, clients });
  expect(steady - (1.1 * GIB + 48 * MIB + clientBytes(clients))).toBeLessThan(16 * MIB);
});

test('what is written while a replica is sent everything is in the sum, and grows with the rate', () => {
  const at = (writeBytesPerSecond?: number) => ({ ...REPLICAS, writeBytesPerSecond });
  // Measured: 334 MiB while 384 MiB were sent, at 37 MiB a second.
  expect(replicationBounds(384 * MIB, at(37 * MIB)).output).toBeGreaterThan(1.25 * 334 * MIB);
  fc.assert(
    fc.property(mebibytes, fc.integer({ min: KIB, max: 50 * MIB }), (amount, rate) => {
      const bytes = amount * MIB;
      const { output, backlog } = replicationBounds(bytes, at(rate));
      expect(memoryLimitFor(bytes, at(rate))).toBeGreaterThanOrEqual(1.9 * bytes + 48 * MIB + output);
      expect(backlog).toBeGreaterThanOrEqual(MIB);
      expect(replicationBounds(bytes, at(2 * rate)).output).toBeGreaterThan(output);
    }),
    { numRuns: 2000 },
  );
  expect(replicationBounds(GIB, at())).toEqual(replicationBounds(GIB, at(5 * MIB)));
});

test('a volume holds the file and the one that is written beside it', () => {
  expect(volumeFor(GIB, CachePersistence.SNAPSHOTS)).toBe(2 * GIB);
  expect(volumeFor(GIB, CachePersistence.APPEND_ONLY)).toBe(3 * GIB);
  expect(volumeFor(100 * MIB, CachePersistence.SNAPSHOTS)).toBe(GIB);
});

test('a server with snapshots has time to write the last one', () => {
  expect(shutdownSeconds(10_000 * MIB, CachePersistence.SNAPSHOTS)).toBe(125);
  expect(shutdownSeconds(10_000 * MIB, CachePersistence.NONE)).toBe(25);
});
