/**
 * `maxmemory` from the memory of the container, or the other way round.
 *
 * `maxmemory` counts keys, values and what clients are sent. What the process needs on top, measured at the eviction
 * limit (reference: caching.md §6): a tenth for fragmentation, a tenth for what clients hold before keys have made room
 * for it (bounded by `maxmemory-clients`), 48 MiB for the process, and with snapshots, an append-only file or replicas
 * seven tenths for the pages that are copied while a fork writes. With replicas it also keeps what they have not read,
 * which `maxmemory` does not count. A limit equal to `maxmemory` has the kernel kill the cache before it evicts.
 */
import { GIB, MIB, roundUpTo } from '../units/quantity';
import { CachePersistence } from './cache-engine';

/** What makes a cache need more than its keys. */
export interface MemoryMode {
  readonly persistence: CachePersistence;
  /** Whether other servers replicate it. */
  readonly replicated: boolean;
}

/** The smallest `maxmemory` that is offered. */
export const LEAST_MAX_MEMORY = 16 * MIB;

const FRAGMENTATION = 0.1;
const CLIENTS = 0.1;
const COPY_ON_WRITE = 0.7;
const REPLICATION = { buffers: 0.1, backlog: 0.05 } as const;
const PROCESS_BYTES = 48 * MIB;

/** Part of the limit for keys and values: cloud vendors say 75 %, less for small ones, half where it forks. */
const SHARE = { ample: 0.75, small: 0.65, forking: 0.5 } as const;
const SMALL_LIMIT = 512 * MIB;

export function forks({ persistence, replicated }: MemoryMode): boolean {
  return replicated || persistence !== CachePersistence.NONE;
}

/** Largest `maxmemory` that a container with this memory limit bears, in bytes; 0 when it is too small for any. */
export function maxMemoryFor(limitBytes: number, mode: MemoryMode): number {
  const share = forks(mode) ? SHARE.forking : limitBytes >= SMALL_LIMIT ? SHARE.ample : SHARE.small;
  const byNeed = (limitBytes - PROCESS_BYTES) / needPerByte(mode);
  return Math.max(0, Math.floor(Math.min(share * limitBytes, byNeed)));
}

/** Smallest memory limit that bears this `maxmemory`, in whole 16 MiB. */
export function memoryLimitFor(maxMemoryBytes: number, mode: MemoryMode): number {
  const need = maxMemoryBytes * needPerByte(mode) + PROCESS_BYTES;
  const at = (share: number) => roundUpTo(Math.max(need, maxMemoryBytes / share), 16 * MIB);
  if (forks(mode)) return at(SHARE.forking);
  return at(SHARE.ample) >= SMALL_LIMIT ? at(SHARE.ample) : at(SHARE.small);
}

function needPerByte(mode: MemoryMode): number {
  const replication = mode.replicated ? REPLICATION.buffers + REPLICATION.backlog : 0;
  return 1 + FRAGMENTATION + CLIENTS + replication + (forks(mode) ? COPY_ON_WRITE : 0);
}

/** Bounds of what clients may hold, in bytes. */
export interface ClientBounds {
  /** All clients together: `maxmemory-clients`. */
  readonly all: number;
  /** What one client has not read: at once, and for half a minute. */
  readonly output: { readonly hard: number; readonly soft: number };
  /** The same for subscribers, who may fall behind more easily. */
  readonly pubsub: { readonly hard: number; readonly soft: number };
  /** The largest value, key or argument. */
  readonly argument: number;
}

/** Below these a client could not even be told of a value of a megabyte, the least that the servers can bound. */
const LEAST_CLIENTS = 8 * MIB;
const MOST_OUTPUT = 64 * MIB;

/**
 * What one client may hold is half of what all may at most, and an argument half of that: a value is held once as it
 * comes in and once as it goes out. One argument of the default bound of 512 MiB would have the kernel kill the cache.
 */
export function clientBounds(maxMemoryBytes: number): ClientBounds {
  const all = Math.max(LEAST_CLIENTS, Math.floor(CLIENTS * maxMemoryBytes));
  const hard = Math.min(MOST_OUTPUT, Math.floor(all / 2));
  return {
    all,
    output: { hard, soft: Math.floor(hard / 2) },
    pubsub: { hard: Math.floor(hard / 2), soft: Math.floor(hard / 8) },
    argument: Math.floor(hard / 2),
  };
}

/** What replicas have not read, and what is kept for one that comes back, in bytes. */
export function replicationBounds(maxMemoryBytes: number): {
  readonly output: number;
  readonly backlog: number;
} {
  return {
    output: Math.floor(REPLICATION.buffers * maxMemoryBytes),
    backlog: Math.floor(REPLICATION.backlog * maxMemoryBytes),
  };
}

/** Files on the volume at one time: a snapshot beside the next; an append-only file of twice the data beside the next. */
const COPIES = { [CachePersistence.SNAPSHOTS]: 2, [CachePersistence.APPEND_ONLY]: 3 } as const;

/** Size of the volume of a persistent cache, in whole GiB. */
export function volumeFor(
  maxMemoryBytes: number,
  persistence: CachePersistence.SNAPSHOTS | CachePersistence.APPEND_ONLY,
): number {
  return roundUpTo(COPIES[persistence] * maxMemoryBytes, GIB);
}

/** What a cluster's usual volume writes in a second. A proposal: the throughput that AWS gives the smallest gp3 is 125 MB/s. */
const DISK_BYTES_PER_SECOND = 100 * MIB;
/** Time to close connections, and to write what the append-only file still lacks. */
const LEAST_SHUTDOWN_SECONDS = 25;

/** Time that a server needs to stop: one with snapshots writes a last one. */
export function shutdownSeconds(maxMemoryBytes: number, persistence: CachePersistence): number {
  const snapshot = persistence === CachePersistence.SNAPSHOTS ? maxMemoryBytes / DISK_BYTES_PER_SECOND : 0;
  return LEAST_SHUTDOWN_SECONDS + Math.ceil(snapshot);
}
