/** A Postgres that exists elsewhere, and those who connect to it. */
import { Chart, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  ConnectionPool,
  DatabaseVariables,
  ExternalPostgres,
  type ExternalPostgresProps,
  NetworkPeer,
  PostgresInstance,
  PostgresSslMode,
  Runtime,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
} from 'cdk8s-tuned';
import { envOf, find, IMAGE, type Manifest, manifests } from '../support/synth';

const PROPS: ExternalPostgresProps = {
  host: 'orders.abc123.eu-west-1.rds.amazonaws.com',
  peer: NetworkPeer.cidr('10.20.0.0/16'),
  maxConnections: 200,
};

const secretNamed = (name: string) => Secret.fromSecretName(new Chart(new TunedApp(), 'x'), 'secret', name);

function shop(props: Partial<ExternalPostgresProps> = {}, max = 20) {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const db = new ExternalPostgres(chart, 'db', { ...PROPS, ...props });
  const scaling = ScalingPolicy.cpu({ min: 2, max });
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE, scaling });
  const env = (name = 'shop-web'): Record<string, Manifest> =>
    envOf(find(manifests(chart), 'Deployment', name));
  const egress = (name = 'shop-web'): Manifest =>
    find(manifests(chart), 'NetworkPolicy', name).spec.egress.slice(1);
  return { app, chart, db, web, env, egress };
}

