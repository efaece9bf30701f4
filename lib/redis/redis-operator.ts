/**
 * A cache on several machines, as resources of the redis-operator of OT-CONTAINER-KIT.
 *
 * The operator gives its pods the labels of their resource, and names them after it: `<name>-0`, `<name>-sentinel-0`,
 * `<name>-leader-0`, `<name>-follower-0`, each behind a headless Service of the name of its set. It writes a
 * configuration of its own and includes ours at its end, so that ours holds.
 */
import type { ApiObject } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { emitSpec, type ObjectHead } from '../pod/api-object';
import { EXPORTER_RESOURCES } from '../pod/exporter';
import { DEFAULT_IMAGES } from '../pod/images';
import type { SelectorLabels } from '../pod/naming';
import type { PodProps } from '../pod/pod-props';
import { affinity, spreadConstraints, tolerations } from '../pod/scheduling';
import { gracePeriodSeconds } from '../pod/termination-sizing';
import { type ContainerResources, renderResources } from '../sizing/resources';
import { KubernetesVersion } from '../target/kubernetes-version';
import { formatBytes, MIB } from '../units/quantity';
import type { CachePlan } from './cache-plan';
import { EXPORTER_PASSWORD_KEY, EXPORTER_USER, PROBES } from './cache-pod';
import type { CacheRedisProps } from './cache-redis-props';
import {
  aliveCommand,
  ALLOCATOR_ENV,
  CACHE_PORT,
  readyCommand,
  SENTINEL_PORT,
  TLS_KEYS,
} from './configuration/redis-files';
import type { RedisCluster, RedisReplication, RedisSentinel } from './operator-types';
import type { TopologyShape } from './redis-topology';
import { shutdownSeconds } from './tuning/redis-memory-budget';

/** Name under which the Sentinels know the primary. */
export const MASTER_NAME = 'mymaster';

const OPERATOR_API_VERSION = 'redis.redis.opstreelabs.in/v1beta2';

/** Name that the operator gives the port of the exporter. */
export const OPERATOR_METRICS_PORT = 'redis-exporter';

/** User and group of the operator's images. */
const OPERATOR_USER = 1000;
/** A Sentinel keeps no data. A proposal: it answers a few questions a second. */
const SENTINEL_RESOURCES: ContainerResources = {
  cpuRequestMillis: 50,
  cpuLimitMillis: 200,
  memoryRequestBytes: 64 * MIB,
  memoryLimitBytes: 64 * MIB,
  ephemeralRequestBytes: 16 * MIB,
  ephemeralLimitBytes: 64 * MIB,
};
/** Time after which a Sentinel takes a silent server for gone, and that a failover may take; the operator's defaults. */
const SENTINEL_TIMING = { downAfterMilliseconds: '5000', failoverTimeout: '10000', parallelSyncs: '1' };

export interface OperatorOptions {
  readonly name: string;
  /** Labels of the servers' pods. */
  readonly labels: SelectorLabels;
  /** Labels of the Sentinels' pods. */
  readonly sentinelLabels: SelectorLabels;
  readonly plan: CachePlan;
  readonly props: CacheRedisProps;
  readonly credentials: ISecret;
  readonly hasExporter: boolean;
  readonly configMapName: string;
  /** What rolls the pods when it changes. */
  readonly checksum: string;
}

export interface OperatorParts {
  readonly replication?: ApiObject;
  readonly sentinel?: ApiObject;
  readonly cluster?: ApiObject;
}

type Several = Exclude<TopologyShape, { kind: 'standalone' }>;
type OfKind<K extends Several['kind']> = Extract<Several, { kind: K }>;

export function emitOperatorTopology(
  scope: Construct,
  shape: Several,
  options: OperatorOptions,
): OperatorParts {
  return shape.kind === 'cluster'
    ? { cluster: emitCluster(scope, shape, options) }
    : {
        replication: emitReplication(scope, shape, options),
        sentinel: emitSentinel(scope, shape, options),
      };
}

