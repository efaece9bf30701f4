/** What a database and those who connect to it agree on. */
import { Chart, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  ConnectionPool,
  DatabaseVariables,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, manifests, newChart } from '../support/synth';

test('a database that the server was not given is refused', () => {
  const db = new TunedPostgres(newChart(), 'db', { storage: Size.gibibytes(10), databases: ['reports'] });
  expect(db.databases).toEqual(['app', 'reports']);
  expect(() => db.connection({ database: 'report' })).toThrow(
    'shop/db: connection.database is "report"; allowed: app, reports',
  );
});

describe('a database with a certificate', () => {
  const envWith = (variables: DatabaseVariables, requireTls?: boolean) => {
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(10),
      certificate: Secret.fromSecretName(chart, 'tls', 'db-tls'),
      requireTls,
    });
    new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db.connection({ variables }));
    return envOf(find(manifests(chart), 'Deployment'));
  };
  const authority = { secretKeyRef: { key: 'ca.crt', name: 'db-tls' } };

  test('tells consumers of it in the words of their drivers', () => {
    expect(envWith(DatabaseVariables.GUIDE)).toMatchObject({ DB_SSLMODE: 'require', DB_SSL_CA: authority });
    expect(envWith(DatabaseVariables.GUIDE, false).DB_SSLMODE).toBe('prefer');
    expect(envWith(DatabaseVariables.NODE_POSTGRES)).toMatchObject({
      PGSSLMODE: 'require',
      PGSSL_CA: authority,
    });
    expect(envWith(DatabaseVariables.SPRING).SPRING_DATASOURCE_URL).toBe(
      'jdbc:postgresql://shop-db:5432/app?sslmode=require',
    );
    expect(envWith(DatabaseVariables.named({ sslMode: 'SSL', sslAuthority: 'CA' }))).toMatchObject({
      SSL: 'require',
      CA: authority,
    });
  });
});

