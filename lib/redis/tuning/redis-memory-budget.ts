/**
 * `maxmemory` from the memory of the container, or the other way round.
 *
 * `maxmemory` counts keys, values and what clients are sent. What the process needs on top was measured at the eviction limit
 * (`npm run bench:redis-memory`), and is tried in a memory cgroup (test/servers/redis-memory.test.ts):
 *
 * - Places that were freed and cannot be used yet. An allocator gives a page back once all that is on it is freed, and
 *   eviction frees values all over. When other sizes come than those that go, hardly any page is free until most old
 *   values are gone: 1.8 to 1.9 of `maxmemory`, also from 64 to 256 bytes, never twice. While sizes stay as they are, 1.1.
 * - What clients hold before keys have made room for it: bounded by `maxmemory-clients`.
 * - With snapshots, an append-only file or replicas, seven tenths for the pages that are copied while a fork writes.
 * - With replicas, what they have not read of what is written meanwhile, which `maxmemory` does not count.
 * - 48 MiB for the process.
 */
import { GIB, KIB, MIB, roundUpTo } from '../../units/quantity';
import { CachePersistence, ValueSizes } from '../cache-engine';

/** What makes a cache need more than its keys. */
export interface MemoryMode {
  readonly persistence: CachePersistence;
  /** Whether other servers replicate it. */
  readonly replicated: boolean;
  readonly valueSizes: ValueSizes;
  /** Who is connected; undefined when nothing is said, then a tenth of `maxmemory` is theirs. */
  readonly clients?: ClientLoad;
  /** Bytes that are written in a second at most, for replicas to join; undefined for what is assumed. */
  readonly writeBytesPerSecond?: number;
}

/** Clients at one time, and the most that one of them sends or is sent at one time, in bytes. */
export interface ClientLoad {
  readonly count: number;
  readonly largestValueBytes: number;
}

/** The smallest `maxmemory` that is offered. */
export const MIN_MAX_MEMORY = 16 * MIB;

const FRAGMENTATION = { [ValueSizes.STEADY]: 0.1, [ValueSizes.CHANGING]: 0.9 } as const;
const CLIENTS = 0.1;
const COPY_ON_WRITE = 0.7;
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
  let [fits, beyond] = [0, Math.floor(share * limitBytes) + 1];
  while (beyond - fits > 1) {
    const middle = Math.floor((fits + beyond) / 2);
    if (needOf(middle, mode) <= limitBytes) fits = middle;
    else beyond = middle;
  }
  return fits;
}

/** Smallest memory limit that bears this `maxmemory`, in whole 16 MiB. */
export function memoryLimitFor(maxMemoryBytes: number, mode: MemoryMode): number {
  const at = (share: number) =>
    roundUpTo(Math.max(needOf(maxMemoryBytes, mode), maxMemoryBytes / share), 16 * MIB);
  if (forks(mode)) return at(SHARE.forking);
  return at(SHARE.ample) >= SMALL_LIMIT ? at(SHARE.ample) : at(SHARE.small);
}

/** What a server needs in all, in bytes; it grows with `maxmemory`. */
function needOf(maxMemoryBytes: number, mode: MemoryMode): number {
  // The least that undeclared clients get is in what the process was measured at.
  const clients = mode.clients ? clientBytes(mode.clients) : CLIENTS * maxMemoryBytes;
  const owed = mode.replicated ? replicationBounds(maxMemoryBytes, mode).output : 0;
  const copied = forks(mode) ? COPY_ON_WRITE * maxMemoryBytes : 0;
  return (1 + FRAGMENTATION[mode.valueSizes]) * maxMemoryBytes + clients + owed + copied + PROCESS_BYTES;
}

/**
 * What a client costs on Redis 7.0.15 and Valkey 8.0.1 (`npm run bench:redis-memory -- clients`): buffers of its own, at most 54 KiB
 * around a value of 5 KB, the value
 * that comes in, whose place is kept for the next one, and the value that goes out, each rounded up by the allocator.
 */
const CLIENT_BYTES = 64 * KIB;
const BYTES_PER_VALUE_BYTE = 2.25;

/** Connections beside those of declared clients: probes, exporter, replicas, Sentinels, the operator, and you. */
export const OWN_CONNECTIONS = 32;

