import fc from 'fast-check';
import {
  COMPRESSING_BUFFERS,
  connectionBytes,
  connectionsFor,
  explainNginxMemory,
  leastLimitFor,
  MAX_CONNECTIONS,
  MIN_CONNECTIONS,
  NGINX_DEFAULT_BUFFERS,
  NGINX_MEMORY_SHARE,
  type NginxBuffers,
  nginxWorstCaseBytes,
  PROXY_BUFFERS,
  type RequestKind,
  spareConnectionBytes,
} from '../../../lib/nginx/tuning/nginx-memory-budget';
import { type ProxyInput, tuneProxy } from '../../../lib/nginx/tuning/nginx-tuning';
import { GIB, KIB, MIB } from '../../../lib/units/quantity';

const proxied: RequestKind = {
  buffers: PROXY_BUFFERS,
  asks: true,
  caches: false,
  renews: false,
  readsFiles: false,
  packs: false,
  unpacks: false,
  clientTls: false,
  http2: false,
  originTls: false,
};
const cached: RequestKind = { ...proxied, caches: true, readsFiles: true };

const pool = fc.record({
  count: fc.integer({ min: 1, max: 64 }),
  size: fc.integer({ min: 1, max: 64 * KIB }),
});
const size = fc.integer({ min: 1, max: 64 * KIB });
const buffers: fc.Arbitrary<NginxBuffers> = fc.record({
  clientHeader: size,
  largeClientHeaders: pool,
  headerLines: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
  clientBody: size,
  answerHeader: size,
  proxy: pool,
  output: pool,
  gunzip: pool,
  gzip: pool,
  gzipWindow: size,
  gzipHash: size,
  http2Streams: fc.integer({ min: 1, max: 128 }),
  http2Body: size,
});
const kind: fc.Arbitrary<RequestKind> = fc.record({
  buffers,
  asks: fc.boolean(),
  caches: fc.boolean(),
  renews: fc.boolean(),
  readsFiles: fc.boolean(),
  packs: fc.boolean(),
  unpacks: fc.boolean(),
  clientTls: fc.boolean(),
  http2: fc.boolean(),
  originTls: fc.boolean(),
});

/** Props of any proxy, with a memory limit from too little to plenty. */
const input: fc.Arbitrary<ProxyInput> = fc.record({
  cacheBytes: fc.integer({ min: 1, max: 100_000 }).map((mebibytes) => mebibytes * MIB),
  meanObjectBytes: fc.integer({ min: 1, max: 10_000 }).map((kibibytes) => kibibytes * KIB),
  inactiveSeconds: fc.constant(3600),
  validity: fc.constant([]),
  cpuMillis: fc.integer({ min: 10, max: 32_000 }),
  memoryLimitBytes: fc.integer({ min: 16, max: 64 * 1024 }).map((mebibytes) => mebibytes * MIB),
  inMemory: fc.boolean(),
  isHardVolume: fc.boolean(),
  isRouter: fc.boolean(),
  coalesce: fc.boolean(),
  clientTls: fc.boolean(),
  originTls: fc.boolean(),
  limitsHeaders: fc.boolean(),
});

