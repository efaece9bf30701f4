import { Size } from 'cdk8s';
import { Cpu, Secret } from 'cdk8s-plus-27';
import {
  ApplicationSettings,
  CacheEngine,
  CachePersistence,
  CacheRedis,
  type CacheRedisProps,
  Checklist,
  EvictionPolicy,
  RedisTopology,
  ScalableWebApp,
  ScalingPolicy,
  ValueSizes,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { envOf, find, manifests, newChart } from '../support/synth';

function synth(props: CacheRedisProps = {}) {
  const chart = newChart();
  new CacheRedis(chart, 'cache', props);
  return manifests(chart);
}
const confOf = (props: CacheRedisProps = {}): string => find(synth(props), 'ConfigMap').data['cache.conf'];
const containerOf = (props: CacheRedisProps = {}) =>
  find(synth(props), 'StatefulSet').spec.template.spec.containers[0];
const memoryOf = (props: CacheRedisProps) => containerOf(props).resources.limits.memory;

describe("the guide's cache", () => {
  test('2Gi of keys, allkeys-lru, no persistence; the container is larger than the keys', () => {
    const props = {
      maxMemory: Size.gibibytes(2),
      evictionPolicy: EvictionPolicy.ALLKEYS_LRU,
      persistence: CachePersistence.NONE,
    };
    const conf = confOf(props);
    expect(conf).toContain('\nmaxmemory 2147483648\n');
    expect(conf).toContain('\nmaxmemory-policy allkeys-lru\n');
    expect(conf).toContain('\nsave ""\n');
    expect(conf).toContain('\nappendonly no\n');
    expect(containerOf(props).resources).toMatchObject({
      requests: { memory: '4144Mi' },
      limits: { memory: '4144Mi' },
    });
  });

  test('of steady sizes needs a smaller one', () => {
    const props = { maxMemory: Size.gibibytes(2), valueSizes: ValueSizes.STEADY };
    expect(memoryOf(props)).toBe('2736Mi');
  });

  test("in the guide's container of 2Gi holds half of it, and three quarters while sizes are steady", () => {
    const resources = containerOf({ profile: WorkloadProfile.CACHE }).resources;
    expect(resources).toMatchObject({
      requests: { cpu: '100m', memory: '2Gi' },
      limits: { cpu: '1', memory: '2Gi' },
    });
    const profile = WorkloadProfile.CACHE;
    expect(confOf({ profile })).toContain(`\nmaxmemory ${1000 * 2 ** 20}\n`);
    expect(confOf({ profile, valueSizes: ValueSizes.STEADY })).toContain('\nmaxmemory 1610612736\n');
  });

  test('gives consumers CACHE_ENABLED, CACHE_TTL, CACHE_HOST and CACHE_PORT', () => {
    const chart = newChart();
    const cache = new CacheRedis(chart, 'app-cache', { name: 'app-cache' });
    new ScalableWebApp(chart, 'web', {
      image: 'registry.example.com/shop:1.8.2',
      settings: ApplicationSettings.guide(),
    }).connectTo(cache);
    expect(envOf(find(manifests(chart), 'Deployment'))).toMatchObject({
      CACHE_ENABLED: 'true',
      CACHE_TTL: '3600',
      CACHE_HOST: 'app-cache',
      CACHE_PORT: '6379',
      CACHE_USERNAME: 'app',
      CACHE_PASSWORD: { secretKeyRef: { key: 'password', name: 'app-cache-credentials' } },
    });
  });
});

test('one line makes a cache with its configuration, Services, account, disruption budget and network policy', () => {
  expect(synth().map((object) => `${object.kind} ${object.metadata.name}`)).toEqual([
    'ConfigMap shop-cache',
    'ServiceAccount shop-cache',
    'StatefulSet shop-cache',
    'Service shop-cache',
    'Service shop-cache-headless',
    'PodDisruptionBudget shop-cache',
    'NetworkPolicy shop-cache',
  ]);
});

test('persistence writes every change to a volume, and needs a larger container', () => {
  const props = { maxMemory: Size.gibibytes(1), persistence: CachePersistence.APPEND_ONLY };
  expect(confOf(props)).toContain('\nappendonly yes\n');
  expect(confOf(props)).toContain('\nappendfsync everysec\n');
  expect([memoryOf({ maxMemory: Size.gibibytes(1) }), memoryOf(props)]).toEqual(['2096Mi', '2816Mi']);
  const set = find(synth(props), 'StatefulSet');
  expect(set.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('3Gi');
  expect(set.spec.template.spec.volumes.map((one: { name: string }) => one.name)).not.toContain('data');
});

test('memory is the limit and the request of the container, whatever the profile requests', () => {
  const props = { memory: Size.gibibytes(4), profile: WorkloadProfile.CACHE };
  expect(containerOf(props).resources).toMatchObject({
    requests: { cpu: '100m', memory: '4Gi' },
    limits: { cpu: '1', memory: '4Gi' },
  });
  expect(confOf(props)).toContain(`\nmaxmemory ${2024 * 2 ** 20}\n`);
  expect(memoryOf({ memory: Size.gibibytes(4), maxMemory: Size.gibibytes(1) })).toBe('4Gi');
});

test('snapshots need less of a volume than an append-only file, and time to write the last one', () => {
  const set = (persistence: CachePersistence) =>
    find(synth({ maxMemory: Size.gibibytes(4), persistence }), 'StatefulSet').spec;
  const [snapshots, appendOnly] = [set(CachePersistence.SNAPSHOTS), set(CachePersistence.APPEND_ONLY)];
  const sizeOf = (one: typeof snapshots) => one.volumeClaimTemplates[0].spec.resources.requests.storage;
  expect([sizeOf(snapshots), sizeOf(appendOnly)]).toEqual(['8Gi', '12Gi']);
  const graceOf = (one: typeof snapshots) => one.template.spec.terminationGracePeriodSeconds;
  expect([graceOf(snapshots), graceOf(appendOnly)]).toEqual([71, 30]);
});

test('a volatile policy is taken with its guarantee, which stays in the report as the reason', () => {
  const props = {
    evictionPolicy: EvictionPolicy.VOLATILE_TTL,
    ttlGuarantee: 'sessions expire after an hour',
  };
  expect(confOf(props)).toContain('\nmaxmemory-policy volatile-ttl\n');
  const found = Checklist.check(synth(props)).filter(({ rule }) => rule === 'CAC-002');
  expect(found).toMatchObject([{ suppressed: 'sessions expire after an hour' }]);
});

test('what the version of the image knows is emitted, and nothing else', () => {
  const lrm = { evictionPolicy: EvictionPolicy.ALLKEYS_LRM, engine: CacheEngine.REDIS };
  const own = 'registry.example.com/cache:7';
  expect(confOf({ ...lrm, image: 'docker.io/library/redis:8.6.1' })).toContain('allkeys-lrm');
  expect(confOf({ ...lrm, image: 'registry.example.com/cache:prod', engineVersion: '8.6' })).toContain(
    'allkeys-lrm',
  );
  expect(() => synth({ ...lrm, image: own })).toThrow('came with Redis 8.6; this is Redis 7.0');
  expect(confOf({ activeDefragmentation: true })).toContain('\nactivedefrag yes\n');
});

test('with TLS consumers are told of it, and of the authority by reference', () => {
  const chart = newChart();
  const tls = Secret.fromSecretName(chart, 'tls', 'cache-tls');
  const cache = new CacheRedis(chart, 'cache', { certificate: tls });
  new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' }).connectTo(cache);
  const objects = manifests(chart);
  expect(envOf(find(objects, 'Deployment'))).toMatchObject({
    CACHE_PORT: '6379',
    CACHE_TLS: 'true',
    CACHE_TLS_CA: { secretKeyRef: { key: 'ca.crt', name: 'cache-tls' } },
  });
  const { containers, volumes } = find(objects, 'StatefulSet').spec.template.spec;
  expect(volumes).toContainEqual({ name: 'tls', secret: { secretName: 'cache-tls', defaultMode: 0o440 } });
  expect(containers[1].env).toContainEqual({ name: 'REDIS_ADDR', value: 'rediss://127.0.0.1:6379' });
});

test('declared clients are no fewer than the pods that connect', () => {
  const chart = newChart();
  const cache = new CacheRedis(chart, 'cache', { clients: 20 });
  const web = (id: string, max: number) =>
    new ScalableWebApp(chart, id, {
      image: 'registry.example.com/shop:1.8.2',
      scaling: ScalingPolicy.cpu({ min: 2, max }),
    });
  web('web', 10).connectTo(cache);
  expect(() => web('admin', 10).connectTo(cache)).toThrow(
    'shop/cache: clients is 20; shop/web, shop/admin can run 26 pods at one time, and each holds at least one connection; raise it to 26 times the connections of a pod',
  );
});

test('Redis is run by its own programs', () => {
  const container = containerOf({ engine: CacheEngine.REDIS });
  expect(container.image).toContain('/redis:');
  expect(container.args[0]).toBe('redis-server');
  expect(JSON.stringify(container.readinessProbe)).toContain('redis-cli');
  expect(JSON.stringify(containerOf())).not.toContain('redis-cli');
});

test('no password is in the configuration, and a changed configuration restarts the cache', () => {
  const checksum = (props: CacheRedisProps) =>
    find(synth(props), 'StatefulSet').spec.template.metadata.annotations;
  expect(checksum({})).not.toEqual(checksum({ evictionPolicy: EvictionPolicy.ALLKEYS_LFU }));
  expect(JSON.stringify(find(synth(), 'ConfigMap'))).not.toMatch(/requirepass|masterauth/);
});

test.each<[string, CacheRedisProps, string]>([
  [
    'a container as large as maxMemory',
    { maxMemory: Size.gibibytes(2), profile: WorkloadProfile.CACHE },
    'shop/cache: maxMemory is "2Gi"; the memory limit of 2Gi bears at most 1000Mi, or the kernel kills the cache before it evicts; lower it, or raise the limit to 4144Mi, or leave profile out',
  ],
  [
    'a maxMemory that fits while sizes are steady',
    { maxMemory: Size.mebibytes(1500), memory: Size.gibibytes(2) },
    'or leave memory out; or set valueSizes to STEADY, if small and large values always come in the same proportion',
  ],
  [
    'clients that leave no room for keys',
    { maxMemory: Size.mebibytes(512), clients: 2000, largestValue: Size.kibibytes(100) },
    'shop/cache: clients is 2000; 2000 clients that each send or receive 100Ki at one time hold up to 567Mi, ' +
      'and keys are evicted to make room for them; raise maxMemory to 756Mi, or lower clients or largestValue',
  ],
  [
    'clients that leave no room for keys in the container',
    { memory: Size.gibibytes(1), largestValue: Size.mebibytes(4) },
    'shop/cache: largestValue is "4Mi"; 100 clients that each send or receive 4Mi at one time hold up to 909Mi',
  ],
  [
    'clients that the container does not even hold',
    { memory: Size.gibibytes(1), clients: 1000, largestValue: Size.mebibytes(1) },
    'shop/cache: clients is 1000; 1000 clients that each send or receive 1Mi at one time hold up to 2315Mi, and keys are evicted to make room for them; raise memory to 8240Mi, or lower',
  ],
  ['no clients', { clients: 0 }, 'clients is 0; allowed: a whole number from 1 to 50000'],
  ['values of nothing', { largestValue: Size.kibibytes(0) }, 'largestValue is "0Ki"; allowed: 1Ki to 512Mi'],
  [
    'a rate that nobody replicates',
    { writeRate: Size.mebibytes(5) },
    'writeRate is "5Mi"; the server has no replicas; set topology, or remove writeRate',
  ],
  [
    'a rate that no replica follows',
    { writeRate: Size.mebibytes(60), topology: RedisTopology.sentinel() },
    'writeRate is "60Mi"; allowed: 1Ki to 50Mi a second, in whole bytes; a replica does not keep up with more',
  ],
  ['everything that is wrong at once', { clients: 0, writeRate: Size.mebibytes(5) }, 'remove writeRate'],
  [
    'clients in a container and a maxMemory that are both too small',
    { memory: Size.gibibytes(1), maxMemory: Size.mebibytes(256), clients: 2000 },
    'raise maxMemory to 545Mi and memory to 1504Mi, or lower clients or largestValue',
  ],
  ['sizes that are none', { valueSizes: 'small' as ValueSizes }, 'allowed: changing, steady'],
  ['a maxMemory of nothing', { maxMemory: Size.mebibytes(0) }, 'allowed: at least 16Mi'],
  [
    'a container for nothing',
    { profile: WorkloadProfile.CACHE.withMemory(Size.mebibytes(32)) },
    'too small for a cache',
  ],
  [
    'noeviction',
    { evictionPolicy: 'noeviction' as EvictionPolicy },
    'evictionPolicy is "noeviction"; allowed: allkeys-lru, allkeys-lfu,',
  ],
  [
    'a volatile policy without a guarantee',
    { evictionPolicy: EvictionPolicy.VOLATILE_LRU },
    'choose an allkeys- policy, or say in ttlGuarantee why every key has one',
  ],
  ['a guarantee that says nothing', { ttlGuarantee: 'yes' }, 'ttlGuarantee is "yes"; allowed: at least 10'],
  ['counting what the policy does not look at', { lfu: {} }, 'allkeys-lru does not count use'],
  [
    'an impossible count',
    { evictionPolicy: EvictionPolicy.ALLKEYS_LFU, lfu: { logFactor: 256 } },
    'lfu.logFactor is 256; allowed: a whole number from 0 to 255',
  ],
  [
    'the image of the other engine',
    { image: 'docker.io/library/redis:8.2.1' },
    'it looks like redis, and the engine is valkey; set engine to what the image runs',
  ],
  [
    'a version that cannot bound its clients',
    { engine: CacheEngine.REDIS, image: 'docker.io/library/redis:6.2' },
    'allowed: redis 7.0 or newer',
  ],
  [
    'a version that is none',
    { engineVersion: 'new' },
    'engineVersion is "new"; allowed: a version such as 8.1',
  ],
  [
    'defragmentation by an allocator that nobody knows',
    { image: 'registry.example.com/valkey:9.1', activeDefragmentation: true },
    'nothing is known of registry.example.com/valkey:9.1; use the official image',
  ],
  [
    'a container that does not bear what is wanted of it',
    { memory: Size.gibibytes(1), maxMemory: Size.gibibytes(1) },
    'or leave memory out',
  ],
  ['storage without persistence', { storage: Size.gibibytes(1) }, 'there is no volume without persistence'],
  [
    'a volume that the append-only file outgrows',
    { maxMemory: Size.gibibytes(1), persistence: CachePersistence.APPEND_ONLY, storage: Size.gibibytes(2) },
    'allowed: at least 3Gi',
  ],
  [
    'a quantity that is none',
    { profile: WorkloadProfile.CACHE.withCpu(Cpu.millis(NaN)) },
    'profile.cpuRequest is "NaNm"',
  ],
])('%s is refused', (_, props, message) => {
  expect(() => synth(props)).toThrow(message);
});
