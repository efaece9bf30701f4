/** Caches whose values change their size, in a memory cgroup of their container's limit: all declarations, both engines. */
import { Size } from 'cdk8s';
import { CacheEngine, CachePersistence, type CacheRedisProps } from 'cdk8s-tuned';
import { describeUnless } from '../support/skip';
import { expectChangesSurvived, expectChangesToKill } from './cache-memory';
import { scratchDirectory } from './harness';
import { MemoryLimit } from './memory-limit';

const bounded = describeUnless(MemoryLimit.reason());

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

bounded.each([CacheEngine.VALKEY, CacheEngine.REDIS])('%s in the memory of its container', (engine) => {
  test.each<[string, CacheRedisProps, readonly number[]]>([
    ['64 bytes, then 300 KB, then 256 bytes', { memory: Size.mebibytes(512) }, [64, 300_000, 256]],
    [
      '64 bytes, then 4 MB; 4 KB, then 1 MB',
      { maxMemory: Size.mebibytes(64), clients: 2, largestValue: Size.mebibytes(4) },
      [64, 4_000_000, 4096, 1_000_000],
    ],
    [
      'with an append-only file that is rewritten meanwhile',
      { maxMemory: Size.mebibytes(64), persistence: CachePersistence.APPEND_ONLY },
      [64, 100_000, 256, 300_000],
    ],
  ])('is not killed when the sizes of values change: %s', (name, props, sizes) =>
    expectChangesSurvived(scratch, { engine, name, props, sizes }),
  );

  test('is killed when they change where they were said to be steady', () =>
    expectChangesToKill(scratch, engine));
});
