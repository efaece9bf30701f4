/** The lock of migrations, as its containers take it of a real Postgres: who waits, who runs, and what a lost lock ends. */
import { Duration } from 'cdk8s';
import { MigrationLock } from 'cdk8s-tuned';
import { database, migration, synth } from '../job/jobs';
import { describeUnless } from '../support/skip';
import { runCommand, scratchDirectory, UNPRIVILEGED, until } from './harness';
import { addressOf, startMigrationPod } from './migration-pod';
import { namespaceReason, SERVERS_PROCESS_NAMESPACE } from './namespaces';
import { TunedDatabase } from './tuned-database';

const objectsWith = (waitingTime?: Duration) =>
  synth((chart) => {
    const db = database(chart);
    migration(chart, { lock: MigrationLock.advisory(db, { waitingTime }) }).connectTo(db);
  });
const objects = objectsWith();

/** A tool that looks first and records then, without a lock of its own, as Alembic does. */
const MIGRATE = `set -e
there=$(psql -X -A -t -c "SELECT count(*) FROM versions")
sleep 2
if [ "$there" -eq 0 ]; then
  psql -X -q -c "INSERT INTO runs VALUES (1)" -c "INSERT INTO versions VALUES (1)"
fi`;
const FOREVER = 'sleep 100; psql -X -q -c "INSERT INTO runs VALUES (1)"';

describeUnless(namespaceReason(SERVERS_PROCESS_NAMESPACE, ['true'], UNPRIVILEGED))('a lock', () => {
  const scratch = scratchDirectory();
  let server: TunedDatabase;
  beforeAll(async () => {
    server = await TunedDatabase.start(objects, scratch);
  });
  afterAll(async () => {
    await server?.stop();
    scratch.remove();
  });
  beforeEach(() =>
    server.app(
      'DROP TABLE IF EXISTS runs, versions; CREATE TABLE runs (n int); CREATE TABLE versions (n int UNIQUE);',
    ),
  );

  const start = (program: string, from = objects, held = false) =>
    startMigrationPod(from, scratch, { port: server.port, program, held });
  const runs = () => server.app('SELECT count(*) FROM runs;');
  const holders = () =>
    server.app(
      "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND application_name = 'shop-migrate';",
    );
  const untilHeld = () => until('the lock', async () => (await holders()) === '1');
  const untilFree = () => until('the lock to be free', async () => (await holders()) === '0');

  test('two migrations at once run one after the other, and what is done is not done again', async () => {
    const pods = await Promise.all([start(MIGRATE), start(MIGRATE)]);
    expect(await Promise.all(pods.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(await runs()).toBe('1');
    await untilFree();
  });

  test('without it both run: that is what it is for', async () => {
    const alone = () => runCommand('sh', ['-c', MIGRATE], { env: addressOf(objects, server.port) });
    const outcomes = await Promise.all([alone(), alone()]);
    expect(outcomes.filter(({ code }) => code !== 0)).toHaveLength(1);
    expect(await runs()).toBe('2');
  });

  test('a container that is started again has lost it, and ends the program', async () => {
    const pod = await start(FOREVER, objects, true);
    expect(await pod.ended).toBe(137);
    expect(await runs()).toBe('0');
  });

  test('who waits does not keep the other from building an index concurrently', async () => {
    const index = 'sleep 3; psql -X -q -c "CREATE INDEX CONCURRENTLY ON runs (n)"';
    const first = await start(index);
    await untilHeld();
    const second = await start('true');
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
  });

  test('it is free when its pod is killed', async () => {
    const first = await start(FOREVER);
    await untilHeld();
    const second = await start(MIGRATE);
    await first.stop('SIGKILL');
    expect(await second.ended).toBe(0);
    expect(await runs()).toBe('1');
  });

  test('a wait that is over fails with 75, and its program has not run', async () => {
    const first = await start(FOREVER);
    await untilHeld();
    const second = await start(MIGRATE, objectsWith(Duration.seconds(2)));
    expect(await second.ended).toBe(75);
    expect(second.log()).toContain('no lock within 2 seconds: another migration holds it');
    expect(await runs()).toBe('0');
    await first.stop('SIGKILL');
    await untilFree();
  });

  test('a program whose lock is lost is killed', async () => {
    const pod = await start(FOREVER);
    await untilHeld();
    await until('the program', () => pod.log().includes('the lock shop-migrate is held'));
    await server.superuser(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shop-migrate';",
    );
    expect(await pod.ended).toBe(137);
    expect(pod.log()).toContain('the lock is lost: the program is killed');
    expect(await runs()).toBe('0');
  });

  test('its session is idle, without a transaction and without a snapshot', async () => {
    const pod = await start(FOREVER);
    await untilHeld();
    const state = await server.superuser(
      "SELECT state, xact_start IS NULL, backend_xmin IS NULL FROM pg_stat_activity WHERE application_name = 'shop-migrate';",
    );
    expect(state.trim()).toMatch(/^idle\|t\|t$/);
    await pod.stop('SIGKILL');
    await untilFree();
  });
});
