/** Dumps of a real server to a real S3 server by the emitted CronJobs: what arrives, what counts, what is kept, and what is restored. */
import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { DumpDestination, PostgresBackup, PostgresTopology, TunedPostgres } from 'cdk8s-tuned';
import { readdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { manifests, newChart } from '../support/synth';
import { own, scratchDirectory } from './harness';
import { BUCKET, damageFile, ObjectStore } from './object-store';
import { PATH } from './postgres-client';
import { Database } from './postgres-server';
import { StoredDumpJob } from './stored-dump-job';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const ENDPOINT = 'http://minio.storage:9000';
const FOLDER = 'shop/shop-db';

function synth({ keep = 2, restoreTest = false, path = `s3://${BUCKET}/dumps/` } = {}) {
  const chart = newChart();
  const backup = PostgresBackup.dump({
    storage: Size.gibibytes(10),
    keep,
    restoreTest,
    destination: DumpDestination.objectStore({
      destinationPath: path,
      folder: FOLDER,
      endpointUrl: ENDPOINT,
      credentials: Secret.fromSecretName(chart, 'store', 'backup-store'),
    }),
  });
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    databases: ['reports'],
    topology: PostgresTopology.statefulSet({ backup }),
  });
  return manifests(chart);
}
const objects = synth();

async function newServer(): Promise<Database> {
  const server = await Database.start(objects, scratch, await Database.initialize(scratch));
  await server.makeRoles(objects, scratch);
  return server;
}

let source: Database;
let store: ObjectStore;
beforeAll(async () => {
  [source, store] = [await newServer(), await ObjectStore.start(scratch)];
  await source.superuser(
    `CREATE TABLE orders AS SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 5000) n;
    SELECT lo_from_bytea(0, decode(repeat('ab', 4096), 'hex'));`,
    'app',
  );
  await source.superuser('CREATE TABLE r AS SELECT generate_series(1, 10) AS n;', 'reports');
});
afterAll(() => Promise.all([source?.stop(), store?.stop()]));

const jobFor = (options: Parameters<typeof synth>[0] = {}) =>
  new StoredDumpJob(synth(options), scratch, store, ENDPOINT);
const pathOf = (name: string) => ({ path: `s3://${BUCKET}/${name}`, folder: `${name}/${FOLDER}` });

