/** What the server of a restore test gets of its container. */
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
