import { type ApiObject, Lazy, Size } from 'cdk8s';
import { EnvValue, type ISecret, Secret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type {
  ConnectionBinding,
  ConnectOptions,
  IConnectionTarget,
  IConsumer,
} from '../connection/connection';
import { serviceHost } from '../connection/connection';
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
import { explainOverdraft, type PoolBudget, type PoolDrawer, solvePools } from '../connection/pool-budget';
import { emitSingleInstance } from '../connection/single-instance';
import { Checks } from '../finding/checks';
import { emitConfigMap } from '../pod/api-object';
import { exporterContainer } from '../pod/exporter';
import { secondsOf } from '../pod/health-check';
import { DEFAULT_IMAGES } from '../pod/images';
import { namespaceOf, resourceName, selectorLabels } from '../pod/naming';
import { PodModel } from '../pod/pod-model';
import { checkScheduling } from '../pod/scheduling';
import { gracePeriodSeconds } from '../pod/termination-sizing';
import type { ContainerResources } from '../sizing/resources';
import { bytesOf, WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { dnsSubdomainRule, imageRule, sqlNameRule } from '../units/names';
import { formatBytes, GIB, MIB } from '../units/quantity';
import { printPostgresConf } from './postgres-conf-emitter';
import { ALIVE_COMMAND, PG_HBA_CONF, READY_COMMAND, ROLES_SQL, STOP_COMMAND } from './postgres-files';
import {
  CONFIG_DIRECTORY,
  dataPaths,
  initdbArguments,
  POSTGRES_EXPORTER_PORT,
  POSTGRES_PORT,
  POSTGRES_USER,
  serverArguments,
  shutdownSeconds,
} from './postgres-layout';
import { type Tuning, tunePostgres } from './postgres-tuning';
import { PostgresVersion, PostgresWorkload } from './postgres-workload';
import type { TunedPostgresProps } from './tuned-postgres-props';

/** Connections that belong to nobody's pool: one scrape of the exporter, a migration, a backup, and a person. */
const RESERVED_CONNECTIONS = 8;
const STARTUP_SECONDS = 3600;
const STARTUP_PERIOD_SECONDS = 5;
const TMP_BYTES = 64 * MIB;
const RUN_BYTES = 16 * MIB;

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
  /** Connections that the server accepts. */
  public readonly maxConnections: number;
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
  private readonly tuning: Tuning;
  private readonly reserved: number;
  private readonly database: string;
  private readonly user: string;
  private readonly drawers: PoolDrawer[] = [];

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
    const version = props.version ?? PostgresVersion.V17;
    check(checks, props, profile, version);
    checks.throwIfAny();

    const resources = profile._resources();
    this.reserved = props.reservedConnections ?? RESERVED_CONNECTIONS;
    this.tuning = tune(checks, props, resources, this.reserved);
    checks.throwIfAny();

    this.maxConnections = this.tuning.maxConnections;
    this.sharedMemory = { container: 'postgres', bytes: this.tuning.sharedBuffers };
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

    const files = {
      'pg_hba.conf': PG_HBA_CONF,
      'postgresql.conf': printPostgresConf(this.tuning.settings),
      'roles.sql': ROLES_SQL,
    };
    this.configMap = emitConfigMap(this, 'config', head, files);
    const pod = this.podModel(props, version, resources);
    if (props.restartOnChange !== false) {
      pod.rollOnChangeOf(files['postgresql.conf']);
      pod.rollOnChangeOf(files['pg_hba.conf']);
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
    this.node.addValidation({ validate: () => this.overdraft() });
  }

  /**
   * Lets a consumer in and gives it its part of the connections. Called by `connectTo`.
   *
   * @param consumer who connects
   * @param options its pool
   */
  public acceptConnection(consumer: IConsumer, options: ConnectOptions): ConnectionBinding {
    if (options.role !== undefined) {
      const checks = Checks.of(consumer);
      checks.fail('connectTo.role', options.role, `${this.node.path} is a database, not a cache; remove it`);
      checks.throwIfAny();
    }
    this.network.allowFrom(NetworkPeer.pods(consumer.networkIdentity), [POSTGRES_PORT]);
    const pool = options.pool ?? ConnectionPool.shared();
    const index = this.drawers.length;
    this.drawers.push({
      name: consumer.node.path,
      pods: consumer.maxPods,
      processesPerPod: pool._processesPerPod,
      weight: pool._weight,
      fixed: pool._fixed,
    });
    // The share is known when everybody has connected.
    const solved = (read: (budget: PoolBudget) => number) =>
      EnvValue.fromValue(Lazy.any({ produce: () => `${read(this.budget())}` }) as string);
    const host = serviceHost(
      { serviceName: this.name, namespace: namespaceOf(this) },
      consumer.networkIdentity.namespace,
    );
    return {
      identity: this.networkIdentity,
      ports: [POSTGRES_PORT],
      env: (options.variables ?? DatabaseVariables.GUIDE)._env({
        host,
        port: POSTGRES_PORT,
        database: this.database,
        user: this.user,
        password: this.credentials.envValue('password'),
        poolSize: solved(({ pools }) => pools[index].size),
        maxOverflow: solved(({ pools }) => pools[index].maxOverflow),
        poolTotal: solved(({ pools }) => pools[index].size + pools[index].maxOverflow),
        timeoutSeconds: pool._timeoutSeconds,
      }),
    };
  }

  /**
   * Lets a peer scrape the metrics endpoint.
   *
   * @param peer who may
   */
  public allowScrapeFrom(peer: NetworkPeer): void {
    if (this.metricsEndpoint) this.network.allowFrom(peer, [this.metricsEndpoint.port]);
  }

  private budget(): PoolBudget {
    const { maxConnections, superuserReservedConnections } = this.tuning;
    return solvePools(maxConnections - superuserReservedConnections - this.reserved, this.drawers);
  }

  private overdraft(): string[] {
    const budget = this.budget();
    return budget.fits ? [] : [explainOverdraft(budget, this.drawers, this.maxConnections)];
  }

  private podModel(
    props: TunedPostgresProps,
    version: PostgresVersion,
    resources: ContainerResources,
  ): PodModel {
    const labels = selectorLabels(this.name, 'postgres');
    const pod = new PodModel({
      labels,
      version: KubernetesVersion.targetOf(this),
      serviceAccountName: this.name,
      terminationGracePeriodSeconds: gracePeriodSeconds(0, shutdownSeconds(this.tuning.sharedBuffers)),
      scheduling: props,
      user: POSTGRES_USER,
      group: POSTGRES_USER,
      fsGroup: POSTGRES_USER,
    });
    const { mountPath, pgdata } = dataPaths(version);
    const startupSeconds = props.startupTime ? secondsOf(props.startupTime) : STARTUP_SECONDS;
    pod.addContainer({
      name: 'postgres',
      image: props.image ?? DEFAULT_IMAGES.postgres[version],
      args: serverArguments(version),
      ports: [{ name: 'postgres', containerPort: POSTGRES_PORT, protocol: 'TCP' }],
      env: new Map([
        ['PGDATA', EnvValue.fromValue(pgdata)],
        ['POSTGRES_INITDB_ARGS', EnvValue.fromValue(initdbArguments(version))],
        ['POSTGRES_PASSWORD', this.credentials.envValue('postgres-password')],
        ['APP_DATABASE', EnvValue.fromValue(this.database)],
        ['APP_USER', EnvValue.fromValue(this.user)],
        ['APP_PASSWORD', this.credentials.envValue('password')],
        ['EXPORTER_PASSWORD', this.credentials.envValue('exporter-password')],
      ]),
      resources,
      startupProbe: {
        exec: { command: READY_COMMAND },
        periodSeconds: STARTUP_PERIOD_SECONDS,
        timeoutSeconds: 5,
        failureThreshold: Math.ceil(startupSeconds / STARTUP_PERIOD_SECONDS),
      },
      readinessProbe: {
        exec: { command: READY_COMMAND },
        periodSeconds: 5,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
      livenessProbe: {
        exec: { command: ALIVE_COMMAND },
        periodSeconds: 10,
        timeoutSeconds: 10,
        failureThreshold: 6,
      },
      lifecycle: { preStop: { exec: { command: STOP_COMMAND } } },
      volumeMounts: [
        { name: 'data', mountPath },
        { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
        { name: 'init', mountPath: '/docker-entrypoint-initdb.d', readOnly: true },
        { name: 'run', mountPath: '/var/run/postgresql' },
        { name: 'shm', mountPath: '/dev/shm' },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    });
    if (this.metricsEndpoint) {
      pod.addContainer(
        exporterContainer({
          image: props.exporterImage ?? DEFAULT_IMAGES.postgresExporter,
          port: POSTGRES_EXPORTER_PORT,
          // Since 17 the checkpointer has statistics of its own, which the exporter reads only when told to.
          args: Number(version) >= 17 ? ['--collector.stat_checkpointer'] : undefined,
          env: {
            DATA_SOURCE_URI: EnvValue.fromValue(`127.0.0.1:${POSTGRES_PORT}/postgres?sslmode=disable`),
            DATA_SOURCE_USER: EnvValue.fromValue('exporter'),
            DATA_SOURCE_PASS: this.credentials.envValue('exporter-password'),
          },
        }),
      );
    }
    const configItems = (...keys: string[]) => ({
      configMap: { name: this.name, items: keys.map((key) => ({ key, path: key })) },
    });
    pod.addVolume({ name: 'config', ...configItems('postgresql.conf', 'pg_hba.conf') });
    pod.addVolume({ name: 'init', ...configItems('roles.sql') });
    pod.addVolume({ name: 'run', emptyDir: { sizeLimit: formatBytes(RUN_BYTES) } });
    pod.addVolume({
      name: 'shm',
      emptyDir: { medium: 'Memory', sizeLimit: formatBytes(this.tuning.sharedMemoryVolume) },
    });
    pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
    return pod;
  }
}

function check(
  checks: Checks,
  props: TunedPostgresProps,
  profile: WorkloadProfile,
  version: PostgresVersion,
): void {
  const storage = bytesOf(props.storage);
  if (!(Number.isSafeInteger(storage) && storage >= GIB)) {
    checks.fail('storage', props.storage.asString(), 'allowed: at least 1Gi, for data and WAL');
  }
  profile._check(checks.at('profile'));
  checks.oneOf('version', version, Object.values(PostgresVersion));
  checks.oneOf('workload', props.workload, Object.values(PostgresWorkload));
  checks.text('storageClassName', props.storageClassName, dnsSubdomainRule);
  checks.text('image', props.image, imageRule);
  checks.text('exporterImage', props.exporterImage, imageRule);
  checks.text('database', props.database, sqlNameRule);
  checks.text('user', props.user, sqlNameRule);
  if (props.user === 'exporter') checks.fail('user', props.user, 'it is the role of the metrics exporter');
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  checks.integer('maxConnections', props.maxConnections, 10, 10_000);
  checks.integer('reservedConnections', props.reservedConnections, 0, 1000);
  checks.integer('startupTime', props.startupTime && secondsOf(props.startupTime), 60, 86_400);
  for (const [name, value] of Object.entries(props.parameters ?? {}))
    checks.at('parameters').text(name, value);
  checkScheduling(checks, props);
}

function tune(
  checks: Checks,
  props: TunedPostgresProps,
  resources: ContainerResources,
  reserved: number,
): Tuning {
  const tuning = tunePostgres({
    memoryBytes: resources.memoryLimitBytes,
    cpuMillis: resources.cpuLimitMillis ?? resources.cpuRequestMillis,
    volumeBytes: bytesOf(props.storage),
    workload: props.workload ?? PostgresWorkload.WEB,
    maxConnections: props.maxConnections,
    parameters: props.parameters ?? {},
  });
  for (const { name, value, allowed } of tuning.problems) {
    if (name === 'memory') checks.fail('profile.memoryLimit', value, allowed);
    else checks.at('parameters').fail(name, value, allowed);
  }
  const left = tuning.maxConnections - tuning.superuserReservedConnections - reserved;
  if (left < 1) {
    checks.fail(
      'reservedConnections',
      reserved,
      `with superuser_reserved_connections ${tuning.superuserReservedConnections} nothing is left of max_connections ${tuning.maxConnections}`,
    );
  }
  return tuning;
}