describe('connectTo', () => {
  function shop(pool?: ConnectionPool, max = 20) {
    const app = new TunedApp({ outdir: '/nowhere' });
    const chart = new Chart(app, 'shop', { namespace: 'shop' });
    const db = new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(100),
      profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
    });
    const web = new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      scaling: ScalingPolicy.cpu({ min: 2, max }),
    });
    web.connectTo(db.connection({ pool }));
    return { app, chart, db };
  }

  test('gives the variables of the guide, with a pool that all replicas together can have', () => {
    const { chart } = shop();
    const env = envOf(find(manifests(chart), 'Deployment'));
    expect(env).toMatchObject({
      DB_HOST: 'shop-db',
      DB_PORT: '5432',
      DB_NAME: 'app',
      DB_USER: 'app',
      DB_PASSWORD: { secretKeyRef: { key: 'password', name: 'shop-db-credentials' } },
      DB_POOL_TIMEOUT: '30',
    });
    // 20 replicas and 5 of the rollout share 200 connections but for 3 and 8.
    expect(Number(env.DB_POOL_SIZE) + Number(env.DB_MAX_OVERFLOW)).toBe(Math.floor(189 / 25));
  });

  test("takes the guide's 20 + 10 and 30 s where they fit", () => {
    const { chart } = shop(ConnectionPool.fixed({ size: 20, maxOverflow: 10 }), 4);
    expect(envOf(find(manifests(chart), 'Deployment'))).toMatchObject({
      DB_POOL_SIZE: '20',
      DB_MAX_OVERFLOW: '10',
      DB_POOL_TIMEOUT: '30',
    });
  });

  test.each([
    [
      DatabaseVariables.SPRING,
      {
        SPRING_DATASOURCE_URL: 'jdbc:postgresql://shop-db:5432/app',
        SPRING_DATASOURCE_USERNAME: 'app',
        SPRING_DATASOURCE_PASSWORD: { secretKeyRef: { key: 'password', name: 'shop-db-credentials' } },
        SPRING_DATASOURCE_HIKARI_MINIMUM_IDLE: '4',
        SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE: '7',
        SPRING_DATASOURCE_HIKARI_CONNECTION_TIMEOUT: '30000',
      },
    ],
    [
      DatabaseVariables.NODE_POSTGRES,
      {
        PGHOST: 'shop-db',
        PGPORT: '5432',
        PGDATABASE: 'app',
        PGUSER: 'app',
        PGPOOL_MAX: '7',
        PGPOOL_CONNECTION_TIMEOUT_MILLIS: '30000',
      },
    ],
    [
      DatabaseVariables.named({ host: 'DATABASE_HOST', poolSize: 'SQLALCHEMY_POOL_SIZE' }),
      { DATABASE_HOST: 'shop-db', SQLALCHEMY_POOL_SIZE: '4', DB_MAX_OVERFLOW: '3' },
    ],
  ])('speaks the language of the application: %#', (variables, expected) => {
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
    new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db.connection({ variables }));
    expect(envOf(find(manifests(chart), 'Deployment'))).toMatchObject(expected);
  });

  test('refuses variables that are no names, or one name for two values', () => {
    const connect = (names: object) => {
      const chart = newChart();
      const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
      new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(
        db.connection({
          variables: DatabaseVariables.named(names),
        }),
      );
    };
    expect(() => connect({ host: 'DB-HOST' })).toThrow(
      'shop/db: connection.variables.host is "DB-HOST"; allowed: letters',
    );
    expect(() => connect({ host: 'A', port: 'A' })).toThrow('two values cannot have one name');
  });

  test('refuses them for 20 replicas: everybody who draws is named', () => {
    const { app, db, chart } = shop(ConnectionPool.fixed({ size: 20, maxOverflow: 10 }));
    new BackgroundWorker(chart, 'worker', { image: IMAGE }).connectTo(db);
    expect(() => app.synthYaml()).toThrow(
      /^the app cannot be synthesized:\nshop\/db: DB-002 its consumers may open \d+ connections, but only 189 of max_connections 200 are free for them:\n {2}shop\/web: 25 pods \(20 replicas and a surge of 5\) x 1 processes x \(20 \+ 10\) = 750; at most 4 replicas would fit\n {2}shop\/worker: 13 pods/,
    );
  });

  test('solves the same whoever connects first, and twice the same', () => {
    const pools = (order: readonly string[]) => {
      const chart = newChart();
      const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
      const all = {
        web: new ScalableWebApp(chart, 'web', { image: IMAGE }),
        mail: new BackgroundWorker(chart, 'mail', { image: IMAGE }),
      };
      for (const name of order) all[name as keyof typeof all].connectTo(db);
      const twice = [manifests(chart), manifests(chart)];
      expect(twice[0]).toEqual(twice[1]);
      return ['shop-web', 'shop-mail'].map((name) => envOf(find(twice[0], 'Deployment', name)).DB_POOL_SIZE);
    };
    expect(pools(['web', 'mail'])).toEqual(pools(['mail', 'web']));
  });

  test('opens the network on both sides, and names the namespace when it is another', () => {
    const app = new TunedApp({ outdir: '/nowhere' });
    const data = new Chart(app, 'data', { namespace: 'data' });
    const apps = new Chart(app, 'apps', { namespace: 'apps' });
    const db = new TunedPostgres(data, 'db', { storage: Size.gibibytes(10) });
    new ScalableWebApp(apps, 'web', { image: IMAGE }).connectTo(db);
    const labels = { 'app.kubernetes.io/component': 'web', 'app.kubernetes.io/name': 'apps-web' };
    expect(find(manifests(data), 'NetworkPolicy').spec.ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'apps' } },
            podSelector: { matchLabels: labels },
          },
        ],
        ports: [{ port: 5432, protocol: 'TCP' }],
      },
    ]);
    expect(find(manifests(apps), 'NetworkPolicy').spec.egress).toContainEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data' } },
          podSelector: {
            matchLabels: { 'app.kubernetes.io/component': 'postgres', 'app.kubernetes.io/name': 'data-db' },
          },
        },
      ],
      ports: [{ port: 5432, protocol: 'TCP' }],
    });
    expect(envOf(find(manifests(apps), 'Deployment')).DB_HOST).toBe('data-db.data');
  });
});

test('the connections of consumers that take few leave more memory to each', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
  expect(db.maxConnections).toBe(102);
  new BackgroundWorker(chart, 'mail', { image: IMAGE, scaling: ScalingPolicy.replicas(2) }).connectTo(
    db.connection({
      pool: ConnectionPool.fixed({ size: 2 }),
    }),
  );
  // 3 pods × 2, 3 and 8 reserved, rounded up to 20.
  expect(db.maxConnections).toBe(20);
});
