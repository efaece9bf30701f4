import { formatBytes, GIB, MIB, roundUpTo } from '../../units/quantity';
import { formatSize } from '../parameters/postgres-units';
import { explainMemory, MAINTENANCE_PART, type MemoryUse, worstCaseBytes } from './memory-budget';
import { clamp, computed, floorTo, type Setting } from './setting';
import type { WorkloadTuning } from './workloads';

const KIB = 1024;
/** Below this a sort of a few thousand rows spills to disk: connections are given up first. */
export const COMFORTABLE_WORK_MEM = 4 * MIB;
export const MIN_WORK_MEM = MIB;
export const MAX_WORK_MEM = GIB;
/**
 * A sort that outgrows the caches of its core waits for memory at each comparison. In runs of this size, which it merges
 * from files in the page cache, it takes less CPU: 242 against 290 ms with 19MB for 150,000 rows of text, 1.1 against
 * 1.6 s with 64MB for 600,000. Hash tables of both sizes take the same CPU, or less with more memory
 * (`npm run bench:postgres -- sorts`). It is Postgres' own default too.
 */
export const CACHED_SORT = COMFORTABLE_WORK_MEM;
/** What the linux container gets when nothing is mounted is 64 MiB; twice that is the least we mount. */
const MIN_SHM = 128 * MIB;
const HUGE_PAGE = 2 * MIB;

/** What each sort may use, and how many times that a hash table. */
export interface SortMemory {
  readonly workMem: number;
  readonly hashMemMultiplier: number;
}

/**
 * Shares the memory that a query has for each of its nodes: sorts get what is fast, hash tables what is there. Their
 * product is never more than `bytes`, but for the least `work_mem`.
 */
export function sortMemory(
  bytes: number,
  hashMemMultiplier: number,
  mostForSorts = MAX_WORK_MEM,
): SortMemory {
  const workMem = clamp(floorTo(bytes / hashMemMultiplier, MIB), MIN_WORK_MEM, MAX_WORK_MEM);
  if (workMem <= mostForSorts) return { workMem, hashMemMultiplier };
  const forHashes = Math.min(bytes, MAX_WORK_MEM * hashMemMultiplier);
  return { workMem: mostForSorts, hashMemMultiplier: Math.floor((10 * forHashes) / mostForSorts) / 10 };
}

/** 3 % of shared_buffers, at most one WAL segment; nearly a segment is rounded up to it. Source: PGTune. */
export function walBuffersOf(sharedBuffers: number): number {
  const part = floorTo(sharedBuffers * 0.03, 64 * KIB);
  return part >= 14 * MIB ? 16 * MIB : Math.max(64 * KIB, part);
}

export function maintenanceOf(memory: number): number {
  return clamp(floorTo(memory * MAINTENANCE_PART, MIB), 16 * MIB, 2 * GIB);
}

export function autovacuumMemoryOf(memory: number): number {
  return clamp(floorTo(memory / 128, MIB), 16 * MIB, GIB);
}

/**
 * `/dev/shm`, where parallel queries share their hash tables: those of as many queries as there are workers for, at most
 * a quarter of the memory. It takes nothing until it is used, and what it takes is part of the memory bound.
 */
export function sharedMemoryVolume(use: MemoryUse, perGather: number, memory: number): number {
  const queries = use.parallelWorkers / Math.max(1, perGather);
  const hashTables = use.workMem * use.hashMemMultiplier * use.planNodes * (perGather + 1) * queries;
  return floorTo(clamp(hashTables, MIN_SHM, Math.max(MIN_SHM, memory / 4)), MIB);
}

/**
 * Huge pages for everything that Postgres shares: a tenth more than its buffers, for their headers and the tables of
 * locks, and what the statistics and processes take.
 */
export function hugePagesOf(use: MemoryUse): number {
  return roundUpTo(
    1.1 * (use.sharedBuffers + use.walBuffers) + 64 * MIB + use.maxConnections * 64 * KIB,
    HUGE_PAGE,
  );
}

export interface MemoryInput {
  readonly use: MemoryUse;
  readonly workload: WorkloadTuning;
  /** The limit as given, for the reasons. */
  readonly memoryBytes: number;
  /** The limit as it is computed with. */
  readonly memory: number;
  /** What the worst case may reach. */
  readonly bound: number;
  readonly maintenance: number;
  readonly hugePages: boolean;
  /** Whether sorts are kept in the processor's caches, and hash tables get the rest. */
  readonly cachedSorts: boolean;
}

export function memorySettings({ use, workload, memory, bound, ...input }: MemoryInput): Setting[] {
  const limit = formatBytes(input.memoryBytes);
  const worst = Math.ceil(worstCaseBytes(use) / MIB);
  return computed('Memory', [
    [
      'shared_buffers',
      formatSize(use.sharedBuffers),
      `1/${workload.sharedPart} of the memory limit of ${limit}`,
    ],
    [
      'effective_cache_size',
      formatSize((memory / 4) * workload.cacheQuarters),
      `${workload.cacheQuarters}/4 of the memory limit: what the planner may expect in caches; nothing is allocated`,
    ],
    [
      'work_mem',
      formatSize(use.workMem),
      `${
        input.cachedSorts
          ? 'for each sort: larger ones are faster in runs that fit the caches of a core; hash tables may use hash_mem_multiplier times this'
          : 'for each sort or hash'
      }; with it the worst case is ${worst}MiB of the ${Math.floor(bound / MIB)}MiB that 0.9 of the limit allows: ${explainMemory(use)}`,
    ],
    [
      'hash_mem_multiplier',
      `${use.hashMemMultiplier}`,
      input.cachedSorts
        ? `hash tables may use work_mem times this, ${Math.floor((use.workMem * use.hashMemMultiplier) / MIB)}MiB: all that the worst case leaves, for they are faster with it`
        : 'hash tables may use work_mem times this; counted in the worst case',
    ],
    [
      'maintenance_work_mem',
      formatSize(input.maintenance),
      '1/16 of the memory limit, for one maintenance command at a time: it fits into the tenth that the worst case leaves free',
    ],
    [
      'autovacuum_work_mem',
      formatSize(use.autovacuumWorkMem),
      'for each autovacuum worker, instead of maintenance_work_mem; counted in the worst case',
    ],
    [
      'huge_pages',
      input.hugePages ? 'try' : 'off',
      input.hugePages
        ? 'the pod requests as many as everything shared needs'
        : 'the pod requests no huge pages; a try on a node that has some ends in SIGBUS',
    ],
  ]);
}
