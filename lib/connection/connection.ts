import type { EnvValue, ISecret } from 'cdk8s-plus-27';
import type { IConstruct, Node } from 'constructs';
import type { ConnectionPool } from './connection-pool';
import type { DatabaseVariables } from './database-variables';
import { type NetworkIdentity, NetworkPeer } from './network-peer';

/** A workload that uses others. */
export interface IConsumer extends IConstruct {
  /** Its pods, as network policies name them. */
  readonly networkIdentity: NetworkIdentity;
  /** Replicas at the largest size: the maximum of the autoscaler. */
  readonly maxReplicas: number;
  /** Pods that a rolling update adds to them, in percent of the replicas, rounded up. */
  readonly maxSurgePercent: number;
  /**
   * Pods that a rolling update adds to them, where the workload says a number and no share of the replicas.
   *
   * @default - maxSurgePercent of the replicas
   */
  readonly maxSurgePods?: number;
  /**
   * Processes of a pod, each of which has a pool of connections of its own, where the pool does not say how many.
   *
   * @default 1
   */
  readonly processesPerPod?: number;
}

/** How a consumer uses the standbys of a database. */
export interface ReadOnlyConnectionOptions {
  /**
   * Connections that each pod of the consumer keeps.
   *
   * @default - a fair share of what the database can bear at the consumer's largest size
   */
  readonly pool?: ConnectionPool;
  /**
   * Name of the database in the server: one of those that it was given.
   *
   * @default - the first of them
   */
  readonly database?: string;
  /**
   * How the consumer is told of the database.
   *
   * @default - DatabaseVariables.GUIDE for the database itself, DatabaseVariables.READ_ONLY for its standbys
   */
  readonly variables?: DatabaseVariables;
  /**
   * Role that the consumer logs in as, where it is another than that of the database: applications, environments and migrations
   * may each have one of their own. One of the `roles` of a `TunedPostgres` has its password in the Secret of the database, and
   * reaches the database itself where there is a pooler. Any other is made elsewhere, and needs `credentials`.
   *
   * @default - the role of the database
   */
  readonly user?: string;
  /**
   * An existing Secret with the key `password`, that of the role, in the namespace of the consumer. Where the consumer comes
   * through a pooler, the pooler needs it too, in its own namespace, so two roles need Secrets of two names.
   *
   * @default - the Secret of the database
   */
  readonly credentials?: ISecret;
}

/** How a consumer uses a database. */
export interface DatabaseConnectionOptions extends ReadOnlyConnectionOptions {
  /**
   * Whether the consumer connects to the database itself where there is a pooler: for `LISTEN`, locks and settings of a
   * session, and migrations. Its pool is then taken from the connections of the database.
   *
   * @default false
   */
  readonly direct?: boolean;
}

/** What a consumer needs to use a target. */
export interface ConnectionBinding {
  /**
   * The pods that answer. Labels that select nothing in particular would open every pod of the namespace.
   *
   * @default - no pods: `endpoints` says what is reached
   */
  readonly identity?: NetworkIdentity;
  /**
   * Ports of the pods, for the consumer's network policy.
   *
   * @default - none
   */
  readonly ports?: number[];
  /** Environment variables of the consumer. */
  readonly env: { [name: string]: EnvValue };
  /**
   * Further pods that the consumer talks to, such as Sentinels.
   *
   * @default - none
   */
  readonly alsoTo?: ConnectionPeer[];
  /**
   * What the consumer talks to outside of the set: address ranges, or pods that somebody else runs.
   *
   * @default - none
   */
  readonly endpoints?: ConnectionEndpoint[];
}

/** Pods and their ports that a consumer talks to. */
export interface ConnectionPeer {
  /** The pods that answer. */
  readonly identity: NetworkIdentity;
  /** Ports of the pods. */
  readonly ports: number[];
}

/** What a consumer talks to that is no construct, and its ports. */
export interface ConnectionEndpoint {
  /** Who answers, such as `NetworkPeer.cidr('10.20.0.0/16')`. */
  readonly peer: NetworkPeer;
  /** Ports that are reached. */
  readonly ports: number[];
}

/** Something that a workload can connect to with `connectTo`. */
export interface IConnectionTarget {
  /** The node of the construct that is connected to. */
  readonly node: Node;
  /**
   * Lets a consumer in and tells it what it needs. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  acceptConnection(consumer: IConsumer): ConnectionBinding;
}

/** A database that workloads share, whoever runs it. `connectTo(database)` connects with the defaults. */
export interface IDatabase extends IConstruct, IConnectionTarget {
  /** Name of the database in the server. */
  readonly database: string;
  /** Role that applications log in with. */
  readonly user: string;
  /**
   * A connection with options of its own, for `connectTo`.
   *
   * @param options its pool, its variables, and whether it goes past a pooler
   */
  connection(options: DatabaseConnectionOptions): IConnectionTarget;
}

/** Whether a target is a database, and no connection with options of its own. */
export function isDatabase(target: IConnectionTarget): target is IDatabase {
  return 'connection' in target && 'database' in target && 'user' in target;
}

/** A cache that workloads share, whoever runs it. */
export interface ICache extends IConstruct, IConnectionTarget {}

/** Where a workload answers HTTP inside the cluster. */
export interface HttpEndpoint {
  /** Name of the Service. */
  readonly serviceName: string;
  /**
   * Namespace of the Service.
   *
   * @default - the namespace that the manifests are applied to
   */
  readonly namespace?: string;
  /** Port of the Service. */
  readonly servicePort: number;
  /** Port of the pods, for network policies. */
  readonly podPort: number;
  /** The pods that answer. */
  readonly identity: NetworkIdentity;
}

/** Something that answers HTTP and can stand behind a proxy. */
export interface IHttpBackend extends IConstruct {
  /** Where it answers. */
  readonly httpEndpoint: HttpEndpoint;
  /**
   * Lets a peer reach the HTTP port.
   *
   * @param peer who may
   */
  allowHttpFrom(peer: NetworkPeer): void;
}

/** Everything that a binding has its consumer reach, for the consumer's network policy. */
export function endpointsOf(binding: ConnectionBinding): ConnectionEndpoint[] {
  const { identity, ports = [], alsoTo = [], endpoints = [] } = binding;
  const pods = [...(identity ? [{ identity, ports }] : []), ...alsoTo];
  return [...pods.map((one) => ({ peer: NetworkPeer.pods(one.identity), ports: one.ports })), ...endpoints];
}

/**
 * The shortest name of a Service that a pod of `consumerNamespace` resolves at the first try: with the usual `ndots: 5`
 * a longer name is first looked up under every search domain.
 */
export function serviceHost(
  service: { readonly serviceName: string; readonly namespace?: string },
  consumerNamespace: string | undefined,
): string {
  return service.namespace === undefined || service.namespace === consumerNamespace
    ? service.serviceName
    : `${service.serviceName}.${service.namespace}`;
}
