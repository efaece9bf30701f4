/**
 * Settings of a Postgres from the size of its container: a pure function from memory, CPU, volume and workload to
 * settings, each with its reason. Formulas and their sources: docs/constructs/tuned-postgres.md.
 */
import { formatBytes, GIB, MIB } from '../units/quantity';
import {
  backendBytes,
  explainMemory,
  fixedBytes,
  MEMORY_SHARE,
  type MemoryUse,
  type PlanNodes,
  worstCaseBytes,
} from './memory-budget';
import { OBSERVABILITY } from './observability-tuning';
import { type ParameterProblem, readParameters } from './postgres-parameters';
import { formatSize, formatTime } from './postgres-units';
import { PostgresWorkload } from './postgres-workload';

export interface TuningInput {
  /** Memory limit of the container, in bytes. */
  readonly memoryBytes: number;
  /** CPU limit, or the request where there is none, in millicores. */
  readonly cpuMillis: number;
  /** Size of the data volume, which also holds the WAL, in bytes. */
  readonly volumeBytes: number;
  readonly workload: PostgresWorkload;
  /** Undefined: solved. */
  readonly maxConnections?: number;
  /** The user's own settings, which win. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type Section =
  'Connections' | 'Memory' | 'WAL' | 'Parallelism' | 'Planner' | 'Autovacuum' | 'Logging' | 'Other';

export interface Setting {
  readonly section: Section;
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}

export interface Tuning {
  readonly settings: readonly Setting[];
  readonly maxConnections: number;
  readonly superuserReservedConnections: number;
  readonly sharedBuffers: number;
  /** Size of `/dev/shm`, where parallel queries share their hash tables. */
  readonly sharedMemoryVolume: number;
  /** Worst case of the memory bound, in bytes. */
  readonly worstCase: number;
  readonly problems: readonly ParameterProblem[];
}

interface WorkloadTuning {
  /** Connections to offer when memory allows (PGTune's numbers). */
  readonly connections: number;
  readonly planNodes: PlanNodes;
  /** Target of `max_wal_size` when the volume allows (PGTune's numbers). */
  readonly maxWal: number;
  readonly statisticsTarget: number;
  readonly jit: boolean;
  readonly mostPerGather: number;
  readonly maintenancePart: number;
}

const WORKLOADS: Readonly<Record<PostgresWorkload, WorkloadTuning>> = {
  [PostgresWorkload.WEB]: {
    connections: 200,
    planNodes: 2,
    maxWal: 4 * GIB,
    statisticsTarget: 100,
    jit: false,
    mostPerGather: 4,
    maintenancePart: 16,
  },
  [PostgresWorkload.OLTP]: {
    connections: 300,
    planNodes: 1,
    maxWal: 8 * GIB,
    statisticsTarget: 100,
    jit: false,
    mostPerGather: 4,
    maintenancePart: 16,
  },
  [PostgresWorkload.WAREHOUSE]: {
    connections: 40,
    planNodes: 3,
    maxWal: 16 * GIB,
    statisticsTarget: 500,
    jit: true,
    mostPerGather: 1024,
    maintenancePart: 16,
  },
  [PostgresWorkload.MIXED]: {
    connections: 100,
    planNodes: 2,
    maxWal: 4 * GIB,
    statisticsTarget: 100,
    jit: false,
    mostPerGather: 4,
    maintenancePart: 16,
  },
};

const KIB = 1024;
/** Sizes are computed from memory rounded down to this: its parts are whole MiB, and grow in step with each other. */
const MEMORY_STEP = 16 * MIB;
/** Below this a sort of a few thousand rows spills to disk: connections are given up first. */
const COMFORTABLE_WORK_MEM = 4 * MIB;
const LEAST_WORK_MEM = MIB;
const MOST_WORK_MEM = GIB;
/** Connections that are offered even when each can sort little. */
const LEAST_CONNECTIONS = 20;
const WAL_SEGMENT = 16 * MIB;
/** Part of a volume that data and WAL share, for WAL (reference: postgres.md, PG-WAL-1; a proposal). */
const WAL_PART = 0.2;
/** What the linux container gets when nothing is mounted is 64 MiB; twice that is the least we mount. */
const LEAST_SHM = 128 * MIB;

