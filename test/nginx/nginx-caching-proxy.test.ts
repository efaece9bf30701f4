import { Chart, Duration, Size } from 'cdk8s';
import {
  Exposure,
  NginxCachingProxy,
  type NginxCachingProxyProps,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
} from 'cdk8s-tuned';
import { find, manifests, newChart } from '../support/synth';

function synth(props: Partial<NginxCachingProxyProps> = {}) {
  const chart = newChart();
  const backend = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  new NginxCachingProxy(chart, 'edge', { backend, ...props });
  return manifests(chart);
}
const confOf = (props: Partial<NginxCachingProxyProps> = {}): string =>
  find(synth(props), 'ConfigMap').data['nginx.conf'];

test('one line makes a proxy with its configuration, Service, account, disruption budget and network policy', () => {
  expect(
    synth()
      .filter((object) => object.metadata.name === 'shop-edge')
      .map((object) => object.kind),
  ).toEqual(['ServiceAccount', 'ConfigMap', 'Deployment', 'PodDisruptionBudget', 'NetworkPolicy', 'Service']);
});

test("the guide's cache, number by number", () => {
  const conf = confOf({
    keysZoneSize: Size.mebibytes(10),
    cacheSize: Size.gibibytes(1),
    inactive: Duration.minutes(60),
    validity: [
      { statuses: [200], duration: Duration.minutes(10) },
      { statuses: [404], duration: Duration.minutes(1) },
    ],
  });
  expect(conf).toContain(
    'proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:10m max_size=1g inactive=60m use_temp_path=on;',
  );
  expect(conf).toContain('proxy_cache_valid 200 10m;');
  expect(conf).toContain('proxy_cache_valid 404 1m;');
  expect(conf).toContain('add_header X-Cache-Status $upstream_cache_status always;');
});

test('by default the answers that the guide keeps are kept as long', () => {
  expect(confOf()).toContain('proxy_cache_valid 200 301 308 10m;');
  expect(confOf()).toContain('proxy_cache_valid 404 410 1m;');
});

test('the cache volume is twice as large as the cache, and local disk is requested for it', () => {
  const pod = find(synth(), 'Deployment', 'shop-edge').spec.template.spec;
  expect(pod.volumes).toContainEqual({ name: 'cache', emptyDir: { sizeLimit: '2Gi' } });
  const { requests, limits } = pod.containers[0].resources;
  expect(requests['ephemeral-storage']).toBe('2343Mi');
  expect(limits['ephemeral-storage']).toBe('2343Mi');
});

describe('hosts', () => {
  test('are those of the exposure', () => {
    const conf = confOf({
      exposure: Exposure.ingress({ hosts: ['shop.example.com', '*.shop.example.com'] }),
    });
    expect(conf).toContain('server_name shop.example.com *.shop.example.com;');
    expect(conf).toContain('proxy_cache_key $client_scheme|$host|$request_uri;');
    expect(conf).toContain('return 421;');
  });

  test('may be none: then no host that a client says is in the key or reaches the origin', () => {
    const conf = confOf({ exposure: Exposure.loadBalancer() });
    expect(conf).toContain('proxy_cache_key $client_scheme|$request_uri;');
    expect(conf).toContain('proxy_set_header Host shop-web;');
    expect(conf).not.toContain('return 421;');
    expect(conf.match(/\$host\b/g)).toEqual(['$host']);
  });
});

test('behind an Ingress the chain of addresses is kept, otherwise the client cannot say who it is', () => {
  expect(confOf({ exposure: Exposure.ingress({ hosts: ['a.example.com'] }) })).toContain(
    'X-Forwarded-For $proxy_add_x_forwarded_for;',
  );
  expect(confOf({ exposure: Exposure.loadBalancer() })).toContain('X-Forwarded-For $remote_addr;');
});

test('time-outs of the backend bound the waiting for its page', () => {
  const conf = confOf({ connectTimeout: Duration.seconds(3), responseTimeout: Duration.seconds(20) });
  // Of the origin: a connection and an answer; with the hop between, a connection more.
  expect(conf).toContain('proxy_read_timeout 20s;');
  expect(conf).toContain('proxy_read_timeout 23s;');
  expect(conf).toContain('proxy_cache_lock_timeout 26s;');
  expect(conf).toContain('proxy_cache_lock_age 26s;');
});

test('idle connections to the backend are closed before it closes them', () => {
  expect(confOf()).toContain('keepalive_timeout 4s;');
  expect(confOf({ backendIdleTimeout: Duration.minutes(2) })).toContain('keepalive_timeout 119s;');
});