/** The servers of a cluster that a client asks first, and the Sentinels, by host and port. */
export function hostsOf(shape: Several, name: string, namespace: string | undefined): string[] {
  const [set, count, port] =
    shape.kind === 'cluster'
      ? [`${name}-leader`, shape.shards, CACHE_PORT]
      : [`${name}-sentinel`, shape.sentinels, SENTINEL_PORT];
  const suffix = namespace === undefined ? '' : `.${namespace}`;
  return Array.from({ length: count }, (_, index) => `${set}-${index}.${set}-headless${suffix}:${port}`);
}

function emitReplication(scope: Construct, shape: OfKind<'sentinel'>, options: OperatorOptions): ApiObject {
  const { name, labels, plan, props } = options;
  return emitSpec<RedisReplication>(
    scope,
    'replication',
    head('RedisReplication', name, labels, options),
    () => ({
      clusterSize: shape.servers,
      ...common(options),
      kubernetesConfig: {
        ...image(plan.image, options),
        resources: renderResources(plan.resources),
      },
      ...placement(scope, labels, props),
      ...probes(props),
      redisConfig: { additionalRedisConfig: options.configMapName },
      redisExporter: exporter(options),
      securityContext: container(),
      storage: storage(plan, props),
      terminationGracePeriodSeconds: grace(plan),
    }),
  );
}

function emitSentinel(scope: Construct, shape: OfKind<'sentinel'>, options: OperatorOptions): ApiObject {
  const { name, sentinelLabels, props } = options;
  const probe = { program: 'redis-cli', port: SENTINEL_PORT, tls: props.certificate !== undefined };
  return emitSpec<RedisSentinel>(
    scope,
    'sentinel',
    { apiVersion: OPERATOR_API_VERSION, kind: 'RedisSentinel', name, labels: sentinelLabels },
    () => ({
      clusterSize: shape.sentinels,
      kubernetesConfig: {
        image: shape.sentinelImage ?? DEFAULT_IMAGES.operatorSentinel,
        ...pulling(props),
        resources: renderResources(SENTINEL_RESOURCES),
      },
      redisSentinelConfig: {
        ...SENTINEL_TIMING,
        masterGroupName: MASTER_NAME,
        quorum: `${Math.floor(shape.sentinels / 2) + 1}`,
        redisPort: `${CACHE_PORT}`,
        redisReplicationName: name,
        redisReplicationPassword: {
          secretKeyRef: { name: options.credentials.name, key: OPERATOR_PASSWORD },
        },
      },
      ...placement(scope, sentinelLabels, props),
      podSecurityContext: podSecurity(),
      priorityClassName: props.priorityClassName,
      readinessProbe: { exec: { command: readyCommand(probe) }, ...PROBES.readiness },
      livenessProbe: { exec: { command: aliveCommand(probe) }, ...PROBES.liveness },
      securityContext: container(),
      serviceAccountName: props.serviceAccount?.name ?? name,
      TLS: tls(props),
    }),
  );
}

function emitCluster(scope: Construct, shape: OfKind<'cluster'>, options: OperatorOptions): ApiObject {
  const { name, labels, plan, props } = options;
  const role = {
    ...placement(scope, labels, props),
    ...probes(props),
    redisConfig: { additionalRedisConfig: options.configMapName },
    securityContext: container(),
    terminationGracePeriodSeconds: grace(plan),
  };
  return emitSpec<RedisCluster>(scope, 'cluster', head('RedisCluster', name, labels, options), () => ({
    clusterSize: shape.shards,
    clusterVersion: 'v7',
    ...common(options),
    kubernetesConfig: image(plan.image, options),
    persistenceEnabled: plan.storageBytes !== undefined,
    redisExporter: exporter(options),
    redisLeader: {
      ...role,
      replicas: shape.shards,
      resources: renderResources(plan.resources),
    },
    redisFollower: {
      ...role,
      replicas: shape.shards * shape.replicasPerShard,
      resources: renderResources(plan.resources),
    },
    storage: storage(plan, props),
  }));
}

const OPERATOR_PASSWORD = 'operator-password';
const ACL_KEY = 'user.acl';

/** The operator copies annotations to its pods, so that a changed configuration rolls them. */
function head(kind: string, name: string, labels: SelectorLabels, { checksum }: OperatorOptions): ObjectHead {
  return {
    apiVersion: OPERATOR_API_VERSION,
    kind,
    name,
    labels,
    annotations: { 'checksum/config': checksum },
  };
}