describe('what a consumer gets', () => {
  test('the variables of the guide, and a pool that all replicas together can have', () => {
    const { db, web, env } = shop();
    web.connectTo(db);
    expect(env()).toEqual({
      DB_HOST: 'orders.abc123.eu-west-1.rds.amazonaws.com',
      DB_PORT: '5432',
      DB_NAME: 'app',
      DB_USER: 'app',
      DB_PASSWORD: { secretKeyRef: { key: 'password', name: 'shop-db-credentials' } },
      // 20 replicas and 5 of the rollout share 200 connections but for 3 and 8: 7 each.
      DB_POOL_SIZE: '4',
      DB_MAX_OVERFLOW: '3',
      DB_POOL_TIMEOUT: '30',
    });
  });

  test('the names, the port and the Secret that are there', () => {
    const { chart, db, web, env, egress } = shop({
      port: 6432,
      database: 'shop-prod',
      user: 'shop@project.iam',
      credentials: secretNamed('orders-auth'),
    });
    web.connectTo(db);
    expect(env()).toMatchObject({
      DB_PORT: '6432',
      DB_NAME: 'shop-prod',
      DB_USER: 'shop@project.iam',
      DB_PASSWORD: { secretKeyRef: { key: 'password', name: 'orders-auth' } },
    });
    expect(egress()).toEqual([
      { to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: [{ port: 6432, protocol: 'TCP' }] },
    ]);
    expect(manifests(chart).filter(({ metadata }) => metadata.name.startsWith('shop-db'))).toEqual([]);
  });

  test.each<[DatabaseVariables, Record<string, unknown>]>([
    [DatabaseVariables.GUIDE, { DB_SSLMODE: 'verify-full' }],
    [DatabaseVariables.READ_ONLY, { DB_READ_SSLMODE: 'verify-full' }],
    [DatabaseVariables.named({ sslMode: 'POSTGRES_SSL_MODE' }), { POSTGRES_SSL_MODE: 'verify-full' }],
    [DatabaseVariables.NODE_POSTGRES, { PGSSLMODE: 'verify-full', PGPOOL_MAX: '7' }],
    [
      DatabaseVariables.SPRING,
      {
        SPRING_DATASOURCE_URL: `jdbc:postgresql://${PROPS.host}:5432/app?sslmode=verify-full`,
        SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE: '7',
      },
    ],
    [
      DatabaseVariables.url({ poolParameter: 'pool' }),
      { DATABASE_URL: `postgresql://app:$(DB_PASSWORD)@${PROPS.host}:5432/app?pool=7&sslmode=verify-full` },
    ],
    [
      DatabaseVariables.url({ scheme: 'postgresql+asyncpg', sslModeParameter: 'ssl' }),
      {
        DATABASE_URL: `postgresql+asyncpg://app:$(DB_PASSWORD)@${PROPS.host}:5432/app?ssl=verify-full`,
      },
    ],
    [
      DatabaseVariables.url({ parameters: { sslmode: 'no-verify' } }),
      { DATABASE_URL: `postgresql://app:$(DB_PASSWORD)@${PROPS.host}:5432/app?sslmode=no-verify` },
    ],
  ])('the encryption in the language of the application: %#', (variables, expected) => {
    const { db, web, env } = shop({ sslMode: PostgresSslMode.VERIFY_FULL });
    web.connectTo(db.connection({ variables }));
    expect(env()).toMatchObject(expected);
  });

  test.each<[DatabaseVariables, string]>([
    [DatabaseVariables.GUIDE, 'DB_SSL_CA'],
    [DatabaseVariables.NODE_POSTGRES, 'PGSSL_CA'],
  ])('the authority of the certificate, where one is given: %#', (variables, name) => {
    const { db, web, env } = shop({
      sslMode: PostgresSslMode.VERIFY_CA,
      certificateAuthority: secretNamed('rds-ca'),
    });
    web.connectTo(db.connection({ variables }));
    expect(env()[name]).toEqual({ secretKeyRef: { key: 'ca.crt', name: 'rds-ca' } });
  });

  test('one of several databases, none other', () => {
    const { db, web, env } = shop({ databases: ['reports'] });
    web.connectTo(db.connection({ database: 'reports' }));
    expect(env().DB_NAME).toBe('reports');
    expect(() => db.connection({ database: 'report' })).toThrow(
      'connection.database is "report"; allowed: app, reports',
    );
  });

  test.each([DatabaseVariables.GUIDE, DatabaseVariables.NODE_POSTGRES, DatabaseVariables.SPRING])(
    'no word of encryption where none is given: %#',
    (variables) => {
      const { db, web, env } = shop();
      web.connectTo(db.connection({ variables }));
      expect(JSON.stringify(env())).not.toMatch(/ssl/i);
    },
  );

  test.each<[string, NetworkPeer, unknown]>([
    ['any address', NetworkPeer.anywhere(), undefined],
    [
      'pods that somebody else runs',
      NetworkPeer.pods({ namespace: 'data', podLabels: { application: 'spilo' } }),
      [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'data' } },
          podSelector: { matchLabels: { application: 'spilo' } },
        },
      ],
    ],
  ])('a policy that lets it out to %s, on the port', (_, peer, to) => {
    const { db, web, egress } = shop({ peer });
    web.connectTo(db);
    expect(egress()).toEqual([{ ...(to !== undefined && { to }), ports: [{ port: 5432, protocol: 'TCP' }] }]);
  });
});

