/**
 * What the server tells of its queries: the same for every database, since none of it depends on the size.
 *
 * The log is read by pgBadger as it is. It counts a statement once more when it finds its plan too; without the plans
 * (`--exclude-line 'ms  plan:'`) the counts are exact.
 */
import { MIB } from '../units/quantity';
import { formatSize, formatTime } from './postgres-units';

/** A statement is slow, for the log and for its plan, from this time on. */
const SLOW_MILLISECONDS = 1000;

/** Parameter, value, reason. */
export const OBSERVABILITY: ReadonlyArray<readonly [string, string, string]> = [
  [
    'shared_preload_libraries',
    'pg_stat_statements,auto_explain',
    'statistics of every statement, and the plans of slow ones; both are part of every image',
  ],
  [
    'pg_stat_statements.track_utility',
    'off',
    'a password in an ALTER ROLE would be kept among the statements, for everybody who may read statistics',
  ],
  [
    'auto_explain.log_min_duration',
    formatTime(SLOW_MILLISECONDS),
    'slow statements are logged with their plan',
  ],
  ['auto_explain.log_nested_statements', 'on', 'also those that a function runs'],
  [
    'log_min_duration_statement',
    formatTime(SLOW_MILLISECONDS),
    'slow statements are logged with their duration',
  ],
  ['log_lock_waits', 'on', 'who waits longer than deadlock_timeout for a lock'],
  ['log_temp_files', formatSize(10 * MIB), 'sorts that did not fit into work_mem'],
  ['log_autovacuum_min_duration', formatTime(10_000), 'tables that autovacuum has trouble with'],
  ['log_checkpoints', 'on', 'whether checkpoints come by time or because max_wal_size is short'],
  [
    'log_line_prefix',
    '%m [%p] user=%u,db=%d,app=%a,client=%h ',
    'who, from where, in a form that pgBadger reads',
  ],
  ['lc_messages', 'C', 'pgBadger reads English, whatever the language of the image'],
  ['track_io_timing', 'on', 'EXPLAIN and statistics tell the time spent on I/O'],
];
