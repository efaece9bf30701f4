/** Changes in the words of this library: replicas, requests, limits, autoscalers, connections, exposure and policies. */
import { podsOf } from '../connection/pool-budget';
import type { Inventory, KubernetesObject, WorkloadObject } from '../inventory/inventory';
import { listAt, recordAt, recordsAt, textAt } from '../inventory/json';
import { databaseConsumers, poolConsumerOf, poolConsumerOfPooler } from '../postgres/reading/connections';
import { poolerInstances, postgresInstances } from '../postgres/reading/postgres-instances';
import { inspectHpa } from '../scaling/hpa/hpa-spec';
import { formatCpu, formatDecimal, GIB, MIB, parseBytes, parseCpu } from '../units/quantity';
import { display } from '../units/text';
import type { ObjectChange } from './comparing/object-changes';
import { simulationMeasures } from './simulated-scaling';

/** A number or a setting that is not the same before and after. */
export interface Measure {
  readonly what: string;
  /** Undefined: there was none. */
  readonly before?: string;
  /** Undefined: there is none any more. */
  readonly after?: string;
}

/** Sums over all workloads of a set. */
export interface Totals {
  /** Requests with every workload at its fewest and at its most replicas. */
  readonly requestsAtMin: string;
  readonly requestsAtMax: string;
  /** Limits of memory and CPU with every workload at its most replicas. */
  readonly limitsAtMax: string;
}

export function totalsOf(set: Inventory): Totals {
  const limits = set.workloads.map((workload) => {
    const { cpuMillis, memoryBytes } = limitsOf(workload);
    return { cpuMillis: cpuMillis * workload.maxReplicas, memoryBytes: memoryBytes * workload.maxReplicas };
  });
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    requestsAtMin: amounts(set.totalRequest('min')),
    requestsAtMax: amounts(set.totalRequest('max')),
    limitsAtMax: amounts({
      cpuMillis: sum(limits.map(({ cpuMillis }) => cpuMillis)),
      memoryBytes: sum(limits.map(({ memoryBytes }) => memoryBytes)),
    }),
  };
}

interface CpuAndMemory {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** `500m CPU, 1.5Gi`. */
function amounts({ cpuMillis, memoryBytes }: CpuAndMemory): string {
  const memory =
    memoryBytes >= GIB ? `${Number((memoryBytes / GIB).toFixed(1))}Gi` : `${Math.ceil(memoryBytes / MIB)}Mi`;
  return `${formatCpu(cpuMillis)} CPU, ${memory}`;
}

/** Limits of the containers of a pod that run beside each other; one without a limit counts nothing. */
function limitsOf({ resources }: WorkloadObject): CpuAndMemory {
  const running = resources.containers.filter(({ role }) => role !== 'init');
  const sum = (name: string, parse: (text: string) => number | undefined) =>
    running.reduce((total, { limits }) => total + (amountOf(limits[name], parse) ?? 0), 0);
  return { cpuMillis: sum('cpu', parseCpu), memoryBytes: sum('memory', parseBytes) };
}

function amountOf(value: unknown, parse: (text: string) => number | undefined): number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parse(String(value)) : undefined;
}

/** What differs of an object, by what both sets say of it. */
export function measuresOf(change: ObjectChange, before: Inventory, after: Inventory): Measure[] {
  const { kind, namespace, name } = change;
  const [one, other] = [before, after].map((set) => set.workload(kind, namespace, name));
  return [
    ...(kind === 'Job' || kind === 'CronJob'
      ? []
      : measured('replicas', one && replicas(one), other && replicas(other))),
    ...measured('requests of a pod', one && amounts(one.request), other && amounts(other.request)),
    ...measured('limits of a pod', one && amounts(limitsOf(one)), other && amounts(limitsOf(other))),
    ...ofKind(change, 'HorizontalPodAutoscaler', 'replicas', bounds),
    ...ofKind(change, 'HorizontalPodAutoscaler', 'target', targets),
    ...simulationMeasures(change, before, after),
    ...ofKind(change, 'Service', 'exposure', exposureOfService),
    ...ofKind(change, 'Ingress', 'hosts', hostsOfIngress),
    ...ofKind(change, 'HTTPRoute', 'hosts', ({ manifest }) => words(listAt(manifest, 'spec', 'hostnames'))),
    ...ofKind(change, 'NetworkPolicy', 'lets in', ({ manifest }) => rules(manifest, 'ingress')),
    ...ofKind(change, 'NetworkPolicy', 'lets out', ({ manifest }) => rules(manifest, 'egress')),
    ...ofKind(change, 'PodDisruptionBudget', 'evictions', evictions),
  ];
}

