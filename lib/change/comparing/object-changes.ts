/** Two sets of objects, object by object: what is added, what is removed, and which fields differ. */
import type { Inventory, KubernetesObject } from '../../inventory/inventory';
import { type Json, recordAt } from '../../inventory/json';
import { groupOf } from '../../inventory/kinds';
import { type FieldChange, fieldChanges } from './field-changes';
import { asAppliedBy, isLive, isMadeByCluster, without, withoutServerSet } from './live-objects';
import { withoutSecrets } from './secrecy';
import { withDefaults } from './server-defaults';

export type ChangeKind = 'added' | 'removed' | 'changed';

/** An object that is not the same before and after. */
export interface ObjectChange {
  readonly change: ChangeKind;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly before?: KubernetesObject;
  readonly after?: KubernetesObject;
  /** Manifests with what the API server fills in, and without what only it sets. */
  readonly manifests: { readonly before: Json; readonly after: Json };
  /** Fields that differ; values that may be passwords are hidden. None where the object is added or removed. */
  readonly fields: readonly FieldChange[];
}

export interface ComparedSets {
  readonly changes: readonly ObjectChange[];
  /** Objects that are on both sides and the same. */
  readonly unchanged: number;
  readonly notes: readonly string[];
}

export interface CompareOptions {
  /** Whether an object is the same in another namespace. */
  readonly ignoreNamespaces?: boolean;
}

/** Compares two sets; an object is known by group, kind, namespace and name, and not by the version of its group. */
export function compareSets(
  before: Inventory,
  after: Inventory,
  { ignoreNamespaces = false }: CompareOptions = {},
): ComparedSets {
  const notes: string[] = [];
  const [earlier, later] = [before, after].map((set) => indexed(set, ignoreNamespaces, notes));
  const changes: ObjectChange[] = [];
  const liveKinds = (set: Inventory) =>
    set.objects.some(({ manifest }) => isLive(manifest))
      ? new Set(set.objects.map(({ kind }) => kind))
      : undefined;
  const asked = [liveKinds(before), liveKinds(after)];
  const isAsked = (kind: string) => asked.every((kinds) => kinds?.has(kind) ?? true);
  const untold = new Set<string>();
  let unchanged = 0;
  for (const key of [...new Set([...earlier.keys(), ...later.keys()])].sort()) {
    const [one, other] = [earlier.get(key), later.get(key)];
    const any = (one ?? other) as KubernetesObject;
    if (!isAsked(any.kind)) {
      untold.add(any.kind);
      continue;
    }
    const change = compareObjects(one, other, isScaled(before, any) && isScaled(after, any));
    if (change) changes.push(change);
    else unchanged += 1;
  }
  if (untold.size > 0)
    notes.push(`the live objects hold no ${[...untold].sort().join(', no ')}: these kinds were not compared`);
  return { changes, unchanged, notes: [...new Set(notes)] };
}

const HOME_OF_EXTENSIONS: Readonly<Record<string, string>> = {
  DaemonSet: 'apps',
  Deployment: 'apps',
  Ingress: 'networking.k8s.io',
  NetworkPolicy: 'networking.k8s.io',
  ReplicaSet: 'apps',
};

function identityOf(
  { apiVersion, kind, namespace, name }: KubernetesObject,
  ignoreNamespaces: boolean,
): string {
  const group = groupOf(apiVersion);
  const home =
    group === 'extensions' && Object.hasOwn(HOME_OF_EXTENSIONS, kind) ? HOME_OF_EXTENSIONS[kind] : group;
  return [home, kind, ignoreNamespaces ? '' : (namespace ?? ''), name].join(' ');
}

function indexed(
  { objects }: Inventory,
  ignoreNamespaces: boolean,
  notes: string[],
): Map<string, KubernetesObject> {
  const index = new Map<string, KubernetesObject>();
  for (const object of objects) {
    if (isLive(object.manifest) && isMadeByCluster(object.kind, object.manifest)) continue;
    if (object.isGenerated === true) {
      notes.push(
        `${object.kind} ${object.name}… is made anew by each create (generateName): it was not compared`,
      );
      continue;
    }
    const key = identityOf(object, ignoreNamespaces);
    if (index.has(key)) notes.push(`${object.kind} ${object.name} is there twice: the last one counts`);
    index.set(key, object);
  }
  return index;
}

/** Whether an autoscaler of the set has the replicas of an object. */
function isScaled(set: Inventory, { kind, namespace, name }: KubernetesObject): boolean {
  return (set.workload(kind, namespace, name)?.scalers.length ?? 0) > 0;
}

function compareObjects(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  isScaledByOther: boolean,
): ObjectChange | undefined {
  const { kind, namespace, name } = (after ?? before) as KubernetesObject;
  const manifests = readable(before, after, isScaledByOther);
  const head = { kind, namespace, name, before, after, manifests };
  if (!before || !after) return { ...head, change: before ? 'removed' : 'added', fields: [] };
  const fields = fieldChanges(manifests.before, manifests.after);
  return fields.length > 0 ? { ...head, change: 'changed', fields: withoutSecrets(kind, fields) } : undefined;
}

/** Both manifests as the API server would store them, as far as they can differ. */
function readable(
  before: KubernetesObject | undefined,
  after: KubernetesObject | undefined,
  isScaledByOther: boolean,
): ObjectChange['manifests'] {
  const own = (object: KubernetesObject | undefined, other: KubernetesObject | undefined): Json => {
    if (!object) return {};
    const manifest = asStored(object.kind, object.manifest);
    const written =
      isLive(manifest) && other && !isLive(other.manifest)
        ? asAppliedBy(manifest, asStored(other.kind, other.manifest))
        : manifest;
    return withoutServerSet(written);
  };
  const sides = [own(before, after), own(after, before)];
  // What one side leaves to the autoscaler is no difference.
  const isLeft = isScaledByOther && sides.some((side) => recordAt(side, 'spec')?.replicas === undefined);
  const [earlier, later] = [before, after].map((object, index) => {
    const filled = object ? withDefaults(object.kind, sides[index]) : sides[index];
    return withoutIdentity(isLeft ? withoutReplicas(filled) : filled);
  });
  return { before: earlier, after: later };
}

/** What an object is known by is the same on both sides, and which version of its group was written is no difference. */
function withoutIdentity(manifest: Json): Json {
  return {
    ...without(manifest, 'apiVersion'),
    metadata: without(recordAt(manifest, 'metadata') ?? {}, 'namespace'),
  };
}

function withoutReplicas(manifest: Json): Json {
  return { ...manifest, spec: without(recordAt(manifest, 'spec') ?? {}, 'replicas') };
}

/** A Secret as the API server stores it: what is written as text joins the data. */
function asStored(kind: string, manifest: Json): Json {
  const texts = kind === 'Secret' ? recordAt(manifest, 'stringData') : undefined;
  if (!texts) return manifest;
  const encoded = Object.entries(texts).map(([key, text]) => [
    key,
    Buffer.from(String(text), 'utf8').toString('base64'),
  ]);
  return {
    ...without(manifest, 'stringData'),
    data: { ...recordAt(manifest, 'data'), ...(Object.fromEntries(encoded) as Json) },
  };
}
