import { type ApiObject, Lazy, Size } from 'cdk8s';
import { type ISecret, Secret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import {
  type ConnectionBinding,
  type ConnectOptions,
  type IConnectionTarget,
  type IConsumer,
  serviceHost,
} from '../connection/connection';
import { ConnectionPool } from '../connection/connection-pool';
import { DatabaseVariables } from '../connection/database-variables';
import {
  type IMonitored,
  MetricFamily,
  type MetricsEndpoint,
  type SharedMemory,
} from '../connection/monitored';
import type { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import type { PoolerSizing } from '../connection/pooler-sizing';
import { emitSingleInstance } from '../connection/single-instance';
import { Checks } from '../finding/checks';
import { emitConfigMap } from '../pod/api-object';
import { secondsOf } from '../pod/health-check';
import { DEFAULT_IMAGES } from '../pod/images';
import { namespaceOf, resourceName, selectorLabels } from '../pod/naming';
import { bytesOf, WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { ConnectionLedger } from './connection-ledger';
import { familyOf, imageCapabilities } from './image-capabilities';
import { checkProps, checkTuning } from './postgres-checks';
import { printPostgresConf } from './postgres-conf-emitter';
import { PG_HBA_CONF, ROLES_SQL } from './postgres-files';
import { POSTGRES_EXPORTER_PORT, POSTGRES_PORT } from './postgres-layout';
import type { PostgresIndexProps } from './postgres-index';
import { checkIndex, type IndexedDatabase, PostgresIndexJob } from './postgres-index-job';
import { defaultImage, postgresPod } from './postgres-pod';
import { PostgresPooler } from './postgres-pooler';
import type { PostgresPoolerProps } from './postgres-pooler-props';
import { tunePostgres } from './postgres-tuning';
import { PostgresDisk, PostgresVersion, PostgresWorkload } from './postgres-workload';
import type { SettingExplanation, SettingSource } from './setting-explanation';
import type { TunedPostgresProps } from './tuned-postgres-props';
import type { ConnectionDemand } from './tuning/connections';

/** Connections that belong to nobody's pool: one scrape of the exporter, a migration, a backup, and a person. */
const RESERVED_CONNECTIONS = 8;

/**
 * A Postgres whose settings follow from its container: the worst case of memory fits the limit, the WAL fits the
 * volume, parallelism fits the CPU, and the pools of everybody who connects fit the connections.
 *
 * One instance: highly available it is not, but safe. Credentials are only referred to.
 */
export class TunedPostgres extends Construct implements IConnectionTarget, IMonitored {
  /** Name of all objects. */
  public readonly name: string;
  /** The pod, as network policies name it. */
  public readonly networkIdentity: NetworkIdentity;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where postgres_exporter answers. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** `shared_buffers`; the rest of the memory limit fills with page cache. */
  public readonly sharedMemory?: SharedMemory;
  /** The Secret with the passwords; not made here. */
  public readonly credentials: ISecret;
  /** The StatefulSet of one pod. */
  public readonly statefulSet: ApiObject;
  /** The Service that clients use. */
  public readonly service: ApiObject;
  /** The headless Service that names the pod. */
  public readonly headlessService: ApiObject;
  /** The ConfigMap with `postgresql.conf` and `pg_hba.conf`. */
  public readonly configMap: ApiObject;
  /** The ServiceAccount of the pod; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: those who connected, and the monitoring. */
  public readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget; it lets the one pod be evicted, for a budget that does not hangs every node drain. */
  public readonly disruptionBudget: ApiObject;

  private readonly network: NetworkAccess;
  private readonly ledger: ConnectionLedger;
  private readonly database: string;
  private readonly user: string;
  private readonly pooled: Array<{ readonly identity: NetworkIdentity; readonly pool: ConnectionPool }> = [];
  private pooler?: PostgresPooler;
  private readonly reserved: number;
  private readonly indexed: IndexedDatabase;
  private indexes?: PostgresIndexJob;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: TunedPostgresProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    const profile = props.profile ?? WorkloadProfile.DATABASE.withMemory(Size.gibibytes(4));
    checkProps(checks, props, profile);
    checks.throwIfAny();

    const version = props.version ?? PostgresVersion.V17;
    const family = props.imageFamily ?? familyOf(props.image);
    const capabilities = imageCapabilities(family, version);
    const resources = profile._resources();
    const reserved = props.reservedConnections ?? RESERVED_CONNECTIONS;
    this.reserved = reserved;
    const cpuMillis = resources.cpuLimitMillis ?? resources.cpuRequestMillis;
    const parameters = { ...props.parameters };
    const tune = (demand?: ConnectionDemand) =>
      tunePostgres({
        memoryBytes: resources.memoryLimitBytes,
        cpuMillis,
        volumeBytes: bytesOf(props.storage),
        disk: props.disk ?? PostgresDisk.SSD,
        workload: props.workload ?? PostgresWorkload.WEB,
        version,
        image: capabilities,
        demand,
        hugePages: props.hugePages,
        startupSeconds: props.startupTime && secondsOf(props.startupTime),
        preloadLibraries: props.preloadLibraries,
        parameters,
      });
    const given = props.maxConnections ?? maxConnectionsIn(parameters);
    this.ledger = new ConnectionLedger({ tune, given, reserved, cores: cpuMillis / 1000 });
    const tuning = this.ledger.solve().tuning;
    checkTuning(checks, tuning, reserved);
    checks.throwIfAny();

    this.sharedMemory = { container: 'postgres', bytes: tuning.sharedBuffers };
    this.hasCpuLimit = resources.cpuLimitMillis !== undefined;
    this.database = props.database ?? 'app';
    this.user = props.user ?? 'app';
    this.credentials =
      props.credentials ?? Secret.fromSecretName(this, 'credentials', `${this.name}-credentials`);
    const labels = selectorLabels(this.name, 'postgres');
    const head = { name: this.name, labels };
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    this.metricsEndpoint =
      props.metrics === false
        ? undefined
        : {
            family: MetricFamily.POSTGRES,
            portName: 'metrics',
            port: POSTGRES_EXPORTER_PORT,
            path: '/metrics',
          };

    const conf = () => printPostgresConf(this.ledger.solve().tuning.settings);
    this.configMap = emitConfigMap(this, 'config', head, {
      'pg_hba.conf': PG_HBA_CONF,
      'postgresql.conf': Lazy.any({ produce: conf }) as string,
      'roles.sql': ROLES_SQL,
    });
    const pod = postgresPod({
      ...head,
      kubernetes: KubernetesVersion.targetOf(this),
      scheduling: props,
      version,
      family,
      capabilities,
      image: props.image,
      exporterImage:
        props.metrics === false ? undefined : (props.exporterImage ?? DEFAULT_IMAGES.postgresExporter),
      resources,
      credentials: this.credentials,
      database: this.database,
      user: this.user,
      tuning: () => this.ledger.solve().tuning,
    });
    if (props.restartOnChange !== false) {
      pod.rollOnChangeOf(conf);
      pod.rollOnChangeOf(PG_HBA_CONF);
    }
    const parts = emitSingleInstance(this, {
      ...head,
      pod,
      port: { name: 'postgres', port: POSTGRES_PORT },
      claim: { name: 'data', bytes: bytesOf(props.storage), storageClassName: props.storageClassName },
    });
    this.statefulSet = parts.statefulSet;
    this.service = parts.service;
    this.headlessService = parts.headlessService;
    this.serviceAccount = parts.serviceAccount;
    this.disruptionBudget = parts.disruptionBudget;
    this.network = parts.network;
    this.networkPolicy = this.network.policy;
    this.indexed = {
      name: this.name,
      image: props.image ?? defaultImage(family, version),
      user: this.user,
      uid: capabilities.user,
      database: this.database,
      credentials: this.credentials,
      identity: this.networkIdentity,
      network: this.network,
      startupSeconds: tuning.startupSeconds,
      scheduling: { priorityClassName: props.priorityClassName },
      props: props.indexJob ?? {},
    };
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** Connections that the server accepts, with everybody known who has connected so far. */
  public get maxConnections(): number {
    return this.ledger.solve().tuning.maxConnections;
  }

  /**
   * Every setting with its value and its reason, in the order of `postgresql.conf`, with everybody known who has connected
   * so far.
   */
  public explain(): SettingExplanation[] {
    return this.ledger
      .solve()
      .tuning.settings.map(({ layer, ...setting }) => ({ ...setting, source: layer as SettingSource }));
  }

  /**
   * Puts PgBouncer in front of the database. Whoever is connected, or connects later, reaches the poolers instead, without
   * a change of its own: host, pools and network policies follow. Only consumers that connect with `direct` still reach
   * the database. Fewer connections are open, so each has more memory.
   *
   * @param props how many poolers, and their size
   */
  public addPooler(props: PostgresPoolerProps = {}): PostgresPooler {
    if (this.pooler) {
      const checks = Checks.of(this);
      checks.fail('addPooler', this.pooler.name, 'there is a pooler already; use its `replicas` for more');
      checks.throwIfAny();
    }
    const pooler = PostgresPooler._of(
      this,
      {
        host: this.name,
        identity: this.networkIdentity,
        database: this.database,
        user: this.user,
        credentials: this.credentials,
        sizing: () => this.ledger.solve().poolers as PoolerSizing,
        longestPoolTimeout: () => Math.max(0, ...this.pooled.map(({ pool }) => pool._timeoutSeconds(true))),
      },
      props,
    );
    this.ledger.putPoolersInFront({
      poolers: pooler._replicas,
      clientsPerPooler: pooler._clientsPerPooler,
      activeTransactions: props.activeTransactions,
    });
    this.network.allowFrom(NetworkPeer.pods(pooler.networkIdentity), [POSTGRES_PORT]);
    for (const { identity } of this.pooled) pooler._allowFrom(identity);
    this.pooler = pooler;
    return pooler;
  }

  /**
   * Lets a consumer in and gives it its part of the connections. Called by `connectTo`.
   *
   * @param consumer who connects
   * @param options its pool, and whether it connects past a pooler
   */
  public acceptConnection(consumer: IConsumer, options: ConnectOptions): ConnectionBinding {
    if (options.role !== undefined) {
      const checks = Checks.of(consumer);
      checks.fail('connectTo.role', options.role, `${this.node.path} is a database, not a cache; remove it`);
      checks.throwIfAny();
    }
    const pool = options.pool ?? ConnectionPool.shared();
    const direct = options.direct === true;
    const identity = consumer.networkIdentity;
    // A pooler may come after the consumer: what depends on it is asked for when the app is synthesized.
    const front = () => (direct ? undefined : this.pooler);
    this.network.allowFrom(NetworkPeer.pods(identity), [POSTGRES_PORT], () => front() === undefined);
    if (!direct) {
      this.pooled.push({ identity, pool });
      this.pooler?._allowFrom(identity);
    }
    const place = this.ledger.enter({
      name: consumer.node.path,
      replicas: consumer.maxReplicas,
      surgePercent: consumer.maxSurgePercent,
      processesPerPod: pool._processesPerPod,
      weight: pool._weight,
      fixed: pool._fixed,
      direct,
    });
    const connection = () => {
      const { size, maxOverflow } = this.ledger.solve().pools[place];
      return {
        host: serviceHost(
          { serviceName: front()?.name ?? this.name, namespace: namespaceOf(this) },
          identity.namespace,
        ),
        port: POSTGRES_PORT,
        database: this.database,
        user: this.user,
        poolSize: size,
        maxOverflow,
        timeoutSeconds: pool._timeoutSeconds(front() !== undefined),
      };
    };
    const own = this.networkIdentity;
    return {
      identity: {
        namespace: own.namespace,
        get podLabels() {
          return front()?.networkIdentity.podLabels ?? own.podLabels;
        },
      },
      ports: [POSTGRES_PORT],
      env: (options.variables ?? DatabaseVariables.GUIDE)._env(
        connection,
        this.credentials.envValue('password'),
      ),
    };
  }

  /**
   * Lets somebody reach the database who is no consumer here, such as the operator of KEDA.
   *
   * @param peer who may, such as `NetworkPeer.namespace('keda')`
   */
  public allowFrom(peer: NetworkPeer): void {
    const checks = Checks.of(this);
    peer._check(checks.at('allowFrom'), 'peer');
    checks.throwIfAny();
    this.network.allowFrom(peer, [POSTGRES_PORT]);
  }

  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    if (this.metricsEndpoint) this.network.allowFrom(peer, [this.metricsEndpoint.port]);
  }

  /**
   * Has an index built that queries need, without blocking reads and writes: by a Job, once the database is up and its
   * table is there. A Job of its own name follows every change; what is built already is left alone, and what was broken
   * off is built anew. An index that is no longer asked for stays.
   *
   * @param props table, column, and what queries compare it with
   */
  public addIndex(props: PostgresIndexProps): void {
    const checks = Checks.of(this);
    if (this.reserved < 1) {
      checks.fail(
        'reservedConnections',
        this.reserved,
        'addIndex: indexes are built over one of them; allowed: at least 1',
      );
    }
    checkIndex(checks.at('addIndex'), props, this.indexes?._requests ?? []);
    checks.throwIfAny();
    if (this.indexes) this.indexes._add(props);
    else this.indexes = PostgresIndexJob._of(this, this.indexed, props);
  }

  /** The Job that builds indexes, with what belongs to it; undefined while none was added. */
  public get indexJob(): PostgresIndexJob | undefined {
    return this.indexes;
  }

  private problems(): string[] {
    const { tuning, problems } = this.ledger.solve();
    const unsolved = tuning.problems.map(
      ({ name, value, allowed }) => `${name} is ${String(value)}; ${allowed}`,
    );
    return [...unsolved, ...problems];
  }
}

/** `max_connections` among the parameters; what is no number is reported with them. */
function maxConnectionsIn(parameters: Readonly<Record<string, string>>): number | undefined {
  const text = parameters.max_connections;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
