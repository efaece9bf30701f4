/** What the settings of a Postgres of any manifests come to in memory. */
import { MIB } from '../../units/quantity';
import type { MemoryUse } from '../tuning/memory-budget';
import type { PostgresSettings } from './postgres-settings';

export function memoryUseOf(settings: PostgresSettings): MemoryUse {
  // What is no size is another rule's.
  const bytes = (name: string) => settings.bytes(name) || 0;
  const sharedBuffers = bytes('shared_buffers');
  return {
    sharedBuffers,
    // By default a 32nd of the shared buffers, at most one segment (documentation of wal_buffers).
    walBuffers: settings.has('wal_buffers') ? bytes('wal_buffers') : Math.min(16 * MIB, sharedBuffers / 32),
    maxConnections: settings.number('max_connections'),
    parallelWorkers: settings.number('max_parallel_workers'),
    autovacuumWorkers: settings.number('autovacuum_max_workers'),
    autovacuumWorkMem: bytes(
      settings.has('autovacuum_work_mem') ? 'autovacuum_work_mem' : 'maintenance_work_mem',
    ),
    workMem: bytes('work_mem'),
    hashMemMultiplier: settings.number('hash_mem_multiplier'),
    // A manifest does not say for what queries: one sort or hash each is what any workload has at the least.
    planNodes: 1,
  };
}
