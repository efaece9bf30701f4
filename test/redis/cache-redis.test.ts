import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  CacheEngine,
  CachePersistence,
  CacheRedis,
  type CacheRedisProps,
  ConnectionPool,
  EvictionPolicy,
  ScalableWebApp,
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
      requests: { memory: '2736Mi' },
      limits: { memory: '2736Mi' },
    });
  });

  test("in the guide's container of 2Gi holds three quarters of it", () => {
    const resources = containerOf({ profile: WorkloadProfile.CACHE }).resources;
    expect(resources).toMatchObject({
      requests: { cpu: '100m', memory: '2Gi' },
      limits: { cpu: '1', memory: '2Gi' },
    });
    expect(confOf({ profile: WorkloadProfile.CACHE })).toContain('\nmaxmemory 1610612736\n');
  });

  test('gives consumers CACHE_ENABLED, CACHE_TTL, CACHE_HOST and CACHE_PORT', () => {
    const chart = newChart();
    const cache = new CacheRedis(chart, 'app-cache', { name: 'app-cache' });
    new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' }).connectTo(cache);
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
  expect([memoryOf({ maxMemory: Size.gibibytes(1) }), memoryOf(props)]).toEqual(['1376Mi', '2Gi']);
  const set = find(synth(props), 'StatefulSet');
  expect(set.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('3Gi');
  expect(set.spec.template.spec.volumes.map((one: { name: string }) => one.name)).not.toContain('data');
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
    'shop/cache: maxMemory is "2Gi"; the memory limit of 2Gi bears at most 1536Mi, or the kernel kills the cache before it evicts; lower it, or raise the limit to 2736Mi, or leave profile out',
  ],
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

test('a connection pool is for databases', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  expect(() => web.connectTo(new CacheRedis(chart, 'cache'), { pool: ConnectionPool.shared() })).toThrow(
    'shop/web: connectTo.pool is a ConnectionPool; shop/cache is a cache, which shares out no connections; remove it',
  );
});
