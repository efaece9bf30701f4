import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  type CloudNativePgOptions,
  DatabaseVariables,
  IndexMatch,
  NetworkPeer,
  PerformanceMonitoring,
  PostgresBackup,
  PostgresImageFamily,
  PostgresTopology,
  PostgresVersion,
  ScalableWebApp,
  ScalingPolicy,
  SynchronousDurability,
  TunedPostgres,
  type TunedPostgresProps,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { envOf, find, type Manifest, manifests, newChart } from '../../support/synth';

const IMAGE = 'registry.example.com/shop:1.8.2';

function cluster(engine: CloudNativePgOptions = {}, props: Partial<TunedPostgresProps> = {}) {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    topology: PostgresTopology.cloudNativePg(engine),
    ...props,
  });
  const web = new ScalableWebApp(chart, 'web', {
    image: IMAGE,
    scaling: ScalingPolicy.cpu({ min: 2, max: 8 }),
  });
  return { chart, db, web };
}

const specOf = (engine: CloudNativePgOptions = {}, props: Partial<TunedPostgresProps> = {}) =>
  find(manifests(cluster(engine, props).chart), 'Cluster').spec;

describe('one line', () => {
  test('makes a Cluster of three, and leaves its pods, Services, budgets and passwords to the operator', () => {
    const { chart, db } = cluster();
    expect(
      manifests(chart)
        .filter(({ metadata }) => metadata.name.startsWith('shop-db'))
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ).toEqual(['NetworkPolicy shop-db', 'Cluster shop-db']);
    expect(specOf()).toMatchObject({
      instances: 3,
      enablePDB: true,
      enableSuperuserAccess: false,
      bootstrap: { initdb: { database: 'app', owner: 'app', dataChecksums: true } },
      storage: { size: '100Gi' },
    });
    expect([db.statefulSet, db.service, db.disruptionBudget, db.configMap]).toEqual(Array(4).fill(undefined));
    expect(db.credentials.name).toBe('shop-db-app');
  });

  test('has the settings of the one instance, computed from the same container', () => {
    const plain = new TunedPostgres(newChart(), 'db', { storage: Size.gibibytes(100) });
    const { parameters } = specOf().postgresql;
    const own = Object.fromEntries(plain.explain().map(({ name, value }) => [name, value]));
    const missing = Object.keys(own).filter((name) => !Object.hasOwn(parameters, name));
    expect(missing.sort()).toEqual(['log_line_prefix', 'shared_preload_libraries']);
    expect(Object.keys(parameters).filter((name) => parameters[name] !== own[name])).toEqual([
      'wal_keep_size',
    ]);
  });

  test('explains every setting that holds there', () => {
    const explained = new Map(
      cluster()
        .db.explain()
        .map(({ name, reason }) => [name, reason]),
    );
    const { parameters } = specOf().postgresql;
    expect([...explained.keys()].sort()).toEqual(
      [...Object.keys(parameters), 'shared_preload_libraries'].sort(),
    );
    expect(explained.get('wal_keep_size')).toMatch(/^for a standby/);
  });

  test('requests as much memory as its limit, and bounds what it keeps elsewhere', () => {
    const { resources, ephemeralVolumesSizeLimit } = specOf();
    expect(resources.requests.memory).toBe(resources.limits.memory);
    expect(ephemeralVolumesSizeLimit).toEqual({ shm: '128Mi', temporaryData: '512Mi' });
  });

  test('has time to start that a recovery needs, and to stop', () => {
    expect(specOf()).toMatchObject({ startDelay: 3600, smartShutdownTimeout: 15, stopDelay: 1800 });
  });
});

test('one instance has no budget that would hang a drain, and nobody to switch over to', () => {
  expect(specOf({ instances: 1 })).toMatchObject({ enablePDB: false, primaryUpdateMethod: 'restart' });
});

test('libraries that no parameter loads are named, credentials of your own too', () => {
  const { postgresql, bootstrap } = specOf(
    {},
    {
      preloadLibraries: ['timescaledb'],
      credentials: Secret.fromSecretName(newChart(), 'own', 'own-credentials'),
    },
  );
  expect(postgresql.shared_preload_libraries).toEqual(['timescaledb']);
  expect(bootstrap.initdb.secret).toEqual({ name: 'own-credentials' });
});

test('commits wait for as many standbys as you say', () => {
  expect(specOf({ synchronousStandbys: 1 }).postgresql.synchronous).toEqual({
    method: 'any',
    number: 1,
    dataDurability: 'required',
  });
  const preferred = { synchronousStandbys: 2, synchronousDurability: SynchronousDurability.PREFERRED };
  expect(specOf(preferred).postgresql.synchronous).toMatchObject({ number: 2, dataDurability: 'preferred' });
});

