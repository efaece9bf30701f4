/**
 * How much disk a cache takes, which is more than its `max_size`: nginx looks at the size every 10 seconds at most, and
 * nothing wakes it earlier (ngx_http_file_cache_manager), so what is filled in between lies on the volume too. A cap of
 * 50 MB was measured at 1.5 GB on disk.
 */
import { MIB, roundUpTo } from '../../units/quantity';

/** Longest time in which nginx does not look. */
export const MANAGER_SECONDS = 10;

/**
 * The most that nginx fills a cache with in a second of CPU: whatever clients ask for, an answer is read from the origin,
 * passed on by the compressor, written, copied to the volume and sent. Measured: at most 534 MiB for pages of 1 MiB that
 * are not compressed, 376 for those of 8 MiB, and less the smaller they are (22 MiB for 16 KiB); half as much again is for
 * processors that are faster.
 */
export const FILL_BYTES_PER_CPU_SECOND = 768 * MIB;

/**
 * A volume with a hard size refuses to grow, which costs nothing but the storing; a quarter more than the cache keeps that
 * rare. A proposal.
 */
const HARD_VOLUME_RATIO = 1.25;

/** What CPUs can fill a cache with, in bytes per second. */
export function fillBytesPerSecond(cpuMillis: number): number {
  return (cpuMillis / 1000) * FILL_BYTES_PER_CPU_SECOND;
}

export interface CacheDisk {
  /** `max_size`. */
  readonly cacheBytes: number;
  /** What misses write at the most. */
  readonly fillBytesPerSecond: number;
  /** Whether the volume has a hard size, as memory and a persistent volume have. */
  readonly isHardVolume: boolean;
}

/** Size of the volume, in bytes. */
export function cacheVolumeBytes({ cacheBytes, fillBytesPerSecond: fill, isHardVolume }: CacheDisk): number {
  return roundUpTo(isHardVolume ? HARD_VOLUME_RATIO * cacheBytes : outgrownBytes(cacheBytes, fill), MIB);
}

/** What a cache may have grown to before nginx looks. */
export function outgrownBytes(cacheBytes: number, fill: number): number {
  return cacheBytes + MANAGER_SECONDS * fill;
}

/**
 * How the cache manager makes room, as parameters of `proxy_cache_path`. By default it removes 100 files, then sleeps for
 * 50 ms: at most 2000 files a second, fewer than a CPU fills with small pages, and the cache grows as long as they come.
 * With these it removes as many as it can in 200 ms.
 */
export const MANAGER_PARAMETERS = [
  'manager_files=10000',
  'manager_threshold=200ms',
  'manager_sleep=50ms',
] as const;
