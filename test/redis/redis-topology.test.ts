import { Size } from 'cdk8s';
import {
  CacheEngine,
  CacheRedis,
  type CacheRedisProps,
  PerformanceMonitoring,
  RedisTopology,
  ScalableWebApp,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

function synth(topology: RedisTopology, props: CacheRedisProps = {}): Manifest[] {
  const chart = newChart();
  const cache = new CacheRedis(chart, 'cache', { topology, ...props });
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(cache);
  new PerformanceMonitoring(chart, 'perf', { watch: [cache] });
  return manifests(chart);
}

const confOf = (objects: readonly Manifest[]): string =>
  find(objects, 'ConfigMap', 'shop-cache').data['redis-additional.conf'];

describe('with Sentinels', () => {
  const objects = synth(RedisTopology.sentinel());
  const { spec } = find(objects, 'RedisReplication');
  const sentinel = find(objects, 'RedisSentinel').spec;

  test('is one primary with replicas, and enough Sentinels for a majority', () => {
    expect(spec.clusterSize).toBe(3);
    expect(sentinel.clusterSize).toBe(3);
    expect(sentinel.redisSentinelConfig).toMatchObject({
      masterGroupName: 'mymaster',
      quorum: '2',
      redisReplicationName: 'shop-cache',
    });
    const five = find(synth(RedisTopology.sentinel({ sentinels: 5 })), 'RedisSentinel').spec;
    expect(five.redisSentinelConfig.quorum).toBe('3');
  });

  test('consumers are told of the Sentinels, not of a server that may be gone', () => {
    const env = envOf(find(objects, 'Deployment', 'shop-web'));
    expect(env).toMatchObject({
      CACHE_ENABLED: 'true',
      CACHE_SENTINELS: [0, 1, 2]
        .map((index) => `shop-cache-sentinel-${index}.shop-cache-sentinel-headless:26379`)
        .join(','),
      CACHE_MASTER_NAME: 'mymaster',
      CACHE_USERNAME: 'app',
      CACHE_PASSWORD: { secretKeyRef: { key: 'password', name: 'shop-cache-credentials' } },
    });
    expect(Object.keys(env)).not.toContain('CACHE_HOST');
  });

  test('consumers reach servers and Sentinels, by the policies of all three', () => {
    const policy = (name: string) => JSON.stringify(find(objects, 'NetworkPolicy', name).spec);
    const sentinels =
      '{"app.kubernetes.io/component":"cache-sentinel","app.kubernetes.io/name":"shop-cache"}';
    const web = '{"app.kubernetes.io/component":"web","app.kubernetes.io/name":"shop-web"}';
    const { egress } = find(objects, 'NetworkPolicy', 'shop-web').spec;
    expect(JSON.stringify(egress.filter(({ ports }: Manifest) => ports[0].port === 26_379))).toContain(
      sentinels,
    );
    expect(policy('shop-cache-sentinel')).toContain(web);
    expect(policy('shop-cache')).toContain(web);
    expect(policy('shop-cache')).toContain('"kubernetes.io/metadata.name":"ot-operators"');
  });

  test('servers and Sentinels each lose one pod at a time', () => {
    for (const name of ['shop-cache', 'shop-cache-sentinel'])
      expect(find(objects, 'PodDisruptionBudget', name).spec.maxUnavailable).toBe(1);
  });

  test('passwords are referred to, in the environment and in a mounted file, never in an argument', () => {
    expect(spec.kubernetesConfig.redisSecret).toEqual({
      name: 'shop-cache-credentials',
      key: 'operator-password',
    });
    expect(spec.acl.secret.secretName).toBe('shop-cache-credentials');
    expect(spec.readinessProbe.exec.command.join(' ')).toContain('REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli');
    expect(JSON.stringify(objects)).not.toContain(' -a ');
  });

  test('is tuned like one server, with room for the fork and for what replicas have not read', () => {
    const limit = spec.kubernetesConfig.resources.limits.memory;
    expect([limit, spec.kubernetesConfig.resources.requests.memory]).toEqual(['2Gi', '2Gi']);
    const [, maxMemory] = /^maxmemory (\d+)$/m.exec(confOf(objects)) ?? [];
    expect(Number(maxMemory)).toBeLessThan(2 ** 30);
    expect(confOf(objects)).toMatch(/^client-output-buffer-limit replica \d+ 0 0$/m);
    expect(spec.redisConfig.additionalRedisConfig).toBe('shop-cache');
  });

  test('a changed configuration rolls the pods', () => {
    const checksum = (size: Size) =>
      find(synth(RedisTopology.sentinel(), { memory: size }), 'RedisReplication').metadata.annotations;
    expect(checksum(Size.gibibytes(2))).not.toEqual(checksum(Size.gibibytes(4)));
  });

  test('is scraped by the labels and the port name that the operator gives its pods', () => {
    const { spec: monitor } = find(objects, 'PodMonitor');
    expect(monitor.podMetricsEndpoints[0].port).toBe('redis-exporter');
    expect(find(objects, 'RedisReplication').metadata.labels).toMatchObject(monitor.selector.matchLabels);
  });
});

describe('a cluster', () => {
  const objects = synth(RedisTopology.cluster({ shards: 4, replicasPerShard: 2 }));
  const { spec } = find(objects, 'RedisCluster');

  test('shares out the keys over its shards, each with its replicas', () => {
    expect(spec.redisLeader.replicas).toBe(4);
    expect(spec.redisFollower.replicas).toBe(8);
    expect(spec.redisLeader.resources).toEqual(spec.redisFollower.resources);
  });

  test('consumers are told of the leaders to ask first', () => {
    expect(envOf(find(objects, 'Deployment', 'shop-web')).CACHE_CLUSTER_NODES.split(',')).toEqual(
      [0, 1, 2, 3].map((index) => `shop-cache-leader-${index}.shop-cache-leader-headless:6379`),
    );
  });

  test('its servers gossip among themselves only', () => {
    const { ingress } = find(objects, 'NetworkPolicy', 'shop-cache').spec;
    const gossips = ingress.filter((one: Manifest) =>
      one.ports.some(({ port }: Manifest) => port === 16_379),
    );
    expect(gossips).toHaveLength(1);
    expect(gossips[0].from).toEqual([
      { podSelector: { matchLabels: find(objects, 'RedisCluster').metadata.labels } },
    ]);
  });

  test('without replicas forks nothing, so that its servers hold as much as one alone', () => {
    const alone = confOf(synth(RedisTopology.cluster({ replicasPerShard: 0 })));
    expect(alone).toContain(`\nmaxmemory ${1000 * 2 ** 20}\n`);
    expect(alone).not.toContain('replica');
  });
});

test.each<[string, RedisTopology, CacheRedisProps, string]>([
  [
    'an even number of Sentinels',
    RedisTopology.sentinel({ sentinels: 4 }),
    {},
    'topology.sentinels is 4; allowed: an odd number',
  ],
  [
    'one server with Sentinels',
    RedisTopology.sentinel({ servers: 1 }),
    {},
    'topology.servers is 1; allowed: a whole number from 2 to 10',
  ],
  [
    'two shards',
    RedisTopology.cluster({ shards: 2 }),
    {},
    'topology.shards is 2; allowed: a whole number from 3 to 100',
  ],
  [
    'half a replica',
    RedisTopology.cluster({ replicasPerShard: 0.5 }),
    {},
    'topology.replicasPerShard is 0.5',
  ],
  [
    'a namespace that is none',
    RedisTopology.cluster({ operatorNamespace: 'a b' }),
    {},
    'topology.operatorNamespace is "a b"',
  ],
  ['Valkey', RedisTopology.cluster(), { engine: CacheEngine.VALKEY }, 'the images of the operator run Redis'],
])('%s is refused', (_, topology, props, message) => {
  expect(() => synth(topology, props)).toThrow(message);
});

test('one server needs no operator', () => {
  const kinds = synth(RedisTopology.standalone()).map(({ kind }) => kind);
  expect(kinds).toContain('StatefulSet');
  expect(kinds.join()).not.toMatch(/Redis(Replication|Sentinel|Cluster)/);
});
