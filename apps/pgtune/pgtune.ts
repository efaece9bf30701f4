/**
 * PGTune's formulas, stated anew to compare ours with (le0pard/pgtune, src/features/configuration/configurationSlice.js).
 * Memory is in kB, rounded down at each step, as PGTune computes it; Linux only.
 */
import { PostgresDisk, PostgresWorkload } from 'cdk8s-tuned';

export interface PgTuneInput {
  readonly version: number;
  readonly workload: PostgresWorkload;
  readonly memoryKb: number;
  readonly cpus: number;
  readonly disk: PostgresDisk;
}

const MB = 1024;
const GB = 1024 * MB;

interface ByType {
  readonly connections: number;
  readonly minWal: number;
  readonly maxWal: number;
  readonly workMemDivisor: number;
}

const TYPES: Readonly<Record<PostgresWorkload, ByType>> = {
  [PostgresWorkload.WEB]: { connections: 200, minWal: GB, maxWal: 4 * GB, workMemDivisor: 1 },
  [PostgresWorkload.OLTP]: { connections: 300, minWal: 2 * GB, maxWal: 8 * GB, workMemDivisor: 1 },
  [PostgresWorkload.WAREHOUSE]: { connections: 40, minWal: 4 * GB, maxWal: 16 * GB, workMemDivisor: 2 },
  [PostgresWorkload.MIXED]: { connections: 100, minWal: GB, maxWal: 4 * GB, workMemDivisor: 2 },
  [PostgresWorkload.DESKTOP]: { connections: 20, minWal: 100 * MB, maxWal: 2 * GB, workMemDivisor: 6 },
};

const CONCURRENCY: Readonly<Record<PostgresDisk, number>> = {
  [PostgresDisk.HDD]: 2,
  [PostgresDisk.SSD]: 200,
  [PostgresDisk.SAN]: 300,
  [PostgresDisk.NVME]: 1000,
};

/** A size as PGTune prints it: in the largest unit that leaves a whole number. */
function size(kilobytes: number): string {
  if (kilobytes % GB === 0) return `${kilobytes / GB}GB`;
  return kilobytes % MB === 0 ? `${kilobytes / MB}MB` : `${kilobytes}kB`;
}

/** Settings by name, for a database of medium size: one that memory holds in part. */
export function pgTune({ version, workload, memoryKb, cpus, disk }: PgTuneInput): Map<string, string> {
  const { connections, minWal, maxWal, workMemDivisor } = TYPES[workload];
  const desktop = workload === PostgresWorkload.DESKTOP;
  const warehouse = workload === PostgresWorkload.WAREHOUSE;
  const shared = Math.floor(memoryKb / (desktop ? 16 : 4));
  const cache = Math.floor(desktop ? memoryKb / 4 : (memoryKb * 3) / 4);
  const maintenance = Math.min(Math.floor(memoryKb / (warehouse ? 8 : 16)), 8 * GB);
  const parallel = cpus >= 4;
  const workMem = Math.floor(
    Math.floor((memoryKb - shared) / ((connections + (parallel ? cpus : 8)) * 3)) / workMemDivisor,
  );
  const settings = new Map<string, string>([
    ['max_connections', `${connections}`],
    ['shared_buffers', size(shared)],
    ['effective_cache_size', size(cache)],
    ['maintenance_work_mem', size(maintenance)],
    ['checkpoint_completion_target', '0.9'],
    ['wal_buffers', size(walBuffers(shared))],
    ['default_statistics_target', warehouse ? '500' : '100'],
    ['random_page_cost', disk === PostgresDisk.HDD || warehouse ? '4' : '1.1'],
    ['effective_io_concurrency', `${CONCURRENCY[disk]}`],
    ['work_mem', size(Math.max(workMem, 4 * MB))],
    ['huge_pages', shared >= 2 * GB ? 'try' : 'off'],
    ['min_wal_size', size(minWal)],
    ['max_wal_size', size(maxWal)],
    ['wal_compression', version >= 15 ? 'lz4' : 'on'],
  ]);
  if (parallel) {
    const half = Math.ceil(cpus / 2);
    settings.set('max_worker_processes', `${cpus}`);
    settings.set('max_parallel_workers', `${cpus}`);
    settings.set('max_parallel_workers_per_gather', `${warehouse ? half : Math.min(half, 4)}`);
    settings.set('max_parallel_maintenance_workers', `${Math.min(half, 4)}`);
  }
  if (!warehouse && !desktop) settings.set('jit', 'off');
  if (desktop) {
    settings.set('wal_level', 'minimal');
    settings.set('max_wal_senders', '0');
  }
  if (cpus >= 16) settings.set('autovacuum_max_workers', cpus >= 32 ? '5' : '4');
  if (maintenance >= 2 * GB) settings.set('autovacuum_work_mem', '2GB');
  if (version >= 18) settings.set('io_method', 'io_uring');
  return settings;
}

/** 3 % of the buffers, at most 16MB; what is nearly that is that. */
function walBuffers(shared: number): number {
  const part = Math.floor((3 * shared) / 100);
  return part > 14 * MB ? 16 * MB : Math.max(32, part);
}
