import { containerCpu, containerWorkingSet, type RuleText } from './key-metrics-emitter';
import { equal, maxBy, notEqual, type PodScope, series, sumBy } from './promql-emitter';

/** What the alerts need to know of a workload. */
export interface AlertedWorkload {
  readonly name: string;
  readonly hasCpuLimit: boolean;
  /** Set for a server that fills its limit with page cache on purpose. */
  readonly sharedMemoryBytes?: number;
}

export interface AlertThresholds {
  readonly cpu: { readonly percent: number; readonly seconds: number };
  readonly memory: { readonly percent: number; readonly seconds: number };
  readonly restarts: { readonly count: number; readonly seconds: number };
}

const CONTAINER = ['namespace', 'pod', 'container'];
const WHERE = '{{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }})';

/**
 * The guide's three alerts. Its percentages had no denominator: they are of the container's limit. An alert that could
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
  const caching = workloads.filter(({ sharedMemoryBytes }) => sharedMemoryBytes !== undefined);
  const plain = workloads.filter(({ sharedMemoryBytes }) => sharedMemoryBytes === undefined);
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
    ...(plain.length === 0 ? [] : [highMemory(containerWorkingSet(scope(plain)), scope(plain), memory)]),
    ...caching.map((workload) => {
      const pods = scope([workload]);
      const resident = maxBy(CONTAINER, series('container_memory_rss', pods, notEqual('container', '')));
      return highMemory(`(${resident} + ${workload.sharedMemoryBytes})`, pods, memory);
    }),
    ...(workloads.length === 0
      ? []
      : [
          {
            alert: 'PodRestarts',
            expr: `${sumBy(CONTAINER, `increase(${series('kube_pod_container_status_restarts_total', scope(workloads))}[${duration(restarts.seconds)}])`)} > ${restarts.count}`,
            labels: { severity: 'warning' },
            annotations: {
              summary: `${WHERE} restarted more than ${restarts.count} times in ${duration(restarts.seconds)}`,
              description: 'Look at the log of the last instance and at why it ended: kubectl describe pod.',
            },
          },
        ]),
  ];
}

function highMemory(
  usage: string,
  pods: PodScope,
  { percent, seconds }: AlertThresholds['memory'],
): RuleText {
  return {
    alert: 'HighMemoryUsage',
    expr: ofLimit(usage, 'memory', pods, percent),
    for: duration(seconds),
    labels: { severity: 'warning' },
    annotations: {
      summary: `${WHERE} uses more than ${percent} % of its memory limit`,
      description: 'At its limit it is killed. Raise the limit, or look for what is new.',
    },
  };
}

function ofLimit(usage: string, resource: string, pods: PodScope, percent: number): string {
  const limit = maxBy(
    CONTAINER,
    series('kube_pod_container_resource_limits', pods, equal('resource', resource)),
  );
  return `${usage} / on (${CONTAINER.join(', ')}) ${limit} > ${percent / 100}`;
}

/** A duration as Prometheus writes it: the largest unit that leaves a whole number. */
export function duration(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60}m` : `${seconds}s`;
}
