/** Exporters of stores that exist elsewhere, and what watches them. */
import { Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  ConnectionPool,
  ExternalPostgres,
  type ExternalPostgresExporterProps,
  type ExternalPostgresProps,
  ExternalRedis,
  type ExternalRedisExporterProps,
  type ExternalRedisProps,
  NetworkPeer,
  PerformanceMonitoring,
  PostgresInstance,
  PostgresSslMode,
  PostgresVersion,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, type Manifest, manifests } from '../support/synth';

const PEER = NetworkPeer.cidr('10.20.0.0/16');
const secret = (name: string) => Secret.fromSecretName(new Chart(new TunedApp(), 'x'), name, name);

function shop(props: Partial<ExternalPostgresProps> = {}, cacheProps: Partial<ExternalRedisProps> = {}) {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const db = new ExternalPostgres(chart, 'db', {
    host: 'orders.example.com',
    port: 6543,
    peer: PEER,
    maxConnections: 100,
    sslMode: PostgresSslMode.REQUIRE,
    ...props,
  });
  const cache = new ExternalRedis(chart, 'cache', { host: 'cache.example.com', peer: PEER, ...cacheProps });
  return { app, chart, db, cache, all: () => manifests(chart) };
}

const podOf = (objects: Manifest[], name: string) => find(objects, 'Deployment', name).spec.template.spec;
const password = (name: string) => ({ secretKeyRef: { key: 'password', name } });
const rulesOf = (objects: Manifest[]): Map<string, string> =>
  new Map(
    find(objects, 'PrometheusRule').spec.groups.flatMap((group: Manifest) =>
      group.rules.map((one: Manifest) => [one.alert ?? one.record, one.expr]),
    ),
  );

describe('of a Postgres', () => {
  test('logs in as the application, or as a role of its own', () => {
    const { db, all } = shop({ version: PostgresVersion.V17 });
    db.addExporter();
    expect(envOf(find(all(), 'Deployment', 'shop-db-exporter'))).toEqual({
      DATA_SOURCE_URI: 'orders.example.com:6543/app?sslmode=require',
      DATA_SOURCE_USER: 'app',
      DATA_SOURCE_PASS: password('shop-db-credentials'),
    });
    expect(podOf(all(), 'shop-db-exporter').containers[0].args).toEqual(['--collector.stat_checkpointer']);
    const other = shop();
    other.db.addExporter({ user: 'exporter', credentials: secret('exporter') });
    expect(envOf(find(other.all(), 'Deployment', 'shop-db-exporter'))).toMatchObject({
      DATA_SOURCE_USER: 'exporter',
      DATA_SOURCE_PASS: password('exporter'),
    });
    expect(podOf(other.all(), 'shop-db-exporter').containers[0]).not.toHaveProperty('args');
  });

  test.each([
    [PostgresSslMode.DISABLE, 'sslmode=disable', false],
    [PostgresSslMode.REQUIRE, 'sslmode=require', false],
    [PostgresSslMode.VERIFY_FULL, 'sslmode=verify-full&sslrootcert=/etc/postgresql-tls/ca.crt', true],
  ])('checks the certificate as %s says', (sslMode, parameters, mounts) => {
    const { db, all } = shop({ sslMode, certificateAuthority: secret('rds-ca') });
    db.addExporter();
    const env = envOf(find(all(), 'Deployment', 'shop-db-exporter'));
    expect(env.DATA_SOURCE_URI.split('?')[1]).toBe(parameters);
    expect(podOf(all(), 'shop-db-exporter').volumes ?? []).toEqual(
      mounts
        ? [{ name: 'tls', secret: { secretName: 'rds-ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } }]
        : [],
    );
  });

  test('is one pod, which reaches the database and no other', () => {
    const { db, all } = shop();
    const exporter = db.addExporter({
      name: 'orders-metrics',
      profile: WorkloadProfile.BACKGROUND_JOB,
      image: 'registry.example.com/postgres-exporter:1.0.0',
    });
    expect(db.exporter).toBe(exporter);
    const { spec } = find(all(), 'Deployment', 'orders-metrics');
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(spec.template.spec.containers).toMatchObject([
      { image: 'registry.example.com/postgres-exporter:1.0.0', resources: { limits: { memory: '256Mi' } } },
    ]);
    const policy = find(all(), 'NetworkPolicy', 'orders-metrics').spec;
    expect(policy).not.toHaveProperty('ingress');
    expect(policy.egress.slice(1)).toEqual([
      { to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: [{ port: 6543, protocol: 'TCP' }] },
    ]);
    exporter.allowTo(NetworkPeer.namespace('istio-system'), [15_012]);
    expect(find(all(), 'NetworkPolicy', 'orders-metrics').spec.egress).toHaveLength(3);
  });

  test('its two connections are part of the budget', () => {
    const { app, chart, db } = shop({ maxConnections: 41 });
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE, scaling: ScalingPolicy.replicas(4) });
    // 41 less 3 of the server and 8 in reserve, for 5 pods of 6.
    web.connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 6 }) }));
    expect(() => app.synthYaml()).not.toThrow();
    db.addExporter();
    expect(() => app.synthYaml()).toThrow(
      /may open 32 connections[^]*shop\/db\/exporter: 1 pods x 1 processes x \(2 \+ 0\) = 2/,
    );
  });

  test('it goes past the poolers, whose connections leave it its own', () => {
    const { app, chart, db, all } = shop({ maxConnections: 41 });
    new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db);
    db.addPooler();
    const bound = () =>
      /max_db_connections = (\d+)/.exec(find(all(), 'ConfigMap').data['pgbouncer.ini'])?.[1];
    expect(bound()).toBe('7');
    db.addExporter();
    expect(bound()).toBe('7');
    expect(envOf(find(all(), 'Deployment', 'shop-db-exporter')).DATA_SOURCE_URI).toContain(
      'orders.example.com',
    );
    expect(() => app.synthYaml()).not.toThrow();
  });
});

