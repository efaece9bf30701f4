import { type Chart, Duration, Size } from 'cdk8s';
import {
  ConnectionPool,
  PerformanceMonitoring,
  type PostgresPoolerProps,
  ScalableWebApp,
  ScalingPolicy,
  type TunedApp,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import type { Client } from 'pg';
import { envOf, find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';
import { scratchDirectory, until } from './harness';
import { installedRelease, newerDirectives, Pooler } from './pgbouncer-server';
import { APP, EXPORTER, type Login, PASSWORDS, psql, SUPERUSER } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

/** A small shop: a database of 1 CPU, a web application of a fixed size, and two poolers or none. */
function shop(props: { readonly pooled: boolean; readonly pods: number; readonly size: number }): Chart {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    profile: WorkloadProfile.fromQuantities({
      cpuRequest: '1',
      cpuLimit: '1',
      memoryRequest: '1Gi',
      memoryLimit: '1Gi',
    }),
  });
  const web = new ScalableWebApp(chart, 'web', {
    image: IMAGE,
    scaling: ScalingPolicy.replicas(props.pods),
    // One pod.
    maxSurgePercent: 1,
  });
  // Poolers let clients wait a little longer than that: here longer than a test takes.
  web.connectTo(
    db.connection({ pool: ConnectionPool.fixed({ size: props.size, timeout: Duration.minutes(5) }) }),
  );
  if (props.pooled) db.addPooler();
  return chart;
}

async function startDatabase(objects: Manifest[]): Promise<Database> {
  const database = await Database.start(objects, scratch, await Database.initialize(scratch));
  await database.makeRoles(objects);
  return database;
}

/** The exporter on the console of a pooler. */
const STATISTICS: Login = { ...EXPORTER, database: 'pgbouncer' };

/** Connections of a role to the database. */
async function connectionsOf(database: Database, role: 'app' | 'exporter'): Promise<number> {
  return Number(await database.superuser(`SELECT count(*) FROM pg_stat_activity WHERE usename = '${role}';`));
}

/** A lock that statements of the application wait for until the client that has it ends. */
async function closedGate(database: Database): Promise<Client> {
  const gate = await database.client({ ...SUPERUSER, database: APP.database });
  await gate.query('SELECT pg_advisory_lock(1)');
  return gate;
}
const PASS_GATE = 'SELECT pg_advisory_xact_lock_shared(1)';

test('what Debian’s PgBouncer does not know yet is only what a newer release brought', async () => {
  const release = await installedRelease();
  expect(release).toMatch(/^1\.\d+$/);
  expect(await newerDirectives()).toEqual(
    release === '1.18' ? ['max_prepared_statements', 'track_extra_parameters'] : [],
  );
});

