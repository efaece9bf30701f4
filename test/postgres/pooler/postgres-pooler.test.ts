import { Chart, Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  ConnectionPool,
  DatabaseVariables,
  PerformanceMonitoring,
  type PostgresPoolerProps,
  PostgresVersion,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
  TunedPostgres,
  type TunedPostgresProps,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { parsePostgresConf } from '../../../lib/postgres/stateful-set/postgres-conf';
import { envOf, find, IMAGE, type Manifest, manifests, newChart } from '../../support/synth';

type Step = 'connect' | 'pooler';

interface Shop {
  readonly steps?: readonly Step[];
  readonly pooler?: PostgresPoolerProps;
  readonly database?: Partial<TunedPostgresProps>;
  readonly pool?: ConnectionPool;
  readonly variables?: DatabaseVariables;
}

/** The guide's shop: 20 pods and 5 of a rollout, each with 20 + 10 connections, on 16Gi and 4 CPU. */
function shop({ steps = ['connect', 'pooler'], pooler, database, pool, variables }: Shop = {}) {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
    ...database,
  });
  const web = new ScalableWebApp(chart, 'web', {
    image: IMAGE,
    scaling: ScalingPolicy.cpu({ min: 2, max: 20 }),
  });
  for (const step of steps) {
    if (step === 'pooler') db.addPooler(pooler);
    else
      web.connectTo(
        db.connection({ pool: pool ?? ConnectionPool.fixed({ size: 20, maxOverflow: 10 }), variables }),
      );
  }
  return {
    chart,
    db,
    get objects() {
      return manifests(chart);
    },
  };
}

const problems = (chart: Chart) => chart.node.findAll().flatMap((construct) => construct.node.validate());
const ini = (objects: readonly Manifest[]): Record<string, string> =>
  Object.fromEntries(
    [...find(objects, 'ConfigMap', 'shop-db-pooler').data['pgbouncer.ini'].matchAll(/^(\w+) = (.*)$/gm)].map(
      ([, name, value]) => [name, value],
    ),
  );
const conf = (objects: readonly Manifest[]) =>
  parsePostgresConf(find(objects, 'ConfigMap', 'shop-db').data['postgresql.conf']);
const policy = (objects: readonly Manifest[], name: string) => find(objects, 'NetworkPolicy', name).spec;
const podsOf = (name: string, component: string) => [
  {
    podSelector: {
      matchLabels: { 'app.kubernetes.io/component': component, 'app.kubernetes.io/name': name },
    },
  },
];

