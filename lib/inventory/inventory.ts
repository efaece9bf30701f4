import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { parseBytes, parseCpu } from '../units/quantity';

/** A synthesized or foreign object, as far as every object is alike. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for objects without one: cluster-wide, or applied to the current namespace. */
  readonly namespace?: string;
  /** The whole document. */
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** Amounts as the scheduler counts them: millicores and bytes. */
export interface Amounts {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly ephemeralBytes: number;
}

/** An object that makes pods. */
export interface WorkloadObject {
  readonly object: KubernetesObject;
  readonly pod: PodSpec;
  /** What the scheduler sets aside for one pod. */
  readonly request: Amounts;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Quantities that are none, by their path in the pod. */
  readonly malformed: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const NOTHING: Amounts = { cpuMillis: 0, memoryBytes: 0, ephemeralBytes: 0 };

/** Where each kind keeps its pod template; the pod of a Pod is the object itself. */
const POD_SPEC_PATH: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** KEDA's defaults of `minReplicaCount` and `maxReplicaCount`. */
const KEDA_REPLICAS = { min: 0, max: 100 };

/**
 * Objects read into one model, whoever wrote them. A document that is no Kubernetes object is left out; an unknown kind
 * is kept as an object.
 */
export class Inventory {
  /** Reads parsed YAML documents; `List` objects are opened. */
  static of(documents: readonly unknown[]): Inventory {
    return new Inventory(documents.flatMap(objectsIn));
  }

  readonly workloads: readonly WorkloadObject[];

  private constructor(readonly objects: readonly KubernetesObject[]) {
    this.workloads = objects.flatMap((object) => {
      const path = POD_SPEC_PATH[object.kind];
      const pod = path && (get(object.manifest, path) as PodSpec | undefined);
      return pod && Array.isArray(pod.containers) ? [workloadOf(object, pod, objects)] : [];
    });
  }

  /** Number of objects of each kind, kinds in alphabetical order. */
  get countByKind(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { kind } of this.objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What all workloads request together when each is at its smallest or at its largest. */
  totalRequest(at: 'min' | 'max'): Amounts {
    return add(
      this.workloads.map((workload) =>
        times(workload.request, at === 'min' ? workload.minReplicas : workload.maxReplicas),
      ),
    );
  }
}

function objectsIn(document: unknown): KubernetesObject[] {
  if (!isRecord(document) || typeof document.kind !== 'string' || typeof document.apiVersion !== 'string')
    return [];
  if (document.kind === 'List' && Array.isArray(document.items)) return document.items.flatMap(objectsIn);
  const metadata = isRecord(document.metadata) ? document.metadata : {};
  return [
    {
      apiVersion: document.apiVersion,
      kind: document.kind,
      name: typeof metadata.name === 'string' ? metadata.name : '',
      namespace: typeof metadata.namespace === 'string' ? metadata.namespace : undefined,
      manifest: document,
    },
  ];
}

function workloadOf(
  object: KubernetesObject,
  pod: PodSpec,
  objects: readonly KubernetesObject[],
): WorkloadObject {
  const malformed: string[] = [];
  const { min, max } = replicasOf(object, objects);
  return {
    object,
    pod,
    request: podRequest(pod, malformed),
    minReplicas: min,
    maxReplicas: max,
    malformed,
  };
}

/** Replicas by the autoscaler that targets the workload, or those it writes itself. */
function replicasOf(
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
): { min: number; max: number } {
  const scaler = objects.find(
    (candidate) =>
      (candidate.kind === 'HorizontalPodAutoscaler' || candidate.kind === 'ScaledObject') &&
      candidate.namespace === object.namespace &&
      get(candidate.manifest, ['spec', 'scaleTargetRef', 'name']) === object.name &&
      (get(candidate.manifest, ['spec', 'scaleTargetRef', 'kind']) ?? 'Deployment') === object.kind,
  );
  const own = get(object.manifest, ['spec', object.kind === 'Job' ? 'parallelism' : 'replicas']);
  const fixed = typeof own === 'number' ? own : 1;
  if (!scaler) return { min: fixed, max: fixed };
  const number = (field: string, fallback: number) => {
    const value = get(scaler.manifest, ['spec', field]);
    return typeof value === 'number' ? value : fallback;
  };
  return scaler.kind === 'ScaledObject'
    ? { min: number('minReplicaCount', KEDA_REPLICAS.min), max: number('maxReplicaCount', KEDA_REPLICAS.max) }
    : { min: number('minReplicas', 1), max: number('maxReplicas', fixed) };
}

/**
 * Request of a pod: all containers and sidecars at once, or one ordinary init container beside the sidecars that were
 * started before it, whichever is more; plus the overhead of its RuntimeClass.
 */
function podRequest(pod: PodSpec, malformed: string[]): Amounts {
  const running = add(
    pod.containers.map((container, index) => requestOf(container, `containers[${index}]`, malformed)),
  );
  let sidecars = NOTHING;
  let starting = NOTHING;
  (pod.initContainers ?? []).forEach((container, index) => {
    const own = requestOf(container, `initContainers[${index}]`, malformed);
    if (container.restartPolicy === 'Always') sidecars = add([sidecars, own]);
    else starting = most(starting, add([sidecars, own]));
  });
  const overhead = amountsOf(pod.overhead, 'overhead', malformed);
  return add([most(add([running, sidecars]), starting), overhead]);
}

function requestOf(container: Container, path: string, malformed: string[]): Amounts {
  // What a container does not request it gets as much as its limit: the API server fills it in so.
  const { requests, limits } = container.resources ?? {};
  return amountsOf({ ...limits, ...requests }, `${path}.resources`, malformed);
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

function add(amounts: readonly Amounts[]): Amounts {
  return amounts.reduce((sum, next) => combine(sum, next, (a, b) => a + b), NOTHING);
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

function get(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

function isRecord(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
