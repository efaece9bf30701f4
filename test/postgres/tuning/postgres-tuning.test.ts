import fc from 'fast-check';
import { imageCapabilities } from '../../../lib/postgres/image-capabilities';
import {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
} from '../../../lib/postgres/postgres-workload';
import { sortMemory } from '../../../lib/postgres/tuning/memory';
import { tunePostgres, type TuningInput } from '../../../lib/postgres/tuning/postgres-tuning';
import { GIB, MIB } from '../../../lib/units/quantity';

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
  [{ hash_mem_multiplier: '0.5' }, 'from 1 to 1000'],
  [{ archive_command: 'cp %p /tmp' }, 'it runs a command'],
  [{ shared_buffers: '4GB', 'bad name': '1' }, 'letters, digits'],
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

describe('behind poolers', () => {
  const demand = { from: 'poolers', clients: 36 } as const;
  const sorts = (input: Partial<TuningInput>) => {
    const { work_mem: workMem, hash_mem_multiplier: multiplier } = valuesOf({ demand, ...input });
    return [workMem, multiplier];
  };

  test('sorts get what the caches of a core hold, and hash tables all that the bound leaves', () => {
    expect(sorts({})).toEqual(['4MB', '28.5']);
    expect(sorts({ version: PostgresVersion.V14 })).toEqual(['4MB', '28.5']);
    expect(sorts({ demand: given(39) })).toEqual(['57MB', '2']);
    expect(sorts({ demand: { ...given(39), behindPoolers: true } })).toEqual(['4MB', '28.5']);
  });

  test('a warehouse keeps its memory for sorts: they outgrow the page cache', () => {
    expect(sorts({ workload: PostgresWorkload.WAREHOUSE })[1]).toBe('2');
  });

  test('values of the user’s stay, and what is not given follows from them', () => {
    expect(sorts({ parameters: { work_mem: '16MB' } })).toEqual(['16MB', '2']);
    expect(sorts({ parameters: { hash_mem_multiplier: '4' } })).toEqual(['28MB', '4']);
  });

  test('both together never take more than there is, and more memory lowers neither', () => {
    const some = fc.record({
      bytes: fc.integer({ min: 0, max: 4 * GIB }),
      more: fc.integer({ min: 0, max: GIB }),
      multiplier: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(some, ({ bytes, more, multiplier }) => {
        const { workMem, hashMemMultiplier } = sortMemory(bytes, multiplier, 4 * MIB);
        expect(workMem * hashMemMultiplier).toBeLessThanOrEqual(Math.max(bytes, MIB * multiplier));
        expect(workMem).toBeLessThanOrEqual(4 * MIB);
        expect(hashMemMultiplier).toBeGreaterThanOrEqual(multiplier);
        const larger = sortMemory(bytes + more, multiplier, 4 * MIB);
        expect(larger.workMem).toBeGreaterThanOrEqual(workMem);
        expect(larger.hashMemMultiplier).toBeGreaterThanOrEqual(hashMemMultiplier);
      }),
    );
  });
});