export function tunePostgres(input: TuningInput): Tuning {
  const { computed, problems: unread } = readParameters(input.parameters);
  const problems = [...unread];
  if (computed.max_connections !== undefined && input.maxConnections !== undefined) {
    problems.push({
      name: 'max_connections',
      value: input.parameters.max_connections,
      allowed: `maxConnections is ${input.maxConnections}; remove one of them`,
    });
  }
  const workload = WORKLOADS[input.workload];
  const memory = Math.floor(input.memoryBytes / MEMORY_STEP) * MEMORY_STEP;
  const limit = MEMORY_SHARE * memory;
  const cores = input.cpuMillis / 1000;

  const sharedBuffers = computed.shared_buffers ?? memory / 4;
  const parallelWorkers = computed.max_parallel_workers ?? (cores < 2 ? 0 : Math.ceil(cores));
  const perGather =
    parallelWorkers === 0 ? 0 : Math.max(1, Math.min(workload.mostPerGather, Math.floor(cores / 2)));
  const base = {
    sharedBuffers,
    walBuffers: computed.wal_buffers ?? walBuffersOf(sharedBuffers),
    parallelWorkers,
    autovacuumWorkers: computed.autovacuum_max_workers ?? 3,
    autovacuumWorkMem: computed.autovacuum_work_mem ?? clamp(floorTo(memory / 128, MIB), 16 * MIB, GIB),
    hashMemMultiplier: computed.hash_mem_multiplier ?? 2,
    planNodes: workload.planNodes,
  };
  const backend = backendBytes(sharedBuffers);
  const budget = limit - fixedBytes(base);
  const perWorkMem = base.planNodes * base.hashMemMultiplier;
  const comfortable =
    Math.floor(budget / (backend + perWorkMem * (computed.work_mem ?? COMFORTABLE_WORK_MEM))) -
    parallelWorkers;
  const givenConnections = computed.max_connections ?? input.maxConnections;
  const maxConnections =
    givenConnections ?? Math.max(LEAST_CONNECTIONS, Math.min(workload.connections, comfortable));
  const affordable = (budget / (maxConnections + parallelWorkers) - backend) / perWorkMem;
  const workMem = computed.work_mem ?? clamp(floorTo(affordable, MIB), LEAST_WORK_MEM, MOST_WORK_MEM);
  const use: MemoryUse = { ...base, maxConnections, workMem };
  const worstCase = worstCaseBytes(use);
  if (worstCase > limit) {
    const most =
      Math.floor(budget / (backend + perWorkMem * (computed.work_mem ?? LEAST_WORK_MEM))) - parallelWorkers;
    problems.push({
      name: 'memory',
      value: formatBytes(input.memoryBytes),
      allowed:
        `the settings can use ${Math.ceil(worstCase / MIB)}MiB, more than 0.9 of the limit (${Math.floor(limit / MIB)}MiB): ${explainMemory(use)}; ` +
        (most >= 1 && givenConnections !== undefined
          ? `at most ${most} connections fit: lower max_connections, or work_mem, or raise the memory limit`
          : 'raise the memory limit, or lower shared_buffers or work_mem'),
    });
  }

  const maxWal =
    computed.max_wal_size ??
    floorTo(Math.min(workload.maxWal, WAL_PART * input.volumeBytes), 2 * WAL_SEGMENT);
  if (computed.max_wal_size !== undefined && maxWal > input.volumeBytes / 2) {
    problems.push({
      name: 'max_wal_size',
      value: input.parameters.max_wal_size,
      allowed: `WAL shares the volume of ${formatBytes(input.volumeBytes)} with the data; allowed: at most half of it`,
    });
  }
  const minWal = Math.max(2 * WAL_SEGMENT, floorTo(maxWal / 4, 2 * WAL_SEGMENT));
  const superuserReserved = computed.superuser_reserved_connections ?? 3;
  const sharedMemoryVolume = floorTo(
    clamp(
      workMem *
        base.hashMemMultiplier *
        (perGather + 1) *
        base.planNodes *
        (parallelWorkers / Math.max(1, perGather)),
      LEAST_SHM,
      Math.max(LEAST_SHM, memory / 4),
    ),
    MIB,
  );

  const own = settings({
    use,
    input,
    workload,
    cores,
    memory,
    limit,
    maxWal,
    minWal,
    perGather,
    superuserReserved,
    connectionsAreSolved: givenConnections === undefined,
  });
  return {
    settings: withParameters(own, input.parameters),
    maxConnections,
    superuserReservedConnections: superuserReserved,
    sharedBuffers,
    sharedMemoryVolume,
    worstCase,
    problems,
  };
}