describe('backups', () => {
  const STORE = 's3://backups/shop';
  const objectsOf = (backup: PostgresBackup) => manifests(cluster({ backup }).chart);

  test('to an object store: the plugin archives WAL, and takes a backup every night from a standby', () => {
    const objects = objectsOf(PostgresBackup.objectStore({ destinationPath: STORE }));
    expect(find(objects, 'Cluster').spec.plugins).toEqual([
      {
        name: 'barman-cloud.cloudnative-pg.io',
        isWALArchiver: true,
        parameters: { barmanObjectName: 'shop-db' },
      },
    ]);
    expect(find(objects, 'ObjectStore').spec).toMatchObject({
      configuration: { destinationPath: STORE, s3Credentials: { inheritFromIAMRole: true } },
      retentionPolicy: '30d',
    });
    expect(find(objects, 'ScheduledBackup').spec).toEqual({
      backupOwnerReference: 'none',
      cluster: { name: 'shop-db' },
      immediate: true,
      method: 'plugin',
      pluginConfiguration: { name: 'barman-cloud.cloudnative-pg.io' },
      schedule: '0 0 2 * * *',
      target: 'prefer-standby',
    });
  });

  test.each([
    [
      STORE,
      { s3Credentials: { accessKeyId: key('ACCESS_KEY_ID'), secretAccessKey: key('ACCESS_SECRET_KEY') } },
    ],
    [
      'gs://backups',
      { googleCredentials: { applicationCredentials: key('GOOGLE_APPLICATION_CREDENTIALS') } },
    ],
    [
      'https://acc.blob.core.windows.net/box',
      { azureCredentials: { connectionString: key('AZURE_CONNECTION_STRING') } },
    ],
  ])('credentials for %s are referred to', (destinationPath, expected) => {
    const credentials = Secret.fromSecretName(newChart(), 'store', 'store');
    const objects = objectsOf(PostgresBackup.objectStore({ destinationPath, credentials }));
    expect(find(objects, 'ObjectStore').spec.configuration).toMatchObject(expected);
  });

  test.each([
    ['gs://backups', { googleCredentials: { gkeEnvironment: true } }],
    ['https://acc.blob.core.windows.net/box', { azureCredentials: { inheritFromAzureAD: true } }],
  ])('without credentials, %s is reached as the cloud knows the pod', (destinationPath, expected) => {
    const objects = objectsOf(PostgresBackup.objectStore({ destinationPath }));
    expect(find(objects, 'ObjectStore').spec.configuration).toMatchObject(expected);
  });

  test('a store of your own is reached on its port', () => {
    const objects = objectsOf(
      PostgresBackup.objectStore({ destinationPath: STORE, endpointUrl: 'http://minio.storage:9000' }),
    );
    const { egress } = find(objects, 'NetworkPolicy', 'shop-db').spec;
    expect(egress.at(-1)).toEqual({
      ports: [443, 6443, 9000].map((port) => ({ port, protocol: 'TCP' })),
    });
  });

  test('as snapshots of the volumes', () => {
    const objects = objectsOf(
      PostgresBackup.volumeSnapshot({ className: 'fast', schedule: '0 30 1 * * sun' }),
    );
    expect(find(objects, 'Cluster').spec.backup).toEqual({
      volumeSnapshot: { className: 'fast', online: true },
    });
    expect(find(objects, 'ScheduledBackup').spec).toMatchObject({
      method: 'volumeSnapshot',
      schedule: '0 30 1 * * sun',
    });
    expect(objects.filter(({ kind }) => kind === 'ObjectStore')).toEqual([]);
  });

  function key(name: string) {
    return { name: 'store', key: name };
  }
});

