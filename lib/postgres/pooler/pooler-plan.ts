import type { ApiObject } from 'cdk8s';
import type { EnvValue, ISecret } from 'cdk8s-plus-27';
import type { DatabaseLogin } from '../../connection/database-connection';
import type { MetricsEndpoint } from '../../connection/monitored';
import type { NetworkPeer } from '../../connection/network-peer';
import type { PoolerSizing, QueryWait } from '../../connection/pooler-sizing';
import type { SelectorLabels } from '../../pod/naming';
import type { ContainerResources } from '../../sizing/resources';
import type { CloudNativePgOptions } from '../postgres-topology';
import type { PostgresVersion } from '../postgres-workload';
import type { PostgresTls } from '../tls';
import type { PostgresPoolerProps } from './postgres-pooler-props';
import type { StartupParameters } from './startup-parameters';

/** The database behind a pooler. */
export interface PooledDatabase {
  /** Name of the construct's objects. */
  readonly name: string;
  /** Where it takes writes: a Service, or an address outside of the cluster. */
  readonly host: string;
  readonly port: number;
  /** Who answers there. */
  readonly peer: NetworkPeer;
  readonly version: PostgresVersion;
  /** Names of the databases in the server. */
  readonly databases: readonly string[];
  /** Who comes through the poolers, each role once, with every consumer known. */
  readonly logins: () => readonly DatabaseLogin[];
  /** Who reads the statistics of the poolers; one of the logins, or a user of the poolers alone. */
  readonly statistics: () => StatisticsLogin;
  /** The certificate that the poolers answer with. */
  readonly clientTls?: PostgresTls;
  /** How the poolers reach the database. */
  readonly serverTls?: ServerTls;
  /** Set where CloudNativePG runs the database, and so its poolers. */
  readonly managed?: CloudNativePgOptions;
  /** Sizes, with every consumer known. */
  readonly sizing: () => PoolerSizing;
  /** Longest time that a consumer's own pool waits, in seconds. */
  readonly longestPoolTimeout: () => number;
}

/** A user who reads the statistics of poolers. */
export interface StatisticsLogin {
  readonly user: string;
  readonly password: EnvValue;
}

/** How poolers reach a database by TLS. */
export interface ServerTls {
  /** `sslmode` of libpq. */
  readonly mode: string;
  /** The Secret with the authority of its certificate. */
  readonly authority?: ISecret;
}

/** A pooler with its size, for an engine to run. */
export interface PoolerPlan {
  readonly name: string;
  readonly labels: SelectorLabels;
  readonly replicas: number;
  readonly resources: ContainerResources;
  readonly props: PostgresPoolerProps;
  readonly database: PooledDatabase;
  /** How long a client may wait, with every consumer known. */
  readonly queryWait: () => QueryWait;
  /** What clients may send when they connect. */
  readonly startup: StartupParameters;
}

/** What an engine makes of it. */
export interface PoolerParts {
  readonly podLabels: Record<string, string>;
  readonly metrics?: MetricsEndpoint;
  readonly objects: {
    readonly deployment?: ApiObject;
    readonly service?: ApiObject;
    readonly configMap?: ApiObject;
    readonly serviceAccount?: ApiObject;
    readonly pooler?: ApiObject;
  };
}

export const POOLER_SURGE_PERCENT = 25;
/** Time that transactions get to end when a pooler stops. */
export const POOLER_DRAIN_SECONDS = 60;
