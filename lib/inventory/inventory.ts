import { parseBytes, parseCpu } from '../units/quantity';
import { injectedSidecars } from './injected-sidecars';
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
import { type Container, kindName, type KindOf, type PodSpec } from './kinds';
import { type ManagedPods, managedPodsOf, selectManaged } from './managed-pods';
import { NameIndex } from './name-index';
import {
  type ContainerRole,
  type PodResources,
  podResources,
  type StoredContainer,
  type StoredResources,
} from './pod-resources';
import type { Edit, Splice } from './reading/yaml-edits';
import { LabelIndex, type Labels, type LabelSelector } from './selectors';

/** A synthesized or foreign object, as far as every object is alike. */
export interface KubernetesObject<T = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for objects without one: cluster-wide, or applied to the current namespace. */
  readonly namespace?: string;
  /** Whether the API server makes the name, which begins with this one (`generateName`). */
  readonly isGenerated?: boolean;
  /** Where it was read. */
  readonly source?: Source;
  /** The whole document. */
  readonly manifest: Shaped<T>;
}

/** Where an object was read. */
export interface Source {
  readonly file: string;
  /** Line of the file on which a place of the document begins, the first is 1. */
  lineOf(segments: ReadonlyArray<string | number>): number;
  /** An edit of a place of the document as a change of the file, where it is one; undefined where that is not certain. */
  readonly spliceOf?: (segments: ReadonlyArray<string | number>, edit: Edit) => Splice | undefined;
  /** Directory whose kustomization the file belongs to: objects of different ones are not applied together. */
  readonly unit?: string;
  /** Whether this kustomization adds labels to selectors and pods. */
  readonly addsSelectors?: boolean;
  /** Namespace that this kustomization gives to its objects. */
  readonly namespace?: string;
}

/** What is known of a set of documents as a whole. */
export interface SetOptions {
  /** @default false */
  readonly isPartial?: boolean;
  readonly kubernetesMinor?: number;
}

/** A document, and where it was read. */
export interface SourcedDocument {
  readonly value: unknown;
  readonly source?: Source;
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
  /** Those that are written. */
  readonly containers: readonly ContainerOf[];
  /** Of those that are written, and of those that meshes add. */
  readonly resources: PodResources;
  /** What the scheduler sets aside for one pod. */
  readonly request: Amounts;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The Rollout of Argo that runs its pods in its place (`workloadRef`). */
  readonly rollout?: KubernetesObject;
  /** Autoscalers that target it, or its Rollout. */
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
  ReplicationController: ['spec', 'template'],
  Rollout: ['spec', 'template'],
};

/** KEDA's defaults of `minReplicaCount` and `maxReplicaCount`. */
export const KEDA_REPLICAS = { min: 0, max: 100 };

/**
 * Objects read into one model, whoever wrote them. A document that is no Kubernetes object is left out, and so are files of
 * kustomize, which are for a tool; an unknown kind is kept as an object.
 */
export class Inventory {
  /** Reads parsed YAML documents; lists are opened. */
  static of(documents: readonly unknown[]): Inventory {
    return Inventory.ofSourced(documents.map((value) => ({ value })));
  }

  /** The same with the places where they were read. */
  static ofSourced(
    documents: readonly SourcedDocument[],
    { isPartial = false, kubernetesMinor }: SetOptions = {},
  ): Inventory {
    const read = documents.filter(({ value }) => value !== null && value !== undefined);
    const objects: KubernetesObject[] = [];
    const generated = new Set<string>();
    let strays = 0;
    for (const { value, source } of read) {
      for (const field of ['configMapGenerator', 'secretGenerator'])
        for (const one of recordsAt(value, field)) generated.add(textAt(one, 'name') ?? '');
      if (isKustomizeFile(value)) continue;
      const own = objectsIn(value, source);
      if (own.length === 0 && !isEmptyList(value)) strays += 1;
      objects.push(...own);
    }
    return new Inventory(objects, strays, isPartial, kubernetesMinor, generated);
  }

  readonly workloads: readonly WorkloadObject[];
  private readonly kinds = new Map<string, KubernetesObject[]>();
  private readonly names: NameIndex<KubernetesObject>;
  private readonly workloadNames: NameIndex<WorkloadObject>;
  private readonly pods: LabelIndex<WorkloadObject>;
  private readonly services: LabelIndex<KubernetesObject>;
  private readonly managed: readonly ManagedPods[];

