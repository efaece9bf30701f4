import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  Exposure,
  HttpUpstream,
  NginxCachingProxy,
  type NginxCachingProxyProps,
  ProxyCacheStorage,
  ProxyTopology,
  WorkloadProfile,
} from 'cdk8s-tuned';
import fc from 'fast-check';
import { Inventory } from '../../../lib/inventory/inventory';
import { nginxMemory } from '../../../lib/nginx/reading/nginx-memory';
import { configuredServers } from '../../../lib/nginx/reading/nginx-servers';
import {
  MAX_CONNECTIONS,
  NGINX_MEMORY_SHARE,
  nginxWorstCaseBytes,
} from '../../../lib/nginx/tuning/nginx-memory-budget';
import { parseBytes } from '../../../lib/units/quantity';
import { find, type Manifest, manifests, newChart } from '../../support/synth';

const KIB = 1024;
const MIB = 1024 * KIB;

/** An nginx of somebody else's, with this file. */
function nginx(conf: string, memory = '128Mi', cpu = '100m'): Manifest[] {
  const labels = { app: 'front' };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'front' }, data: { 'nginx.conf': conf } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'front' },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: 'front',
                image: 'nginx:1.30.4',
                resources: { requests: { cpu }, limits: { memory } },
              },
            ],
            volumes: [{ name: 'config', configMap: { name: 'front' } }],
          },
        },
      },
    },
  ];
}

const memoryOf = (objects: readonly Manifest[], volumeBytes = 0) => {
  const [server] = configuredServers(Inventory.of(objects));
  return nginxMemory(server, volumeBytes);
};
const findingsOf = (objects: readonly Manifest[]) =>
  Checklist.check([...objects]).filter(({ rule }) => rule === 'OOM-003');

const site = (inside: string, main = '') => `${main} events { worker_connections 100; } http { ${inside} }`;
const proxy = (location = '', server = '', http = '') =>
  site(`${http} server { listen 80; ${server} location / { ${location} proxy_pass http://app; } }`);
/** A request has two connections, and each fourth has a spare one: so many make a difference. */
const FEW = 4;
const bytesOf = (conf: string) => memoryOf(nginx(conf))?.connectionBytes ?? NaN;

test('what is read from our files is what they were made for', () => {
  const chart = newChart();
  const tls = Secret.fromSecretName(chart, 'tls', 'shop-tls');
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 512, max: 64 * 1024 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom('1.22.1', '1.28.0', '1.30.4'),
      (cores, memory, coalesce, secure, inMemory, external, nginxVersion) => {
        const props: NginxCachingProxyProps = {
          hosts: ['shop.example.com'],
          upstream: external
            ? HttpUpstream.externalHost({ host: 'cms.example.com' })
            : HttpUpstream.service({ name: 'web' }),
          exposure: Exposure.loadBalancer(),
          cacheSize: Size.mebibytes(64),
          coalesce,
          nginxVersion,
          tlsSecret: secure ? tls : undefined,
          cacheStorage: inMemory ? ProxyCacheStorage.memory() : ProxyCacheStorage.disk(),
          profile: WorkloadProfile.fromQuantities({
            cpuRequest: '100m',
            cpuLimit: `${cores}`,
            memoryRequest: '64Mi',
            memoryLimit: `${memory + 512 * cores}Mi`,
          }),
        };
        const fresh = newChart();
        new NginxCachingProxy(fresh, 'edge', props);
        const objects = manifests(fresh);
        const volumes = find(objects, 'Deployment').spec.template.spec.volumes;
        const cache = volumes.find(({ name }: Manifest) => name === 'cache').emptyDir;
        const read = memoryOf(objects, cache.medium === 'Memory' ? parseBytes(cache.sizeLimit) : 0);
        expect(read && nginxWorstCaseBytes(read)).toBeLessThanOrEqual(
          NGINX_MEMORY_SHARE * (memory + 512 * cores) * MIB,
        );
        expect(findingsOf(objects)).toEqual([]);
        // One connection more would be too many, unless it has as many as it may have. Of an nginx that does not bound the
        // lines of headers the rule takes a thousand.
        const another = read && nginxWorstCaseBytes({ ...read, connections: read.connections + FEW });
        expect(
          (read && read.connections - read.spare >= MAX_CONNECTIONS) ||
            nginxVersion !== '1.30.4' ||
            (another ?? 0) > NGINX_MEMORY_SHARE * (memory + 512 * cores) * MIB,
        ).toBe(true);
      },
    ),
    { numRuns: 30, examples: [[1, 512, false, true, false, false, '1.30.4']] },
  );
});

test('routers and shards are read as they were made, too', () => {
  const chart = newChart();
  new NginxCachingProxy(chart, 'edge', {
    hosts: ['shop.example.com'],
    upstream: HttpUpstream.service({ name: 'web' }),
    topology: ProxyTopology.sharded({ shards: 2 }),
  });
  const objects = manifests(chart);
  const servers = configuredServers(Inventory.of(objects));
  expect(servers).toHaveLength(2);
  for (const server of servers) {
    const read = nginxMemory(server, 0);
    expect(read && nginxWorstCaseBytes(read)).toBeLessThanOrEqual(NGINX_MEMORY_SHARE * 512 * MIB);
    const another = read && nginxWorstCaseBytes({ ...read, connections: read.connections + FEW });
    expect(
      (read && read.connections - read.spare === MAX_CONNECTIONS) ||
        (another ?? 0) > NGINX_MEMORY_SHARE * 512 * MIB,
    ).toBe(true);
  }
});

