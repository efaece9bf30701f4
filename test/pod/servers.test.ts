/** The vocabulary of pods on databases, caches, poolers and proxies, and what operators take of it. */
import { type Chart, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  CacheRedis,
  NginxCachingProxy,
  type PodProps,
  PodVolume,
  PostgresTopology,
  RedisTopology,
  ScalableWebApp,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

const storage = Size.gibibytes(20);
const hosts = ['a.example.com'];
const backend = (chart: Chart) => new ScalableWebApp(chart, 'web', { image: IMAGE });

const AGENT = {
  name: 'agent',
  image: 'registry.example.com/agent:1.0.0',
  profile: WorkloadProfile.fromQuantities({
    cpuRequest: '10m',
    cpuLimit: '50m',
    memoryRequest: '32Mi',
    memoryLimit: '32Mi',
  }),
};
const PROPS = (): PodProps => ({
  imagePullSecrets: [Secret.fromSecretName(newChart(), 'secret', 'registry')],
  tolerations: [{ key: 'pool', value: 'data' }],
  podLabels: { team: 'data' },
  podAnnotations: { 'example.com/note': 'kept' },
  sidecars: [{ ...AGENT, native: false }],
  volumes: [
    { path: '/etc/extra', volume: PodVolume.secret(Secret.fromSecretName(newChart(), 's', 'extra')) },
  ],
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/data' } },
  dns: { ndots: 2 },
});

describe.each<[string, (chart: Chart, props: PodProps) => void, string, string]>([
  [
    'a database',
    (chart, props) => new TunedPostgres(chart, 'db', { storage, ...props }),
    'StatefulSet',
    'shop-db',
  ],
  [
    'a pooler',
    (chart, props) => new TunedPostgres(chart, 'db', { storage }).addPooler(props),
    'Deployment',
    'shop-db-pooler',
  ],
  ['a cache', (chart, props) => new CacheRedis(chart, 'c', props), 'StatefulSet', 'shop-c'],
  [
    'a proxy',
    (chart, props) => new NginxCachingProxy(chart, 'e', { backend: backend(chart), hosts, ...props }),
    'Deployment',
    'shop-e',
  ],
])('%s', (_, make, kind, name) => {
  const synth = (props: PodProps): Manifest[] => {
    const chart = newChart();
    make(chart, props);
    return manifests(chart);
  };

  test('has what every pod may have', () => {
    const objects = synth(PROPS());
    const { metadata, spec } = find(objects, kind, name).spec.template;
    expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(spec.tolerations).toEqual([{ key: 'pool', operator: 'Equal', value: 'data' }]);
    expect(metadata.labels).toMatchObject({ team: 'data', 'app.kubernetes.io/name': name });
    expect(metadata.annotations).toMatchObject({ 'example.com/note': 'kept' });
    expect(spec.containers.map((one: Manifest) => one.name)).toContain('agent');
    expect(spec.containers[0].volumeMounts).toContainEqual({
      name: 'extra-secret',
      mountPath: '/etc/extra',
      readOnly: true,
    });
    expect(find(objects, 'ServiceAccount', name).metadata.annotations).toHaveProperty([
      'eks.amazonaws.com/role-arn',
    ]);
    expect(spec.dnsConfig.options).toEqual([{ name: 'ndots', value: '2' }]);
  });

  test('is as good for the checklist as without', () => {
    const open = (objects: readonly Manifest[]) =>
      evaluate(Inventory.of(objects)).findings.flatMap(({ rule, suppressed }) =>
        suppressed === undefined ? rule : [],
      );
    expect(open(synth(PROPS())).sort()).toEqual(open(synth({})).sort());
  });

  test('refuses what is none', () => {
    expect(() => synth({ hostAliases: [{ ip: 'x', hostnames: [] }] })).toThrow(/hostAliases\[0\]\.ip is "x"/);
    expect(() => synth({ volumes: [{ path: '/tmp', volume: PodVolume.claim('a') }] })).toThrow(
      /something is mounted there already/,
    );
  });
});

describe('operators take what their resources have fields for', () => {
  const cluster = (props: PodProps) => {
    const chart = newChart();
    const topology = PostgresTopology.cloudNativePg({ instances: 3 });
    const db = new TunedPostgres(chart, 'db', { storage, topology, ...props });
    return { db, objects: () => manifests(chart) };
  };
  const sentinel = (props: PodProps) => {
    const chart = newChart();
    new CacheRedis(chart, 'c', { memory: Size.gibibytes(1), topology: RedisTopology.sentinel({}), ...props });
    return manifests(chart);
  };
  const some = (): PodProps => {
    const { imagePullSecrets, tolerations } = PROPS();
    return { imagePullSecrets, tolerations, requiredNodes: [{ label: 'disk', values: ['ssd'] }] };
  };

  test('CloudNativePG', () => {
    const { spec } = find(cluster(some()).objects(), 'Cluster');
    expect(spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(spec.affinity.tolerations).toEqual([{ key: 'pool', operator: 'Equal', value: 'data' }]);
    expect(() => cluster({ sidecars: [AGENT] })).toThrow(
      /sidecars is .*; CloudNativePG makes the pods; patch the Cluster/,
    );
    expect(() => cluster({}).db.addPooler({ dns: { ndots: 2 } })).toThrow(
      /dns is .*; CloudNativePG makes the pods; patch the Pooler/,
    );
  });

  test('the redis-operator', () => {
    const { spec } = find(sentinel(some()), 'RedisReplication');
    expect(spec.kubernetesConfig.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(spec.tolerations).toEqual([{ key: 'pool', operator: 'Equal', value: 'data' }]);
    expect(() => sentinel({ sidecars: [AGENT] })).toThrow(
      /sidecars is .*; the redis-operator has no field for it/,
    );
  });
});
