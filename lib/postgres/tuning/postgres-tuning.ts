/**
 * Settings of a Postgres from the size of its container: a pure function from memory, CPU, volume, disk, workload,
 * connections, version and image to settings, each with its reason. Formulas and their sources:
 * docs/constructs/tuned-postgres.md; what differs from PGTune and why: docs/pgtune.md.
 */
import { formatBytes, MIB } from '../../units/quantity';
import type { ImageCapabilities } from '../image-capabilities';
import { defaultOf } from '../parameters/parameter-definition';
import {
  type ComputedParameter,
  type ParameterProblem,
  readParameters,
} from '../parameters/postgres-parameters';
import { parseSize } from '../parameters/postgres-units';
import type { PostgresDisk, PostgresVersion, PostgresWorkload } from '../postgres-workload';
import { autovacuumSettings, autovacuumWorkersOf } from './autovacuum';
import {
  type ConnectionDemand,
  connectionSettings,
  leastConnections,
  MIN_CONNECTIONS,
  solveConnections,
} from './connections';
import { DISKS } from './disks';
import { encryptionSettings } from './encryption';
import { loggingSettings } from './logging';
import {
  autovacuumMemoryOf,
  CACHED_SORT,
  COMFORTABLE_WORK_MEM,
  hugePagesOf,
  maintenanceOf,
  memorySettings,
  MIN_WORK_MEM,
  sharedMemoryVolume,
  sortMemory,
  walBuffersOf,
} from './memory';
import {
  explainMemory,
  fixedBytes,
  MAINTENANCE_PART,
  MAX_SHARED_PART,
  MEMORY_SHARE,
  type MemoryUse,
  sessionBytes,
  worstCaseBytes,
} from './memory-budget';
import { type Parallelism, parallelSettings, solveParallelism, withWorkers } from './parallelism';
import { plannerSettings } from './planner';
import { floorTo, type Setting } from './setting';
import { solveWal, walSettings } from './wal';
import { WORKLOADS } from './workloads';

export interface TuningInput {
  /** Memory limit of the container, in bytes. */
  readonly memoryBytes: number;
  /** CPU limit, or the request where there is none, in millicores. */
  readonly cpuMillis: number;
  /** Size of the data volume, in bytes. */
  readonly volumeBytes: number;
  /** Size of a volume of its own for the WAL, in bytes; undefined: it shares that of the data. */
  readonly walVolumeBytes?: number;
  /** Whether standbys follow the server, or may: what they need of its WAL is then bounded. */
  readonly hasStandbys?: boolean;
  readonly disk: PostgresDisk;
  readonly workload: PostgresWorkload;
  readonly version: PostgresVersion;
  readonly image: ImageCapabilities;
  /** Undefined: the workload's usual number, as memory allows. */
  readonly demand?: ConnectionDemand;
  /** Whether the pod requests huge pages. */
  readonly hugePages?: boolean;
  /** Whether there is a certificate to answer TLS with. */
  readonly hasCertificate?: boolean;
  /** Time that a start may take; undefined: what a recovery needs, at least an hour. */
  readonly startupSeconds?: number;
  /** Libraries to load besides our own. */
  readonly preloadLibraries?: readonly string[];
  /** The user's own settings, which win. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Tuning {
  readonly settings: readonly Setting[];
  readonly maxConnections: number;
  /** Connections that no pool may take: the superuser's, and those of `reserved_connections`. */
  readonly reservedConnections: number;
  /** As many connections as the memory bears with room to sort. */
  readonly comfortableConnections: number;
  readonly sharedBuffers: number;
  /** Size of `/dev/shm`, where parallel queries share their hash tables. */
  readonly sharedMemoryVolume: number;
  /** Huge pages that the pod requests; 0 for none. */
  readonly hugePagesBytes: number;
  /** Time that a start may take, a recovery included. */
  readonly startupSeconds: number;
  /** Worst case of the memory bound, in bytes. */
  readonly worstCase: number;
  readonly problems: readonly ParameterProblem[];
}

/** Sizes are computed from memory rounded down to this: its parts are whole MiB, and grow in step with each other. */
const MEMORY_STEP = 16 * MIB;

/** Defaults of the server, where the user sets nothing; 0 for a parameter that the version lacks. */
const numberByDefault = (name: ComputedParameter, version: PostgresVersion) =>
  Number(defaultOf(name, Number(version)) ?? 0);
const bytesByDefault = (name: ComputedParameter, version: PostgresVersion) =>
  parseSize(defaultOf(name, Number(version)) ?? '') ?? 0;

