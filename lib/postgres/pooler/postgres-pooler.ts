import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { IMonitored, MetricsEndpoint } from '../../connection/monitored';
import { checkAccess, NetworkAccess } from '../../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../../connection/network-peer';
import { type QueryWait, solveQueryWait, TRANSACTION_SECONDS } from '../../connection/pooler-sizing';
import { Checks } from '../../finding/checks';
import { numberAt } from '../../inventory/json';
import { emitDisruptionBudget } from '../../pod/disruption';
import { namespaceOf, resourceName, selectorLabels } from '../../pod/naming';
import { asPatched } from '../../pod/patched';
import { checkPodProps, refusePodProps } from '../../pod/pod-extras';
import { checkScheduling } from '../../pod/scheduling';
import { WorkloadProfile } from '../../sizing/workload-profile';
import { SECONDS, secondsOf } from '../../units/amounts';
import { imageRule } from '../../units/names';
import { formatBytes, KIB, MIB } from '../../units/quantity';
import { allowOutside } from '../cloud-native-pg/network';
import { cloudNativePgPooler, POOLER_POD_PROPS } from '../cloud-native-pg/pooler';
import { POSTGRES_PORT } from '../stateful-set/layout';
import { PGBOUNCER_MOUNTS, pgBouncerDeployment } from './pgbouncer-deployment';
import type { PooledDatabase } from './pooler-plan';
import type { PostgresPoolerProps } from './postgres-pooler-props';
import { ignoredParameterRule, trackedParameterRule } from './startup-parameters';

const DEFAULT_PROFILE = WorkloadProfile.fromQuantities({
  cpuRequest: '100m',
  cpuLimit: '1',
  memoryRequest: '128Mi',
  memoryLimit: '128Mi',
});
const DEFAULT_REPLICAS = 2;
/** Database of PgBouncer's own, where it is administrated. */
const CONSOLE = 'pgbouncer';

/**
 * Memory of a pooler without clients, and of one client: its buffers and prepared statements. Proposals; PgBouncer needs
 * a few KiB for a client that waits.
 */
const BASE_BYTES = 64 * MIB;
const CLIENT_BYTES = 32 * KIB;

