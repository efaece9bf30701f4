import { PostgresSettings } from '../../../lib/postgres/reading/postgres-settings';
import { MIB } from '../../../lib/units/quantity';

const nothing = new Map<string, string>();

test('a version has the defaults of its own', () => {
  expect(
    [13, 14, 15, 18].map((major) => PostgresSettings.ofFile(nothing, major).text('hash_mem_multiplier')),
  ).toEqual(['1', '1', '2', '2']);
  expect(PostgresSettings.ofFile(nothing, 17).number('effective_io_concurrency')).toBe(1);
  expect(PostgresSettings.ofFile(nothing, 18).number('effective_io_concurrency')).toBe(16);
});

test('of a version that nobody names, the newest', () => {
  expect(PostgresSettings.ofFile(nothing).text('hash_mem_multiplier')).toBe('2');
  expect(PostgresSettings.ofFile(nothing, 42).text('hash_mem_multiplier')).toBe('2');
});

test('what initdb writes holds until another file takes its place', () => {
  expect(PostgresSettings.besideInitdb(nothing, 14).text('shared_buffers')).toBe('128MB');
  expect(PostgresSettings.ofFile(nothing, 14).text('shared_buffers')).toBe('8MB');
});

test('a bare number counts the unit of the server', () => {
  const settings = PostgresSettings.ofFile(
    new Map([
      ['shared_buffers', '16384'],
      ['work_mem', '4096'],
      ['max_wal_size', '1024'],
      ['temp_buffers', '8MB'],
      ['maintenance_work_mem', 'lots'],
    ]),
  );
  const sizes = ['shared_buffers', 'work_mem', 'max_wal_size', 'temp_buffers', 'maintenance_work_mem'];
  expect(sizes.map((name) => settings.bytes(name) / MIB)).toEqual([128, 4, 1024, 8, NaN]);
});

test('defaults are shown as the server shows them', () => {
  const settings = PostgresSettings.ofFile(nothing, 18);
  const names = [
    'checkpoint_timeout',
    'max_wal_size',
    'autovacuum_work_mem',
    'deadlock_timeout',
    'wal_level',
    'fsync',
  ];
  expect(names.map((name) => settings.text(name))).toEqual(['5min', '1GB', '-1', '1s', 'replica', 'on']);
  expect(settings.shown('max_wal_size')).toBe('not set: 1GB');
});
