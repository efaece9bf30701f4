/**
 * Numbers of a caching nginx from the size of its cache and its container. Formulas and measurements: reference of the
 * rules in docs/constructs/nginx-caching-proxy.md.
 */
import { formatBytes, KIB, MIB, roundUpTo } from '../../units/quantity';
import { cacheVolumeBytes, fillBytesPerSecond } from './cache-disk-sizing';
import {
  COMPRESSING_BUFFERS,
  CONNECTIONS_PER_REQUEST,
  connectionsFor,
  countedConnectionBytes,
  leastLimitFor,
  MAX_CONNECTIONS,
  MIN_CONNECTIONS,
  type NginxBuffers,
  type NginxMemoryUse,
  PROXY_BUFFERS,
  type RequestKind,
  spareConnectionBytes,
  spareOf,
} from './nginx-memory-budget';

export interface StatusValidity {
  readonly statuses: readonly number[];
  readonly seconds: number;
}

export interface ProxyInput {
  readonly cacheBytes: number;
  readonly meanObjectBytes: number;
  /** Undefined: computed. */
  readonly keysZoneBytes?: number;
  /** Undefined: all that its CPUs can fill. */
  readonly fillBytesPerSecond?: number;
  readonly inactiveSeconds: number;
  readonly validity: readonly StatusValidity[];
  /** CPU limit, or the request where there is none. */
  readonly cpuMillis: number;
  /** Undefined: there is none, and each worker, which is one thread, may take a CPU. */
  readonly cpuLimitMillis?: number;
  readonly memoryLimitBytes: number;
  /** Whether the volume of the cache is memory, which counts as the container's. */
  readonly inMemory: boolean;
  /** Whether the volume has a hard size, as memory and a persistent volume have. */
  readonly isHardVolume: boolean;
  /** Whether it only passes requests on, to those that store. */
  readonly isRouter: boolean;
  /** Whether an old page is sent while a new one is fetched. */
  readonly coalesce: boolean;
  readonly clientTls: boolean;
  /** Whether a path speaks gRPC: HTTP/2 also without TLS. */
  readonly speaksGrpc?: boolean;
  readonly originTls: boolean;
  /** Whether this nginx can bound the lines of headers, without which there is no HTTP/2. */
  readonly limitsHeaders: boolean;
  /** Visitors at one time that it has to bear; undefined: as many as its memory does. */
  readonly visitors?: number;
}

