/**
 * Settings of a cache from the memory of its container, or the other way round.
 *
 * `maxmemory` counts keys and values only. What the process needs on top, measured at the eviction limit (reference:
 * caching.md §6): a tenth for fragmentation, a tenth for clients' buffers (bounded by `maxmemory-clients`), 48 MiB for
 * the process, and with persistence seven tenths for the pages that are copied while a fork writes. A limit equal to
 * `maxmemory` has the kernel kill the cache before it evicts.
 */
import { formatBytes, MIB, roundUpTo } from '../units/quantity';
import { type EvictionPolicy } from './cache-engine';

const FRAGMENTATION = 0.1;
const CLIENTS = 0.1;
const COPY_ON_WRITE = 0.7;
const PROCESS_BYTES = 48 * MIB;

/** Part of the limit for keys and values: cloud vendors say 75 %, less for small ones, half with persistence. */
const SHARE = { ample: 0.75, small: 0.65, persistent: 0.5 } as const;
const SMALL_LIMIT = 512 * MIB;

/** Largest `maxmemory` that a container with this memory limit bears, in bytes; 0 when it is too small for any. */
export function maxMemoryFor(limitBytes: number, persistent: boolean): number {
  const share = persistent ? SHARE.persistent : limitBytes >= SMALL_LIMIT ? SHARE.ample : SHARE.small;
  const byNeed = (limitBytes - PROCESS_BYTES) / needPerByte(persistent);
  return Math.max(0, Math.floor(Math.min(share * limitBytes, byNeed)));
}

/** Smallest memory limit that bears this `maxmemory`, in whole 16 MiB. */
export function memoryLimitFor(maxMemoryBytes: number, persistent: boolean): number {
  const need = maxMemoryBytes * needPerByte(persistent) + PROCESS_BYTES;
  const at = (share: number) => roundUpTo(Math.max(need, maxMemoryBytes / share), 16 * MIB);
  if (persistent) return at(SHARE.persistent);
  return at(SHARE.ample) >= SMALL_LIMIT ? at(SHARE.ample) : at(SHARE.small);
}

function needPerByte(persistent: boolean): number {
  return 1 + FRAGMENTATION + CLIENTS + (persistent ? COPY_ON_WRITE : 0);
}

/** Size of the volume of a persistent cache: the append-only file may double before it is rewritten beside itself. */
export function volumeFor(maxMemoryBytes: number): number {
  return roundUpTo(3 * maxMemoryBytes, 1024 * MIB);
}

export interface Directive {
  readonly name: string;
  readonly args: ReadonlyArray<string | number>;
  readonly reason: string;
}

export interface CacheInput {
  readonly maxMemoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly cpuLimitMillis?: number;
  readonly policy: EvictionPolicy;
  readonly persistent: boolean;
  readonly aclFile: string;
  readonly directory: string;
  readonly port: number;
}

/** Below this many CPUs further I/O threads only take turns with the main one (valkey.conf). */
const CORES_FOR_IO_THREADS = 4;
const MOST_IO_THREADS = 8;

export function tuneCache(input: CacheInput): Directive[] {
  const { persistent } = input;
  const cores = Math.floor((input.cpuLimitMillis ?? 0) / 1000);
  return [
    directive('port', [input.port], 'the port of the Service'),
    directive('bind', ['*', '-::*'], 'all addresses of the pod; the NetworkPolicy says who gets there'),
    directive(
      'protected-mode',
      ['no'],
      'it would refuse other pods; users and passwords are in the ACL file',
    ),
    directive('aclfile', [input.aclFile], 'written at start from the Secret; no password is in this file'),
    directive('dir', [input.directory], 'the only place that is written to'),
    directive(
      'maxmemory',
      [input.maxMemoryBytes],
      `bytes for keys and values: ${percent(input.maxMemoryBytes / input.memoryLimitBytes)} of the memory limit of ${formatBytes(input.memoryLimitBytes)}; ` +
        `the rest is for fragmentation, client buffers${persistent ? ', pages copied during a fork' : ''} and the process`,
    ),
    directive(
      'maxmemory-policy',
      [input.policy],
      'what goes when it is full; the default would answer writes with errors',
    ),
    directive(
      'maxmemory-clients',
      ['10%'],
      'client buffers are bounded too: above it clients are disconnected',
    ),
    directive(
      'client-output-buffer-limit',
      ['normal', '64mb', '32mb', 30],
      'a client that does not read is disconnected; the default lets it take all memory',
    ),
    directive('lazyfree-lazy-eviction', ['yes'], 'large values are freed in the background'),
    directive('lazyfree-lazy-expire', ['yes'], 'large values are freed in the background'),
    directive('lazyfree-lazy-server-del', ['yes'], 'large values are freed in the background'),
    directive('lazyfree-lazy-user-del', ['yes'], 'large values are freed in the background'),
    directive('disable-thp', ['yes'], 'transparent huge pages cost latency and memory in a fork'),
    directive('tcp-keepalive', [60], 'seconds after which dead clients are noticed'),
    directive(
      'save',
      [''],
      'no snapshots: the default ones fork, and copied pages can take 70 % more memory',
    ),
    ...(persistent
      ? [
          directive('appendonly', ['yes'], 'every write goes to a file on the volume'),
          directive('appendfsync', ['everysec'], 'a crash of the node loses a second of writes'),
        ]
      : [directive('appendonly', ['no'], 'a cache is filled again from its source')]),
    ...(cores >= CORES_FOR_IO_THREADS
      ? [
          directive(
            'io-threads',
            [Math.min(MOST_IO_THREADS, cores - 1)],
            `of ${cores} CPU, one stays for the main thread's neighbours`,
          ),
        ]
      : []),
  ];
}

function directive(name: string, args: Directive['args'], reason: string): Directive {
  return { name, args, reason };
}

function percent(part: number): string {
  return `${Math.floor(part * 100)} %`;
}
