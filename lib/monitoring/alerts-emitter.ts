import { duration } from './duration';
import { containerCpu, containerWorkingSet, type RuleText } from './key-metrics-emitter';
import { equal, maxBy, notEqual, type PodScope, series, sumBy } from './promql-emitter';

/** What the alerts need to know of a workload. */
export interface AlertedWorkload {
  readonly name: string;
  readonly hasCpuLimit: boolean;
  /** Set for a server that fills its limit with page cache on purpose. */
  readonly sharedMemory?: { readonly container: string; readonly bytes: number };
}

export interface AlertThresholds {
  readonly cpu: { readonly percent: number; readonly seconds: number };
  readonly memory: { readonly percent: number; readonly seconds: number };
  readonly restarts: { readonly count: number; readonly seconds: number };
}

const CONTAINER = ['namespace', 'pod', 'container'];
const WHERE = '{{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }})';

/**
 * The guide's three alerts, and that on a kill for memory. Its percentages had no denominator: they are of the container's limit. An alert that could
 * never fire, such as that on a CPU limit that is not there, is not emitted.
 */
export function alerts(
  namespace: string | undefined,
  workloads: readonly AlertedWorkload[],
  thresholds: AlertThresholds,
): RuleText[] {
  const scope = (chosen: readonly AlertedWorkload[]): PodScope => ({
    namespace,
    workloads: chosen.map(({ name }) => name),
  });
  const limited = workloads.filter(({ hasCpuLimit }) => hasCpuLimit);
  const { cpu, memory, restarts } = thresholds;
  return [
    ...(limited.length === 0
      ? []
      : [
          {
            alert: 'HighCpuUsage',
            expr: ofLimit(containerCpu(scope(limited)), 'cpu', scope(limited), cpu.percent),
            for: duration(cpu.seconds),
            labels: { severity: 'warning' },
            annotations: {
              summary: `${WHERE} uses more than ${cpu.percent} % of its CPU limit`,
              description:
                'At its limit it is throttled. Raise the limit or the replicas, or look for what is new.',
            },
          },
        ]),
    {
      alert: 'HighMemoryUsage',
      expr: ofLimit(`(${memoryUse(workloads, scope)})`, 'memory', scope(workloads), memory.percent),
      for: duration(memory.seconds),
      labels: { severity: 'warning' },
      annotations: {
        summary: `${WHERE} uses more than ${memory.percent} % of its memory limit`,
        description: 'At its limit it is killed. Raise the limit, or look for what is new.',
      },
    },
    {
      alert: 'PodRestarts',
      expr: `${sumBy(CONTAINER, `increase(${series('kube_pod_container_status_restarts_total', scope(workloads))}[${duration(restarts.seconds)}])`)} > ${restarts.count}`,
      labels: { severity: 'warning' },
      annotations: {
        summary: `${WHERE} restarted more than ${restarts.count} times in ${duration(restarts.seconds)}`,
        description: 'Look at the log of the last instance and at why it ended: kubectl describe pod.',
      },
    },
    {
      alert: 'ContainerOomKilled',
      expr: oomKilled(scope(workloads)),
      labels: { severity: 'warning' },
      annotations: {
        summary: `${WHERE} was killed for its memory`,
        description: 'Raise the limit, or look for what grew. A database or cache of ours should never be.',
      },
    },
  ];
}

/**
 * The working set of a container; but of one that fills its limit with page cache on purpose, which the working set
 * counts in part, the resident memory and what its processes share.
 */
function memoryUse(
  workloads: readonly AlertedWorkload[],
  scope: (chosen: readonly AlertedWorkload[]) => PodScope,
): string {
  const plain = workloads.filter(({ sharedMemory }) => !sharedMemory);
  return [
    ...(plain.length === 0 ? [] : [containerWorkingSet(scope(plain))]),
    ...workloads.flatMap((workload) => {
      if (!workload.sharedMemory) return [];
      const { container, bytes } = workload.sharedMemory;
      const pods = scope([workload]);
      const resident = maxBy(CONTAINER, series('container_memory_rss', pods, equal('container', container)));
      return [`${resident} + ${bytes}`, containerWorkingSet(pods, notEqual('container', container))];
    }),
  ].join(' or ');
}

/** Restarted in the last ten minutes, and because the kernel killed it. */
function oomKilled(pods: PodScope): string {
  const by = (expression: string) => maxBy(CONTAINER, expression);
  const restarts = series('kube_pod_container_status_restarts_total', pods);
  const reason = series(
    'kube_pod_container_status_last_terminated_reason',
    pods,
    equal('reason', 'OOMKilled'),
  );
  return `${by(`increase(${restarts}[10m])`)} > 0 and on (${CONTAINER.join(', ')}) ${by(reason)} == 1`;
}

function ofLimit(usage: string, resource: string, pods: PodScope, percent: number): string {
  const limit = maxBy(
    CONTAINER,
    series('kube_pod_container_resource_limits', pods, equal('resource', resource)),
  );
  return `${usage} / on (${CONTAINER.join(', ')}) ${limit} > ${percent / 100}`;
}