describe('one line', () => {
  const { objects } = shop();
  const deployment = find(objects, 'Deployment', 'shop-db-pooler');
  const pod = deployment.spec.template.spec;

  test('makes two poolers with all that keeps them available', () => {
    const own = objects.filter(({ metadata }) => metadata.name === 'shop-db-pooler').map(({ kind }) => kind);
    expect(own).toEqual([
      'ConfigMap',
      'ServiceAccount',
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'NetworkPolicy',
    ]);
    expect(deployment.spec.replicas).toBe(2);
    expect(find(objects, 'PodDisruptionBudget', 'shop-db-pooler').spec.maxUnavailable).toBe(1);
    expect(pod.topologySpreadConstraints.map((one: Manifest) => one.topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    expect(pod.containers.map((one: Manifest) => one.name)).toEqual(['pgbouncer', 'exporter']);
  });

  test('takes the 750 connections that the guide draws, where the database alone refuses them', () => {
    expect(problems(shop({ steps: ['connect'] }).chart).join()).toContain(
      'may open 750 connections, but only 189',
    );
    expect(problems(shop().chart)).toEqual([]);
    expect(Number(ini(objects).max_client_conn)).toBeGreaterThanOrEqual(750);
  });

  test('opens few connections, and what is saved goes to hash tables; sorts stay in the caches of a core', () => {
    const [pooled, direct] = [
      conf(objects),
      conf(shop({ steps: ['connect'], pool: ConnectionPool.shared() }).objects),
    ];
    const numbers = ['max_connections', 'work_mem', 'hash_mem_multiplier'];
    expect(numbers.map((name) => direct.get(name))).toEqual(['200', '10MB', '2']);
    expect(numbers.map((name) => pooled.get(name))).toEqual(['39', '4MB', '28.5']);
    const { default_pool_size: size, reserve_pool_size: reserve, max_db_connections: most } = ini(objects);
    expect(Number(size) + Number(reserve)).toBe(Number(most));
    // Two poolers, two that replace them, 3 for the superuser and 8 for exporter, migrations and backups.
    expect(4 * Number(most) + 3 + 8).toBe(39);
  });

  test('pools by transaction, prepared statements included', () => {
    expect(ini(objects)).toMatchObject({ pool_mode: 'transaction', max_prepared_statements: '200' });
  });

  test('is the only one that reaches the database, and the only one that the application reaches', () => {
    const ports = [{ port: 5432, protocol: 'TCP' }];
    expect(policy(objects, 'shop-db').ingress).toEqual([{ from: podsOf('shop-db-pooler', 'pooler'), ports }]);
    expect(policy(objects, 'shop-db-pooler').ingress).toEqual([{ from: podsOf('shop-web', 'web'), ports }]);
    expect(policy(objects, 'shop-db-pooler').egress).toContainEqual({
      to: podsOf('shop-db', 'postgres'),
      ports,
    });
    const egress = policy(objects, 'shop-web').egress as Manifest[];
    expect(egress).toContainEqual({ to: podsOf('shop-db-pooler', 'pooler'), ports });
    expect(egress).not.toContainEqual({ to: podsOf('shop-db', 'postgres'), ports });
  });

  test('refers to passwords, and writes none down', () => {
    const env = envOf(deployment);
    expect(env).toEqual({
      USER_FILE: '/run/pgbouncer/userlist.txt',
      LOGIN_USER_1: 'app',
      LOGIN_PASSWORD_1: { secretKeyRef: { key: 'password', name: 'shop-db-credentials' } },
      LOGIN_USER_2: 'exporter',
      LOGIN_PASSWORD_2: { secretKeyRef: { key: 'exporter-password', name: 'shop-db-credentials' } },
    });
    expect(envOf(deployment, 1).PGPASSWORD.secretKeyRef.key).toBe('exporter-password');
    expect(pod.volumes.find((one: Manifest) => one.name === 'run').emptyDir.medium).toBe('Memory');
  });

  test('asks two questions: whether it answers, and whether it is there', () => {
    const [{ readinessProbe, livenessProbe }] = pod.containers;
    expect(readinessProbe.exec.command[0]).toBe('pg_isready');
    expect(livenessProbe.tcpSocket).toEqual({ port: 'postgres' });
  });

  test('has time for its hook and for a minute of transactions', () => {
    expect(pod.terminationGracePeriodSeconds).toBe(10 + 60 + 5);
  });
});

test('consumers follow whichever comes first, without a change of their own', () => {
  const first = shop({ steps: ['pooler', 'connect'] }).objects;
  const second = shop({ steps: ['connect', 'pooler'] }).objects;
  const byName = (objects: readonly Manifest[]) =>
    [...objects].sort((a, b) => (`${a.kind} ${a.metadata.name}` < `${b.kind} ${b.metadata.name}` ? -1 : 1));
  expect(byName(second)).toEqual(byName(first));
  expect(envOf(find(second, 'Deployment', 'shop-web'))).toMatchObject({
    DB_HOST: 'shop-db-pooler',
    DB_PORT: '5432',
    DB_POOL_SIZE: '20',
    DB_MAX_OVERFLOW: '10',
    DB_POOL_TIMEOUT: '10',
  });
});

test('an address is that of the pooler too', () => {
  const { objects } = shop({ variables: DatabaseVariables.SPRING });
  expect(envOf(find(objects, 'Deployment', 'shop-web')).SPRING_DATASOURCE_URL).toBe(
    'jdbc:postgresql://shop-db-pooler:5432/app',
  );
});

test('a time-out of the user’s stays, and the pooler waits longer', () => {
  const { objects } = shop({ pool: ConnectionPool.fixed({ size: 5, timeout: Duration.seconds(60) }) });
  expect(envOf(find(objects, 'Deployment', 'shop-web')).DB_POOL_TIMEOUT).toBe('60');
  expect(ini(objects).query_wait_timeout).toBe('65');
});

test('a client waits until the pool has served everybody before it, or as long as the user says', () => {
  const wait = (pooler: PostgresPoolerProps, pool = ConnectionPool.fixed({ size: 5 })) =>
    ini(shop({ pooler, pool }).objects).query_wait_timeout;
  // 125 clients and one pooler of 7 connections: 17 rounds.
  expect(wait({})).toBe('34');
  expect(wait({ transactionTime: Duration.seconds(4) })).toBe('68');
  expect(wait({ transactionTime: Duration.minutes(1) })).toBe('120');
  expect(wait({ queryWaitTimeout: Duration.seconds(10) })).toBe('10');
});

test('the alert on the queue knows consumers that connect after it was made', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
  const pooler = db.addPooler();
  new PerformanceMonitoring(chart, 'perf', { watch: [db, pooler] });
  new ScalableWebApp(chart, 'web', {
    image: IMAGE,
    scaling: ScalingPolicy.replicas(150),
    maxSurgePercent: 1,
  }).connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 1 }) }));
  const objects = manifests(chart);
  const rules = find(objects, 'PrometheusRule').spec.groups.flatMap((group: Manifest) => group.rules);
  const [rule] = rules.filter(({ alert }: Manifest) => alert === 'PoolerQueueTooLong');
  const wait = Number(ini(objects).query_wait_timeout);
  expect(wait).toBeGreaterThan(30);
  expect(rule.expr).toMatch(new RegExp(`^max by .*pgbouncer_pools_client_maxwait_seconds.* > ${wait / 2}$`));
  expect(rule.for).toBeUndefined();
});