function common({ name, props, credentials }: OperatorOptions) {
  return {
    acl: { secret: { secretName: credentials.name, items: [{ key: ACL_KEY, path: ACL_KEY }] } },
    env: ALLOCATOR_ENV.map(([variable, value]) => ({ name: variable, value })),
    podSecurityContext: podSecurity(),
    priorityClassName: props.priorityClassName,
    serviceAccountName: props.serviceAccount?.name ?? name,
    TLS: tls(props),
  };
}

function image(reference: string, { credentials, props }: OperatorOptions) {
  return {
    image: reference,
    ...pulling(props),
    redisSecret: { name: credentials.name, key: OPERATOR_PASSWORD },
  };
}

function tls({ certificate: secret }: CacheRedisProps) {
  return (
    secret && {
      ca: TLS_KEYS.authority,
      cert: TLS_KEYS.certificate,
      key: TLS_KEYS.key,
      secret: { secretName: secret.name },
    }
  );
}

/** The user `default` has a password, which the operator puts into the container's environment. */
function probes({ certificate: secret }: CacheRedisProps) {
  const probe = {
    program: 'redis-cli',
    port: CACHE_PORT,
    tls: secret !== undefined,
    passwordVariable: 'REDIS_PASSWORD',
  };
  return {
    readinessProbe: { exec: { command: readyCommand(probe) }, ...PROBES.readiness },
    livenessProbe: { exec: { command: aliveCommand(probe) }, ...PROBES.liveness },
  };
}

/** What of the pods the operator takes. */
export const OPERATOR_POD_PROPS: ReadonlyArray<keyof PodProps> = [
  'imagePullSecrets',
  'imagePullPolicy',
  'serviceAccount',
  'tolerations',
  'requiredNodes',
  'preferredNodes',
  'nearTo',
  'apartFrom',
];

/** How images are pulled. */
function pulling({ imagePullSecrets, imagePullPolicy }: CacheRedisProps) {
  return { imagePullPolicy, imagePullSecrets: imagePullSecrets?.map(({ name }) => ({ name })) };
}

function placement(scope: Construct, labels: SelectorLabels, props: CacheRedisProps) {
  const spread = { labels, version: KubernetesVersion.of(scope), ownedByDeployment: false };
  return {
    affinity: affinity(props, spread),
    nodeSelector: props.nodeSelector && { ...props.nodeSelector },
    tolerations: tolerations(props),
    topologySpreadConstraints: spreadConstraints(spread),
  };
}

function podSecurity() {
  return {
    runAsNonRoot: true,
    runAsUser: OPERATOR_USER,
    runAsGroup: OPERATOR_USER,
    fsGroup: OPERATOR_USER,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** The entry point of the operator's images writes its configuration beside the image's: the root cannot be read-only. */
function container() {
  return { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
}

function exporter({ props, credentials, hasExporter }: OperatorOptions) {
  return {
    enabled: hasExporter,
    image: props.exporterImage ?? DEFAULT_IMAGES.redisExporter,
    resources: renderResources(EXPORTER_RESOURCES),
    securityContext: { ...container(), readOnlyRootFilesystem: true },
    // The operator adds the address, and the password of `default`; of two variables of a name the last one holds.
    env: [
      { name: 'REDIS_USER', value: EXPORTER_USER },
      {
        name: 'REDIS_PASSWORD',
        valueFrom: { secretKeyRef: { name: credentials.name, key: EXPORTER_PASSWORD_KEY } },
      },
    ],
  };
}

function storage(plan: CachePlan, props: CacheRedisProps) {
  return plan.storageBytes === undefined
    ? undefined
    : {
        volumeClaimTemplate: {
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: formatBytes(plan.storageBytes) } },
            storageClassName: props.storageClassName,
            volumeMode: 'Filesystem',
          },
        },
      };
}

function grace({ input }: CachePlan): number {
  return gracePeriodSeconds(0, shutdownSeconds(input.maxMemoryBytes, input.persistence));
}