describe('of a cache', () => {
  test('logs in as the consumers do, or as a user of its own, and asks for no CONFIG', () => {
    const { cache, all } = shop({}, { credentials: secret('auth'), username: 'shop' });
    cache.addExporter();
    expect(envOf(find(all(), 'Deployment', 'shop-cache-exporter'))).toEqual({
      REDIS_ADDR: 'redis://cache.example.com:6379',
      REDIS_EXPORTER_CONFIG_COMMAND: '-',
      REDIS_USER: 'shop',
      REDIS_PASSWORD: password('auth'),
    });
    const other = shop({}, { credentials: secret('auth'), username: 'shop', name: 'sessions' });
    other.cache.addExporter({ username: 'metrics', credentials: secret('metrics') });
    expect(envOf(find(other.all(), 'Deployment', 'sessions-exporter'))).toMatchObject({
      REDIS_USER: 'metrics',
      REDIS_PASSWORD: password('metrics'),
    });
  });

  test('trusts the authority of the certificate', () => {
    const { cache, all } = shop({}, { tls: true, certificateAuthority: secret('cache-ca') });
    cache.addExporter();
    expect(envOf(find(all(), 'Deployment', 'shop-cache-exporter'))).toEqual({
      REDIS_ADDR: 'rediss://cache.example.com:6379',
      REDIS_EXPORTER_CONFIG_COMMAND: '-',
      REDIS_EXPORTER_TLS_CA_CERT_FILE: '/tls/ca.crt',
    });
    expect(podOf(all(), 'shop-cache-exporter').containers[0].volumeMounts).toEqual([
      { name: 'tls', mountPath: '/tls', readOnly: true },
    ]);
  });

  test('its connection is one of the clients', () => {
    const { app, chart, cache } = shop({}, { maxClients: 5 });
    new ScalableWebApp(chart, 'web', { image: IMAGE, scaling: ScalingPolicy.replicas(4) }).connectTo(cache);
    expect(() => app.synthYaml()).not.toThrow();
    cache.addExporter();
    expect(() => app.synthYaml()).toThrow('its consumers may hold 6 connections, but maxClients is 5');
  });

  test('a construct whose path is no name is refused when something is named after it, not before', () => {
    const { chart } = shop();
    const sessions = new ExternalRedis(chart, 'sessionCache', { host: '10.0.0.7', peer: PEER });
    expect(() => sessions.addExporter()).toThrow('id is "shop-sessionCache"');
  });
});

