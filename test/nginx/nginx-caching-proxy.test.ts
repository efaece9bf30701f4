import { Chart, Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  Exposure,
  HttpUpstream,
  NetworkPeer,
  NginxCachingProxy,
  type NginxCachingProxyProps,
  PathProtocol,
  PerformanceMonitoring,
  ProxyCacheStorage,
  ProxyTopology,
  ScalableWebApp,
  ScalingPolicy,
  Traffic,
  TunedApp,
} from 'cdk8s-tuned';
import { find, manifests, newChart } from '../support/synth';

function synth(props: Partial<NginxCachingProxyProps> = {}) {
  const chart = newChart();
  if (props.upstream) {
    new NginxCachingProxy(chart, 'edge', props);
    return manifests(chart);
  }
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
    'proxy_cache_path /var/cache/nginx/pages levels=1:2 keys_zone=pages:10m max_size=1g inactive=60m use_temp_path=on manager_files=10000 manager_threshold=200ms manager_sleep=50ms;',
  );
  expect(conf).toContain('proxy_cache_valid 200 10m;');
  expect(conf).toContain('proxy_cache_valid 404 1m;');
  expect(conf).toContain('add_header X-Cache-Status $upstream_cache_status always;');
});

test('by default the answers that the guide keeps are kept as long', () => {
  expect(confOf()).toContain('proxy_cache_valid 200 301 308 10m;');
  expect(confOf()).toContain('proxy_cache_valid 404 410 1m;');
});

test('the cache volume has room for what half a CPU fills before nginx looks, and local disk is requested for it', () => {
  const pod = find(synth(), 'Deployment', 'shop-edge').spec.template.spec;
  expect(pod.volumes).toContainEqual({ name: 'cache', emptyDir: { sizeLimit: '4864Mi' } });
  const { requests, limits } = pod.containers[0].resources;
  expect(requests['ephemeral-storage']).toBe('5376Mi');
  expect(limits['ephemeral-storage']).toBe('5376Mi');
});

describe('hosts', () => {
  test('are those of the exposure', () => {
    const conf = confOf({
      exposure: Exposure.ingress({ hosts: ['shop.example.com', '*.shop.example.com'] }),
    });
    expect(conf).toContain('server_name shop.example.com *.shop.example.com;');
    expect(conf).toContain('proxy_cache_key $encoding|$client_scheme|$host|$request_uri;');
    expect(conf).toContain('return 421;');
  });

  test('may be none: then no host that a client says is in the key or reaches the origin', () => {
    const conf = confOf({ exposure: Exposure.loadBalancer() });
    expect(conf).toContain('proxy_cache_key $encoding|$client_scheme|$request_uri;');
    expect(conf).toContain('proxy_set_header Host shop-web;');
    expect(conf).not.toContain('return 421;');
    expect(conf.match(/\$host\b/g)).toEqual(['$host']);
  });
});

test('behind an Ingress the client is whom that has seen, otherwise who connects; it never says so itself', () => {
  const behind = confOf({ exposure: Exposure.ingress({ hosts: ['a.example.com'] }) });
  expect(behind).toContain('real_ip_header X-Forwarded-For;');
  const direct = confOf({ exposure: Exposure.loadBalancer() });
  expect(direct).not.toContain('real_ip_header');
  for (const conf of [behind, direct]) {
    expect(conf).toContain('X-Forwarded-For $remote_addr;');
    expect(conf).not.toContain('proxy_add_x_forwarded_for');
  }
});

test('time-outs of the backend bound the waiting for its page', () => {
  const conf = confOf({ connectTimeout: Duration.seconds(3), responseTimeout: Duration.seconds(20) });
  // Of the origin: a connection and an answer; through the compressor up to three connections more.
  expect(conf).toContain('proxy_read_timeout 20s;');
  expect(conf).toContain('proxy_read_timeout 29s;');
  expect(conf).toContain('proxy_cache_lock_timeout 32s;');
  expect(conf).toContain('proxy_cache_lock_age 32s;');
});

test('idle connections to the backend are closed before it closes them', () => {
  expect(confOf()).toContain('keepalive_timeout 4s;');
  expect(confOf({ backendIdleTimeout: Duration.minutes(2) })).toContain('keepalive_timeout 119s;');
});

test('without coalescing nobody waits', () => {
  const conf = confOf({ coalesce: false });
  expect(conf).not.toMatch(/proxy_cache_lock|limit_conn crowds/);
  // An expired page is renewed once all the same.
  expect(conf).toContain('proxy_cache_background_update on');
});