test('who needs a session connects past the poolers, and is counted with them', () => {
  const { chart, db } = shop();
  new BackgroundWorker(chart, 'queue', { image: IMAGE, scaling: ScalingPolicy.replicas(2) }).connectTo(
    db.connection({
      direct: true,
      pool: ConnectionPool.fixed({ size: 4 }),
    }),
  );
  const objects = manifests(chart);
  expect(problems(chart)).toEqual([]);
  expect(envOf(find(objects, 'Deployment', 'shop-queue'))).toMatchObject({
    DB_HOST: 'shop-db',
    DB_POOL_SIZE: '4',
    DB_POOL_TIMEOUT: '30',
  });
  // 3 pods with that of the surge.
  expect(conf(objects).get('max_connections')).toBe(`${39 + 3 * 4}`);
  expect(policy(objects, 'shop-db').ingress).toHaveLength(2);
});

test('max_connections as given bounds the pools', () => {
  const { objects, db } = shop({ database: { maxConnections: 25 } });
  expect(db.maxConnections).toBe(25);
  // 25 less 3 and 8, for four pods.
  expect(Number(ini(objects).max_db_connections)).toBe(Math.floor(14 / 4));
});

test('a changed pool restarts the poolers, and a changed number of consumers nothing else of them', () => {
  const checksum = (props: Shop) =>
    find(shop(props).objects, 'Deployment', 'shop-db-pooler').spec.template.metadata.annotations[
      'checksum/config'
    ];
  expect(checksum({})).not.toBe(checksum({ pooler: { activeTransactions: 40 } }));
  expect(checksum({})).toBe(checksum({}));
});

describe('what drivers send at the start', () => {
  const lists = (props: Shop, name: string) => ini(shop(props).objects)[name].split(', ');

  test('is ignored, or tracked where Postgres reports it', () => {
    expect(lists({}, 'ignore_startup_parameters')).toEqual(
      expect.arrayContaining(['extra_float_digits', 'options', 'jit', 'statement_timeout', 'search_path']),
    );
    expect(lists({}, 'track_extra_parameters')).toEqual(['IntervalStyle', 'default_transaction_read_only']);
    const on = (version: PostgresVersion) => lists({ database: { version } }, 'track_extra_parameters');
    expect(on(PostgresVersion.V13)).toEqual(['IntervalStyle']);
    expect(on(PostgresVersion.V18)).toContain('search_path');
  });

  test('can be added to, once', () => {
    const pooler = { ignoreStartupParameters: ['geqo', 'JIT'], trackParameters: ['scram_iterations'] };
    const ignored = lists({ pooler }, 'ignore_startup_parameters');
    expect(ignored).toContain('geqo');
    expect(ignored).not.toContain('JIT');
    expect(lists({ pooler }, 'track_extra_parameters')).toContain('scram_iterations');
  });
});

test('it is watched like every workload', () => {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
  new PerformanceMonitoring(chart, 'perf', { watch: [db, db.addPooler()] });
  const objects = manifests(chart);
  expect(find(objects, 'PodMonitor', 'shop-db-pooler').spec.podMetricsEndpoints[0].port).toBe('metrics');
  expect(JSON.stringify(policy(objects, 'shop-db-pooler').ingress)).toContain('9127');
});

