import type { ApiObject, Duration } from 'cdk8s';
import { EnvValue, type ISecret } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { NetworkAccess } from '../../connection/network-access';
import { type NetworkIdentity, NetworkPeer } from '../../connection/network-peer';
import type { Checks } from '../../finding/checks';
import { emitConfigMap, emitServiceAccount, emitSpec } from '../../pod/api-object';
import { namespaceOf, type SelectorLabels, selectorLabels } from '../../pod/naming';
import { PodModel } from '../../pod/pod-model';
import type { SchedulingProps } from '../../pod/scheduling';
import type { ContainerResources } from '../../sizing/resources';
import { KubernetesVersion } from '../../target/kubernetes-version';
import { SECONDS, secondsOf } from '../../units/amounts';
import { shortDigest } from '../../units/digest';
import { dnsSubdomainRule, labelKeyRule, roleNameRule, sqlIdentifierRule } from '../../units/names';
import { MIB } from '../../units/quantity';
import { literalForKubelet } from '../../units/text';
import { POSTGRES_PORT } from '../stateful-set/layout';
import { indexArguments, INDEXES_SQL, type IndexRequest, indexRequest, WAIT_SCRIPT } from './index-emitter';
import { IndexMatch, type PostgresIndexJobProps, type PostgresIndexProps } from './postgres-index';

/** The database that the indexes are in, as the Job reaches it. */
export interface IndexedDatabase {
  /** Name of the construct's objects. */
  readonly name: string;
  /** Service of the instance that takes writes. */
  readonly service: string;
  readonly image: string;
  /** User and group that the image runs as. */
  readonly uid: number;
  readonly database: string;
  readonly user: string;
  readonly credentials: ISecret;
  readonly identity: NetworkIdentity;
  readonly network: NetworkAccess;
  readonly startupSeconds: number;
  readonly scheduling: SchedulingProps;
  readonly props: PostgresIndexJobProps;
}

const TIMEOUT_SECONDS = 6 * 3600;
const TABLE_SECONDS = 600;
const LOCK_SECONDS = 600;
/** Failures that are tried again, after 10, 20 and 40 seconds. */
const RETRIES = 3;
/** psql holds a statement and a line of its answer; the work is done in the database. A proposal. */
const RESOURCES: ContainerResources = {
  cpuRequestMillis: 10,
  cpuLimitMillis: 100,
  memoryRequestBytes: 64 * MIB,
  memoryLimitBytes: 64 * MIB,
  ephemeralRequestBytes: 16 * MIB,
  ephemeralLimitBytes: 64 * MIB,
};
const SCRIPT_DIRECTORY = '/indexes';
const SCRIPT = 'indexes.sql';
/** With `-idx-` it leaves the longest name of a database at the 63 characters that a Job's pods can be labelled with. */
const DIGEST = 6;

/**
 * The Job that builds the indexes of a database, one after the other over one connection, and its ServiceAccount,
 * ConfigMap and NetworkPolicy. Made by `TunedPostgres.addIndex`.
 *
 * One Job for all of them: the memory bound leaves room for one maintenance command at a time, the connection budget
 * holds one connection for it, and two builds on one table would wait for each other.
 *
 * @example
 * db.addIndex({ table: 'orders', column: 'customer_id', match: IndexMatch.EQUALITY }); // customer_id = 123
 * db.addIndex({ table: 'products', column: 'name', match: IndexMatch.CONTAINS }); // name LIKE '%lamp%'
 *
 * // one Job builds both; a policy of the cluster wants to know whose it is
 * db.indexJob?.job.metadata.addLabel('team', 'orders');
 */
export class PostgresIndexJob extends Construct {
  /** Name of its objects; that of the Job goes on with a digest of what it does. */
  public readonly name: string;
  /** The ServiceAccount of the pod; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The ConfigMap with the script. */
  public readonly configMap: ApiObject;
  /** The NetworkPolicy: to the database and DNS. */
  public readonly networkPolicy: ApiObject;

  private readonly labels: SelectorLabels;
  private readonly requests: IndexRequest[];
  private current: ApiObject;

  /** @internal */
  public static _of(scope: Construct, target: IndexedDatabase, first: PostgresIndexProps): PostgresIndexJob {
    return new PostgresIndexJob(scope, 'indexes', target, first);
  }

  private constructor(
    scope: Construct,
    id: string,
    private readonly target: IndexedDatabase,
    first: PostgresIndexProps,
  ) {
    super(scope, id);
    this.requests = [indexRequest(first)];
    this.name = `${target.name}-idx`;
    this.labels = selectorLabels(this.name, 'indexes');
    const head = { name: this.name, labels: this.labels };
    this.serviceAccount = emitServiceAccount(this, 'service-account', head);
    this.configMap = emitConfigMap(this, 'config', head, { [SCRIPT]: INDEXES_SQL });
    const network = new NetworkAccess(this, 'network-policy', this.name, this.labels);
    network.allowTo(NetworkPeer.pods(target.identity), [POSTGRES_PORT]);
    const identity = { namespace: namespaceOf(this), podLabels: { ...this.labels } };
    target.network.allowFrom(NetworkPeer.pods(identity), [POSTGRES_PORT]);
    this.networkPolicy = network.policy;
    this.current = this.emitJob();
  }

  /**
   * The Job. A Job cannot be changed, so each index that is added makes another one, of another name, in its place: patch
   * it after the last.
   */
  public get job(): ApiObject {
    return this.current;
  }

