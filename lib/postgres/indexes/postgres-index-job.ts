import type { ApiObject, Duration } from 'cdk8s';
import { Construct } from 'constructs';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { Checks } from '../../finding/checks';
import { emitConfigMap } from '../../pod/api-object';
import { DRAINS_ARE_NO_FAILURE, jobTemplate } from '../../pod/job-pod';
import { selectorLabels } from '../../pod/naming';
import { ReleaseJob } from '../../pod/release-job';
import { SECONDS, secondsOf } from '../../units/amounts';
import { dnsSubdomainRule, labelKeyRule, roleNameRule, sqlIdentifierRule } from '../../units/names';
import { literalForKubelet } from '../../units/text';
import {
  addressArguments,
  authorityMounts,
  emitJobAccess,
  JOB_DIGEST,
  type JobHead,
  libpqVariables,
  PSQL_RESOURCES,
  type ReachedServer,
  serverJobPod,
  waitForServer,
} from '../server-job';
import { indexArguments, INDEXES_SQL, type IndexRequest, indexRequest } from './index-emitter';
import { IndexMatch, type PostgresIndexJobProps, type PostgresIndexProps } from './postgres-index';

/** The database that the indexes are in. */
export interface IndexedDatabase extends ReachedServer {
  readonly database: string;
  readonly user: string;
  readonly startupSeconds: number;
  readonly props: PostgresIndexJobProps;
}

const TIMEOUT_SECONDS = 6 * 3600;
const TABLE_SECONDS = 600;
const LOCK_SECONDS = 600;
/** Failures that are tried again, after 10, 20 and 40 seconds. */
const RETRIES = 3;
const SCRIPT_DIRECTORY = '/indexes';
const SCRIPT = 'indexes.sql';
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
  /** The Job; its name goes on with a digest, which is known when the app is synthesized: another index is another Job. */
  public readonly job: ApiObject;
  /** The ServiceAccount of the pod; it has no token and no rights. */
  public readonly serviceAccount: ApiObject;
  /** The ConfigMap with the script. */
  public readonly configMap: ApiObject;
  /** The NetworkPolicy: to the database and DNS. */
  public readonly networkPolicy: ApiObject;

  private readonly requests: IndexRequest[];

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
    const head = { name: this.name, labels: selectorLabels(this.name, 'indexes') };
    const { serviceAccount, networkPolicy } = emitJobAccess(this, head, target);
    this.serviceAccount = serviceAccount;
    this.networkPolicy = networkPolicy;
    this.configMap = emitConfigMap(this, 'config', head, { [SCRIPT]: INDEXES_SQL });
    const { props } = target;
    const { annotations } = props;
    this.job = new ReleaseJob(this, 'job', { ...head, annotations, digest: JOB_DIGEST }, () => ({
      activeDeadlineSeconds: seconds(props.timeout, TIMEOUT_SECONDS),
      backoffLimit: RETRIES,
      podFailurePolicy: DRAINS_ARE_NO_FAILURE,
      template: this.podTemplate(head),
      ttlSecondsAfterFinished: props.timeToLive && secondsOf(props.timeToLive),
    }));
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
  }

  private podTemplate(head: JobHead): PodTemplateSpec {
    const { target } = this;
    const { props } = target;
    const pod = serverJobPod(this, head, target);
    waitForServer(pod, target, target.startupSeconds);
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
        ...addressArguments(target),
        `--username=${props.user ?? target.user}`,
        `--dbname=${target.database}`,
        ...indexArguments(run).map(literalForKubelet),
        `--file=${SCRIPT_DIRECTORY}/${SCRIPT}`,
      ],
      env: libpqVariables(this.name, target, (props.credentials ?? target.credentials).envValue('password')),
      resources: PSQL_RESOURCES,
      volumeMounts: [
        { name: 'script', mountPath: SCRIPT_DIRECTORY, readOnly: true },
        ...authorityMounts(target),
      ],
    });
    pod.addVolume({ name: 'script', configMap: { name: this.name } });
    return jobTemplate(pod);
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
