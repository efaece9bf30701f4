import type { Duration } from 'cdk8s';
import type { JobProps } from './job-props';
import type { RolloutHook } from './rollout-hook';

/** Properties of a `MigrationJob`. */
export interface MigrationJobProps extends JobProps {
  /**
   * What runs it before the rollout and waits for it.
   *
   * @default - nothing: it is applied with everything else, as a Job that is another one for each release
   */
  readonly hook?: RolloutHook;
  /**
   * Time after which a Job that has ended is deleted, in whole seconds, up to a year. Whoever applies the same manifests again after that
   * runs the same migrations again.
   *
   * @default - a week; with a hook it stays until the next one is made
   */
  readonly timeToLive?: Duration;
}
