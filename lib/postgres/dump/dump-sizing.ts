/** What the server of a restore test gets of its container, and what rclone needs for its own. */
import type { ContainerResources } from '../../sizing/resources';
import { MIB } from '../../units/quantity';

export interface DumpSizes {
  readonly sharedBuffers: string;
  readonly maintenanceWorkMem: string;
}

/** Defaults of dumps. Proposals. */
export const DUMP_DEFAULTS = {
  schedule: '0 2 * * *',
  keep: 7,
  timeoutSeconds: 6 * 3600,
  startingDeadlineSeconds: 3600,
  retries: 2,
} as const;

/** Connections of a dump: one that holds the snapshot, and the one of pg_dump. */
export const DUMP_CONNECTIONS = 2;

/**
 * A quarter of the memory for what is shared, and a quarter for building one index at a time: half is left for the processes, and for
 * the page cache that files are written through.
 */
export function dumpSizes(memoryBytes: number): DumpSizes {
  const quarter = `${Math.max(1, Math.floor(memoryBytes / 4 / MIB))}MB`;
  return { sharedBuffers: quarter, maintenanceWorkMem: quarter };
}

/** Parts of a file that rclone uploads at a time. */
export const UPLOAD_CONCURRENCY = 4;
/** Least part of rclone, and parts that S3 takes of one object (AWS, Amazon S3 multipart upload limits). */
const LEAST_PART = 5 * MIB;
const MOST_PARTS = 10_000;
/** rclone itself, and the 16 MiB that it reads ahead of each side of a comparison. */
const RCLONE_BYTES = 128 * MIB;
const STEP = 64 * MIB;

/**
 * rclone holds the parts that are on their way in memory, and makes them larger for a file that would have more parts than S3
 * takes: the largest that the volume can hold counts.
 */
export function transferSizing(storageBytes: number): ContainerResources {
  const part = Math.max(LEAST_PART, Math.ceil(storageBytes / MOST_PARTS / MIB) * MIB);
  const memory = Math.ceil((RCLONE_BYTES + UPLOAD_CONCURRENCY * part) / STEP) * STEP;
  return {
    cpuRequestMillis: 100,
    cpuLimitMillis: 1000,
    memoryRequestBytes: memory,
    memoryLimitBytes: memory,
    ephemeralRequestBytes: 16 * MIB,
    ephemeralLimitBytes: 64 * MIB,
  };
}
