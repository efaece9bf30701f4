/**
 * Objects as `kubectl get` answers them: what the API server and controllers have set is no part of what somebody wrote, and
 * an apply leaves it alone.
 */
import { isRecord, type Json, recordAt, textAt, textsAt } from '../../inventory/json';
import { keyedItems } from './merge-keys';

/** What the last `kubectl apply` wrote. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Annotations of servers and controllers. */
const SET_ANNOTATIONS =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/|deprecated\.(deployment|daemonset)\.|pv\.kubernetes\.io\/|volume\.(beta\.)?kubernetes\.io\/|autoscaling\.alpha\.kubernetes\.io\/|batch\.kubernetes\.io\/job-tracking|argocd\.argoproj\.io\/tracking-id|meta\.helm\.sh\/)/;

/** Fields of `metadata` that only the API server sets. */
const SET_METADATA: ReadonlySet<string> = new Set([
  ...['creationTimestamp', 'deletionGracePeriodSeconds', 'deletionTimestamp', 'generation', 'managedFields'],
  ...['resourceVersion', 'selfLink', 'uid'],
]);

/** Whether an object was read from a cluster. */
export function isLive(manifest: Json): boolean {
  return (
    textAt(manifest, 'metadata', 'uid') !== undefined &&
    recordAt(manifest, 'metadata')?.creationTimestamp !== undefined
  );
}

/** Objects that others make: of an owner, or of the cluster itself. */
export function isMadeByCluster(kind: string, manifest: Json): boolean {
  const metadata = recordAt(manifest, 'metadata');
  if (Array.isArray(metadata?.ownerReferences) && metadata.ownerReferences.length > 0) return true;
  const name = textAt(metadata, 'name') ?? '';
  return (
    ['Endpoints', 'EndpointSlice', 'Event', 'Lease', 'Node', 'PersistentVolume'].includes(kind) ||
    (kind === 'ConfigMap' && name === 'kube-root-ca.crt') ||
    (kind === 'ServiceAccount' && name === 'default') ||
    (kind === 'Service' && name === 'kubernetes') ||
    (kind === 'Secret' && manifest.type === 'kubernetes.io/service-account-token')
  );
}

/** A record without some of its fields. */
export function without(record: Json, ...fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)));
}

/** A manifest without what nobody writes into one. */
export function withoutServerSet(manifest: Json): Json {
  const rest = without(manifest, 'status');
  const metadata = recordAt(manifest, 'metadata');
  if (!metadata) return rest;
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SET_METADATA.has(key)));
  const annotations = Object.entries(recordAt(metadata, 'annotations') ?? {}).filter(
    ([key]) => !SET_ANNOTATIONS.test(key),
  );
  return {
    ...rest,
    metadata: { ...kept, ...('annotations' in kept && { annotations: Object.fromEntries(annotations) }) },
  };
}

/**
 * A live object as far as an apply of another manifest would touch it: the fields that the manifest has, and those that the
 * last apply had. The others stay as they are.
 */
export function asAppliedBy(live: Json, manifest: Json): Json {
  const written = textsAt(live, 'metadata', 'annotations')[LAST_APPLIED];
  const applied = written === undefined ? undefined : parsed(written);
  const projected = project(live, [manifest, ...(applied ? [applied] : [])], '');
  return isRecord(projected) ? projected : live;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The part of a value that others have too. */
function project(value: unknown, others: readonly unknown[], field: string): unknown {
  if (isRecord(value)) {
    const records = others.filter(isRecord);
    if (records.length === 0) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, own]) => {
        const there = records.filter((one) => Object.hasOwn(one, key)).map((one) => one[key]);
        return there.length > 0 ? [[key, project(own, there, key)] as const] : [];
      }),
    );
  }
  if (!Array.isArray(value)) return value;
  const lists = others.filter((one): one is readonly unknown[] => Array.isArray(one));
  const own: readonly unknown[] = value;
  const keyed = lists.map((list) => keyedItems(field, own, list));
  if (lists.length === 0 || keyed.includes(undefined))
    return own.map((item, index) => {
      const there = lists.flatMap((list) => (index < list.length ? [list[index]] : []));
      return there.length > 0 ? project(item, there, field) : item;
    });
  return own.flatMap((item, index) => {
    const there = keyed.flatMap((pair) => {
      const key = pair?.before[index].key;
      return pair?.after.filter((one) => one.key === key).map((one) => one.item) ?? [];
    });
    return there.length > 0 ? [project(item, there, field)] : [];
  });
}
