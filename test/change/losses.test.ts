/** What is lost by a change that the API server takes. */
import { claim, guarded, object, statefulSet, template } from './sets';

const pvc = (name = 'one', annotations?: object, namespace = 'shop') => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace, annotations },
  spec: claim().spec,
});
const cluster = (spec: object = {}, name = 'one') =>
  object(
    'postgresql.cnpg.io/v1',
    'Cluster',
    { spec: { imageName: 'ghcr.io/cloudnative-pg/postgresql:17.5', storage: { size: '10Gi' }, ...spec } },
    name,
  );
const postgres = (tag: string) =>
  statefulSet({ template: template({ image: `docker.io/library/postgres:${tag}` }) });
const namespace = (annotations?: object) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', annotations },
});
const ids = (before: readonly object[], after: readonly object[]) =>
  guarded(before, after).map(({ id, verdict }) => `${id} ${verdict}`);

test.each<readonly [string, readonly object[], readonly object[], readonly string[]]>([
  ['a StatefulSet with claims is removed', [statefulSet()], [], ['CHG-101 lost']],
  ['a claim is removed', [pvc()], [], ['CHG-101 lost']],
  ['a Cluster is removed', [cluster()], [], ['CHG-101 lost']],
  [
    'a Redis on disk is removed',
    [object('redis.redis.opstreelabs.in/v1beta2', 'RedisReplication', { spec: { storage: {} } })],
    [],
    ['CHG-101 lost'],
  ],
  ['a StatefulSet gets another name', [statefulSet()], [statefulSet({}, 'two')], ['CHG-102 lost']],
  [
    'a StatefulSet moves to another namespace',
    [statefulSet()],
    [statefulSet({}, 'one', 'other')],
    ['CHG-102 lost'],
  ],
  ['a Cluster gets another name', [cluster()], [cluster({}, 'two')], ['CHG-102 lost']],
  [
    'a claim template gets another name',
    [statefulSet()],
    [statefulSet({ volumeClaimTemplates: [claim({}, 'pgdata')] })],
    ['CHG-003 refused', 'CHG-003 refused', 'CHG-103 lost'],
  ],
  ['a namespace is removed', [namespace()], [], ['CHG-104 lost']],
  [
    'another class of a Cluster',
    [cluster({ storage: { size: '10Gi', storageClass: 'a' } })],
    [cluster({ storage: { size: '10Gi', storageClass: 'b' } })],
    ['CHG-105 without effect'],
  ],
  ['another major of Postgres', [postgres('16.4')], [postgres('17.2')], ['CHG-106 lost']],
  [
    'an older major of a Cluster',
    [cluster()],
    [cluster({ imageName: 'ghcr.io/cloudnative-pg/postgresql:16.9' })],
    ['CHG-106 refused'],
  ],
  [
    'replicas go with their claims',
    [statefulSet({ replicas: 3, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } })],
    [statefulSet({ replicas: 2, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } })],
    ['CHG-107 lost'],
  ],
  [
    'a definition is removed',
    [object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {})],
    [],
    ['CHG-108 lost'],
  ],
])('%s', (_, before, after, expected) => {
  expect(ids(before, after)).toEqual(expected);
});

test.each<readonly [string, readonly object[], readonly object[]]>([
  ['a StatefulSet without claims is removed', [statefulSet({ volumeClaimTemplates: [] })], []],
  [
    'a Redis in memory is removed',
    [object('redis.redis.opstreelabs.in/v1beta2', 'RedisReplication', { spec: {} })],
    [],
  ],
  [
    'a resource that only has the name',
    [object('cluster.x-k8s.io/v1beta1', 'Cluster', { spec: { storage: {} } })],
    [],
  ],
  [
    'a claim that Argo CD keeps',
    [pvc('one', { 'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false' })],
    [],
  ],
  ['a claim that Flux keeps', [pvc('one', { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' })], []],
  ['a namespace that Helm keeps', [namespace({ 'helm.sh/resource-policy': 'keep' })], []],
  ['another minor of Postgres', [postgres('17.2')], [postgres('17.4')]],
  [
    'another major without a volume',
    [object('apps/v1', 'StatefulSet', { spec: { template: template({ image: 'postgres:16' }) } })],
    [object('apps/v1', 'StatefulSet', { spec: { template: template({ image: 'postgres:17' }) } })],
  ],
  [
    'a newer major of a Cluster, which upgrades in place',
    [cluster()],
    [cluster({ imageName: 'ghcr.io/cloudnative-pg/postgresql:18.0' })],
  ],
  ['fewer replicas that leave their claims', [statefulSet({ replicas: 3 })], [statefulSet({ replicas: 2 })]],
])('nothing is lost: %s', (_, before, after) => {
  expect(ids(before, after)).toEqual([]);
});

test('what took its place is named, and what stays where nobody serves it', () => {
  const [moved] = guarded([statefulSet()], [statefulSet({}, 'one', 'other')]);
  expect(moved).toMatchObject({
    path: 'metadata.namespace',
    before: 'StatefulSet shop/one',
    after: 'StatefulSet other/one',
    says: 'StatefulSet other/one starts empty; its pods end; the claims data-one-… stay, and nobody serves what is on them',
  });
});

test('claims that go with their StatefulSet are told so', () => {
  const [removed] = guarded(
    [statefulSet({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })],
    [],
  );
  expect(removed.says).toBe('the claims data-one-… go with it');
});

test('of two that could be the one that was renamed neither is', () => {
  expect(ids([statefulSet()], [statefulSet({}, 'two'), statefulSet({}, 'three')])).toEqual(['CHG-101 lost']);
});

test('a namespace names what is in it', () => {
  const [finding] = guarded([namespace(), statefulSet(), pvc()], [statefulSet(), pvc()]);
  expect(finding.says).toBe(
    'everything in the namespace is deleted, claims and Secrets too: the claims data-one-…, the volume of the claim one',
  );
});
