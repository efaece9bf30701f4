import { MIB } from '../../units/quantity';
import { formatSize, formatTime } from '../parameters/postgres-units';
import { computed, fixed, type Setting } from './setting';

/** In every image: they are contrib modules. */
export const OBSERVING_LIBRARIES = ['pg_stat_statements', 'auto_explain'] as const;

export function loggingSettings(preloadLibraries: readonly string[]): Setting[] {
  return [
    ...computed('Logging', [
      [
        'shared_preload_libraries',
        [...OBSERVING_LIBRARIES, ...preloadLibraries].join(','),
        'statistics of every statement, plans of slow ones' +
          (preloadLibraries.length > 0 ? ', and those in `preloadLibraries`' : ''),
      ],
    ]),
    ...fixed('Logging', [
      [
        'pg_stat_statements.track_utility',
        'off',
        'a password in an ALTER ROLE would be kept among the statements, for everybody who may read statistics',
      ],
      [
        'auto_explain.log_min_duration',
        formatTime(1000),
        'the plan of a slow statement, next to its duration',
      ],
      ['auto_explain.log_nested_statements', 'on', 'also those that a function runs'],
      ['log_min_duration_statement', formatTime(1000), 'slow statements are logged with their duration'],
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
    ]),
  ];
}