  /** @internal */
  public get _requests(): readonly IndexRequest[] {
    return this.requests;
  }

  /**
   * Adds an index that has been checked.
   *
   * @internal
   */
  public _add(props: PostgresIndexProps): void {
    this.requests.push(indexRequest(props));
    this.node.tryRemoveChild('job');
    this.current = this.emitJob();
  }

  private emitJob(): ApiObject {
    const { props } = this.target;
    const spec: NonNullable<Job['spec']> = {
      activeDeadlineSeconds: seconds(props.timeout, TIMEOUT_SECONDS),
      backoffLimit: RETRIES,
      // A node that is drained is no failure.
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
      template: this.podTemplate(),
      ttlSecondsAfterFinished: props.timeToLive && secondsOf(props.timeToLive),
    };
    const digest = shortDigest(JSON.stringify([spec, props.annotations])).slice(0, DIGEST);
    return emitSpec<Job>(
      this,
      'job',
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        name: `${this.name}-${digest}`,
        labels: this.labels,
        annotations: props.annotations,
      },
      () => spec,
    );
  }

  private podTemplate(): PodTemplateSpec {
    const { target } = this;
    const { props } = target;
    const pod = new PodModel({
      scope: this,
      labels: this.labels,
      version: KubernetesVersion.of(this),
      serviceAccountName: this.name,
      // psql as the first process of its container ignores SIGTERM, and has nothing to finish.
      terminationGracePeriodSeconds: 5,
      scheduling: target.scheduling,
      user: target.uid,
      group: target.uid,
    });
    // As arguments, since PGHOST among the variables would say that here is an application with a pool.
    const server = [`--host=${target.service}`, `--port=${POSTGRES_PORT}`];
    pod.addInitContainer({
      name: 'wait',
      image: target.image,
      command: [
        'timeout',
        `${target.startupSeconds}`,
        'sh',
        '-c',
        literalForKubelet(WAIT_SCRIPT),
        'wait',
        ...server,
      ],
      env: new Map(),
      resources: RESOURCES,
    });
    const run = {
      indexes: this.requests,
      tableSeconds: seconds(props.tableTimeout, TABLE_SECONDS),
      lockSeconds: seconds(props.lockTimeout, LOCK_SECONDS),
    };
    pod.addContainer({
      name: 'indexes',
      image: target.image,
      command: ['psql'],
      args: [
        ...server,
        `--username=${props.user ?? target.user}`,
        `--dbname=${target.database}`,
        ...indexArguments(run).map(literalForKubelet),
        `--file=${SCRIPT_DIRECTORY}/${SCRIPT}`,
      ],
      env: new Map([
        ['PGAPPNAME', EnvValue.fromValue(this.name)],
        ['PGCONNECT_TIMEOUT', EnvValue.fromValue('10')],
        ['PGPASSWORD', (props.credentials ?? target.credentials).envValue('password')],
      ]),
      resources: RESOURCES,
      volumeMounts: [{ name: 'script', mountPath: SCRIPT_DIRECTORY, readOnly: true }],
    });
    pod.addVolume({ name: 'script', configMap: { name: this.name } });
    const template = pod.render();
    return { ...template, spec: template.spec && { ...template.spec, restartPolicy: 'Never' } };
  }
}

function seconds(duration: Duration | undefined, fallback: number): number {
  return duration ? secondsOf(duration) : fallback;
}

/** Checks an index that is to be added to others. */
export function checkIndex(checks: Checks, props: PostgresIndexProps, others: readonly IndexRequest[]): void {
  checks.text('table', props.table, sqlIdentifierRule);
  checks.text('column', props.column, sqlIdentifierRule);
  checks.text('schema', props.schema, sqlIdentifierRule);
  checks.text('name', props.name, sqlIdentifierRule);
  checks.oneOf('match', props.match, Object.values(IndexMatch));
  if (props.unique === true && props.match !== IndexMatch.EQUALITY)
    checks.fail('unique', true, `allowed: with the match "${IndexMatch.EQUALITY}"`);
  if (!checks.passed) return;
  const { schema, name } = indexRequest(props);
  if (others.some((other) => other.schema === schema && other.name === name))
    checks.fail('name', name, 'another index of the database has it; remove one of them, or set `name`');
}

/** Checks the props of the Job, whether or not there will be one. */
export function checkIndexJob(checks: Checks, props: PostgresIndexJobProps): void {
  checks.text('user', props.user, roleNameRule);
  checks.text('credentials', props.credentials?.name, dnsSubdomainRule);
  if (props.user !== undefined && props.credentials === undefined)
    checks.fail('user', props.user, 'its password is in no Secret that we know; set `credentials`');
  if (props.user === undefined && props.credentials !== undefined)
    checks.fail('credentials', props.credentials.name, 'whose they are is not said; set `user`');
  const duration = (prop: 'timeout' | 'tableTimeout' | 'lockTimeout' | 'timeToLive', min: number) =>
    checks.integer(prop, checks.amount(prop, props[prop], SECONDS), min, 7 * 86_400);
  duration('timeout', 60);
  duration('tableTimeout', 0);
  duration('lockTimeout', 1);
  duration('timeToLive', 0);
  for (const [key, value] of Object.entries(props.annotations ?? {})) {
    checks.at('annotations').text('key', key, labelKeyRule);
    checks.at('annotations').text(key, value);
  }
}
