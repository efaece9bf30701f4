import { Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  ConnectionPool,
  DatabaseVariables,
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
  ScalableWebApp,
  ScalingPolicy,
  SettingSource,
  TunedApp,
  TunedPostgres,
  type TunedPostgresProps,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { Chart } from 'cdk8s';
import { evaluate } from '../../lib/checklist/evaluate';
import { parsePostgresConf } from '../../lib/inventory/configuration-files';
import { Inventory } from '../../lib/inventory/inventory';
import { parseBytes } from '../../lib/units/quantity';
import { envOf, find, manifests, newChart } from '../support/synth';

const IMAGE = 'registry.example.com/shop:1.8.2';

function synth(props: Partial<TunedPostgresProps> = {}) {
  const chart = newChart();
  new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), ...props });
  return manifests(chart);
}

const setOf = (props: Partial<TunedPostgresProps> = {}) => find(synth(props), 'StatefulSet');
const podOf = (props: Partial<TunedPostgresProps> = {}) => setOf(props).spec.template.spec;
const confOf = (props: Partial<TunedPostgresProps> = {}) =>
  parsePostgresConf(find(synth(props), 'ConfigMap').data['postgresql.conf']);
const volume = (pod: ReturnType<typeof podOf>, name: string) =>
  pod.volumes.find((one: { name: string }) => one.name === name);

describe('one line', () => {
  test('makes a database with its configuration, Services, account, disruption budget and network policy', () => {
    expect(synth().map((object) => `${object.kind} ${object.metadata.name}`)).toEqual([
      'ConfigMap shop-db',
      'ServiceAccount shop-db',
      'StatefulSet shop-db',
      'Service shop-db',
      'Service shop-db-headless',
      'PodDisruptionBudget shop-db',
      'NetworkPolicy shop-db',
    ]);
  });

  test('is one pod, which can be evicted', () => {
    expect(setOf().spec.replicas).toBe(1);
    expect(find(synth(), 'PodDisruptionBudget').spec.maxUnavailable).toBe(1);
  });

  test('claims a volume with the fields that the API server fills in', () => {
    expect(setOf({ storageClassName: 'fast' }).spec.volumeClaimTemplates).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '100Gi' } },
          storageClassName: 'fast',
          volumeMode: 'Filesystem',
        },
      },
    ]);
  });

  test('requests all the memory that it may use', () => {
    const { requests, limits } = podOf().containers[0].resources;
    expect([requests.memory, limits.memory]).toEqual(['4Gi', '4Gi']);
  });

  test('lets the kubelet wait an hour for a recovery, and two minutes for a shutdown', () => {
    const pod = podOf();
    const { startupProbe } = pod.containers[0];
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(3600);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(120);
  });

  test('has shared memory of a size, and everything else that it writes to on a volume of one', () => {
    const pod = podOf();
    expect(volume(pod, 'shm').emptyDir).toEqual({ medium: 'Memory', sizeLimit: '128Mi' });
    expect(volume(pod, 'run').emptyDir.sizeLimit).toBe('16Mi');
    expect(volume(pod, 'tmp').emptyDir.sizeLimit).toBe('64Mi');
  });
});

test.each([
  [PostgresVersion.V15, '/var/lib/postgresql/data', '/var/lib/postgresql/data/pgdata', '--data-checksums'],
  [
    PostgresVersion.V17,
    '/var/lib/postgresql/data',
    '/var/lib/postgresql/data/pgdata',
    '--data-checksums --set huge_pages=off',
  ],
  [
    PostgresVersion.V18,
    '/var/lib/postgresql',
    '/var/lib/postgresql/18/docker',
    '--data-checksums --set huge_pages=off',
  ],
])('Postgres %s keeps its data in a sub-directory of its volume', (version, mountPath, pgdata, initdb) => {
  const set = setOf({ version });
  const [container] = set.spec.template.spec.containers;
  expect(container.image).toContain(`/postgres:${version}.`);
  expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath });
  expect(envOf(set)).toMatchObject({ PGDATA: pgdata, POSTGRES_INITDB_ARGS: initdb });
});

