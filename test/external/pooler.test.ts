/** A PgBouncer of ours in front of a Postgres that exists elsewhere. */
import { Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  Checklist,
  ConnectionPool,
  DatabaseVariables,
  ExternalPostgres,
  type ExternalPostgresProps,
  FindingSeverity,
  NetworkPeer,
  PerformanceMonitoring,
  type PostgresPoolerProps,
  PostgresSslMode,
  PostgresVersion,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, type Manifest, manifests } from '../support/synth';

function shop(props: Partial<ExternalPostgresProps> = {}, namespace = 'shop') {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const db = new ExternalPostgres(chart, 'db', {
    host: 'orders.example.com',
    port: 6543,
    peer: NetworkPeer.cidr('10.20.0.0/16'),
    maxConnections: 200,
    ...props,
  });
  const consumers = namespace === 'shop' ? chart : new Chart(app, 'consumers', { namespace });
  const web = new ScalableWebApp(consumers, 'web', {
    image: IMAGE,
    scaling: ScalingPolicy.cpu({ min: 2, max: 20 }),
    name: 'web',
  });
  const all = () => [...new Set([chart, consumers])].flatMap(manifests);
  return { app, chart, db, web, all };
}

const ca = (chart: Chart) => Secret.fromSecretName(chart, 'ca', 'rds-ca');
const podsOf = (name: string, component: string) => ({
  podSelector: {
    matchLabels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': component },
  },
});
const policy = (objects: Manifest[], name: string): Manifest => find(objects, 'NetworkPolicy', name).spec;
const iniOf = (objects: Manifest[]): string =>
  find(objects, 'ConfigMap', 'shop-db-pooler').data['pgbouncer.ini'];

describe.each(['before', 'after'])('added %s the consumers', (when) => {
  const { app, db, web, chart, all } = shop({ sslMode: PostgresSslMode.REQUIRE });
  if (when === 'before') db.addPooler();
  web.connectTo(db);
  const worker = new BackgroundWorker(chart, 'worker', { image: IMAGE, name: 'worker' });
  worker.connectTo(db.connection({ direct: true, pool: ConnectionPool.fixed({ size: 2 }) }));
  if (when === 'after') db.addPooler();
  const objects = all();

  test('consumers reach the poolers, and they the database', () => {
    const ours = [{ port: 5432, protocol: 'TCP' }];
    const theirs = [{ port: 6543, protocol: 'TCP' }];
    const outside = { to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: theirs };
    expect(policy(objects, 'web').egress.slice(1)).toEqual([
      { to: [podsOf('shop-db-pooler', 'pooler')], ports: ours },
    ]);
    expect(policy(objects, 'worker').egress.slice(1)).toEqual([outside]);
    expect(policy(objects, 'shop-db-pooler')).toMatchObject({
      ingress: [{ from: [podsOf('web', 'web')], ports: ours }],
      egress: [expect.anything(), outside],
    });
  });

  test('are told of the poolers, which speak plainly, and those who go past them of the database', () => {
    expect(envOf(find(objects, 'Deployment', 'web'))).toMatchObject({
      DB_HOST: 'shop-db-pooler',
      DB_PORT: '5432',
      DB_USER: 'app',
      DB_POOL_TIMEOUT: '10',
    });
    expect(envOf(find(objects, 'Deployment', 'web'))).not.toHaveProperty('DB_SSLMODE');
    expect(envOf(find(objects, 'Deployment', 'worker'))).toMatchObject({
      DB_HOST: 'orders.example.com',
      DB_PORT: '6543',
      DB_SSLMODE: 'require',
      DB_POOL_TIMEOUT: '30',
    });
  });

  test('the poolers know the address, the encryption and who comes', () => {
    const ini = iniOf(objects);
    expect(ini).toContain('\napp = host=orders.example.com port=6543 dbname=app\n');
    expect(ini).toContain('\nserver_tls_sslmode = require\n');
    expect(ini).not.toContain('client_tls');
    expect(ini).toContain('\nstats_users = app\n');
    const deployment = find(objects, 'Deployment', 'shop-db-pooler');
    const password = { secretKeyRef: { key: 'password', name: 'shop-db-credentials' } };
    expect(envOf(deployment)).toEqual({
      USER_FILE: '/run/pgbouncer/userlist.txt',
      LOGIN_USER_1: 'app',
      LOGIN_PASSWORD_1: password,
    });
    expect(envOf(deployment, 1)).toEqual({ PGPASSWORD: password });
    const [, exporter] = deployment.spec.template.spec.containers;
    expect(exporter.args).toEqual([
      '--pgBouncer.connectionString=host=127.0.0.1 port=5432 user=app dbname=pgbouncer sslmode=disable',
    ]);
  });

  test('the connections hold together, and the checklist says so', () => {
    // 20 by each of two poolers and 5 in reserve, twice in a rollout.
    expect(iniOf(objects)).toContain('\nmax_db_connections = 25\n');
    expect(() => app.synthYaml()).not.toThrow();
    const errors = Checklist.check(objects).filter(({ severity }) => severity === FindingSeverity.ERROR);
    expect(errors.map(({ rule, measured }) => `${rule} ${measured}`)).toEqual([]);
  });
});

