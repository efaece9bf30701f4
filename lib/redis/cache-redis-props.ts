import type { Size } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import type { PodProps } from '../pod/pod-props';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { CacheEngine, CachePersistence, EvictionPolicy, ValueSizes } from './cache-engine';
import type { CacheUser } from './cache-user';
import type { RedisTopology } from './redis-topology';

/** How an LFU policy counts use. */
export interface LfuSettings {
  /**
   * How many uses a key needs to count as hot: more tells hot keys better apart, and takes longer to notice one. From 0
   * to 255.
   *
   * @default 10
   */
  readonly logFactor?: number;
  /**
   * Minutes after which a use counts less; 0 for never. At most 10080.
   *
   * @default 1
   */
  readonly decayMinutes?: number;
}

/** Properties of a `CacheRedis`. */
export interface CacheRedisProps extends PodProps {
  /**
   * Memory of the container, request and limit, of each server.
   *
   * @default - the memory limit of `profile`, or what `maxMemory` needs, or 2Gi
   */
  readonly memory?: Size;
  /**
   * Memory for keys and values of each server: `maxmemory`. At least 16Mi, in whole bytes.
   *
   * @default - what the memory of the container bears: a little less than half of it, and three quarters with STEADY sizes;
   * less with persistence, replicas or declared clients
   */
  readonly maxMemory?: Size;
  /**
   * Whether values of other sizes can come at any time. With STEADY sizes the same container holds half as much again.
   *
   * @default ValueSizes.CHANGING
   */
  readonly valueSizes?: ValueSizes;
  /**
   * Most clients that are connected to a server at one time: the connections of all pods of all consumers. From 1 to
   * 50000. No client is disconnected then, as long as it sends and receives no more than `largestValue` at one time; one
   * more is refused when it connects. Consumers that can run more pods than this are refused at synth time. The node has to
   * allow the container as many open files, as it does unless somebody lowered the limit.
   *
   * @default - not limited; all clients together may hold a tenth of `maxMemory`, at least 8Mi; with `largestValue`, 100
   */
  readonly clients?: number;
  /**
   * The most that a client sends or receives at one time: one value, or all values of a pipeline. From 1Ki to 512Mi. A value
   * that is larger than this and larger than 1Mi is refused.
   *
   * @default - with `clients`, 64Ki; otherwise a value may be a fortieth of `maxMemory`, at least 2Mi and at most 32Mi
   */
  readonly largestValue?: Size;
  /**
   * Keys and values written per second at the peak, on each primary. While a new replica copies all keys, the primary keeps
   * what is written meanwhile in memory, and the container has room for it. Only with replicas. From 1Ki to 50Mi; a cluster
   * spreads writes over its shards.
   *
   * @default - 5Mi
   */
  readonly writeRate?: Size;
  /**
   * Size of the container: CPU and local disk, and its memory limit unless `memory` is set. The memory limit is also
   * what is requested, whatever the profile requests: a cache fills it and keeps it.
   *
   * @default WorkloadProfile.CACHE
   */
  readonly profile?: WorkloadProfile;
  /**
   * Which keys go when the memory is full.
   *
   * @default EvictionPolicy.ALLKEYS_LRU
   */
  readonly evictionPolicy?: EvictionPolicy;
  /**
   * Why every key is written with a time to live, in at least ten characters, such as
   * `sessions expire after an hour`. Needed by the `volatile-…` policies, which answer writes with errors when the keys
   * that are left have none. It becomes the reason that suppresses rule CAC-002.
   *
   * @default - nothing guarantees it; only the `allkeys-…` policies are allowed
   */
  readonly ttlGuarantee?: string;
  /**
   * How use is counted; only with an LFU policy.
   *
   * @default - the server's defaults: factor 10, a minute
   */
  readonly lfu?: LfuSettings;
  /**
   * What is left after a restart. Anything but NONE slows writes, and the same `maxMemory` needs a container of more than
   * twice its size.
   *
   * @default CachePersistence.NONE
   */
  readonly persistence?: CachePersistence;
  /**
   * Size of the volume; only with persistence.
   *
   * @default - twice `maxMemory` for snapshots, three times for an append-only file, in whole Gi
   */
  readonly storage?: Size;
  /**
   * Size that the volume was made with, where `storage` has grown since: the API server lets the claim grow, and refuses
   * another size in the StatefulSet. The claim stands among the manifests then. Its StorageClass must allow it
   * (`allowVolumeExpansion`), and nothing shrinks.
   *
   * @default - the volume has the size that it was made with
   */
  readonly initialStorage?: Size;
  /**
   * StorageClass of the volume; only with persistence.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
  /**
   * Which server to run. An image whose name begins with the other one's is refused.
   *
   * @default - CacheEngine.VALKEY; CacheEngine.REDIS with a topology of several servers
   */
  readonly engine?: CacheEngine;
  /**
   * Image with a tag or a digest, laid out like the official Debian image: user 999, the engine's server and client.
   * With a topology of several servers, one made for the operator.
   *
   * @default - the official image of the engine, or the operator's
   */
  readonly image?: string;
  /**
   * Version of the server in `image`, such as `8.1`, where its tag does not tell. It decides which settings may be
   * emitted: a server does not start with one that it does not know. Redis 7.0, Valkey 7.2 or newer.
   *
   * @default - read from the tag; where that is none, what the oldest supported version knows
   */
  readonly engineVersion?: string;
  /**
   * Whether the server moves memory together when a tenth of it is holes. Only with the official images: those built
   * with the system's allocator do not start with it.
   *
   * @default false
   */
  readonly activeDefragmentation?: boolean;
  /**
   * An existing Secret with the keys `password` (of the user `app`) and `exporter-password`, and those that `users` name. With a
   * topology of several
   * servers also `operator-password` (of the user `default`, for operator, replicas and Sentinels) and `user.acl`, the
   * users with the digests of these passwords.
   *
   * @default - a Secret called `<name>-credentials`
   */
  readonly credentials?: ISecret;
  /**
   * Commands that the application may use besides, each with the reason in at least ten characters, such as
   * `{ keys: 'the admin page lists the sessions' }`. Names are in lower case, those of subcommands as an ACL writes them:
   * `config|get`. Refused are commands that the version does not have, and those that break what the construct promises:
   * `flushall`, `shutdown`, `debug`, `save`, `bgsave`, `bgrewriteaof`, `replicaof` and other commands of replication,
   * `migrate`, and what changes settings, users or modules. Only on one server; an operator's servers read the rights
   * from the Secret.
   *
   * @default - all commands but those of the categories `@admin` and `@dangerous`; of these, INFO, ROLE, FLUSHDB and
   * CLIENT LIST
   */
  readonly allowCommands?: { [command: string]: string };
  /**
   * Users of your own, each with its keys and its password in the Secret `credentials`. Only on one server; an operator's
   * servers read the users from the Secret.
   *
   * @default - `app` and `exporter`
   */
  readonly users?: CacheUser[];
  /**
   * Whether a client that sends a password without a name (`AUTH password`, `redis://:password@host`) is the application:
   * the user `default` gets the password and the rights of `app`. Only on one server; with an operator the user `default`
   * is the operator's.
   *
   * @default false - clients log in as `app`; without a name they may ask PING and nothing else
   */
  readonly passwordOnlyClients?: boolean;
  /**
   * Settings of your own, as in `redis.conf`, such as `{ 'notify-keyspace-events': 'Ex' }`. Refused are directives that the
   * version does not have, values of another kind than the default, quotes, backslashes and line breaks, and directives that
   * are computed or contradict the pod: the error names the prop to set instead.
   *
   * @default - what the server does by itself
   */
  readonly settings?: { [directive: string]: string };
  /**
   * Modules that the server loads when it starts: absolute paths of files of the image, such as
   * `/usr/local/lib/redis/modules/rejson.so`. What a module takes by itself is outside of `maxMemory`. Refused are paths
   * with other characters than letters, digits, `.`, `_`, `+` and `-`, and hidden files.
   *
   * @default - none
   */
  readonly modules?: string[];
  /**
   * An existing Secret with `tls.crt`, `tls.key` and `ca.crt`, such as cert-manager makes. The server then answers TLS
   * only, and reads the files when it starts.
   *
   * @default - no TLS; the NetworkPolicy says who reaches it
   */
  readonly certificate?: ISecret;
  /**
   * On how many machines it runs.
   *
   * @default RedisTopology.standalone()
   */
  readonly topology?: RedisTopology;
  /**
   * Whether redis_exporter runs beside the server.
   *
   * @default true
   */
  readonly metrics?: boolean;
  /**
   * Image of redis_exporter.
   *
   * @default - redis_exporter 1.88
   */
  readonly exporterImage?: string;
  /**
   * Labels that the StatefulSet is selected by, where it exists already: its selector cannot change. Pods, Services, budget
   * and policy follow. Not with an operator.
   *
   * @default - app.kubernetes.io/name and app.kubernetes.io/component
   */
  readonly selectorLabels?: { [label: string]: string };
  /**
   * Name of the Service that the StatefulSet names (`serviceName`), where it exists already: it cannot change. Not with an
   * operator.
   *
   * @default - the name and "-headless"
   */
  readonly headlessServiceName?: string;
  /**
   * Name of all objects.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}