describe('poolers of a database', () => {
  const objects = manifests(shop({ pooled: true, pods: 19, size: 10 }));
  const ini: string = Pooler.find(objects, 'ConfigMap').data['pgbouncer.ini'];
  const directive = (name: string) => Number(new RegExp(`^${name} = (\\d+)$`, 'm').exec(ini)?.[1]);
  const replicas: number = Pooler.find(objects, 'Deployment').spec.replicas;
  let database: Database;
  let poolers: Pooler[];

  beforeAll(async () => {
    database = await startDatabase(objects);
    poolers = await Promise.all(
      Array.from({ length: replicas }, () => Pooler.start(objects, scratch, database)),
    );
  });
  afterAll(async () => {
    await Promise.all([...poolers, database].map((one) => one.stop()));
  });

  test('the application logs in with the password of its Secret, and with no other', async () => {
    expect((await poolers[0].psql('SELECT current_user;')).stdout).toBe('app\n');
    expect((await poolers[0].psql('SELECT 1;', { password: 'wrong' })).code).not.toBe(0);
    expect((await poolers[0].psql('SELECT 1;', { database: 'postgres' })).stderr).toContain(
      'no such database',
    );
  });

  test('the exporter reads statistics and changes nothing', async () => {
    expect((await poolers[0].psql('SHOW POOLS;', STATISTICS)).stdout).toContain('app|app|');
    expect((await poolers[0].psql('PAUSE;', STATISTICS)).stderr).toContain('admin access needed');
  });

  test('SHOW CONFIG answers every number of the configuration', async () => {
    const { stdout } = await poolers[0].psql('SHOW CONFIG;', STATISTICS);
    const live = new Map(stdout.split('\n').map((line) => line.split('|') as [string, string]));
    const written = [...poolers[0].ini.matchAll(/^(\w+) = (\d+)$/gm)].map(([, name, value]) => [name, value]);
    expect(written.length).toBeGreaterThan(8);
    expect(written.map(([name]) => [name, live.get(name)])).toEqual(written);
  });

  test('clients of node-postgres and of libpq come in with what they send at the start', async () => {
    const client = await poolers[0].client({
      statement_timeout: 5000,
      lock_timeout: 1000,
      idle_in_transaction_session_timeout: 5000,
      options: '-c search_path=shop -c geqo=off',
    });
    // Accepted, and without effect: what the database says holds.
    const { rows } = await client.query("SELECT current_setting('statement_timeout') AS timeout");
    expect(rows).toEqual([{ timeout: '0' }]);
    await client.end();
    const libpq = await poolers[0].psql(
      'SELECT 1;',
      {},
      { PGOPTIONS: '-c statement_timeout=5000 -c jit=off' },
    );
    expect(libpq.stdout).toBe('1\n');
  });

  test.each([
    ['asyncpg', { jit: 'off' }],
    ['JDBC', { extra_float_digits: '3', search_path: 'shop', DateStyle: 'ISO', TimeZone: 'Europe/Berlin' }],
    ['a driver that reads intervals', { IntervalStyle: 'iso_8601' }],
  ])('the first packet of %s is answered', async (_, parameters) => {
    expect(await poolers[0].startupAnswer(parameters)).toBe('authentication');
  });

  test('what changes the meaning of a transaction is refused, by its name', async () => {
    expect(await poolers[0].startupAnswer({ default_transaction_isolation: 'serializable' })).toContain(
      'unsupported startup parameter: default_transaction_isolation',
    );
  });

  test('no password is in a log', () => {
    for (const password of Object.values(PASSWORDS))
      for (const { server } of poolers) expect(server.log()).not.toContain(password);
  });

  test('every client of the shop at its largest is in, and the database has exactly the pool', async () => {
    const env = envOf(find(objects, 'Deployment', 'shop-web'));
    const pods = (find(objects, 'Deployment', 'shop-web').spec.replicas as number) + 1;
    const clients = pods * (Number(env.DB_POOL_SIZE) + Number(env.DB_MAX_OVERFLOW));
    expect(clients).toBe(200);
    const perPooler = directive('default_pool_size') + directive('reserve_pool_size');
    expect(perPooler).toBe(directive('max_db_connections'));
    const gate = await closedGate(database);
    const all = await Promise.all(
      Array.from({ length: clients }, (_, client) => poolers[client % replicas].client()),
    );
    const answers = Promise.all(all.map((client) => client.query(PASS_GATE)));
    // Each pool is full when the reserve has come to those who waited, and everybody else is waiting.
    for (const pooler of poolers)
      await until(
        'the pool',
        async () => (await pooler.waitingClients()) === clients / replicas - perPooler,
        pooler.server,
      );
    expect(await connectionsOf(database, 'app')).toBe(replicas * perPooler);
    await gate.end();
    expect(await answers).toHaveLength(clients);
    await Promise.all(all.map((client) => client.end()));
    expect(directive('max_client_conn') * (replicas - 1)).toBeGreaterThanOrEqual(clients);
  });

  test('all poolers of a rollout together leave the reserve of the database free', async () => {
    const most = Number(await database.show('max_connections'));
    const reserved = Number(await database.show('superuser_reserved_connections')) + 8;
    expect(2 * replicas * directive('max_db_connections')).toBe(most - reserved);
  });

  test('a restart of the database is a wait for its clients, and no error', async () => {
    const { port } = database;
    await database.stop();
    const waiting = poolers[0].psql('SELECT 1;');
    await until('the client', async () => (await poolers[0].waitingClients()) === 1, poolers[0].server);
    expect((await poolers[0].probe()).code).toBe(0);
    database = await Database.start(objects, scratch, database.pgdata, { port });
    expect((await waiting).stdout).toBe('1\n');
  });

  test('a pooler that is told to stop lets transactions end, and lets nobody new in', async () => {
    const [, last] = poolers;
    const gate = await closedGate(database);
    const transaction = last.psql(`BEGIN; ${PASS_GATE}; SELECT 'ended'; COMMIT;`);
    await until('the transaction', async () => {
      const waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted;";
      return (await database.superuser(waiting)) === '1';
    });
    const stopped = last.server.stop('SIGTERM');
    await until('the signal', () => /got SIG\w+/.test(last.server.log()), last.server);
    await gate.end();
    expect((await transaction).stdout).toContain('ended');
    expect(await stopped).toBe(0);
    expect((await last.probe()).code).not.toBe(0);
  });
});