type Given = Readonly<Partial<Record<ComputedParameter, number>>>;

export function tunePostgres(input: TuningInput): Tuning {
  const { computed: given, problems: unread } = readParameters(input.parameters, input.version, input.image);
  const workload = WORKLOADS[input.workload];
  const disk = DISKS[input.disk];
  const major = Number(input.version);
  const cores = input.cpuMillis / 1000;
  const memory = floorTo(input.memoryBytes, MEMORY_STEP);
  const bound = MEMORY_SHARE * memory;
  const wanted = solveParallelism(cores, workload.mostPerGather, {
    workers: given.max_parallel_workers,
    perGather: given.max_parallel_workers_per_gather,
    workerProcesses: given.max_worker_processes,
  });
  const superuserReserved =
    given.superuser_reserved_connections ?? numberByDefault('superuser_reserved_connections', input.version);
  const reserved =
    superuserReserved +
    (given.reserved_connections ?? numberByDefault('reserved_connections', input.version));

  const solved = solveMemory({ input, given, memory, bound, parallelism: wanted, reserved });
  const { use, connections, parallelism } = solved;
  const walInput = {
    volumeBytes: input.volumeBytes,
    walVolumeBytes: input.walVolumeBytes,
    hasStandbys: input.hasStandbys,
    workload,
    disk,
    major,
    image: input.image,
    startupSeconds: input.startupSeconds,
    parameters: given,
  };
  const wal = solveWal(walInput);
  const hugePages = input.hugePages === true;
  const own = [
    ...connectionSettings(connections, use.maxConnections, input.workload, superuserReserved),
    ...(input.hasCertificate === true ? encryptionSettings() : []),
    ...memorySettings({
      use,
      workload,
      memoryBytes: input.memoryBytes,
      memory,
      bound,
      maintenance: solved.maintenance,
      hugePages,
      cachedSorts: solved.cachedSorts,
    }),
    ...walSettings(walInput, wal, use.walBuffers),
    ...parallelSettings(parallelism),
    ...plannerSettings({ workload, disk, major, cores, memory }),
    ...autovacuumSettings(use.autovacuumWorkers, disk),
    ...loggingSettings(input.preloadLibraries ?? []),
  ];
  return {
    settings: withParameters(own, input.parameters),
    maxConnections: use.maxConnections,
    reservedConnections: reserved,
    comfortableConnections: Math.max(MIN_CONNECTIONS, connections.comfortable),
    sharedBuffers: use.sharedBuffers,
    sharedMemoryVolume: sharedMemoryVolume(use, parallelism.perGather, memory),
    hugePagesBytes: hugePages ? hugePagesOf(use) : 0,
    startupSeconds: wal.startupSeconds,
    worstCase: worstCaseBytes(use),
    problems: [...unread, ...contradictions(input, given, parallelism), ...solved.problems, ...wal.problems],
  };
}

interface MemoryProblem {
  readonly input: TuningInput;
  readonly given: Given;
  readonly memory: number;
  readonly bound: number;
  readonly parallelism: Parallelism;
  readonly reserved: number;
}