describe('the connections', () => {
  test('are shared out by weight, among all who connect, whoever comes first', () => {
    const pools = (order: readonly string[]) => {
      const { chart, db, web, env } = shop();
      const worker = new BackgroundWorker(chart, 'worker', { image: IMAGE });
      const pool = ConnectionPool.shared({ weight: 2, processesPerPod: 2 });
      const all = {
        web: () => web.connectTo(db),
        worker: () => worker.connectTo(db.connection({ pool })),
      };
      for (const name of order) all[name as keyof typeof all]();
      return ['shop-web', 'shop-worker'].map((name) => {
        const { DB_POOL_SIZE, DB_MAX_OVERFLOW } = env(name);
        return Number(DB_POOL_SIZE) + Number(DB_MAX_OVERFLOW);
      });
    };
    const [web, worker] = pools(['web', 'worker']);
    expect(worker).toBeGreaterThan(web);
    expect(25 * web + 26 * worker).toBeLessThanOrEqual(189);
    expect(pools(['worker', 'web'])).toEqual([web, worker]);
  });

  test('are refused with everybody who draws on them, and what would fit', () => {
    const { app, chart, db, web } = shop({ maxConnections: 100 });
    const pool = ConnectionPool.fixed({ size: 20, maxOverflow: 10 });
    web.connectTo(db.connection({ pool }));
    new BackgroundWorker(chart, 'worker', { image: IMAGE }).connectTo(db);
    expect(() => app.synthYaml()).toThrow(
      /^the app cannot be synthesized:\nshop\/db: DB-002 its consumers may open \d+ connections, but only 89 of max_connections 100 are free for them:\n {2}shop\/web: 25 pods \(20 replicas and a surge of 5\) x 1 processes x \(20 \+ 10\) = 750; at most 1 replica would fit\n {2}shop\/worker: 13 pods/,
    );
  });

  test('are counted for each process of a runtime, unless the pool says how many there are', () => {
    const of = (pool: ConnectionPool) => {
      const { app, chart, db } = shop({ maxConnections: 20 });
      const scaling = ScalingPolicy.replicas(1);
      const runtime = Runtime.python({ workers: 4 });
      new ScalableWebApp(chart, 'api', { image: IMAGE, scaling, runtime }).connectTo(db.connection({ pool }));
      return () => app.synthYaml();
    };
    expect(of(ConnectionPool.fixed({ size: 2 }))).toThrow(
      /shop\/api: 2 pods .* x 4 processes x \(2 \+ 0\) = 16/,
    );
    expect(of(ConnectionPool.fixed({ size: 2, processesPerPod: 2 }))).not.toThrow();
  });

  test('are taken where they fit, and as many are free as is said', () => {
    const pool = ConnectionPool.fixed({ size: 20, maxOverflow: 10 });
    const of = (props: Partial<ExternalPostgresProps>) => {
      const { app, db, web } = shop(props);
      web.connectTo(db.connection({ pool, direct: true }));
      return () => app.synthYaml();
    };
    expect(of({ maxConnections: 761 })).not.toThrow();
    expect(of({ maxConnections: 760 })).toThrow(/only 749 of max_connections 760/);
    const none = { reservedConnections: 0, superuserReservedConnections: 0 };
    expect(of({ maxConnections: 750, ...none })).not.toThrow();
    expect(of({ maxConnections: 800, reservedConnections: 40, superuserReservedConnections: 15 })).toThrow(
      /only 745 of max_connections 800/,
    );
  });
});

