/** Resources of CloudNativePG, ours and anybody's, under the rules of databases. */
import { Size } from 'cdk8s';
import { Checklist, PostgresTopology, ScalableWebApp, ScalingPolicy, TunedPostgres } from 'cdk8s-tuned';
import { evaluate } from '../../lib/checklist/evaluate';
import { Inventory } from '../../lib/inventory/inventory';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

/** The rules of databases and memory that speak, with the object and the place of which they do. */
function findings(objects: readonly Manifest[]): string[] {
  return Checklist.check([...objects])
    .filter(({ rule }) => /^(DB|OOM)-/.test(rule))
    .map(({ rule, kind, path }) => `${rule} ${kind} ${path}`);
}

function stack(pooled = false): Manifest[] {
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    topology: PostgresTopology.cloudNativePg({ walStorage: Size.gibibytes(20) }),
  });
  const web = new ScalableWebApp(chart, 'web', {
    image: IMAGE,
    scaling: ScalingPolicy.cpu({ min: 2, max: 8 }),
  });
  web.connectTo(db);
  web.connectTo(db.readOnly);
  if (pooled) db.addPooler();
  return manifests(chart);
}

const parameters = (objects: readonly Manifest[]) => find(objects, 'Cluster').spec.postgresql.parameters;
const setEnv = (objects: readonly Manifest[], name: string, value: string) => {
  const { env } = find(objects, 'Deployment', 'shop-web').spec.template.spec.containers[0];
  env.find((one: Manifest) => one.name === name).value = value;
};

test.each([false, true])('what we emit passes, with a pooler: %s', (pooled) => {
  expect(findings(stack(pooled))).toEqual([]);
});

test('the operator’s defaults in a small container do not', () => {
  const cluster = {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'orders', namespace: 'shop' },
    spec: {
      instances: 3,
      storage: { size: '1Gi' },
      resources: { limits: { cpu: '1', memory: '512Mi' } },
    },
  };
  expect(findings([cluster])).toEqual([
    'DB-004 Cluster spec.storage.size',
    'DB-012 Cluster spec.postgresql.parameters.huge_pages',
    'DB-014 Cluster spec.postgresql.parameters.max_parallel_workers',
    'DB-016 Cluster spec.postgresql.parameters.max_slot_wal_keep_size',
    'OOM-001 Cluster spec.resources.limits.memory',
  ]);
});

test('a Cluster of another group is none of Postgres, and the report says that no rule reads it', () => {
  const cluster = { apiVersion: 'example.com/v1', kind: 'Cluster', metadata: { name: 'a' }, spec: {} };
  expect(findings([cluster])).toEqual([]);
  const notes = (objects: Manifest[]) => evaluate(Inventory.of(objects)).notes;
  expect(notes([cluster, ...stack(true)])).toEqual(['1 Cluster: no rule reads this kind']);
});

test.each<[string, (objects: Manifest[]) => void, string[]]>([
  [
    'shared buffers of half the container',
    (all) => (parameters(all).shared_buffers = '2GB'),
    [
      'DB-011 Cluster spec.postgresql.parameters.shared_buffers',
      'OOM-001 Cluster spec.resources.limits.memory',
    ],
  ],
  [
    'sorts for which there is no memory',
    (all) => (parameters(all).work_mem = '64MB'),
    ['OOM-001 Cluster spec.resources.limits.memory'],
  ],
  [
    'more WAL than its volume holds',
    (all) => (parameters(all).max_wal_size = '17GB'),
    ['DB-004 Cluster spec.walStorage.size'],
  ],
  [
    'io_uring under RuntimeDefault',
    (all) => (parameters(all).io_method = 'io_uring'),
    ['DB-013 Cluster spec.postgresql.parameters.io_method'],
  ],
  [
    'no full page writes',
    (all) => (parameters(all).full_page_writes = 'off'),
    ['DB-015 Cluster spec.postgresql.parameters.full_page_writes'],
  ],
  [
    'pools of readers and writers that do not fit together',
    (all) => {
      setEnv(all, 'DB_POOL_SIZE', '5');
      setEnv(all, 'DB_READ_POOL_SIZE', '5');
    },
    ['DB-002 Cluster spec.postgresql.parameters.max_connections'],
  ],
  [
    'a pool without a bound',
    (all) => setEnv(all, 'DB_READ_MAX_OVERFLOW', '-9'),
    ['DB-001 Deployment spec.template.spec.containers[0].env'],
  ],
])('%s', (_, breakIt, expected) => {
  const objects = stack();
  breakIt(objects);
  expect(findings(objects)).toEqual(expected);
});

test.each<[string, (pooler: Manifest) => void, string[]]>([
  [
    'a pooler by session, as the operator makes it',
    ({ spec }) => delete spec.pgbouncer.poolMode,
    ['DB-003 Pooler spec.pgbouncer.poolMode'],
  ],
  [
    'a pooler with pools for which the database has no connections',
    ({ spec }) => {
      spec.pgbouncer.parameters.default_pool_size = '60';
      delete spec.pgbouncer.parameters.max_db_connections;
    },
    ['DB-002 Cluster spec.postgresql.parameters.max_connections'],
  ],
  [
    'a pooler whose rollout opens more connections than there are',
    ({ spec }) => {
      spec.pgbouncer.parameters.max_db_connections = '10';
      spec.pgbouncer.parameters.default_pool_size = '10';
      spec.deploymentStrategy.rollingUpdate.maxSurge = '100%';
    },
    ['DB-002 Cluster spec.postgresql.parameters.max_connections'],
  ],
  [
    'a pooler that bears too few clients',
    ({ spec }) => (spec.pgbouncer.parameters.max_client_conn = '20'),
    ['DB-007 Pooler spec.pgbouncer.parameters.max_client_conn'],
  ],
])('%s', (_, breakIt, expected) => {
  const objects = stack(true);
  breakIt(find(objects, 'Pooler'));
  expect(findings(objects)).toEqual(expected);
});
