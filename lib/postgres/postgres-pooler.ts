import { type ApiObject, Lazy } from 'cdk8s';
import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { type IMonitored, MetricFamily, type MetricsEndpoint } from '../connection/monitored';
import { NetworkAccess } from '../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../connection/network-peer';
import type { PoolerSizing } from '../connection/pooler-sizing';
import { emitService } from '../connection/service';
import { Checks } from '../finding/checks';
import { emitConfigMap, emitServiceAccount } from '../pod/api-object';
import { emitDisruptionBudget } from '../pod/disruption';
import { exporterContainer } from '../pod/exporter';
import { secondsOf } from '../pod/health-check';
import { DEFAULT_IMAGES } from '../pod/images';
import { namespaceOf, resourceName, selectorLabels } from '../pod/naming';
import { PodModel } from '../pod/pod-model';
import { waitBeforeStop } from '../pod/pre-stop';
import { checkScheduling } from '../pod/scheduling';
import { gracePeriodSeconds, PRE_STOP_SECONDS } from '../pod/termination-sizing';
import { emitReplicated } from '../scaling/replicated';
import { ScalingPolicy } from '../scaling/scaling-policy';
import { WorkloadProfile } from '../sizing/workload-profile';
import { KubernetesVersion } from '../target/kubernetes-version';
import { imageRule } from '../units/names';
import { formatBytes, KIB, MIB } from '../units/quantity';
import {
  EXPORTER_ROLE,
  PGBOUNCER_DIRECTORY,
  PGBOUNCER_EXPORTER_PORT,
  PGBOUNCER_READY_COMMAND,
  PGBOUNCER_RUN_DIRECTORY,
  PGBOUNCER_START_SCRIPT,
  PGBOUNCER_USER,
  PGBOUNCER_USER_FILE,
} from './pgbouncer-files';
import { printPgBouncerIni } from './pgbouncer-ini-emitter';
import { tunePgBouncer } from './pgbouncer-tuning';
import type { PostgresPoolerProps } from './postgres-pooler-props';
import { POSTGRES_PORT } from './postgres-layout';

/** The database behind a pooler. */
export interface PooledDatabase {
  readonly host: string;
  readonly identity: NetworkIdentity;
  readonly database: string;
  readonly user: string;
  readonly credentials: ISecret;
  /** Sizes, with every consumer known. */
  readonly sizing: () => PoolerSizing;
  /** Longest time that a consumer's own pool waits, in seconds. */
  readonly longestPoolTimeout: () => number;
}

const DEFAULT_PROFILE = WorkloadProfile.fromQuantities({
  cpuRequest: '100m',
  cpuLimit: '1',
  memoryRequest: '128Mi',
  memoryLimit: '128Mi',
});
const DEFAULTS = { replicas: 2, drainSeconds: 60 } as const;

/**
 * Memory of a pooler without clients, and of one client: its buffers and prepared statements. Proposals; PgBouncer needs
 * a few KiB for a client that waits.
 */
const BASE_BYTES = 64 * MIB;
const CLIENT_BYTES = 32 * KIB;
const RUN_BYTES = MIB;
const TMP_BYTES = 16 * MIB;
const STARTUP_SECONDS = 10;
const SURGE_PERCENT = 25;

/**
 * PgBouncer in front of a `TunedPostgres`, made by its `addPooler`: many clients share the few connections that the
 * database works on at once, by transaction, prepared statements included.
 */
export class PostgresPooler extends Construct implements IMonitored {
  /**
   * Makes the pooler of a database.
   *
   * @internal
   */
  public static _of(scope: Construct, database: PooledDatabase, props: PostgresPoolerProps): PostgresPooler {
    return new PostgresPooler(scope, 'pooler', database, props);
  }