describe('who connects', () => {
  test('reaches the primary by its Service, and draws on its connections', () => {
    const { chart, db, web } = cluster();
    web.connectTo(db);
    const objects = manifests(chart);
    expect(envOf(find(objects, 'Deployment'))).toMatchObject({
      DB_HOST: 'shop-db-rw',
      DB_PASSWORD: { secretKeyRef: { name: 'shop-db-app', key: 'password' } },
    });
    const { ingress } = find(objects, 'NetworkPolicy', 'shop-db').spec;
    expect(ingress.at(-1)).toEqual({
      from: [{ podSelector: { matchLabels: web.networkIdentity.podLabels } }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    });
    expect(find(objects, 'NetworkPolicy', 'shop-web').spec.egress.at(-1)).toEqual({
      to: [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'shop-db', 'cnpg.io/podRole': 'instance' } } }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    });
  });

  test('reads from the standbys the same way, beside the primary, and both share one budget', () => {
    const alone = cluster();
    alone.web.connectTo(alone.db);
    const { chart, db, web } = cluster();
    web.connectTo(db);
    web.connectTo(db.readOnly);
    const [env, before] = [chart, alone.chart].map((one) => envOf(find(manifests(one), 'Deployment')));
    expect(env).toMatchObject({ DB_HOST: 'shop-db-rw', DB_READ_HOST: 'shop-db-ro' });
    const share = (of: Record<string, Manifest>, prefix: string) =>
      Number(of[`${prefix}_POOL_SIZE`]) + Number(of[`${prefix}_MAX_OVERFLOW`]);
    const pods = 10;
    const reserved = 3 + 8;
    expect(pods * (share(env, 'DB') + share(env, 'DB_READ'))).toBeLessThanOrEqual(
      db.maxConnections - reserved,
    );
    expect(share(env, 'DB')).toBeLessThan(share(before, 'DB'));
  });

  test('reads by names of its own', () => {
    const { chart, db, web } = cluster();
    web.connectTo(db.readOnly.connection({ variables: DatabaseVariables.NODE_POSTGRES }));
    expect(envOf(find(manifests(chart), 'Deployment')).PGHOST).toBe('shop-db-ro');
  });

  test('cannot read from standbys that are not there', () => {
    const message =
      /^shop\/db: readOnly is .*; there are no standbys; use `topology: PostgresTopology.cloudNativePg/;
    expect(() => cluster({ instances: 1 }).db.readOnly).toThrow(message);
    expect(() => new TunedPostgres(newChart(), 'db', { storage: Size.gibibytes(10) }).readOnly).toThrow(
      message,
    );
  });

  test('indexes are built on the primary', () => {
    const { chart, db } = cluster();
    db.addIndex({ table: 'people', column: 'name', match: IndexMatch.CONTAINS });
    const { initContainers, containers } = find(manifests(chart), 'Job').spec.template.spec;
    expect(initContainers[0].command).toContain('--host=shop-db-rw');
    expect(containers[0].args).toContain('--host=shop-db-rw');
    expect(containers[0].image).toBe('ghcr.io/cloudnative-pg/postgresql:17.10-minimal-trixie');
  });
});

describe('the pooler', () => {
  test('is one of the operator, by transaction, with the sizes of ours, and whoever connected moves to it', () => {
    const sizes = (engine: PostgresTopology) => {
      const chart = newChart();
      const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), topology: engine });
      const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
      web.connectTo(db);
      db.addPooler();
      return manifests(chart);
    };
    const objects = sizes(PostgresTopology.cloudNativePg());
    const own = find(sizes(PostgresTopology.statefulSet()), 'ConfigMap', 'shop-db-pooler').data[
      'pgbouncer.ini'
    ];
    const { spec } = find(objects, 'Pooler');
    expect(spec).toMatchObject({
      cluster: { name: 'shop-db' },
      type: 'rw',
      instances: 2,
      pgbouncer: { poolMode: 'transaction' },
    });
    const parameters: Array<[string, string]> = Object.entries(spec.pgbouncer.parameters);
    expect(parameters).toHaveLength(14);
    for (const [name, value] of parameters) expect(own).toContain(`\n${name} = ${value}\n`);
    expect(envOf(find(objects, 'Deployment')).DB_HOST).toBe('shop-db-pooler');
    expect(find(objects, 'PodDisruptionBudget', 'shop-db-pooler').spec.selector.matchLabels).toEqual({
      'cnpg.io/poolerName': 'shop-db-pooler',
    });
    const toDatabase = find(objects, 'NetworkPolicy', 'shop-db').spec.ingress.at(-1);
    expect(toDatabase.from).toEqual([
      { podSelector: { matchLabels: { 'cnpg.io/poolerName': 'shop-db-pooler' } } },
    ]);
  });

  test('has no user and no exporter of ours', () => {
    expect(() => cluster().db.addPooler({ runAsUser: 70, exporterImage: 'exporter:1' })).toThrow(
      /runAsUser is 70; poolers of CloudNativePG have their own; remove it\n.*exporterImage is "exporter:1"; poolers/,
    );
  });
});

test('the operator, the instances and the API server are let through, and nobody else', () => {
  const { chart } = cluster({
    operatorNamespace: 'operators',
    apiServer: NetworkPeer.cidr('10.0.0.1/32'),
    apiServerPorts: [6443],
  });
  const { metadata, spec } = find(manifests(chart), 'NetworkPolicy', 'shop-db');
  const own = [{ podSelector: { matchLabels: { 'cnpg.io/cluster': 'shop-db' } } }];
  const ports = [5432, 8000].map((port) => ({ port, protocol: 'TCP' }));
  expect(spec.podSelector.matchLabels).toEqual({ 'cnpg.io/cluster': 'shop-db' });
  expect(spec.ingress).toEqual([
    {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'operators' } } }],
      ports,
    },
    { from: own, ports },
  ]);
  expect(spec.egress.slice(1)).toEqual([
    { to: own, ports },
    { to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ port: 6443, protocol: 'TCP' }] },
  ]);
  expect(metadata.annotations).toBeUndefined();
});

test('monitoring scrapes the exporters of the operator by monitors of its own, and alerts on their series', () => {
  const { chart, db } = cluster();
  const pooler = db.addPooler();
  new PerformanceMonitoring(chart, 'perf', { watch: [db, pooler] });
  const objects = manifests(chart);
  expect(find(objects, 'PodMonitor', 'shop-db').spec).toMatchObject({
    podMetricsEndpoints: [{ port: 'metrics', path: '/metrics' }],
    selector: { matchLabels: { 'cnpg.io/cluster': 'shop-db', 'cnpg.io/podRole': 'instance' } },
  });
  const alerts = find(objects, 'PrometheusRule')
    .spec.groups.flatMap(({ rules }: Manifest) => rules)
    .flatMap(({ alert }: Manifest) => alert ?? []);
  expect(alerts).toEqual(
    expect.arrayContaining([
      'PostgresClusterConnectionsHigh',
      'PostgresStandbyBehind',
      'PostgresArchiveFails',
      'PoolerClientsWait',
    ]),
  );
  expect(alerts).not.toContain('PostgresConnectionsHigh');
});

describe('refuses, all at once,', () => {
  const storage = Size.gibibytes(10);
  const database = (props: Partial<TunedPostgresProps>) => () =>
    new TunedPostgres(newChart(), 'db', { storage, ...props });

  test('more than one instance of a StatefulSet, and points to the operator', () => {
    expect(database({ topology: PostgresTopology.statefulSet({ instances: 3 }) })).toThrow(
      /^shop\/db: topology.instances is 3; allowed: 1; more pods of a StatefulSet would be databases that know nothing of each other; use PostgresTopology.cloudNativePg/,
    );
    expect(database({ topology: PostgresTopology.statefulSet({ instances: 1 }) })).not.toThrow();
  });

  test.each<[Partial<CloudNativePgOptions>, string]>([
    [{ instances: 0 }, 'topology.instances is 0; allowed: a whole number from 1 to 20'],
    [
      { instances: 10 },
      'parameters.max_wal_senders is "10"; 9 standbys, and one that is made, need at least 11',
    ],
    [{ walStorage: Size.mebibytes(100) }, 'topology.walStorage is "100Mi"; allowed: at least 1Gi'],
    [{ walStorageClassName: 'fast' }, 'topology.walStorageClassName is "fast"; there is no volume for it'],
    [{ synchronousStandbys: 3 }, 'topology.synchronousStandbys is 3; allowed: fewer than the 3 instances'],
    [
      { synchronousDurability: SynchronousDurability.REQUIRED },
      'topology.synchronousDurability is "required"; no standby confirms',
    ],
    [{ operatorNamespace: 'A' }, 'topology.operatorNamespace is "A"; allowed: a DNS label'],
    [{ apiServerPorts: [] }, 'topology.apiServerPorts is []; allowed: at least one'],
    [{ apiServer: NetworkPeer.cidr('x') }, 'topology.apiServer is "x"; allowed: an address range'],
    [
      { backup: PostgresBackup.volumeSnapshot({ schedule: '0 2 * * *' }) },
      'topology.backup.schedule is "0 2 * * *"; allowed: six fields, seconds first',
    ],
    [
      { backup: PostgresBackup.objectStore({ destinationPath: 'backups', retentionDays: 0 }) },
      'topology.backup.retentionDays is 0; allowed: a whole number',
    ],
    [
      {
        backup: PostgresBackup.objectStore({
          destinationPath: 'gs://backups',
          endpointUrl: 'https://s3.a.b',
        }),
      },
      'topology.backup.endpointUrl is "https://s3.a.b"; it is for stores that speak S3; remove it',
    ],
  ])('%p', (engine, message) => {
    expect(database({ topology: PostgresTopology.cloudNativePg(engine) })).toThrow(message);
  });

  test.each<[Partial<TunedPostgresProps>, string]>([
    [{ version: PostgresVersion.V13 }, 'version is "13"; allowed with CloudNativePG: 14 and newer'],
    [
      { imageFamily: PostgresImageFamily.ALPINE },
      'imageFamily is "alpine"; the operator runs images of its own',
    ],
    [{ restartOnChange: false }, 'restartOnChange is false; the operator restarts'],
    [{ exporterImage: 'exporter:1' }, 'exporterImage is "exporter:1"; the operator’s instances export'],
    [{ user: 'streaming_replica' }, 'user is "streaming_replica"; it is a role of the operator'],
    [{ name: 'a'.repeat(51) }, 'allowed by CloudNativePG: at most 50 characters'],
    [
      { parameters: { archive_timeout: '1min', archive_mode: 'off' } },
      'parameters.archive_mode is "off"; it cannot be set',
    ],
    [
      { parameters: { wal_level: 'minimal', max_wal_senders: '0' } },
      'parameters.wal_level is "minimal"; standbys',
    ],
    [
      { parameters: { max_wal_senders: '2' } },
      'parameters.max_wal_senders is "2"; 2 standbys, and one that is made',
    ],
    [
      {
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '1',
          memoryRequest: '512Mi',
          memoryLimit: '8Gi',
        }),
      },
      'profile.memoryRequest is "512Mi"; the webhook of CloudNativePG wants room for shared_buffers (2Gi)',
    ],
  ])('%p', (props, message) => {
    expect(database({ topology: PostgresTopology.cloudNativePg(), ...props })).toThrow(message);
  });

  test('an image of the operator without it', () => {
    expect(database({ imageFamily: PostgresImageFamily.CLOUD_NATIVE_PG })).toThrow(
      'an image of CloudNativePG is started by its operator; use PostgresTopology.cloudNativePg, or another image',
    );
  });

  test('WAL settings that its own volume cannot hold', () => {
    const engine = PostgresTopology.cloudNativePg({ walStorage: Size.gibibytes(5) });
    expect(database({ topology: engine, parameters: { max_slot_wal_keep_size: '4GB' } })).toThrow(
      /parameters.max_slot_wal_keep_size is "4GB"; max_wal_size, wal_keep_size and max_slot_wal_keep_size together keep 6GB; allowed: 80 % of the volume of 5Gi/,
    );
  });
});

test('a certificate is refused: the operator has its own', () => {
  const certificate = Secret.fromSecretName(newChart(), 'tls', 'db-tls');
  expect(() => cluster({}, { certificate })).toThrow(
    'certificate is "db-tls"; CloudNativePG makes certificates of its own',
  );
  expect(() => cluster({}, { requireTls: false })).toThrow('requireTls is false');
});

describe('on the first start', () => {
  const props = {
    databases: ['reports', 'my_data'],
    extensions: ['postgis'],
    initSql: { 'b.sql': 'SELECT 2;', 'a.sql': 'SELECT 1;' },
  };
  const { chart, db } = cluster({}, props);
  const objects = manifests(chart);

  test('the operator makes extensions, and runs scripts in the order of their names', () => {
    expect(find(objects, 'Cluster').spec.bootstrap.initdb).toMatchObject({
      postInitApplicationSQL: ['CREATE EXTENSION IF NOT EXISTS "postgis" CASCADE'],
      postInitApplicationSQLRefs: {
        configMapRefs: [
          { name: 'shop-db-init', key: 'a.sql' },
          { name: 'shop-db-init', key: 'b.sql' },
        ],
      },
    });
    expect(find(objects, 'ConfigMap', 'shop-db-init').data).toEqual(props.initSql);
  });

  test('further databases are resources of it, with the same owner and extensions', () => {
    expect(find(objects, 'Database', 'shop-db-reports').spec).toEqual({
      cluster: { name: 'shop-db' },
      name: 'reports',
      owner: 'app',
      databaseReclaimPolicy: 'retain',
      extensions: [{ name: 'postgis' }],
    });
    expect(db.databaseResources?.map(({ name }) => name)).toEqual([
      'shop-db-app',
      'shop-db-reports',
      expect.stringMatching(/^shop-db-my-data-[0-9a-f]{8}$/),
    ]);
  });

  test('commands of psql are refused', () => {
    expect(() => cluster({}, { initSql: { 'a.sql': 'SELECT 1;\n\\connect x' } })).toThrow(
      'the operator runs SQL, and no commands of psql',
    );
  });
});
