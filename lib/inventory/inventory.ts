import { parseBytes, parseCpu } from '../units/quantity';
import {
  getPath,
  isRecord,
  type Json,
  numberAt,
  recordAt,
  recordsAt,
  type Shaped,
  textAt,
  textsAt,
} from './json';
import type { Container, KindOf, PodSpec } from './kinds';
import { type ManagedPods, managedPodsOf, selectManaged } from './managed-pods';
import {
  type ContainerRole,
  type PodResources,
  podResources,
  type StoredContainer,
  type StoredResources,
} from './pod-resources';
import { LabelIndex, type Labels, type LabelSelector } from './selectors';

/** A synthesized or foreign object, as far as every object is alike. */
export interface KubernetesObject<T = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for objects without one: cluster-wide, or applied to the current namespace. */
  readonly namespace?: string;
  /** The whole document. */
  readonly manifest: Shaped<T>;
}

/** Amounts as the scheduler counts them: millicores and bytes. */
export interface Amounts {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly ephemeralBytes: number;
}

/** A container of a workload, and where it is. */
export interface ContainerOf {
  readonly object: KubernetesObject;
  readonly workload: WorkloadObject;
  readonly container: Shaped<Container>;
  readonly name: string;
  /** JSON path in the object, such as `spec.template.spec.containers[0]`. */
  readonly path: string;
  readonly isInit: boolean;
  readonly role: ContainerRole;
  /** What it requests and is limited to, as the API server stores it. */
  readonly resources: StoredContainer;
}

/** An object that makes pods. */
export interface WorkloadObject {
  readonly object: KubernetesObject;
  readonly pod: Shaped<PodSpec>;
  /** JSON path of the pod's spec in the object. */
  readonly podPath: string;
  readonly podLabels: Labels;
  readonly containers: readonly ContainerOf[];
  readonly resources: PodResources;
  /** What the scheduler sets aside for one pod. */
  readonly request: Amounts;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Autoscalers that target it. */
  readonly scalers: readonly KubernetesObject[];
  /** Quantities that are none, by their path in the pod. */
  readonly malformed: readonly string[];
}

const NOTHING: Amounts = { cpuMillis: 0, memoryBytes: 0, ephemeralBytes: 0 };

/** Where each kind keeps its pod template; the pod of a Pod is the object itself. */
export const POD_TEMPLATE_PATH: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** KEDA's defaults of `minReplicaCount` and `maxReplicaCount`. */
export const KEDA_REPLICAS = { min: 0, max: 100 };

/**
 * Objects read into one model, whoever wrote them. A document that is no Kubernetes object is left out; an unknown kind
 * is kept as an object.
 */
export class Inventory {
  /** Reads parsed YAML documents; `List` objects are opened. */
  static of(documents: readonly unknown[]): Inventory {
    const read = documents.filter((document) => document !== null && document !== undefined);
    return new Inventory(
      read.flatMap(objectsIn),
      read.filter((document) => objectsIn(document).length === 0).length,
    );
  }

  readonly workloads: readonly WorkloadObject[];
  private readonly kinds = new Map<string, KubernetesObject[]>();
  private readonly names = new Map<string, KubernetesObject>();
  private readonly workloadNames: ReadonlyMap<string, WorkloadObject>;
  private readonly pods: LabelIndex<WorkloadObject>;
  private readonly services: LabelIndex<KubernetesObject>;
  private readonly managed: readonly ManagedPods[];

  private constructor(
    readonly objects: readonly KubernetesObject[],
    /** Documents that are no Kubernetes objects: without an apiVersion or a kind. */
    readonly strays: number,
  ) {
    const scalers = new Map<string, KubernetesObject[]>();
    const limitRanges = new Map<string | undefined, Json[]>();
    for (const object of objects) {
      append(this.kinds, object.kind, object);
      this.names.set(nameKey(object.kind, object.namespace, object.name), object);
      if (object.kind === 'LimitRange') append(limitRanges, object.namespace, object.manifest);
      const target = scaleTargetOf(object);
      if (target) append(scalers, nameKey(target.kind, object.namespace, target.name), object);
    }
    this.workloads = objects.flatMap((object) => {
      const own = scalers.get(nameKey(object.kind, object.namespace, object.name)) ?? [];
      return workloadOf(object, own, limitRanges.get(object.namespace) ?? []) ?? [];
    });
    this.workloadNames = new Map(
      this.workloads.map((one) => [nameKey(one.object.kind, one.object.namespace, one.object.name), one]),
    );
    this.managed = objects.flatMap(({ kind, manifest }) => managedPodsOf(kind, manifest));
    this.pods = new LabelIndex(
      this.workloads,
      ({ object }) => object.namespace ?? '',
      ({ podLabels }) => podLabels,
    );
    this.services = new LabelIndex(
      this.ofKind('Service'),
      ({ namespace }) => namespace ?? '',
      ({ manifest }) => textsAt(manifest, 'metadata', 'labels'),
    );
  }

