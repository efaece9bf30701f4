/**
 * Which directives, policies and sizes which server reads: a configuration with anything else does not start it.
 *
 * The names are what `CONFIG GET *` of Redis 7.0.15 and Valkey 8.0.1 lists, and those that stand in files only. What came
 * later is listed with the version it came with, from release notes; other names are judged up to the versions that were
 * measured.
 */

export type EngineName = 'redis' | 'valkey';
export type EngineVersion = readonly [major: number, minor: number];

export interface EngineTarget {
  readonly engine: EngineName;
  /** Undefined when the image does not tell: then only what every version reads is known to be good. */
  readonly version?: EngineVersion;
}

/** The oldest versions that a configuration of ours is made for: `maxmemory-clients` came with Redis 7.0. */
export const OLDEST: Readonly<Record<EngineName, EngineVersion>> = { redis: [7, 0], valkey: [7, 2] };

/** The versions whose names were read from the server itself. */
const MEASURED: Readonly<Record<EngineName, EngineVersion>> = { redis: [7, 0], valkey: [8, 0] };

const BOTH = `
acl-pubsub-default aclfile acllog-max-len active-defrag-cycle-max active-defrag-cycle-min active-defrag-ignore-bytes
active-defrag-max-scan-fields active-defrag-threshold-lower active-defrag-threshold-upper active-expire-effort
activedefrag activerehashing always-show-logo aof-load-truncated aof-rewrite-incremental-fsync aof-timestamp-enabled
aof-use-rdb-preamble aof_rewrite_cpulist appenddirname appendfilename appendfsync appendonly auto-aof-rewrite-min-size
auto-aof-rewrite-percentage bgsave_cpulist bind bind-source-addr bio_cpulist busy-reply-threshold
client-output-buffer-limit client-query-buffer-limit cluster-allow-pubsubshard-when-down
cluster-allow-reads-when-down cluster-allow-replica-migration cluster-announce-bus-port cluster-announce-hostname
cluster-announce-ip cluster-announce-port cluster-announce-tls-port cluster-config-file cluster-enabled
cluster-link-sendbuf-limit cluster-migration-barrier cluster-node-timeout cluster-port
cluster-preferred-endpoint-type cluster-replica-no-failover cluster-replica-validity-factor
cluster-require-full-coverage cluster-slave-no-failover cluster-slave-validity-factor crash-log-enabled
crash-memcheck-enabled daemonize databases dbfilename dir disable-thp dynamic-hz enable-debug-command
enable-module-command enable-protected-configs hash-max-listpack-entries hash-max-listpack-value
hash-max-ziplist-entries hash-max-ziplist-value hll-sparse-max-bytes hz ignore-warnings include io-threads
io-threads-do-reads jemalloc-bg-thread latency-monitor-threshold latency-tracking latency-tracking-info-percentiles
lazyfree-lazy-eviction lazyfree-lazy-expire lazyfree-lazy-server-del lazyfree-lazy-user-del lazyfree-lazy-user-flush
lfu-decay-time lfu-log-factor list-compress-depth list-max-listpack-size list-max-ziplist-size loadmodule logfile
loglevel lua-time-limit masterauth masteruser maxclients maxmemory maxmemory-clients maxmemory-eviction-tenacity
maxmemory-policy maxmemory-samples min-replicas-max-lag min-replicas-to-write min-slaves-max-lag min-slaves-to-write
no-appendfsync-on-rewrite notify-keyspace-events oom-score-adj oom-score-adj-values pidfile port proc-title-template
propagation-error-behavior protected-mode proto-max-bulk-len rdb-del-sync-files rdb-save-incremental-fsync rdbchecksum
rdbcompression rename-command repl-backlog-size repl-backlog-ttl repl-disable-tcp-nodelay repl-diskless-load
repl-diskless-sync repl-diskless-sync-delay repl-diskless-sync-max-replicas repl-ping-replica-period
repl-ping-slave-period repl-timeout replica-announce-ip replica-announce-port replica-announced
replica-ignore-disk-write-errors replica-ignore-maxmemory replica-lazy-flush replica-priority replica-read-only
replica-serve-stale-data replicaof requirepass sanitize-dump-payload save server_cpulist set-max-intset-entries
set-proc-title shutdown-on-sigint shutdown-on-sigterm shutdown-timeout slave-announce-ip slave-announce-port
slave-ignore-maxmemory slave-lazy-flush slave-priority slave-read-only slave-serve-stale-data slaveof
slowlog-log-slower-than slowlog-max-len socket-mark-id stop-writes-on-bgsave-error stream-node-max-bytes
stream-node-max-entries supervised syslog-enabled syslog-facility syslog-ident tcp-backlog tcp-keepalive timeout
tls-auth-clients tls-ca-cert-dir tls-ca-cert-file tls-cert-file tls-ciphers tls-ciphersuites tls-client-cert-file
tls-client-key-file tls-client-key-file-pass tls-cluster tls-dh-params-file tls-key-file tls-key-file-pass tls-port
tls-prefer-server-ciphers tls-protocols tls-replication tls-session-cache-size tls-session-cache-timeout
tls-session-caching tracking-table-max-keys unixsocket unixsocketperm user zset-max-listpack-entries
zset-max-listpack-value zset-max-ziplist-entries zset-max-ziplist-value`;

