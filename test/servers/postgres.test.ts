import { Size } from 'cdk8s';
import { PostgresVersion, TunedPostgres, WorkloadProfile } from 'cdk8s-tuned';
import { writeFileSync } from 'fs';
import { join } from 'path';
import { ENVIRONMENTS } from '../../apps/environments';
import { fromDist } from '../support/dist';
import { manifests, newChart } from '../support/synth';
import { own, scratchDirectory } from './harness';
import { APP, EXPORTER, PASSWORDS, psql } from './postgres-client';
import { Database, settingsOf } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const WITH_A_DATABASE = ENVIRONMENTS.filter(({ database }) => database.kind === 'own').map(
  ({ name }) => name,
);

test.each(WITH_A_DATABASE)('%s: SHOW answers every tuned value', async (environment) => {
  const database = await Database.start(
    fromDist(environment, 'data'),
    scratch,
    await Database.initialize(scratch),
  );
  const settings = settingsOf(database.conf);
  expect(settings.length).toBeGreaterThan(30);
  const answers: Array<[string, string]> = [];
  for (const [name] of settings) answers.push([name, await database.show(name)]);
  expect(answers).toEqual(settings);
  expect(await database.stop()).toBe(0);
});

test("the guide's parameters are what the server runs with", async () => {
  const guide = {
    shared_buffers: '4GB',
    effective_cache_size: '12GB',
    work_mem: '10MB',
    max_connections: '200',
    max_prepared_transactions: '100',
    wal_buffers: '16MB',
    default_statistics_target: '100',
    'app.note': `it's \\ "quoted" # ; = ünïcode`,
  };
  const chart = newChart();
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    version: PostgresVersion.V15,
    profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
    parameters: guide,
  });
  const database = await Database.start(manifests(chart), scratch, await Database.initialize(scratch));
  const answers: Record<string, string> = {};
  for (const name of Object.keys(guide)) answers[name] = await database.show(name);
  expect(answers).toEqual(guide);
  expect(await database.stop()).toBe(0);
});

describe('a database of the shop', () => {
  const objects = fromDist('dev', 'data');
  let database: Database;
  beforeAll(async () => {
    database = await Database.start(objects, scratch, await Database.initialize(scratch));
    await database.makeRoles(objects);
  });
  afterAll(() => database?.stop());

  test('the application owns its database, and reads no secrets of others', async () => {
    const app = (sql: string) => psql(database.port, APP, sql);
    expect((await app('CREATE TABLE t (id int); SELECT count(*) FROM t;')).stdout).toBe('0\n');
    expect((await app('SELECT rolpassword FROM pg_authid;')).stderr).toContain('permission denied');
    expect((await app("COPY (SELECT 1) TO PROGRAM 'id';")).stderr).toContain('must be superuser');
    expect((await app('CREATE ROLE x;')).code).not.toBe(0);
  });

  test('the exporter reads statistics, and nothing of the application', async () => {
    const exporter = (sql: string, name = EXPORTER.database) =>
      psql(database.port, { ...EXPORTER, database: name }, sql);
    expect(
      (await exporter('SELECT count(*) > 0 FROM pg_stat_activity WHERE query IS NOT NULL;')).stdout,
    ).toBe('t\n');
    expect((await exporter('SELECT 1;', 'app')).stderr).toContain('permission denied for database');
  });

  test('no password is in the log', () => {
    for (const password of Object.values(PASSWORDS)) expect(database.server.log()).not.toContain(password);
  });

  test('a wrong password is refused', async () => {
    const { stderr } = await psql(database.port, { ...APP, password: 'wrong' }, 'SELECT 1;');
    expect(stderr).toContain('password authentication failed');
  });

  test('preStop is a fast shutdown: a client that is logged in does not hold it up, and no recovery follows', async () => {
    const client = await database.client(APP);
    const disconnected = new Promise((resolve) => client.once('end', () => resolve(true)));
    expect((await database.run(database.container.lifecycle.preStop.exec.command)).code).toBe(0);
    expect(await database.server.ended).toBe(0);
    expect(await disconnected).toBe(true);
    const again = await Database.start(objects, scratch, database.pgdata);
    expect(again.server.log()).not.toContain('automatic recovery');
    expect(await again.stop()).toBe(0);
  });
});

test('while it recovers, it lives but is not ready; when it is gone, neither', async () => {
  const objects = fromDist('dev', 'data');
  const pgdata = await Database.initialize(scratch);
  // A standby that accepts no queries recovers until it is told to stop.
  const signal = join(pgdata, 'standby.signal');
  writeFileSync(signal, '');
  own(signal);
  writeFileSync(join(pgdata, 'postgresql.auto.conf'), "hot_standby = 'off'\n");
  const database = await Database.start(objects, scratch, pgdata, { wait: 'alive' });
  const { startupProbe, readinessProbe, livenessProbe } = database.container;
  const codes = async () => [
    (await database.run(livenessProbe.exec.command)).code,
    (await database.run(readinessProbe.exec.command)).code,
    (await database.run(startupProbe.exec.command)).code,
  ];
  expect(await codes()).toEqual([0, 1, 1]);
  expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(3600);
  await database.stop();
  expect(await codes()).toEqual([1, 2, 2]);
});
