/** Objects that hold data: what goes, moves or gets another name leaves its volumes behind. */
import type { KubernetesObject } from '../../inventory/inventory';
import { get, type Json, recordsAt, textAt, textsAt } from '../../inventory/json';
import { groupOf } from '../../inventory/kinds';
import { parseImage } from '../../units/image';
import { claimTemplatesOf } from './refused-workloads';

/** Kinds of operators that make volumes of their resources, by group. */
const OPERATED: Readonly<Record<string, readonly string[]>> = {
  'acid.zalan.do': ['postgresql'],
  'clickhouse.altinity.com': ['ClickHouseInstallation'],
  'elasticsearch.k8s.elastic.co': ['Elasticsearch'],
  'k8s.mariadb.com': ['MariaDB'],
  'kafka.strimzi.io': ['Kafka', 'KafkaNodePool'],
  'minio.min.io': ['Tenant'],
  'monitoring.coreos.com': ['Alertmanager', 'Prometheus'],
  'mysql.oracle.com': ['InnoDBCluster'],
  'nats.io': ['NatsCluster'],
  'postgres-operator.crunchydata.com': ['PostgresCluster'],
  'postgresql.cnpg.io': ['Cluster'],
  'psmdb.percona.com': ['PerconaServerMongoDB'],
  'pxc.percona.com': ['PerconaXtraDBCluster'],
  'rabbitmq.com': ['RabbitmqCluster'],
  'redis.redis.opstreelabs.in': ['Redis', 'RedisCluster', 'RedisReplication'],
  'scylla.scylladb.com': ['ScyllaCluster'],
};

/** All of these kinds, and those of Kubernetes. */
export const HOLDER_KINDS: readonly string[] = [
  'StatefulSet',
  'PersistentVolumeClaim',
  ...Object.values(OPERATED).flat(),
];

/** What an object holds, in words; undefined where it holds nothing that lasts. */
export function heldBy({ kind, apiVersion, name, manifest }: KubernetesObject): string | undefined {
  const json: Json = manifest;
  if (kind === 'StatefulSet') {
    const templates = claimTemplatesOf(json);
    return templates.length === 0
      ? undefined
      : `the claims ${templates.map((one) => `${one}-${name}-…`).join(', ')}`;
  }
  if (kind === 'PersistentVolumeClaim') return `the volume of the claim ${name}`;
  const group = groupOf(apiVersion);
  if (!Object.hasOwn(OPERATED, group) || !OPERATED[group].includes(textAt(json, 'kind') ?? ''))
    return undefined;
  // A Redis of the operator is in memory where it is given no storage.
  return group === 'redis.redis.opstreelabs.in' && !storesOnDisk(json)
    ? undefined
    : `the volumes of the ${kind} ${name}`;
}

const storesOnDisk = (manifest: Json) => get(manifest, 'spec', 'storage') !== undefined;

/** Annotations that keep an object which is no longer among the manifests. */
const KEEPING: ReadonlyArray<readonly [annotation: string, value: RegExp]> = [
  ['argocd.argoproj.io/sync-options', /(^|,)\s*Prune=(false|confirm)/],
  ['helm.sh/resource-policy', /^keep$/],
  ['kustomize.toolkit.fluxcd.io/prune', /^disabled$/],
];

/** Whether the tools that take away what is no longer there leave an object alone. */
export function isKept({ manifest }: KubernetesObject): boolean {
  const annotations = textsAt(manifest, 'metadata', 'annotations');
  return KEEPING.some(([annotation, value]) => value.test(annotations[annotation] ?? ''));
}

/** By what two objects of different names are taken for the same one: its image and what it keeps. */
export function likeness({ kind, manifest }: KubernetesObject): string {
  const json: Json = manifest;
  const images = recordsAt(get(json, 'spec', 'template', 'spec'), 'containers').map(
    (container) => parseImage(textAt(container, 'image') ?? '').name,
  );
  const image = parseImage(textAt(json, 'spec', 'imageName') ?? '').name;
  return [kind, ...claimTemplatesOf(json), ...images, image].join(' ');
}
