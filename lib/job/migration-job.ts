import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { IConnectionTarget } from '../connection/connection';
import type { Checks } from '../finding/checks';
import { emitSpec } from '../pod/api-object';
import { ReleaseJob } from '../pod/release-job';
import { secondsOf } from '../units/amounts';
import { DIRECT_CONNECTIONS, pastPooler } from './direct-connection';
import type { MigrationJobProps } from './migration-job-props';
import type { MigrationLock } from './migration-lock';
import { checkTimeToLive, type JobKind, RunToCompletion } from './run-to-completion';

const TIME_TO_LIVE_SECONDS = 7 * 86_400;

/**
 * A Job that brings the schema of a database to a release: one pod, once for each release, before the rollout where a
 * `hook` says so. It has what a workload has: hardening, an account without a token, a network policy, variables by
 * `connectTo`, and its place in the connections of the database.
 *
 * A Job cannot be changed, so without a hook its name ends in a digest of its content, and a new release is a new Job.
 *
 * @example
 * const migrate = new MigrationJob(chart, 'migrate', {
 *   image: 'registry.example.com/shop:1.8.2',
 *   args: ['migrate'],
 *   timeout: Duration.minutes(20),
 * });
 * migrate.connectTo(db); // past a pooler, with two connections
 */
export class MigrationJob extends RunToCompletion {
  /** The Job; without a hook its name goes on with a digest, which is known when the app is synthesized. */
  public readonly job: ApiObject;

  private readonly lock?: MigrationLock;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: MigrationJobProps) {
    super(scope, id, props, (checks) => describe(checks, props));
    const { hook, timeToLive } = props;
    this.lock = props.lock;
    const fallback = hook ? undefined : TIME_TO_LIVE_SECONDS;
    const ttlSecondsAfterFinished = timeToLive ? secondsOf(timeToLive) : fallback;
    const spec = () => ({ ...this._jobSpec(), ttlSecondsAfterFinished });
    this._network.annotate(hook?._ofItsNeeds ?? {});
    for (const [key, value] of Object.entries(hook?._ofItsNeeds ?? {}))
      for (const { metadata } of this.node.children.filter((child) => ApiObject.isApiObject(child)))
        metadata.addAnnotation(key, value);
    const head = { ...this._head, annotations: hook?._ofJob };
    this.job = hook
      ? emitSpec<Job>(this, 'job', { ...head, apiVersion: 'batch/v1', kind: 'Job' }, spec)
      : new ReleaseJob(this, 'job', head, spec);
    this.node.defaultChild = this.job;
  }

  /**
   * Uses another construct: sets the environment that reaches it, and opens the network policies of both. A database is
   * reached past its pooler, since migrations take locks of a session, with a pool of two connections, or one where the
   * Job's `lock` has the other; `connection({…})` of it says otherwise.
   *
   * @param target what to use: a database, a cache, a web app or a service, here or elsewhere, or `connection({…})` of it
   */
  public override connectTo(target: IConnectionTarget): void {
    const held = this.lock?._isIn(target) === true ? 1 : 0;
    super.connectTo(pastPooler(target, DIRECT_CONNECTIONS - held));
  }
}

function describe(checks: Checks, props: MigrationJobProps): JobKind {
  props.hook?._check(checks.at('hook'));
  checkTimeToLive(checks, props.timeToLive);
  return { component: 'migration', parallelism: 1, completions: 1, runs: 1, lock: props.lock };
}