interface Solved {
  readonly use: MemoryUse;
  readonly input: TuningInput;
  readonly workload: WorkloadTuning;
  readonly cores: number;
  readonly memory: number;
  readonly limit: number;
  readonly maxWal: number;
  readonly minWal: number;
  readonly perGather: number;
  readonly superuserReserved: number;
  readonly connectionsAreSolved: boolean;
}

function settings(solved: Solved): Setting[] {
  return [
    ...connectionSettings(solved),
    ...memorySettings(solved),
    ...walSettings(solved),
    ...parallelSettings(solved),
    ...plannerSettings(solved),
    ...AUTOVACUUM,
    ...LOGGING,
  ];
}

function connectionSettings({
  use,
  input,
  workload,
  superuserReserved,
  connectionsAreSolved,
}: Solved): Setting[] {
  const { maxConnections } = use;
  const connectionReason = !connectionsAreSolved
    ? 'as given; the memory bound holds with all of them'
    : maxConnections === workload.connections
      ? `usual for the workload "${input.workload}", and the memory bound holds with all of them`
      : 'as many as the memory bound allows with room to sort';
  return section('Connections', [
    ['max_connections', `${maxConnections}`, connectionReason],
    [
      'superuser_reserved_connections',
      `${superuserReserved}`,
      'an administrator gets in when the applications have taken all others',
    ],
    [
      'idle_in_transaction_session_timeout',
      formatTime(60_000),
      'a forgotten transaction holds locks and keeps dead rows alive',
    ],
    ['password_encryption', 'scram-sha-256', 'md5 is deprecated'],
  ]);
}

function memorySettings({ use, input, workload, memory, limit }: Solved): Setting[] {
  const worst = Math.ceil(worstCaseBytes(use) / MIB);
  return section('Memory', [
    [
      'shared_buffers',
      formatSize(use.sharedBuffers),
      `a quarter of the memory limit of ${formatBytes(input.memoryBytes)}`,
    ],
    [
      'effective_cache_size',
      formatSize((memory / 4) * 3),
      'three quarters of the memory limit: what the planner may expect in caches; nothing is allocated',
    ],
    [
      'work_mem',
      formatSize(use.workMem),
      `for each sort or hash; with it the worst case is ${worst}MiB of the ${Math.floor(limit / MIB)}MiB that 0.9 of the limit allows: ${explainMemory(use)}`,
    ],
    [
      'hash_mem_multiplier',
      `${use.hashMemMultiplier}`,
      'hash tables may use work_mem times this; counted in the worst case',
    ],
    [
      'maintenance_work_mem',
      formatSize(clamp(floorTo(memory / workload.maintenancePart, MIB), 16 * MIB, 2 * GIB)),
      `1/${workload.maintenancePart} of the memory limit, for one maintenance command at a time: it fits into the tenth that the worst case leaves free`,
    ],
    [
      'autovacuum_work_mem',
      formatSize(use.autovacuumWorkMem),
      'for each autovacuum worker, instead of maintenance_work_mem; counted in the worst case',
    ],
    ['huge_pages', 'off', 'the pod requests no huge pages; a try on a node that has some ends in SIGBUS'],
  ]);
}

