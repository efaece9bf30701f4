/** Processes of runtimes in which one runs on one CPU at a time, because of a lock of the interpreter. */
import type { ContainerResources } from '../../sizing/resources';
import { clamp, cpusForProcesses, wholeMib } from './runtime-plan';

/** Part of the limit that the processes share; the one that starts them has the rest. */
const PROCESS_SHARE = 0.9;
/** More are another pod's. */
export const MOST_PROCESSES = 64;

export interface ForkTuning {
  readonly workers?: number;
  /** What one process needs. */
  readonly processBytes: number;
  /** Processes where CPU asks for fewer. */
  readonly least: number;
}

export interface ForkPlan {
  readonly processes: number;
  /** Memory for each. */
  readonly heapBytes: number;
  readonly outsideBytes: number;
  /** Why there are as many, and what each has. */
  readonly reason: string;
}

export function planProcesses(resources: ContainerResources, tuning: ForkTuning): ForkPlan {
  const shared = Math.floor(PROCESS_SHARE * resources.memoryLimitBytes);
  const cpus = cpusForProcesses(resources);
  const wanted = Math.max(tuning.least, cpus);
  const fitting = Math.floor(shared / tuning.processBytes);
  const processes = tuning.workers ?? clamp(Math.min(wanted, fitting), 1, MOST_PROCESSES);
  const heapBytes = Math.floor(shared / processes);
  const why =
    tuning.workers !== undefined
      ? 'given'
      : processes < wanted
        ? `as many as have ${wholeMib(tuning.processBytes)}MiB each, and one at the least`
        : cpus < tuning.least
          ? `${tuning.least}, so that one answers while another is started anew`
          : 'one for each CPU, since the interpreter’s lock lets a process use no more';
  return {
    processes,
    heapBytes,
    outsideBytes: resources.memoryLimitBytes - processes * heapBytes,
    reason: `${why}; nine tenths of the limit are ${wholeMib(heapBytes)}MiB for each`,
  };
}
