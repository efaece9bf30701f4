import fc from 'fast-check';
import { EvictionPolicy } from '../../lib/redis/cache-engine';
import { printRedisConf } from '../../lib/redis/redis-conf-emitter';
import { maxMemoryFor, memoryLimitFor, tuneCache } from '../../lib/redis/redis-tuning';
import { GIB, MIB } from '../../lib/units/quantity';

test.each([
  ['2Gi', 2 * GIB, false, 1_610_612_736],
  ['512Mi', 512 * MIB, false, 384 * MIB],
  ['2Gi, persistent', 2 * GIB, true, GIB],
  ['32Mi', 32 * MIB, false, 0],
])('a container of %s bears maxmemory %#', (_, limit, persistent, bytes) => {
  expect(maxMemoryFor(limit, persistent)).toBe(bytes);
});

test('the limit for a maxmemory bears it, with what was measured on top, and is never equal to it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16, max: 1_000_000 }), fc.boolean(), (mebibytes, persistent) => {
      const wanted = mebibytes * MIB;
      const limit = memoryLimitFor(wanted, persistent);
      expect(maxMemoryFor(limit, persistent)).toBeGreaterThanOrEqual(wanted);
      expect(limit).toBeGreaterThanOrEqual(1.2 * wanted + 48 * MIB + (persistent ? 0.7 * wanted : 0));
      expect(limit % (16 * MIB)).toBe(0);
    }),
    { numRuns: 10_000 },
  );
});

test('a larger container never holds less', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.nat(100_000),
      fc.boolean(),
      (mebibytes, more, persistent) => {
        expect(maxMemoryFor((mebibytes + more) * MIB, persistent)).toBeGreaterThanOrEqual(
          maxMemoryFor(mebibytes * MIB, persistent),
        );
      },
    ),
    { numRuns: 10_000 },
  );
});

const input = {
  maxMemoryBytes: GIB,
  memoryLimitBytes: 2 * GIB,
  policy: EvictionPolicy.ALLKEYS_LRU,
  persistent: false,
  aclFile: '/run/cache/users.acl',
  directory: '/data',
  port: 6379,
};

test('I/O threads only where there are CPUs for them', () => {
  const threads = (cpuLimitMillis?: number) =>
    tuneCache({ ...input, cpuLimitMillis }).find(({ name }) => name === 'io-threads')?.args;
  expect([threads(undefined), threads(1000), threads(3999)]).toEqual([undefined, undefined, undefined]);
  expect([threads(4000), threads(64_000)]).toEqual([[3], [8]]);
});

test('maxmemory is written in bytes, which every version reads alike', () => {
  expect(printRedisConf(tuneCache(input))).toContain('\nmaxmemory 1073741824\n');
});

test('arguments that are special are quoted', () => {
  const line = (...args: string[]) => printRedisConf([{ name: 'save', args, reason: 'why' }]);
  expect(line('')).toBe('# why\nsave ""\n');
  expect(line('a b', 'c"d\\')).toBe('# why\nsave "a b" "c\\"d\\\\"\n');
});