  private constructor(
    readonly objects: readonly KubernetesObject[],
    /** Documents that are no Kubernetes objects: without an apiVersion or a kind. */
    readonly strays: number,
    /** Whether there are others of the same set that could not be read. */
    readonly isPartial: boolean,
    /** Minor of the cluster that is meant, where somebody says it. */
    readonly kubernetesMinor: number | undefined,
    /** Names of ConfigMaps and Secrets that kustomizations generate. */
    readonly generatedNames: ReadonlySet<string>,
  ) {
    const scalers = new NameIndex<KubernetesObject>();
    this.names = new NameIndex();
    this.workloadNames = new NameIndex();
    const limitRanges = new Map<string | undefined, Json[]>();
    const rollouts = new NameIndex<KubernetesObject>();
    for (const object of objects) {
      append(this.kinds, object.kind, object);
      this.names.add(object.kind, object.namespace, object.name, object);
      if (object.kind === 'LimitRange') append(limitRanges, object.namespace, object.manifest);
      const target = scaleTargetOf(object);
      if (target) scalers.add(target.kind, object.namespace, target.name, object);
      const lender = workloadRefOf(object);
      if (lender) rollouts.add(lender.kind, object.namespace, lender.name, object);
    }
    this.workloads = objects.flatMap((object) => {
      if (isHelmTest(object)) return [];
      const rollout = rollouts.find(object.kind, object.namespace, object.name);
      const own = [object, ...(rollout ? [rollout] : [])].flatMap(({ kind, namespace, name }) =>
        scalers.all(kind, namespace, name),
      );
      return workloadOf(object, rollout, own, limitRanges.get(object.namespace) ?? []) ?? [];
    });
    for (const one of this.workloads)
      for (const { kind, namespace, name } of [one.object, ...(one.rollout ? [one.rollout] : [])])
        this.workloadNames.add(kind, namespace, name, one);
    this.managed = objects.flatMap(({ kind, manifest }) => managedPodsOf(kind, manifest));
    this.pods = new LabelIndex(
      this.workloads,
      ({ object }) => object.namespace,
      ({ podLabels }) => podLabels,
    );
    this.services = new LabelIndex(
      this.ofKind('Service'),
      ({ namespace }) => namespace,
      ({ manifest }) => textsAt(manifest, 'metadata', 'labels'),
    );
  }

  /** Objects of these kinds. */
  ofKind<K extends string>(...kinds: readonly K[]): ReadonlyArray<KubernetesObject<KindOf<K>>> {
    return kinds.flatMap((kind) => (this.kinds.get(kind) ?? []) as Array<KubernetesObject<KindOf<K>>>);
  }

  /** The object of a name; of one that names no namespace, or is asked for from none, what may be meant. */
  find<K extends string>(
    kind: K,
    namespace: string | undefined,
    name: string,
  ): KubernetesObject<KindOf<K>> | undefined {
    return this.names.find(kind, namespace, name);
  }

  /** The workload of a name, if it is there. */
  workload(kind: string, namespace: string | undefined, name: string): WorkloadObject | undefined {
    return this.workloadNames.find(kind, namespace, name);
  }

