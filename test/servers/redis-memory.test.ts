/**
 * Caches in a memory cgroup of their container's limit, filled past `maxmemory` with values that are hard on an
 * allocator, while clients misbehave in every way that costs memory. What we emit evicts, is never killed, and never
 * errs to a client that behaves; the guide's setting is killed. `redis-memory.exhaustive.ts` does all of it on both engines.
 */
import { Size } from 'cdk8s';
import { CacheEngine, CachePersistence, ValueSizes } from 'cdk8s-tuned';
import { describeUnless } from '../support/skip';
import {
  expectChangesSurvived,
  expectChangesToKill,
  expectEviction,
  expectGuideToBeKilled,
} from './cache-memory';
import { scratchDirectory } from './harness';
import { MemoryLimit } from './memory-limit';

const bounded = describeUnless(MemoryLimit.reason());

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

bounded.each([CacheEngine.VALKEY, CacheEngine.REDIS])('%s in the memory of its container', (engine) => {
  test.each([
    // From 512Mi on the share for keys is at its largest, and what is left for everything else at its least.
    ['three quarters of a container', { memory: Size.mebibytes(512), valueSizes: ValueSizes.STEADY }, 2],
    ['a small container', { maxMemory: Size.mebibytes(64), valueSizes: ValueSizes.STEADY }, 4],
    ['the smallest container', { maxMemory: Size.mebibytes(16), valueSizes: ValueSizes.STEADY }, 4],
  ])('evicts, is never killed, and never errs to a client that behaves: %s', (name, props, times) =>
    expectEviction(scratch, { engine, name, props, times }),
  );

  test("the guide's setting, maxmemory as large as the container, is killed by a plain fill", () =>
    expectGuideToBeKilled(scratch, engine));
});

bounded('a cache whose values change their size', () => {
  test('is not killed: 64 bytes, then 300 KB, then 256 bytes', () =>
    expectChangesSurvived(scratch, {
      engine: CacheEngine.VALKEY,
      name: 'three sizes',
      props: { maxMemory: Size.mebibytes(64) },
      sizes: [64, 300_000, 256],
    }));

  test('is not killed with an append-only file that is rewritten meanwhile', () =>
    expectChangesSurvived(scratch, {
      engine: CacheEngine.REDIS,
      name: 'append-only file',
      props: { maxMemory: Size.mebibytes(64), persistence: CachePersistence.APPEND_ONLY },
      sizes: [64, 300_000],
    }));

  test('is killed where they were said to be steady', () => expectChangesToKill(scratch, CacheEngine.VALKEY));
});
