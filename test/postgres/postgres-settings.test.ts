/** Settings of a database: what its version and its props decide, what contradicts, and what it says of them. */
import { Size } from 'cdk8s';
import { PostgresDisk, PostgresVersion, SettingSource, TunedPostgres } from 'cdk8s-tuned';
import { parsePostgresConf } from '../../lib/postgres/stateful-set/postgres-conf';
import { find, manifests, newChart } from '../support/synth';
import { confOf, synth } from './database';

describe('the version', () => {
  test('of 18 reads by workers, since its pod may not use io_uring', () => {
    const conf = confOf({ version: PostgresVersion.V18 });
    expect([conf.get('io_method'), conf.get('io_workers')]).toEqual(['worker', '3']);
    expect(confOf({ version: PostgresVersion.V17 }).has('io_method')).toBe(false);
  });

  test('decides what can be compressed, the disk what should', () => {
    const wal = (version: PostgresVersion, disk: PostgresDisk) =>
      confOf({ version, disk }).get('wal_compression');
    expect(wal(PostgresVersion.V17, PostgresDisk.SSD)).toBe('off');
    expect(wal(PostgresVersion.V17, PostgresDisk.HDD)).toBe('lz4');
    expect(wal(PostgresVersion.V14, PostgresDisk.HDD)).toBe('on');
    expect(confOf({ version: PostgresVersion.V13 }).has('default_toast_compression')).toBe(false);
  });

  test('before 15 counts hash tables once', () => {
    expect(confOf({ version: PostgresVersion.V14 }).get('hash_mem_multiplier')).toBe('1');
  });
});

test('libraries are named, and loaded besides those that observe', () => {
  expect(confOf({ preloadLibraries: ['timescaledb'] }).get('shared_preload_libraries')).toBe(
    'pg_stat_statements,auto_explain,timescaledb',
  );
  expect(() => synth({ preloadLibraries: ['/tmp/evil.so'] })).toThrow('the name of a library in the image');
});

describe('explain', () => {
  test('tells every setting of the configuration with its reason and where it comes from', () => {
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(100),
      parameters: { work_mem: '2MB', 'app.note': 'x' },
    });
    const explained = db.explain();
    const written = parsePostgresConf(find(manifests(chart), 'ConfigMap').data['postgresql.conf']);
    expect(new Map(explained.map(({ name, value }) => [name, value]))).toEqual(written);
    const of = (name: string) => explained.find((one) => one.name === name);
    expect(of('work_mem')).toEqual({
      name: 'work_mem',
      value: '2MB',
      reason: 'as given in `parameters`',
      source: SettingSource.GIVEN,
      section: 'Memory',
    });
    expect(of('shared_buffers')?.source).toBe(SettingSource.COMPUTED);
    expect(of('log_lock_waits')?.source).toBe(SettingSource.FIXED);
    expect(of('app.note')?.section).toBe('Other');
    expect(explained.filter(({ reason }) => reason === '')).toEqual([]);
  });
});

test.each<[Record<string, string>, string]>([
  [{ shared_buffers: '2GB' }, 'allowed: at most 40 % of the memory limit of 4Gi'],
  [{ max_worker_processes: '2' }, 'max_parallel_workers 4 must be at most max_worker_processes 2'],
  [{ wal_level: 'minimal' }, 'only when max_wal_senders is 0'],
  [{ min_wal_size: '8GB' }, 'min_wal_size 8GB must be below max_wal_size 4GB'],
  [{ wal_keep_size: '60GB' }, 'allowed: at most half of it'],
  [{ maintenance_work_mem: '3GB' }, 'of maintenance_work_mem above a sixteenth of the memory'],
  [{ temp_buffers: '1GB' }, 'the settings can use'],
])('%o contradicts another setting: %s', (parameters, message) => {
  expect(() => synth({ parameters })).toThrow(message);
});

test('what belongs together is taken together', () => {
  expect(confOf({ parameters: { wal_level: 'minimal', max_wal_senders: '0' } }).get('wal_level')).toBe(
    'minimal',
  );
  expect(confOf({ parameters: { max_connections: '50' } }).get('max_connections')).toBe('50');
  expect(() => synth({ maxConnections: 100, parameters: { max_connections: '100' } })).toThrow(
    'maxConnections is 100; remove one of them',
  );
});