const REDIS_ONLY = 'aof-disable-auto-gc';

const VALKEY_ONLY = `
aof-rewrite-cpulist availability-zone bgsave-cpulist bio-cpulist cluster-announce-client-ipv4
cluster-announce-client-ipv6 cluster-announce-human-nodename cluster-blacklist-ttl cluster-slot-stats-enabled
dual-channel-replication-enabled events-per-io-thread extended-redis-compatibility hide-user-data-from-log
locale-collate max-new-connections-per-cycle max-new-tls-connections-per-cycle prefetch-batch-max-size primaryauth
primaryuser server-cpulist set-max-listpack-entries set-max-listpack-value unixsocketgroup`;

const words = (text: string) => text.trim().split(/\s+/);

const NAMES: Readonly<Record<EngineName, ReadonlySet<string>>> = {
  redis: new Set([...words(BOTH), ...words(REDIS_ONLY)]),
  valkey: new Set([...words(BOTH), ...words(VALKEY_ONLY)]),
};

type Since = Readonly<Partial<Record<EngineName, EngineVersion>>>;

/** Directives by the version that they came with; an engine that is not named has none. */
const NEWER = new Map<string, Since>(
  Object.entries({
    'hide-user-data-from-log': { valkey: [8, 0], redis: [8, 0] },
    'commandlog-execution-slower-than': { valkey: [8, 1] },
    'commandlog-slow-execution-max-len': { valkey: [8, 1] },
    'commandlog-request-larger-than': { valkey: [8, 1] },
    'commandlog-large-request-max-len': { valkey: [8, 1] },
    'commandlog-reply-larger-than': { valkey: [8, 1] },
    'commandlog-large-reply-max-len': { valkey: [8, 1] },
  }),
);

/** Values of `maxmemory-policy` by the version that they came with. */
const POLICIES = new Map<string, Since>([
  ...words(
    'noeviction allkeys-lru allkeys-lfu allkeys-random volatile-lru volatile-lfu volatile-random volatile-ttl',
  ).map((name): [string, Since] => [name, { redis: [4, 0], valkey: [7, 2] }]),
  ['allkeys-lrm', { redis: [8, 6] }],
  ['volatile-lrm', { redis: [8, 6] }],
]);

/** Directives whose value is an amount of memory. */
const SIZES = words(
  'maxmemory client-query-buffer-limit proto-max-bulk-len repl-backlog-size auto-aof-rewrite-min-size active-defrag-ignore-bytes hll-sparse-max-bytes stream-node-max-bytes cluster-link-sendbuf-limit',
);

/** Images whose server brings the allocator that `activedefrag` needs; Debian's packages are built with the system's. */
const DEFRAGMENTING = [
  /(^|\/)library\/redis[:@]/,
  /^redis[:@]/,
  /(^|\/)valkey\/valkey[:@]/,
  /(^|\/)opstree\/redis[:@]/,
];

