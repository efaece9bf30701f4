import type { Duration } from 'cdk8s';
import type { Checks } from '../finding/checks';
import { SECONDS, secondsOf } from '../units/amounts';

/** A connection pool whose numbers are fixed. */
export interface FixedConnectionPoolOptions {
  /** Connections that each process keeps open: `DB_POOL_SIZE`. At least 1; 0 would mean unlimited. */
  readonly size: number;
  /**
   * Connections that each process may open on top for a burst: `DB_MAX_OVERFLOW`. At least 0; -1 would mean unlimited.
   *
   * @default 0
   */
  readonly maxOverflow?: number;
  /**
   * Time that a request waits for a connection before it fails: `DB_POOL_TIMEOUT`, in whole seconds.
   *
   * @default - 30 seconds; 10 behind a pooler
   */
  readonly timeout?: Duration;
  /**
   * Processes per pod that each have their own pool (gunicorn or Puma workers).
   *
   * @default - those of the consumer's `runtime`, or 1
   */
  readonly processesPerPod?: number;
}

/** A connection pool that takes its share of what the database bears. */
export interface SharedConnectionPoolOptions {
  /**
   * Share of one process against the processes of other consumers.
   *
   * @default 1
   */
  readonly weight?: number;
  /**
   * Time that a request waits for a connection before it fails: `DB_POOL_TIMEOUT`, in whole seconds.
   *
   * @default - 30 seconds; 10 behind a pooler
   */
  readonly timeout?: Duration;
  /**
   * Processes per pod that each have their own pool (gunicorn or Puma workers).
   *
   * @default - those of the consumer's `runtime`, or 1
   */
  readonly processesPerPod?: number;
}

/** SQLAlchemy's and the guide's time-out. */
const DEFAULT_POOL_TIMEOUT_SECONDS = 30;
/** A pool behind a pooler gives up sooner: there is a second queue, which waits longer. */
const TIMEOUT_BEHIND_POOLER_SECONDS = 10;

/**
 * Connections that each process of a consumer keeps to a database. A consumer without a pool of its own gets
 * `ConnectionPool.shared()`.
 *
 * Refused are pools without a bound (a size of 0, an overflow of -1), and at synth pools that together exceed the
 * connections of the database, a rollout included.
 *
 * @example
 * // two processes in each pod, each with three times the share of another consumer's
 * worker.connectTo(db.connection({ pool: ConnectionPool.shared({ weight: 3, processesPerPod: 2 }) }));
 *
 * // the numbers that a load test found best: verified, not solved
 * const pool = ConnectionPool.fixed({ size: 3, maxOverflow: 1, timeout: Duration.seconds(10) });
 * web.connectTo(db.connection({ pool }));
 */
export class ConnectionPool {
  /**
   * Exactly these numbers. That they fit the database at the consumer's largest size is verified at synth.
   *
   * @param props the numbers, such as the guide's 20, 10 and 30 s
   */
  public static fixed(props: FixedConnectionPoolOptions): ConnectionPool {
    return new ConnectionPool(props, props);
  }

  /**
   * A share of what the database bears, solved at synth with every consumer known.
   *
   * @param props weight and time-out
   */
  public static shared(props: SharedConnectionPoolOptions = {}): ConnectionPool {
    return new ConnectionPool(props, undefined);
  }

  private constructor(
    private readonly props: SharedConnectionPoolOptions,
    private readonly fixedProps: FixedConnectionPoolOptions | undefined,
  ) {}

  /** @internal */
  public get _fixed(): { readonly size: number; readonly maxOverflow: number } | undefined {
    return this.fixedProps && { size: this.fixedProps.size, maxOverflow: this.fixedProps.maxOverflow ?? 0 };
  }

  /** @internal */
  public get _weight(): number {
    return this.props.weight ?? 1;
  }

  /** @internal */
  public get _processesPerPod(): number | undefined {
    return this.props.processesPerPod;
  }

  /** @internal */
  public _timeoutSeconds(behindPooler: boolean): number {
    if (this.props.timeout) return secondsOf(this.props.timeout);
    return behindPooler ? TIMEOUT_BEHIND_POOLER_SECONDS : DEFAULT_POOL_TIMEOUT_SECONDS;
  }

  /** @internal */
  public _check(checks: Checks): void {
    const unlimited = 'an unlimited pool takes every connection of the database';
    if (this._fixed && this._fixed.size === 0) checks.fail('size', 0, `allowed: at least 1; ${unlimited}`);
    else checks.integer('size', this._fixed?.size, 1, 10_000);
    if (this._fixed && this._fixed.maxOverflow < 0) {
      checks.fail('maxOverflow', this._fixed.maxOverflow, `allowed: at least 0; ${unlimited}`);
    } else checks.integer('maxOverflow', this._fixed?.maxOverflow, 0, 10_000);
    checks.number('weight', this._weight, 0.01, 100);
    checks.integer('processesPerPod', this._processesPerPod, 1, 1000);
    checks.integer('timeout', checks.amount('timeout', this.props.timeout, SECONDS), 1, 3600);
  }
}
