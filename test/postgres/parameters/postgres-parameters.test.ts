import { imageCapabilities } from '../../../lib/postgres/image-capabilities';
import { readParameters } from '../../../lib/postgres/parameters/postgres-parameters';
import { PostgresImageFamily, PostgresVersion } from '../../../lib/postgres/postgres-workload';
import { MIB } from '../../../lib/units/quantity';

function problemsOf(parameters: Record<string, string>, version = PostgresVersion.V17): string[] {
  const image = imageCapabilities(PostgresImageFamily.DEBIAN, version);
  return readParameters(parameters, version, image).problems.map(
    ({ name, allowed }) => `${name}: ${allowed}`,
  );
}

test.each<[string, string]>([
  ['work_mem', '10MB'],
  ['work_mem', '1.5GB'],
  ['wal_keep_size', '0'],
  ['log_temp_files', '-1'],
  ['checkpoint_timeout', '5min'],
  ['statement_timeout', '0'],
  ['vacuum_cost_delay', '2ms'],
  ['vacuum_cost_delay', '0.5ms'],
  ['random_page_cost', '1.1'],
  ['random_page_cost', '4'],
  ['wal_compression', 'zstd'],
  ['synchronous_commit', 'off'],
  ['synchronous_commit', 'REMOTE_APPLY'],
  ['log_connections', 'yes'],
  ['DateStyle', 'ISO, DMY'],
  ['timescaledb.max_background_workers', '8'],
  ['search_path', '"$user", public'],
])('%s = %s is taken', (name, value) => {
  expect(problemsOf({ [name]: value })).toEqual([]);
});

test.each<[string, string, string]>([
  ['work_memm', '10MB', 'Postgres 17 has no such parameter, and would not start; did you mean work_mem?'],
  ['fastness', '11', 'Postgres 17 has no such parameter, and would not start'],
  ['io_workers', '3', 'Postgres 17 does not know it, only 18 of those that we know'],
  ['old_snapshot_threshold', '1h', 'Postgres 17 does not know it, only 13 to 16 of those that we know'],
  ['datestyle', 'ISO', 'it is spelt DateStyle'],
  ['block_size', '8kB', 'it cannot be set: it only shows how the server was built or initialized'],
  ['work_mem', '10', 'allowed: a size with its unit, such as 64kB, 16MB or 4GB (Postgres would read a bare'],
  ['work_mem', '10Mi', 'a size with its unit'],
  ['work_mem', '1kB', 'allowed: from 64 × kB to 2147483647 × kB'],
  ['wal_keep_size', '-5', 'a size with its unit'],
  [
    'deadlock_timeout',
    '1000',
    'allowed: a time with its unit, such as 500ms or 30s (Postgres would read a bare number in ms)',
  ],
  ['checkpoint_timeout', '10s', 'allowed: from 30 × s to 86400 × s'],
  ['checkpoint_timeout', '2 days', 'a time with its unit, such as 30s or 5min'],
  ['random_page_cost', 'cheap', 'allowed: a number'],
  ['random_page_cost', 'NaN', 'allowed: a number'],
  ['max_worker_processes', '1.5', 'allowed: a whole number'],
  ['max_worker_processes', '0x10', 'allowed: a whole number'],
  ['effective_io_concurrency', '1001', 'allowed: from 0 to 1000'],
  ['synchronous_commit', 'maybe', 'allowed: local, remote_write, remote_apply, on, off'],
  ['log_connections', 'maybe', 'allowed: on or off'],
  ['shared_preload_libraries', 'timescaledb', 'name the libraries in `preloadLibraries`'],
  ['archive_command', 'cp %p /x', 'it runs a command'],
  ['ARCHIVE_COMMAND', 'cp %p /x', 'it runs a command'],
  ['ssl_cert_file', '/x', 'give the Secret with the certificate in `certificate`'],
  ['recovery_target_time', '2026-01-01', 'it is for a recovery'],
  ['huge_pages', 'on', 'set `hugePages`'],
  ['constructor', '1', 'Postgres 17 has no such parameter'],
  ['__proto__x', '1', 'no such parameter'],
  ['a.b.c', '1', 'at most one "."'],
])('%s = %s is refused: %s', (name, value, message) => {
  expect(problemsOf({ [name]: value }).join()).toContain(`${name}: `);
  expect(problemsOf({ [name]: value }).join()).toContain(message);
});

describe('what the image, or its pod, cannot do', () => {
  test('io_uring, which the seccomp profile of the pod forbids', () => {
    expect(problemsOf({ io_method: 'io_uring' }, PostgresVersion.V18).join()).toContain(
      'seccomp profile RuntimeDefault',
    );
    expect(problemsOf({ io_method: 'sync' }, PostgresVersion.V18)).toEqual([]);
  });

  test('compression that it is built without', () => {
    const image = {
      ...imageCapabilities(PostgresImageFamily.ALPINE, PostgresVersion.V17),
      lz4: false,
      zstd: false,
    };
    const parameters = { wal_compression: 'lz4', default_toast_compression: 'lz4' };
    expect(
      readParameters(parameters, PostgresVersion.V17, image).problems.map(({ allowed }) => allowed),
    ).toEqual([
      'it cannot be set: the alpine image of Postgres 17 is built without lz4',
      'it cannot be set: the alpine image of Postgres 17 is built without lz4',
    ]);
  });

  test('compression that its version does not have', () => {
    expect(problemsOf({ wal_compression: 'lz4' }, PostgresVersion.V14)).toEqual([
      'wal_compression: allowed: on or off',
    ]);
  });
});

test('what the tuning computes with is read in bytes and numbers', () => {
  const image = imageCapabilities(PostgresImageFamily.DEBIAN, PostgresVersion.V17);
  const { computed } = readParameters(
    { work_mem: '10MB', max_connections: '40', hash_mem_multiplier: '1.5', 'pg_stat_statements.max': '100' },
    PostgresVersion.V17,
    image,
  );
  expect(computed).toEqual({ work_mem: 10 * MIB, max_connections: 40, hash_mem_multiplier: 1.5 });
});