describe('the file of anybody', () => {
  test('that neither asks nor stores is not looked at: its memory is files', () => {
    expect(memoryOf(nginx(site('server { listen 80; root /srv; }')))).toBeUndefined();
  });

  test('without a directive has what nginx has without it', () => {
    const bare = memoryOf(nginx('server { location / { proxy_pass http://app; } }'));
    expect(bare).toMatchObject({ workers: 1, connections: 512, openFiles: 0, zoneBytes: 0 });
    expect(bytesOf(proxy('proxy_buffers 8 4k; gzip_buffers 32 4k; large_client_header_buffers 4 8k;'))).toBe(
      bare?.connectionBytes,
    );
  });

  test('is counted where it asks: the nearest directive wins', () => {
    const least = bytesOf(proxy());
    const large = 'proxy_buffers 64 16k;';
    expect(bytesOf(proxy(large))).toBe(least + (64 * 16 - 32) * KIB * 0.5);
    expect(bytesOf(proxy('', large))).toBe(bytesOf(proxy(large)));
    expect(bytesOf(proxy('', '', large))).toBe(bytesOf(proxy(large)));
    expect(bytesOf(proxy('proxy_buffers 8 4k;', large))).toBe(least);
    expect(bytesOf(proxy('proxy_buffering off;', large))).toBeLessThan(least);
    expect(
      bytesOf(site(`server { location /a { proxy_pass http://a; } location /b { ${large} return 204; } }`)),
    ).toBe(least);
    expect(bytesOf(site(`server { location /a { location /a/b { ${large} proxy_pass http://a; } } }`))).toBe(
      bytesOf(proxy(large)),
    );
  });

  test.each([
    ['gzip on;', '', 196],
    ['gunzip on;', '', 84],
    ['proxy_cache pages;', '', 4],
    ['', 'listen 443 ssl;', 40],
  ])('holds more with %s %s', (location, server, kibibytes) => {
    expect(bytesOf(proxy(location, server))).toBeGreaterThanOrEqual(bytesOf(proxy()) + kibibytes * KIB);
  });

  test('holds as much for each request of HTTP/2 as for a connection', () => {
    const streams = (count: number) =>
      bytesOf(
        proxy('proxy_cache pages;', `listen 443 ssl; http2 on; http2_max_concurrent_streams ${count};`),
      );
    expect(streams(100)).toBeGreaterThan(50 * bytesOf(proxy()));
    expect(streams(10)).toBeLessThan(streams(100) / 5);
    expect(bytesOf(proxy('proxy_cache pages;', 'listen 443 ssl http2;'))).toBe(
      bytesOf(proxy('proxy_cache pages;', 'listen 443 ssl; http2 on;')),
    );
  });

  test('is not counted with files that the kernel sends', () => {
    expect(bytesOf(proxy('', '', 'sendfile on;'))).toBe(bytesOf(proxy()) - 32 * KIB);
    expect(bytesOf(proxy('gzip on;', '', 'sendfile on;'))).toBe(bytesOf(proxy('gzip on;')));
  });

  test('has a worker for each core that the container requests at the least, when it says auto', () => {
    const workers = (main: string, cpu: string) =>
      memoryOf(nginx(proxy().replace('', main), '1Gi', cpu))?.workers;
    expect(workers('worker_processes 3;', '100m')).toBe(3);
    expect(workers('worker_processes auto;', '100m')).toBe(1);
    expect(workers('worker_processes auto;', '3500m')).toBe(4);
  });

  test('has the zones of caches, sessions, limits and upstreams', () => {
    const conf = site(`proxy_cache_path /c keys_zone=a:10m; ssl_session_cache shared:b:5m;
      limit_req_zone $remote_addr zone=c:1m rate=1r/s; upstream u { zone u 1m; server app; }
      server { location / { limit_req zone=c burst=5; proxy_pass http://u; } }`);
    expect(memoryOf(nginx(conf))?.zoneBytes).toBe(17 * MIB);
  });

  test('is told with its numbers when it does not fit', () => {
    const conf = proxy('gzip on;').replace('worker_connections 100', 'worker_connections 1024');
    expect(findingsOf(nginx(conf, '1Gi'))).toEqual([]);
    const [finding] = findingsOf(nginx(conf, '256Mi'));
    expect(finding.measured).toMatch(
      /^256Mi; front\/nginx\.conf allows \d+MiB: 16MiB for master and cache manager \+ 1 worker x \(12MiB \+ 1024 connections x \d+KiB\)$/,
    );
    expect(finding.expected).toBe('at most 0.9 of the limit (231MiB)');
  });

  test('with a zone without a size is told so', () => {
    const [finding] = findingsOf(nginx(site('proxy_cache_path /c keys_zone=a:large;')));
    expect(finding.measured).toBe('128Mi; a zone or a volume in memory without a size');
  });
});
