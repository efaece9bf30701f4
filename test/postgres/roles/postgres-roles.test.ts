import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Checklist,
  ConnectionPool,
  FindingSeverity,
  PostgresPrivilege,
  PostgresTopology,
  PostgresVersion,
  ScalableWebApp,
  ScheduledJob,
  TunedPostgres,
  type TunedPostgresProps,
} from 'cdk8s-tuned';
import { customResourceValidator, kubernetesValidator, MINORS } from '../../cluster/schemas';
import { envOf, find, findComponent, IMAGE, type Manifest, manifests, newChart } from '../../support/synth';

const REPORTS = { name: 'reports', connectionLimit: 5 };
const names = (objects: readonly Manifest[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

function database(props: Partial<TunedPostgresProps> = {}) {
  const chart = newChart();
  return { chart, db: new TunedPostgres(chart, 'db', { storage: Size.gibibytes(100), ...props }) };
}
const synth = (props?: Partial<TunedPostgresProps>) => manifests(database(props).chart);

test.each<[string, Partial<TunedPostgresProps>]>([
  ['databases', { databases: ['archive'] }],
  ['extensions', { extensions: ['pg_trgm'] }],
  ['roles', { roles: [REPORTS] }],
])('%s bring a Job, which lets the superuser in; nothing else does', (_, props) => {
  const objects = synth(props);
  expect(names(objects)).toContainEqual(expect.stringMatching(/^Job shop-db-ddl-[0-9a-f]{6}$/));
  const hba = (all: readonly Manifest[]) =>
    findComponent(all, 'ConfigMap', 'postgres').data['pg_hba.conf'] as string;
  expect(hba(objects)).toContain('host    all       postgres  all           scram-sha-256');
  expect(names(synth()).filter((name) => name.startsWith('Job'))).toEqual([]);
  expect(hba(synth())).toContain('host    all       postgres  all           reject');
});

test('the Job has another name for other content, which fits the labels of its pods', () => {
  const name = (props: Partial<TunedPostgresProps>) => find(synth(props), 'Job').metadata.name as string;
  expect(name({ roles: [REPORTS] })).toBe(name({ roles: [REPORTS] }));
  expect(name({ roles: [REPORTS] })).not.toBe(name({ roles: [{ ...REPORTS, connectionLimit: 6 }] }));
  expect(name({ roles: [REPORTS], name: 'd'.repeat(52) })).toHaveLength(63);
});

test('passwords are referred to, by a key of the role or in a Secret of its own', () => {
  const { chart } = database();
  const own = Secret.fromSecretName(chart, 'own', 'loader-login');
  const { env } = find(synth({ roles: [REPORTS, { name: 'loader', credentials: own }] }), 'Job').spec.template
    .spec.containers[0];
  const key = (name: string) => env.find((one: Manifest) => one.name === name).valueFrom.secretKeyRef;
  expect(key('ROLE_PASSWORD_0')).toEqual({ name: 'shop-db-credentials', key: 'reports-password' });
  expect(key('ROLE_PASSWORD_1')).toEqual({ name: 'loader-login', key: 'password' });
});

test.each(MINORS)('is valid on Kubernetes 1.%s', (minor) => {
  expect(synth({ roles: [REPORTS] }).flatMap(kubernetesValidator(minor))).toEqual([]);
});

test('passes the checklist', () => {
  const findings = Checklist.check(synth({ roles: [REPORTS] }));
  const open = findings.filter(({ severity, name }) => severity !== FindingSeverity.INFO && /ddl/.test(name));
  expect(open).toEqual([]);
});

describe('a consumer that logs in as a role', () => {
  const connected = (props: Partial<TunedPostgresProps>, size: number) => {
    const { chart, db } = database(props);
    const job = new ScheduledJob(chart, 'nightly', { image: IMAGE, schedule: '@daily' });
    job.connectTo(db.connection({ user: 'reports', pool: ConnectionPool.fixed({ size }) }));
    db.addPooler();
    return manifests(chart);
  };

  test('has its name and password, and goes past the poolers', () => {
    const env = envOf(find(connected({ roles: [REPORTS] }, 2), 'CronJob').spec.jobTemplate);
    expect(env).toMatchObject({
      DB_HOST: 'shop-db',
      DB_USER: 'reports',
      DB_PASSWORD: { secretKeyRef: { name: 'shop-db-credentials', key: 'reports-password' } },
      DB_POOL_SIZE: '2',
    });
  });

  test('shares the connections of its limit', () => {
    expect(() => connected({ roles: [REPORTS] }, 6)).toThrow(
      'DB-002 the consumers that log in as reports may open 6 connections, but its `connectionLimit` is 5',
    );
    expect(() => connected({ roles: [{ name: 'reports' }] }, 6)).not.toThrow();
  });

  test('is refused in a database that the role is not for', () => {
    const { db } = database({ databases: ['archive'], roles: [{ name: 'reports', databases: ['archive'] }] });
    const web = new ScalableWebApp(newChart(), 'web', { image: IMAGE });
    expect(() => web.connectTo(db.connection({ user: 'reports' }))).toThrow('connection.database is "app"');
    expect(() => db.connection({ user: 'nobody' })).toThrow('connection.user is "nobody"');
  });
});

test('a limit is kept free of the pools of others', () => {
  const pool = (props: Partial<TunedPostgresProps>) => {
    const { chart, db } = database({ maxConnections: 100, ...props });
    new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(db);
    const env = envOf(find(manifests(chart), 'Deployment'));
    return Number(env.DB_POOL_SIZE) + Number(env.DB_MAX_OVERFLOW);
  };
  expect(pool({ roles: [{ name: 'reports', connectionLimit: 60 }] })).toBeLessThan(pool({}));
});

describe('on CloudNativePG', () => {
  const topology = PostgresTopology.cloudNativePg();
  const credentials = Secret.fromSecretName(newChart(), 'own', 'reports-login');

  test('the operator makes roles, databases and extensions, and there is no Job', () => {
    const objects = synth({
      topology,
      databases: ['archive'],
      extensions: ['pg_trgm'],
      roles: [
        { ...REPORTS, credentials },
        { name: 'loader', privilege: PostgresPrivilege.WRITE, credentials },
      ],
    });
    expect(names(objects).filter((name) => name.startsWith('Job'))).toEqual([]);
    const cluster = find(objects, 'Cluster');
    expect(customResourceValidator()(cluster)).toEqual([]);
    expect(cluster.spec.managed.roles).toEqual([
      {
        name: 'reports',
        ensure: 'present',
        login: true,
        connectionLimit: 5,
        inRoles: ['pg_read_all_data'],
        passwordSecret: { name: 'reports-login' },
      },
      {
        name: 'loader',
        ensure: 'present',
        login: true,
        inRoles: ['pg_read_all_data', 'pg_write_all_data'],
        passwordSecret: { name: 'reports-login' },
      },
    ]);
    expect(names(objects).filter((name) => name.startsWith('Database'))).toEqual([
      'Database shop-db-app',
      'Database shop-db-archive',
    ]);
  });

  test('readers of the standbys can be a role', () => {
    const { chart, db } = database({ topology, roles: [{ ...REPORTS, credentials }] });
    const job = new ScheduledJob(chart, 'nightly', { image: IMAGE, schedule: '@daily' });
    job.connectTo(db.readOnly.connection({ user: 'reports', pool: ConnectionPool.fixed({ size: 2 }) }));
    const { env } = find(manifests(chart), 'CronJob').spec.jobTemplate.spec.template.spec.containers[0];
    expect(env).toContainEqual({ name: 'DB_READ_USER', value: 'reports' });
  });

  test.each<[string, object, string]>([
    ['a list of databases', { databases: ['app'] }, 'CloudNativePG grants nothing by database'],
    ['an owner', { privilege: PostgresPrivilege.OWNER }, 'let migrations log in as the application'],
    ['no Secret', { credentials: undefined }, 'CloudNativePG reads the password of each role from a Secret'],
    ['another key', { passwordKey: 'pw' }, 'CloudNativePG reads the key "password"'],
    ['a role of the operator', { name: 'streaming_replica' }, 'there is a role of this name'],
  ])('%s is refused', (_, role, message) => {
    expect(() => database({ topology, roles: [{ name: 'reports', credentials, ...role }] })).toThrow(message);
  });
});

test.each<[string, Partial<TunedPostgresProps>, string]>([
  ['the application', { roles: [{ name: 'app' }] }, 'roles[0].name is "app"; there is a role of this name'],
  ['the exporter', { roles: [{ name: 'exporter' }] }, 'there is a role of this name'],
  [
    'two of a name',
    { roles: [REPORTS, REPORTS] },
    'roles[1].name is "reports"; there is a role of this name',
  ],
  ['an unknown database', { roles: [{ name: 'r', databases: ['x'] }] }, 'roles[0].databases[0] is "x"'],
  [
    'an owner of some',
    { roles: [{ name: 'r', privilege: PostgresPrivilege.OWNER, databases: ['app'] }] },
    'leave it out',
  ],
  ['a reader of 13', { version: PostgresVersion.V13, roles: [{ name: 'r' }] }, 'use `version` 14 or newer'],
  [
    'more connections than there are',
    { maxConnections: 20, roles: [{ name: 'r', connectionLimit: 50 }] },
    'nothing is left',
  ],
])('%s is refused', (_, props, message) => expect(() => database(props)).toThrow(message));
