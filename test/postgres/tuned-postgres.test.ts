import { Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  PostgresDisk,
  PostgresImageFamily,
  PostgresVersion,
  PostgresWorkload,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { parseBytes } from '../../lib/units/quantity';
import { envOf, find, manifests, newChart } from '../support/synth';
import { confOf, podOf, setOf, synth } from './database';

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

describe('with a certificate', () => {
  const tls = (props: Partial<TunedPostgresProps> = {}) => ({
    certificate: Secret.fromSecretName(newChart(), 'tls', 'db-tls'),
    ...props,
  });
  const hba = (props: Partial<TunedPostgresProps>) =>
    find(synth(props), 'ConfigMap').data['pg_hba.conf'] as string;

  test('the server answers TLS with a key that only its group may read', () => {
    const conf = confOf(tls());
    expect(conf.get('ssl')).toBe('on');
    expect(conf.get('ssl_min_protocol_version')).toBe('TLSv1.2');
    const pod = podOf(tls());
    expect(volume(pod, 'tls').secret).toEqual({ secretName: 'db-tls', defaultMode: 0o440 });
    expect(pod.securityContext.fsGroup).toBe(999);
    const key = conf.get('ssl_key_file')?.replace('/tls.key', '');
    expect(pod.containers[0].volumeMounts).toContainEqual({ name: 'tls', mountPath: key, readOnly: true });
    expect(confOf().has('ssl')).toBe(false);
  });

  test('who comes without TLS is turned away, unless it is not required', () => {
    expect(hba(tls())).toMatch(/^hostssl all +all +all +scram-sha-256$/m);
    expect(hba(tls({ requireTls: false }))).toBe(hba({}));
  });
});

describe('on the first start', () => {
  const rolesOf = (props: Partial<TunedPostgresProps>) =>
    find(synth(props), 'ConfigMap', 'shop-db').data['roles.sql'] as string;

  test('the scripts of the image run too: ours is one file among them', () => {
    const [{ volumeMounts }] = podOf().containers;
    expect(volumeMounts).toContainEqual({
      name: 'init',
      mountPath: '/docker-entrypoint-initdb.d/roles.sql',
      subPath: 'roles.sql',
      readOnly: true,
    });
  });

  test('further databases and extensions are made, quoted', () => {
    const sql = rolesOf({ databases: ['my-reports'], extensions: ['uuid-ossp'] });
    expect(sql).toContain('CREATE DATABASE "my-reports" OWNER :"app_user";');
    expect(sql.match(/CREATE EXTENSION IF NOT EXISTS "uuid-ossp" CASCADE;/g)).toHaveLength(2);
  });

  test('scripts are in a ConfigMap of their own, and run at the end in the order of their names', () => {
    const initSql = { 'b.sql': 'SELECT 2;\n', 'a.sql': 'SELECT 1;\n' };
    expect(find(synth({ initSql }), 'ConfigMap', 'shop-db-init').data).toEqual(initSql);
    const sql = rolesOf({ initSql });
    expect([...sql.matchAll(/^\\i (.*)$/gm)].map(([, path]) => path)).toEqual([
      '/etc/postgresql-init/a.sql',
      '/etc/postgresql-init/b.sql',
    ]);
    const [{ volumeMounts }] = podOf({ initSql }).containers;
    expect(volumeMounts).toContainEqual({
      name: 'scripts',
      mountPath: '/etc/postgresql-init',
      readOnly: true,
    });
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
  [
    'TLS without a certificate',
    { requireTls: true },
    'requireTls is true; there is no certificate; set `certificate`',
  ],
  [
    'settings of TLS',
    { parameters: { ssl: 'on' } },
    'parameters.ssl is "on"; it cannot be set: give the Secret with the certificate in `certificate`',
  ],
  ['a role that is a word of SQL', { user: 'public' }, 'user is "public"; allowed: at most 63'],
  ['a database that every server has', { database: 'template1' }, 'database is "template1"'],
  ['the same database twice', { databases: ['app'] }, 'databases[0] is "app"; there is one of this name'],
  ['a database with quotes', { databases: ['a"; DROP'] }, 'databases[0] is'],
  ['an extension with quotes', { extensions: ['a"b'] }, 'extensions[0] is'],
  [
    'an extension whose library is not loaded',
    { extensions: ['timescaledb'] },
    'extensions[0] is "timescaledb"; the server must load its library when it starts; add "timescaledb" to `preloadLibraries`',
  ],
  [
    'an image whose scripts would fail',
    { image: 'docker.io/timescale/timescaledb:2.17.2-pg17' },
    'it makes the extension timescaledb on the first start',
  ],
  [
    'a script by a path',
    { initSql: { '../a.sql': 'SELECT 1;' } },
    'initSql.../a.sql is "../a.sql"; allowed: the name',
  ],
  ['a script that is no SQL', { initSql: { 'a.sh': 'id' } }, 'initSql.a.sh is "a.sh"; allowed: the name'],
  ['a script with a NUL', { initSql: { 'a.sql': 'SELECT 1;\0' } }, 'the line holds a control character'],
  ['an empty script', { initSql: { 'a.sql': '\n' } }, 'allowed: at least one statement'],
  ['a large script', { initSql: { 'a.sql': `-- ${'x'.repeat(2 ** 20)}` } }, 'allowed: 900Ki together'],
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
