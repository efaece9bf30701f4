import type { Duration } from 'cdk8s';
import type { JobProps } from './job-props';

/** Properties of a `OneOffJob`. */
export interface OneOffJobProps extends JobProps {
  /**
   * What this run is called, such as `2026-11-28` or `retry-2`: the end of the Job's name. Another run is another Job; while it
   * stays, the program is not run again. The API server refuses a changed Job, so change nothing else without it. Small letters,
   * digits and "-"; with the name at most 63 characters, less where several pods have a number.
   *
   * @default - a digest of the content: another image, argument or variable is another run
   */
  readonly run?: string;
  /**
   * Pods that run at one time, from 1 to 100; at most as many as there are `completions`.
   *
   * @default 1
   */
  readonly parallelism?: number;
  /**
   * Parts of the work, from 1 to 10000. Each is done by one pod, which has the number of its part in the variable
   * `JOB_COMPLETION_INDEX`, from 0 on.
   *
   * @default - as many as `parallelism`
   */
  readonly completions?: number;
  /**
   * Time after which the Job is deleted when it has ended, in whole seconds, up to a year. Argo CD and Flux make a Job that
   * is gone again, and so the program runs again: set it only where nothing applies the manifests once more.
   *
   * @default - it stays until it is deleted, and so does what it says
   */
  readonly timeToLive?: Duration;
}