test('without coalescing nobody waits', () => {
  const conf = confOf({ coalesce: false });
  expect(conf).not.toMatch(/proxy_cache_lock|background_update|updating/);
  expect(conf).toContain('proxy_cache_use_stale error timeout');
});

test('a cache version is an empty cache', () => {
  expect(confOf({ cacheVersion: 'v42' })).toContain('proxy_cache_key v42|$client_scheme|');
});

test('no unnamed capture is used anywhere', () => {
  expect(confOf()).not.toMatch(/\$\d/);
});

test('the network is open to the backend and from whom the exposure lets in', () => {
  const objects = synth({
    exposure: Exposure.httpRoute({
      gateway: 'public',
      gatewayNamespace: 'gateways',
      hosts: ['a.example.com'],
    }),
  });
  const edge = { 'app.kubernetes.io/component': 'proxy', 'app.kubernetes.io/name': 'shop-edge' };
  const web = { 'app.kubernetes.io/component': 'web', 'app.kubernetes.io/name': 'shop-web' };
  const policy = (name: string) => find(objects, 'NetworkPolicy', name).spec;
  expect(policy('shop-edge').egress).toContainEqual({
    to: [{ podSelector: { matchLabels: web } }],
    ports: [{ port: 8080, protocol: 'TCP' }],
  });
  expect(policy('shop-web').ingress).toEqual([
    { from: [{ podSelector: { matchLabels: edge } }], ports: [{ port: 8080, protocol: 'TCP' }] },
  ]);
  expect(JSON.stringify(policy('shop-edge').ingress)).toContain('"kubernetes.io/metadata.name":"gateways"');
});

test('a backend in another namespace is asked under its full name', () => {
  const app = new TunedApp({ outdir: '/nowhere' });
  const apps = new Chart(app, 'apps', { namespace: 'apps' });
  const edge = new Chart(app, 'edge', { namespace: 'edge' });
  const backend = new ScalableWebApp(apps, 'web', {
    image: 'registry.example.com/shop:1.8.2',
    servicePort: 8000,
  });
  new NginxCachingProxy(edge, 'proxy', { backend });
  expect(find(manifests(edge), 'ConfigMap').data['nginx.conf']).toContain(
    'server apps-web.apps.@SERVICE_DOMAIN@:8000 max_fails=0 resolve;',
  );
});

test('proxies can stand in a row, and scale', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  const inner = new NginxCachingProxy(chart, 'inner', {
    backend: web,
    scaling: ScalingPolicy.cpu({ min: 2, max: 4 }),
  });
  new NginxCachingProxy(chart, 'outer', { backend: inner });
  const objects = manifests(chart);
  expect(find(objects, 'Deployment', 'shop-inner').spec).not.toHaveProperty('replicas');
  expect(find(objects, 'HorizontalPodAutoscaler', 'shop-inner').spec.maxReplicas).toBe(4);
  expect(find(objects, 'Deployment', 'shop-outer').spec.replicas).toBe(2);
});

test.each<[string, Partial<NginxCachingProxyProps>, string]>([
  [
    'a host with a directive in it',
    { hosts: ['a;\nserver {'] },
    'shop/edge: hosts[0] is "a;\\nserver {"; allowed: a DNS name',
  ],
  ['no host in the list', { hosts: [] }, 'hosts is []; allowed: at least one host name'],
  [
    'a cookie that is a pattern',
    { ignoreCookies: ['.*|sid'] },
    'ignoreCookies[0] is ".*|sid"; allowed: a cookie name',
  ],
  ['a version with a variable', { cacheVersion: '$arg_x' }, 'cacheVersion is "$arg_x"'],
  [
    'a zone that is too small',
    { keysZoneSize: Size.mebibytes(1) },
    'keysZoneSize is "1Mi"; it would be full before the cache',
  ],
  ['a cache of nothing', { cacheSize: Size.kibibytes(1) }, 'cacheSize is "1Ki"; allowed: at least 1Mi'],
  [
    'a status that is none',
    { validity: [{ statuses: [99], duration: Duration.minutes(1) }] },
    'validity[0].statuses is 99',
  ],
  ['an idle time of nothing', { backendIdleTimeout: Duration.seconds(1) }, 'backendIdleTimeout is 1'],
])('%s is refused', (_, props, message) => {
  expect(() => synth(props)).toThrow(message);
});
