import { Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  CachePersistence,
  CacheRedis,
  type CacheRedisProps,
  Checklist,
  FindingSeverity,
  PerformanceMonitoring,
  RedisTopology,
  ScalableWebApp,
  Traffic,
} from 'cdk8s-tuned';
import { find, type Manifest, manifests, newChart } from '../support/synth';
import { restrictedProblems } from './restricted';
import { customResourceValidator, isCustom, kubernetesValidator } from './schemas';

const TOPOLOGIES: Array<[string, RedisTopology]> = [
  ['Sentinels', RedisTopology.sentinel()],
  ['Sentinels for two', RedisTopology.sentinel({ servers: 2, sentinels: 5 })],
  ['a cluster', RedisTopology.cluster()],
  ['a cluster without replicas', RedisTopology.cluster({ shards: 4, replicasPerShard: 0 })],
];

function synth(topology: RedisTopology, props: CacheRedisProps = {}): Manifest[] {
  const chart = newChart();
  const cache = new CacheRedis(chart, 'cache', { topology, ...props });
  const web = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  web.connectTo(cache);
  web.requireScaling(
    Traffic.spike({ base: 20, peak: 80 }),
    { timeToCapacity: Duration.minutes(3) },
    { capacityPerPod: 20 },
  );
  new PerformanceMonitoring(chart, 'perf', { watch: [cache, web] });
  return manifests(chart);
}

/** Everything that a resource can say. */
function synthAll(topology: RedisTopology): Manifest[] {
  return synth(topology, {
    persistence: CachePersistence.APPEND_ONLY,
    maxMemory: Size.gibibytes(1),
    storageClassName: 'fast',
    certificate: Secret.fromSecretName(newChart(), 'tls', 'cache-tls'),
    priorityClassName: 'high',
    nodeSelector: { workload: 'cache' },
    instanceTypes: ['r6g.large'],
  });
}

describe.each(TOPOLOGIES)('%s', (_, topology) => {
  test.each([
    ['as it is by default', synth(topology)],
    ['with all that it can have', synthAll(topology)],
  ])('is valid by the definitions of the operator, %s', (__, objects) => {
    const custom = objects.filter(isCustom);
    expect(custom.some(({ kind }) => /^Redis(Replication|Cluster)$/.test(kind))).toBe(true);
    expect(custom.flatMap(customResourceValidator())).toEqual([]);
    expect(objects.filter((one) => !isCustom(one)).flatMap(kubernetesValidator(27))).toEqual([]);
  });

  test('meets the restricted Pod Security Standard in all that the resource decides', () => {
    for (const { spec } of synth(topology).filter(({ kind }) => /^Redis/.test(kind)))
      expect(restrictedProblems(spec)).toEqual([]);
  });

  test('passes the checklist', () => {
    const findings = Checklist.check(synth(topology)).filter(
      ({ severity }) => severity !== FindingSeverity.INFO,
    );
    expect(findings).toEqual([]);
  });
});

test('a resource of the operator that breaks a rule is found', () => {
  const objects = synth(RedisTopology.cluster());
  const configMap = find(objects, 'ConfigMap', 'shop-cache');
  const key = 'redis-additional.conf';
  configMap.data[key] = configMap.data[key]
    .replace('save ""', '')
    .replace(/^maxmemory \d+/m, 'maxmemory 1Gi');
  expect(Checklist.check(objects).map(({ rule, kind }) => `${rule} ${kind}`)).toEqual([
    'CAC-020 RedisCluster',
    'CAC-021 RedisCluster',
    'OOM-002 RedisCluster',
  ]);
});
