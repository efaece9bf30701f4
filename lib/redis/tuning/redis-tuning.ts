/** Settings of a cache, each with its reason, from its size and what it is for. */
import { formatBytes } from '../../units/quantity';
import { CachePersistence, type EvictionPolicy, ValueSizes } from '../cache-engine';
import { type EngineTarget, refusalOf } from '../configuration/redis-directives';
import {
  clientBounds,
  type ClientLoad,
  forks,
  type MemoryMode,
  OWN_CONNECTIONS,
  replicationBounds,
} from './redis-memory-budget';

export interface Directive {
  readonly name: string;
  readonly args: ReadonlyArray<string | number>;
  readonly reason: string;
}

/** How an LFU policy counts use. */
export interface Lfu {
  readonly logFactor: number;
  readonly decayMinutes: number;
}

/** The servers' own defaults. */
export const LFU_DEFAULTS: Lfu = { logFactor: 10, decayMinutes: 1 };

export interface CacheInput extends MemoryMode {
  readonly target: EngineTarget;
  readonly maxMemoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly cpuLimitMillis?: number;
  readonly policy: EvictionPolicy;
  readonly lfu?: Lfu;
  readonly activeDefragmentation: boolean;
  /** What is set besides; it wins over what is computed. */
  readonly own?: readonly Directive[];
}

/** Where a server of one pod listens and keeps its files; an operator sets these itself. */
export interface CachePlace {
  readonly port: number;
  readonly aclFile: string;
  readonly directory: string;
  /** Directory of `tls.crt`, `tls.key` and `ca.crt`; undefined without TLS. */
  readonly tlsDirectory?: string;
}

/** Below this many CPUs further I/O threads only take turns with the main one (valkey.conf). */
const CORES_FOR_IO_THREADS = 4;
const MAX_IO_THREADS = 8;
/** Seconds that a stopping server waits for its replicas; the servers' default. */
export const REPLICA_WAIT_SECONDS = 10;

/**
 * How many I/O threads a CPU limit is good for: one CPU stays for the work of the operating system. None of its own
 * without a limit, or below four CPUs.
 */
export function ioThreads(cpuLimitMillis: number | undefined): number {
  const cores = Math.floor((cpuLimitMillis ?? 0) / 1000);
  return cores >= CORES_FOR_IO_THREADS ? Math.min(MAX_IO_THREADS, cores - 1) : 1;
}

/** Where it listens, and who it lets in. */
export function placeCache({ port, aclFile, directory, tlsDirectory }: CachePlace): Directive[] {
  return [
    ...(tlsDirectory === undefined
      ? [directive('port', [port], 'the port of the Service')]
      : [
          directive('port', [0], 'nothing is said in the clear'),
          directive('tls-port', [port], 'the port of the Service'),
          directive('tls-cert-file', [`${tlsDirectory}/tls.crt`], 'of the Secret'),
          directive('tls-key-file', [`${tlsDirectory}/tls.key`], 'of the Secret'),
          directive('tls-ca-cert-file', [`${tlsDirectory}/ca.crt`], 'of the Secret'),
          directive('tls-auth-clients', ['no'], 'clients log in with a password, not with a certificate'),
        ]),
    directive('bind', ['*', '-::*'], 'all addresses of the pod; the NetworkPolicy says who gets there'),
    directive(
      'protected-mode',
      ['no'],
      'it would refuse other pods; users and passwords are in the ACL file',
    ),
    directive('aclfile', [aclFile], 'written at start from the Secret; no password is in this file'),
    directive('dir', [directory], 'the only place that is written to'),
  ];
}

/** Everything that does not depend on where it runs: the same for one server, for replicas and for a cluster. */
export function tuneCache(input: CacheInput): Directive[] {
  const threads = ioThreads(input.cpuLimitMillis);
  const needs = [
    input.valueSizes === ValueSizes.CHANGING
      ? 'fragmentation when the sizes of values change'
      : 'fragmentation',
    'client buffers',
    ...(forks(input) ? ['pages copied during a fork'] : []),
    ...(input.replicated ? ['what replicas have not read'] : []),
  ];
  const own = input.own ?? [];
  const computed = [
    directive(
      'maxmemory',
      [input.maxMemoryBytes],
      `bytes for keys and values: ${percent(input.maxMemoryBytes / input.memoryLimitBytes)} of the memory limit of ${formatBytes(input.memoryLimitBytes)}; ` +
        `the rest is for ${needs.join(', ')} and the process`,
    ),
    ...eviction(input),
    ...clients(input.maxMemoryBytes, input.clients),
    ...freeing(input),
    directive('disable-thp', ['yes'], 'transparent huge pages cost latency and memory in a fork'),
    directive('tcp-keepalive', [60], 'seconds after which dead clients are noticed'),
    ...persistence(input.persistence),
    ...(input.replicated ? replication(input) : []),
    ...(threads > 1
      ? [directive('io-threads', [threads], 'of its CPUs, one stays for the operating system')]
      : []),
  ];
  const directives = [...computed.filter(({ name }) => !own.some((one) => one.name === name)), ...own];
  for (const { name, args } of directives) {
    const refusal = refusalOf(name, args, input.target);
    if (refusal !== undefined) throw new Error(`a directive that the server does not read: ${refusal}`);
  }
  return directives;
}

