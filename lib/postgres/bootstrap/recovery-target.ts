import type { Checks } from '../../finding/checks';
import { timestampRule, utcTimestamp } from '../../units/timestamp';

/** Properties of targets that lie before or behind a change. */
export interface RecoveryTargetOptions {
  /**
   * Whether the recovery stops right before the target (`recovery_target_inclusive`): without the change that is made at it.
   *
   * @default false: right after it
   */
  readonly exclusive?: boolean;
}

type Target =
  | { readonly kind: 'time'; readonly time: string; readonly exclusive?: boolean }
  | { readonly kind: 'lsn'; readonly lsn: string; readonly exclusive?: boolean }
  | { readonly kind: 'transaction'; readonly transaction: number; readonly exclusive?: boolean }
  | { readonly kind: 'restorePoint'; readonly restorePoint: string }
  | { readonly kind: 'immediate' };

/** `bootstrap.recovery.recoveryTarget` of a Cluster, without what is not the target’s. */
export interface TargetFields {
  readonly targetTime?: string;
  readonly targetLSN?: string;
  readonly targetXID?: string;
  readonly targetName?: string;
  readonly targetImmediate?: true;
  readonly exclusive?: true;
}

/** Transaction ids of Postgres are of 32 bits, and the first of a user is 3. */
const FIRST_TRANSACTION = 3;
const LAST_TRANSACTION = 2 ** 32 - 1;

/**
 * The moment at which a recovery stops. A time and a place in the WAL find their backup by themselves; the other targets need
 * `backupId`, unless they begin at a snapshot.
 *
 * @example
 * new TunedPostgres(chart, 'orders-restored', {
 *   storage: Size.gibibytes(100),
 *   topology: PostgresTopology.cloudNativePg(),
 *   bootstrap: PostgresBootstrap.recovery({
 *     source: RecoverySource.objectStore({ destinationPath: 's3://backups/orders', serverName: 'shop-orders' }),
 *     target: RecoveryTarget.time('2026-01-31T10:29:00+01:00'), // a minute before the table was dropped
 *   }),
 * });
 */
export class RecoveryTarget {
  /**
   * A moment, after the end of a backup and before the last transaction of the archive: without a later one, Postgres cannot tell
   * that it is reached, and fails.
   *
   * @param time RFC 3339 with its zone, such as `2026-01-31T10:30:00Z`; at most microseconds
   * @param options whether it stops before what was committed at that moment
   */
  public static time(time: string, options: RecoveryTargetOptions = {}): RecoveryTarget {
    return new RecoveryTarget({ kind: 'time', time, exclusive: options.exclusive });
  }

  /**
   * A place in the WAL, as `pg_current_wal_lsn()` answers.
   *
   * @param lsn two numbers of base 16 with a "/", such as `16/B374D848`
   * @param options whether it stops before that place
   */
  public static lsn(lsn: string, options: RecoveryTargetOptions = {}): RecoveryTarget {
    return new RecoveryTarget({ kind: 'lsn', lsn, exclusive: options.exclusive });
  }

  /**
   * The commit of a transaction, which the logs name.
   *
   * @param transaction its id, from 3 to 4294967295
   * @param options whether it stops before that commit
   */
  public static transaction(transaction: number, options: RecoveryTargetOptions = {}): RecoveryTarget {
    return new RecoveryTarget({ kind: 'transaction', transaction, exclusive: options.exclusive });
  }

  /**
   * A point that `pg_create_restore_point()` has named.
   *
   * @param name its name, of at most 63 printable characters of ASCII
   */
  public static restorePoint(name: string): RecoveryTarget {
    return new RecoveryTarget({ kind: 'restorePoint', restorePoint: name });
  }

  /** The end of the backup, as early as the data is consistent. */
  public static immediate(): RecoveryTarget {
    return new RecoveryTarget({ kind: 'immediate' });
  }

  private constructor(private readonly target: Target) {}

  /**
   * Whether CloudNativePG finds the backup to begin with by itself.
   *
   * @internal
   */
  public get _findsBackup(): boolean {
    return this.target.kind === 'time' || this.target.kind === 'lsn';
  }

  /** @internal */
  public _check(checks: Checks): void {
    const { target } = this;
    switch (target.kind) {
      case 'time':
        return checks.text('time', target.time, timestampRule);
      case 'lsn':
        return checks.text('lsn', target.lsn, lsnRule);
      case 'transaction':
        return checks.integer('transaction', target.transaction, FIRST_TRANSACTION, LAST_TRANSACTION);
      case 'restorePoint':
        return checks.text('restorePoint', target.restorePoint, restorePointRule);
      case 'immediate':
    }
  }

  /** @internal */
  public get _fields(): TargetFields {
    const { target } = this;
    switch (target.kind) {
      case 'time':
        return { targetTime: utcTimestamp(target.time), ...exclusively(target) };
      case 'lsn':
        return { targetLSN: target.lsn, ...exclusively(target) };
      case 'transaction':
        return { targetXID: `${target.transaction}`, ...exclusively(target) };
      case 'restorePoint':
        return { targetName: target.restorePoint };
      case 'immediate':
        return { targetImmediate: true };
    }
  }
}

function exclusively({ exclusive }: RecoveryTargetOptions): Pick<TargetFields, 'exclusive'> {
  return exclusive === true ? { exclusive } : {};
}

function lsnRule(text: string): string | undefined {
  return /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/.test(text)
    ? undefined
    : 'two numbers of base 16 with a "/", such as 16/B374D848';
}

/** Postgres writes it into a configuration file, in quotes. */
function restorePointRule(text: string): string | undefined {
  return /^[A-Za-z0-9_.:@ -]{1,63}$/.test(text)
    ? undefined
    : 'the name of a restore point: at most 63 letters, digits, blanks and "_.:@-"';
}