test('from 17 on, ALTER SYSTEM cannot win over the configuration', () => {
  expect(podOf({ version: PostgresVersion.V17 }).containers[0].args).toContain('allow_alter_system=off');
  expect(podOf({ version: PostgresVersion.V16 }).containers[0].args).not.toContain('allow_alter_system=off');
});

test('credentials are referred to, by the name of the construct or of a Secret of yours', () => {
  const password = (set: ReturnType<typeof setOf>) => envOf(set).POSTGRES_PASSWORD.secretKeyRef;
  expect(password(setOf())).toEqual({ key: 'postgres-password', name: 'shop-db-credentials' });
  const chart = newChart();
  const credentials = Secret.fromSecretName(chart, 'secret', 'vault-db');
  new TunedPostgres(chart, 'db', { storage: Size.gibibytes(1), credentials });
  expect(password(find(manifests(chart), 'StatefulSet'))).toEqual({
    key: 'postgres-password',
    name: 'vault-db',
  });
});

test('a changed setting restarts the database, unless it should not', () => {
  const checksum = (props: Partial<TunedPostgresProps>) =>
    setOf(props).spec.template.metadata.annotations?.['checksum/config'];
  expect(checksum({})).not.toBe(checksum({ maxConnections: 50 }));
  expect(checksum({ restartOnChange: false })).toBeUndefined();
});

test('without metrics there is no exporter', () => {
  expect(podOf().containers.map((one: { name: string }) => one.name)).toEqual(['postgres', 'exporter']);
  expect(podOf({ metrics: false }).containers.map((one: { name: string }) => one.name)).toEqual(['postgres']);
});

