/** Python: no bound of the heap and no look at the container; processes times their memory have to fit. */
import type { ContainerResources } from '../../sizing/resources';
import { planProcesses } from './forked-processes';
import { limitedCpus, MALLOC_ARENAS, type RuntimePlan, type RuntimeSetting } from './runtime-plan';

export interface PythonTuning {
  readonly workers?: number;
  readonly threads?: number;
  readonly processBytes: number;
  /** Whether gunicorn or uvicorn starts the processes. */
  readonly server: 'gunicorn' | 'uvicorn';
}

/** Gunicorn's documentation: two to four for each core. */
const THREADS = 4;
/** A synchronous server with one process answers nobody while that one is replaced. */
const LEAST = { gunicorn: 2, uvicorn: 1 } as const;

export function planPython(resources: ContainerResources, tuning: PythonTuning): RuntimePlan {
  const { processes, heapBytes, outsideBytes, reason } = planProcesses(resources, {
    ...tuning,
    least: LEAST[tuning.server],
  });
  const settings: RuntimeSetting[] = [
    { variable: 'WEB_CONCURRENCY', value: `${processes}`, reason },
    ...(tuning.server === 'gunicorn' ? gunicornSettings(tuning.threads) : []),
    MALLOC_ARENAS,
  ];
  const cpus = limitedCpus(resources);
  if (cpus !== undefined)
    settings.push({
      variable: 'PYTHON_CPU_COUNT',
      value: `${cpus}`,
      reason:
        'the CPU limit, rounded up: pools of threads and processes count the CPUs of the node without it; read by 3.13 and newer',
    });
  return { settings, processes, heapBytes, outsideBytes };
}

function gunicornSettings(given?: number): RuntimeSetting[] {
  const variable = 'GUNICORN_CMD_ARGS';
  return [
    {
      variable,
      value: `--threads=${given ?? THREADS}`,
      reason:
        given === undefined
          ? `${THREADS} requests of a process wait for databases and networks at one time, in the memory of one`
          : 'given',
    },
    {
      variable,
      value: '--worker-tmp-dir=/dev/shm',
      reason: 'heartbeats in memory: a slow disk would let gunicorn take a worker for dead, and kill it',
    },
  ];
}
