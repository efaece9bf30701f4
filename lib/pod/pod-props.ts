import type { Duration } from 'cdk8s';
import type { EnvFrom, EnvValue, HostAlias, ImagePullPolicy, ISecret } from 'cdk8s-plus-27';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { HealthCheck } from './health-check';
import type { LifecycleHook } from './lifecycle-hook';
import type { PodVolumeMount } from './pod-volume';
import type { SchedulingProps } from './scheduling';

/** How the pods of a construct are run, whatever runs in them. */
export interface PodProps extends SchedulingProps {
  /**
   * Secrets of the registries that the images come from.
   *
   * @default - none: the images are public, or the nodes may pull them
   */
  readonly imagePullSecrets?: ISecret[];
  /**
   * When images are pulled.
   *
   * @default - IfNotPresent, as Kubernetes does for a tag that is not `latest`
   */
  readonly imagePullPolicy?: ImagePullPolicy;
  /**
   * Name of an existing RuntimeClass, such as `gvisor`.
   *
   * @default - the cluster's default runtime
   */
  readonly runtimeClassName?: string;
  /**
   * Further entries of `/etc/hosts`.
   *
   * @default - none
   */
  readonly hostAliases?: HostAlias[];
  /**
   * How the pods resolve names.
   *
   * @default - the DNS of the cluster
   */
  readonly dns?: PodDnsOptions;
  /**
   * Further labels of the pods. Those that select the pods cannot be changed.
   *
   * @default - none
   */
  readonly podLabels?: { [key: string]: string };
  /**
   * Annotations of the pods, such as `{ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' }`.
   *
   * @default - the checksum of the configuration
   */
  readonly podAnnotations?: { [key: string]: string };
  /**
   * The ServiceAccount of the pods.
   *
   * @default - an account of its own, without a token and without rights
   */
  readonly serviceAccount?: ServiceAccountOptions;
  /**
   * Containers beside the main one. An autoscaler measures the main container alone then, and every number of the pod counts
   * them: quotas, nodes, density.
   *
   * @default - none
   */
  readonly sidecars?: SidecarOptions[];
  /**
   * Containers that run to their end, one after the other, before the main one starts.
   *
   * @default - none
   */
  readonly initContainers?: InitContainerOptions[];
  /**
   * Volumes of the main container.
   *
   * @default - `/tmp`, and what the construct needs
   */
  readonly volumes?: PodVolumeMount[];
  /**
   * ConfigMaps and Secrets whose keys become variables of the main container: `Env.fromSecret(secret)`. A variable of the
   * construct counts before one of them.
   *
   * @default - none
   */
  readonly envFrom?: EnvFrom[];
}

/** How pods resolve names. */
export interface PodDnsOptions {
  /**
   * Dots that a name needs to be looked up as it is first, from 0 to 15. Below 5 names outside of the cluster take fewer
   * questions, and `service.namespace` needs at least 2.
   *
   * @default - 5, as the cluster's
   */
  readonly ndots?: number;
  /**
   * Servers that are asked beside the cluster's, at most three.
   *
   * @default - none
   */
  readonly nameservers?: string[];
  /**
   * Domains that are searched beside the cluster's.
   *
   * @default - none
   */
  readonly searches?: string[];
}

/** The ServiceAccount of pods. */
export interface ServiceAccountOptions {
  /**
   * Its name, where something outside names it, such as the trust policy of a cloud.
   *
   * @default - the name of the construct
   */
  readonly name?: string;
  /**
   * Annotations of the account, such as the role of a cloud: `{ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::…' }`.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
  /**
   * Why the pods talk to the API server, in at least ten characters: they get a token then. It becomes the reason that
   * suppresses rule SEC-002.
   *
   * @default - they have no token
   */
  readonly tokenReason?: string;
  /**
   * What the account may do in its namespace: a Role is made and bound. It needs `tokenReason`.
   *
   * @default - nothing
   */
  readonly rules?: AccessRule[];
}

/** Something that a ServiceAccount may do. */
export interface AccessRule {
  /**
   * Groups of the API; `''` is the core group.
   *
   * @default - the core group
   */
  readonly apiGroups?: string[];
  /** Kinds in the plural, such as `configmaps`; `*` is refused. */
  readonly resources: string[];
  /** What it may do, such as `get`, `list` and `watch`; `*` is refused. */
  readonly verbs: string[];
  /**
   * Names of the objects.
   *
   * @default - all of the kind
   */
  readonly resourceNames?: string[];
}

/** A container that runs beside or before the main one. It is hardened as the main one is. */
export interface ContainerOptions {
  /** Its name in the pod. */
  readonly name: string;
  /** Image with a tag or a digest. */
  readonly image: string;
  /** Its requests and limits. */
  readonly profile: WorkloadProfile;
  /**
   * Program and arguments in the place of the image's entry point; `$(NAME)` is a variable of it.
   *
   * @default - the image's entry point
   */
  readonly command?: string[];
  /**
   * Arguments of the entry point; `$(NAME)` is a variable of it.
   *
   * @default - the image's arguments
   */
  readonly args?: string[];
  /**
   * Its variables.
   *
   * @default - none
   */
  readonly env?: { [name: string]: EnvValue };
  /**
   * ConfigMaps and Secrets whose keys become variables of it.
   *
   * @default - none
   */
  readonly envFrom?: EnvFrom[];
  /**
   * Its volumes. One that is given to several containers is one volume of the pod.
   *
   * @default - none: its root file system is read-only
   */
  readonly volumes?: PodVolumeMount[];
  /**
   * Numeric user and group, where they are not those of the pod.
   *
   * @default - those of the pod
   */
  readonly runAsUser?: number;
}

/** A container that runs to its end before the main one starts. */
export interface InitContainerOptions extends ContainerOptions {
  /**
   * Whether it gets the variables of the main container: `env`, `envFrom` and those of `connectTo`; its own win. So a migration
   * reaches the database as the program does. It runs in every pod, several at a time: for tools that lock. Its connections
   * are those that the program does not have yet.
   *
   * @default false
   */
  readonly inheritsVariables?: boolean;
}

/** A container beside the main one. */
export interface SidecarOptions extends ContainerOptions {
  /**
   * Ports that it serves on.
   *
   * @default - none
   */
  readonly ports?: PodPort[];
  /**
   * Whether the pod may get traffic; it gets none while this fails.
   *
   * @default - the sidecar has no say
   */
  readonly readiness?: HealthCheck;
  /**
   * Whether it is alive.
   *
   * @default - it is restarted when it exits
   */
  readonly liveness?: HealthCheck;
  /**
   * Whether it starts before the main container and stops after it (a native sidecar, from Kubernetes 1.29 on): right for
   * proxies and agents that the main container needs.
   *
   * @default true, where the cluster can
   */
  readonly native?: boolean;
  /**
   * What is done in it once it has started; it is restarted when that fails.
   *
   * @default - nothing
   */
  readonly postStart?: LifecycleHook;
  /**
   * What is done in it before it gets SIGTERM.
   *
   * @default - nothing
   */
  readonly preStop?: LifecycleHook;
  /**
   * Time that `preStop` may take, from 1 second to a day, in whole seconds; the grace period of the pod has room for it. Needs
   * `preStop`.
   *
   * @default Duration.seconds(10)
   */
  readonly preStopTime?: Duration;
}

/** A port of a container. */
export interface PodPort {
  /** Its name: at most 15 small letters, digits and "-". */
  readonly name: string;
  /** Its number, from 1024 to 65535. */
  readonly port: number;
  /**
   * TCP, UDP or SCTP.
   *
   * @default TCP
   */
  readonly protocol?: string;
}
