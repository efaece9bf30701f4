import type { Duration } from 'cdk8s';
import type { ProgramProps } from '../web/program-props';

/** What `MigrationJob`, `OneOffJob` and `ScheduledJob` have in common. */
export interface JobProps extends ProgramProps {
  /**
   * Failures of a pod that are tried again, after 10, 20, 40, … seconds; a node that is drained is none. From 0 to 20.
   *
   * @default 4
   */
  readonly backoffLimit?: number;
  /**
   * Time that all tries together may take; what still runs then is ended, and the Job has failed. In whole seconds.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;
  /**
   * Time that the program has to end after SIGTERM, in whole seconds: a node is drained, or the time is over.
   *
   * @default Duration.seconds(30)
   */
  readonly drainTime?: Duration;
}

/** Defaults of a job, all of them proposals. */
export const JOB_DEFAULTS = {
  /** Two and a half minutes in all, in which a database that is new can start. */
  backoffLimit: 4,
  timeoutSeconds: 3600,
  drainSeconds: 30,
} as const;