test('a cache version is an empty cache', () => {
  expect(confOf({ cacheVersion: 'v42' })).toContain('proxy_cache_key v42|$encoding|$client_scheme|');
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

describe('locations', () => {
  const inside = (conf: string) =>
    [...conf.matchAll(/location [^{]+\{\n([^}]*)\}/g)].map(([, block]) => block);
  const headers = (text: string) =>
    [...text.matchAll(/proxy_set_header (\S+)/g)].map(([, name]) => name).filter((name) => name !== 'Range');

  test('set all headers or none: one that sets one inherits none', () => {
    const conf = confOf({
      hosts: ['a.example.com'],
      paths: [
        { path: '/a', ignoreCookies: ['*'] },
        { path: '/b', largeObjects: true },
        { path: '/c', cache: false },
      ],
      key: { headers: ['Accept-Language'] },
    });
    const site = conf.slice(conf.indexOf('server_name a.example.com'));
    const all = headers(site.slice(0, site.indexOf('location')));
    expect(all).toContain('Accept-Language');
    expect(all.length).toBeGreaterThan(20);
    const found = inside(site).map(headers);
    // `/a` as it is and below, its crowd and its way past the cache, and `/b` as it is and below.
    expect(found.filter((names) => names.length > 0)).toHaveLength(6);
    // Where parts are stored, more of a client is taken away.
    for (const names of found)
      expect([names.length, all.filter((name) => !names.includes(name))]).toEqual([
        names.length,
        names.length === 0 ? all : [],
      ]);
  });

  test('a path is itself and what lies below it, and nothing that only begins alike', () => {
    expect(confOf({ paths: [{ path: '/api', cache: false }] })).toMatch(
      /location = \/api \{\n +proxy_cache off;[^}]*\}\n +location \^~ \/api\/ \{\n +proxy_cache off;/,
    );
  });
});

describe('the version of nginx', () => {
  test('is that of the image, and decides what is emitted', () => {
    const resolved = 'server shop-web.@NAMESPACE_DOMAIN@:80 max_fails=0 resolve;';
    expect(confOf()).toContain(resolved);
    expect(confOf({ image: 'example.com/nginx:1.31.3-alpine' })).toContain(resolved);
    for (const image of ['example.com/nginx:1.26.3', 'example.com/nginx:stable']) {
      expect(confOf({ image })).toContain('server shop-web:80 max_fails=0;');
      expect(confOf({ image })).not.toContain('resolver');
    }
    expect(confOf({ image: 'example.com/nginx:stable', nginxVersion: '1.30.4' })).toContain(resolved);
  });

  const large = (nginxVersion: string) =>
    confOf({ nginxVersion, paths: [{ path: '/f/', largeObjects: true }] });

  test.each(['1.30.4', '1.31.3', '2.0.0'])('%s may serve large objects', (version) => {
    expect(large(version)).toContain('slice 1m;');
  });

  test.each(['1.22.1', '1.30.3', '1.31.0', '1.31.2'])('%s may not: it discloses memory', (version) => {
    expect(() => large(version)).toThrow(
      'paths[0].largeObjects is true; an nginx before 1.30.4 discloses memory',
    );
  });
});

describe('upstreams', () => {
  test('an external host is asked over TLS under its own name, and its certificate is verified', () => {
    const objects = synth({
      hosts: ['www.example.com'],
      upstream: HttpUpstream.externalHost({
        host: 'cms.example.com',
        peer: NetworkPeer.cidr('203.0.113.0/24'),
      }),
    });
    const conf: string = find(objects, 'ConfigMap').data['nginx.conf'];
    for (const line of [
      'server cms.example.com:443 max_fails=0 resolve;',
      'proxy_set_header Host cms.example.com;',
      'proxy_set_header X-Forwarded-Host $host;',
      'proxy_ssl_name cms.example.com;',
      'proxy_ssl_verify on;',
      'proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;',
      'proxy_pass https://origin;',
    ])
      expect(conf).toContain(line);
    expect(find(objects, 'NetworkPolicy').spec.egress).toContainEqual({
      to: [{ ipBlock: { cidr: '203.0.113.0/24' } }],
      ports: [{ port: 443, protocol: 'TCP' }],
    });
  });

  test('a Service is asked in its namespace, by the labels and the port of its pods', () => {
    const objects = synth({
      hosts: ['www.example.com'],
      upstream: HttpUpstream.service({
        name: 'legacy',
        namespace: 'old',
        port: 8000,
        podPort: 9000,
        podLabels: { app: 'legacy' },
      }),
    });
    expect(find(objects, 'ConfigMap').data['nginx.conf']).toContain(
      'server legacy.old.@SERVICE_DOMAIN@:8000 max_fails=0 resolve;',
    );
    expect(find(objects, 'NetworkPolicy').spec.egress).toContainEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'old' } },
          podSelector: { matchLabels: { app: 'legacy' } },
        },
      ],
      ports: [{ port: 9000, protocol: 'TCP' }],
    });
  });
});

