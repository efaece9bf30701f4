import fc from 'fast-check';
import { readFileSync } from 'fs';
import { join } from 'path';
import { CONNECTIONS_PER_REQUEST } from '../../../lib/nginx/tuning/nginx-memory-budget';
import { type ProxyInput, tuneProxy } from '../../../lib/nginx/tuning/nginx-tuning';
import { GIB, KIB, MIB } from '../../../lib/units/quantity';

const input: ProxyInput = {
  cacheBytes: GIB,
  meanObjectBytes: 16 * KIB,
  inactiveSeconds: 3600,
  validity: [{ statuses: [200], seconds: 600 }],
  cpuMillis: 500,
  memoryLimitBytes: 512 * MIB,
  inMemory: false,
  isHardVolume: false,
  isRouter: false,
  coalesce: true,
  clientTls: false,
  originTls: false,
  limitsHeaders: true,
};

test('a worker for each CPU of the limit, at least one', () => {
  const workers = (cpuMillis: number) =>
    tuneProxy({ ...input, cpuMillis, memoryLimitBytes: 4 * GIB }).workers;
  expect([100, 1000, 1001, 8000].map(workers)).toEqual([1, 1, 2, 8]);
});

test('the zone holds the keys of a full cache, 7700 in each MiB', () => {
  expect(tuneProxy(input).keysZoneBytes).toBe(9 * MIB);
  expect(tuneProxy({ ...input, keysZoneBytes: 8 * MIB }).problems.map(({ prop }) => prop)).toEqual([
    'keysZoneSize',
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 10_000 }),
      (mebibytes, kibibytes) => {
        const tuning = tuneProxy({ ...input, cacheBytes: mebibytes * MIB, meanObjectBytes: kibibytes * KIB });
        expect((tuning.keysZoneBytes / MIB) * 7700 * kibibytes * KIB).toBeGreaterThanOrEqual(mebibytes * MIB);
      },
    ),
  );
});

test('the volume has room for what is filled while nginx does not look', () => {
  // Without a CPU limit a worker may take a CPU; with one its workers share it.
  expect(tuneProxy(input).cacheVolumeBytes).toBe(GIB + 7680 * MIB);
  expect(tuneProxy({ ...input, cpuLimitMillis: 500 }).cacheVolumeBytes).toBe(GIB + 3840 * MIB);
  expect(tuneProxy({ ...input, fillBytesPerSecond: 50 * MIB }).cacheVolumeBytes).toBe(GIB + 500 * MIB);
});

test('local disk holds the cache volume, request bodies and the logs', () => {
  const tuning = tuneProxy(input);
  expect(tuning.ephemeralBytes).toBe(tuning.cacheVolumeBytes + tuning.scratchBytes + 128 * MIB);
});

test('each connection and each open file has a descriptor', () => {
  const tuning = tuneProxy(input);
  expect(tuning.fileDescriptors).toBeGreaterThanOrEqual(2 * tuning.workerConnections + tuning.openFiles);
});

test('keys and workers that do not fit into memory are a problem', () => {
  expect(tuneProxy({ ...input, cacheBytes: 100 * GIB }).problems.map(({ prop }) => prop)).toEqual([
    'profile.memoryLimit',
  ]);
});

test('an answer that would be dropped while it is valid is a problem', () => {
  expect(tuneProxy({ ...input, inactiveSeconds: 300 }).problems[0].allowed).toContain(
    'valid for 600 s (status 200)',
  );
});

test.each<[string, Partial<ProxyInput>]>([
  ['plain HTTP', {}],
  ['routers before shards', { isRouter: true, cacheBytes: 0 }],
  ['TLS and HTTP/2', { clientTls: true }],
  ['nginx before 1.29.8', { limitsHeaders: false }],
])('visitors in 512Mi are those of the documentation: %s', (what, props) => {
  const { memory, visitors } = tuneProxy({ ...input, ...props });
  const text = readFileSync(join(__dirname, '../../../docs/constructs/nginx-caching-proxy.md'), 'utf8');
  const row = text.split('\n').find((line) => line.startsWith(`| ${what} `)) ?? '';
  const [, , counted, bears] = row.split('|').map((cell) => cell.trim());
  expect([counted, bears]).toEqual([
    `${Math.ceil((CONNECTIONS_PER_REQUEST * memory.connectionBytes) / KIB)}Ki`,
    `${visitors}`,
  ]);
});

test('large pages are sent by the kernel, small ones with their headers', () => {
  expect(tuneProxy({ ...input, meanObjectBytes: 16 * KIB }).sendfile).toBe(false);
  expect(tuneProxy({ ...input, meanObjectBytes: 200 * KIB }).sendfile).toBe(true);
});

test('a cache in memory counts as memory, and one with a hard limit is not local disk', () => {
  const inMemory = tuneProxy({ ...input, inMemory: true, isHardVolume: true });
  expect(inMemory.cacheVolumeBytes).toBe(1.25 * GIB);
  expect(inMemory.problems.map(({ prop }) => prop)).toEqual(['profile.memoryLimit']);
  expect(inMemory.problems[0].allowed).toContain('and its volume in memory (1280Mi)');
  expect(inMemory.ephemeralBytes).toBe(inMemory.scratchBytes + 128 * MIB);
});

test.each<[Partial<ProxyInput>, string | undefined]>([
  [{ visitors: 1000 }, undefined],
  [
    { visitors: 1500 },
    'a memory limit of 512Mi bears 1015 at one time; allowed: at most that, or a limit of 727Mi, or more replicas',
  ],
  [
    { visitors: 4000, memoryLimitBytes: 4 * GIB },
    '1 worker bears 1844 at one time; allowed: at most that, or a CPU limit of 3 in the profile, a worker for each, or more replicas',
  ],
])('visitors that are more than a pod bears are refused with what would bear them: %j', (props, allowed) => {
  const { problems } = tuneProxy({ ...input, ...props });
  expect(problems.map((one) => one.allowed)).toEqual(allowed === undefined ? [] : [allowed]);
});

test('a limit that a refusal names bears the visitors', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1800 }), (visitors) => {
      const [refused] = tuneProxy({ ...input, visitors, memoryLimitBytes: 128 * MIB }).problems;
      const limit = Number(/a limit of (\d+)Mi/.exec(refused?.allowed ?? '')?.[1] ?? 128) * MIB;
      expect(tuneProxy({ ...input, visitors, memoryLimitBytes: limit }).problems).toEqual([]);
    }),
  );
});