function measured(what: string, before: string | undefined, after: string | undefined): Measure[] {
  return before === after ? [] : [{ what, before, after }];
}

/** The same question of the object before and after, where it is of a kind. */
function ofKind(
  { kind, before, after }: ObjectChange,
  wanted: string,
  what: string,
  ask: (object: KubernetesObject) => string | undefined,
): Measure[] {
  return kind === wanted ? measured(what, before && ask(before), after && ask(after)) : [];
}

function replicas({ minReplicas, maxReplicas }: WorkloadObject): string {
  return minReplicas === maxReplicas ? `${minReplicas}` : `${minReplicas} to ${maxReplicas}`;
}

function bounds({ manifest }: KubernetesObject): string {
  const { minReplicas = 1, maxReplicas } = recordAt(manifest, 'spec') ?? {};
  return `${String(minReplicas)} to ${String(maxReplicas)}`;
}

function targets({ manifest }: KubernetesObject): string {
  return inspectHpa(manifest)
    .metrics.map(({ metric }) => {
      const name = metric.type === 'Resource' ? metric.resource : metric.name;
      const { target } = metric;
      return target.type === 'Utilization'
        ? `${name} ${target.percent} %`
        : `${name} ${formatDecimal(target.milli)}`;
    })
    .join(', ');
}

function exposureOfService({ manifest }: KubernetesObject): string {
  const type = textAt(manifest, 'spec', 'type') ?? 'ClusterIP';
  const ports = recordsAt(manifest, 'spec', 'ports').map(({ port }) => String(port));
  return `${type}, ${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')}`;
}

function hostsOfIngress({ manifest }: KubernetesObject): string {
  const secured = recordsAt(manifest, 'spec', 'tls').flatMap((one) => listAt(one, 'hosts'));
  return words(
    recordsAt(manifest, 'spec', 'rules').map(
      (rule) =>
        `${textAt(rule, 'host') ?? 'any host'}${secured.includes(textAt(rule, 'host')) ? ' (TLS)' : ''}`,
    ),
  );
}

const words = (list: readonly unknown[]) => (list.length === 0 ? 'none' : list.map(String).join(', '));

function rules(manifest: unknown, direction: 'egress' | 'ingress'): string {
  const list = recordsAt(recordAt(manifest, 'spec'), direction);
  if (list.length === 0) return 'nobody';
  const ports = list.flatMap((rule) => recordsAt(rule, 'ports')).map(({ port }) => String(port));
  const peers = list.reduce(
    (sum, rule) => sum + listAt(rule, direction === 'ingress' ? 'from' : 'to').length,
    0,
  );
  return `${peers === 0 ? 'anybody' : `${peers} ${peers === 1 ? 'peer' : 'peers'}`}, ports ${words([...new Set(ports)].sort())}`;
}

function evictions({ manifest }: KubernetesObject): string {
  const { minAvailable, maxUnavailable } = recordAt(manifest, 'spec') ?? {};
  const [name, value] =
    maxUnavailable === undefined ? ['minAvailable', minAvailable] : ['maxUnavailable', maxUnavailable];
  return `${name} ${typeof value === 'number' ? value : display(value)}`;
}

/** Connections of each database when everybody is at the most replicas, of those that it allows. */
export function connectionMeasures(before: Inventory, after: Inventory): Measure[] {
  const [one, other] = [before, after].map(connectionsByDatabase);
  return [...new Set([...one.keys(), ...other.keys()])]
    .sort()
    .flatMap((name) => measured(`connections of ${name}`, one.get(name), other.get(name)));
}

function connectionsByDatabase(set: Inventory): Map<string, string> {
  const consumers = [
    ...databaseConsumers(set)
      .filter(({ pooler, connections }) => pooler === undefined && connections !== undefined)
      .map((one) => [one.database, poolConsumerOf(one)] as const),
    ...poolerInstances(set).flatMap((pooler) =>
      pooler.databases.map((database) => [database, poolConsumerOfPooler(pooler)] as const),
    ),
  ];
  return new Map(
    postgresInstances(set).map((database) => {
      const taken = consumers
        .filter(([own]) => own === database)
        .reduce(
          (sum, [, one]) => sum + podsOf(one) * ((one.fixed?.size ?? 0) + (one.fixed?.maxOverflow ?? 0)),
          0,
        );
      return [database.object.name, `${taken} of ${database.settings.number('max_connections')}`];
    }),
  );
}
