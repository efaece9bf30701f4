import type { Duration } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import { type ConnectionBinding, type IConsumer, type IDatabase, isDatabase } from '../connection/connection';
import { ConnectionPool } from '../connection/connection-pool';
import { DatabaseVariables } from '../connection/database-variables';
import type { Checks } from '../finding/checks';
import { DEFAULT_IMAGES } from '../pod/images';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { SECONDS, secondsOf } from '../units/amounts';
import { imageRule, labelValueRule } from '../units/names';
import type { LockPlan } from './lock-containers';

/** How a migration takes its lock. */
export interface MigrationLockOptions {
  /**
   * What is locked: migrations with the same key on the same database run one after the other, also from other clusters. At most 63
   * letters, digits, "-", "_" and ".".
   *
   * @default - the name of the construct
   */
  readonly key?: string;
  /**
   * Name of the database in the server that the lock is in: one of those that it was given.
   *
   * @default - the first of them
   */
  readonly database?: string;
  /**
   * Time that the program waits for the lock; then the Job has failed, without another try. In whole seconds, and less than
   * the `timeout` of the Job, which runs meanwhile.
   *
   * @default - half of the `timeout` of the Job
   */
  readonly waitingTime?: Duration;
  /**
   * Image with `psql` and a shell.
   *
   * @default - the default image of a TunedPostgres
   */
  readonly image?: string;
}

/**
 * An advisory lock of Postgres that a `MigrationJob` holds while its program runs, for tools that take none themselves, such as
 * Alembic and Django. A native sidecar takes it (Kubernetes 1.29) and holds it over one connection past a pooler; the program
 * starts when it is held, and is killed when it is lost.
 *
 * @example
 * const migrate = new MigrationJob(chart, 'migrate', {
 *   image: 'registry.example.com/shop:1.8.2',
 *   command: ['alembic', 'upgrade', 'head'],
 *   lock: MigrationLock.advisory(db, { waitingTime: Duration.minutes(10) }),
 * });
 * migrate.connectTo(db);
 */
export class MigrationLock {
  /**
   * A lock of the session (`pg_try_advisory_lock`), which ends with its connection.
   *
   * @param target the database that is migrated
   * @param options key, waiting time and image
   */
  public static advisory(target: IDatabase, options: MigrationLockOptions = {}): MigrationLock {
    return new MigrationLock(target, options);
  }

  private constructor(
    private readonly database: IDatabase,
    private readonly options: MigrationLockOptions,
  ) {}

  /**
   * @param checks of the prop
   * @param version Kubernetes that the Job is for
   * @param timeoutSeconds of the Job
   * @internal
   */
  public _check(checks: Checks, version: KubernetesVersion, timeoutSeconds: number): void {
    const { key, waitingTime, image } = this.options;
    if (!version._has('nativeSidecars'))
      checks.fail(
        'advisory',
        `on Kubernetes ${version.toString()}`,
        'what holds the lock is a native sidecar, and on this version the Job would never end; name a cluster of 1.29 or later (KubernetesVersion), or use the lock of the migration tool',
      );
    if (!isObject(this.database) || !isDatabase(this.database))
      checks.fail('database', this.database, 'allowed: a TunedPostgres or an ExternalPostgres');
    checks.text('key', key, labelValueRule);
    checks.text('image', image, imageRule);
    const seconds = checks.amount('waitingTime', waitingTime, SECONDS);
    checks.integer('waitingTime', seconds, 1, Math.max(1, timeoutSeconds - 1));
  }

  /**
   * Whether it is in a database that the program connects to.
   *
   * @internal
   */
  public _isIn(target: object): boolean {
    return target === this.database;
  }

  /**
   * One connection more to the database, past its pooler.
   *
   * @internal
   */
  public _bind(consumer: IConsumer): ConnectionBinding {
    const { database } = this.options;
    // Its variables are those that libpq reads by itself.
    const variables = DatabaseVariables.NODE_POSTGRES;
    const pool = ConnectionPool.fixed({ size: 1, processesPerPod: 1 });
    return this.database.connection({ direct: true, pool, variables, database }).acceptConnection(consumer);
  }

  /** @internal */
  public _plan(name: string, timeoutSeconds: number, env: ConnectionBinding['env']): LockPlan {
    const { key = name, waitingTime, image = DEFAULT_IMAGES.postgres[17] } = this.options;
    const waitingSeconds = waitingTime ? secondsOf(waitingTime) : Math.ceil(timeoutSeconds / 2);
    return {
      image,
      waitingSeconds,
      env: new Map([
        ...Object.entries(env),
        ['LOCK_KEY', EnvValue.fromValue(key)],
        // Who holds the lock, in `pg_stat_activity`.
        ['PGAPPNAME', EnvValue.fromValue(name)],
      ]),
    };
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