/** Shares the memory out: what is fixed first, then connections that can sort comfortably, then `work_mem`. */
function solveMemory({ input, given, memory, bound, reserved, ...rest }: MemoryProblem) {
  const workload = WORKLOADS[input.workload];
  const sharedBuffers = given.shared_buffers ?? memory / workload.sharedPart;
  const maintenance = given.maintenance_work_mem ?? maintenanceOf(memory);
  const parts = {
    sharedBuffers,
    walBuffers: given.wal_buffers ?? walBuffersOf(sharedBuffers),
    autovacuumWorkers: given.autovacuum_max_workers ?? autovacuumWorkersOf(rest.parallelism.cores),
    autovacuumWorkMem: given.autovacuum_work_mem ?? autovacuumMemoryOf(memory),
    hashMemMultiplier: given.hash_mem_multiplier ?? numberByDefault('hash_mem_multiplier', input.version),
    planNodes: workload.planNodes,
    maintenanceExcess:
      given.maintenance_work_mem === undefined ? 0 : Math.max(0, maintenance - memory * MAINTENANCE_PART),
    tempBuffersExcess:
      given.temp_buffers === undefined
        ? 0
        : Math.max(0, given.temp_buffers - bytesByDefault('temp_buffers', input.version)),
  };
  const backend = sessionBytes(parts);
  const budget = bound - fixedBytes(parts);
  const perWorkMem = parts.planNodes * parts.hashMemMultiplier;
  const processesWith = (workMem: number) =>
    Math.floor(budget / (backend + perWorkMem * (given.work_mem ?? workMem)));
  const demand: ConnectionDemand | undefined =
    given.max_connections === undefined ? input.demand : { from: 'user', connections: given.max_connections };
  const parallelism =
    given.max_parallel_workers === undefined
      ? withWorkers(rest.parallelism, processesWith(MIN_WORK_MEM) - leastConnections(demand, reserved))
      : rest.parallelism;
  const base = { ...parts, parallelWorkers: parallelism.workers };
  const connectionsWith = (workMem: number) => processesWith(workMem) - base.parallelWorkers;

  const connections = {
    demand,
    reserved,
    usual: workload.connections,
    comfortable: connectionsWith(COMFORTABLE_WORK_MEM),
  };
  const maxConnections = solveConnections(connections);
  const perNode = (budget / (maxConnections + base.parallelWorkers) - backend) / parts.planNodes;
  // Few connections have more memory each than a sort makes use of.
  const mostForSorts =
    isPooled(input.demand) && workload.smallSorts && given.hash_mem_multiplier === undefined
      ? CACHED_SORT
      : undefined;
  const sorts =
    given.work_mem === undefined
      ? sortMemory(perNode, parts.hashMemMultiplier, mostForSorts)
      : { workMem: given.work_mem };
  const use: MemoryUse = { ...base, maxConnections, ...sorts };
  const problems: ParameterProblem[] = [];
  const worstCase = worstCaseBytes(use);
  if (worstCase > bound) {
    const most = connectionsWith(MIN_WORK_MEM);
    problems.push({
      name: 'memory',
      value: formatBytes(input.memoryBytes),
      allowed:
        `the settings can use ${Math.ceil(worstCase / MIB)}MiB, more than 0.9 of the limit (${Math.floor(bound / MIB)}MiB): ${explainMemory(use)}; ` +
        (most >= 1 && connections.demand?.from === 'user'
          ? `at most ${most} connections fit: lower max_connections, or work_mem, or raise the memory limit`
          : 'raise the memory limit, or lower shared_buffers or work_mem'),
    });
  }
  if (given.shared_buffers !== undefined && sharedBuffers > MAX_SHARED_PART * memory) {
    problems.push({
      name: 'shared_buffers',
      value: input.parameters.shared_buffers,
      allowed: `allowed: at most ${MAX_SHARED_PART * 100} % of the memory limit of ${formatBytes(input.memoryBytes)}; the page cache needs the rest`,
    });
  }
  const cachedSorts = use.hashMemMultiplier !== parts.hashMemMultiplier;
  return { use, connections, parallelism, maintenance, cachedSorts, problems };
}

function isPooled(demand: ConnectionDemand | undefined): boolean {
  return demand?.from === 'poolers' || (demand?.from === 'user' && demand.behindPoolers === true);
}

/** Settings of the user's that each stand, but not together. */
function contradictions(
  input: TuningInput,
  given: Given,
  { workers, workerProcesses }: Parallelism,
): ParameterProblem[] {
  const { parameters } = input;
  const problem = (name: string, bad: boolean, allowed: string): ParameterProblem[] =>
    bad ? [{ name, value: parameters[name], allowed }] : [];
  return [
    ...problem(
      given.max_worker_processes === undefined ? 'max_parallel_workers' : 'max_worker_processes',
      workers > workerProcesses,
      `max_parallel_workers ${workers} must be at most max_worker_processes ${workerProcesses}`,
    ),
    ...problem(
      'wal_level',
      parameters.wal_level?.toLowerCase() === 'minimal' && given.max_wal_senders !== 0,
      'with it the server starts only when max_wal_senders is 0, and no backup can be taken while it runs; set both',
    ),
  ];
}

/** The user's parameters in the place of ours, and the others at the end. */
function withParameters(own: readonly Setting[], parameters: Readonly<Record<string, string>>): Setting[] {
  const given = { reason: 'as given in `parameters`', layer: 'given' } as const;
  const known = new Set(own.map(({ name }) => name));
  return [
    ...own.map((setting) =>
      Object.hasOwn(parameters, setting.name)
        ? { ...setting, value: parameters[setting.name], ...given }
        : setting,
    ),
    ...Object.keys(parameters)
      .filter((name) => !known.has(name))
      .sort()
      .map((name) => ({ section: 'Other' as const, name, value: parameters[name], ...given })),
  ];
}