  /** Name of all objects. */
  public readonly name: string;
  /** The pods, as network policies name them. */
  public readonly networkIdentity: NetworkIdentity;
  /** Whether the container has a CPU limit. */
  public readonly hasCpuLimit: boolean;
  /** Where pgbouncer_exporter answers. */
  public readonly metricsEndpoint?: MetricsEndpoint;
  /** The Deployment. */
  public readonly deployment: ApiObject;
  /** The Service that clients use. */
  public readonly service: ApiObject;
  /** The ConfigMap with `pgbouncer.ini` and the start script. */
  public readonly configMap: ApiObject;
  /** The ServiceAccount of the pods; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The NetworkPolicy: those who connected to the database, the database, and the monitoring. */
  public readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget: one pod at a time. */
  public readonly disruptionBudget: ApiObject;

  /** @internal */
  public readonly _replicas: number;
  /** @internal */
  public readonly _clientsPerPooler: number;
  private readonly network: NetworkAccess;

  private constructor(scope: Construct, id: string, database: PooledDatabase, props: PostgresPoolerProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name ?? `${database.host}-pooler`, checks);
    check(checks, props);
    checks.throwIfAny();
    const resources = (props.profile ?? DEFAULT_PROFILE)._resources();
    this._replicas = props.replicas ?? DEFAULTS.replicas;
    this._clientsPerPooler = Math.floor((resources.memoryLimitBytes - BASE_BYTES) / CLIENT_BYTES);
    if (this._clientsPerPooler < 1) {
      checks.fail(
        'profile.memoryLimit',
        formatBytes(resources.memoryLimitBytes),
        'allowed: more than 64Mi; a pooler bears a client for every 32Ki above that',
      );
      checks.throwIfAny();
    }
    this.hasCpuLimit = resources.cpuLimitMillis !== undefined;
    const labels = selectorLabels(this.name, 'pooler');
    const head = { name: this.name, labels };
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: { ...labels } };
    this.metricsEndpoint =
      props.metrics === false
        ? undefined
        : {
            family: MetricFamily.PGBOUNCER,
            portName: 'metrics',
            port: PGBOUNCER_EXPORTER_PORT,
            path: '/metrics',
          };

    const ini = () =>
      printPgBouncerIni(
        tunePgBouncer({
          sizing: database.sizing(),
          database: database.database,
          host: database.host,
          hostPort: POSTGRES_PORT,
          port: POSTGRES_PORT,
          userFile: PGBOUNCER_USER_FILE,
          statisticsUser: EXPORTER_ROLE,
          longestPoolTimeout: database.longestPoolTimeout(),
        }),
      );
    this.configMap = emitConfigMap(this, 'config', head, {
      'pgbouncer.ini': Lazy.any({ produce: ini }) as string,
      'start.sh': PGBOUNCER_START_SCRIPT,
    });
    this.serviceAccount = emitServiceAccount(this, 'service-account', head);
    const pod = this.podModel(database, props);
    pod.rollOnChangeOf(ini);
    pod.rollOnChangeOf(PGBOUNCER_START_SCRIPT);
    this.deployment = emitReplicated(this, {
      ...head,
      pod,
      scaling: ScalingPolicy.replicas(this._replicas),
      surgePercent: SURGE_PERCENT,
      startupSeconds: STARTUP_SECONDS,
      fixedReplicasReason:
        'the poolers share out the connections of the database, and more of them would add none',
    }).deployment;
    this.service = emitService(this, 'service', {
      ...head,
      ports: [{ name: 'postgres', port: POSTGRES_PORT, targetPort: 'postgres', protocol: 'TCP' }],
    });
    this.disruptionBudget = emitDisruptionBudget(this, 'disruption-budget', this.name, labels);
    this.network = new NetworkAccess(this, 'network-policy', this.name, labels);
    this.networkPolicy = this.network.policy;
    this.network.allowTo(NetworkPeer.pods(database.identity), [POSTGRES_PORT]);
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
   * Lets a consumer in.
   *
   * @internal
   */
  public _allowFrom(consumer: NetworkIdentity): void {
    this.network.allowFrom(NetworkPeer.pods(consumer), [POSTGRES_PORT]);
  }

  private podModel(database: PooledDatabase, props: PostgresPoolerProps): PodModel {
    const version = KubernetesVersion.targetOf(this);
    const user = props.user ?? PGBOUNCER_USER;
    const pod = new PodModel({
      labels: selectorLabels(this.name, 'pooler'),
      version,
      serviceAccountName: this.name,
      terminationGracePeriodSeconds: gracePeriodSeconds(
        PRE_STOP_SECONDS,
        props.drainTime ? secondsOf(props.drainTime) : DEFAULTS.drainSeconds,
      ),
      scheduling: props,
      spread: { ownedByDeployment: true },
      user,
      group: user,
      fsGroup: user,
    });
    pod.addContainer({
      name: 'pgbouncer',
      image: props.image ?? DEFAULT_IMAGES.pgbouncer,
      command: ['sh', `${PGBOUNCER_DIRECTORY}/start.sh`],
      args: [`${PGBOUNCER_DIRECTORY}/pgbouncer.ini`],
      ports: [{ name: 'postgres', containerPort: POSTGRES_PORT, protocol: 'TCP' }],
      env: new Map([
        ['USER_FILE', EnvValue.fromValue(PGBOUNCER_USER_FILE)],
        ['APP_USER', EnvValue.fromValue(database.user)],
        ['APP_PASSWORD', database.credentials.envValue('password')],
        ['EXPORTER_USER', EnvValue.fromValue(EXPORTER_ROLE)],
        ['EXPORTER_PASSWORD', database.credentials.envValue('exporter-password')],
      ]),
      resources: (props.profile ?? DEFAULT_PROFILE)._resources(),
      startupProbe: {
        exec: { command: PGBOUNCER_READY_COMMAND },
        periodSeconds: 1,
        timeoutSeconds: 1,
        failureThreshold: STARTUP_SECONDS,
      },
      readinessProbe: {
        exec: { command: PGBOUNCER_READY_COMMAND },
        periodSeconds: 5,
        timeoutSeconds: 3,
        failureThreshold: 2,
      },
      livenessProbe: {
        tcpSocket: { port: 'postgres' },
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 6,
      },
      lifecycle: waitBeforeStop(PRE_STOP_SECONDS, version),
      volumeMounts: [
        { name: 'config', mountPath: PGBOUNCER_DIRECTORY, readOnly: true },
        { name: 'run', mountPath: PGBOUNCER_RUN_DIRECTORY },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    });
    if (this.metricsEndpoint) {
      pod.addContainer(
        exporterContainer({
          image: props.exporterImage ?? DEFAULT_IMAGES.pgbouncerExporter,
          port: PGBOUNCER_EXPORTER_PORT,
          args: [
            `--pgBouncer.connectionString=host=127.0.0.1 port=${POSTGRES_PORT} user=${EXPORTER_ROLE} dbname=pgbouncer sslmode=disable`,
          ],
          // The driver reads the password from where every client of Postgres does, so it is no part of an address.
          env: { PGPASSWORD: database.credentials.envValue('exporter-password') },
        }),
      );
    }
    pod.addVolume({ name: 'config', configMap: { name: this.name } });
    pod.addVolume({ name: 'run', emptyDir: { medium: 'Memory', sizeLimit: formatBytes(RUN_BYTES) } });
    pod.addVolume({ name: 'tmp', emptyDir: { sizeLimit: formatBytes(TMP_BYTES) } });
    return pod;
  }
}

function check(checks: Checks, props: PostgresPoolerProps): void {
  checks.integer('replicas', props.replicas, 1, 20);
  checks.integer('activeTransactions', props.activeTransactions, 1, 10_000);
  checks.integer('drainTime', props.drainTime && secondsOf(props.drainTime), 1, 3600);
  checks.integer('user', props.user, 1, 2 ** 31 - 1);
  props.profile?._check(checks.at('profile'));
  checks.text('image', props.image, imageRule);
  checks.text('exporterImage', props.exporterImage, imageRule);
  checkScheduling(checks, props);
}
