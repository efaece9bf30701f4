/** Which server a cache runs. */
export enum CacheEngine {
  /** Valkey, the BSD-licensed successor of Redis 7.2. */
  VALKEY = 'valkey',
  /** Redis. */
  REDIS = 'redis',
}

/**
 * Which keys go when the memory is full. `noeviction` is not offered: it answers writes with errors.
 *
 * The `volatile-…` policies evict keys with a time to live only, and answer writes with errors as soon as the keys that
 * are left have none: they need `ttlGuarantee`. The `…-lrm` policies need Redis 8.6.
 */
export enum EvictionPolicy {
  /** The key that was used longest ago. */
  ALLKEYS_LRU = 'allkeys-lru',
  /** The key that is used least often; better when scans pass through the cache, or few keys are hot. */
  ALLKEYS_LFU = 'allkeys-lfu',
  /** The key that was written longest ago, however often it is read. Redis 8.6. */
  ALLKEYS_LRM = 'allkeys-lrm',
  /** Any key; the cheapest, for keys that are all used alike. */
  ALLKEYS_RANDOM = 'allkeys-random',
  /** Of the keys with a time to live, the one that was used longest ago. */
  VOLATILE_LRU = 'volatile-lru',
  /** Of the keys with a time to live, the one that is used least often. */
  VOLATILE_LFU = 'volatile-lfu',
  /** Of the keys with a time to live, the one that was written longest ago. Redis 8.6. */
  VOLATILE_LRM = 'volatile-lrm',
  /** Of the keys with a time to live, any. */
  VOLATILE_RANDOM = 'volatile-random',
  /** The key that would expire next. */
  VOLATILE_TTL = 'volatile-ttl',
}

/**
 * What is left of a cache after a restart. Both ways of writing it down fork the process, and pages that change meanwhile
 * are held twice, measured at 70 % of `maxMemory`: the same `maxMemory` needs a container of more than twice its size.
 */
export enum CachePersistence {
  /** Nothing: it starts empty, and is filled again from its source. */
  NONE = 'none',
  /**
   * The last snapshot, at most about five minutes old under load. Writes were measured at 0.97 of the rate without, at
   * 0.86 while a snapshot is written.
   */
  SNAPSHOTS = 'snapshots',
  /** All but the last second, in an append-only file. Writes were measured at 0.68 to 0.78 of the rate, with three times the p99. */
  APPEND_ONLY = 'append-only',
}

/**
 * Whether the sizes of values stay as they are. An allocator cannot give the places of values that are evicted here and
 * there to values of another size, before hardly any of the old ones is left.
 */
export enum ValueSizes {
  /**
   * Other sizes may come at any time, such as pages after counters, or after a release. For that moment the process was
   * measured at up to 1.9 times `maxMemory`, whether from 64 bytes to 256 or to 4 MB, and the container is sized for it.
   */
  CHANGING = 'changing',
  /**
   * Small and large come in the same proportion all the time. The process was measured at 1.1 times `maxMemory`. When
   * sizes do change, the kernel may kill the cache, which then starts empty.
   */
  STEADY = 'steady',
}
