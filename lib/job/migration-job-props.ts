import type { Duration } from 'cdk8s';
import type { JobProps } from './job-props';
import type { MigrationLock } from './migration-lock';
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
  /**
   * A lock that the Job holds while its program runs, where the migration tool takes none: `MigrationLock.advisory(db)`. It
   * takes one connection, from Kubernetes 1.29 on.
   *
   * @default - none: Flyway, Liquibase, Rails, Prisma and golang-migrate lock themselves
   */
  readonly lock?: MigrationLock;
}
