/**
 * Numbers of a caching nginx from the size of its cache and its container. Formulas and measurements: reference of the
 * rules in docs/constructs/nginx-caching-proxy.md.
 */
import { formatBytes, KIB, MIB, roundUpTo } from '../units/quantity';

export interface CacheValidity {
  readonly statuses: readonly number[];
  readonly seconds: number;
}

export interface ProxyInput {
  readonly cacheBytes: number;
  readonly meanObjectBytes: number;
  /** Undefined: computed. */
  readonly keysZoneBytes?: number;
  /** Undefined: a tenth of the cache. */
  readonly fillBytesPerSecond?: number;
  readonly inactiveSeconds: number;
  readonly validity: readonly CacheValidity[];
  readonly maxRequestBodyBytes: number;
  /** CPU limit, or the request where there is none. */
  readonly cpuMillis: number;
  readonly memoryLimitBytes: number;
  /** Whether the volume of the cache is memory, which counts as the container's. */
  readonly inMemory: boolean;
  /** Whether the volume has a hard size, as memory and a persistent volume have. */
  readonly isHardVolume: boolean;
  readonly clientTls: boolean;
}

export interface ProxyTuning {
  readonly workers: number;
  readonly workerConnections: number;
  readonly openFiles: number;
  readonly fileDescriptors: number;
  readonly keysZoneBytes: number;
  /** Whether files are sent by the kernel, or read and sent with the headers at once. */
  readonly sendfile: boolean;
  /** Size of the cache volume. */
  readonly cacheVolumeBytes: number;
  /** Size limit of the scratch volume: answers while they are fetched, and bodies of requests. */
  readonly scratchBytes: number;
  /** Local disk of the container: its volumes, as far as they are on it, and its log. */
  readonly ephemeralBytes: number;
  readonly problems: readonly ProxyProblem[];
}

export interface ProxyProblem {
  readonly prop: string;
  readonly value: string;
  readonly allowed: string;
}

/** Keys that one MiB of the zone holds; measured 7.7 thousand. */
export const KEYS_PER_MIB = 7700;
/**
 * The cache manager looks at the size every 10 seconds at most, so the cache grows past `max_size` by what is filled in
 * between: a cap of 50 MB was measured at 1.5 GB on disk.
 */
const MANAGER_SECONDS = 10;
/**
 * Above this mean size files are sent by the kernel. A small one costs less when it is read and written together with its
 * headers: measured 14 instead of 22 µs of CPU for 3.6 KiB, but 34 instead of 30 for 64 KiB and 100 instead of 94 for 256.
 */
const SENDFILE_BYTES = 32 * KIB;
const WORKER_CONNECTIONS = 4096;
const OPEN_FILES = 10_000;
/**
 * A volume with a hard size refuses to grow, which costs nothing but the storing; a quarter more than the cache keeps that
 * rare. A proposal.
 */
const HARD_VOLUME_RATIO = 1.25;
/** Memory of a worker with its connections, and of master, manager and libraries. Proposals, measured at 6 to 10 MiB. */
const WORKER_BYTES = 24 * MIB;
const BASE_BYTES = 32 * MIB;
const TLS_SESSIONS_BYTES = 10 * MIB;
const LOG_BYTES = 64 * MIB;
/** Four times the size at which the log for the exporter is emptied, looked at every 10 s: room for 100 000 requests per second. */
export const METRICS_LOG_VOLUME_BYTES = 64 * MIB;
const CONCURRENT_BODIES = 64;
/** Mean time that an answer takes to arrive; by Little's law what is under way is the fill rate times that. A proposal. */
const FETCH_SECONDS = 1;

export function tuneProxy(input: ProxyInput): ProxyTuning {
  const problems: ProxyProblem[] = [];
  const workers = Math.max(1, Math.ceil(input.cpuMillis / 1000));
  const leastZone = Math.max(1, Math.ceil(input.cacheBytes / input.meanObjectBytes / KEYS_PER_MIB)) * MIB;
  const keysZoneBytes = input.keysZoneBytes ?? leastZone;
  if (keysZoneBytes < leastZone) {
    problems.push({
      prop: 'keysZoneSize',
      value: formatBytes(keysZoneBytes),
      allowed: `it would be full before the cache: ${formatBytes(input.cacheBytes)} of objects of ${formatBytes(input.meanObjectBytes)} need at least ${formatBytes(leastZone)}`,
    });
  }
  const fill = input.fillBytesPerSecond ?? input.cacheBytes / MANAGER_SECONDS;
  const cacheVolumeBytes = roundUpTo(
    input.isHardVolume ? HARD_VOLUME_RATIO * input.cacheBytes : input.cacheBytes + fill * MANAGER_SECONDS,
    MIB,
  );
  const needed =
    keysZoneBytes +
    workers * WORKER_BYTES +
    BASE_BYTES +
    (input.clientTls ? TLS_SESSIONS_BYTES : 0) +
    (input.inMemory ? cacheVolumeBytes : 0);
  if (needed > input.memoryLimitBytes) {
    const what = `the keys of the cache (${formatBytes(keysZoneBytes)})${input.inMemory ? ` and its volume in memory (${formatBytes(cacheVolumeBytes)})` : ''}`;
    problems.push({
      prop: 'profile.memoryLimit',
      value: formatBytes(input.memoryLimitBytes),
      allowed: `${workers} workers, ${what} need at least ${formatBytes(needed)}; raise it, or lower cacheSize, or raise meanObjectSize`,
    });
  }
  for (const { statuses, seconds } of input.validity) {
    if (seconds > input.inactiveSeconds) {
      problems.push({
        prop: 'inactive',
        value: `${input.inactiveSeconds} s`,
        allowed: `an answer that is valid for ${seconds} s (status ${statuses.join(', ')}) would be dropped before; allowed: at least that`,
      });
    }
  }
  const bodies = Math.max(64 * MIB, CONCURRENT_BODIES * input.maxRequestBodyBytes);
  const scratchBytes = roundUpTo(bodies + Math.max(64 * MIB, FETCH_SECONDS * fill), MIB);
  return {
    workers,
    workerConnections: WORKER_CONNECTIONS,
    openFiles: OPEN_FILES,
    // A proxied request holds two connections; beside them stay the files that are kept open.
    fileDescriptors: 2 * WORKER_CONNECTIONS + OPEN_FILES,
    keysZoneBytes,
    sendfile: input.meanObjectBytes > SENDFILE_BYTES,
    cacheVolumeBytes,
    scratchBytes,
    ephemeralBytes:
      (input.isHardVolume ? 0 : cacheVolumeBytes) + scratchBytes + LOG_BYTES + METRICS_LOG_VOLUME_BYTES,
    problems,
  };
}
