/**
 * Numbers of a caching nginx from the size of its cache and its container. Formulas and measurements: reference of the
 * rules in docs/constructs/nginx-caching-proxy.md.
 */
import { formatBytes, MIB, roundUpTo } from '../units/quantity';

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
}

export interface ProxyTuning {
  readonly workers: number;
  readonly workerConnections: number;
  readonly openFiles: number;
  readonly fileDescriptors: number;
  readonly keysZoneBytes: number;
  /** Size limit of the cache volume. */
  readonly cacheVolumeBytes: number;
  /** Size limit of the scratch volume, for request bodies. */
  readonly scratchBytes: number;
  /** Local disk of the container: both volumes and its log. */
  readonly ephemeralBytes: number;
  readonly problems: readonly ProxyProblem[];
}

export interface ProxyProblem {
  readonly prop: string;
  readonly value: string;
  readonly allowed: string;
}

/** Keys that one MiB of the zone holds; measured 7.7 thousand. */
const KEYS_PER_MIB = 7700;
/**
 * The cache manager looks at the size every 10 seconds at most, so the cache grows past `max_size` by what is filled in
 * between: a cap of 50 MB was measured at 1.5 GB on disk.
 */
const MANAGER_SECONDS = 10;
const WORKER_CONNECTIONS = 4096;
const OPEN_FILES = 10_000;
/** Memory of a worker with its connections, and of master, manager and libraries. Proposals, measured at 6 to 10 MiB. */
const WORKER_BYTES = 24 * MIB;
const BASE_BYTES = 32 * MIB;
const LOG_BYTES = 64 * MIB;
const CONCURRENT_BODIES = 64;

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
  const needed = keysZoneBytes + workers * WORKER_BYTES + BASE_BYTES;
  if (needed > input.memoryLimitBytes) {
    problems.push({
      prop: 'profile.memoryLimit',
      value: formatBytes(input.memoryLimitBytes),
      allowed: `${workers} workers and the keys of the cache (${formatBytes(keysZoneBytes)}) need at least ${formatBytes(needed)}; raise it, or lower cacheSize, or raise meanObjectSize`,
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
  const fill = input.fillBytesPerSecond ?? input.cacheBytes / MANAGER_SECONDS;
  const cacheVolumeBytes = roundUpTo(input.cacheBytes + fill * MANAGER_SECONDS, MIB);
  const scratchBytes = roundUpTo(Math.max(64 * MIB, CONCURRENT_BODIES * input.maxRequestBodyBytes), MIB);
  return {
    workers,
    workerConnections: WORKER_CONNECTIONS,
    openFiles: OPEN_FILES,
    // A proxied request holds two connections; beside them stay the files that are kept open.
    fileDescriptors: 2 * WORKER_CONNECTIONS + OPEN_FILES,
    keysZoneBytes,
    cacheVolumeBytes,
    scratchBytes,
    ephemeralBytes: cacheVolumeBytes + scratchBytes + LOG_BYTES,
    problems,
  };
}