test('without consumers it is small, and a second synth is the same', () => {
  const { chart, objects } = shop({ steps: ['pooler'] });
  expect(ini(objects).max_client_conn).toBe('10');
  expect(manifests(chart)).toEqual(objects);
});

test.each<[string, PostgresPoolerProps, string]>([
  ['no poolers', { replicas: 0 }, 'shop/db/pooler: replicas is 0; allowed: a whole number from 1 to 20'],
  ['half a transaction', { activeTransactions: 0.5 }, 'activeTransactions is 0.5'],
  ['a transaction of no time', { transactionTime: Duration.seconds(0) }, 'transactionTime is 0'],
  ['half a second of waiting', { queryWaitTimeout: Duration.millis(500) }, 'queryWaitTimeout is 0.5'],
  ['to wait forever', { queryWaitTimeout: Duration.seconds(0) }, 'queryWaitTimeout is 0'],
  [
    'an image without a tag',
    { image: 'pgbouncer' },
    'image is "pgbouncer"; allowed: an image reference with a tag',
  ],
  ['the user root', { runAsUser: 0 }, 'runAsUser is 0'],
  [
    'to ignore what is tracked',
    { ignoreStartupParameters: ['timezone'] },
    'ignoreStartupParameters[0] is "timezone"; allowed: anything else; PgBouncer tracks it',
  ],
  ['to ignore the database', { ignoreStartupParameters: ['database'] }, 'it says what is connected to'],
  [
    'to ignore two in one',
    { ignoreStartupParameters: ['jit, geqo'] },
    'ignoreStartupParameters[0] is "jit, geqo"',
  ],
  [
    'to track what Postgres does not report',
    { trackParameters: ['statement_timeout'] },
    'trackParameters[0] is "statement_timeout"; allowed: IntervalStyle, default_transaction_read_only',
  ],
  [
    'too little memory for a client',
    { profile: WorkloadProfile.CACHE.withMemory(Size.mebibytes(64)) },
    'profile.memoryLimit is "64Mi"; allowed: more than 64Mi',
  ],
])('%s is refused', (_, pooler, message) => {
  expect(() => shop({ pooler }).objects).toThrow(message);
});

test('several databases share the connections of their role', () => {
  const one = shop().objects;
  const { objects } = shop({ database: { databases: ['reports-2'] } });
  expect(ini(one).max_user_connections).toBeUndefined();
  expect(ini(objects).max_user_connections).toBe(ini(objects).max_db_connections);
  expect(find(objects, 'ConfigMap', 'shop-db-pooler').data['pgbouncer.ini']).toContain(
    'reports-2 = host=shop-db port=5432 dbname=reports-2\n',
  );
});

test('with a certificate, its clients and its way to the database are encrypted', () => {
  const certificate = Secret.fromSecretName(newChart(), 'tls', 'db-tls');
  const { objects } = shop({ database: { certificate } });
  expect(ini(objects)).toMatchObject({
    client_tls_sslmode: 'require',
    client_tls_key_file: '/etc/postgresql-tls/tls.key',
    server_tls_sslmode: 'verify-ca',
    server_tls_ca_file: '/etc/postgresql-tls/ca.crt',
  });
  const { volumes, containers } = find(objects, 'Deployment', 'shop-db-pooler').spec.template.spec;
  expect(volumes).toContainEqual({ name: 'tls', secret: { secretName: 'db-tls', defaultMode: 0o440 } });
  expect(containers[1].args.join()).toContain('sslmode=require');
});

test('a database of the name of PgBouncer’s console is refused', () => {
  expect(() => shop({ database: { databases: ['pgbouncer'] } })).toThrow(
    'database is "pgbouncer"; PgBouncer answers under this name itself',
  );
});

test('a second pooler is refused', () => {
  expect(() => shop({ steps: ['pooler', 'pooler'] })).toThrow(
    'there is a pooler already; use its `replicas`',
  );
});

test('what does not fit is reported with everything else that is wrong', () => {
  const app = new TunedApp({ outdir: '/nowhere' });
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10), maxConnections: 20 });
  db.addPooler({ replicas: 20 });
  expect(() => app.synthYaml()).toThrow(
    'shop/db: 20 poolers, and as many that a rollout replaces, open at least 40 connections, but only 9 are free for them',
  );
});