describe('a queue', () => {
  const CLIENTS = 110;
  /** As many clients as the sizing knows of, in front of three connections. */
  const crowd = (rest: PostgresPoolerProps = {}) => {
    const chart = newChart();
    const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
    const pooler = db.addPooler({ replicas: 1, activeTransactions: 2, ...rest });
    new PerformanceMonitoring(chart, 'perf', { watch: [db, pooler] });
    new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      scaling: ScalingPolicy.replicas(CLIENTS - 2),
      maxSurgePercent: 1,
    }).connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 1 }) }));
    return manifests(chart);
  };
  let database: Database;
  let patient: Pooler;
  let hasty: Pooler;
  const hurried = crowd({ queryWaitTimeout: Duration.seconds(8) });

  beforeAll(async () => {
    const objects = crowd();
    database = await startDatabase(objects);
    patient = await Pooler.start(objects, scratch, database);
    hasty = await Pooler.start(hurried, scratch, database);
  });
  afterAll(async () => {
    await Promise.all([patient, hasty, database].map((one) => one.stop()));
  });

  test('that takes longer than half a minute, for transactions of a second, is served to its last client', async () => {
    const all = await Promise.all(Array.from({ length: CLIENTS }, () => patient.client()));
    for (const client of all) client.on('error', () => undefined);
    const begin = Date.now();
    const answers = await Promise.allSettled(all.map((client) => client.query('SELECT pg_sleep(1)')));
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(Date.now() - begin).toBeGreaterThan(32_000);
    await Promise.all(all.map((client) => client.end()));
  });

  test('alerts before it cuts anybody off', async () => {
    const rules = find(hurried, 'PrometheusRule').spec.groups.flatMap((group: Manifest) => group.rules);
    const { expr } = rules.find(({ alert }: Manifest) => alert === 'PoolerQueueTooLong');
    const threshold = Number(/ > (\S+)$/.exec(expr)?.[1]);
    const gate = await closedGate(database);
    const all = await Promise.all(Array.from({ length: 4 }, () => hasty.client()));
    for (const client of all) client.on('error', () => undefined);
    let ended = 0;
    const answers = all.map((client) => client.query(PASS_GATE).finally(() => ended++));
    const settled = Promise.allSettled(answers);
    await until('the wait', async () => (await hasty.longestWait()) > threshold, hasty.server);
    expect(ended).toBe(0);
    // It is cut off, and nobody else.
    await until('the end of the wait', () => ended > 0, hasty.server);
    await gate.end();
    const reasons = (await settled).flatMap((one) => (one.status === 'rejected' ? [`${one.reason}`] : []));
    expect(reasons).toEqual([expect.stringContaining('query_wait_timeout')]);
    await Promise.allSettled(all.map((client) => client.end()));
  });
});

test('directly: as many replicas as the synth reports connect with their surge, and the pool of one pod more is refused', async () => {
  const size = 2;
  const tooMany = shop({ pooled: false, pods: 100, size });
  const report = () => (tooMany.node.root as TunedApp).synthYaml();
  expect(report).toThrow('replicas would fit');
  const message = tooMany.node
    .findAll()
    .flatMap((construct) => construct.node.validate())
    .join();
  const replicas = Number(/at most (\d+) replicas would fit/.exec(message)?.[1]);
  expect(replicas).toBeGreaterThan(3);
  // With the one of the surge.
  const pods = replicas + 1;
  const objects = manifests(shop({ pooled: false, pods: replicas, size }));
  const database = await startDatabase(objects);
  const held = await Promise.all(Array.from({ length: pods * size }, () => database.client(APP)));
  expect(await connectionsOf(database, 'app')).toBe(pods * size);
  // The reserve is for exporter, migrations and backups. Where they use it, nothing is left for one pod more.
  const free = Number(await database.show('max_connections')) - 3 - pods * size;
  expect(free).toBeLessThan(8 + size);
  const isRefused = (error: Error) => error.message.includes('remaining connection slots are reserved');
  const reserve: Client[] = [];
  while (reserve.length < free) {
    // Who only looked may still have a slot for a moment; then this is tried again.
    const one = await database.client(EXPORTER).catch((error: Error) => error);
    if (!(one instanceof Error)) reserve.push(one);
    else if (!isRefused(one)) throw one;
  }
  const { stderr } = await psql(database.port, APP, 'SELECT 1;');
  expect(stderr).toContain('remaining connection slots are reserved');
  await Promise.all([...held, ...reserve].map((client) => client.end()));
  await database.stop();
});
