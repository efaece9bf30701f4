/** What is made on the first start: further databases, extensions, and scripts, directly and through a pooler. */
import { Size } from 'cdk8s';
import { ScalableWebApp, TunedPostgres } from 'cdk8s-tuned';
import { envOf, find, IMAGE, manifests, newChart } from '../support/synth';
import { scratchDirectory } from './harness';
import { Pooler } from './pgbouncer-server';
import { answerOf, type Login, PASSWORDS, psql } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const SCRIPTS = {
  '20-rows.sql': "INSERT INTO made.notes VALUES ('it''s ünïcode; $HOME \\ `id`');\n",
  // Whatever one changes, the next begins in the application's database, and its errors count.
  '10-schema.sql':
    'CREATE SCHEMA made AUTHORIZATION "shop-role";\nSET ROLE "shop-role";\nCREATE TABLE made.notes (\n\ttext text\n);\n' +
    '\\connect reports-2\n\\set ON_ERROR_STOP off\nCREATE TABLE here ();\n',
};

const chart = newChart();
const db = new TunedPostgres(chart, 'db', {
  storage: Size.gibibytes(10),
  user: 'shop-role',
  database: 'my-app',
  databases: ['reports-2', 'third_1'],
  extensions: ['uuid-ossp', 'pg_trgm'],
  initSql: SCRIPTS,
});
new ScalableWebApp(chart, 'reports', { image: IMAGE }).connectTo(db.connection({ database: 'reports-2' }));
db.addPooler({ replicas: 1, activeTransactions: 2 });
const objects = manifests(chart);

const login = (database: string): Login => ({
  user: 'shop-role',
  password: PASSWORDS.APP_PASSWORD,
  database,
});
let database: Database;
let pooler: Pooler;

beforeAll(async () => {
  database = await Database.start(objects, scratch, await Database.initialize(scratch));
  await database.makeRoles(objects, scratch);
  pooler = await Pooler.start(objects, scratch, database, undefined, {
    'shop-role': PASSWORDS.APP_PASSWORD,
  });
});
afterAll(() => Promise.all([pooler, database].map((one) => one?.stop())));

describe.each(db.databases)('the database %s', (name) => {
  test('is the application’s, directly and through the pooler', async () => {
    const sql = 'CREATE TABLE public.t (); DROP TABLE public.t; SELECT current_database();';
    expect(answerOf(await psql(database.port, login(name), sql))).toBe(name);
    expect(answerOf(await pooler.psql(sql, login(name)))).toBe(name);
  });

  test('has its extensions, and lets nobody else in', async () => {
    expect(
      answerOf(
        await pooler.psql("SELECT length(uuid_generate_v4()::text), similarity('a', 'a');", login(name)),
      ),
    ).toBe('36|1');
    expect(await database.superuser('SELECT count(*) >= 0 FROM pg_stat_statements;', name)).toBe('t');
    const other = { user: 'exporter', password: PASSWORDS.EXPORTER_PASSWORD, database: name };
    expect((await psql(database.port, other, 'SELECT 1;')).stderr).toContain(
      'permission denied for database',
    );
  });
});

test('the scripts run in the order of their names, each in the database of the application', async () => {
  const { stdout } = await psql(database.port, login('my-app'), 'SELECT text FROM made.notes;');
  expect(stdout).toBe("it's ünïcode; $HOME \\ `id`\n");
  expect(await database.superuser("SELECT to_regclass('here') IS NOT NULL;", 'reports-2')).toBe('t');
});

test('a script that fails, fails the start', async () => {
  const bad = newChart();
  new TunedPostgres(bad, 'db', { storage: Size.gibibytes(10), initSql: { 'a.sql': 'SELECT 1/0;' } });
  const broken = manifests(bad);
  const server = await Database.start(broken, scratch, await Database.initialize(scratch));
  await expect(server.makeRoles(broken, scratch)).rejects.toThrow('division by zero');
  await server.stop();
});

test('all databases together have the connections of one', async () => {
  const most = Number(/^max_user_connections = (\d+)$/m.exec(pooler.ini)?.[1]);
  const clients = await Promise.all(
    db.databases.flatMap((name) => Array.from({ length: most }, () => pooler.client(login(name)))),
  );
  await Promise.all(clients.map((client) => client.query('SELECT pg_sleep(0.2)')));
  const open = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop-role';";
  expect(Number(await database.superuser(open))).toBe(most);
  await Promise.all(clients.map((client) => client.end()));
});

test('no password is in a log', () => {
  for (const password of Object.values(PASSWORDS)) {
    expect(database.server.log()).not.toContain(password);
    expect(pooler.server.log()).not.toContain(password);
  }
});

test('a consumer is told of the database that it asked for', () => {
  expect(envOf(find(objects, 'Deployment', 'shop-reports'))).toMatchObject({
    DB_HOST: 'shop-db-pooler',
    DB_NAME: 'reports-2',
    DB_USER: 'shop-role',
  });
});
