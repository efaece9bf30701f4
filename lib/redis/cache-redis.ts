import { type ApiObject, type Size } from 'cdk8s';
import { EnvValue, type ISecret, Secret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import {
  type ConnectionBinding,
  type ConnectOptions,
  type IConnectionTarget,
  type IConsumer,
  serviceHost,
} from '../connection/connection';
import { type IMonitored, MetricFamily, type MetricsEndpoint } from '../connection/monitored';
import type { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { emitSingleInstance } from '../connection/single-instance';
import { Checks } from '../finding/checks';
import { emitConfigMap } from '../pod/api-object';
import { exporterContainer } from '../pod/exporter';
import { DEFAULT_IMAGES } from '../pod/images';
import { namespaceOf, resourceName, selectorLabels } from '../pod/naming';
import { PodModel } from '../pod/pod-model';
import { checkScheduling, type SchedulingProps } from '../pod/scheduling';
import { gracePeriodSeconds } from '../pod/termination-sizing';
import type { ContainerResources } from '../sizing/resources';
import { bytesOf, sizeOf, WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { dnsSubdomainRule, imageRule } from '../units/names';
import { formatBytes, MIB } from '../units/quantity';
import { CacheEngine, EvictionPolicy } from './cache-engine';
import { printRedisConf } from './redis-conf-emitter';
import {
  aliveCommand,
  CACHE_EXPORTER_PORT,
  CACHE_PORT,
  CACHE_USER,
  CONFIG_DIRECTORY,
  DATA_DIRECTORY,
  readyCommand,
  RUN_DIRECTORY,
  server,
  START_SCRIPT,
} from './redis-files';
import { maxMemoryFor, memoryLimitFor, tuneCache, volumeFor } from './redis-tuning';

/** Properties of a `CacheRedis`. */
export interface CacheRedisProps extends SchedulingProps {
  /**
   * Memory for keys and values: `maxmemory`. At least 16Mi.
   *
   * @default - three quarters of the memory limit of `profile`; less below 512Mi, half of it with persistence
   */
  readonly maxMemory?: Size;
  /**
   * Size of the container. Its memory limit must leave room above `maxMemory`.
   *
   * @default - WorkloadProfile.CACHE with as much memory as `maxMemory` needs, or 2Gi, as request and limit
   */
  readonly profile?: WorkloadProfile;
  /**
   * Which keys go when the memory is full.
   *
   * @default EvictionPolicy.ALLKEYS_LRU
   */
  readonly evictionPolicy?: EvictionPolicy;
  /**
   * Whether keys survive a restart, in an append-only file on a volume. Writes get slower, and the same `maxMemory`
   * needs a larger container.
   *
   * @default false
   */
  readonly persistence?: boolean;
  /**
   * Size of the volume; only with persistence.
   *
   * @default - three times `maxMemory`, in whole Gi
   */
  readonly storage?: Size;
  /**
   * StorageClass of the volume; only with persistence.
   *
   * @default - the cluster's default class
   */
  readonly storageClassName?: string;
  /**
   * Which server to run.
   *
   * @default CacheEngine.VALKEY
   */
  readonly engine?: CacheEngine;
  /**
   * Image with a tag or a digest, laid out like the official Debian image: user 999, the engine's server and client.
   *
   * @default - the official image of the engine
   */
  readonly image?: string;
  /**
   * An existing Secret with the keys `password` (of the user `app`) and `exporter-password`.
   *
   * @default - a Secret called `<name>-credentials`
   */
  readonly credentials?: ISecret;
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
   * Name of all objects.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}

const SERVER_USER = 'app';
const DEFAULT_LIMIT_BYTES = 2048 * MIB;
const RUN_BYTES = MIB;
const TMP_BYTES = 16 * MIB;
/** Time to write what the append-only file still lacks. */
const SHUTDOWN_SECONDS = 25;
/** A persistent cache reads its file before it answers; a few GiB take minutes. */
const STARTUP_SECONDS = { empty: 60, persistent: 600 } as const;
const STARTUP_PERIOD_SECONDS = 2;

/**
 * A cache on Valkey or Redis that evicts before it is killed: `maxmemory` and the container limit are derived from one
 * another with the headroom that was measured.
 *
 * One instance. Passwords are only referred to.
 */
export class CacheRedis extends Construct implements IConnectionTarget, IMonitored {
  /** Name of all objects. */
  public readonly name: string;
  /** The pod, as network policies name it. */
  public readonly networkIdentity: NetworkIdentity;
  /** Memory for keys and values. */
  public readonly maxMemory: Size;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where redis_exporter answers. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** The Secret with the passwords; not made here. */
  public readonly credentials: ISecret;
  /** The StatefulSet of one pod. */
  public readonly statefulSet: ApiObject;
  /** The Service that clients use. */
  public readonly service: ApiObject;
  /** The headless Service that names the pod. */
  public readonly headlessService: ApiObject;
  /** The ConfigMap with the server's configuration. */
  public readonly configMap: ApiObject;
  /** The ServiceAccount of the pod; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: those who connected, and the monitoring. */
  public readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget; it lets the one pod be evicted. */
  public readonly disruptionBudget: ApiObject;

  private readonly network: NetworkAccess;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: CacheRedisProps = {}) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    check(checks, props);
    checks.throwIfAny();
    const persistent = props.persistence === true;
    const engine = props.engine ?? CacheEngine.VALKEY;
    const { resources, maxMemoryBytes } = size(checks, props, persistent);
    checks.throwIfAny();

    this.maxMemory = sizeOf(maxMemoryBytes);
    this.hasCpuLimit = resources.cpuLimitMillis !== undefined;
    this.credentials =
      props.credentials ?? Secret.fromSecretName(this, 'credentials', `${this.name}-credentials`);
    const labels = selectorLabels(this.name, 'cache');
    const head = { name: this.name, labels };
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    this.metricsEndpoint =
      props.metrics === false
        ? undefined
        : { family: MetricFamily.REDIS, portName: 'metrics', port: CACHE_EXPORTER_PORT, path: '/metrics' };

    const files = {
      'cache.conf': printRedisConf(
        tuneCache({
          maxMemoryBytes,
          memoryLimitBytes: resources.memoryLimitBytes,
          cpuLimitMillis: resources.cpuLimitMillis,
          policy: props.evictionPolicy ?? EvictionPolicy.ALLKEYS_LRU,
          persistent,
          aclFile: ACL_FILE,
          directory: DATA_DIRECTORY,
          port: CACHE_PORT,
        }),
      ),
      'start.sh': START_SCRIPT,
    };
    this.configMap = emitConfigMap(this, 'config', head, files);
    const pod = this.podModel(props, engine, persistent, resources);
    pod.rollOnChangeOf(JSON.stringify(files));
    const parts = emitSingleInstance(this, {
      ...head,
      pod,
      port: { name: 'redis', port: CACHE_PORT },
      claim: persistent
        ? {
            name: 'data',
            bytes: props.storage ? bytesOf(props.storage) : volumeFor(maxMemoryBytes),
            storageClassName: props.storageClassName,
          }
        : undefined,
    });
    this.statefulSet = parts.statefulSet;
    this.service = parts.service;
    this.headlessService = parts.headlessService;
    this.serviceAccount = parts.serviceAccount;
    this.disruptionBudget = parts.disruptionBudget;
    this.network = parts.network;
    this.networkPolicy = this.network.policy;
  }

  /**
   * Lets a consumer in. Called by `connectTo`.
   *
   * @param consumer who connects
   * @param options without `pool` and `variables`, which are for databases
   */
  public acceptConnection(consumer: IConsumer, options: ConnectOptions): ConnectionBinding {
    if (options.pool ?? options.variables) {
      const checks = Checks.of(consumer);
      checks.fail(
        options.pool ? 'connectTo.pool' : 'connectTo.variables',
        options.pool ?? options.variables,
        `${this.node.path} is a cache, which shares out no connections; remove it`,
      );
      checks.throwIfAny();
    }
    this.network.allowFrom(NetworkPeer.pods(consumer.networkIdentity), [CACHE_PORT]);
    const host = serviceHost(
      { serviceName: this.name, namespace: namespaceOf(this) },
      consumer.networkIdentity.namespace,
    );
    return {
      identity: this.networkIdentity,
      ports: [CACHE_PORT],
      env: {
        CACHE_ENABLED: EnvValue.fromValue('true'),
        CACHE_HOST: EnvValue.fromValue(host),
        CACHE_PORT: EnvValue.fromValue(`${CACHE_PORT}`),
        CACHE_USERNAME: EnvValue.fromValue(SERVER_USER),
        CACHE_PASSWORD: this.credentials.envValue('password'),
      },
    };
  }

  /**
   * Lets somebody reach the cache who is no consumer here, such as the operator of KEDA.
   *
   * @param peer who may, such as `NetworkPeer.namespace('keda')`
   */
  public allowFrom(peer: NetworkPeer): void {
    const checks = Checks.of(this);
    peer._check(checks.at('allowFrom'), 'peer');
    checks.throwIfAny();
    this.network.allowFrom(peer, [CACHE_PORT]);
  }

  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    if (this.metricsEndpoint) this.network.allowFrom(peer, [this.metricsEndpoint.port]);
  }

  private podModel(
    props: CacheRedisProps,
    engine: CacheEngine,
    persistent: boolean,
    resources: ContainerResources,
  ): PodModel {
    const pod = new PodModel({
      labels: selectorLabels(this.name, 'cache'),
      version: KubernetesVersion.targetOf(this),
      serviceAccountName: this.name,
      terminationGracePeriodSeconds: gracePeriodSeconds(0, SHUTDOWN_SECONDS),
      scheduling: props,
      user: CACHE_USER,
      group: CACHE_USER,
      fsGroup: CACHE_USER,
    });
    const ready = { exec: { command: readyCommand(engine) } };
    pod.addContainer({
      name: 'cache',
      image: props.image ?? DEFAULT_IMAGES[engine],
      command: ['sh', `${CONFIG_DIRECTORY}/start.sh`],
      args: [server(engine), `${CONFIG_DIRECTORY}/cache.conf`],
      ports: [{ name: 'redis', containerPort: CACHE_PORT, protocol: 'TCP' }],
      env: new Map([
        ['ACL_FILE', EnvValue.fromValue(ACL_FILE)],
        ['APP_PASSWORD', this.credentials.envValue('password')],
        ['EXPORTER_PASSWORD', this.credentials.envValue('exporter-password')],
      ]),
      resources,
      startupProbe: {
        ...ready,
        periodSeconds: STARTUP_PERIOD_SECONDS,
        timeoutSeconds: 2,
        failureThreshold:
          (persistent ? STARTUP_SECONDS.persistent : STARTUP_SECONDS.empty) / STARTUP_PERIOD_SECONDS,
      },
      readinessProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
      livenessProbe: {
        exec: { command: aliveCommand(engine) },
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 6,
      },
      volumeMounts: [
        { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
        { name: 'data', mountPath: DATA_DIRECTORY },
        { name: 'run', mountPath: RUN_DIRECTORY },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    });
    if (this.metricsEndpoint) {
      pod.addContainer(
        exporterContainer({
          image: props.exporterImage ?? DEFAULT_IMAGES.redisExporter,
          port: CACHE_EXPORTER_PORT,
          env: {
            REDIS_ADDR: EnvValue.fromValue(`redis://127.0.0.1:${CACHE_PORT}`),
            REDIS_USER: EnvValue.fromValue('exporter'),
            REDIS_PASSWORD: this.credentials.envValue('exporter-password'),
          },
        }),
      );
    }
    pod.addVolume({ name: 'config', configMap: { name: this.name } });
    if (!persistent) pod.addVolume({ name: 'data', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
    pod.addVolume({ name: 'run', emptyDir: { medium: 'Memory', sizeLimit: formatBytes(RUN_BYTES) } });
    pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
    return pod;
  }
}

const ACL_FILE = `${RUN_DIRECTORY}/users.acl`;

function check(checks: Checks, props: CacheRedisProps): void {
  const maxMemory = props.maxMemory && bytesOf(props.maxMemory);
  if (maxMemory !== undefined && !(Number.isSafeInteger(maxMemory) && maxMemory >= 16 * MIB)) {
    checks.fail('maxMemory', props.maxMemory?.asString(), 'allowed: at least 16Mi, in whole bytes');
  }
  props.profile?._check(checks.at('profile'));
  checks.oneOf('evictionPolicy', props.evictionPolicy, Object.values(EvictionPolicy));
  checks.oneOf('engine', props.engine, Object.values(CacheEngine));
  if (props.persistence !== true) {
    const unused = 'there is no volume without persistence; set persistence, or remove it';
    if (props.storage) checks.fail('storage', props.storage.asString(), unused);
    if (props.storageClassName !== undefined) checks.fail('storageClassName', props.storageClassName, unused);
  }
  checks.text('storageClassName', props.storageClassName, dnsSubdomainRule);
  checks.text('image', props.image, imageRule);
  checks.text('exporterImage', props.exporterImage, imageRule);
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  checkScheduling(checks, props);
}

/** Derives `maxmemory` from the container, or the container from `maxmemory`, or checks that both agree. */
function size(
  checks: Checks,
  props: CacheRedisProps,
  persistent: boolean,
): { readonly resources: ContainerResources; readonly maxMemoryBytes: number } {
  const given = props.maxMemory && bytesOf(props.maxMemory);
  const limit = given === undefined ? DEFAULT_LIMIT_BYTES : memoryLimitFor(given, persistent);
  const resources = (props.profile ?? WorkloadProfile.CACHE.withMemory(sizeOf(limit)))._resources();
  const most = maxMemoryFor(resources.memoryLimitBytes, persistent);
  const maxMemoryBytes = given ?? most;
  if (given !== undefined && given > most) {
    checks.fail(
      'maxMemory',
      props.maxMemory?.asString(),
      `the memory limit of ${formatBytes(resources.memoryLimitBytes)} bears at most ${Math.floor(most / MIB)}Mi${persistent ? ' with persistence' : ''}, or the kernel kills the cache before it evicts; ` +
        `lower it, or raise the limit to ${formatBytes(memoryLimitFor(given, persistent))}, or leave profile out`,
    );
  }
  if (most < 16 * MIB) {
    checks.fail(
      'profile.memoryLimit',
      formatBytes(resources.memoryLimitBytes),
      `too small for a cache; allowed: at least ${formatBytes(memoryLimitFor(16 * MIB, persistent))}`,
    );
  }
  const storage = props.storage && bytesOf(props.storage);
  if (storage !== undefined && !(Number.isSafeInteger(storage) && storage >= volumeFor(maxMemoryBytes))) {
    checks.fail(
      'storage',
      props.storage?.asString(),
      `the append-only file can grow to twice maxMemory and is rewritten beside itself; allowed: at least ${formatBytes(volumeFor(maxMemoryBytes))}`,
    );
  }
  return { resources, maxMemoryBytes };
}