export function canDefragment(image: string): boolean {
  return DEFRAGMENTING.some((known) => known.test(image));
}

/** Engine and version that an image tells, as far as it does. */
export function targetOfImage(image: string): {
  readonly engine?: EngineName;
  readonly version?: EngineVersion;
} {
  const [, name = '', tag = ''] = /([^/:@]+)(?::([^/:@]+))?(?:@.*)?$/.exec(image) ?? [];
  const engine = name.startsWith('valkey') ? 'valkey' : name.startsWith('redis') ? 'redis' : undefined;
  return { engine, version: parseVersion(tag) };
}

/** A version such as `8`, `8.1`, `v8.0.6` or `8.1.3-bookworm`; undefined for anything else, such as `stable`. */
export function parseVersion(text: string): EngineVersion | undefined {
  const match = /^v?(\d{1,3})(?:\.(\d{1,3}))?(?:\.\d+)*(?:-.*)?$/.exec(text);
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : undefined;
}

export function isAtLeast(version: EngineVersion, least: EngineVersion): boolean {
  return version[0] > least[0] || (version[0] === least[0] && version[1] >= least[1]);
}

const show = ([major, minor]: EngineVersion) => `${major}.${minor}`;
const TITLE: Readonly<Record<EngineName, string>> = { redis: 'Redis', valkey: 'Valkey' };
const titleOf = ({ engine, version }: EngineTarget) =>
  version ? `${TITLE[engine]} ${show(version)}` : `a ${TITLE[engine]} of unknown version`;

/** Why a server does not start with a directive; undefined when it does, or when nobody knows. */
export function refusalOf(
  name: string,
  args: ReadonlyArray<string | number>,
  target: EngineTarget,
): string | undefined {
  const known = NEWER.get(name);
  if (known) {
    const reason = tooOld(known, target);
    if (reason !== undefined) return `${name} ${reason}`;
  } else if (!NAMES[target.engine].has(name)) {
    const { version } = target;
    const other = target.engine === 'redis' ? 'valkey' : 'redis';
    if (NAMES[other].has(name)) return `${name} is a directive of ${TITLE[other]}`;
    const judged = version !== undefined && !isAtLeast(version, nextAfter(MEASURED[target.engine]));
    return judged ? `${titleOf(target)} knows no directive ${name}` : undefined;
  }
  if (name === 'maxmemory-policy') return policyRefusal(String(args[0]), target);
  if (SIZES.includes(name) && !isSize(String(args[0])))
    return `${name} ${args[0]} is no size; it wants bytes, or a whole number with kb, mb or gb`;
  if (name === 'maxmemory-clients' && !isSize(String(args[0])) && !/^\d{1,2}%$|^100%$/.test(String(args[0])))
    return `maxmemory-clients ${args[0]} is neither a size nor a percentage`;
  return undefined;
}

/** Why a server does not take an eviction policy. */
export function policyRefusal(policy: string, target: EngineTarget): string | undefined {
  const since = POLICIES.get(policy);
  if (!since) return `maxmemory-policy ${policy} is none`;
  const reason = tooOld(since, target);
  return reason === undefined ? undefined : `maxmemory-policy ${policy} ${reason}`;
}

function tooOld(since: Since, target: EngineTarget): string | undefined {
  const least = since[target.engine];
  if (!least) {
    const [[other, from]] = Object.entries(since) as Array<[EngineName, EngineVersion]>;
    return `is of ${TITLE[other]} ${show(from)}; ${TITLE[target.engine]} has none`;
  }
  return isAtLeast(target.version ?? OLDEST[target.engine], least)
    ? undefined
    : `came with ${TITLE[target.engine]} ${show(least)}; this is ${titleOf(target)}`;
}

/** A size as the servers read it: Kubernetes' `768Mi`, a fraction and an exponent are fatal. */
function isSize(text: string): boolean {
  return /^\d+(b|k|kb|m|mb|g|gb)?$/i.test(text);
}

function nextAfter([major, minor]: EngineVersion): EngineVersion {
  return [major, minor + 1];
}
