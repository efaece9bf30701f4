/**
 * The resources of the redis-operator of OT-CONTAINER-KIT, as far as they are emitted; checked against their definitions by
 * the tests. `cdk8s import` would make 1.7 MB of them, of which nothing else is used.
 */
import type {
  Affinity,
  EnvVar,
  PodSecurityContext,
  Probe,
  ResourceRequirements,
  SecretKeySelector,
  SecurityContext,
  Toleration,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1';

/** A server's image, and the Secret with the password of its user `default`. */
interface KubernetesConfig {
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets?: ReadonlyArray<{ readonly name: string }>;
  readonly redisSecret?: { readonly name: string; readonly key: string };
  readonly resources?: ResourceRequirements;
}

interface Placement {
  readonly affinity?: Affinity;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
}

interface Probes {
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

interface Tls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly secret: { readonly secretName: string };
}

/** What all pods of a resource have. */
interface Pods {
  readonly podSecurityContext: PodSecurityContext;
  readonly priorityClassName?: string;
  readonly serviceAccountName: string;
  readonly TLS?: Tls;
}

/** What the servers of both kinds have. */
interface Servers extends Pods {
  readonly acl: {
    readonly secret: {
      readonly secretName: string;
      readonly items: ReadonlyArray<{ readonly key: string; readonly path: string }>;
    };
  };
  readonly env: readonly EnvVar[];
  readonly clusterSize: number;
  readonly kubernetesConfig: KubernetesConfig;
  readonly redisExporter: {
    readonly enabled: boolean;
    readonly image: string;
    readonly resources: ResourceRequirements;
    readonly securityContext: SecurityContext;
    readonly env: readonly EnvVar[];
  };
  readonly storage?: {
    readonly volumeClaimTemplate: {
      readonly spec: {
        readonly accessModes: readonly string[];
        readonly resources: ResourceRequirements;
        readonly storageClassName?: string;
        readonly volumeMode: string;
      };
    };
  };
}

/** The pods of a server: of all of them, or of those of a role. */
interface ServerPods extends Placement, Probes {
  readonly redisConfig: { readonly additionalRedisConfig: string };
  readonly securityContext: SecurityContext;
  readonly terminationGracePeriodSeconds: number;
}

interface Role extends ServerPods {
  readonly replicas: number;
  readonly resources: ResourceRequirements;
}

/** `redis.redis.opstreelabs.in/v1beta2` RedisReplication. */
export interface RedisReplication {
  readonly spec?: Servers & ServerPods;
}

/** `redis.redis.opstreelabs.in/v1beta2` RedisCluster. */
export interface RedisCluster {
  readonly spec?: Servers & {
    readonly clusterVersion: 'v7';
    readonly persistenceEnabled: boolean;
    readonly redisLeader: Role;
    readonly redisFollower: Role;
  };
}

/** `redis.redis.opstreelabs.in/v1beta2` RedisSentinel. */
export interface RedisSentinel {
  readonly spec?: Pods &
    Placement &
    Probes & {
      readonly clusterSize: number;
      readonly kubernetesConfig: KubernetesConfig;
      readonly redisSentinelConfig: {
        readonly downAfterMilliseconds: string;
        readonly failoverTimeout: string;
        readonly parallelSyncs: string;
        readonly masterGroupName: string;
        readonly quorum: string;
        readonly redisPort: string;
        readonly redisReplicationName: string;
        readonly redisReplicationPassword: { readonly secretKeyRef: SecretKeySelector };
      };
      readonly securityContext: SecurityContext;
    };
}