/** Sets in a folder of the store, complete or not, the oldest first. */
const setsIn = (folder: string) => [...new Set(store.objects(folder).map((name) => name.split('/')[0]))];
/** Sets are named by their second. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1000));
const contentOf = (server: Database) =>
  server.superuser(
    `SELECT count(*), md5(string_agg(id || note, ',' ORDER BY id)) FROM orders;
    SELECT count(*) FROM pg_largeobject_metadata;`,
    'app',
  );

test('a dump arrives as a whole, and equals the source when it is restored into an empty server', async () => {
  const { path, folder } = pathOf('whole');
  const job = jobFor({ path, restoreTest: true });
  expect(await job.dump(source)).toMatchObject({ code: 0, stderr: '' });
  const [set] = setsIn(folder);
  expect(set).toMatch(/^\d{8}T\d{6}Z$/);
  expect(store.objects(folder)).toEqual(expect.arrayContaining([`${set}/SHA256SUMS`, `${set}/roles.sql`]));
  const target = await newServer();
  expect(await job.restore(target)).toMatchObject({ code: 0, stderr: '' });
  expect(await contentOf(target)).toBe(await contentOf(source));
  expect(await target.superuser('SELECT count(*) FROM r;', 'reports')).toBe('10');
  await target.stop();
});

test('the newest are kept; another set, or another folder, is restored by its name', async () => {
  const { path, folder } = pathOf('kept');
  const job = jobFor({ path });
  const taken: string[] = [];
  for (let run = 0; run < 3; run += 1) {
    expect(await job.dump(source)).toMatchObject({ code: 0, stderr: '' });
    taken.push(...setsIn(folder).filter((set) => !taken.includes(set)));
    await nextSecond();
  }
  expect(taken).toHaveLength(3);
  expect(setsIn(folder)).toEqual(taken.slice(1));
  const target = await newServer();
  const gone = await job.restore(target, { BACKUP_SET: taken[0] });
  expect(gone.code).toBe(1);
  expect(gone.stderr).toContain(`there are: ${taken[2]} ${taken[1]}`);
  const elsewhere = await job.restore(target, { BACKUP_FOLDER: 'shop/other' });
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.stderr).toContain('there is no such backup in store:backups/kept/shop/other');
  const restored = await job.restore(target, { BACKUP_SET: taken[1] });
  expect(restored).toMatchObject({ code: 0 });
  expect(restored.stdout).toContain(`restoring ${taken[1]}`);
  await target.stop();
});

test('what was broken off on its way is no backup, and the next run takes it away', async () => {
  const { path, folder } = pathOf('broken');
  const job = jobFor({ path });
  expect(await job.dump(source)).toMatchObject({ code: 0 });
  const [whole] = setsIn(folder);
  await nextSecond();
  // The copy ends before the checksums do.
  const half = await job.dump(source, undefined, { RCLONE_MAX_TRANSFER: '10k' });
  expect(half.code).not.toBe(0);
  const sets = setsIn(folder);
  expect(sets).toHaveLength(2);
  expect(store.objects(folder)).not.toContain(`${sets[1]}/SHA256SUMS`);
  const target = await newServer();
  const restored = await job.restore(target);
  expect(restored.stdout).toContain(`restoring ${whole}`);
  await target.stop();
  await nextSecond();
  expect(await job.dump(source)).toMatchObject({ code: 0 });
  expect(setsIn(folder)).toEqual([whole, expect.stringMatching(/Z$/)]);
  expect(setsIn(folder)).not.toContain(sets[1]);
});

test('a copy that differs from the dump does not count', async () => {
  const { path, folder } = pathOf('differs');
  // The dumps change between the copy and the comparison, as if the store had changed its own.
  const bin = scratch.directory('bin');
  const wrapper = `#!/bin/sh
if [ "$1" = check ]; then
  for file in "$6"/*.dump; do printf x | dd of="$file" conv=notrunc bs=1 seek=100 2> /dev/null; done
fi
exec /usr/bin/rclone "$@"
`;
  writeFileSync(join(bin, 'rclone'), wrapper, { mode: 0o755 });
  own(join(bin, 'rclone'));
  const failed = await jobFor({ path }).dump(source, undefined, { PATH: `${bin}:${PATH}` });
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain('in the store is not what was dumped; it does not count');
  expect(store.objects(folder).filter((name) => name.endsWith('SHA256SUMS'))).toEqual([]);
});

test('an object that was damaged in the store is found before anything is restored', async () => {
  const { path, folder } = pathOf('rotten');
  const job = jobFor({ path });
  expect(await job.dump(source)).toMatchObject({ code: 0 });
  const dump = store.objects(folder).find((name) => name.endsWith('.dump'));
  store.damage(`${folder}/${dump}`);
  const target = await newServer();
  const restored = await job.restore(target);
  expect(restored.code).toBe(1);
  expect(restored.stderr).toMatch(/is damaged; nothing was restored|could not be read, for the reason above/);
  expect(await target.superuser("SELECT to_regclass('orders') IS NULL;", 'app')).toBe('t');
  await target.stop();
});

test('a damaged dump fails the restore test, and never leaves the pod', async () => {
  const { path, folder } = pathOf('damaged');
  const failed = await jobFor({ path, restoreTest: true }).dump(source, (container, backups) => {
    if (container !== 'restore-test') return;
    const set = join(backups, readdirSync(backups)[0]);
    const dump = join(set, readdirSync(set).find((name) => name.endsWith('.dump')) as string);
    damageFile(dump);
  });
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain('is damaged; nothing was restored');
  expect(store.objects(folder)).toEqual([]);
});

test('wrong keys are an error with its reason', async () => {
  const { path, folder } = pathOf('denied');
  const failed = await jobFor({ path }).dump(source, undefined, {
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: 'wrong',
  });
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain('could not be uploaded, for the reason above');
  expect(store.objects(folder)).toEqual([]);
});