test('a consumer of another namespace finds them by the name of theirs', () => {
  const { db, web, all } = shop({}, 'apps');
  web.connectTo(db);
  db.addPooler();
  expect(envOf(find(all(), 'Deployment', 'web')).DB_HOST).toBe('shop-db-pooler.shop');
});

test('spelt in one variable, the URL leads to the poolers without a word of encryption', () => {
  const { db, web, chart, all } = shop({
    sslMode: PostgresSslMode.VERIFY_FULL,
    certificateAuthority: ca(new Chart(new TunedApp(), 'x')),
  });
  web.connectTo(db.connection({ variables: DatabaseVariables.url() }));
  const worker = new BackgroundWorker(chart, 'worker', { image: IMAGE });
  worker.connectTo(db.connection({ variables: DatabaseVariables.NODE_POSTGRES }));
  db.addPooler();
  expect(envOf(find(all(), 'Deployment', 'web')).DATABASE_URL).toBe(
    'postgresql://app:$(DB_PASSWORD)@shop-db-pooler:5432/app',
  );
  expect(Object.keys(envOf(find(all(), 'Deployment', 'shop-worker')))).not.toEqual(
    expect.arrayContaining([expect.stringContaining('SSL')]),
  );
});

test.each<[PostgresSslMode | undefined, boolean, readonly string[]]>([
  [undefined, false, ['server_tls_sslmode = prefer', 'server_tls_protocols = secure']],
  [PostgresSslMode.DISABLE, false, ['server_tls_sslmode = disable']],
  [PostgresSslMode.REQUIRE, false, ['server_tls_sslmode = require', 'server_tls_protocols = secure']],
  [
    PostgresSslMode.VERIFY_FULL,
    true,
    [
      'server_tls_sslmode = verify-full',
      'server_tls_ca_file = /etc/postgresql-tls/ca.crt',
      'server_tls_protocols = secure',
    ],
  ],
])('the encryption %s', (sslMode, hasAuthority, lines) => {
  const { chart, db, all } = shop();
  const other = new ExternalPostgres(chart, 'other', {
    host: 'other.example.com',
    peer: NetworkPeer.anywhere(),
    maxConnections: 200,
    sslMode,
    certificateAuthority: hasAuthority ? ca(chart) : undefined,
    name: 'other',
  });
  expect(db.maxConnections).toBe(200);
  other.addPooler();
  const objects = all();
  const ini: string = find(objects, 'ConfigMap', 'other-pooler').data['pgbouncer.ini'];
  expect(ini.split('\n').filter((line) => line.startsWith('server_tls'))).toEqual(lines);
  const { volumes } = find(objects, 'Deployment', 'other-pooler').spec.template.spec;
  expect(volumes.filter(({ secret }: Manifest) => secret)).toEqual(
    hasAuthority ? [{ name: 'tls', secret: { secretName: 'rds-ca', defaultMode: 0o440 } }] : [],
  );
});