describe('connectTo', () => {
  function shop(pool?: ConnectionPool) {
    const app = new TunedApp({ outdir: '/nowhere' });
    const chart = new Chart(app, 'shop', { namespace: 'shop' });
    const db = new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(100),
      profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
    });
    const web = new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      scaling: ScalingPolicy.cpu({ min: 2, max: 20 }),
    });
    web.connectTo(db, { pool });
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
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(100),
      profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
    });
    const web = new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      scaling: ScalingPolicy.cpu({ min: 2, max: 4 }),
    });
    web.connectTo(db, { pool: ConnectionPool.of({ size: 20, maxOverflow: 10 }) });
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
    new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db, { variables });
    expect(envOf(find(manifests(chart), 'Deployment'))).toMatchObject(expected);
  });

  test('refuses variables that are no names, or one name for two values', () => {
    const connect = (names: object) => {
      const chart = newChart();
      const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100) });
      new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db, {
        variables: DatabaseVariables.named(names),
      });
    };
    expect(() => connect({ host: 'DB-HOST' })).toThrow(
      'shop/web: connectTo.variables.host is "DB-HOST"; allowed: letters',
    );
    expect(() => connect({ host: 'A', port: 'A' })).toThrow('two values cannot have one name');
  });

  test('refuses them for 20 replicas: everybody who draws is named', () => {
    const { app, db, chart } = shop(ConnectionPool.of({ size: 20, maxOverflow: 10 }));
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

test.each<[string, Partial<TunedPostgresProps>, string]>([
  [
    'a volume that is too small',
    { storage: Size.mebibytes(512) },
    'shop/db: storage is "512Mi"; allowed: at least 1Gi',
  ],
  [
    'a version that there is not',
    { version: '9.6' as PostgresVersion },
    'version is "9.6"; allowed: 13, 14, 15, 16, 17, 18',
  ],
  ['a role with quotes', { user: 'app"; DROP' }, 'user is "app\\"; DROP"'],
  ['the role of the exporter', { user: 'exporter' }, 'it is the role of the metrics exporter'],
  [
    'a setting with a newline',
    { parameters: { work_mem: "1MB'\nlog_statement = 'all" } },
    'parameters.work_mem is',
  ],
  [
    'more connections than memory bears',
    { maxConnections: 1000 },
    'profile.memoryLimit is "4Gi"; the settings can use',
  ],
  ['nothing left for the applications', { maxConnections: 10 }, 'nothing is left of max_connections 10'],
  [
    'an image without a tag',
    { image: 'postgres' },
    'image is "postgres"; allowed: an image reference with a tag',
  ],
])('%s is refused', (_, props, message) => {
  expect(() => synth(props)).toThrow(message);
});

describe('images', () => {
  test.each([
    [{ imageFamily: PostgresImageFamily.ALPINE }, 70, 'docker.io/library/postgres:17.10-alpine'],
    [
      { image: 'registry.example.com/postgres:17.10-alpine3.22' },
      70,
      'registry.example.com/postgres:17.10-alpine3.22',
    ],
    [{ image: 'registry.example.com/postgis:17-3.5' }, 999, 'registry.example.com/postgis:17-3.5'],
    [{ version: PostgresVersion.V13 }, 999, 'docker.io/library/postgres:13.23-bookworm'],
  ])('%o runs as %i', (props, user, image) => {
    const pod = podOf(props);
    expect(pod.securityContext).toMatchObject({ runAsUser: user, runAsGroup: user, fsGroup: user });
    expect(pod.containers[0].image).toBe(image);
  });

  test('an image that cannot start by itself is refused', () => {
    expect(() => synth({ imageFamily: PostgresImageFamily.CLOUD_NATIVE_PG })).toThrow(
      'an image of CloudNativePG is started by its operator',
    );
  });
});

describe('huge pages', () => {
  test('are requested for everything that is shared, and only then tried', () => {
    const { requests, limits } = podOf({ hugePages: true }).containers[0].resources;
    expect(requests['hugepages-2Mi']).toBe(limits['hugepages-2Mi']);
    expect(parseBytes(limits['hugepages-2Mi'])).toBeGreaterThan(1.1 * 1024 ** 3);
    expect(confOf({ hugePages: true }).get('huge_pages')).toBe('try');
  });

  test('are off without a request', () => {
    expect(podOf().containers[0].resources.limits).not.toHaveProperty('hugepages-2Mi');
    expect(confOf().get('huge_pages')).toBe('off');
  });
});

describe('a start', () => {
  test('may take an hour, or what a recovery from slow disks takes', () => {
    const seconds = (props: Partial<TunedPostgresProps>) => {
      const { startupProbe } = podOf(props).containers[0];
      return startupProbe.periodSeconds * startupProbe.failureThreshold;
    };
    expect(seconds({})).toBe(3600);
    // 16 GiB of WAL at 4 MiB/s.
    expect(seconds({ workload: PostgresWorkload.WAREHOUSE, disk: PostgresDisk.HDD })).toBe(4100);
  });

  test('that must be short leaves less WAL to recover', () => {
    expect(confOf({ startupTime: Duration.minutes(2) }).get('max_wal_size')).toBe('1920MB');
    expect(() => synth({ startupTime: Duration.minutes(2), parameters: { max_wal_size: '4GB' } })).toThrow(
      'a recovery replays it in 256 s, and the start may take 120 s',
    );
  });
});

describe('the version', () => {
  test('of 18 reads by workers, since its pod may not use io_uring', () => {
    const conf = confOf({ version: PostgresVersion.V18 });
    expect([conf.get('io_method'), conf.get('io_workers')]).toEqual(['worker', '3']);
    expect(confOf({ version: PostgresVersion.V17 }).has('io_method')).toBe(false);
  });

  test('decides what can be compressed, the disk what should', () => {
    const wal = (version: PostgresVersion, disk: PostgresDisk) =>
      confOf({ version, disk }).get('wal_compression');
    expect(wal(PostgresVersion.V17, PostgresDisk.SSD)).toBe('off');
    expect(wal(PostgresVersion.V17, PostgresDisk.HDD)).toBe('lz4');
    expect(wal(PostgresVersion.V14, PostgresDisk.HDD)).toBe('on');
    expect(confOf({ version: PostgresVersion.V13 }).has('default_toast_compression')).toBe(false);
  });

  test('before 15 counts hash tables once', () => {
    expect(confOf({ version: PostgresVersion.V14 }).get('hash_mem_multiplier')).toBe('1');
  });
});

test('the connections of consumers that take few leave more memory to each', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
  expect(db.maxConnections).toBe(102);
  new BackgroundWorker(chart, 'mail', { image: IMAGE, scaling: ScalingPolicy.replicas(2) }).connectTo(db, {
    pool: ConnectionPool.of({ size: 2 }),
  });
  // 3 pods × 2, 3 and 8 reserved, rounded up to 20.
  expect(db.maxConnections).toBe(20);
});

test('libraries are named, and loaded besides those that observe', () => {
  expect(confOf({ preloadLibraries: ['timescaledb'] }).get('shared_preload_libraries')).toBe(
    'pg_stat_statements,auto_explain,timescaledb',
  );
  expect(() => synth({ preloadLibraries: ['/tmp/evil.so'] })).toThrow('the name of a library in the image');
});

describe('explain', () => {
  test('tells every setting of the configuration with its reason and where it comes from', () => {
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', {
      storage: Size.gibibytes(100),
      parameters: { work_mem: '2MB', 'app.note': 'x' },
    });
    const explained = db.explain();
    const written = parsePostgresConf(find(manifests(chart), 'ConfigMap').data['postgresql.conf']);
    expect(new Map(explained.map(({ name, value }) => [name, value]))).toEqual(written);
    const of = (name: string) => explained.find((one) => one.name === name);
    expect(of('work_mem')).toEqual({
      name: 'work_mem',
      value: '2MB',
      reason: 'as given in `parameters`',
      source: SettingSource.GIVEN,
      section: 'Memory',
    });
    expect(of('shared_buffers')?.source).toBe(SettingSource.COMPUTED);
    expect(of('log_lock_waits')?.source).toBe(SettingSource.FIXED);
    expect(of('app.note')?.section).toBe('Other');
    expect(explained.filter(({ reason }) => reason === '')).toEqual([]);
  });
});