describe('the instance of a provider', () => {
  const of = (instance: PostgresInstance, rest: Partial<ExternalPostgresProps> = {}) =>
    shop({ maxConnections: undefined, instance, ...rest });

  test.each<[string, PostgresInstance, number]>([
    ['RDS', PostgresInstance.rds('db.t4g.small'), 174],
    ['RDS by its memory', PostgresInstance.rdsWithMemory(Size.gibibytes(2)), 174],
    ['Aurora', PostgresInstance.aurora('db.r6g.large'), 1594],
    ['Cloud SQL', PostgresInstance.cloudSql('db-custom-2-8192'), 400],
    ['Cloud SQL by its memory', PostgresInstance.cloudSqlWithMemory(Size.gibibytes(16)), 500],
    ['Azure', PostgresInstance.azureFlexibleServer('Standard_D2ds_v5'), 859],
    ['DigitalOcean', PostgresInstance.digitalOcean(Size.gibibytes(4)), 100],
  ])('of %s says what the server accepts', (_, instance, accepted) => {
    expect(of(instance).db.maxConnections).toBe(accepted);
  });

  test('says what is reserved besides, unless that is given', () => {
    const pool = ConnectionPool.fixed({ size: 8 });
    const refusal = (rest: Partial<ExternalPostgresProps>) => {
      const { app, db, web } = of(PostgresInstance.cloudSql('db-custom-1-4096'), rest);
      web.connectTo(db.connection({ pool }));
      return () => app.synthYaml();
    };
    expect(refusal({})).toThrow(/only 89 of max_connections 100 are free/);
    expect(refusal({ superuserReservedConnections: 20 })).toThrow(/only 72 of max_connections 100 are free/);
    const azure = of(PostgresInstance.azureFlexibleServer('B1ms'));
    azure.web.connectTo(azure.db.connection({ pool }));
    expect(() => azure.app.synthYaml()).toThrow(/only 27 of max_connections 50 are free/);
  });

  test('where it says only a lower bound, the message says how the number is known', () => {
    const pool = ConnectionPool.fixed({ size: 20 });
    const refused = (instance: PostgresInstance) => {
      const { app, db, web } = of(instance);
      web.connectTo(db.connection({ pool }));
      return () => app.synthYaml();
    };
    const hint = 'the instance may accept more: give what `SHOW max_connections` tells as `maxConnections`';
    expect(refused(PostgresInstance.rds('db.t4g.small'))).toThrow(hint);
    expect(refused(PostgresInstance.azureFlexibleServer('B1ms'))).not.toThrow(hint);
  });

  test.each<[PostgresInstance, string]>([
    [
      PostgresInstance.rds('db.m6g.larg'),
      'instance.class is "db.m6g.larg"; allowed: an instance class of RDS',
    ],
    [PostgresInstance.rds(8 as never), 'instance.class is 8; allowed: text'],
    [
      PostgresInstance.rdsWithMemory(Size.mebibytes(100)),
      'instance.memory is 104857600; allowed: a number from',
    ],
    [PostgresInstance.digitalOcean('1Gi' as never), 'instance.memory is "1Gi"; allowed: a Size such as'],
  ])('%# is refused', (instance, message) => {
    expect(() => of(instance)).toThrow(message);
  });

  test('one that is too small for what is reserved is refused', () => {
    const instance = PostgresInstance.cloudSql('db-f1-micro');
    expect(() => of(instance, { reservedConnections: 30 })).toThrow(
      'instance is 25; nothing is left for pools: 33 of them are reserved',
    );
  });

  test('takes the place of the number: one of both', () => {
    const instance = PostgresInstance.rds('db.m6g.large');
    expect(() => shop({ instance })).toThrow(
      'maxConnections is 200; `instance` says it too; give one of them',
    );
    expect(() => shop({ maxConnections: undefined })).toThrow(
      'maxConnections is undefined; give what the server accepts (SHOW max_connections), or `instance`, the class',
    );
    expect(() => of('db.m6g.large' as never)).toThrow(
      'instance is "db.m6g.large"; allowed: an object such as',
    );
  });
});

describe('replicas that only read', () => {
  const readOnlyHost = 'orders.cluster-ro-abc123.eu-west-1.rds.amazonaws.com';

  test('are told beside the database, and draw on the same connections', () => {
    const { db, web, env, egress } = shop({ readOnlyHost, sslMode: PostgresSslMode.REQUIRE });
    web.connectTo(db);
    web.connectTo(db.readOnly);
    expect(env()).toMatchObject({
      DB_HOST: PROPS.host,
      DB_READ_HOST: readOnlyHost,
      DB_READ_SSLMODE: 'require',
      DB_POOL_SIZE: '2',
      DB_MAX_OVERFLOW: '1',
      DB_READ_POOL_SIZE: '2',
      DB_READ_MAX_OVERFLOW: '1',
    });
    // One rule: the same network, the same port.
    expect(egress()).toHaveLength(1);
  });

  test('have a network and connections of their own where they never take over', () => {
    const { app, db, web, env, egress } = shop({
      readOnlyHost,
      readOnlyPeer: NetworkPeer.cidr('10.30.0.0/16'),
      readOnlyMaxConnections: 86,
    });
    web.connectTo(db);
    web.connectTo(db.readOnly);
    expect(env()).toMatchObject({ DB_POOL_SIZE: '4', DB_READ_POOL_SIZE: '2', DB_READ_MAX_OVERFLOW: '1' });
    expect(JSON.stringify(egress())).toContain('10.30.0.0/16');
    expect(() => app.synthYaml()).not.toThrow();
    const pool = ConnectionPool.fixed({ size: 10 });
    const other = new BackgroundWorker(web, 'reports', { image: IMAGE });
    other.connectTo(db.readOnly.connection({ pool }));
    expect(() => app.synthYaml()).toThrow(/shop\/db\/readOnly: DB-002 .* only 75 of max_connections 86/);
  });

  test('or that of the class of their instance, which reserves what its provider does', () => {
    const { app, db, web } = shop({ readOnlyHost, readOnlyInstance: PostgresInstance.rds('db.t4g.small') });
    web.connectTo(db);
    const pool = ConnectionPool.fixed({ size: 10 });
    web.connectTo(db.readOnly.connection({ pool }));
    // 174 at least, less 3 and 2 of RDS and 8 in reserve.
    expect(() => app.synthYaml()).toThrow(
      /shop\/db\/readOnly: DB-002 .* only 161 of max_connections 174 [^]*the instance may accept more: .* `readOnlyMaxConnections`/,
    );
  });

  test('are refused where there are none', () => {
    const { db } = shop();
    expect(() => db.readOnly).toThrow(/shop\/db: readOnly is undefined; there are no replicas/);
  });
});

