/** Which server a cache runs. */
export enum CacheEngine {
  /** Valkey, the BSD-licensed successor of Redis 7.2. */
  VALKEY = 'valkey',
  /** Redis. */
  REDIS = 'redis',
}

/**
 * Which keys go when the memory is full. `noeviction` is not offered: it answers writes with errors. Neither are the
 * `volatile-…` policies, which do the same as soon as the keys that are left have no time to live.
 */
export enum EvictionPolicy {
  /** The key that was used longest ago. */
  ALLKEYS_LRU = 'allkeys-lru',
  /** The key that is used least often; better when scans pass through the cache, or few keys are hot. */
  ALLKEYS_LFU = 'allkeys-lfu',
  /** Any key; the cheapest, for keys that are all used alike. */
  ALLKEYS_RANDOM = 'allkeys-random',
}
