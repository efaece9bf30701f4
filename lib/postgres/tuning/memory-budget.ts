/**
 * The most memory that a Postgres can use, as a closed sum (rule PG-MEM-1):
 *
 *   shared_buffers + wal_buffers
 *   + (max_connections + max_parallel_workers) × (backend + nodes × work_mem × hash_mem_multiplier)
 *   + autovacuum_max_workers × autovacuum_work_mem   ≤ 0.9 × memory limit
 *
 * A sum above it is not merely slow: the kernel kills a backend, and since Kubernetes 1.28 all of the container with it
 * (`memory.oom.group`), so every connection is lost and the database recovers. The tenth that is left is for the
 * postmaster, the background processes, and one maintenance command at a time. What parallel queries share in /dev/shm
 * is their hash tables, which the sum counts with the processes that fill them.
 */

import { MIB } from '../../units/quantity';

/** Part of the limit that the sum may reach. A proposal (reference: postgres.md, PG-MEM-1). */
export const MEMORY_SHARE = 0.9;

/** More shared buffers than this part of the limit leave too little for sorts and the page cache (PG-MEM-2). */
export const MAX_SHARED_PART = 0.4;

/** Part of the memory that one maintenance command may take of the tenth that the sum leaves free. */
export const MAINTENANCE_PART = 1 / 16;

/** Sorts and hashes that one query is counted with; by workload, since warehouse queries have more. */
export type PlanNodes = 1 | 2 | 3;

export interface MemoryUse {
  readonly sharedBuffers: number;
  readonly walBuffers: number;
  readonly maxConnections: number;
  readonly parallelWorkers: number;
  readonly autovacuumWorkers: number;
  readonly autovacuumWorkMem: number;
  readonly workMem: number;
  readonly hashMemMultiplier: number;
  readonly planNodes: PlanNodes;
  /** What a maintenance command takes above its part of the tenth that is left. */
  readonly maintenanceExcess?: number;
  /** `temp_buffers` of a session above the default of 8MB, which few sessions touch. */
  readonly tempBuffersExcess?: number;
}

/**
 * Private memory of one backend without its sorts: 2 MiB and the page tables of the shared buffers it has touched
 * (8 bytes per 4 KiB page), at least 8 MiB for the plans and catalogs that an ORM's session caches. Measured 1.2 to
 * 1.5 MiB for trivial queries (reference: postgres.md §7).
 */
export function backendBytes(sharedBuffers: number): number {
  return Math.max(8 * MIB, 2 * MIB + sharedBuffers / 512);
}

/** What one query can hold in sorts and hashes. */
export function queryBytes(use: Pick<MemoryUse, 'workMem' | 'hashMemMultiplier' | 'planNodes'>): number {
  return use.planNodes * use.workMem * use.hashMemMultiplier;
}

/** What does not depend on the number of connections. */
export function fixedBytes(
  use: Pick<
    MemoryUse,
    'sharedBuffers' | 'walBuffers' | 'autovacuumWorkers' | 'autovacuumWorkMem' | 'maintenanceExcess'
  >,
): number {
  return (
    use.sharedBuffers +
    use.walBuffers +
    use.autovacuumWorkers * use.autovacuumWorkMem +
    (use.maintenanceExcess ?? 0)
  );
}

/** What a session holds without its sorts. */
export function sessionBytes(use: Pick<MemoryUse, 'sharedBuffers' | 'tempBuffersExcess'>): number {
  return backendBytes(use.sharedBuffers) + (use.tempBuffersExcess ?? 0);
}

/** The sum of the rule, in bytes. */
export function worstCaseBytes(use: MemoryUse): number {
  const processes = use.maxConnections + use.parallelWorkers;
  return fixedBytes(use) + processes * (sessionBytes(use) + queryBytes(use));
}

/** The sum with its parts, for a person. */
export function explainMemory(use: MemoryUse): string {
  const mib = (bytes: number) => `${Math.ceil(bytes / MIB)}MiB`;
  return [
    `shared_buffers ${mib(use.sharedBuffers)} + wal_buffers ${mib(use.walBuffers)}`,
    `${use.autovacuumWorkers} autovacuum workers x ${mib(use.autovacuumWorkMem)}`,
    ...((use.maintenanceExcess ?? 0) > 0
      ? [`${mib(use.maintenanceExcess ?? 0)} of maintenance_work_mem above a sixteenth of the memory`]
      : []),
    `(${use.maxConnections} connections + ${use.parallelWorkers} parallel workers) x (${mib(sessionBytes(use))} backend + ${use.planNodes} x work_mem ${mib(use.workMem)} x hash_mem_multiplier ${use.hashMemMultiplier})`,
  ].join(' + ');
}