function eviction({ policy, lfu = LFU_DEFAULTS }: CacheInput): Directive[] {
  return [
    directive(
      'maxmemory-policy',
      [policy],
      'what goes when it is full; the default would answer writes with errors',
    ),
    directive(
      'maxmemory-eviction-tenacity',
      [100],
      'room is made before a value is taken; by default evicting gives up after 0.5 ms, and many small keys for a large one take longer',
    ),
    ...(policy.endsWith('-lfu')
      ? [
          directive(
            'lfu-log-factor',
            [lfu.logFactor],
            'how many uses a key needs to count as hot; more tells hot keys better apart',
          ),
          directive('lfu-decay-time', [lfu.decayMinutes], 'minutes after which a use counts less'),
        ]
      : []),
  ];
}

function clients(maxMemoryBytes: number, load: ClientLoad | undefined): Directive[] {
  const { all, output, pubsub, argument } = clientBounds(maxMemoryBytes, load);
  const bounded = 'a client that does not read is disconnected; the default lets it take all memory';
  return [
    ...(load
      ? [
          directive(
            'maxclients',
            [load.count + OWN_CONNECTIONS],
            `${load.count} clients, and ${OWN_CONNECTIONS} connections for probes, exporter and replicas; one more is refused when it connects`,
          ),
        ]
      : []),
    directive(
      'maxmemory-clients',
      [all],
      load
        ? `bytes for all client buffers: ${load.count} clients that each send or receive ${formatBytes(load.largestValueBytes)} at one time`
        : 'bytes for all client buffers: above it clients are disconnected',
    ),
    directive('client-output-buffer-limit', ['normal', output.hard, output.soft, 30], bounded),
    directive('client-output-buffer-limit', ['pubsub', pubsub.hard, pubsub.soft, 60], bounded),
    directive(
      'proto-max-bulk-len',
      [argument],
      'bytes of the largest value: the default of 512mb is more than client buffers may take',
    ),
  ];
}

function freeing({ activeDefragmentation }: CacheInput): Directive[] {
  const reason = 'large values are freed in the background';
  return [
    ...['eviction', 'expire', 'server-del', 'user-del', 'user-flush'].map((when) =>
      directive(`lazyfree-lazy-${when}`, ['yes'], reason),
    ),
    ...(activeDefragmentation
      ? [directive('activedefrag', ['yes'], 'memory is moved together when a tenth of it is holes')]
      : []),
  ];
}

/** A full disk must not stop a cache: by default a failed snapshot answers writes with errors. */
const GOES_ON = directive(
  'stop-writes-on-bgsave-error',
  ['no'],
  'a snapshot that fails must not stop writes to a cache',
);

function persistence(mode: CachePersistence): Directive[] {
  const none = directive(
    'save',
    [''],
    'no snapshots: the default ones fork, and copied pages can take 70 % more memory',
  );
  switch (mode) {
    case CachePersistence.SNAPSHOTS:
      return [
        directive('save', [''], 'none of the default snapshots'),
        directive('save', [300, 1000], 'a snapshot every 300 s when 1000 keys have changed'),
        GOES_ON,
        directive('appendonly', ['no'], 'what came after the last snapshot is filled again from its source'),
      ];
    case CachePersistence.APPEND_ONLY:
      return [
        none,
        GOES_ON,
        directive('appendonly', ['yes'], 'every write goes to a file on the volume'),
        directive('appendfsync', ['everysec'], 'a crash of the node loses a second of writes'),
      ];
    default:
      return [none, directive('appendonly', ['no'], 'a cache is filled again from its source')];
  }
}

function replication(input: CacheInput): Directive[] {
  const { output, backlog } = replicationBounds(input.maxMemoryBytes, input);
  return [
    directive(
      'client-output-buffer-limit',
      ['replica', output, 0, 0],
      'what is written while a new replica is sent everything; with less it is disconnected and begins anew. maxmemory does not count it',
    ),
    directive(
      'repl-backlog-size',
      [backlog],
      'writes that are kept for a replica that comes back, so that it need not copy everything',
    ),
    directive('repl-diskless-sync', ['yes'], 'a new replica is sent the data without a file between'),
    directive('shutdown-timeout', [REPLICA_WAIT_SECONDS], 'seconds to wait for replicas when it stops'),
  ];
}

function directive(name: string, args: Directive['args'], reason: string): Directive {
  return { name, args, reason };
}

function percent(part: number): string {
  return `${Math.floor(part * 100)} %`;
}
