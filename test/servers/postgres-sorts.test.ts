/** What few connections leave to each: a sort by text in runs that the caches of a core hold, a hash table in memory. */
import { Size } from 'cdk8s';
import { ConnectionPool, ScalableWebApp, ScalingPolicy, TunedPostgres } from 'cdk8s-tuned';
import { IMAGE, type Manifest, manifests, newChart } from '../support/synth';
import { scratchDirectory } from './harness';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
let database: Database;

beforeAll(async () => {
  const chart = newChart();
  // A database of 4Gi, and 150 clients.
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(20) });
  new ScalableWebApp(chart, 'web', {
    image: IMAGE,
    scaling: ScalingPolicy.replicas(149),
    maxSurgePercent: 1,
  }).connectTo(db.connection({ pool: ConnectionPool.fixed({ size: 1 }) }));
  db.addPooler();
  database = await Database.start(manifests(chart), scratch, await Database.initialize(scratch));
  await database.superuser(
    'CREATE TABLE rows AS SELECT i, md5((i % 66667)::text) AS t FROM generate_series(1, 100000) i; ANALYZE rows;',
  );
});
afterAll(async () => {
  await database.stop();
  scratch.remove();
});

/** The nodes of the plan that a query ran with. */
async function nodesOf(query: string): Promise<Manifest[]> {
  const answer = await database.superuser(`EXPLAIN (ANALYZE, FORMAT JSON) ${query};`);
  const nodes = (plan: Manifest): Manifest[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
  return nodes((JSON.parse(answer) as Manifest[])[0].Plan);
}

test('a sort by text that would outgrow the caches is merged from runs that do not', async () => {
  expect(await database.show('work_mem')).toBe('4MB');
  const nodes = await nodesOf('SELECT i, t FROM rows ORDER BY t, i');
  const sort = nodes.find((node) => node['Node Type'].endsWith('Sort'));
  expect(sort).toMatchObject({ 'Sort Method': 'external merge', 'Sort Space Type': 'Disk' });
});

test('a hash table of the same rows is in memory, in one batch', async () => {
  const nodes = await nodesOf('SELECT t, count(*) FROM rows GROUP BY t');
  const aggregate = nodes.find((node) => node.Strategy === 'Hashed');
  expect(aggregate).toMatchObject({ 'HashAgg Batches': 1 });
  expect(aggregate?.['Peak Memory Usage']).toBeGreaterThan(2 * 4096);
});