describe('watched', () => {
  test('the exporters are scraped by the namespace of Prometheus, and the checklist has nothing to say', () => {
    const { app, chart, db, cache, all } = shop({}, { maxClients: 50 });
    db.addExporter();
    cache.addExporter();
    new PerformanceMonitoring(chart, 'perf', { watch: [db, cache] });
    for (const [name, port] of [
      ['db', 9187],
      ['cache', 9121],
    ]) {
      const labels = {
        'app.kubernetes.io/component': 'exporter',
        'app.kubernetes.io/name': `shop-${name}-exporter`,
      };
      expect(find(all(), 'PodMonitor', `shop-${name}`).spec).toMatchObject({
        selector: { matchLabels: labels },
        podMetricsEndpoints: [{ port: 'metrics', path: '/metrics' }],
      });
      expect(find(all(), 'NetworkPolicy', `shop-${name}-exporter`).spec.ingress).toMatchObject([
        { ports: [{ port, protocol: 'TCP' }] },
      ]);
    }
    expect(Checklist.check(all())).toEqual([]);
    expect(() => app.synthYaml()).not.toThrow();
  });

  test('alerts are on what an exporter can know, by the numbers of the store', () => {
    const rds = { maxConnections: undefined, instance: PostgresInstance.rds('db.m6g.large') };
    const { chart, db, cache, all } = shop(rds);
    db.addExporter();
    cache.addExporter();
    new PerformanceMonitoring(chart, 'perf', { watch: [db, cache] });
    const rules = rulesOf(all());
    expect([...rules.keys()].filter((name) => /^(External|Cache|Postgres)/.test(name))).toEqual([
      'CacheTooSmall',
      'CacheRefusesConnections',
      'ExternalPostgresUnreachable',
      'ExternalPostgresConnectionsHigh',
      'ExternalPostgresIdleTransaction',
      'ExternalCacheUnreachable',
    ]);
    // 80 % of 782 less the 5 that RDS keeps.
    expect(rules.get('ExternalPostgresConnectionsHigh')).toMatch(/shop-db-exporter.* > 621$/);
    expect(rules.get('namespace_pod:pg_stat_activity_count:active')).toContain('shop-db-exporter');
    expect(rules.get('namespace_pod:redis_keyspace_hits:rate5m')).toContain('shop-cache-exporter');
  });

  test('a store without an exporter is refused', () => {
    const { chart, db, cache } = shop();
    const message = (name: string) =>
      `shop/${name}: exporter is undefined; a store elsewhere has no metrics of its own here; call \`addExporter()\` first`;
    expect(() => new PerformanceMonitoring(chart, 'a', { watch: [db] })).toThrow(message('db'));
    expect(() => new PerformanceMonitoring(chart, 'b', { watch: [cache] })).toThrow(message('cache'));
  });
});

test.each<[Partial<ExternalPostgresProps>, ExternalPostgresExporterProps, string]>([
  [{ sslMode: undefined }, {}, 'shop/db: addExporter.sslMode is undefined; the exporter has to know'],
  [{}, { user: 'exporter' }, 'shop/db: addExporter.user is "exporter"; a role of its own has a password'],
  [{}, { image: 'x' }, 'shop/db/exporter: image is "x"'],
  [{}, { name: 'A' }, 'shop/db/exporter: name is "A"'],
])('of a Postgres with %j, %j is refused', (props, exporter, message) => {
  expect(() => shop(props).db.addExporter(exporter)).toThrow(message);
});

test.each<[ExternalRedisExporterProps, string]>([
  [
    { username: 'metrics' },
    'shop/cache: addExporter.username is "metrics"; a user of its own has a password',
  ],
  [{ username: 'a b', credentials: secret('a') }, 'addExporter.username is "a b"'],
])('of a cache, %j is refused', (exporter, message) => {
  expect(() => shop().cache.addExporter(exporter)).toThrow(message);
});

test('a second exporter is refused', () => {
  const { db } = shop();
  db.addExporter();
  expect(() => db.addExporter()).toThrow('addExporter is "shop-db-exporter"; there is an exporter already');
});
