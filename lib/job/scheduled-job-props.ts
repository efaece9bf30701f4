import type { Duration } from 'cdk8s';
import type { ConcurrencyPolicy } from 'cdk8s-plus-27';
import type { JobProps } from './job-props';

/** Properties of a `ScheduledJob`. */
export interface ScheduledJobProps extends JobProps {
  /**
   * When it runs: five fields (minute, hour, day of the month, month, day of the week), such as `30 3 * * MON-FRI`, or
   * `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly` or `@annually`.
   */
  readonly schedule: string;
  /**
   * Time zone of the schedule, such as `Europe/Berlin`.
   *
   * @default - that of the cluster's controllers, mostly UTC
   */
  readonly timeZone?: string;
  /**
   * What becomes of a run whose time comes while another runs: FORBID leaves it out, REPLACE ends the other, ALLOW runs
   * both. Where it is not FORBID, the pods of two runs count in the connections of a database.
   *
   * @default ConcurrencyPolicy.FORBID
   */
  readonly concurrencyPolicy?: ConcurrencyPolicy;
  /**
   * How late a run may start, because another one ran or no controller did; later it is left out. From 10 seconds to a week,
   * in whole seconds.
   *
   * @default Duration.minutes(10)
   */
  readonly startingDeadline?: Duration;
  /**
   * Runs that succeeded and are kept, with their logs. From 0 to 100.
   *
   * @default 1
   */
  readonly successfulJobsHistoryLimit?: number;
  /**
   * Runs that failed and are kept, with their logs. From 0 to 100.
   *
   * @default 3
   */
  readonly failedJobsHistoryLimit?: number;
  /**
   * Whether no further run starts; one that runs goes on.
   *
   * @default false
   */
  readonly suspend?: boolean;
  /**
   * Pods of a run, all at one time, from 1 to 100. Each of several has its number in the variable `JOB_COMPLETION_INDEX`, from
   * 0 on, and takes its part of the work by it.
   *
   * @default 1
   */
  readonly parallelism?: number;
}
