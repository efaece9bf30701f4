import { type ApiObject, Size } from 'cdk8s';
import type { ISecret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import {
  type ConnectionBinding,
  type DatabaseConnectionOptions,
  type IConnectionTarget,
  type IConsumer,
  type IDatabase,
} from '../connection/connection';
import { DatabaseConnection } from '../connection/database-connection';
import type { IMonitored, MetricsEndpoint, SharedMemory } from '../connection/monitored';
import { checkAccess, type NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import { RESERVED_CONNECTIONS } from '../connection/pool-budget';
import type { PoolerSizing } from '../connection/pooler-sizing';
import { Checks } from '../finding/checks';
import { resourceName } from '../pod/naming';
import { checkPodProps, refusePodProps } from '../pod/pod-extras';
import { checkExistingStatefulSet } from '../pod/selector-labels';
import { WorkloadProfile } from '../sizing/workload-profile';
import { bytesOf, secondsOf } from '../units/amounts';
import type { RecoveredDatabase } from './bootstrap/recovery-source';
import { checkCluster } from './cloud-native-pg/checks';
import { holdsWithOperator } from './cloud-native-pg/parameters';
import { CLOUD_NATIVE_PG_POD_PROPS, cloudNativePgServer } from './cloud-native-pg/server';
import { PostgresDumpJob } from './dump/postgres-dump-job';
import { DEFAULT_DATABASE, DEFAULT_ROLE, firstStartOf } from './first-start';
import { familyOf, imageCapabilities } from './image-capabilities';
import type { PostgresIndexProps } from './indexes/postgres-index';
import { checkIndex, type IndexedDatabase, PostgresIndexJob } from './indexes/postgres-index-job';
import { EXPORTER_ROLE } from './pooler/pgbouncer-files';
import { secretProblems } from './pooler/pooler-logins';
import { PostgresPooler } from './pooler/postgres-pooler';
import type { PostgresPoolerProps } from './pooler/postgres-pooler-props';
import { checkProps, checkTuning } from './postgres-checks';
import { PostgresConsumers } from './postgres-consumers';
import type { PostgresServer, ServerPlan } from './postgres-server';
import { PostgresStandbys } from './postgres-standbys';
import { PostgresTopology, type TopologyShape } from './postgres-topology';
import { PostgresDisk, PostgresImageFamily, PostgresVersion, PostgresWorkload } from './postgres-workload';
import { PostgresSetupJob } from './roles/postgres-setup-job';
import { rolesOf } from './roles/role';
import type { ReachedServer } from './server-job';
import type { SettingExplanation, SettingSource } from './setting-explanation';
import { POSTGRES_PORT } from './stateful-set/layout';
import { defaultImage, POSTGRES_MOUNTS } from './stateful-set/pod';
import { statefulSetServer } from './stateful-set/server';
import { type PostgresTls, tlsOf } from './tls';
import type { TunedPostgresProps } from './tuned-postgres-props';
import { ConnectionBudget } from './tuning/connection-budget';
import type { ConnectionDemand } from './tuning/connections';
import { tunePostgres } from './tuning/postgres-tuning';

/**
 * A Postgres whose settings follow from its container: the worst case of memory fits the limit, the WAL fits the
 * volume, parallelism fits the CPU, and the pools of everybody who connects fit the connections. When they do not, the
 * synth fails.
 *
 * It is one instance of 4Gi, which is safe but not highly available, unless `profile` and `topology` say otherwise.
 * Credentials are only referred to.
 *
 * @example
 * const orders = new TunedPostgres(chart, 'orders', {
 *   storage: Size.gibibytes(500),
 *   profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(32)).withCpu(Cpu.units(8), Cpu.units(8)),
 *   workload: PostgresWorkload.OLTP,
 *   disk: PostgresDisk.NVME,
 * });
 * web.connectTo(orders); // DB_HOST, …, and a pool that leaves connections for everybody
 */
export class TunedPostgres extends Construct implements IDatabase, IMonitored {
  /** Name of all objects. */
  public readonly name: string;
  /** The pod, as network policies name it. */
  public readonly networkIdentity: NetworkIdentity;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where postgres_exporter answers. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** Name of the database in the server. */
  public readonly database: string;
  /** Names of all databases of the application, this one first. */
  public readonly databases: string[];
  /** Role that applications log in with. */
  public readonly user: string;
  /** `shared_buffers`; the rest of the memory limit fills with page cache. */
  public readonly sharedMemory?: SharedMemory;
  /** The Secret with the passwords; not made here. */
  public readonly credentials: ISecret;
  /** The NetworkPolicy: those who connected, and the monitoring. */
  public readonly networkPolicy: ApiObject;
  /** The StatefulSet of one pod; undefined on CloudNativePG. */
  public readonly statefulSet?: ApiObject;
  /** The Service that clients use; undefined on CloudNativePG, whose operator makes it. */
  public readonly service?: ApiObject;
  /** The headless Service that names the pod; undefined on CloudNativePG. */
  public readonly headlessService?: ApiObject;
  /** The claim of a volume that has grown: with `initialStorage` only. */
  public readonly volumeClaim?: ApiObject;
  /** The ConfigMap with `postgresql.conf` and `pg_hba.conf`; undefined on CloudNativePG. */
  public readonly configMap?: ApiObject;
  /** The ServiceAccount of the pod; it has no token and no rights. Undefined on CloudNativePG. */
  public readonly serviceAccount?: ApiObject;
  /**
   * The PodDisruptionBudget; it lets the one pod be evicted, for a budget that does not hangs every node drain. Undefined
   * on CloudNativePG, whose operator makes its own.
   */
  public readonly disruptionBudget?: ApiObject;
  /** The Cluster; only on CloudNativePG. */
  public readonly cluster?: ApiObject;
  /** The ScheduledBackup; only on CloudNativePG, with a backup. */
  public readonly scheduledBackup?: ApiObject;
  /** The ObjectStore of the Barman Cloud plugin; only on CloudNativePG, with a backup to an object store. */
  public readonly objectStore?: ApiObject;
  /** The ObjectStore that the database is recovered from; only with such a `bootstrap`. */
  public readonly recoveryStore?: ApiObject;
  /** The CronJobs that dump and restore; only on a StatefulSet with a backup. */
  public readonly dumpJob?: PostgresDumpJob;
  /** The Job that makes `databases`, `extensions` and `roles` that are not there yet; undefined without them, and on CloudNativePG. */
  public readonly setupJob?: PostgresSetupJob;
  /** The ConfigMap with the scripts of the first start; undefined without `initSql`. */
  public readonly initScripts?: ApiObject;
  /** The Databases of `databases`, and that of the application where it has `extensions`; only on CloudNativePG. */
  public readonly databaseResources?: ApiObject[];

  private readonly topology: TopologyShape;
  private readonly version: PostgresVersion;
  private readonly storageBytes: number;
  private readonly tls?: PostgresTls;
  private readonly server: PostgresServer;
  private readonly network: NetworkAccess;
  private readonly connections: ConnectionBudget;
  private readonly consumers: PostgresConsumers;
  private pooler?: PostgresPooler;
  private readonly reserved: number;
  private readonly indexed: IndexedDatabase;
  private indexes?: PostgresIndexJob;
  private standbys?: PostgresStandbys;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: TunedPostgresProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    checks.made(props);
    const profile = props.profile ?? WorkloadProfile.DATABASE.withMemory(Size.gibibytes(4));
    checkProps(checks, this.name, props, profile);
    checks.throwIfAny();

    this.topology = (props.topology ?? PostgresTopology.statefulSet())._shape;
    const managed = this.topology.kind === 'cloudNativePg' ? this.topology : undefined;
    this.tls = tlsOf(props);
    const version = props.version ?? PostgresVersion.V17;
    this.version = version;
    this.storageBytes = bytesOf(props.storage);
    const family = managed
      ? PostgresImageFamily.CLOUD_NATIVE_PG
      : (props.imageFamily ?? familyOf(props.image));
    const capabilities = imageCapabilities(family, version);
    const image = props.image ?? defaultImage(family, version);
    const resources = profile._resources();
    const reserved = props.reservedConnections ?? RESERVED_CONNECTIONS;
    this.reserved = reserved;
    const cpuMillis = resources.cpuLimitMillis ?? resources.cpuRequestMillis;
    const parameters = { ...props.parameters };
    const tune = (demand?: ConnectionDemand) =>
      tunePostgres({
        memoryBytes: resources.memoryLimitBytes,
        cpuMillis,
        volumeBytes: this.storageBytes,
        walVolumeBytes: managed?.walStorage && bytesOf(managed.walStorage),
        hasStandbys: managed !== undefined,
        disk: props.disk ?? PostgresDisk.SSD,
        workload: props.workload ?? PostgresWorkload.WEB,
        version,
        image: capabilities,
        demand,
        hugePages: props.hugePages,
        startupSeconds: props.startupTime && secondsOf(props.startupTime),
        preloadLibraries: props.preloadLibraries,
        hasCertificate: props.certificate !== undefined,
        parameters,
      });
    const given = props.maxConnections ?? maxConnectionsIn(parameters);
    const limits = limitsOf(props);
    const kept = [...limits.values()].reduce((sum, limit) => sum + limit, reserved);
    this.connections = new ConnectionBudget({
      tune,
      given,
      reserved: kept,
      limits,
      cores: cpuMillis / 1000,
    });
    const tuning = this.connections.solve().tuning;
    checkTuning(checks, tuning, kept);
    if (managed) {
      checkCluster(checks, managed, { resources, tuning, parameters, bootstrap: props.bootstrap });
      refusePodProps(
        checks,
        props,
        CLOUD_NATIVE_PG_POD_PROPS,
        'CloudNativePG makes the pods; patch the Cluster, or use a StatefulSet',
      );
    }
    checkPodProps(checks, props, { name: 'postgres', mountPaths: POSTGRES_MOUNTS });
    checkExistingStatefulSet(checks, props, managed !== undefined);
    checks.throwIfAny();

    this.sharedMemory = { container: 'postgres', bytes: tuning.sharedBuffers };
    this.hasCpuLimit = resources.cpuLimitMillis !== undefined;
    this.database = props.database ?? DEFAULT_DATABASE;
    const firstStart = firstStartOf(props);
    this.databases = [this.database, ...firstStart.databases];
    this.user = props.user ?? DEFAULT_ROLE;
    const backup = this.topology.backup?._shape;
    const dump = backup?.kind === 'dump' ? backup : undefined;
    const hasSetup =
      !managed && [props.databases, props.extensions, props.roles].some((list = []) => list.length > 0);
    const plan: ServerPlan = {
      name: this.name,
      props,
      version,
      family,
      capabilities,
      image,
      resources,
      database: this.database,
      firstStart,
      user: this.user,
      tls: this.tls,
      hasSuperuserJobs: dump !== undefined || hasSetup,
      tuning: () => this.connections.solve().tuning,
    };
    this.server = managed ? cloudNativePgServer(this, plan, managed) : statefulSetServer(this, plan);
    this.networkIdentity = this.server.identity;
    this.metricsEndpoint = this.server.metrics;
    this.credentials = this.server.credentials;
    this.network = this.server.network;
    this.networkPolicy = this.network.policy;
    const { objects } = this.server;
    this.statefulSet = objects.statefulSet;
    this.service = objects.service;
    this.headlessService = objects.headlessService;
    this.volumeClaim = objects.volumeClaim;
    this.configMap = objects.configMap;
    this.serviceAccount = objects.serviceAccount;
    this.disruptionBudget = objects.disruptionBudget;
    this.cluster = objects.cluster;
    this.node.defaultChild = this.statefulSet ?? this.cluster;
    this.scheduledBackup = objects.scheduledBackup;
    this.objectStore = objects.objectStore;
    this.recoveryStore = objects.recoveryStore;
    this.initScripts = objects.initScripts;
    this.databaseResources = objects.databaseResources;
    const roles = rolesOf(props.roles ?? [], this.databases, this.credentials);
    this.consumers = new PostgresConsumers({
      construct: this,
      databases: this.databases,
      user: this.user,
      credentials: this.credentials,
      roles,
      identity: this.networkIdentity,
      network: this.network,
      connections: this.connections,
      tls: this.tls,
      service: this.server.service,
      readOnlyService: this.server.readOnlyService,
    });
    const reached: ReachedServer = {
      name: this.name,
      service: this.server.service,
      image,
      uid: capabilities.user,
      credentials: this.credentials,
      tls: this.tls,
      identity: this.networkIdentity,
      network: this.network,
      pods: { imagePullSecrets: props.imagePullSecrets, imagePullPolicy: props.imagePullPolicy },
      scheduling: { priorityClassName: props.priorityClassName },
    };
    this.indexed = {
      ...reached,
      database: this.database,
      user: this.user,
      startupSeconds: tuning.startupSeconds,
      props: props.indexJobOptions ?? {},
    };
    if (hasSetup)
      this.setupJob = PostgresSetupJob._of(this, {
        ...reached,
        startupSeconds: tuning.startupSeconds,
        owner: this.user,
        databases: this.databases,
        extensions: firstStart.extensions,
        roles,
      });
    if (dump)
      this.dumpJob = PostgresDumpJob._of(
        this,
        {
          ...reached,
          storageBytes: this.storageBytes,
          libraries: props.preloadLibraries ?? [],
          parameters,
        },
        dump,
      );
    this.node.addValidation({ validate: () => this.problems() });
  }

  /** Connections that the server accepts, with everybody known who has connected so far. */
  public get maxConnections(): number {
    return this.connections.solve().tuning.maxConnections;
  }

  /**
   * Every setting with its value and its reason, in the order of `postgresql.conf`, with everybody known who has connected
   * so far.
   */
  public explain(): SettingExplanation[] {
    const isManaged = this.topology.kind === 'cloudNativePg';
    return this.connections
      .solve()
      .tuning.settings.filter(({ name }) => !isManaged || holdsWithOperator(name))
      .map(({ layer, ...setting }) => ({ ...setting, source: layer as SettingSource }));
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
        name: this.name,
        host: this.server.service,
        port: POSTGRES_PORT,
        peer: NetworkPeer.pods(this.networkIdentity),
        version: this.version,
        databases: this.databases,
        logins: () => this.consumers.distinctLogins,
        statistics: () => ({
          user: EXPORTER_ROLE,
          password: this.credentials.envValue('exporter-password'),
        }),
        clientTls: this.tls,
        serverTls: this.tls && { mode: 'verify-ca', authority: this.tls.certificate },
        managed: this.topology.kind === 'cloudNativePg' ? this.topology : undefined,
        sizing: () => this.connections.solve().poolers as PoolerSizing,
        longestPoolTimeout: () => this.consumers.longestPoolTimeout,
      },
      props,
    );
    this.connections.putPoolersInFront({
      get poolers() {
        return pooler._replicas;
      },
      clientsPerPooler: pooler._clientsPerPooler,
      activeTransactions: props.activeTransactions,
    });
    this.network.allowFrom(NetworkPeer.pods(pooler.networkIdentity), [POSTGRES_PORT]);
    this.consumers.putInFront(pooler);
    this.pooler = pooler;
    return pooler;
  }

  /**
   * The standbys, for queries that only read and may be a moment behind: `web.connectTo(db.readOnly)` beside
   * `web.connectTo(db)`. Refused where there are none.
   *
   * A standby can become the primary, with the connections that it has, so both draw on one budget.
   */
  public get readOnly(): PostgresStandbys {
    if (this.server.readOnlyService === undefined) {
      const checks = Checks.of(this);
      checks.fail(
        'readOnly',
        undefined,
        'there are no standbys; use `topology: PostgresTopology.cloudNativePg({ instances: 3 })`',
      );
      checks.throwIfAny();
    }
    this.standbys ??= PostgresStandbys._of(this, this.consumers.names, (consumer, options) =>
      this.consumers.acceptReader(consumer, options),
    );
    return this.standbys;
  }

  /**
   * A connection with options of its own: `web.connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 5 }) }))`.
   *
   * @param options its pool, its variables, and whether it goes past a pooler
   */
  public connection(options: DatabaseConnectionOptions): IConnectionTarget {
    return DatabaseConnection._of(this, this.consumers.names, options, (consumer) =>
      this.consumers.accept(consumer, options),
    );
  }

  /**
   * Lets a consumer in and gives it its part of the connections. Called by `connectTo`.
   *
   * @param consumer who connects
   */
  public acceptConnection(consumer: IConsumer): ConnectionBinding {
    return this.consumers.accept(consumer, {});
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

  /**
   * What a database that is recovered from the backups of this one has to agree with.
   *
   * @internal
   */
  public get _recovered(): RecoveredDatabase {
    const { name, version, storageBytes, database, user, topology } = this;
    const backup = topology.backup?._shape;
    const { tablespaces = [] } = topology.kind === 'cloudNativePg' ? topology : {};
    return {
      name,
      version,
      storageBytes,
      database,
      user,
      tablespaces: tablespaces.map((one) => one.name),
      store: backup?.kind === 'objectStore' ? backup : undefined,
    };
  }

  private problems(): string[] {
    const { tuning, problems, poolers } = this.connections.solve();
    const unsolved = tuning.problems.map(
      ({ name, value, allowed }) => `${name} is ${String(value)}; ${allowed}`,
    );
    if (!this.pooler) return [...unsolved, ...problems];
    return [
      ...unsolved,
      ...problems,
      ...secretProblems(this.consumers.logins),
      ...(poolers?.databases && this.topology.kind === 'cloudNativePg' ? [NO_BOUNDS_OF_OPERATOR] : []),
    ];
  }
}

const NO_BOUNDS_OF_OPERATOR =
  'several roles come through the poolers to several databases, and those of CloudNativePG have no bound for each database; ' +
  'let all but one role connect with `direct: true`, or use a StatefulSet';

/** Connections that roles may have, by their name. */
function limitsOf({ roles = [] }: TunedPostgresProps): ReadonlyMap<string, number> {
  return new Map(
    roles.flatMap(({ name, connectionLimit }) =>
      connectionLimit === undefined ? [] : [[name, connectionLimit] as const],
    ),
  );
}

/** `max_connections` among the parameters; what is no number is reported with them. */
function maxConnectionsIn(parameters: Readonly<Record<string, string>>): number | undefined {
  const text = parameters.max_connections;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
