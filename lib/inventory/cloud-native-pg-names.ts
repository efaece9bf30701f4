/**
 * How CloudNativePG calls what it makes of its resources, for selectors of ours and for reading anybody's.
 * Source: cloudnative-pg/cloudnative-pg pkg/utils/labels_annotations.go.
 */

/** API group of its resources; other operators have a kind Cluster too. */
export const CLOUD_NATIVE_PG_GROUP = 'postgresql.cnpg.io';
export const CNPG_API_VERSION = `${CLOUD_NATIVE_PG_GROUP}/v1`;

export function isCloudNativePg(apiVersion: string): boolean {
  return apiVersion.startsWith(`${CLOUD_NATIVE_PG_GROUP}/`);
}

/** Labels of all pods of a Cluster, also of those that make an instance, and of its poolers. */
export function clusterLabels(cluster: string): Record<string, string> {
  return { 'cnpg.io/cluster': cluster };
}

/** Labels of its instances. */
export function instanceLabels(cluster: string): Record<string, string> {
  return { ...clusterLabels(cluster), 'cnpg.io/podRole': 'instance' };
}

/** Labels of the pods of a Pooler. */
export function poolerLabels(pooler: string): Record<string, string> {
  return { 'cnpg.io/poolerName': pooler };
}

/** Services of a Cluster: of the primary, of the standbys, and of all. */
export function clusterService(cluster: string, access: 'rw' | 'ro' | 'r'): string {
  return `${cluster}-${access}`;
}

/** The Cluster whose Service has a name. */
export function clusterOfService(service: string): string | undefined {
  return /^(.+)-(?:rw|ro|r)$/.exec(service)?.[1];
}