test.each<[Partial<ExternalPostgresProps>, string]>([
  [{ host: 'a b' }, 'host is "a b"; allowed: a DNS name'],
  [{ readOnlyHost: 'https://x' }, 'readOnlyHost is "https://x"'],
  [{ peer: NetworkPeer.cidr('10.20.0.0') }, 'peer is "10.20.0.0"; allowed: an address range'],
  [{ maxConnections: 11 }, 'maxConnections is 11; nothing is left for pools: 11 of them are reserved'],
  [{ maxConnections: 0 }, 'maxConnections is 0; allowed: a whole number from 1 to 262143'],
  [{ readOnlyMaxConnections: 100 }, 'readOnlyMaxConnections is 100; there are no replicas'],
  [
    { readOnlyInstance: PostgresInstance.rds('db.m6g.large') },
    'readOnlyInstance is a PostgresInstance; there are no',
  ],
  [
    { readOnlyHost: 'r.example.com', readOnlyInstance: PostgresInstance.rds('db.m6g.tiny') },
    'readOnlyInstance.class is "db.m6g.tiny"',
  ],
  [
    {
      readOnlyHost: 'r.example.com',
      readOnlyMaxConnections: 100,
      readOnlyInstance: PostgresInstance.rds('db.m6g.large'),
    },
    'readOnlyMaxConnections is 100; `readOnlyInstance` says it too; give one of them',
  ],
  [
    {
      readOnlyHost: 'r.example.com',
      readOnlyInstance: PostgresInstance.digitalOcean(Size.mebibytes(512)),
      reservedConnections: 9,
    },
    'readOnlyInstance is 12; nothing is left for pools: 12 of them are reserved',
  ],
  [{ readOnlyPeer: NetworkPeer.anywhere() }, 'readOnlyPeer is a NetworkPeer; there are no replicas'],
  [{ certificateAuthority: secretNamed('ca') }, 'certificateAuthority is "ca"; nobody looks at'],
  [{ databases: ['a', 'b c'] }, 'databases[1] is "b c"'],
  [{ database: 'a?b' }, 'database is "a?b"; allowed: at most 63 letters'],
  [{ user: '$(DB_HOST)' }, 'user is "$(DB_HOST)"; allowed: at most 128 letters'],
  [{ name: 'Orders' }, 'name is "Orders"'],
])('%j is refused', (props, message) => {
  expect(() => shop(props)).toThrow(message);
});

test('options of a connection are checked', () => {
  const { db } = shop({ readOnlyHost: 'replicas.example.com' });
  const options = {
    pool: ConnectionPool.fixed({ size: 0 }),
    variables: DatabaseVariables.named({ host: 'A-B' }),
  };
  const message = /connection\.pool\.size is 0[^]*connection\.variables\.host is "A-B"/;
  expect(() => db.connection(options)).toThrow(message);
  expect(() => db.readOnly.connection(options)).toThrow(message);
});
