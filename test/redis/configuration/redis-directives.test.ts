import {
  canDefragment,
  type EngineTarget,
  isAtLeast,
  parseVersion,
  refusalOf,
  targetOfImage,
} from '../../../lib/redis/configuration/redis-directives';

const REDIS_7: EngineTarget = { engine: 'redis', version: [7, 0] };
const REDIS_8: EngineTarget = { engine: 'redis', version: [8, 6] };
const VALKEY_8: EngineTarget = { engine: 'valkey', version: [8, 0] };
const VALKEY_9: EngineTarget = { engine: 'valkey', version: [9, 1] };

test.each<[string, string[], EngineTarget, string]>([
  ['maxmemory', ['768Mi'], REDIS_7, 'maxmemory 768Mi is no size'],
  ['maxmemory', ['0.5gb'], VALKEY_9, 'maxmemory 0.5gb is no size'],
  ['maxmemory', ['75%'], REDIS_8, 'maxmemory 75% is no size'],
  ['maxmemory', ['1e9'], REDIS_8, 'maxmemory 1e9 is no size'],
  ['maxmemory-clients', ['10Mi'], VALKEY_8, 'neither a size nor a percentage'],
  ['maxmemory-policy', ['allkeys-lrm'], REDIS_7, 'came with Redis 8.6; this is Redis 7.0'],
  ['maxmemory-policy', ['allkeys-lrm'], { engine: 'redis' }, 'this is a Redis of unknown version'],
  ['maxmemory-policy', ['allkeys-lrm'], VALKEY_9, 'is of Redis 8.6; Valkey has none'],
  ['maxmemory-policy', ['lru'], VALKEY_9, 'maxmemory-policy lru is none'],
  ['commandlog-reply-larger-than', ['1'], VALKEY_8, 'came with Valkey 8.1; this is Valkey 8.0'],
  ['commandlog-reply-larger-than', ['1'], REDIS_8, 'is of Valkey 8.1; Redis has none'],
  ['prefetch-batch-max-size', ['16'], REDIS_8, 'prefetch-batch-max-size is a directive of Valkey'],
  ['maxmemroy', ['1gb'], REDIS_7, 'Redis 7.0 knows no directive maxmemroy'],
  ['constructor', ['1'], REDIS_7, 'Redis 7.0 knows no directive constructor'],
])('%s %j is refused for %j', (name, args, target, reason) => {
  expect(refusalOf(name, args, target)).toContain(reason);
});

test.each<[string, Array<string | number>, EngineTarget]>([
  ['maxmemory', [1_610_612_736], REDIS_7],
  ['maxmemory', ['512mb'], VALKEY_8],
  ['maxmemory-clients', ['10%'], REDIS_7],
  ['maxmemory-policy', ['allkeys-lrm'], REDIS_8],
  ['commandlog-reply-larger-than', ['1'], VALKEY_9],
  ['hide-user-data-from-log', ['yes'], VALKEY_8],
  // A name that came after what was measured may be good there.
  ['some-new-directive', ['1'], VALKEY_9],
  ['some-new-directive', ['1'], { engine: 'redis' }],
])('%s %j is good for %j', (name, args, target) => {
  expect(refusalOf(name, args, target)).toBeUndefined();
});

test.each([
  ['docker.io/valkey/valkey:9.1.1', 'valkey', [9, 1]],
  ['docker.io/library/redis:8.2.1', 'redis', [8, 2]],
  ['quay.io/opstree/redis:v8.6.2', 'redis', [8, 6]],
  ['redis:7', 'redis', [7, 0]],
  ['registry.example.com:5000/redis:8.0-bookworm', 'redis', [8, 0]],
  [`valkey/valkey@sha256:${'0'.repeat(64)}`, 'valkey', undefined],
  ['valkey/valkey:latest', 'valkey', undefined],
  ['registry.example.com/cache:1.0', undefined, [1, 0]],
])('%s tells %s %j', (image, engine, version) => {
  expect(targetOfImage(image)).toEqual({ engine, version });
});

test('versions are ordered by their numbers', () => {
  expect(isAtLeast([8, 10], [8, 6])).toBe(true);
  expect(isAtLeast([8, 5], [8, 6])).toBe(false);
  expect(isAtLeast([10, 0], [8, 6])).toBe(true);
  expect(parseVersion('8.1.3')).toEqual([8, 1]);
  expect(['stable', '', '8.x', '٨'].map(parseVersion)).toEqual([undefined, undefined, undefined, undefined]);
});

test('the allocator that defragmentation needs is known of the official images only', () => {
  expect(['redis:8', 'docker.io/library/redis:8', 'docker.io/valkey/valkey:9'].map(canDefragment)).toEqual([
    true,
    true,
    true,
  ]);
  expect(['registry.example.com/redis:8', 'bitnami/redis:8'].map(canDefragment)).toEqual([false, false]);
});
