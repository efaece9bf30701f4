import fc from 'fast-check';
import { CachePersistence, EvictionPolicy, ValueSizes } from '../../../lib/redis/cache-engine';
import { printRedisConf } from '../../../lib/redis/configuration/redis-conf';
import { type EngineTarget, refusalOf } from '../../../lib/redis/configuration/redis-directives';
import { type CacheInput, ioThreads, placeCache, tuneCache } from '../../../lib/redis/tuning/redis-tuning';
import { GIB } from '../../../lib/units/quantity';

const input: CacheInput = {
  target: { engine: 'valkey', version: [9, 1] },
  maxMemoryBytes: GIB,
  memoryLimitBytes: 2 * GIB,
  policy: EvictionPolicy.ALLKEYS_LRU,
  persistence: CachePersistence.NONE,
  replicated: false,
  valueSizes: ValueSizes.CHANGING,
  activeDefragmentation: false,
};

const linesOf = (given: Partial<CacheInput> = {}) =>
  printRedisConf(tuneCache({ ...input, ...given }))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

test.each([
  [undefined, 1],
  [1000, 1],
  [3999, 1],
  [4000, 3],
  [64_000, 8],
])('a CPU limit of %s bears %i I/O threads', (cpuLimitMillis, threads) => {
  expect(ioThreads(cpuLimitMillis)).toBe(threads);
  expect(linesOf({ cpuLimitMillis }).filter((line) => line.startsWith('io-threads'))).toEqual(
    threads > 1 ? [`io-threads ${threads}`] : [],
  );
});

test('memory is written in bytes, which every version reads alike', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16 * 2 ** 20, max: 2 ** 40 }), (maxMemoryBytes) => {
      const lines = linesOf({ maxMemoryBytes, memoryLimitBytes: 2 * maxMemoryBytes });
      expect(lines).toContain(`maxmemory ${maxMemoryBytes}`);
      expect(lines.join('\n')).not.toMatch(/\d(\.\d+|[KMGT]i|e\+?\d)/);
    }),
  );
});

test('a client that does not read, and all of them together, are bounded', () => {
  expect(linesOf()).toEqual(
    expect.arrayContaining([
      'maxmemory-clients 107374182',
      'client-output-buffer-limit normal 53687091 26843545 30',
      'client-output-buffer-limit pubsub 26843545 6710886 60',
      'proto-max-bulk-len 26843545',
    ]),
  );
});

test('declared clients get the bounds they need, and no more may connect', () => {
  const clients = { count: 200, largestValueBytes: 1_000_000 };
  expect(linesOf({ clients })).toEqual(
    expect.arrayContaining([
      'maxclients 232',
      'maxmemory-clients 465204352',
      'client-output-buffer-limit normal 67108864 33554432 30',
      'proto-max-bulk-len 1048576',
    ]),
  );
  expect(linesOf().join('\n')).not.toContain('maxclients');
});

test('everything that can be freed in the background is', () => {
  expect(linesOf().filter((line) => line.startsWith('lazyfree-'))).toHaveLength(5);
});

test('use is counted only where the policy looks at it', () => {
  expect(linesOf().join('\n')).not.toContain('lfu-');
  const lfu = { policy: EvictionPolicy.VOLATILE_LFU, lfu: { logFactor: 20, decayMinutes: 0 } };
  expect(linesOf(lfu)).toEqual(expect.arrayContaining(['lfu-log-factor 20', 'lfu-decay-time 0']));
});

test('each way of keeping keys says all of it, so that no default of a server comes through', () => {
  const kept = (persistence: CachePersistence) =>
    linesOf({ persistence }).filter((line) => /^(save|append|stop-writes)/.test(line));
  expect(kept(CachePersistence.NONE)).toEqual(['save ""', 'appendonly no']);
  expect(kept(CachePersistence.SNAPSHOTS)).toEqual([
    'save ""',
    'save 300 1000',
    'stop-writes-on-bgsave-error no',
    'appendonly no',
  ]);
  expect(kept(CachePersistence.APPEND_ONLY)).toEqual([
    'save ""',
    'stop-writes-on-bgsave-error no',
    'appendonly yes',
    'appendfsync everysec',
  ]);
});

test('replicas are owed what is written while they are sent everything', () => {
  expect(linesOf({ replicated: true })).toEqual(
    expect.arrayContaining([
      'client-output-buffer-limit replica 234566450 0 0',
      'repl-backlog-size 117283225',
      'shutdown-timeout 10',
    ]),
  );
});

test('no target is given a directive that it does not read', () => {
  const targets: EngineTarget[] = [
    { engine: 'redis', version: [7, 0] },
    { engine: 'redis', version: [8, 6] },
    { engine: 'redis' },
    { engine: 'valkey', version: [7, 2] },
    { engine: 'valkey', version: [9, 1] },
    { engine: 'valkey' },
  ];
  const place = { port: 6379, aclFile: '/run/users.acl', directory: '/data', tlsDirectory: '/tls' };
  fc.assert(
    fc.property(
      fc.constantFrom(...targets),
      fc.constantFrom(...Object.values(EvictionPolicy).filter((policy) => !policy.endsWith('lrm'))),
      fc.constantFrom(...Object.values(CachePersistence)),
      fc.boolean(),
      fc.integer({ min: 0, max: 64_000 }),
      (target, policy, persistence, replicated, cpuLimitMillis) => {
        const directives = [
          ...placeCache(place),
          ...tuneCache({ ...input, target, policy, persistence, replicated, cpuLimitMillis }),
        ];
        expect(directives.flatMap(({ name, args }) => refusalOf(name, args, target) ?? [])).toEqual([]);
      },
    ),
  );
});

test('a directive that the target does not read is never emitted, whoever asks for it', () => {
  expect(() => tuneCache({ ...input, policy: EvictionPolicy.ALLKEYS_LRM })).toThrow(
    'maxmemory-policy allkeys-lrm is of Redis 8.6; Valkey has none',
  );
});

test('arguments that are special are quoted', () => {
  const line = (...args: string[]) => printRedisConf([{ name: 'save', args, reason: 'why' }]);
  expect(line('')).toBe('# why\nsave ""\n');
  expect(line('a b', 'c"d\\')).toBe('# why\nsave "a b" "c\\"d\\\\"\n');
});
