import { Size } from 'cdk8s';
import { PostgresTopology, type PostgresVersion, TunedPostgres } from 'cdk8s-tuned';
import { join } from 'path';
import { find, manifests, newChart } from '../support/synth';
import { ClusterInstance } from './cluster-instance';
import { runCommand, scratchDirectory, until } from './harness';
import { answerOf, APP, PASSWORDS, PROGRAMS } from './postgres-client';
import { databaseWith, TunedDatabase } from './tuned-database';

const scratch = scratchDirectory();
/** Everything that runs, in the order in which it was started. */
const running: Array<{ stop(): Promise<unknown> }> = [];
afterAll(async () => {
  for (const server of running.reverse()) await server.stop();
  scratch.remove();
});

/** The Cluster for the major that Debian has. */
async function clusterOf() {
  const [, major] =
    / (\d+)\./.exec(answerOf(await runCommand(join(PROGRAMS, 'postgres'), ['--version']))) ?? [];
  const chart = newChart();
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    version: major as PostgresVersion,
    topology: PostgresTopology.cloudNativePg({ walStorage: Size.gibibytes(5), synchronousStandbys: 1 }),
  });
  return find(manifests(chart), 'Cluster');
}

test('a primary takes every parameter, its standby follows with the same, and takes over with the same connections', async () => {
  const cluster = await clusterOf();
  const primary = await ClusterInstance.primary(cluster, scratch);
  running.push(primary);
  expect(await primary.superuser('SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL;')).toBe(
    '',
  );
  const settings = 'SELECT name, setting FROM pg_settings WHERE name = ANY($1);';
  const names = Object.keys(cluster.spec.postgresql.parameters).join(',');
  const live = (instance: ClusterInstance) =>
    instance.superuser(settings.replace('$1', `string_to_array('${names}', ',')`));
  const standby = await primary.standby(cluster, scratch, 'shop_db_2');
  running.push(standby);
  expect(await live(standby)).toBe(await live(primary));
  expect((await live(primary)).split('\n').length).toBeGreaterThan(35);

  await primary.app('CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n;');
  await until('the standby', async () => (await standby.app('SELECT count(*) FROM t;')) === '1000');
  expect((await standby.psql(APP, 'INSERT INTO t VALUES (0);')).stderr).toContain('read-only transaction');

  await primary.stop();
  await standby.promote();
  await standby.app('INSERT INTO t VALUES (0);');
  expect(await standby.app('SELECT count(*) FROM t;')).toBe('1001');
  expect(await standby.superuser('SHOW max_connections;')).toBe(
    cluster.spec.postgresql.parameters.max_connections,
  );
}, 120_000);

test('a commit waits for the standby that must confirm it, and goes on when it is back', async () => {
  const cluster = await clusterOf();
  const { number } = cluster.spec.postgresql.synchronous;
  const primary = await ClusterInstance.primary(cluster, scratch);
  const standby = await primary.standby(cluster, scratch, 'shop_db_2');
  running.push(primary, standby);
  await primary.app('CREATE TABLE t (n int);');
  // As the operator writes it.
  await primary.superuser(`ALTER SYSTEM SET synchronous_standby_names = 'ANY ${number} (shop_db_2)';`);
  await primary.superuser('SELECT pg_reload_conf();');
  const state = "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'shop_db_2';";
  await until('the quorum', async () => (await primary.superuser(state)) === 'quorum');
  await primary.app('INSERT INTO t VALUES (1);');
  expect(await standby.app('SELECT count(*) FROM t;')).toBe('1');

  await standby.stop();
  const waiting = primary.app('INSERT INTO t VALUES (2);');
  const asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep';";
  await until('the commit', async () => (await primary.superuser(asleep)) === '1');
  await primary.superuser("ALTER SYSTEM SET synchronous_standby_names = '';");
  await primary.superuser('SELECT pg_reload_conf();');
  await waiting;
}, 120_000);

test('a database moves from one instance to a Cluster by the documented commands', async () => {
  const old = await TunedDatabase.start(databaseWith([]), scratch);
  const primary = await ClusterInstance.primary(await clusterOf(), scratch);
  running.push(old, primary);
  await old.app(`CREATE TABLE people (id int PRIMARY KEY, name text);
    INSERT INTO people SELECT n, md5(n::text) FROM generate_series(1, 1000) n;
    CREATE INDEX ON people (name text_pattern_ops);
    CREATE VIEW names AS SELECT name FROM people;`);
  const dump = join(scratch.path, 'app.dump');
  const tool = (program: string, args: readonly string[]) =>
    runCommand(join(PROGRAMS, program), ['-h', '127.0.0.1', '-U', 'postgres', '--no-owner', ...args], {
      env: { PGPASSWORD: PASSWORDS.POSTGRES_PASSWORD },
    });
  answerOf(
    await tool('pg_dump', [
      '-p',
      `${old.port}`,
      '--format=custom',
      '--no-acl',
      '--no-comments',
      `--file=${dump}`,
      'app',
    ]),
  );
  // The operator has made the extension, since a parameter of it is there.
  await primary.superuser('\\connect app\nCREATE EXTENSION pg_stat_statements;');
  const restored = await tool('pg_restore', [
    '-p',
    `${primary.port}`,
    '--dbname=app',
    '--role=app',
    '--exit-on-error',
    dump,
  ]);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  const content = 'SELECT count(*), md5(string_agg(name, $$,$$ ORDER BY id)) FROM people;';
  expect(await primary.app(content)).toBe(await old.app(content));
  expect(await primary.app("SELECT tableowner, hasindexes FROM pg_tables WHERE schemaname = 'public';")).toBe(
    'app|t',
  );
}, 120_000);
