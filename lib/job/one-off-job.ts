import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import type { IConnectionTarget } from '../connection/connection';
import type { Checks } from '../finding/checks';
import { emitSpec } from '../pod/api-object';
import { ReleaseJob } from '../pod/release-job';
import { secondsOf } from '../units/amounts';
import { dnsLabelRule } from '../units/names';
import { DIRECT_CONNECTIONS, pastPooler } from './direct-connection';
import type { OneOffJobProps } from './one-off-job-props';
import {
  checkHosts,
  checkTimeToLive,
  type JobKind,
  LONGEST_NAME,
  RunToCompletion,
} from './run-to-completion';

const MOST_PODS = 100;
const MOST_PARTS = 10_000;
/** What a digest adds to the name, with the "-" before it. */
const DIGEST_SUFFIX = 9;

/**
 * A Job that runs once: a backfill, a repair of data, an import. It has what a `MigrationJob` has, and is no part of a release:
 * it runs once for each `run`, in one pod or in several that share the work.
 *
 * It stays when it has ended. Argo CD and Flux make what is gone again, so a Job that deletes itself would run for ever.
 *
 * @example
 * const backfill = new OneOffJob(chart, 'backfill', {
 *   image: 'registry.example.com/shop:1.8.2',
 *   args: ['backfill', '--part=$(JOB_COMPLETION_INDEX)', '--of=20'],
 *   run: '2026-11-28',
 *   completions: 20,
 *   parallelism: 4,
 *   timeout: Duration.hours(6),
 * });
 * backfill.connectTo(db); // past a pooler, with two connections for each of four pods
 */
export class OneOffJob extends RunToCompletion {
  /** The Job; without a `run` its name goes on with a digest, which is known when the app is synthesized. */
  public readonly job: ApiObject;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: OneOffJobProps) {
    super(scope, id, props, (checks, name) => describe(checks, name, props));
    const { run, timeToLive } = props;
    const ttlSecondsAfterFinished = timeToLive && secondsOf(timeToLive);
    const spec = () => ({ ...this._jobSpec(), ttlSecondsAfterFinished });
    const { name, labels } = this._head;
    this.job =
      run === undefined
        ? new ReleaseJob(this, 'job', this._head, spec)
        : emitSpec<Job>(
            this,
            'job',
            { apiVersion: 'batch/v1', kind: 'Job', name: `${name}-${run}`, labels },
            spec,
          );
    this.node.defaultChild = this.job;
  }

  /**
   * Uses another construct: sets the environment that reaches it, and opens the network policies of both. A database is
   * reached past its pooler with a pool of two connections for each pod, as by a `MigrationJob`: what runs for hours would keep a
   * connection of the pooler from everybody else. `connection({…})` of it says otherwise.
   *
   * @param target what to use: a database, a cache, a web app or a service, here or elsewhere, or `connection({…})` of it
   */
  public override connectTo(target: IConnectionTarget): void {
    super.connectTo(pastPooler(target, DIRECT_CONNECTIONS));
  }
}

function describe(checks: Checks, name: string, props: OneOffJobProps): JobKind {
  checks.text('run', props.run, dnsLabelRule);
  checks.integer('parallelism', props.parallelism, 1, MOST_PODS);
  checks.integer('completions', props.completions, 1, MOST_PARTS);
  checkTimeToLive(checks, props.timeToLive);
  const { parallelism = 1, completions = parallelism, run } = props;
  if (checks.passed && completions < parallelism)
    checks.fail(
      'completions',
      completions,
      `fewer than the ${parallelism} pods of \`parallelism\`: some would have nothing to do; allowed: at least as many`,
    );
  const suffix = run === undefined ? DIGEST_SUFFIX : `-${run}`.length;
  if (checks.passed && run !== undefined && name.length + suffix > LONGEST_NAME)
    checks.fail(
      'run',
      run,
      `with the name ${name} it has ${name.length + suffix} characters, and may have ${LONGEST_NAME}; set a shorter one, or a shorter \`name\``,
    );
  checkHosts(checks, props.completions === undefined ? 'parallelism' : 'completions', {
    run: name.length + suffix,
    name,
    pods: completions,
  });
  return { component: 'job', parallelism, completions, runs: 1 };
}
