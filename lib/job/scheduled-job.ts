import type { ApiObject } from 'cdk8s';
import { ConcurrencyPolicy } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { CronJob } from 'kubernetes-types/batch/v1';
import type { Checks } from '../finding/checks';
import { emitSpec } from '../pod/api-object';
import { secondsOf } from '../units/amounts';
import { jobScheduleRule, timeZoneRule } from '../units/cron';
import { checkHosts, checkTime, type JobKind, RunToCompletion } from './run-to-completion';
import type { ScheduledJobProps } from './scheduled-job-props';

/** Defaults of a schedule, proposals. */
const DEFAULTS = {
  startingDeadlineSeconds: 600,
  successfulJobsHistoryLimit: 1,
  /** What failed is what somebody will look at. */
  failedJobsHistoryLimit: 3,
  parallelism: 1,
} as const;
/** The controller looks every ten seconds, and misses what may start for a shorter time. */
const SHORTEST_DEADLINE_SECONDS = 10;
/** What a CronJob adds to its name for a run: "-" and the minutes since 1970. */
const RUN_SUFFIX = 9;

/**
 * A CronJob: a program that runs at its times and comes to an end, with what a workload has: hardening, an account without a
 * token, a network policy, variables by `connectTo`, and its place in the connections of a database. One run at a time, and
 * each has an end, so that one that hangs does not keep the others from running.
 *
 * @example
 * const report = new ScheduledJob(chart, 'report', {
 *   image: 'registry.example.com/shop:1.8.2',
 *   args: ['report', '--yesterday'],
 *   schedule: '30 3 * * *',
 *   timeZone: 'Europe/Berlin',
 *   timeout: Duration.minutes(20),
 * });
 * report.connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 1 }) }));
 */
export class ScheduledJob extends RunToCompletion {
  /** The CronJob. */
  public readonly cronJob: ApiObject;

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    super(scope, id, props, (checks, name) => describe(checks, name, props));
    const { startingDeadline } = props;
    const head = { ...this._head, apiVersion: 'batch/v1', kind: 'CronJob' };
    this.cronJob = emitSpec<CronJob>(this, 'cron-job', head, () => ({
      concurrencyPolicy: concurrencyOf(props),
      failedJobsHistoryLimit: props.failedJobsHistoryLimit ?? DEFAULTS.failedJobsHistoryLimit,
      // A run has the labels of its CronJob, so that both are found by them.
      jobTemplate: { metadata: { labels: { ...this._head.labels } }, spec: this._jobSpec() },
      schedule: props.schedule,
      startingDeadlineSeconds: startingDeadline
        ? secondsOf(startingDeadline)
        : DEFAULTS.startingDeadlineSeconds,
      successfulJobsHistoryLimit: props.successfulJobsHistoryLimit ?? DEFAULTS.successfulJobsHistoryLimit,
      suspend: props.suspend,
      timeZone: props.timeZone,
    }));
    this.node.defaultChild = this.cronJob;
  }
}

const concurrencyOf = ({ concurrencyPolicy }: ScheduledJobProps) =>
  concurrencyPolicy ?? ConcurrencyPolicy.FORBID;

function describe(checks: Checks, name: string, props: ScheduledJobProps): JobKind {
  checks.text('schedule', props.schedule, jobScheduleRule);
  checks.text('timeZone', props.timeZone, timeZoneRule);
  checks.oneOf('concurrencyPolicy', props.concurrencyPolicy, Object.values(ConcurrencyPolicy));
  checkTime(checks, 'startingDeadline', props.startingDeadline, SHORTEST_DEADLINE_SECONDS);
  checks.integer('successfulJobsHistoryLimit', props.successfulJobsHistoryLimit, 0, 100);
  checks.integer('failedJobsHistoryLimit', props.failedJobsHistoryLimit, 0, 100);
  checks.integer('parallelism', props.parallelism, 1, 100);
  const parallelism = props.parallelism ?? DEFAULTS.parallelism;
  checkHosts(checks, 'parallelism', { name, run: name.length + RUN_SUFFIX, pods: parallelism });
  // A run that is replaced takes its time to end, while the next has begun.
  const runs = concurrencyOf(props) === ConcurrencyPolicy.FORBID ? 1 : 2;
  return { component: 'job', parallelism, completions: parallelism, runs };
}
