/**
 * Requests and limits as the API server stores them: what a manifest leaves out is filled in here and nowhere else.
 *
 * 1. A container requests as much as its limit where it requests nothing (kubernetes/kubernetes pkg/apis/core/v1/defaults.go).
 * 2. A LimitRange of the namespace fills in what is still missing; its own gaps are filled first: a default limit by its
 *    maximum, a default request by the default limit, else by its minimum.
 * 3. A pod that limits a resource as a whole requests as much of it.
 */
import { quantityMilli } from '../units/quantity';
import type { InjectedSidecar } from './injected-sidecars';
import { type Json, recordAt, recordsAt, textAt } from './json';

/** Quantities by resource. */
export interface StoredResources {
  readonly requests: Json;
  readonly limits: Json;
}

/** What a container may be: one that serves, one that starts before it and runs on, or one that ends before it. */
export type ContainerRole = 'main' | 'sidecar' | 'init';

export interface StoredContainer extends StoredResources {
  readonly name: string;
  readonly role: ContainerRole;
  /** Whether no manifest has it: a mesh adds it. */
  readonly isInjected?: boolean;
}

export interface PodResources {
  /** Those that are written, in order, and what meshes add to them: native sidecars before all init containers. */
  readonly containers: readonly StoredContainer[];
  /** What is set for the pod as a whole. */
  readonly pod?: StoredResources;
}

const NOTHING: StoredResources = { requests: {}, limits: {} };

/** Resources of a pod's spec in a namespace whose LimitRanges are given, and of what meshes add to the pod. */
export function podResources(
  pod: Json,
  limitRanges: readonly Json[] = [],
  injected: readonly InjectedSidecar[] = [],
): PodResources {
  const defaults = containerDefaults(limitRanges);
  const stored = (field: string, roleOf: (container: Json) => ContainerRole) =>
    recordsAt(pod, field).map((container): StoredContainer => ({
      name: textAt(container, 'name') ?? '',
      role: roleOf(container),
      ...filledIn(container, defaults),
    }));
  const added = (isNative: boolean) =>
    injected
      .filter((one) => one.isNative === isNative)
      .map(({ container }): StoredContainer => ({
        name: textAt(container, 'name') ?? '',
        role: 'sidecar',
        isInjected: true,
        ...filledIn(container, defaults),
      }));
  return {
    containers: [
      ...stored('containers', () => 'main'),
      ...added(true),
      ...stored('initContainers', ({ restartPolicy }) => (restartPolicy === 'Always' ? 'sidecar' : 'init')),
      ...added(false),
    ],
    pod: recordAt(pod, 'resources') && filledIn(pod, NOTHING),
  };
}

function filledIn(owner: Json, defaults: StoredResources): StoredResources {
  const limits = withoutNulls(recordAt(owner, 'resources', 'limits'));
  const requests = { ...limits, ...withoutNulls(recordAt(owner, 'resources', 'requests')) };
  return { requests: { ...defaults.requests, ...requests }, limits: { ...defaults.limits, ...limits } };
}

function withoutNulls(quantities: Json = {}): Json {
  return Object.fromEntries(Object.entries(quantities).filter(([, value]) => value !== null));
}

/** What LimitRanges give a container that sets nothing; of two, the first one counts. */
function containerDefaults(limitRanges: readonly Json[]): StoredResources {
  const items = limitRanges
    .flatMap((range) => recordsAt(range, 'spec', 'limits'))
    .filter(({ type }) => type === 'Container')
    .map((item): StoredResources => {
      const limits = { ...recordAt(item, 'max'), ...recordAt(item, 'default') };
      return {
        limits,
        requests: { ...recordAt(item, 'min'), ...limits, ...recordAt(item, 'defaultRequest') },
      };
    });
  return items.reduceRight(
    (later, { requests, limits }) => ({
      requests: { ...later.requests, ...requests },
      limits: { ...later.limits, ...limits },
    }),
    NOTHING,
  );
}

/** Amounts of one resource in thousandths of its unit. */
export interface MeasuredResources {
  readonly request: number;
  /** Undefined when some measured container has no limit. */
  readonly limit?: number;
}

/** A metric that cannot be computed, in the words of the HPA controller, and which containers are the reason. */
export interface Unmeasurable {
  readonly error: string;
  /** Containers that request nothing; empty when the container that is named is not there. */
  readonly lacking: readonly string[];
}

/** Containers that run beside each other, and of those the one that a metric names. */
export function measuredContainers<T extends Pick<StoredContainer, 'name' | 'role'>>(
  containers: readonly T[],
  container?: string,
): readonly T[] {
  return containers.filter(
    ({ name, role }) => role !== 'init' && (container === undefined || name === container),
  );
}

/**
 * What the HPA controller divides usage by: request and limit of one container, or of all that run beside each other. A
 * request of the whole pod counts before those of its containers.
 */
export function measuredResources(
  { pod, containers }: PodResources,
  resource: string,
  container?: string,
): MeasuredResources | Unmeasurable {
  const ofPod = amountsOf(pod ?? NOTHING, resource);
  if (container === undefined && ofPod.request !== undefined)
    return { request: ofPod.request, limit: ofPod.limit };
  const measured = measuredContainers(containers, container);
  if (measured.length === 0) return { error: `container ${container ?? ''} not found in Pod`, lacking: [] };
  const amounts = measured.map((one) => ({ name: one.name, ...amountsOf(one, resource) }));
  const lacking = amounts.filter(({ request }) => request === undefined).map(({ name }) => name);
  if (lacking.length > 0)
    return { error: `missing request for ${resource} in container ${lacking[0]} of Pod`, lacking };
  const sum = (numbers: ReadonlyArray<number | undefined>) =>
    numbers.includes(undefined)
      ? undefined
      : (numbers as number[]).reduce((total, number) => total + number, 0);
  return {
    request: sum(amounts.map(({ request }) => request)) ?? 0,
    limit: sum(amounts.map(({ limit }) => limit)),
  };
}

function amountsOf({ requests, limits }: StoredResources, resource: string) {
  return { request: quantityMilli(requests[resource]), limit: quantityMilli(limits[resource]) };
}