/** Most that these clients hold at one time, in bytes. */
export function clientBytes({ count, largestValueBytes }: ClientLoad): number {
  const values = Math.ceil(count * BYTES_PER_VALUE_BYTE * largestValueBytes);
  return Math.max(MIN_CLIENTS, (count + OWN_CONNECTIONS) * CLIENT_BYTES + values);
}

/**
 * Part of `maxmemory` that clients may hold. Keys are evicted for what clients hold, and when there are none left, writes
 * fail.
 */
const MAX_CLIENT_PART = 0.75;

/** Smallest `maxmemory` of which these clients hold no more than their part. */
export function leastMaxMemoryFor(clients: ClientLoad): number {
  return Math.ceil(clientBytes(clients) / MAX_CLIENT_PART);
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
const MIN_CLIENTS = 8 * MIB;
const MAX_OUTPUT = 64 * MIB;
/** The servers do not bound an argument lower. */
const MIN_ARGUMENT = MIB;

/**
 * What one client may hold is half of what all may at most, and an argument half of that: a value is held once as it
 * comes in and once as it goes out. One argument of the default bound of 512 MiB would have the kernel kill the cache.
 * Where clients are declared, the bounds follow from them, and one client may always hold the largest value.
 */
export function clientBounds(maxMemoryBytes: number, clients?: ClientLoad): ClientBounds {
  const all = clients ? clientBytes(clients) : Math.max(MIN_CLIENTS, Math.floor(CLIENTS * maxMemoryBytes));
  const answer = Math.ceil((BYTES_PER_VALUE_BYTE / 2) * (clients?.largestValueBytes ?? 0));
  const hard = Math.max(answer, Math.min(MAX_OUTPUT, Math.floor(all / 2)));
  return {
    all,
    output: { hard, soft: Math.max(answer, Math.floor(hard / 2)) },
    pubsub: { hard: Math.floor(hard / 2), soft: Math.floor(hard / 8) },
    argument: clients ? Math.max(MIN_ARGUMENT, clients.largestValueBytes) : Math.floor(hard / 2),
  };
}

/** Written in a second when nothing is said. A proposal; the sum of the memory says what it costs. */
const DEFAULT_WRITE_RATE = 5 * MIB;
/** Replicas were tried with up to 46 MiB a second. */
export const MAX_WRITE_RATE = 50 * MIB;

/**
 * How fast a replica copies everything, on two cores that a writer, a primary and two replicas share
 * (`npm run bench:redis-memory -- replicas`). What waited for replicas there was less than two thirds of the buffer that
 * comes of it.
 */
const SYNC_BYTES_PER_SECOND = 40 * MIB;
const MIN_SYNC_SECONDS = 2;
const REPLICATION_MARGIN = 1.25;
/**
 * Largest values that replicas may be behind at any rate: a primary hangs up on a replica for a single value that is larger
 * than its buffer, again and again (redis/redis issue 11667).
 */
const VALUES_ON_THE_WAY = 2;

/**
 * What replicas have not read, and what is kept for one that comes back, in bytes. The first is what is written while a new
 * replica is sent everything, and two of the largest values; less, and the primary hangs up on it, again and again. The second
 * is half of it; the servers hold it once for all replicas, in the same blocks.
 */
export function replicationBounds(
  maxMemoryBytes: number,
  mode: MemoryMode,
): { readonly output: number; readonly backlog: number } {
  const seconds = MIN_SYNC_SECONDS + maxMemoryBytes / SYNC_BYTES_PER_SECOND;
  const { argument } = clientBounds(maxMemoryBytes, mode.clients);
  const rate = mode.writeBytesPerSecond ?? DEFAULT_WRITE_RATE;
  const output = Math.ceil(REPLICATION_MARGIN * rate * seconds + VALUES_ON_THE_WAY * argument);
  return { output, backlog: Math.max(MIN_BACKLOG, Math.floor(output / 2)) };
}

/** The servers' own default. */
const MIN_BACKLOG = MIB;

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
const MIN_SHUTDOWN_SECONDS = 25;

/** Time that a server needs to stop: one with snapshots writes a last one. */
export function shutdownSeconds(maxMemoryBytes: number, persistence: CachePersistence): number {
  const snapshot = persistence === CachePersistence.SNAPSHOTS ? maxMemoryBytes / DISK_BYTES_PER_SECOND : 0;
  return MIN_SHUTDOWN_SECONDS + Math.ceil(snapshot);
}