describe('with a certificate of the poolers', () => {
  const encrypted = (when: 'before' | 'after', props: Partial<ExternalPostgresProps> = {}) => {
    const one = shop({
      sslMode: PostgresSslMode.VERIFY_FULL,
      certificateAuthority: ca(new Chart(new TunedApp(), 'x')),
      poolerCertificate: Secret.fromSecretName(new Chart(new TunedApp(), 'y'), 'tls', 'pooler-tls'),
      ...props,
    });
    if (when === 'before') one.db.addPooler();
    one.web.connectTo(one.db);
    const worker = new BackgroundWorker(one.chart, 'worker', { image: IMAGE, name: 'worker' });
    worker.connectTo(one.db.connection({ direct: true }));
    const url = new BackgroundWorker(one.chart, 'url', { image: IMAGE, name: 'url' });
    url.connectTo(one.db.connection({ variables: DatabaseVariables.url() }));
    if (when === 'after') one.db.addPooler();
    return one;
  };
  const authority = (name: string) => ({ secretKeyRef: { name, key: 'ca.crt' } });

  test.each(['before', 'after'] as const)(
    'added %s the consumers, each is told of the end that it reaches',
    (when) => {
      const objects = encrypted(when).all();
      expect(envOf(find(objects, 'Deployment', 'web'))).toMatchObject({
        DB_HOST: 'shop-db-pooler',
        DB_SSLMODE: 'require',
        DB_SSL_CA: authority('pooler-tls'),
      });
      expect(envOf(find(objects, 'Deployment', 'worker'))).toMatchObject({
        DB_HOST: 'orders.example.com',
        DB_SSLMODE: 'verify-full',
        DB_SSL_CA: authority('rds-ca'),
      });
      expect(envOf(find(objects, 'Deployment', 'url')).DATABASE_URL).toBe(
        'postgresql://app:$(DB_PASSWORD)@shop-db-pooler:5432/app?sslmode=require',
      );
    },
  );

  test('the poolers show theirs, and check the server by its authority, both from one directory', () => {
    const objects = encrypted('after').all();
    const lines = iniOf(objects).split('\n');
    expect(lines.filter((line) => /^(client|server)_tls/.test(line))).toEqual([
      'client_tls_sslmode = require',
      'client_tls_cert_file = /etc/postgresql-tls/tls.crt',
      'client_tls_key_file = /etc/postgresql-tls/tls.key',
      'client_tls_protocols = secure',
      'server_tls_sslmode = verify-full',
      'server_tls_ca_file = /etc/postgresql-tls/ca.crt',
      'server_tls_protocols = secure',
    ]);
    const { volumes, containers } = find(objects, 'Deployment', 'shop-db-pooler').spec.template.spec;
    const items = (...keys: string[]) => keys.map((key) => ({ key, path: key }));
    expect(volumes.find(({ name }: Manifest) => name === 'tls')).toEqual({
      name: 'tls',
      projected: {
        defaultMode: 0o440,
        sources: [
          { secret: { name: 'pooler-tls', items: items('tls.crt', 'tls.key') } },
          { secret: { name: 'rds-ca', items: items('ca.crt') } },
        ],
      },
    });
    expect(containers[1].args[0]).toContain('sslmode=require');
  });

  test('without an authority of the server there is one Secret, also where both are the same', () => {
    const alone = encrypted('after', { sslMode: PostgresSslMode.REQUIRE, certificateAuthority: undefined });
    const same = encrypted('after', {
      certificateAuthority: Secret.fromSecretName(new Chart(new TunedApp(), 'z'), 'tls', 'pooler-tls'),
    });
    for (const { all } of [alone, same]) {
      const { volumes } = find(all(), 'Deployment', 'shop-db-pooler').spec.template.spec;
      expect(volumes.find(({ name }: Manifest) => name === 'tls')).toEqual({
        name: 'tls',
        secret: { secretName: 'pooler-tls', defaultMode: 0o440 },
      });
    }
  });

  test('clients can be moved to it', () => {
    const objects = encrypted('after', { requirePoolerTls: false }).all();
    expect(iniOf(objects)).toContain('\nclient_tls_sslmode = prefer\n');
    expect(envOf(find(objects, 'Deployment', 'web')).DB_SSLMODE).toBe('prefer');
  });

  test('the synth and the checklist take it', () => {
    const { app, all } = encrypted('after');
    expect(() => app.synthYaml()).not.toThrow();
    const errors = Checklist.check(all()).filter(({ severity }) => severity === FindingSeverity.ERROR);
    expect(errors.map(({ rule, measured }) => `${rule} ${measured}`)).toEqual([]);
  });

  test('it is refused where nobody answers with it', () => {
    const poolerCertificate = Secret.fromSecretName(new Chart(new TunedApp(), 'y'), 'tls', 'pooler-tls');
    const { app } = shop({ sslMode: PostgresSslMode.REQUIRE, poolerCertificate });
    expect(() => app.synthYaml()).toThrow('there are no poolers that answer with `poolerCertificate`');
    for (const sslMode of [undefined, PostgresSslMode.DISABLE])
      expect(() => shop({ sslMode, poolerCertificate })).toThrow(/may reach the server without TLS/);
    expect(() => shop({ requirePoolerTls: false })).toThrow(
      /requirePoolerTls is false; there is no certificate/,
    );
  });
});

