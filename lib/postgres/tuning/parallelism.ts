import { computed, type Setting } from './setting';

export interface Parallelism {
  readonly cores: number;
  readonly workerProcesses: number;
  readonly workers: number;
  readonly perGather: number;
}

/** A query gets half of the CPU; below two CPUs a parallel query would only be throttled. */
export function solveParallelism(
  cores: number,
  mostPerGather: number,
  given: { readonly workers?: number; readonly perGather?: number; readonly workerProcesses?: number },
): Parallelism {
  const workers = given.workers ?? (cores < 2 ? 0 : Math.ceil(cores));
  const perGather =
    given.perGather ?? (workers === 0 ? 0 : Math.max(1, Math.min(mostPerGather, Math.floor(cores / 2))));
  return { cores, workers, perGather, workerProcesses: given.workerProcesses ?? Math.max(8, workers) };
}

export function parallelSettings({ cores, workers, perGather, workerProcesses }: Parallelism): Setting[] {
  const few = `with ${cores} CPU a parallel query would only be throttled`;
  return computed('Parallelism', [
    ['max_worker_processes', `${workerProcesses}`, 'at least max_parallel_workers'],
    [
      'max_parallel_workers',
      `${workers}`,
      workers === 0 ? few : `one for each of ${cores} CPU, whatever the node has`,
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
