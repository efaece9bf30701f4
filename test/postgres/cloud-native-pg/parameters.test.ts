import fc from 'fast-check';
import {
  destinationRule,
  endpointPort,
  endpointRule,
} from '../../../lib/postgres/cloud-native-pg/object-store';
import {
  OPERATOR_PARAMETERS,
  operatorLibraries,
  operatorParameters,
} from '../../../lib/postgres/cloud-native-pg/parameters';
import { stopSeconds } from '../../../lib/postgres/cloud-native-pg/shutdown-sizing';
import { imageCapabilities } from '../../../lib/postgres/image-capabilities';
import {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
} from '../../../lib/postgres/postgres-workload';
import { tunePostgres } from '../../../lib/postgres/tuning/postgres-tuning';
import { scheduleRule } from '../../../lib/units/cron';
import { GIB } from '../../../lib/units/quantity';

const tuningOf = (version: PostgresVersion, workload = PostgresWorkload.WEB) =>
  tunePostgres({
    memoryBytes: 4 * GIB,
    cpuMillis: 4000,
    volumeBytes: 100 * GIB,
    walVolumeBytes: 20 * GIB,
    hasStandbys: true,
    disk: PostgresDisk.SSD,
    workload,
    version,
    image: imageCapabilities(PostgresImageFamily.CLOUD_NATIVE_PG, version),
    parameters: {},
  });

test.each(Object.values(PostgresVersion))(
  'of the settings for Postgres %s the operator gets those that it takes, and all of them',
  (version) => {
    const { settings } = tuningOf(version);
    const parameters = operatorParameters(settings);
    expect(Object.keys(parameters).filter((name) => OPERATOR_PARAMETERS.has(name))).toEqual([]);
    const left = settings.map(({ name }) => name).filter((name) => !Object.hasOwn(parameters, name));
    expect(left.sort()).toEqual(['log_line_prefix', 'shared_preload_libraries']);
    expect(Object.keys(parameters)).toEqual(Object.keys(parameters).sort());
  },
);

test('the defaults of the operator that ignore the container are overridden', () => {
  expect(operatorParameters(tuningOf(PostgresVersion.V17).settings)).toMatchObject({
    shared_buffers: '1GB',
    max_parallel_workers: '4',
    max_worker_processes: '8',
    wal_keep_size: '512MB',
  });
});

test('a standby may be away for as long as a WAL volume of its own has room', () => {
  const own = operatorParameters(tuningOf(PostgresVersion.V17).settings);
  // 0.8 × 20Gi, less 4GB and 512MB.
  expect([own.max_wal_size, own.max_slot_wal_keep_size]).toEqual(['4GB', '11776MB']);
});

test('libraries that a parameter loads are left to the operator', () => {
  expect(operatorLibraries(['timescaledb', 'pg_stat_statements', 'pgaudit'])).toEqual(['timescaledb']);
});

test('an instance has the operator’s half hour to stop, and more for what it has to write', () => {
  expect([stopSeconds(GIB), stopSeconds(100 * GIB)]).toEqual([1800, 3220]);
});

describe('a schedule', () => {
  test.each(['0 0 2 * * *', '*/30 * * * * *', '0 15,45 0-6/2 1 jan-mar SUN', '0 0 0 31 12 6'])(
    '%s has six fields',
    (text) => expect(scheduleRule(text)).toBeUndefined(),
  );

  test.each([
    '0 2 * * *',
    '@daily',
    '60 0 2 * * *',
    '0 0 24 * * *',
    '0 0 2 0 * *',
    '0 0 2 * 13 *',
    '0 0 2 * * 7',
    '0 0 2 * * fun',
    '0 0 2 * * 5-1',
    '0 0 2 */0 * *',
    '0 0 2 * * * ',
    '0 0 2 * * 1/2/3',
    '',
  ])('%p has not', (text) => expect(scheduleRule(text)).toMatch(/^six fields, seconds first/));
});

describe('a place for backups', () => {
  test.each([
    's3://backups',
    's3://backups/shop/prod/',
    'gs://backups/shop',
    'https://acc.blob.core.windows.net/box/a',
  ])('%s is one', (text) => expect(destinationRule(text)).toBeUndefined());

  test.each([
    'backups',
    's3://',
    's3://Backups',
    's3://a/b?c',
    'https://example.com/a',
    's3://backups/../x y',
    'file:///x',
  ])('%s is none', (text) => expect(destinationRule(text)).toMatch(/^s3:/));

  test('its address has a port, by the scheme where none is given', () => {
    expect(
      ['http://minio.storage:9000', 'https://s3.example.com', 'http://minio/'].map(endpointPort),
    ).toEqual([9000, 443, 80]);
    expect(endpointRule('https://user:pass@s3.example.com')).toMatch(/^an address/);
  });

  test('no text with spaces or quotes is a place or an address', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(' ', '"', "'", '\n', '\\', '#', '{'), (text, bad) => {
        for (const one of [`s3://b${text}${bad}`, `https://${text}${bad}`, bad + text]) {
          expect(destinationRule(one)).toBeDefined();
          expect(endpointRule(one)).toBeDefined();
        }
      }),
      { seed: 1 },
    );
  });
});
