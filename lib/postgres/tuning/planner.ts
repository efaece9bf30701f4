import { GIB } from '../../units/quantity';
import type { DiskTuning } from './disks';
import { clamp, computed, type Setting } from './setting';
import type { WorkloadTuning } from './workloads';

export interface PlannerInput {
  readonly workload: WorkloadTuning;
  readonly disk: DiskTuning;
  readonly major: number;
  readonly cores: number;
  readonly memory: number;
}

export function plannerSettings({ workload, disk, major, cores, memory }: PlannerInput): Setting[] {
  return computed('Planner', [
    [
      'random_page_cost',
      disk.randomPageCost,
      disk.randomPageCost === '1.1'
        ? `on ${disk.name} a random page costs little more than the next one`
        : `on ${disk.name} a random page costs a seek`,
    ],
    ['effective_io_concurrency', `${disk.concurrency}`, `requests that ${disk.name} answer at once`],
    ['maintenance_io_concurrency', `${disk.concurrency}`, 'the same for VACUUM and for recovery'],
    ...(major >= 18 ? asynchronousIo(cores, memory) : []),
    [
      'default_statistics_target',
      `${workload.statisticsTarget}`,
      workload.statisticsTarget === 100
        ? 'the sample of ANALYZE'
        : 'a larger sample of ANALYZE for large tables',
    ],
    [
      'jit',
      workload.jit ? 'on' : 'off',
      workload.jit
        ? 'long queries earn back the time to compile them'
        : 'compiling takes longer than short queries run',
    ],
  ]);
}

/**
 * Reads by worker processes: io_uring is forbidden by the seccomp profile RuntimeDefault (containerd#9320), which Pod
 * Security asks for. A worker for every four CPUs (PGTune), as memory allows.
 */
function asynchronousIo(cores: number, memory: number) {
  const workers = clamp(Math.min(Math.ceil(cores / 4), Math.floor(memory / GIB)), 3, 32);
  return [
    ['io_method', 'worker', 'io_uring is forbidden by the seccomp profile RuntimeDefault'],
    ['io_workers', `${workers}`, 'one for every four CPU, at least 3'],
  ] as const;
}
