/** What is added to objects that somebody else makes: to what they emit, after their own patches. */
import { type ApiObject, resolve } from 'cdk8s';
import type { EnvVar, ResourceRequirements, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import { isRecord, type Json, listAt, recordAt } from '../inventory/json';

const emitters = new WeakMap<ApiObject, () => unknown>();

/** What an object emits without what is added to it here. */
export function emittedBy(object: ApiObject): Json {
  const manifest = (emitters.get(object) ?? (() => object.toJson() as unknown))();
  return isRecord(manifest) ? manifest : {};
}

/** Whether something is added to an object already. */
export function isAdopted(object: ApiObject): boolean {
  return emitters.has(object);
}

/**
 * Changes what an object emits. A patch of cdk8s could not: it must name a list that is there, and holds no value that is
 * computed when the app is synthesized, such as the pool of a connection.
 */
export function changeEmitted(object: ApiObject, change: (manifest: Json) => Json): void {
  const emit = object.toJson.bind(object);
  emitters.set(object, emit);
  object.toJson = () => change(emittedBy(object));
}

/** What a pod template gets that it has not. */
export interface PodAdditions {
  readonly env: readonly EnvVar[];
  /** Requests and limits of the container. */
  readonly resources?: ResourceRequirements;
  readonly spread?: readonly TopologySpreadConstraint[];
}

/** A manifest whose pod template has the additions; values that are computed at synth are resolved for its object. */
export function withPodAdditions(
  object: ApiObject,
  manifest: Json,
  container: string | undefined,
  { env, resources, spread }: PodAdditions,
): Json {
  const spec = recordAt(manifest, 'spec') ?? {};
  const template = recordAt(spec, 'template') ?? {};
  const pod = recordAt(template, 'spec') ?? {};
  const containers = listAt(pod, 'containers').map((one, index) => {
    if (!isRecord(one) || (container === undefined ? index > 0 : one.name !== container)) return one;
    const added = emitted(object, [...env]) as unknown[];
    return sorted({
      ...one,
      ...(added.length > 0 && { env: [...listAt(one, 'env'), ...added] }),
      ...(resources && { resources: emitted(object, resources) }),
    });
  });
  const changed = sorted({
    ...pod,
    containers,
    ...(spread && { topologySpreadConstraints: emitted(object, [...spread]) }),
  });
  return { ...manifest, spec: { ...spec, template: { ...template, spec: changed } } };
}

/** A manifest without `spec.replicas`. */
export function withoutReplicas(manifest: Json): Json {
  const spec = Object.entries(recordAt(manifest, 'spec') ?? {}).filter(([field]) => field !== 'replicas');
  return { ...manifest, spec: Object.fromEntries(spec) };
}

/** Fields in the order in which cdk8s writes them. */
function sorted(record: Json): Json {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A value as cdk8s emits it: computed for its object, in order, and without fields that say nothing. */
function emitted(object: ApiObject, value: unknown): unknown {
  const tidy = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(tidy);
    if (!isRecord(one)) return one;
    const fields = Object.entries(one).filter(([, field]) => field !== undefined);
    return sorted(Object.fromEntries(fields.map(([key, field]) => [key, tidy(field)])));
  };
  return tidy(resolve([], value, object));
}
