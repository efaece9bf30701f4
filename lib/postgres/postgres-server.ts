import type { ApiObject } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import type { MetricsEndpoint } from '../connection/monitored';
import type { NetworkAccess } from '../connection/network-access';
import type { NetworkIdentity } from '../connection/network-peer';
import type { ContainerResources } from '../sizing/resources';
import type { FirstStart } from './first-start';
import type { ImageCapabilities } from './image-capabilities';
import type { PostgresImageFamily, PostgresVersion } from './postgres-workload';
import type { PostgresTls } from './tls';
import type { TunedPostgresProps } from './tuned-postgres-props';
import type { Tuning } from './tuning/postgres-tuning';

/** A database with its size and its settings, for an engine to run. */
export interface ServerPlan {
  readonly name: string;
  readonly props: TunedPostgresProps;
  readonly version: PostgresVersion;
  readonly family: PostgresImageFamily;
  readonly capabilities: ImageCapabilities;
  readonly image: string;
  readonly resources: ContainerResources;
  readonly database: string;
  /** What is made once, when the volume is empty. */
  readonly firstStart: FirstStart;
  readonly user: string;
  /** Undefined: no TLS, or that of an operator. */
  readonly tls?: PostgresTls;
  /** Whether Jobs of ours log in as superuser. */
  readonly hasSuperuserJobs: boolean;
  /** The settings, with every consumer known; sizes of memory and time do not depend on them. */
  readonly tuning: () => Tuning;
}

/** The objects of an engine; those that it does not make are undefined. */
export interface ServerObjects {
  readonly statefulSet?: ApiObject;
  readonly service?: ApiObject;
  readonly headlessService?: ApiObject;
  readonly volumeClaim?: ApiObject;
  readonly configMap?: ApiObject;
  readonly serviceAccount?: ApiObject;
  readonly disruptionBudget?: ApiObject;
  readonly cluster?: ApiObject;
  readonly scheduledBackup?: ApiObject;
  readonly objectStore?: ApiObject;
  readonly recoveryStore?: ApiObject;
  readonly initScripts?: ApiObject;
  readonly databaseResources?: ApiObject[];
}

/** What an engine makes of a database. */
export interface PostgresServer {
  /** The pods that answer clients. */
  readonly identity: NetworkIdentity;
  /** Service of the instance that takes writes. */
  readonly service: string;
  /** Service of its standbys. */
  readonly readOnlyService?: string;
  readonly credentials: ISecret;
  readonly metrics?: MetricsEndpoint;
  readonly network: NetworkAccess;
  readonly objects: ServerObjects;
}
