import fc from 'fast-check';
import {
  cacheVolumeBytes,
  FILL_BYTES_PER_CPU_SECOND,
  fillBytesPerSecond,
  MANAGER_SECONDS,
} from '../../../lib/nginx/tuning/cache-disk-sizing';
import { GIB, MIB } from '../../../lib/units/quantity';

test('a CPU fills 768 MiB a second at the most, and half a CPU half of it', () => {
  expect(fillBytesPerSecond(1000)).toBe(768 * MIB);
  expect(fillBytesPerSecond(500)).toBe(384 * MIB);
});

test('a volume without a hard size has room for the cache and for ten seconds of what is filled', () => {
  expect(cacheVolumeBytes({ cacheBytes: GIB, fillBytesPerSecond: 100 * MIB, isHardVolume: false })).toBe(
    GIB + 1000 * MIB,
  );
});

test('a hard one is a quarter larger than the cache, whatever is filled', () => {
  expect(cacheVolumeBytes({ cacheBytes: GIB, fillBytesPerSecond: GIB, isHardVolume: true })).toBe(1.25 * GIB);
});

test('no rate up to the one that the volume was made for outgrows it before nginx looks', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: MIB, max: 1000 * GIB }),
      fc.integer({ min: 1, max: 64_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (cacheBytes, cpuMillis, share) => {
        const volume = cacheVolumeBytes({
          cacheBytes,
          fillBytesPerSecond: fillBytesPerSecond(cpuMillis),
          isHardVolume: false,
        });
        const filled = ((share * cpuMillis) / 1000) * FILL_BYTES_PER_CPU_SECOND * MANAGER_SECONDS;
        expect(cacheBytes + filled).toBeLessThanOrEqual(volume);
        expect(volume % MIB).toBe(0);
      },
    ),
  );
});