  /** Objects of these kinds. */
  ofKind<K extends string>(...kinds: readonly K[]): ReadonlyArray<KubernetesObject<KindOf<K>>> {
    return kinds.flatMap((kind) => (this.kinds.get(kind) ?? []) as Array<KubernetesObject<KindOf<K>>>);
  }

  find<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
  ): KubernetesObject<KindOf<K>> | undefined {
    return this.names.get(nameKey(kind, namespace, name));
  }

  /** The workload of a name, if it is there. */
  workload(kind: string, namespace: string | undefined, name: string): WorkloadObject | undefined {
    return this.workloadNames.get(nameKey(kind, namespace, name));
  }

  /** Workloads whose pods a selector selects in a namespace. */
  selected(namespace: string | undefined, selector: Json | LabelSelector): readonly WorkloadObject[] {
    return this.pods.select(namespace ?? '', selector);
  }

  /** Pods that operators make from resources of the inventory, which a selector selects in a namespace. */
  selectedManaged(namespace: string | undefined, selector: Json | LabelSelector): readonly ManagedPods[] {
    return selectManaged(this.managed, namespace, selector);
  }

  /** Services whose own labels a selector selects in a namespace. */
  servicesLabelled(
    namespace: string | undefined,
    selector: Json | LabelSelector,
  ): readonly KubernetesObject[] {
    return this.services.select(namespace ?? '', selector);
  }

  /** Number of objects of each kind, kinds in alphabetical order. */
  get countByKind(): ReadonlyMap<string, number> {
    return new Map(
      [...this.kinds]
        .map(([kind, list]) => [kind, list.length] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** What all workloads request together when each is at its smallest or at its largest. */
  totalRequest(at: 'min' | 'max'): Amounts {
    return sum(
      this.workloads.map((workload) =>
        times(workload.request, at === 'min' ? workload.minReplicas : workload.maxReplicas),
      ),
    );
  }
}

/** What an autoscaler scales; undefined for any other object. */
export function scaleTargetOf(object: KubernetesObject): { kind: string; name: string } | undefined {
  if (object.kind !== 'HorizontalPodAutoscaler' && object.kind !== 'ScaledObject') return undefined;
  const target = recordAt(object.manifest, 'spec', 'scaleTargetRef');
  return { kind: textAt(target, 'kind') ?? 'Deployment', name: textAt(target, 'name') ?? '' };
}

function nameKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}\n${namespace ?? ''}\n${name}`;
}

function append<K, T>(map: Map<K, T[]>, key: K, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}

function objectsIn(document: unknown): KubernetesObject[] {
  if (!isRecord(document) || typeof document.kind !== 'string' || typeof document.apiVersion !== 'string')
    return [];
  if (document.kind === 'List' && Array.isArray(document.items)) return document.items.flatMap(objectsIn);
  return [
    {
      apiVersion: document.apiVersion,
      kind: document.kind,
      name: textAt(document, 'metadata', 'name') ?? '',
      namespace: textAt(document, 'metadata', 'namespace'),
      manifest: document,
    },
  ];
}

function workloadOf(
  object: KubernetesObject,
  scalers: readonly KubernetesObject[],
  limitRanges: readonly Json[],
): WorkloadObject | undefined {
  if (!Object.hasOwn(POD_TEMPLATE_PATH, object.kind)) return undefined;
  const path = POD_TEMPLATE_PATH[object.kind];
  const template = getPath(object.manifest, path);
  const pod: Shaped<PodSpec> | undefined = recordAt(template, 'spec');
  if (!pod || !Array.isArray(pod.containers)) return undefined;
  const podPath = [...path, 'spec'].join('.');
  const malformed: string[] = [];
  const containers: ContainerOf[] = [];
  const { min, max } = replicasOf(object, scalers);
  const resources = podResources(pod, limitRanges);
  const add = (field: 'containers' | 'initContainers', container: Json, index: number) =>
    containers.push({
      object,
      workload,
      container,
      name: textAt(container, 'name') ?? '',
      path: `${podPath}.${field}[${index}]`,
      isInit: field === 'initContainers',
      role: resources.containers[containers.length].role,
      resources: resources.containers[containers.length],
    });
  const workload: WorkloadObject = {
    object,
    pod,
    podPath,
    podLabels: textsAt(template, 'metadata', 'labels'),
    containers,
    resources,
    request: podRequest(pod, resources, malformed),
    minReplicas: min,
    maxReplicas: max,
    scalers,
    malformed,
  };
  recordsAt(pod, 'containers').forEach((container, index) => add('containers', container, index));
  recordsAt(pod, 'initContainers').forEach((container, index) => add('initContainers', container, index));
  return workload;
}

/** Replicas by the autoscaler that targets the workload, or those it writes itself. */
function replicasOf(
  object: KubernetesObject,
  [scaler]: readonly KubernetesObject[],
): { min: number; max: number } {
  const fixed = numberAt(object.manifest, 'spec', object.kind === 'Job' ? 'parallelism' : 'replicas') ?? 1;
  if (scaler === undefined) return { min: fixed, max: fixed };
  const number = (field: string, fallback: number) => numberAt(scaler.manifest, 'spec', field) ?? fallback;
  return scaler.kind === 'ScaledObject'
    ? { min: number('minReplicaCount', KEDA_REPLICAS.min), max: number('maxReplicaCount', KEDA_REPLICAS.max) }
    : { min: number('minReplicas', 1), max: number('maxReplicas', fixed) };
}

/**
 * Request of a pod: all containers and sidecars at once, or one ordinary init container beside the sidecars that were
 * started before it, whichever is more; what is requested for the pod as a whole counts instead; plus the overhead of its
 * RuntimeClass.
 */
function podRequest(pod: Json, { containers, pod: whole }: PodResources, malformed: string[]): Amounts {
  const indices = { containers: 0, initContainers: 0 };
  let running = NOTHING;
  let sidecars = NOTHING;
  let starting = NOTHING;
  for (const { role, requests } of containers) {
    const field = role === 'main' ? 'containers' : 'initContainers';
    const own = amountsOf(requests, `${field}[${indices[field]++}].resources`, malformed);
    if (role === 'main') running = sum([running, own]);
    else if (role === 'sidecar') sidecars = sum([sidecars, own]);
    else starting = most(starting, sum([sidecars, own]));
  }
  const overhead = amountsOf(recordAt(pod, 'overhead'), 'overhead', malformed);
  const ofContainers = most(sum([running, sidecars]), starting);
  return sum([{ ...ofContainers, ...ofWholePod(whole, malformed) }, overhead]);
}

/** What a pod requests as a whole: CPU and memory only. */
function ofWholePod(whole: StoredResources | undefined, malformed: string[]): Partial<Amounts> {
  if (!whole) return {};
  const { cpuMillis, memoryBytes } = amountsOf(whole.requests, 'resources', malformed);
  return {
    ...('cpu' in whole.requests && { cpuMillis }),
    ...('memory' in whole.requests && { memoryBytes }),
  };
}

function amountsOf(quantities: Json | undefined, path: string, malformed: string[]): Amounts {
  const read = (name: string, parse: (text: string) => number | undefined) => {
    const value = quantities?.[name];
    if (value === undefined || value === null) return 0;
    const parsed = typeof value === 'string' || typeof value === 'number' ? parse(String(value)) : undefined;
    if (parsed === undefined) malformed.push(`${path}.${name}`);
    return parsed ?? 0;
  };
  return {
    cpuMillis: read('cpu', parseCpu),
    memoryBytes: read('memory', parseBytes),
    ephemeralBytes: read('ephemeral-storage', parseBytes),
  };
}

function sum(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce((total, next) => combine(total, next, (a, b) => a + b), NOTHING);
}

function most(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, Math.max);
}

function times(amounts: Amounts, factor: number): Amounts {
  return combine(amounts, amounts, (a) => a * factor);
}

function combine(a: Amounts, b: Amounts, operation: (a: number, b: number) => number): Amounts {
  return {
    cpuMillis: operation(a.cpuMillis, b.cpuMillis),
    memoryBytes: operation(a.memoryBytes, b.memoryBytes),
    ephemeralBytes: operation(a.ephemeralBytes, b.ephemeralBytes),
  };
}
