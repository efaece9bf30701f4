import type { ApiObject, Size } from 'cdk8s';
import { EnvValue, type ISecret, Secret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { CacheVariables } from '../connection/cache-variables';
import {
  type ConnectionBinding,
  type ICache,
  type IConnectionTarget,
  type IConsumer,
  serviceHost,
} from '../connection/connection';
import { type IMonitored, MetricFamily, type MetricsEndpoint } from '../connection/monitored';
import { checkAccess, type NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { mostPodsOf } from '../connection/pool-consumer';
import { emitSingleInstance } from '../connection/single-instance';
import { Checks } from '../finding/checks';
import { SUPPRESSION_ANNOTATION, withSuppression } from '../finding/suppression';
import { emitConfigMap } from '../pod/api-object';
import { namespaceOf, resourceName, type SelectorLabels, selectorLabels } from '../pod/naming';
import { emitPodAccount } from '../pod/pod-account';
import { checkPodProps, refusePodProps } from '../pod/pod-extras';
import { checkExistingStatefulSet } from '../pod/selector-labels';
import { bytesOf } from '../units/amounts';
import { shortDigest } from '../units/digest';
import { CacheConnection, type CacheConnectionOptions } from './cache-connection';
import { emitCacheNetwork, sentinelLabels } from './cache-network';
import { type CachePlan, maxMemoryOf, planCache } from './cache-plan';
import { CACHE_MOUNTS, cacheFiles, cachePod } from './cache-pod';
import type { CacheRedisProps } from './cache-redis-props';
import { printRedisConf } from './configuration/redis-conf';
import {
  CACHE_EXPORTER_PORT,
  CACHE_PORT,
  OPERATOR_CONFIG_KEY,
  SENTINEL_PORT,
  TLS_KEYS,
} from './configuration/redis-files';
import {
  emitOperatorTopology,
  hostsOf,
  MASTER_NAME,
  OPERATOR_METRICS_PORT,
  OPERATOR_POD_PROPS,
} from './redis-operator';
import type { TopologyShape } from './redis-topology';
import { tuneCache } from './tuning/redis-tuning';

/** Who consumers log in as, and the key of the Secret with the password. */
interface Login {
  readonly name: string;
  readonly passwordKey: string;
}

/** Who they log in as unless they say otherwise. */
const APP: Login = { name: 'app', passwordKey: 'password' };

/**
 * A cache on Valkey or Redis that evicts before it is killed: `maxmemory` and the container limit are derived from one
 * another with the headroom that was measured.
 *
 * It is one server unless `topology` says otherwise. Passwords are only referred to.
 *
 * @example
 * const fragments = new CacheRedis(chart, 'fragments', {
 *   maxMemory: Size.gibibytes(2), // the container gets what this takes at its worst
 *   evictionPolicy: EvictionPolicy.ALLKEYS_LFU,
 *   largestValue: Size.kibibytes(256),
 * });
 * web.connectTo(fragments); // CACHE_HOST, CACHE_PASSWORD, …
 */
export class CacheRedis extends Construct implements ICache, IMonitored {
  /** Name of all objects. */
  public readonly name: string;
  /** The servers' pods, as network policies name them. */
  public readonly networkIdentity: NetworkIdentity;
  /** Memory for keys and values of each server. */
  public readonly maxMemory: Size;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where redis_exporter answers. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** The Secret with the passwords; not made here. */
  public readonly credentials: ISecret;
  /** The ConfigMap with the servers' configuration. */
  public readonly configMap: ApiObject;
  /** The ServiceAccount of the pods; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy of the servers: those who connected, and the monitoring. */
  public readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget of the servers: one at a time. */
  public readonly disruptionBudget: ApiObject;
  /** The StatefulSet of one pod; undefined with a topology of several servers. */
  public readonly statefulSet?: ApiObject;
  /** The Service that clients use; undefined with a topology of several servers. */
  public readonly service?: ApiObject;
  /** The headless Service that names the pod; undefined with a topology of several servers. */
  public readonly headlessService?: ApiObject;
  /** The claim of a volume that has grown: with `initialStorage` only. */
  public readonly volumeClaim?: ApiObject;
  /** The RedisReplication of the operator; only with Sentinels. */
  public readonly replication?: ApiObject;
  /** The RedisSentinel of the operator; only with Sentinels. */
  public readonly sentinel?: ApiObject;
  /** The NetworkPolicy of the Sentinels; only with them. */
  public readonly sentinelNetworkPolicy?: ApiObject;
  /** The PodDisruptionBudget of the Sentinels; only with them. */
  public readonly sentinelDisruptionBudget?: ApiObject;
  /** The RedisCluster of the operator; only with a cluster. */
  public readonly cluster?: ApiObject;

  private readonly network: NetworkAccess;
  private readonly sentinelNetwork?: NetworkAccess;
  private readonly shape: TopologyShape;
  private readonly tls?: ISecret;
  /** Clients that were declared; undefined when nothing was said. */
  private readonly clients?: number;
  private readonly consumers = new Set<IConsumer>();
  private readonly logins: readonly Login[];

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: CacheRedisProps = {}) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    // The settings of a cache are its directives.
    checks.made({ ...props, settings: undefined });
    const planned = planCache(checks, props);
    checkExistingStatefulSet(checks, props, planned !== undefined && planned.shape.kind !== 'standalone');
    if (planned && planned.shape.kind !== 'standalone')
      refusePodProps(
        checks,
        props,
        OPERATOR_POD_PROPS,
        'the redis-operator has no field for it; patch its resource, or use one server',
      );
    checkPodProps(checks, props, { name: 'cache', resources: planned?.resources, mountPaths: CACHE_MOUNTS });
    checks.throwIfAny();
    const plan = planned as CachePlan;

    this.shape = plan.shape;
    this.tls = props.certificate;
    this.clients = plan.input.clients?.count;
    this.maxMemory = maxMemoryOf(plan);
    this.logins = [APP, ...plan.users.own];
    this.hasCpuLimit = plan.resources.cpuLimitMillis !== undefined;
    this.credentials =
      props.credentials ?? Secret.fromSecretName(this, 'credentials', `${this.name}-credentials`);
    const labels = selectorLabels(this.name, 'cache');
    this.networkIdentity = {
      namespace: namespaceOf(this),
      podLabels: { ...(props.selectorLabels ?? labels) },
    };
    const hasExporter = props.metrics !== false;
    if (hasExporter) {
      this.metricsEndpoint = {
        family: MetricFamily.REDIS,
        portName: plan.shape.kind === 'standalone' ? 'metrics' : OPERATOR_METRICS_PORT,
        port: CACHE_EXPORTER_PORT,
        path: '/metrics',
      };
    }
    if (plan.shape.kind === 'standalone') {
      const parts = this.oneServer(plan, props, labels, hasExporter);
      this.configMap = parts.configMap;
      this.statefulSet = parts.statefulSet;
      this.service = parts.service;
      this.headlessService = parts.headlessService;
      this.volumeClaim = parts.volumeClaim;
      this.serviceAccount = parts.serviceAccount;
      this.disruptionBudget = parts.disruptionBudget;
      this.network = parts.network;
    } else {
      const parts = this.severalServers(plan.shape, plan, props, labels, hasExporter);
      this.configMap = parts.configMap;
      this.serviceAccount = parts.serviceAccount;
      this.replication = parts.replication;
      this.sentinel = parts.sentinel;
      this.cluster = parts.cluster;
      this.disruptionBudget = parts.disruptionBudget;
      this.sentinelDisruptionBudget = parts.sentinelDisruptionBudget;
      this.sentinelNetwork = parts.sentinels;
      this.sentinelNetworkPolicy = parts.sentinels?.policy;
      this.network = parts.servers;
    }
    this.networkPolicy = this.network.policy;
    const main = this.statefulSet ?? this.replication ?? this.cluster;
    this.node.defaultChild = main;
    this.suppressRules(props, main);
    this.node.addValidation({
      validate: () => this.excessOfPods().map((problem) => `clients is ${this.clients}; ${problem}`),
    });
  }

  /**
   * A connection with options of its own: `jobs.connectTo(cache.connection({ user: 'reports' }))`.
   *
   * @param options who the consumer logs in as, and how it is told of the cache
   */
  public connection(options: CacheConnectionOptions): IConnectionTarget {
    const checks = Checks.of(this).at('connection');
    checks.made(options);
    const names = this.logins.map(({ name }) => name);
    checks.oneOf('user', options.user, names);
    checks.throwIfAny();
    const login = this.logins[names.indexOf(options.user ?? APP.name)];
    return CacheConnection._of(this.node, (consumer) => this.accept(consumer, login, options.variables));
  }

  /**
   * Lets a consumer in. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.accept(consumer, APP);
  }

  private accept(
    consumer: IConsumer,
    { name, passwordKey }: Login,
    variables = CacheVariables.GUIDE,
  ): ConnectionBinding {
    const environment = {
      CACHE_ENABLED: EnvValue.fromValue('true'),
      ...this.addresses(consumer.networkIdentity.namespace),
      CACHE_USERNAME: EnvValue.fromValue(name),
      CACHE_PASSWORD: this.credentials.envValue(passwordKey),
      ...(this.tls && {
        CACHE_TLS: EnvValue.fromValue('true'),
        CACHE_TLS_CA: this.tls.envValue(TLS_KEYS.authority),
      }),
    };
    const checks = Checks.of(this);
    variables._check(checks.at('connection').at('variables'), environment);
    checks.throwIfAny();
    this.checkClients(consumer);
    const peer = NetworkPeer.pods(consumer.networkIdentity);
    this.network.allowFrom(peer, [CACHE_PORT]);
    this.sentinelNetwork?.allowFrom(peer, [SENTINEL_PORT]);
    return {
      identity: this.networkIdentity,
      ports: [CACHE_PORT],
      alsoTo: this.sentinelNetwork && [
        {
          identity: {
            namespace: namespaceOf(this),
            podLabels: { ...sentinelLabels(this.name) },
          },
          ports: [SENTINEL_PORT],
        },
      ],
      env: variables._env(environment),
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
   * Lets the pods reach something that is no construct here, such as the control plane of a mesh.
   *
   * @param peer who is reached
   * @param ports TCP ports; at least one
   */
  public allowTo(peer: NetworkPeer, ports: number[]): void {
    checkAccess(this, 'allowTo', peer, ports);
    this.network.allowTo(peer, ports);
  }

  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    if (this.metricsEndpoint) this.network.allowFrom(peer, [this.metricsEndpoint.port]);
  }

  /** Each pod holds a connection at least, so declared clients are no fewer than the pods of all consumers. */
  private checkClients(consumer: IConsumer): void {
    this.consumers.add(consumer);
    const [problem] = this.excessOfPods();
    if (problem === undefined) return;
    const checks = Checks.of(this);
    checks.fail('clients', this.clients, problem);
    checks.throwIfAny();
  }

  /** Why the pods of all consumers are more than the clients that were declared; nothing when they are not. */
  private excessOfPods(): string[] {
    const pods = [...this.consumers].reduce((sum, one) => sum + mostPodsOf(one), 0);
    if (this.clients === undefined || pods <= this.clients) return [];
    const names = [...this.consumers].map((one) => one.node.path).join(', ');
    return [
      `${names} can run ${pods} pods at one time, and each holds at least one connection; raise it to ${pods} times the connections of a pod`,
    ];
  }

  /** How clients find the servers. */
  private addresses(consumerNamespace: string | undefined): Record<string, EnvValue> {
    const namespace = namespaceOf(this);
    if (this.shape.kind === 'standalone') {
      const host = serviceHost({ serviceName: this.name, namespace }, consumerNamespace);
      return {
        CACHE_HOST: EnvValue.fromValue(host),
        CACHE_PORT: EnvValue.fromValue(`${CACHE_PORT}`),
      };
    }
    const elsewhere = namespace === consumerNamespace ? undefined : namespace;
    const hosts = EnvValue.fromValue(hostsOf(this.shape, this.name, elsewhere).join(','));
    return this.shape.kind === 'cluster'
      ? { CACHE_CLUSTER_NODES: hosts }
      : { CACHE_SENTINELS: hosts, CACHE_MASTER_NAME: EnvValue.fromValue(MASTER_NAME) };
  }

  private oneServer(plan: CachePlan, props: CacheRedisProps, labels: SelectorLabels, hasExporter: boolean) {
    const head = { name: this.name, labels };
    const files = cacheFiles(plan, props.certificate !== undefined);
    const configMap = emitConfigMap(this, 'config', head, files);
    const pod = cachePod(this, { ...head, plan, props, credentials: this.credentials, hasExporter });
    const parts = emitSingleInstance(this, {
      ...head,
      selector: props.selectorLabels,
      headlessServiceName: props.headlessServiceName,
      pod,
      props,
      port: { name: 'redis', port: CACHE_PORT },
      claim:
        plan.storageBytes === undefined
          ? undefined
          : {
              name: 'data',
              bytes: plan.storageBytes,
              initialBytes: props.initialStorage && bytesOf(props.initialStorage),
              storageClassName: props.storageClassName,
            },
    });
    return { configMap, ...parts };
  }

  private severalServers(
    shape: Exclude<TopologyShape, { kind: 'standalone' }>,
    plan: CachePlan,
    props: CacheRedisProps,
    labels: SelectorLabels,
    hasExporter: boolean,
  ) {
    const head = { name: this.name, labels };
    const text = printRedisConf(tuneCache(plan.input));
    const configMap = emitConfigMap(this, 'config', head, { [OPERATOR_CONFIG_KEY]: text });
    const serviceAccount = emitPodAccount(this, head, props);
    const resources = emitOperatorTopology(this, shape, {
      ...head,
      sentinelLabels: sentinelLabels(this.name),
      plan,
      props,
      credentials: this.credentials,
      hasExporter,
      configMapName: this.name,
      checksum: shortDigest(text),
    });
    const network = emitCacheNetwork(this, this.name, labels, shape);
    return { configMap, serviceAccount, ...resources, ...network };
  }

  /** A policy that needs keys with a time to live stays in the report, with the reason that was given for it. */
  private suppressRules(
    { ttlGuarantee, evictionPolicy }: CacheRedisProps,
    workload: ApiObject | undefined,
  ): void {
    if (ttlGuarantee === undefined || !evictionPolicy?.startsWith('volatile-')) return;
    workload?.metadata.addAnnotation(
      SUPPRESSION_ANNOTATION,
      withSuppression(undefined, 'CAC-002', ttlGuarantee),
    );
  }
}