test('a version says what is tracked', () => {
  const tracked = (version?: PostgresVersion) => {
    const { db, all } = shop({ version });
    db.addPooler();
    return /\ntrack_extra_parameters = (.*)\n/.exec(iniOf(all()))?.[1];
  };
  expect(tracked()).toBe('IntervalStyle');
  expect(tracked(PostgresVersion.V18)).toBe('IntervalStyle, default_transaction_read_only, search_path');
});

describe('environments with roles of their own', () => {
  const environments = (secret: (name: string) => string) => {
    const { app, chart, db, all } = shop({ databases: ['live', 'staging'] });
    for (const name of ['live', 'staging']) {
      const own = new Chart(app, name, { namespace: name });
      const web = new ScalableWebApp(own, 'web', { image: IMAGE, scaling: ScalingPolicy.replicas(4) });
      const credentials = Secret.fromSecretName(own, 'db', secret(name));
      web.connectTo(db.connection({ database: name, user: name, credentials }));
    }
    const pooler = db.addPooler({ activeTransactions: 16 });
    new PerformanceMonitoring(chart, 'perf', { watch: [pooler] });
    return { app, all };
  };

  test('have bounds in the poolers which add up, and the databases that nobody uses are not there', () => {
    const { app, all } = environments((name) => `orders-${name}`);
    const ini = iniOf(all());
    expect(ini).toContain(
      '[databases]\n' +
        'live = host=orders.example.com port=6543 dbname=live max_db_connections=5\n' +
        'staging = host=orders.example.com port=6543 dbname=staging max_db_connections=5\n\n',
    );
    expect(ini).toContain('\nmax_db_connections = 10\n');
    expect(envOf(find(all(), 'Deployment', 'shop-db-pooler'))).toMatchObject({
      LOGIN_USER_1: 'live',
      LOGIN_PASSWORD_1: { secretKeyRef: { name: 'orders-live', key: 'password' } },
      LOGIN_USER_2: 'staging',
      LOGIN_PASSWORD_2: { secretKeyRef: { name: 'orders-staging', key: 'password' } },
    });
    expect(() => app.synthYaml()).not.toThrow();
  });

  test('need Secrets of two names, since the poolers need both in one namespace', () => {
    expect(() => environments(() => 'orders').app.synthYaml()).toThrow(
      'shop/db: the roles "live" and "staging" have Secrets of one name, "orders"',
    );
  });
});

test('too few connections for poolers and those who go past them are refused', () => {
  const { app, db, web } = shop({ maxConnections: 60 });
  web.connectTo(db.connection({ direct: true, pool: ConnectionPool.fixed({ size: 2 }) }));
  db.addPooler();
  expect(() => app.synthYaml()).toThrow(
    /shop\/db: 2 poolers, and as many that a rollout replaces, open at least 4 connections, but only -?\d+ are free/,
  );
});

test.each<[Partial<ExternalPostgresProps>, PostgresPoolerProps, string]>([
  [
    { sslMode: PostgresSslMode.VERIFY_CA },
    {},
    'shop/db: sslMode is "verify-ca"; poolers know no authority by themselves',
  ],
  [{ databases: ['pgbouncer'] }, {}, 'PgBouncer answers under this name itself'],
  [{}, { replicas: 0 }, 'shop/db/pooler: replicas is 0'],
])('%j with poolers %j is refused', (props, poolerProps, message) => {
  expect(() => shop(props).db.addPooler(poolerProps)).toThrow(message);
});

test('a second pooler is refused', () => {
  const { db } = shop();
  db.addPooler();
  expect(() => db.addPooler()).toThrow('addPooler is "shop-db-pooler"; there is a pooler already');
});