function walSettings({ use, input, maxWal, minWal }: Solved): Setting[] {
  return section('WAL', [
    ['wal_buffers', formatSize(use.walBuffers), '3 % of shared_buffers, at most one segment of 16MB'],
    [
      'max_wal_size',
      formatSize(maxWal),
      `a fifth of the volume of ${formatBytes(input.volumeBytes)}, which also holds the data, or what the workload needs`,
    ],
    [
      'min_wal_size',
      formatSize(minWal),
      'a quarter of max_wal_size: segments are reused instead of made anew',
    ],
    ['max_slot_wal_keep_size', formatSize(maxWal), 'an abandoned replication slot cannot fill the volume'],
    ['checkpoint_timeout', formatTime(15 * 60_000), 'fewer full-page writes than with the default of 5min'],
    ['checkpoint_completion_target', '0.9', 'checkpoints are spread over the time between them'],
  ]);
}

function parallelSettings({ use, cores, perGather }: Solved): Setting[] {
  const { parallelWorkers } = use;
  const few = `with ${cores} CPU a parallel query would only be throttled`;
  return section('Parallelism', [
    ['max_worker_processes', `${Math.max(8, parallelWorkers)}`, 'at least max_parallel_workers'],
    [
      'max_parallel_workers',
      `${parallelWorkers}`,
      parallelWorkers === 0 ? few : `one for each of ${cores} CPU, whatever the node has`,
    ],
    [
      'max_parallel_workers_per_gather',
      `${perGather}`,
      perGather === 0 ? few : 'half of the CPU for one query',
    ],
    [
      'max_parallel_maintenance_workers',
      `${Math.min(4, perGather)}`,
      perGather === 0 ? few : 'half of the CPU for building one index, at most 4',
    ],
  ]);
}

function plannerSettings({ workload }: Solved): Setting[] {
  return section('Planner', [
    [
      'random_page_cost',
      '1.1',
      'on SSD and network volumes a random page costs little more than the next one',
    ],
    ['effective_io_concurrency', '200', 'SSD and network volumes answer many requests at once'],
    [
      'default_statistics_target',
      `${workload.statisticsTarget}`,
      workload.statisticsTarget === 100
        ? 'the sample of ANALYZE'
        : 'a larger sample of ANALYZE for large tables',
    ],
    [
      'jit',
      workload.jit ? 'on' : 'off',
      workload.jit
        ? 'long queries earn back the time to compile them'
        : 'compiling takes longer than short queries run',
    ],
  ]);
}

const AUTOVACUUM = section('Autovacuum', [
  ['autovacuum_vacuum_scale_factor', '0.05', 'clean a table when 5 % of its rows are dead, not 20 %'],
  ['autovacuum_analyze_scale_factor', '0.02', 'fresh statistics when 2 % of the rows have changed'],
  ['autovacuum_vacuum_cost_limit', '1000', 'SSD bears five times the default pace'],
]);

const LOGGING = section('Logging', OBSERVABILITY);

function section(name: Section, rows: ReadonlyArray<readonly [string, string, string]>): Setting[] {
  return rows.map(([parameter, value, reason]) => ({ section: name, name: parameter, value, reason }));
}

/** The user's parameters in the place of ours, and the others at the end. */
function withParameters(own: readonly Setting[], parameters: Readonly<Record<string, string>>): Setting[] {
  const reason = 'as given in `parameters`';
  const known = new Set(own.map(({ name }) => name));
  return [
    ...own.map((setting) =>
      Object.hasOwn(parameters, setting.name)
        ? { ...setting, value: parameters[setting.name], reason }
        : setting,
    ),
    ...Object.keys(parameters)
      .filter((name) => !known.has(name))
      .sort()
      .map((name) => ({ section: 'Other' as const, name, value: parameters[name], reason })),
  ];
}

/** 3 % of shared_buffers, at most one WAL segment; nearly a segment is rounded up to it. Source: PGTune. */
function walBuffersOf(sharedBuffers: number): number {
  const part = floorTo(sharedBuffers * 0.03, 64 * KIB);
  return part >= 14 * MIB ? WAL_SEGMENT : Math.max(64 * KIB, part);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function floorTo(value: number, multiple: number): number {
  return Math.floor(value / multiple) * multiple;
}