  /** Workloads whose pods a selector selects in a namespace. */
  selected(namespace: string | undefined, selector: Json | LabelSelector): readonly WorkloadObject[] {
    return this.pods.select(namespace, selector);
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
    return this.services.select(namespace, selector);
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

/** Pods of `helm test` run once, when somebody asks for it: nothing of a workload is asked of them. */
function isHelmTest({ manifest }: KubernetesObject): boolean {
  return /(^|,)\s*test(-success|-failure)?\s*(,|$)/.test(
    textsAt(manifest, 'metadata', 'annotations')['helm.sh/hook'] ?? '',
  );
}

/** What an autoscaler scales; undefined for any other object. */
export function scaleTargetOf(object: KubernetesObject): { kind: string; name: string } | undefined {
  if (object.kind !== 'HorizontalPodAutoscaler' && object.kind !== 'ScaledObject') return undefined;
  const target = recordAt(object.manifest, 'spec', 'scaleTargetRef');
  return { kind: textAt(target, 'kind') ?? 'Deployment', name: textAt(target, 'name') ?? '' };
}

/** The workload whose pod template a Rollout of Argo runs, where it has none of its own. */
export function workloadRefOf({
  kind,
  manifest,
}: KubernetesObject): { kind: string; name: string } | undefined {
  const reference = kind === 'Rollout' ? recordAt(manifest, 'spec', 'workloadRef') : undefined;
  return reference && { kind: textAt(reference, 'kind') ?? '', name: textAt(reference, 'name') ?? '' };
}

function append<K, T>(map: Map<K, T[]>, key: K, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}

/** Files of kustomize look like objects, and no API server knows them. */
export function isKustomizeFile(document: unknown): boolean {
  return /^kustomize\.config\.k8s\.io\//.test(textAt(document, 'apiVersion') ?? '');
}

const isList = (document: Json) =>
  typeof document.kind === 'string' && /List$/.test(document.kind) && Array.isArray(document.items);

const isEmptyList = (document: unknown) =>
  isRecord(document) && isList(document) && (document.items as unknown[]).length === 0;

/** Objects of a document. Items of a typed list, such as a ConfigMapList, may leave out what they are. */
function objectsIn(document: unknown, source?: Source): KubernetesObject[] {
  if (!isRecord(document) || typeof document.kind !== 'string' || typeof document.apiVersion !== 'string')
    return [];
  const { apiVersion, kind } = document;
  if (isList(document)) {
    const typed = kind === 'List' ? {} : { apiVersion, kind: kind.replace(/List$/, '') };
    return (document.items as unknown[]).flatMap((item, index) =>
      objectsIn(isRecord(item) ? { ...typed, ...item } : item, source && itemOf(source, index)),
    );
  }
  const name = textAt(document, 'metadata', 'name');
  const prefix = textAt(document, 'metadata', 'generateName');
  return [
    {
      apiVersion,
      kind: kindName(apiVersion, kind),
      name: name ?? prefix ?? '',
      isGenerated: name === undefined && prefix !== undefined,
      namespace: source?.namespace ?? textAt(document, 'metadata', 'namespace'),
      source,
      manifest: document,
    },
  ];
}

function itemOf(source: Source, index: number): Source {
  return {
    ...source,
    lineOf: (segments) => source.lineOf(['items', index, ...segments]),
    spliceOf: source.spliceOf && ((segments, edit) => source.spliceOf?.(['items', index, ...segments], edit)),
  };
}

function workloadOf(
  object: KubernetesObject,
  rollout: KubernetesObject | undefined,
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
  const { min, max } = replicasOf(rollout ?? object, scalers);
  const resources = podResources(pod, limitRanges, injectedSidecars(template));
  const written = resources.containers.filter(({ isInjected }) => isInjected !== true);
  const add = (field: 'containers' | 'initContainers', container: Json, index: number) =>
    containers.push({
      object,
      workload,
      container,
      name: textAt(container, 'name') ?? '',
      path: `${podPath}.${field}[${index}]`,
      isInit: field === 'initContainers',
      role: written[containers.length].role,
      resources: written[containers.length],
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
    rollout,
    scalers,
    malformed,
  };
  recordsAt(pod, 'containers').forEach((container, index) => add('containers', container, index));
  recordsAt(pod, 'initContainers').forEach((container, index) => add('initContainers', container, index));
  return workload;
}

/** How many pods an object says that it has at one time. */
function podsOf({ kind, manifest }: KubernetesObject): number | undefined {
  if (kind === 'CronJob') return numberAt(manifest, 'spec', 'jobTemplate', 'spec', 'parallelism');
  return numberAt(manifest, 'spec', kind === 'Job' ? 'parallelism' : 'replicas');
}

/**
 * Runs of a CronJob that can have pods at one time: two where it says that they may overlap, or that a run takes the place of
 * another, which ends meanwhile. One that says nothing may overlap too, but is rarely meant to.
 */
function runsAtOnce({ kind, manifest }: KubernetesObject): number {
  const policy = textAt(manifest, 'spec', 'concurrencyPolicy') ?? '';
  return kind === 'CronJob' && ['Allow', 'Replace'].includes(policy) ? 2 : 1;
}

/** Replicas by the autoscaler that targets the workload, or those it writes itself. */
function replicasOf(
  object: KubernetesObject,
  [scaler]: readonly KubernetesObject[],
): { min: number; max: number } {
  const fixed = podsOf(object) ?? 1;
  if (scaler === undefined) return { min: fixed, max: fixed * runsAtOnce(object) };
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
  for (const { role, requests, isInjected } of containers) {
    const field = role === 'main' ? 'containers' : 'initContainers';
    const own =
      isInjected === true
        ? amountsOf(requests, '', [])
        : amountsOf(requests, `${field}[${indices[field]++}].resources.requests`, malformed);
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
  const { cpuMillis, memoryBytes } = amountsOf(whole.requests, 'resources.requests', malformed);
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