test.each<[Record<string, string>, string]>([
  [{ shared_buffers: '2GB' }, 'allowed: at most 40 % of the memory limit of 4Gi'],
  [{ max_worker_processes: '2' }, 'max_parallel_workers 4 must be at most max_worker_processes 2'],
  [{ wal_level: 'minimal' }, 'only when max_wal_senders is 0'],
  [{ min_wal_size: '8GB' }, 'min_wal_size 8GB must be below max_wal_size 4GB'],
  [{ wal_keep_size: '60GB' }, 'allowed: at most half of it'],
  [{ maintenance_work_mem: '3GB' }, 'of maintenance_work_mem above a sixteenth of the memory'],
  [{ temp_buffers: '1GB' }, 'the settings can use'],
])('%o contradicts another setting: %s', (parameters, message) => {
  expect(() => synth({ parameters })).toThrow(message);
});

test('what belongs together is taken together', () => {
  expect(confOf({ parameters: { wal_level: 'minimal', max_wal_senders: '0' } }).get('wal_level')).toBe(
    'minimal',
  );
  expect(confOf({ parameters: { max_connections: '50' } }).get('max_connections')).toBe('50');
  expect(() => synth({ maxConnections: 100, parameters: { max_connections: '100' } })).toThrow(
    'maxConnections is 100; remove one of them',
  );
});

test.each(Object.values(PostgresWorkload))(
  'a database for %s passes the checklist, with poolers and without',
  (workload) => {
    const chart = newChart();
    const props = { storage: Size.gibibytes(100), workload, hugePages: true };
    new TunedPostgres(chart, 'plain', props);
    new TunedPostgres(chart, 'pooled', props).addPooler();
    const { findings } = evaluate(Inventory.of(manifests(chart)));
    expect(findings.filter(({ suppressed }) => suppressed === undefined)).toEqual([]);
  },
);
