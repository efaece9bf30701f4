/** Roles and Secrets of their own on one server: environments in charts of their own that share its connections. */
import { Chart, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  ConnectionPool,
  DatabaseVariables,
  ExternalPostgres,
  FindingSeverity,
  MigrationJob,
  NetworkPeer,
  PostgresTopology,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
  TunedPostgres,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, manifests, newChart } from '../support/synth';

const ENVIRONMENTS = ['live', 'staging'] as const;

/** One server in a chart of its own, and an environment in each of two namespaces. */
function environments({ maxConnections = 200, pods = 10, size = 0 } = {}) {
  const app = new TunedApp({ outdir: '/nowhere' });
  const data = new Chart(app, 'data', { namespace: 'data' });
  const orders = new ExternalPostgres(data, 'orders', {
    host: 'orders.example.com',
    peer: NetworkPeer.cidr('10.20.0.0/16'),
    maxConnections,
    databases: [...ENVIRONMENTS],
  });
  const charts = ENVIRONMENTS.map((name) => {
    const chart = new Chart(app, name, { namespace: name });
    const web = new ScalableWebApp(chart, 'web', { image: IMAGE, scaling: ScalingPolicy.replicas(pods) });
    web.connectTo(
      orders.connection({
        database: name,
        user: `${name}-app`,
        credentials: Secret.fromSecretName(chart, 'db', `orders-${name}`),
        pool: size > 0 ? ConnectionPool.fixed({ size }) : undefined,
      }),
    );
    return chart;
  });
  return { app, data, orders, charts };
}

test('each environment has its database, its role and its Secret, and both share the connections', () => {
  const { app, charts } = environments();
  const [live, staging] = charts.map((chart) =>
    envOf(find(manifests(chart), 'Deployment', `${chart.node.id}-web`)),
  );
  expect(live).toMatchObject({
    DB_NAME: 'live',
    DB_USER: 'live-app',
    DB_PASSWORD: { secretKeyRef: { name: 'orders-live', key: 'password' } },
  });
  expect(staging).toMatchObject({
    DB_NAME: 'staging',
    DB_USER: 'staging-app',
    DB_PASSWORD: { secretKeyRef: { name: 'orders-staging', key: 'password' } },
  });
  // 189 for 13 pods of each: 7 each, and 7 left.
  for (const { DB_POOL_SIZE, DB_MAX_OVERFLOW } of [live, staging])
    expect(Number(DB_POOL_SIZE) + Number(DB_MAX_OVERFLOW)).toBe(7);
  expect(() => app.synthYaml()).not.toThrow();
});

test('what does not fit is told of both', () => {
  const { app } = environments({ size: 8 });
  expect(() => app.synthYaml()).toThrow(
    /data\/orders: DB-002 its consumers may open 208 connections, but only 189 of max_connections 200 .*\n {2}live\/web: 13 pods .* = 104; .*\n {2}staging\/web: 13 pods .* = 104; at most 8 replicas would fit/,
  );
});

test('a migration has a role of its own', () => {
  const { app, orders, charts } = environments();
  const [live] = charts;
  const migrate = new MigrationJob(live, 'migrate', { image: IMAGE });
  const credentials = Secret.fromSecretName(live, 'owner', 'orders-owner');
  migrate.connectTo(orders.connection({ database: 'live', user: 'owner', credentials, direct: true }));
  const job = manifests(live).find(({ kind }) => kind === 'Job');
  expect(envOf(job)).toMatchObject({
    DB_USER: 'owner',
    DB_PASSWORD: { secretKeyRef: { name: 'orders-owner', key: 'password' } },
  });
  expect(() => app.synthYaml()).not.toThrow();
});

test('a role stands in a URL, and a Secret alone is one of another name', () => {
  const { data, orders } = environments();
  const credentials = Secret.fromSecretName(data, 'other', 'other');
  const connect = (id: string, options: Parameters<typeof orders.connection>[0]) => {
    new ScalableWebApp(data, id, { image: IMAGE }).connectTo(orders.connection(options));
    return envOf(find(manifests(data), 'Deployment', `data-${id}`));
  };
  const url = { user: 'a@b', credentials, variables: DatabaseVariables.url() };
  expect(connect('url', url).DATABASE_URL).toContain('postgresql://a%40b:$(DB_PASSWORD)@');
  const { DB_USER, DB_PASSWORD } = connect('secret', { credentials });
  expect({ DB_USER, DB_PASSWORD }).toEqual({
    DB_USER: 'app',
    DB_PASSWORD: { secretKeyRef: { name: 'other', key: 'password' } },
  });
});

test('a database of our own lets other roles in, also through its poolers', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
  const credentials = Secret.fromSecretName(chart, 'reports', 'reports');
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(
    db.connection({ user: 'reports', credentials }),
  );
  db.addPooler();
  expect(envOf(find(manifests(chart), 'Deployment', 'shop-web')).DB_USER).toBe('reports');
  expect(envOf(find(manifests(chart), 'Deployment', 'shop-db-pooler'))).toMatchObject({
    LOGIN_USER_1: 'app',
    LOGIN_USER_2: 'reports',
    LOGIN_PASSWORD_2: { secretKeyRef: { name: 'reports', key: 'password' } },
    LOGIN_USER_3: 'exporter',
  });
});

test('bounds of databases in the poolers are what the checklist counts', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10), databases: ['archive'] });
  const credentials = Secret.fromSecretName(chart, 'login', 'reports');
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db);
  const reports = new ScalableWebApp(chart, 'reports', { image: IMAGE });
  reports.connectTo(db.connection({ database: 'archive', user: 'reports', credentials }));
  db.addPooler();
  const objects = manifests(chart);
  const ini: string = find(objects, 'ConfigMap', 'shop-db-pooler').data['pgbouncer.ini'];
  expect(ini).toMatch(/\narchive = host=shop-db port=5432 dbname=archive max_db_connections=\d+\n/);
  const errors = Checklist.check(objects).filter(({ severity }) => severity === FindingSeverity.ERROR);
  expect(errors.map(({ rule, measured }) => `${rule} ${measured}`)).toEqual([]);
});

test('poolers of CloudNativePG have no such bounds, and several roles in several databases are refused', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    databases: ['archive'],
    topology: PostgresTopology.cloudNativePg({ instances: 2 }),
  });
  const credentials = Secret.fromSecretName(chart, 'login', 'reports');
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db);
  const reports = new ScalableWebApp(chart, 'reports', { image: IMAGE });
  reports.connectTo(db.connection({ database: 'archive', user: 'reports', credentials }));
  db.addPooler();
  expect(() => (chart.node.root as TunedApp).synthYaml()).toThrow(
    'several roles come through the poolers to several databases',
  );
});

test.each([
  [{ user: 'billing' }, 'connection.user is "billing"; a role of its own has a password of its own'],
  [{ user: 'a b' }, 'connection.user is "a b"; allowed: at most 128 letters'],
  [
    { credentials: Secret.fromSecretName(newChart(), 'x', 'A B') },
    'connection.credentials is "A B"; allowed: a DNS name',
  ],
])('options %# are refused', (options, message) => {
  expect(() => environments().orders.connection(options)).toThrow(message);
});