test('shards: a tier that stores and a tier that routes, each with all that a workload has', () => {
  const chart = newChart();
  const backend = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  backend.requireScaling(
    Traffic.spike({ base: 20, peak: 80 }),
    { timeToCapacity: Duration.minutes(3) },
    { capacityPerPod: 20 },
  );
  const proxy = new NginxCachingProxy(chart, 'edge', {
    backend,
    hosts: ['a.example.com'],
    topology: ProxyTopology.sharded({ shards: 3 }),
  });
  const objects = manifests(chart);
  const shards = find(objects, 'StatefulSet', 'shop-edge-shard').spec;
  expect(shards).toMatchObject({ replicas: 3, serviceName: 'shop-edge-shard' });
  expect(find(objects, 'Service', 'shop-edge-shard').spec.clusterIP).toBe('None');
  expect(find(objects, 'PodDisruptionBudget', 'shop-edge-shard').spec.maxUnavailable).toBe(1);
  const router: string = find(objects, 'ConfigMap', 'shop-edge').data['nginx.conf'];
  expect(router).toContain('server shop-edge-shard-2.shop-edge-shard.@NAMESPACE_DOMAIN@:8080');
  expect(router).not.toContain('proxy_cache');
  // Only the shards reach the application, and only the routers reach the shards.
  expect(find(objects, 'NetworkPolicy', 'shop-web').spec.ingress).toEqual([
    {
      from: [{ podSelector: { matchLabels: proxy.shardTier?.networkIdentity.podLabels } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    },
  ]);
  expect(find(objects, 'NetworkPolicy', 'shop-edge-shard').spec.ingress).toEqual([
    {
      from: [{ podSelector: { matchLabels: proxy.networkIdentity.podLabels } }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    },
  ]);
  expect(Checklist.check(objects).filter(({ suppressed }) => suppressed === undefined)).toEqual([]);
});

test('sticky clients stay with a replica', () => {
  const { spec } = find(synth({ topology: ProxyTopology.sticky() }), 'Service', 'shop-edge');
  expect(spec.sessionAffinity).toBe('ClientIP');
  expect(spec.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10_800 } });
});

describe('bodies of requests', () => {
  const ephemeral = (props: Partial<NginxCachingProxyProps>) =>
    find(synth(props), 'Deployment', 'shop-edge').spec.template.spec.containers[0].resources.limits[
      'ephemeral-storage'
    ];

  test('take no disk, however large they may be', () => {
    expect(ephemeral({ maxRequestBody: Size.gibibytes(2) })).toBe(ephemeral({}));
  });

  test('have a limit for a path, and the routers before shards let the largest through', () => {
    const props: Partial<NginxCachingProxyProps> = {
      paths: [{ path: '/upload/', maxRequestBody: Size.gibibytes(2) }],
    };
    expect(confOf(props)).toMatch(/location \^~ \/upload\/ \{\n +client_max_body_size 2147483648;/);
    expect(confOf(props)).toContain('\n  client_max_body_size 1048576;');
    const objects = synth({ ...props, topology: ProxyTopology.sharded({ shards: 2 }) });
    const router: string = find(objects, 'ConfigMap', 'shop-edge').data['nginx.conf'];
    expect(router).toContain('\n  client_max_body_size 2147483648;');
    expect(router).toContain('proxy_request_buffering off;');
  });
});

describe('gRPC', () => {
  const paths = [{ path: '/shop.Catalogue/', protocol: PathProtocol.GRPC }];

  test('has connections of its own to the origin, and HTTP/2 is counted in the memory', () => {
    const conf = confOf({ paths, hosts: ['a.example.com'] });
    expect(conf).toContain('grpc_pass grpc://grpc_origin;');
    expect(conf.match(/http2 on;/g)).toHaveLength(2);
    const connections = (text: string) => Number(/worker_connections (\d+);/.exec(text)?.[1]);
    expect(connections(conf)).toBeLessThan(0.9 * connections(confOf()));
    expect(Checklist.check(synth({ paths })).filter(({ rule }) => rule === 'OOM-003')).toEqual([]);
  });

  test('is said of the Service to a Gateway, and to nobody else', () => {
    const spoken = (exposure: Exposure) =>
      find(synth({ paths, exposure }), 'Service', 'shop-edge').spec.ports[0].appProtocol;
    expect(spoken(Exposure.httpRoute({ gateway: 'g', hosts: ['a.example.com'] }))).toBe('kubernetes.io/h2c');
    expect(spoken(Exposure.loadBalancer())).toBe('http');
  });
});

test('without a path for them, no request is upgraded', () => {
  expect(confOf()).not.toMatch(/upgrade/i);
});

describe('the PROXY protocol', () => {
  const exposure = Exposure.loadBalancer({
    proxyProtocol: { trustedSources: ['10.0.0.0/8', 'fd00::/8'] },
  });

  test('is spoken on every listener of clients, and on no other', () => {
    const listeners = confOf({
      exposure,
      hosts: ['a.example.com'],
      tlsSecret: Secret.fromSecretName(newChart(), 'tls', 'shop-tls'),
    }).match(/listen .*;/g);
    expect(listeners?.filter((one) => one.includes('proxy_protocol')).sort()).toEqual([
      'listen 8080 proxy_protocol default_server backlog=4096;',
      'listen 8080 proxy_protocol;',
      'listen 8443 ssl proxy_protocol default_server backlog=4096;',
      'listen 8443 ssl proxy_protocol;',
    ]);
    expect(listeners?.filter((one) => !one.includes('proxy_protocol'))).toEqual([
      'listen 127.0.0.1:8082;',
      'listen 8081;',
    ]);
  });

  test('is believed of the load balancer only', () => {
    expect(confOf({ exposure }).match(/(real_ip_header|set_real_ip_from) .*;/g)).toEqual([
      'real_ip_header proxy_protocol;',
      'set_real_ip_from 10.0.0.0/8;',
      'set_real_ip_from fd00::/8;',
    ]);
    expect(confOf({ exposure: Exposure.loadBalancer() })).not.toMatch(/real_ip|proxy_protocol/);
  });

  test('is spoken to the routers, not to the shards behind them', () => {
    const objects = synth({ exposure, topology: ProxyTopology.sharded({ shards: 2 }) });
    expect(find(objects, 'ConfigMap', 'shop-edge').data['nginx.conf']).toContain('proxy_protocol');
    expect(find(objects, 'ConfigMap', 'shop-edge-shard').data['nginx.conf']).not.toContain('proxy_protocol');
  });

  test('keeps peers inside the cluster out, which do not speak it', () => {
    const chart = newChart();
    const backend = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
    const edge = new NginxCachingProxy(chart, 'edge', { backend, exposure });
    expect(() => new NginxCachingProxy(chart, 'outer', { backend: edge })).toThrow(
      'allowHttpFrom is "a peer inside the cluster"; every connection must begin with the PROXY protocol',
    );
  });
});

test('both metrics endpoints are scraped, and Prometheus reaches them', () => {
  const chart = newChart();
  const backend = new ScalableWebApp(chart, 'web', { image: 'registry.example.com/shop:1.8.2' });
  const edge = new NginxCachingProxy(chart, 'edge', { backend });
  new PerformanceMonitoring(chart, 'perf', { watch: [edge] });
  const objects = manifests(chart);
  const { podMetricsEndpoints } = find(objects, 'PodMonitor', 'shop-edge').spec;
  expect(podMetricsEndpoints.map(({ port }: { port: string }) => port)).toEqual(['metrics', 'cache-metrics']);
  expect(JSON.stringify(find(objects, 'NetworkPolicy', 'shop-edge').spec.ingress)).toContain('"port":3903');
  expect(JSON.stringify(find(objects, 'PrometheusRule').spec)).toContain(
    'namespace:nginx_cache_hit_ratio:rate5m',
  );
});

test.each<[string, Partial<NginxCachingProxyProps>, string]>([
  [
    'a backend beside an upstream, or none of both',
    { backend: undefined },
    'shop/edge: backend is undefined; nothing is behind the proxy; allowed: either `backend` or `upstream`',
  ],
  [
    'TLS in nginx behind an Ingress',
    {
      exposure: Exposure.ingress({ hosts: ['a.example.com'] }),
      tlsSecret: Secret.fromSecretName(newChart(), 'tls', 'shop-tls'),
    },
    'tlsSecret is "shop-tls"; the Ingress ends TLS: give its `tlsSecretName` instead',
  ],
  [
    'sticky clients behind a Gateway',
    {
      exposure: Exposure.httpRoute({ gateway: 'g', hosts: ['a.example.com'] }),
      topology: ProxyTopology.sticky(),
    },
    'topology is "sticky"; an HTTPRoute sends requests to pods itself',
  ],
  [
    'a WebSocket that is cached',
    { paths: [{ path: '/ws', protocol: PathProtocol.WEBSOCKET, cache: true }] },
    'paths[0].cache is true; nothing of websocket is cached; remove it',
  ],
  [
    'a WebSocket with times of answers',
    {
      paths: [{ path: '/ws', protocol: PathProtocol.WEBSOCKET, responseTimeout: Duration.seconds(5) }],
    },
    'paths[0].responseTimeout is "5 s"; a connection has no answer to wait for; give `idleTimeout`',
  ],
  [
    'HTTP with an idle time',
    { paths: [{ path: '/a', idleTimeout: Duration.minutes(5) }] },
    'paths[0].idleTimeout is "300 s"; HTTP has answers; give `responseTimeout`',
  ],
  [
    'a WebSocket through routers',
    {
      paths: [{ path: '/a' }, { path: '/ws', protocol: PathProtocol.WEBSOCKET }],
      topology: ProxyTopology.sharded({ shards: 2 }),
    },
    'paths[1].protocol is "websocket"; the routers before shards pass pages on, not connections',
  ],
  [
    'gRPC with an old nginx',
    { paths: [{ path: '/a.B/', protocol: PathProtocol.GRPC }], nginxVersion: '1.28.0' },
    'paths[0].protocol is "grpc"; an nginx before 1.29.8 cannot bound what requests of HTTP/2 hold',
  ],
  [
    'gRPC and WebSocket behind one Gateway',
    {
      paths: [
        { path: '/a.B/', protocol: PathProtocol.GRPC },
        { path: '/ws', protocol: PathProtocol.WEBSOCKET },
      ],
      exposure: Exposure.httpRoute({ gateway: 'g', hosts: ['a.example.com'] }),
    },
    'paths[1].protocol is "websocket"; a Gateway that speaks HTTP/2 to the Service',
  ],
  [
    'a protocol that is none',
    { paths: [{ path: '/a', protocol: 'ftp' as PathProtocol }] },
    'paths[0].protocol is "ftp"; allowed: http, websocket, grpc',
  ],
  [
    'a body of nothing',
    { paths: [{ path: '/a', maxRequestBody: Size.kibibytes(0) }] },
    'paths[0].maxRequestBody is "0Ki"; allowed: at least 1, in whole bytes',
  ],
  [
    'the PROXY protocol from nobody in particular',
    { exposure: Exposure.loadBalancer({ proxyProtocol: { trustedSources: [] } }) },
    'exposure.proxyProtocol.trustedSources is []; anybody could say to be anybody; allowed: at least one address range',
  ],
  [
    'the PROXY protocol from everybody',
    { exposure: Exposure.nodePort({ proxyProtocol: { trustedSources: ['10.0.0.0/8', '::/0'] } }) },
    'exposure.proxyProtocol.trustedSources[1] is "::/0"; anybody could say to be anybody',
  ],
  [
    'sticky clients behind the PROXY protocol',
    {
      topology: ProxyTopology.sticky(),
      exposure: Exposure.loadBalancer({ proxyProtocol: { trustedSources: ['10.0.0.0/8'] } }),
    },
    'topology is "sticky"; with the PROXY protocol the Service sees the addresses of the load balancer',
  ],
  [
    'shards with an old nginx',
    { topology: ProxyTopology.sharded({ shards: 2 }), nginxVersion: '1.26.3' },
    'topology is "sharded"; an nginx before 1.27.3 does not follow the addresses of shards',
  ],
  [
    'a cache in memory that is larger than the memory',
    { cacheStorage: ProxyCacheStorage.memory() },
    'profile.memoryLimit is "512Mi"; 1 workers with 128 connections for requests of up to 164Ki, the keys of the cache (9Mi) and its volume in memory (1280Mi) need at least 1512Mi; raise it',
  ],
  [
    'a path with dots',
    { paths: [{ path: '/a/../b' }] },
    'paths[0].path is "/a/../b"; allowed: a path below "/"',
  ],
  ['a path twice', { paths: [{ path: '/a' }, { path: '/a/' }] }, 'paths is "/a"; it is there twice'],
  ['a key by Cookie', { key: { headers: ['Cookie'] } }, 'key.headers[0] is "Cookie"; allowed: a header that'],
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
