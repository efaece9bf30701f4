import { type Chart, Size } from 'cdk8s';
import {
  ConnectionPool,
  ScalableWebApp,
  ScalingPolicy,
  type TunedApp,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { type Manifest, envOf, find, manifests, newChart } from '../support/synth';
import { type Outcome, scratchDirectory, until } from './harness';
import { installedRelease, newerDirectives, Pooler } from './pgbouncer-server';
import { Database, PASSWORDS } from './postgres-server';

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
  new ScalableWebApp(chart, 'web', {
    image: 'registry.example.com/shop:1.8.2',
    scaling: ScalingPolicy.replicas(props.pods),
    // One pod.
    maxSurgePercent: 1,
  }).connectTo(db, { pool: ConnectionPool.of({ size: props.size }) });
  if (props.pooled) db.addPooler();
  return chart;
}

const SUPERUSER = ['postgres', PASSWORDS.POSTGRES_PASSWORD, 'postgres'] as const;

async function startDatabase(objects: Manifest[]): Promise<Database> {
  const database = await Database.start(objects, scratch, await Database.initialize(scratch));
  const { code, stderr } = await database.makeRoles(objects);
  if (code !== 0) throw new Error(stderr);
  return database;
}

/** Connections of a role to the database. */
async function connectionsOf(database: Database, role: 'app' | 'exporter'): Promise<number> {
  const { stdout } = await database.psql(
    ...SUPERUSER,
    `SELECT count(*) FROM pg_stat_activity WHERE usename = '${role}';`,
  );
  return Number(stdout);
}

test('what Debian’s PgBouncer does not know yet is only what a newer release brought', async () => {
  const release = await installedRelease();
  expect(release).toMatch(/^1\.\d+$/);
  expect(await newerDirectives()).toEqual(release === '1.18' ? ['max_prepared_statements'] : []);
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
  }, 60_000);
  afterAll(async () => {
    for (const { server } of [...poolers, database])
      if (server.process.exitCode === null) await server.stop('SIGINT');
  });

  test('the application logs in with the password of its Secret, and with no other', async () => {
    expect((await poolers[0].psql('SELECT current_user;')).stdout).toBe('app\n');
    expect((await poolers[0].psql('SELECT 1;', { password: 'wrong' })).code).not.toBe(0);
    expect((await poolers[0].psql('SELECT 1;', { database: 'postgres' })).stderr).toContain(
      'no such database',
    );
  });

  test('the exporter reads statistics and changes nothing', async () => {
    const exporter = { user: 'exporter', password: PASSWORDS.EXPORTER_PASSWORD, database: 'pgbouncer' };
    expect((await poolers[0].psql('SHOW POOLS;', exporter)).stdout).toContain('app|app|');
    expect((await poolers[0].psql('PAUSE;', exporter)).stderr).toContain('admin access needed');
  });

  test('SHOW CONFIG answers every number of the configuration', async () => {
    const exporter = { user: 'exporter', password: PASSWORDS.EXPORTER_PASSWORD, database: 'pgbouncer' };
    const { stdout } = await poolers[0].psql('SHOW CONFIG;', exporter);
    const live = new Map(stdout.split('\n').map((line) => line.split('|') as [string, string]));
    const written = [...poolers[0].ini.matchAll(/^(\w+) = (\d+)$/gm)].map(([, name, value]) => [name, value]);
    expect(written.length).toBeGreaterThan(8);
    expect(written.map(([name]) => [name, live.get(name)])).toEqual(written);
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
    // Each is one connection that works for a while, through one pooler or the other.
    const running: Array<Promise<Outcome>> = [];
    for (let client = 0; client < clients; client++)
      running.push(poolers[client % replicas].psql('SELECT pg_sleep(0.4);'));
    const seen = new Set<number>();
    let open = true;
    const watched = (async () => {
      while (open) seen.add(await connectionsOf(database, 'app'));
    })();
    const outcomes = await Promise.all(running);
    open = false;
    await watched;
    expect(outcomes.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([]);
    const perPooler = directive('default_pool_size') + directive('reserve_pool_size');
    expect(perPooler).toBe(directive('max_db_connections'));
    expect(Math.max(...seen)).toBe(replicas * perPooler);
    expect(directive('max_client_conn') * (replicas - 1)).toBeGreaterThanOrEqual(clients);
  }, 120_000);

  test('all poolers of a rollout together leave the reserve of the database free', async () => {
    const most = Number(await database.show('max_connections'));
    const reserved = Number(await database.show('superuser_reserved_connections')) + 8;
    expect(2 * replicas * directive('max_db_connections')).toBe(most - reserved);
  });

  test('a restart of the database is a wait for its clients, and no error', async () => {
    const objectsPort = database.port;
    await database.server.stop('SIGINT');
    const waiting = poolers[0].psql('SELECT 1;');
    expect((await poolers[0].probe()).code).toBe(0);
    database = await Database.start(objects, scratch, database.pgdata, { port: objectsPort });
    expect((await waiting).stdout).toBe('1\n');
  }, 60_000);

  test('a pooler that is told to stop lets transactions end, and lets nobody new in', async () => {
    const [, last] = poolers;
    const transaction = last.psql("BEGIN; SELECT pg_sleep(2); SELECT 'ended'; COMMIT;");
    await until('the transaction', async () => {
      const { stdout } = await database.psql(
        ...SUPERUSER,
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(2)%' AND usename = 'app';",
      );
      return stdout === '1\n';
    });
    const stopped = last.server.stop('SIGTERM');
    expect((await transaction).stdout).toContain('ended');
    expect(await stopped).toBe(0);
    expect((await last.probe()).code).not.toBe(0);
  }, 60_000);
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
  const holding = (user: 'app' | 'exporter', password: string, name: string, count: number) =>
    Array.from({ length: count }, () => database.psql(user, password, name, 'SELECT pg_sleep(600);'));
  const held = holding('app', PASSWORDS.APP_PASSWORD, 'app', pods * size);
  await until('all clients', async () => (await connectionsOf(database, 'app')) === pods * size);
  // The reserve is for exporter, migrations and backups. Where they use it, nothing is left for one pod more.
  const free = Number(await database.show('max_connections')) - 3 - pods * size;
  expect(free).toBeLessThan(8 + size);
  const isRefused = ({ stderr }: Outcome) => stderr.includes('remaining connection slots are reserved');
  const reserve = Array.from({ length: free }, async () => {
    // Who only looks takes a slot for a moment, and this one then tries again.
    for (;;) {
      const [one] = await Promise.all(holding('exporter', PASSWORDS.EXPORTER_PASSWORD, 'postgres', 1));
      if (!isRefused(one)) return one;
    }
  });
  await until('the reserve', async () => (await connectionsOf(database, 'exporter')) === free);
  const [oneMore] = await Promise.all(holding('app', PASSWORDS.APP_PASSWORD, 'app', 1));
  expect(oneMore.stderr).toContain('remaining connection slots are reserved');
  await database.server.stop('SIGINT');
  await Promise.all([...held, ...reserve]);
}, 120_000);