export interface ProxyTuning {
  readonly workers: number;
  readonly workerConnections: number;
  /** Visitors at one time that it bears, none of whose pages is in the cache. */
  readonly visitors: number;
  /** Requests under way at one time, of all workers, those of the compressor included; more are told to come back. */
  readonly requests: number;
  /** Requests that the compressor has at one time, of all workers; others are asked of the origin directly. */
  readonly compressions: number;
  /** Idle connections that a worker keeps to each upstream. */
  readonly keptConnections: number;
  readonly openFiles: number;
  readonly fileDescriptors: number;
  readonly keysZoneBytes: number;
  /** Whether files are sent by the kernel, or read and sent with the headers at once. */
  readonly sendfile: boolean;
  /** Size of the cache volume. */
  readonly cacheVolumeBytes: number;
  /** What misses write at the most, as the volume was sized for. */
  readonly fillBytesPerSecond: number;
  /** Size limit of the scratch volume: answers while they are fetched. */
  readonly scratchBytes: number;
  /** Local disk of the container: its volumes, as far as they are on it, and its log. */
  readonly ephemeralBytes: number;
  /** What its memory is made of at the worst. */
  readonly memory: NginxMemoryUse;
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
 * Above this mean size files are sent by the kernel. A small one costs less when it is read and written together with its
 * headers: measured 14 instead of 22 µs of CPU for 3.6 KiB, but 34 instead of 30 for 64 KiB and 100 instead of 94 for 256.
 */
const SENDFILE_BYTES = 32 * KIB;
/**
 * An idle connection to an upstream is one that no client gets: nginx closes those of idle clients when it runs out, these
 * not (ngx_drain_connections). With two upstreams a quarter of all connections can be idle.
 */
const KEPT_SHARE = 1 / 8;
const MAX_KEPT = 64;
/** Part of the requests that the compressor may have, for pages that are not in the cache yet. A proposal. */
const COMPRESSIONS_SHARE = 1 / 10;
const OPEN_FILES = 10_000;
/** `ssl_session_cache`. */
export const TLS_SESSIONS_BYTES = 10 * MIB;
/** `zone` of the upstreams, for their addresses. */
export const UPSTREAM_ZONE_BYTES = {
  origin: 128 * KIB,
  shards: 256 * KIB,
  /** Which pages are asked for right now. */
  crowds: MIB,
  /** How many requests the compressor has. */
  compressor: 64 * KIB,
} as const;
const LOG_BYTES = 64 * MIB;
/** Four times the size at which the log for the exporter is emptied, looked at every 10 s: room for 100 000 requests per second. */
export const METRICS_LOG_VOLUME_BYTES = 64 * MIB;
/** Scratch of a tier that fetches little. Bodies of requests are none of it: they are passed on as they come. A proposal. */
const MIN_SCRATCH_BYTES = 64 * MIB;
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
  const fill = fillOf(input, workers);
  const volumeBytes = cacheVolumeBytes({ ...input, fillBytesPerSecond: fill });
  // What only passes on has no files.
  const openFiles = input.isRouter ? 0 : OPEN_FILES;
  const kinds = requestKinds(input);
  const fixed = {
    workers,
    connectionBytes: Math.max(...kinds.map(countedConnectionBytes)),
    spareBytes: Math.max(...kinds.map(spareConnectionBytes)),
    openFiles,
    zoneBytes:
      (input.isRouter
        ? UPSTREAM_ZONE_BYTES.shards
        : keysZoneBytes +
          (input.speaksGrpc ? 2 : 1) * UPSTREAM_ZONE_BYTES.origin +
          (input.coalesce ? UPSTREAM_ZONE_BYTES.crowds : 0) +
          UPSTREAM_ZONE_BYTES.compressor) + (input.clientTls ? TLS_SESSIONS_BYTES : 0),
    volumeBytes: input.inMemory ? volumeBytes : 0,
  };
  const bearable = connectionsFor(input.memoryLimitBytes, fixed);
  const busy = Math.max(MIN_CONNECTIONS, bearable);
  const spare = spareOf(busy);
  const connections = busy + spare;
  if (bearable < MIN_CONNECTIONS) {
    const what = input.isRouter
      ? ''
      : `, the keys of the cache (${formatBytes(keysZoneBytes)})${input.inMemory ? ` and its volume in memory (${formatBytes(volumeBytes)})` : ''}`;
    problems.push({
      prop: 'profile.memoryLimit',
      value: formatBytes(input.memoryLimitBytes),
      allowed: `${workers} workers with ${MIN_CONNECTIONS} connections for requests of up to ${formatBytes(roundUpTo(fixed.connectionBytes, KIB))}${what} need at least ${formatBytes(roundUpTo(leastLimitFor(fixed), MIB))}; raise it${input.isRouter ? '' : ', or lower cacheSize, or raise meanObjectSize'}`,
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
  const requests = workers * Math.floor(busy / CONNECTIONS_PER_REQUEST);
  const visitors = visitorsOf(requests, input.isRouter);
  if (input.visitors !== undefined && input.visitors > visitors) {
    problems.push({
      prop: 'visitors',
      value: `${input.visitors}`,
      allowed: tooManyVisitors(input, fixed, visitors),
    });
  }
  const scratchBytes = roundUpTo(Math.max(MIN_SCRATCH_BYTES, FETCH_SECONDS * fill), MIB);
  return {
    workers,
    workerConnections: connections,
    requests,
    compressions: input.isRouter ? 0 : compressionsOf(requests),
    visitors,
    keptConnections: Math.min(MAX_KEPT, Math.floor(KEPT_SHARE * connections)),
    openFiles,
    // Each connection, the file that it reads or writes, and beside them the files that are kept open.
    fileDescriptors: 2 * connections + openFiles,
    keysZoneBytes,
    sendfile: input.meanObjectBytes > SENDFILE_BYTES,
    cacheVolumeBytes: volumeBytes,
    fillBytesPerSecond: fill,
    scratchBytes,
    ephemeralBytes:
      (input.isHardVolume ? 0 : volumeBytes) + scratchBytes + LOG_BYTES + METRICS_LOG_VOLUME_BYTES,
    memory: { ...fixed, connections, spare },
    problems,
  };
}

function compressionsOf(requests: number): number {
  return Math.max(1, Math.floor(COMPRESSIONS_SHARE * requests));
}

function visitorsOf(requests: number, isRouter: boolean): number {
  return isRouter ? requests : requests - compressionsOf(requests);
}

/** Why so many visitors are too many, and what would bear them. */
function tooManyVisitors(
  { visitors = 0, memoryLimitBytes, isRouter }: ProxyInput,
  use: Omit<NginxMemoryUse, 'connections' | 'spare'>,
  borne: number,
): string {
  const requests = isRouter ? visitors : Math.ceil(visitors / (1 - COMPRESSIONS_SHARE));
  const connections = CONNECTIONS_PER_REQUEST * Math.ceil(requests / use.workers);
  const workers = Math.ceil((connections * use.workers) / MAX_CONNECTIONS);
  if (workers > use.workers)
    return `${use.workers} ${use.workers === 1 ? 'worker bears' : 'workers bear'} ${borne} at one time; allowed: at most that, or a CPU limit of ${workers} in the profile, a worker for each, or more replicas`;
  const limit = formatBytes(roundUpTo(leastLimitFor(use, connections), MIB));
  return `a memory limit of ${formatBytes(memoryLimitBytes)} bears ${borne} at one time; allowed: at most that, or a limit of ${limit}, or more replicas`;
}

function fillOf({ fillBytesPerSecond: given, isRouter, cpuLimitMillis }: ProxyInput, workers: number) {
  if (isRouter) return 0;
  return given ?? fillBytesPerSecond(cpuLimitMillis ?? 1000 * workers);
}

/** What the servers of a tier do: a cache with its compressor, or a router. The emitters print the same. */
function requestKinds({
  isRouter,
  coalesce,
  clientTls,
  speaksGrpc,
  originTls,
  limitsHeaders,
}: ProxyInput): RequestKind[] {
  const bounded = (buffers: NginxBuffers): NginxBuffers =>
    limitsHeaders ? buffers : { ...buffers, headerLines: undefined };
  const site = {
    buffers: bounded(PROXY_BUFFERS),
    asks: true,
    caches: false,
    renews: false,
    readsFiles: false,
    packs: false,
    unpacks: false,
    clientTls,
    http2: (clientTls || speaksGrpc === true) && limitsHeaders,
    originTls: false,
  };
  if (isRouter) return [site];
  const compressing = { ...site, buffers: bounded(COMPRESSING_BUFFERS), packs: true, originTls };
  return [
    // Parts of large objects are asked of the origin itself.
    { ...site, caches: true, renews: coalesce, readsFiles: true, originTls },
    // Past the cache.
    compressing,
    // The hop before the cache.
    { ...compressing, clientTls: false, http2: false },
  ];
}
