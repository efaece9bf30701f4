import { computed, type Setting } from './setting';

export interface Parallelism {
  readonly cores: number;
  /** Fewer workers than CPU, so that the connections fit the memory. */
  readonly isShortOfMemory?: boolean;
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

/** Gives workers up until the rest of the memory bound holds: a query alone is slower, one that is killed is none. */
export function withWorkers(parallelism: Parallelism, most: number): Parallelism {
  if (parallelism.workers <= most) return parallelism;
  const workers = Math.max(0, most);
  return {
    ...parallelism,
    workers,
    perGather: Math.min(parallelism.perGather, workers),
    isShortOfMemory: true,
  };
}

export function parallelSettings({
  cores,
  workers,
  perGather,
  workerProcesses,
  isShortOfMemory,
}: Parallelism): Setting[] {
  const few = isShortOfMemory
    ? 'the memory bound leaves none beside the connections'
    : `with ${cores} CPU a parallel query would only be throttled`;
  return computed('Parallelism', [
    ['max_worker_processes', `${workerProcesses}`, 'at least max_parallel_workers'],
    [
      'max_parallel_workers',
      `${workers}`,
      workers === 0
        ? few
        : isShortOfMemory
          ? 'as many as the memory bound leaves beside the connections'
          : `one for each of ${cores} CPU, whatever the node has`,
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