describe('laws', () => {
  test('whatever is not refused fits the limit at its worst', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { memory, problems } = tuneProxy(given);
        const refused = problems.some(({ prop }) => prop === 'profile.memoryLimit');
        expect(nginxWorstCaseBytes(memory) <= NGINX_MEMORY_SHARE * given.memoryLimitBytes).toBe(!refused);
      }),
    );
  });

  test('connections lie between the least and the most, and kept ones leave room for others', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { workerConnections, keptConnections, memory } = tuneProxy(given);
        expect(workerConnections).toBe(memory.connections);
        const busy = workerConnections - memory.spare;
        expect(busy).toBeGreaterThanOrEqual(MIN_CONNECTIONS);
        expect(busy).toBeLessThanOrEqual(MAX_CONNECTIONS);
        expect(keptConnections).toBeGreaterThan(0);
        expect(2 * keptConnections).toBeLessThanOrEqual(workerConnections / 4);
      }),
    );
  });

  test('more memory never means fewer connections', () => {
    fc.assert(
      fc.property(input, fc.integer({ min: 0, max: 16 * GIB }), (given, more) => {
        const [less, larger] = [0, more].map((extra) =>
          tuneProxy({ ...given, memoryLimitBytes: given.memoryLimitBytes + extra }),
        );
        expect(larger.workerConnections).toBeGreaterThanOrEqual(less.workerConnections);
        expect(larger.problems.length).toBeLessThanOrEqual(less.problems.length);
      }),
    );
  });

  test('the limit that a refusal asks for is not refused', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { memory } = tuneProxy(given);
        const limit = Math.ceil(leastLimitFor(memory));
        expect(connectionsFor(limit, memory)).toBeGreaterThanOrEqual(MIN_CONNECTIONS);
        expect(connectionsFor(limit - MIB, memory)).toBeLessThan(MIN_CONNECTIONS);
      }),
    );
  });

  test('nothing that a request does more makes a connection smaller', () => {
    fc.assert(
      fc.property(kind, (one) => {
        for (const more of ['renews', 'readsFiles', 'packs', 'unpacks', 'clientTls', 'originTls'] as const)
          expect(connectionBytes({ ...one, [more]: true })).toBeGreaterThanOrEqual(
            connectionBytes({ ...one, [more]: false }),
          );
      }),
    );
  });
});

test('a hit has one connection, what is asked of somebody else two', () => {
  const bytes = connectionBytes(proxied) - 4 * KIB;
  const headers = 17 * KIB;
  // The request, what is asked and its body, and the answer.
  expect(bytes).toBe(
    (12 * KIB + 2 * headers + 100 * 72 + 16 * KIB + headers + 16 * KIB + 16 * KIB + 64 * KIB) / 2,
  );
  expect(connectionBytes(cached) - 4 * KIB).toBe(
    12 * KIB + 2 * headers + 100 * 72 + 16 * KIB + 16 * KIB + 32 * KIB,
  );
});

test('a client of HTTP/2 holds as many requests as it may have under way', () => {
  const secure = { ...cached, clientTls: true };
  const once = connectionBytes({ ...secure, http2: true, buffers: { ...PROXY_BUFFERS, http2Streams: 1 } });
  const eight = connectionBytes({ ...secure, http2: true });
  expect(eight).toBeGreaterThan(7 * (once - 128 * KIB));
  expect(once).toBeGreaterThan(connectionBytes(secure));
});

test('without a bound for their lines, headers hold ten times their bytes', () => {
  const unbounded = { ...PROXY_BUFFERS, headerLines: undefined };
  expect(connectionBytes({ ...cached, buffers: unbounded }) - connectionBytes(cached)).toBe(
    (Math.floor((17 * KIB) / 3) - 100) * 72,
  );
});

test('compressing with our buffers takes little more than a hit, with those of nginx itself much more', () => {
  const packed = { ...proxied, packs: true };
  const hit = connectionBytes(cached);
  expect(connectionBytes({ ...packed, buffers: COMPRESSING_BUFFERS })).toBeLessThan(1.4 * hit);
  expect(connectionBytes({ ...packed, buffers: NGINX_DEFAULT_BUFFERS })).toBeGreaterThan(2 * hit);
});

test('a connection whose request is not read yet holds a third of one that is answered', () => {
  expect(3 * spareConnectionBytes(cached)).toBeLessThan(connectionBytes(cached) + 4 * KIB);
});

test('the sum is told with its parts', () => {
  expect(
    explainNginxMemory({
      workers: 2,
      connections: 1000,
      connectionBytes: 256 * KIB,
      spare: 200,
      spareBytes: 40 * KIB,
      openFiles: 10_000,
      zoneBytes: 9 * MIB,
      volumeBytes: 20 * MIB,
    }),
  ).toBe(
    'shared zones 9MiB + volumes in memory 20MiB + 16MiB for master and cache manager + 2 workers x (32MiB + 800 connections x 256KiB + 200 x 40KiB)',
  );
});
