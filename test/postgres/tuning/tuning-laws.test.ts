/** What holds for every database: 100,000 of them, at random. */
import fc from 'fast-check';
import { imageCapabilities } from '../../../lib/postgres/image-capabilities';
import { definitionOf, valueProblem } from '../../../lib/postgres/parameters/parameter-definition';
import { parseSize } from '../../../lib/postgres/parameters/postgres-units';
import {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
} from '../../../lib/postgres/postgres-workload';
import { MEMORY_SHARE } from '../../../lib/postgres/tuning/memory-budget';
import { tunePostgres, type Tuning, type TuningInput } from '../../../lib/postgres/tuning/postgres-tuning';
import { MIB } from '../../../lib/units/quantity';

const DATABASES = 100_000;

const demands = fc.oneof(
  fc.constant(undefined),
  fc.record({ from: fc.constant('user' as const), connections: fc.integer({ min: 10, max: 1000 }) }),
  fc.record({ from: fc.constant('consumers' as const), clients: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({ from: fc.constant('poolers' as const), clients: fc.integer({ min: 9, max: 200 }) }),
);

const inputs: fc.Arbitrary<TuningInput> = fc
  .record({
    memoryBytes: fc.integer({ min: 256, max: 1024 * 1024 }).map((mebibytes) => mebibytes * MIB),
    cpuMillis: fc.integer({ min: 50, max: 256_000 }),
    volumeBytes: fc.integer({ min: 1024, max: 10_000_000 }).map((mebibytes) => mebibytes * MIB),
    walVolumeBytes: fc.option(
      fc.integer({ min: 1024, max: 1_000_000 }).map((mebibytes) => mebibytes * MIB),
      { nil: undefined },
    ),
    hasStandbys: fc.boolean(),
    disk: fc.constantFrom(...Object.values(PostgresDisk)),
    workload: fc.constantFrom(...Object.values(PostgresWorkload)),
    version: fc.constantFrom(...Object.values(PostgresVersion)),
    family: fc.constantFrom(...Object.values(PostgresImageFamily)),
    demand: demands,
    hugePages: fc.boolean(),
    startupSeconds: fc.option(fc.integer({ min: 60, max: 86_400 }), { nil: undefined }),
  })
  .map(({ family, ...input }) => ({
    ...input,
    image: imageCapabilities(family, input.version),
    parameters: {},
  }));

/** Runs a law; it answers with what is wrong. */
function expectLaw<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, law: (value: T) => string | undefined) {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const wrong = law(value);
      if (wrong !== undefined) throw new Error(wrong);
    }),
    { numRuns, seed: 20_250_728 },
  );
}

const valueOf = ({ settings }: Tuning, name: string) =>
  settings.find((one) => one.name === name)?.value ?? '';
const sizeOf = (tuning: Tuning, name: string) => parseSize(valueOf(tuning, name)) ?? NaN;

const MEMORY_SETTINGS = [
  'shared_buffers',
  'effective_cache_size',
  'work_mem',
  'maintenance_work_mem',
  'autovacuum_work_mem',
  'wal_buffers',
];

test('the worst case never exceeds nine tenths of the limit, unless the synth fails for it', () => {
  let solved = 0;
  expectLaw(inputs, DATABASES, (input) => {
    const tuning = tunePostgres(input);
    if (tuning.problems.length > 0) return undefined;
    solved++;
    if (tuning.worstCase > MEMORY_SHARE * input.memoryBytes) return `${tuning.worstCase} bytes at the worst`;
    return tuning.sharedMemoryVolume > Math.max(128 * MIB, input.memoryBytes / 4)
      ? 'shm too large'
      : undefined;
  });
  // Most are not refused: the law is not empty.
  expect(solved).toBeGreaterThan(DATABASES / 2);
});

test('every setting is one that the major knows, with a value in the range that it states', () => {
  expectLaw(inputs, DATABASES / 10, (input) => {
    for (const { name, value } of tunePostgres(input).settings) {
      if (name.includes('.')) continue;
      const definition = definitionOf(name, input.version);
      const wrong = definition ? valueProblem(definition, value) : 'unknown';
      if (wrong !== undefined) return `${input.version}: ${name} = ${value}: ${wrong}`;
    }
    return undefined;
  });
});

test('more memory never lowers a memory setting or the connections', () => {
  expectLaw(fc.tuple(inputs, fc.integer({ min: 1, max: 65_536 })), DATABASES / 5, ([input, more]) => {
    const small = tunePostgres(input);
    const large = tunePostgres({ ...input, memoryBytes: input.memoryBytes + more * MIB });
    if (small.problems.length > 0) return undefined;
    if (large.problems.length > 0) return `${more}MiB more bring a problem`;
    const lower = MEMORY_SETTINGS.find((name) => sizeOf(large, name) < sizeOf(small, name));
    if (lower !== undefined) return `${lower} ${valueOf(small, lower)} → ${valueOf(large, lower)}`;
    return large.maxConnections < small.maxConnections ? 'fewer connections' : undefined;
  });
});

test('WAL stays within its part of the volume and the time of a start, parallelism within the CPU', () => {
  expectLaw(inputs, DATABASES / 10, (input) => {
    const tuning = tunePostgres(input);
    const [most, least] = [sizeOf(tuning, 'max_wal_size'), sizeOf(tuning, 'min_wal_size')];
    const { volumeBytes, walVolumeBytes } = input;
    if (walVolumeBytes === undefined && most > volumeBytes / 5)
      return 'max_wal_size above a fifth of the volume';
    const kept = ['wal_keep_size', 'max_slot_wal_keep_size'].map((name) => sizeOf(tuning, name) || 0);
    const room = walVolumeBytes === undefined ? volumeBytes / 2 : 0.8 * walVolumeBytes;
    if (kept.reduce((sum, size) => sum + size, most) > room) return 'more WAL is kept than there is room for';
    if (!(least >= 32 * MIB && least < most)) return 'min_wal_size out of place';
    const workers = Number(valueOf(tuning, 'max_parallel_workers'));
    if (workers > Math.ceil(input.cpuMillis / 1000)) return 'more workers than CPU';
    if (workers > Number(valueOf(tuning, 'max_worker_processes'))) return 'more workers than processes';
    return Number(valueOf(tuning, 'max_parallel_workers_per_gather')) > workers
      ? 'gather too wide'
      : undefined;
  });
});

test('the same input gives the same settings', () => {
  expectLaw(inputs, 1000, (input) =>
    JSON.stringify(tunePostgres(input)) === JSON.stringify(tunePostgres(input)) ? undefined : 'it differs',
  );
});
