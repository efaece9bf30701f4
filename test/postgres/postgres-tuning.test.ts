import fc from 'fast-check';
import { MEMORY_SHARE } from '../../lib/postgres/memory-budget';
import { type TuningInput, tunePostgres } from '../../lib/postgres/postgres-tuning';
import { parseSize } from '../../lib/postgres/postgres-units';
import { imageCapabilities } from '../../lib/postgres/image-capabilities';
import {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
} from '../../lib/postgres/postgres-workload';
import { GIB, MIB } from '../../lib/units/quantity';

const image = (version = PostgresVersion.V17, family = PostgresImageFamily.DEBIAN) =>
  imageCapabilities(family, version);

const tune = ({ version = PostgresVersion.V17, ...input }: Partial<TuningInput> = {}) =>
  tunePostgres({
    memoryBytes: 16 * GIB,
    cpuMillis: 4000,
    volumeBytes: 200 * GIB,
    disk: PostgresDisk.SSD,
    workload: PostgresWorkload.WEB,
    version,
    image: image(version),
    parameters: {},
    ...input,
  });

const valuesOf = (input: Partial<TuningInput> = {}) =>
  Object.fromEntries(tune(input).settings.map(({ name, value }) => [name, value]));

const given = (connections: number) => ({ from: 'user', connections }) as const;

const size = (text: string) => parseSize(text) ?? NaN;

describe("the guide's database", () => {
  test('is what 16Gi, 4 CPU and a web application give: its own numbers, solved', () => {
    expect(valuesOf()).toMatchObject({
      shared_buffers: '4GB',
      effective_cache_size: '12GB',
      work_mem: '10MB',
      max_connections: '200',
      wal_buffers: '16MB',
      default_statistics_target: '100',
    });
  });

  test('is accepted as parameters, with what the tuning does not set', () => {
    const parameters = { work_mem: '10MB', max_connections: '200', max_prepared_transactions: '100' };
    const tuning = tune({ parameters });
    expect(tuning.problems).toEqual([]);
    expect(
      tuning.settings.filter(({ reason }) => reason === 'as given in `parameters`').map(({ name }) => name),
    ).toEqual(['max_connections', 'work_mem', 'max_prepared_transactions']);
  });

  test('does not fit its own database profile of 4Gi, and the message says what would', () => {
    const [problem] = tune({
      memoryBytes: 4 * GIB,
      parameters: { shared_buffers: '4GB', work_mem: '10MB', max_connections: '200' },
    }).problems;
    expect(problem.allowed).toContain('more than 0.9 of the limit (3686MiB)');
    expect(problem.allowed).toContain('lower shared_buffers or work_mem');
  });
});

describe('laws', () => {
  const inputs = fc.record({
    memoryBytes: fc.integer({ min: 512, max: 1024 * 1024 }).map((mebibytes) => mebibytes * MIB),
    cpuMillis: fc.integer({ min: 50, max: 128_000 }),
    volumeBytes: fc.integer({ min: 1024, max: 10_000_000 }).map((mebibytes) => mebibytes * MIB),
    workload: fc.constantFrom(...Object.values(PostgresWorkload)),
  });

  test('the worst case never exceeds nine tenths of the limit, or it is a problem', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const tuning = tune(input);
        expect(tuning.problems.length > 0 || tuning.worstCase <= MEMORY_SHARE * input.memoryBytes).toBe(true);
        expect(tuning.sharedMemoryVolume).toBeLessThanOrEqual(Math.max(128 * MIB, input.memoryBytes / 4));
      }),
      { numRuns: 10_000 },
    );
  });

  test('more memory never lowers a memory setting or the connections', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 65_536 }), (input, more) => {
        const [small, large] = [
          valuesOf(input),
          valuesOf({ ...input, memoryBytes: input.memoryBytes + more * MIB }),
        ];
        for (const name of [
          'shared_buffers',
          'effective_cache_size',
          'work_mem',
          'maintenance_work_mem',
          'autovacuum_work_mem',
          'wal_buffers',
        ]) {
          expect(size(large[name])).toBeGreaterThanOrEqual(size(small[name]));
        }
        expect(Number(large.max_connections)).toBeGreaterThanOrEqual(Number(small.max_connections));
      }),
      { numRuns: 10_000 },
    );
  });

  test('WAL stays within a fifth of the volume, parallelism within the CPU', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const values = valuesOf(input);
        expect(size(values.max_wal_size)).toBeLessThanOrEqual(input.volumeBytes / 5);
        expect(size(values.min_wal_size)).toBeLessThan(size(values.max_wal_size));
        expect(size(values.min_wal_size)).toBeGreaterThanOrEqual(32 * MIB);
        const workers = Number(values.max_parallel_workers);
        expect(workers).toBeLessThanOrEqual(Math.ceil(input.cpuMillis / 1000));
        expect(workers).toBeLessThanOrEqual(Number(values.max_worker_processes));
        expect(Number(values.max_parallel_workers_per_gather)).toBeLessThanOrEqual(workers);
      }),
      { numRuns: 10_000 },
    );
  });

  test('the same input gives the same settings', () => {
    fc.assert(fc.property(inputs, (input) => expect(tune(input)).toEqual(tune(input))));
  });
});

test('with less than two CPUs no query is parallel', () => {
  expect(valuesOf({ cpuMillis: 1500 })).toMatchObject({
    max_parallel_workers: '0',
    max_parallel_workers_per_gather: '0',
    max_parallel_maintenance_workers: '0',
  });
});

test('a small container gets few connections rather than none that can sort', () => {
  expect(valuesOf({ memoryBytes: GIB, cpuMillis: 250 })).toMatchObject({
    max_connections: '25',
    work_mem: '4MB',
  });
  expect(valuesOf({ memoryBytes: 512 * MIB, cpuMillis: 250 })).toMatchObject({
    max_connections: '20',
    work_mem: '1MB',
  });
  expect(tune({ memoryBytes: 256 * MIB }).problems).toHaveLength(1);
});

test('connections that the memory cannot bear are refused with the number that it can', () => {
  const [problem] = tune({ memoryBytes: 4 * GIB, demand: given(500) }).problems;
  const most = Number(/at most (\d+) connections fit/.exec(problem.allowed)?.[1]);
  expect(tune({ memoryBytes: 4 * GIB, demand: given(most) }).problems).toEqual([]);
  expect(tune({ memoryBytes: 4 * GIB, demand: given(most + 1) }).problems).toHaveLength(1);
});

test.each([
  [{ work_mem: '10' }, 'a size with its unit'],
  [{ work_mem: '10Mi' }, 'a size with its unit'],
  [{ shared_buffers: '-1' }, 'a size with its unit'],
  [{ max_connections: 'many' }, 'a whole number'],
  [{ hash_mem_multiplier: '0.5' }, 'a number from 1'],
  [{ archive_command: 'cp %p /tmp' }, 'it runs a command'],
  [{ shared_buffers: '4GB', 'bad name': '1' }, 'lower-case letters'],
  [{ listen_addresses: '*' }, 'the construct sets it'],
  [{ autovacuum: 'off' }, 'tune its scale factors'],
  [{ fsync: 'off' }, 'loses the database'],
  [{ huge_pages: 'try' }, 'SIGBUS'],
  [{ include: '/etc/passwd' }, 'it is no parameter'],
  [{ max_wal_size: '150GB' }, 'at most half of it'],
])('%p is refused: %s', (parameters, message) => {
  expect(
    tune({ parameters: parameters as unknown as Record<string, string> })
      .problems.map(({ allowed }) => allowed)
      .join(),
  ).toContain(message);
});

