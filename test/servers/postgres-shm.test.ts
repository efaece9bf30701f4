/** The volume at `/dev/shm`: what a parallel query shares there fits into ours, and not into what a container has. */
import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import { TunedPostgres, WorkloadProfile } from 'cdk8s-tuned';
import { parseBytes } from '../../lib/units/quantity';
import { describeUnless } from '../support/skip';
import { manifests, newChart } from '../support/synth';
import { type Outcome, scratchDirectory, UNPRIVILEGED } from './harness';
import { MOUNTING, namespaceReason, SERVERS_MOUNT_NAMESPACE } from './namespaces';
import { psql, SUPERUSER } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const chart = newChart();
new TunedPostgres(chart, 'db', {
  storage: Size.gibibytes(20),
  profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(4)).withCpu(Cpu.units(4), Cpu.units(4)),
  maxConnections: 20,
});
const objects = manifests(chart);
const ours = Database.find(objects, 'StatefulSet').spec.template.spec.volumes.find(
  (volume: { name: string }) => volume.name === 'shm',
).emptyDir.sizeLimit as string;

/** A mount namespace of its own, with a `/dev/shm` of a size, as a pod has. */
const withSharedMemory = (bytes: number) => [
  'unshare',
  ...SERVERS_MOUNT_NAMESPACE,
  'sh',
  '-ec',
  'mount -t tmpfs -o "size=$0,mode=1777" tmpfs /dev/shm; exec "$@"',
  `${bytes}`,
];

const TABLES = `
CREATE TABLE a AS SELECT i, md5(i::text) AS t FROM generate_series(1, 1500000) i;
CREATE TABLE b AS SELECT * FROM a;
ANALYZE a; ANALYZE b;
`;
/** A parallel hash join; the planner of a busy machine might prefer another one of those small tables. */
const JOIN = `
SET enable_mergejoin = off; SET enable_nestloop = off; SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
`;

const shared = describeUnless(namespaceReason(SERVERS_MOUNT_NAMESPACE, MOUNTING, UNPRIVILEGED));

let pgdata: string;

async function onDatabaseWith(bytes: number, sql: string): Promise<Outcome> {
  const database = await Database.start(objects, scratch, pgdata, { wrap: withSharedMemory(bytes) });
  const outcome = await psql(database.port, SUPERUSER, sql);
  await database.stop();
  return outcome;
}

test('ours is larger than the 64Mi that a container has', () => {
  expect(parseBytes(ours)).toBeGreaterThan(64 * 1024 ** 2);
});

shared('memory that queries share', () => {
  beforeAll(async () => {
    pgdata = await Database.initialize(scratch);
    await onDatabaseWith(parseBytes(ours) ?? NaN, TABLES);
  });

  test('the query shares hash tables between processes', async () => {
    const { stdout } = await onDatabaseWith(
      parseBytes(ours) ?? NaN,
      `${JOIN} EXPLAIN SELECT count(*) FROM a JOIN b USING (i, t);`,
    );
    expect(stdout).toContain('Parallel Hash');
  });

  test('with 64Mi it fails, with ours it answers', async () => {
    const join = `${JOIN} SELECT count(*) FROM a JOIN b USING (i, t);`;
    const small = await onDatabaseWith(64 * 1024 ** 2, join);
    expect(small.stderr).toContain('could not resize shared memory segment');
    expect(small.code).not.toBe(0);
    const large = await onDatabaseWith(parseBytes(ours) ?? NaN, join);
    expect(large.stderr).toBe('');
    expect(large.stdout).toBe('1500000\n');
  });
});
