/** What a consumer uses a cache for. */
export enum CacheRole {
  /** Values that can be made again: any of them may be evicted at any time. */
  CACHE = 'cache',
  /** Jobs or messages that must not be lost, such as those of Sidekiq, Celery or BullMQ. A cache refuses it. */
  QUEUE = 'queue',
}
