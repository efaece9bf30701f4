/**
 * The resources of CloudNativePG and of its Barman Cloud plugin, as far as they are emitted; checked against their
 * definitions by the tests. `cdk8s import` would make 600 KB of them, of which nothing else is used.
 */
import type {
  Affinity,
  PodSpec,
  ResourceRequirements,
  Toleration,
  TopologySpreadConstraint,
} from 'kubernetes-types/core/v1';

interface Named {
  readonly name: string;
}

interface KeyOf extends Named {
  readonly key: string;
}

/** A VolumeSnapshot in the namespace of the Cluster. */
export interface VolumeSnapshotName extends Named {
  readonly apiGroup: 'snapshot.storage.k8s.io';
  readonly kind: 'VolumeSnapshot';
}

interface Volume {
  readonly size: string;
  readonly storageClass?: string;
}

/** `postgresql.cnpg.io/v1` Cluster. */
export interface Cluster {
  readonly spec?: {
    readonly instances: number;
    readonly imageName: string;
    readonly postgresql: {
      readonly parameters: Readonly<Record<string, string>>;
      readonly shared_preload_libraries?: readonly string[];
      readonly synchronous?: {
        readonly method: 'any' | 'first';
        readonly number: number;
        readonly dataDurability: string;
      };
    };
    readonly bootstrap: {
      readonly recovery?: {
        readonly database: string;
        readonly owner: string;
        readonly secret?: Named;
        readonly source?: string;
        readonly backup?: Named;
        readonly volumeSnapshots?: {
          readonly storage: VolumeSnapshotName;
          readonly walStorage?: VolumeSnapshotName;
          readonly tablespaceStorage?: Readonly<Record<string, VolumeSnapshotName>>;
        };
        readonly recoveryTarget?: {
          readonly backupID?: string;
          readonly targetTime?: string;
          readonly targetLSN?: string;
          readonly targetXID?: string;
          readonly targetName?: string;
          readonly targetImmediate?: true;
          readonly targetTLI?: string;
          readonly exclusive?: true;
        };
      };
      readonly initdb?: {
        readonly database: string;
        readonly owner: string;
        readonly secret?: Named;
        readonly import?: {
          readonly type: 'microservice' | 'monolith';
          readonly databases: readonly string[];
          readonly roles?: readonly string[];
          readonly source: { readonly externalCluster: string };
          readonly pgDumpExtraOptions?: readonly string[];
          readonly pgRestoreExtraOptions?: readonly string[];
        };
        readonly dataChecksums: boolean;
        readonly encoding: string;
        readonly postInitApplicationSQL?: readonly string[];
        readonly postInitApplicationSQLRefs?: { readonly configMapRefs: readonly KeyOf[] };
      };
    };
    readonly externalClusters?: ReadonlyArray<{
      readonly name: string;
      readonly connectionParameters?: Readonly<Record<string, string>>;
      readonly password?: KeyOf;
      readonly sslRootCert?: KeyOf;
      readonly plugin?: {
        readonly name: string;
        readonly parameters: Readonly<Record<string, string>>;
      };
    }>;
    readonly managed?: {
      readonly roles: ReadonlyArray<{
        readonly name: string;
        readonly ensure: 'present';
        readonly login: boolean;
        readonly connectionLimit?: number;
        readonly inRoles: readonly string[];
        readonly passwordSecret?: Named;
      }>;
    };
    readonly storage: Volume;
    readonly walStorage?: Volume;
    readonly tablespaces?: ReadonlyArray<{
      readonly name: string;
      readonly owner: Named;
      readonly storage: Volume;
      readonly temporary?: true;
    }>;
    readonly resources: ResourceRequirements;
    readonly ephemeralVolumesSizeLimit: { readonly shm: string; readonly temporaryData: string };
    readonly affinity: {
      readonly enablePodAntiAffinity: boolean;
      readonly podAntiAffinityType: string;
      readonly topologyKey: string;
      readonly nodeSelector?: Readonly<Record<string, string>>;
      readonly nodeAffinity?: Affinity['nodeAffinity'];
      readonly tolerations?: readonly Toleration[];
    };
    readonly imagePullPolicy?: string;
    readonly imagePullSecrets?: ReadonlyArray<{ readonly name: string }>;
    readonly topologySpreadConstraints: readonly TopologySpreadConstraint[];
    readonly priorityClassName?: string;
    readonly enablePDB: boolean;
    readonly enableSuperuserAccess: boolean;
    readonly primaryUpdateMethod: 'restart' | 'switchover';
    readonly primaryUpdateStrategy: 'supervised' | 'unsupervised';
    readonly startDelay: number;
    readonly stopDelay: number;
    readonly smartShutdownTimeout: number;
    readonly seccompProfile: { readonly type: string };
    readonly plugins?: ReadonlyArray<{
      readonly name: string;
      readonly isWALArchiver: boolean;
      readonly parameters: Readonly<Record<string, string>>;
    }>;
    readonly backup?: {
      readonly volumeSnapshot: { readonly className?: string; readonly online: boolean };
    };
  };
}

/** `postgresql.cnpg.io/v1` Database, of 1.25 and newer; its extensions of 1.26. */
export interface Database {
  readonly spec?: {
    readonly cluster: Named;
    readonly name: string;
    readonly owner: string;
    readonly databaseReclaimPolicy: 'delete' | 'retain';
    readonly extensions?: readonly Named[];
  };
}

/** `postgresql.cnpg.io/v1` Pooler. */
export interface Pooler {
  readonly spec?: {
    readonly cluster: Named;
    readonly type: 'rw' | 'ro' | 'r';
    readonly instances: number;
    readonly pgbouncer: {
      readonly poolMode: 'session' | 'transaction';
      readonly parameters: Readonly<Record<string, string>>;
    };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
    readonly deploymentStrategy: {
      readonly type: 'RollingUpdate';
      readonly rollingUpdate: { readonly maxSurge: string; readonly maxUnavailable: number };
    };
  };
}

/** `postgresql.cnpg.io/v1` ScheduledBackup. */
export interface ScheduledBackup {
  readonly spec?: {
    readonly cluster: Named;
    readonly schedule: string;
    readonly method: 'plugin' | 'volumeSnapshot';
    readonly pluginConfiguration?: Named;
    readonly backupOwnerReference: 'none' | 'self' | 'cluster';
    readonly target: 'primary' | 'prefer-standby';
    readonly immediate: boolean;
  };
}

/** `barmancloud.cnpg.io/v1` ObjectStore. */
export interface ObjectStore {
  readonly spec?: {
    readonly configuration: {
      readonly destinationPath: string;
      readonly endpointURL?: string;
      readonly s3Credentials?: {
        readonly inheritFromIAMRole?: boolean;
        readonly accessKeyId?: KeyOf;
        readonly secretAccessKey?: KeyOf;
      };
      readonly googleCredentials?: {
        readonly gkeEnvironment?: boolean;
        readonly applicationCredentials?: KeyOf;
      };
      readonly azureCredentials?: {
        readonly inheritFromAzureAD?: boolean;
        readonly connectionString?: KeyOf;
      };
      readonly wal: { readonly compression: string; readonly maxParallel: number };
      readonly data?: { readonly compression: string };
    };
    readonly retentionPolicy?: string;
    readonly instanceSidecarConfiguration: { readonly resources: ResourceRequirements };
  };
}
