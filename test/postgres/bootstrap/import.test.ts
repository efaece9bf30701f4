/** A database on CloudNativePG that begins with what another server has. */
import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  type ImportDatabaseOptions,
  type ImportServerOptions,
  NetworkPeer,
  PostgresBootstrap,
  PostgresSslMode,
  PostgresTopology,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { customResourceValidator } from '../../cluster/schemas';
import { find, manifests, newChart } from '../../support/synth';

const secret = (name: string) => Secret.fromSecretName(newChart(), name, name);
const SERVER = {
  host: 'old.example.com',
  peer: NetworkPeer.cidr('10.20.0.0/16'),
  user: 'postgres',
  credentials: secret('old-login'),
};

function imported(bootstrap: PostgresBootstrap, props: Partial<TunedPostgresProps> = {}) {
  const chart = newChart();
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    topology: PostgresTopology.cloudNativePg(),
    bootstrap,
    ...props,
  });
  const objects = manifests(chart);
  const cluster = find(objects, 'Cluster');
  expect(customResourceValidator()(cluster)).toEqual([]);
  return { objects, spec: cluster.spec };
}

const database = (options: Partial<ImportDatabaseOptions> = {}) =>
  PostgresBootstrap.importDatabase({ ...SERVER, database: 'Legacy', ...options });
const server = (options: Partial<ImportServerOptions> = {}) =>
  PostgresBootstrap.importServer({ ...SERVER, ...options });

describe('one database', () => {
  const { spec, objects } = imported(database(), { extensions: ['postgis'] });

  test('becomes that of the application, with its extensions', () => {
    expect(spec.bootstrap.initdb).toEqual({
      database: 'app',
      owner: 'app',
      dataChecksums: true,
      encoding: 'UTF8',
      import: { type: 'microservice', databases: ['Legacy'], source: { externalCluster: 'origin' } },
    });
    expect(find(objects, 'Database', 'shop-db-app').spec.extensions).toEqual([{ name: 'postgis' }]);
  });

  test('is read encrypted, with a password of a Secret', () => {
    expect(spec.externalClusters).toEqual([
      {
        name: 'origin',
        connectionParameters: {
          host: 'old.example.com',
          port: '5432',
          user: 'postgres',
          dbname: 'Legacy',
          sslmode: 'require',
        },
        password: { name: 'old-login', key: 'password' },
      },
    ]);
  });

  test('the network policy lets the pods reach that server', () => {
    expect(find(objects, 'NetworkPolicy').spec.egress).toContainEqual({
      to: [{ ipBlock: { cidr: '10.20.0.0/16' } }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    });
  });

  test('several tables at a time, another port and key, and a certificate that is checked', () => {
    const source = database({
      jobs: 4,
      port: 6432,
      passwordKey: 'postgres-password',
      sslMode: PostgresSslMode.VERIFY_FULL,
      certificateAuthority: secret('old-ca'),
    });
    const { bootstrap, externalClusters } = imported(source).spec;
    expect(bootstrap.initdb.import).toMatchObject({
      pgDumpExtraOptions: ['--jobs=4'],
      pgRestoreExtraOptions: ['--jobs=4'],
    });
    expect(externalClusters[0]).toMatchObject({
      connectionParameters: { port: '6432', sslmode: 'verify-full' },
      password: { name: 'old-login', key: 'postgres-password' },
      sslRootCert: { name: 'old-ca', key: 'ca.crt' },
    });
  });
});

describe('a server', () => {
  test('comes with all databases and roles', () => {
    const { bootstrap, externalClusters } = imported(server()).spec;
    expect(bootstrap.initdb.import).toEqual({
      type: 'monolith',
      databases: ['*'],
      roles: ['*'],
      source: { externalCluster: 'origin' },
    });
    expect(externalClusters[0].connectionParameters.dbname).toBe('postgres');
  });

  test('or with those that you name', () => {
    const source = server({ databases: ['app', 'reports'], roles: ['app', 'reader'] });
    expect(imported(source, { databases: ['reports'] }).spec.bootstrap.initdb.import).toMatchObject({
      databases: ['app', 'reports'],
      roles: ['app', 'reader'],
    });
  });
});

describe('refused', () => {
  test.each<[string, PostgresBootstrap, Partial<TunedPostgresProps>, string]>([
    [
      'applications without their database',
      server({ databases: ['orders'] }),
      {},
      'bootstrap.databases is ["orders"]; applications need app, the `database` of the construct; add it',
    ],
    [
      'applications without their role',
      server({ roles: ['orders'] }),
      {},
      'bootstrap.roles is ["orders"]; applications need app, the `user` of the construct; add it',
    ],
    [
      'a database twice',
      server({ databases: ['app', 'app'] }),
      {},
      'bootstrap.databases is ["app", "app"]; one is named twice',
    ],
    [
      'a wildcard for one database',
      database({ database: '*' }),
      {},
      'bootstrap.database is "*"; allowed: at most 63 letters',
    ],
    ['a host with a parameter', database({ host: 'a sslmode=disable' }), {}, 'bootstrap.host'],
    [
      'a certificate that nobody looks at',
      database({ certificateAuthority: secret('ca') }),
      {},
      'bootstrap.certificateAuthority is "ca"; nobody looks at it',
    ],
    [
      'a check without an authority',
      database({ sslMode: PostgresSslMode.VERIFY_CA }),
      {},
      'bootstrap.certificateAuthority is undefined; verify-ca checks the certificate by it',
    ],
    [
      'more jobs than the memory bears',
      database({ jobs: 16 }),
      {},
      'bootstrap.jobs is 16; each takes up to maintenance_work_mem (256MB) beside shared_buffers; allowed in 4Gi: at most 10',
    ],
    [
      'scripts of an empty database',
      database(),
      { initSql: { 'a.sql': 'SELECT 1;' } },
      'initSql is ["a.sql"]; it is for an empty database',
    ],
  ])('%s', (_, bootstrap, props, message) => {
    expect(() => imported(bootstrap, props)).toThrow(message);
  });
});