/**
 * PgBouncer in front of a `TunedPostgres` or an `ExternalPostgres`, made by its `addPooler`: many clients share the few connections that the
 * database works on at once. They are shared by transaction, prepared statements included. There are two poolers of 128Mi
 * each unless the props say otherwise.
 *
 * @example
 * web.connectTo(db); // reaches the poolers, although they come later
 * const pooler = db.addPooler({ replicas: 3, transactionTime: Duration.seconds(2) });
 * new PerformanceMonitoring(chart, 'performance', { watch: [web, db, pooler] });
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
  /** The Deployment; undefined on CloudNativePG, whose operator makes it. */
  public readonly deployment?: ApiObject;
  /** The Service that clients use; undefined on CloudNativePG, whose operator makes it. */
  public readonly service?: ApiObject;
  /** The ConfigMap with `pgbouncer.ini` and the start script; undefined on CloudNativePG. */
  public readonly configMap?: ApiObject;
  /** The ServiceAccount of the pods; it has no token and no rights. Undefined on CloudNativePG. */
  public readonly serviceAccount?: ApiObject;
  /** The Pooler of CloudNativePG; undefined without it. */
  public readonly pooler?: ApiObject;
  /** The NetworkPolicy: those who connected to the database, the database, and the monitoring. */
  public readonly networkPolicy: ApiObject;
  /** The PodDisruptionBudget: one pod at a time. */
  public readonly disruptionBudget: ApiObject;

  /** @internal */
  public readonly _clientsPerPooler: number;
  private readonly replicas: number;
  private readonly network: NetworkAccess;
  private readonly queryWait: () => QueryWait;

  private constructor(scope: Construct, id: string, database: PooledDatabase, props: PostgresPoolerProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name ?? `${database.name}-pooler`, checks);
    checks.made(props);
    check(checks, props, database);
    checks.throwIfAny();
    const resources = (props.profile ?? DEFAULT_PROFILE)._resources();
    this.replicas = props.replicas ?? DEFAULT_REPLICAS;
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
    const queryWait = () =>
      solveQueryWait({
        sizing: database.sizing(),
        poolers: this._replicas,
        transactionSeconds: props.transactionTime ? secondsOf(props.transactionTime) : TRANSACTION_SECONDS,
        longestPoolTimeout: database.longestPoolTimeout(),
        given: props.queryWaitTimeout && secondsOf(props.queryWaitTimeout),
      });
    this.queryWait = queryWait;
    const startup = {
      version: database.version,
      ignored: props.ignoreStartupParameters ?? [],
      tracked: props.trackParameters ?? [],
    };
    const plan = {
      name: this.name,
      labels,
      replicas: this.replicas,
      resources,
      props,
      database,
      queryWait,
      startup,
    };
    const parts = database.managed ? cloudNativePgPooler(this, plan) : pgBouncerDeployment(this, plan);
    this.networkIdentity = { namespace: namespaceOf(this), podLabels: parts.podLabels };
    this.metricsEndpoint = parts.metrics;
    this.deployment = parts.objects.deployment;
    this.service = parts.objects.service;
    this.configMap = parts.objects.configMap;
    this.serviceAccount = parts.objects.serviceAccount;
    this.pooler = parts.objects.pooler;
    this.node.defaultChild = this.deployment ?? this.pooler;
    const pods = parts.podLabels;
    this.disruptionBudget = emitDisruptionBudget(this, 'disruption-budget', this.name, labels, pods);
    this.network = new NetworkAccess(this, 'network-policy', this.name, labels, pods);
    this.networkPolicy = this.network.policy;
    this.network.allowTo(database.peer, [database.port]);
    if (database.managed) allowOutside(this.network, database.managed);
  }

  /**
   * Pods, as the final object says.
   *
   * @internal
   */
  public get _replicas(): number {
    return asPatched(
      [this.deployment],
      this.replicas,
      ([deployment]) => numberAt(deployment, 'spec', 'replicas') ?? this.replicas,
    );
  }

  /**
   * Wait of a client that is worth an alert, in seconds: half of the time after which it is cut off. It follows from the
   * consumers that are connected when it is asked for.
   */
  public get longClientWaitSeconds(): number | undefined {
    return this.queryWait().alertSeconds;
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
   * Lets a consumer in.
   *
   * @internal
   */
  public _allowFrom(consumer: NetworkIdentity): void {
    this.network.allowFrom(NetworkPeer.pods(consumer), [POSTGRES_PORT]);
  }
}

function check(
  checks: Checks,
  props: PostgresPoolerProps,
  { managed, version, databases }: PooledDatabase,
): void {
  if (databases.includes(CONSOLE))
    checks.fail('database', CONSOLE, 'PgBouncer answers under this name itself; name the database otherwise');
  checks.integer('replicas', props.replicas, 1, 20);
  checks.integer('activeTransactions', props.activeTransactions, 1, 10_000);
  checks.number(
    'transactionTime',
    checks.amount('transactionTime', props.transactionTime, SECONDS),
    0.001,
    3600,
  );
  checks.integer(
    'queryWaitTimeout',
    checks.amount('queryWaitTimeout', props.queryWaitTimeout, SECONDS),
    1,
    3600,
  );
  checks.integer('drainTime', checks.amount('drainTime', props.drainTime, SECONDS), 1, 3600);
  checks.integer('runAsUser', props.runAsUser, 1, 2 ** 31 - 1);
  props.profile?._check(checks.at('profile'));
  props.ignoreStartupParameters?.forEach((name, index) =>
    checks.text(`ignoreStartupParameters[${index}]`, name, ignoredParameterRule),
  );
  props.trackParameters?.forEach((name, index) =>
    checks.text(`trackParameters[${index}]`, name, trackedParameterRule(version)),
  );
  checks.text('image', props.image, imageRule);
  checks.text('exporterImage', props.exporterImage, imageRule);
  checkScheduling(checks, props);
  for (const prop of managed ? (['runAsUser', 'exporterImage'] as const) : []) {
    if (props[prop] !== undefined)
      checks.fail(prop, props[prop], 'poolers of CloudNativePG have their own; remove it');
  }
  if (managed)
    refusePodProps(
      checks,
      props,
      POOLER_POD_PROPS,
      'CloudNativePG makes the pods; patch the Pooler, or use a StatefulSet',
    );
  checkPodProps(checks, props, { name: 'pgbouncer', mountPaths: PGBOUNCER_MOUNTS });
}
