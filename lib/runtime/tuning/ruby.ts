/** Ruby: Puma’s processes and threads; no bound of the heap. */
import type { ContainerResources } from '../../sizing/resources';
import { planProcesses } from './forked-processes';
import { MALLOC_ARENAS, type RuntimePlan } from './runtime-plan';

export interface RubyTuning {
  readonly workers?: number;
  readonly threads?: number;
  readonly processBytes: number;
}

/** Rails 7.2 and newer, for throughput without waiting for the lock. */
const THREADS = 3;

export function planRuby(resources: ContainerResources, tuning: RubyTuning): RuntimePlan {
  const { processes, heapBytes, outsideBytes, reason } = planProcesses(resources, { ...tuning, least: 1 });
  const threads = {
    value: `${tuning.threads ?? THREADS}`,
    reason:
      tuning.threads === undefined
        ? `${THREADS}, as Rails has it since 7.2: more of them wait for the interpreter’s lock`
        : 'given',
  };
  return {
    settings: [
      { variable: 'WEB_CONCURRENCY', value: `${processes}`, reason },
      { variable: 'RAILS_MAX_THREADS', ...threads },
      { variable: 'PUMA_MAX_THREADS', ...threads, reason: `${threads.reason}; for Puma without Rails` },
      MALLOC_ARENAS,
    ],
    processes,
    heapBytes,
    outsideBytes,
  };
}
