/** What users patch: the usual way to an object, and what follows from a patch. */
import { ApiObject, type Chart, JsonPatch, Size } from 'cdk8s';
import { ConfigMap } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  CacheRedis,
  NetworkPeer,
  NginxCachingProxy,
  PodVolume,
  PostgresTopology,
  RedisTopology,
  ScalableWebApp,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import type { Construct } from 'constructs';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

const storage = Size.gibibytes(20);
const postgres = (chart: Chart, props: Partial<TunedPostgresProps> = {}) =>
  new TunedPostgres(chart, 'db', { storage, ...props });
const web = (chart: Chart) => new ScalableWebApp(chart, 'web', { image: IMAGE });

test.each<[string, (chart: Chart) => Construct, string]>([
  ['ScalableWebApp', web, 'Deployment'],
  ['BackgroundWorker', (chart) => new BackgroundWorker(chart, 'w', { image: IMAGE }), 'Deployment'],
  ['TunedPostgres', (chart) => postgres(chart), 'StatefulSet'],
  [
    'TunedPostgres on CloudNativePG',
    (chart) => postgres(chart, { topology: PostgresTopology.cloudNativePg({ instances: 3 }) }),
    'Cluster',
  ],
  ['PostgresPooler', (chart) => postgres(chart).addPooler(), 'Deployment'],
  ['CacheRedis', (chart) => new CacheRedis(chart, 'c', {}), 'StatefulSet'],
  [
    'CacheRedis with Sentinels',
    (chart) =>
      new CacheRedis(chart, 'c', { memory: Size.gibibytes(1), topology: RedisTopology.sentinel({}) }),
    'RedisReplication',
  ],
  [
    'NginxCachingProxy',
    (chart) => new NginxCachingProxy(chart, 'e', { backend: web(chart), hosts: ['a.example.com'] }),
    'Deployment',
  ],
])('ApiObject.of finds the main object of %s', (_, make, kind) => {
  expect(ApiObject.of(make(newChart())).kind).toBe(kind);
});

describe('a patched ConfigMap rolls the pods that mount it', () => {
  const checksumOf = (objects: readonly Manifest[], kind: string, name: string): string =>
    find(objects, kind, name).spec.template.metadata.annotations?.['checksum/config'];
  const patch = JsonPatch.add('/data/patched.conf', 'x');

  test.each<[string, (chart: Chart) => ApiObject | undefined, string, string]>([
    ['a cache', (chart) => new CacheRedis(chart, 'c', {}).configMap, 'StatefulSet', 'shop-c'],
    [
      'a proxy',
      (chart) =>
        new NginxCachingProxy(chart, 'e', { backend: web(chart), hosts: ['a.example.com'] }).configMap,
      'Deployment',
      'shop-e',
    ],
    ['a pooler', (chart) => postgres(chart).addPooler().configMap, 'Deployment', 'shop-db-pooler'],
  ])('of %s', (_, make, kind, name) => {
    const checksum = (isPatched: boolean) => {
      const chart = newChart();
      const configMap = make(chart);
      if (isPatched) configMap?.addJsonPatch(patch);
      return checksumOf(manifests(chart), kind, name);
    };
    expect(checksum(false)).toMatch(/^\w+$/);
    expect(checksum(true)).not.toBe(checksum(false));
    expect(checksum(true)).toBe(checksum(true));
  });

  test('of a database: by what it reads, and not where that is turned off', () => {
    const checksum = (props: Partial<TunedPostgresProps>, file?: string) => {
      const chart = newChart();
      const db = postgres(chart, props);
      if (file !== undefined) db.configMap?.addJsonPatch(JsonPatch.replace(`/data/${file}`, '# patched'));
      return checksumOf(manifests(chart), 'StatefulSet', 'shop-db');
    };
    expect(checksum({}, 'postgresql.conf')).not.toBe(checksum({}));
    expect(checksum({}, 'roles.sql')).toBe(checksum({}));
    expect(checksum({ restartOnChange: false })).toBeUndefined();
  });

  test('of one’s own, in the same chart', () => {
    const checksum = (text: string) => {
      const chart = newChart();
      const settings = new ConfigMap(chart, 'settings', {
        metadata: { name: 'settings' },
        data: { a: text },
      });
      new ScalableWebApp(chart, 'web', {
        image: IMAGE,
        volumes: [{ path: '/etc/app', volume: PodVolume.configMap(settings) }],
      });
      return checksumOf(manifests(chart), 'Deployment', 'shop-web');
    };
    expect(checksum('1')).not.toBe(checksum('2'));
  });

  test('and a web app without files has none', () => {
    const chart = newChart();
    web(chart);
    expect(checksumOf(manifests(chart), 'Deployment', 'shop-web')).toBeUndefined();
  });
});

test('servers reach what users say, such as the control plane of a mesh', () => {
  const chart = newChart();
  const db = postgres(chart);
  const all = [db, db.addPooler(), new CacheRedis(chart, 'c', {})];
  const edge = new NginxCachingProxy(chart, 'e', { backend: web(chart), hosts: ['a.example.com'] });
  for (const one of [...all, edge]) one.allowTo(NetworkPeer.namespace('istio-system'), [15012]);
  const policies = manifests(chart).filter(({ kind }) => kind === 'NetworkPolicy');
  const open = policies.filter(({ spec }) => JSON.stringify(spec.egress).includes('15012'));
  expect(open.map(({ metadata }) => metadata.name).sort()).toEqual([
    'shop-c',
    'shop-db',
    'shop-db-pooler',
    'shop-e',
  ]);
  expect(() => edge.allowTo(NetworkPeer.namespace('istio-system'), [])).toThrow(
    /allowTo is \[\]; allowed: at least one port/,
  );
});
