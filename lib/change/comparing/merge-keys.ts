/**
 * By which fields the items of a list are the same item before and after: the keys by which server-side apply merges them
 * (`x-kubernetes-list-map-keys` in the OpenAPI documents of Kubernetes 1.27 to 1.36), and for lists that it replaces whole,
 * such as the rules of an Ingress, what a person knows them by.
 */
import { isRecord, type Json } from '../../inventory/json';

/** By the name of the list; several where kinds differ, the first that all items have counts. */
const LIST_KEYS: Readonly<Record<string, ReadonlyArray<readonly string[]>>> = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  env: [['name']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  ports: [['containerPort', 'protocol'], ['port', 'protocol'], ['name']],
  imagePullSecrets: [['name']],
  hostAliases: [['ip']],
  resourceClaims: [['name']],
  schedulingGates: [['name']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  volumeClaimTemplates: [['metadata.name']],
  webhooks: [['name']],
  versions: [['name']],
  conditions: [['type']],
  limits: [['type']],
  items: [['key']],
  // Replaced whole; a person knows them by this.
  rules: [['host'], ['alert'], ['record']],
  paths: [['path']],
  tls: [['secretName']],
  groups: [['name']],
  metrics: [
    ['type', 'resource.name'],
    ['type', 'containerResource.name', 'containerResource.container'],
  ],
  triggers: [['name']],
  endpoints: [['port']],
  podMetricsEndpoints: [['port']],
  subjects: [['kind', 'name', 'namespace']],
  roles: [['name']],
  tolerations: [['key', 'operator', 'value', 'effect']],
};

/** Lists whose order means nothing: what differs in the order alone is the same. */
const UNORDERED: ReadonlySet<string> = new Set([
  'volumes',
  'volumeMounts',
  'imagePullSecrets',
  'hostAliases',
  'topologySpreadConstraints',
  'ports',
  'conditions',
  'items',
  'subjects',
  'tolerations',
  'versions',
]);

export const isUnordered = (list: string): boolean => UNORDERED.has(list);

/** An item of a list, and what it is known by: `name="web"`. */
export interface KeyedItem {
  readonly key: string;
  readonly item: unknown;
}

/** Items of two lists by their keys; undefined where they have none, or two items have the same. */
export function keyedItems(
  list: string,
  before: readonly unknown[],
  after: readonly unknown[],
): { readonly before: readonly KeyedItem[]; readonly after: readonly KeyedItem[] } | undefined {
  const candidates = Object.hasOwn(LIST_KEYS, list) ? LIST_KEYS[list] : [['name']];
  for (const fields of candidates) {
    const [one, other] = [before, after].map((items) => keyed(items, fields));
    if (one && other) return { before: one, after: other };
  }
  return undefined;
}

function keyed(items: readonly unknown[], fields: readonly string[]): KeyedItem[] | undefined {
  const seen = new Set<string>();
  const result: KeyedItem[] = [];
  for (const item of items) {
    const key = isRecord(item) ? keyOf(item, fields) : undefined;
    if (key === undefined || seen.has(key)) return undefined;
    seen.add(key);
    result.push({ key, item });
  }
  return result;
}

function keyOf(item: Json, fields: readonly string[]): string | undefined {
  const parts = fields.flatMap((field) => {
    const value = field.split('.').reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), item);
    return typeof value === 'string' || typeof value === 'number'
      ? [`${field}=${JSON.stringify(value)}`]
      : [];
  });
  // A protocol or a namespace may be left out, but not what an item is known by.
  return parts.length > 0 && parts[0].startsWith(`${fields[0]}=`) ? parts.join(',') : undefined;
}
