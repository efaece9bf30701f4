import { Size } from 'cdk8s';
import { TunedPostgres } from 'cdk8s-tuned';
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { manifests, newChart } from '../support/synth';
import { runCommand, scratchDirectory, until } from './harness';
import { answerOf, PASSWORDS } from './postgres-client';
import { TunedDatabase } from './tuned-database';

const scratch = scratchDirectory();
let database: TunedDatabase;
beforeAll(async () => {
  const chart = newChart();
  new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
  database = await TunedDatabase.start(manifests(chart), scratch);
}, 60_000);
afterAll(async () => {
  await database?.stop();
  scratch.remove();
});

/** What pgBadger makes of the log, as it is or without the plans; what is of all databases is under `postgres`. */
async function report(plans: 'with plans' | 'without plans') {
  const directory = scratch.directory(plans.replace(' ', '-'));
  const whole = join(scratch.path, `postgres-${database.port}.log`);
  const log = join(directory, 'postgres.log');
  const filter = plans === 'with plans' ? '1' : WITHOUT_PLANS;
  writeFileSync(log, answerOf(await runCommand('awk', [filter, whole])));
  const file = join(directory, 'report.json');
  answerOf(await runCommand('pgbadger', ['--quiet', '-x', 'json', '-o', file, log]));
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Leaves out the entries of auto_explain, as the documentation does it: pgBadger would count them as queries too. */
const [, WITHOUT_PLANS] =
  /awk '([^']+)'/.exec(readFileSync(join(ROOT, 'docs/constructs/tuned-postgres.md'), 'utf8')) ?? [];

test('a slow query with its plan, a wait for a lock, and a temporary file are in the log, where pgBadger finds them', async () => {
  await database.app('CREATE TABLE t AS SELECT 1 AS id;');
  // The lock is held until somebody has waited for it longer than deadlock_timeout, however slow the machine.
  const held = database.app(`BEGIN; UPDATE t SET id = 2;
    DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$;
    SELECT pg_sleep(2); COMMIT;`);
  const asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep';";
  await until('the lock', async () => (await database.superuser(asleep)) === '1');
  await database.app('UPDATE t SET id = 3;');
  await held;
  await database.app(
    "SET work_mem = '1MB'; SELECT count(*) FROM (SELECT md5(n::text) m FROM generate_series(1, 500000) n ORDER BY m) s;",
  );

  const exact = await report('without plans');
  const counts: Record<string, number> = Object.fromEntries(
    Object.entries<{ count: number }>(exact.normalyzed_info.postgres).map(([query, { count }]) => [
      query,
      count,
    ]),
  );
  expect(counts['select pg_sleep(?);']).toBe(1);
  expect(counts['update t set id = ?;']).toBe(1);
  expect(exact.lock_info.postgres.ShareLock.count).toBe(1);
  expect(exact.tempfile_info.postgres.count).toBeGreaterThanOrEqual(1);
  const samples = Object.values<{ plan: string | null }>(
    (await report('with plans')).normalyzed_info.postgres['update t set id = ?;'].samples,
  );
  expect(samples.map(({ plan }) => plan ?? '').join('')).toContain('Seq Scan on t');
}, 60_000);

test('the statistics of statements are there for the exporter, and no password is among them', async () => {
  await database.app('SELECT 40 + 2;');
  const exporter = (sql: string) => database.psql('exporter', PASSWORDS.EXPORTER_PASSWORD, 'postgres', sql);
  expect(
    (await exporter(`SELECT calls FROM pg_stat_statements WHERE query = 'SELECT $1 + $2';`)).stdout,
  ).toBe('1\n');
  await database.superuser("ALTER ROLE exporter PASSWORD 'changed secret';");
  const { stdout } = await database.psql(
    'postgres',
    PASSWORDS.POSTGRES_PASSWORD,
    'postgres',
    'SELECT string_agg(query, chr(10)) FROM pg_stat_statements;',
  );
  expect(stdout).toContain('SELECT $1 + $2');
  for (const password of [...Object.values(PASSWORDS), 'changed secret'])
    expect(stdout).not.toContain(password);
});
