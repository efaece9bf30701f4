/** The pods of a workload that somebody else makes, read from what its objects emit. */
import type { ApiObject } from 'cdk8s';
import { type ContainerOf, Inventory, POD_TEMPLATE_PATH, type WorkloadObject } from '../inventory/inventory';
import { isRecord, type Json, recordAt, recordsAt, textAt, textsAt } from '../inventory/json';
import { kindName } from '../inventory/kinds';
import { type Labels, selects } from '../inventory/selectors';
import { emittedBy } from './additions';

/** A workload that was there: what runs its pods, and what has their template. */
export interface AdoptedObjects {
  /** The Deployment, StatefulSet, Rollout, …: what is scaled. */
  readonly runner: ApiObject;
  /** The same, or the workload that a Rollout refers to. */
  readonly template: ApiObject;
}

/** How an object is called in messages. */
export const titleOf = ({ kind, name }: Pick<ApiObject, 'kind' | 'name'>) => `${kind} ${name}`;

/**
 * Objects as the inventory reads them. A kind that it does not know has the fields of a Deployment, as those with a scale
 * subresource usually do; what scales it is read with it.
 */
export function readWorkload(
  manifests: readonly Json[],
  scalers: readonly Json[],
): WorkloadObject | undefined {
  const known = manifests.map(asKnownKind);
  const targets = new Map(manifests.map(({ kind }, index) => [kind, known[index].kind]));
  const aimed = scalers.map((scaler) => {
    const spec = recordAt(scaler, 'spec') ?? {};
    const target = recordAt(spec, 'scaleTargetRef') ?? {};
    const kind = targets.get(target.kind ?? 'Deployment') ?? target.kind;
    return { ...scaler, spec: { ...spec, scaleTargetRef: { ...target, kind } } };
  });
  return Inventory.of([...known, ...aimed]).workloads.at(0);
}

function asKnownKind(manifest: Json): Json {
  const [apiVersion, kind] = [textAt(manifest, 'apiVersion') ?? '', textAt(manifest, 'kind') ?? ''];
  return Object.hasOwn(POD_TEMPLATE_PATH, kindName(apiVersion, kind))
    ? manifest
    : { ...manifest, apiVersion: 'apps/v1', kind: 'Deployment' };
}

/** The container that is connected and measured: the one that is named, or the first. */
export function mainContainerOf(
  { containers }: WorkloadObject,
  name: string | undefined,
): ContainerOf | undefined {
  return containers.find((one) => !one.isInit && (name === undefined || one.name === name));
}

/** Labels that select the pods, or why they cannot be read. */
export function podLabelsOf({ runner, template }: AdoptedObjects): Labels | string {
  const [owner, selector] = [runner, template]
    .map((object) => [object, recordAt(emittedBy(object), 'spec', 'selector')] as const)
    .find(([, found]) => found !== undefined) ?? [runner, undefined];
  if (!isRecord(selector)) return `${titleOf(owner)} has no spec.selector`;
  const labels = textsAt(selector, 'matchLabels');
  if (recordsAt(selector, 'matchExpressions').length > 0)
    return `spec.selector.matchExpressions of ${titleOf(owner)} is no label that a policy or a Service could name`;
  return Object.keys(labels).length > 0 ? labels : `spec.selector.matchLabels of ${titleOf(owner)} is empty`;
}

/** Whether labels select the pods of a template. */
export function selectsPods(labels: Labels, template: ApiObject): boolean {
  return selects(
    { matchLabels: labels },
    textsAt(emittedBy(template), 'spec', 'template', 'metadata', 'labels'),
  );
}
