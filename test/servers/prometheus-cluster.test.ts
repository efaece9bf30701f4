import { Duration, Size } from 'cdk8s';
import { PerformanceMonitoring, PostgresTopology, TunedPostgres } from 'cdk8s-tuned';
import { find, manifests, newChart } from '../support/synth';
import { runCommand, scratchDirectory } from './harness';
import { type AlertCase, alertProblem, rulesFile, usage } from './promtool';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const chart = newChart();
const db = new TunedPostgres(chart, 'db', {
  storage: Size.gibibytes(10),
  topology: PostgresTopology.cloudNativePg(),
});
const WAIT = { queryWaitTimeout: Duration.seconds(60) };
const alone = new TunedPostgres(chart, 'alone', { storage: Size.gibibytes(10) });
const watch = [db, db.addPooler(WAIT), alone, alone.addPooler(WAIT)];
new PerformanceMonitoring(chart, 'perf', { watch });
const rule = find(manifests(chart), 'PrometheusRule');

const INSTANCE = 'namespace="shop",pod="shop-db-2"';
const POOLER = 'namespace="shop",pod="shop-db-pooler-7d9c5b6f4-abcde"';
const OWN_POOLER = 'namespace="shop",pod="shop-alone-pooler-7d9c5b6f4-abcde"';
const POOL = 'database="app",user="app"';
const backends = (count: number) => [
  usage('cnpg_backends_total', `${INSTANCE},state="idle",datname="app",usename="app"`, `${count}x120`),
  usage('cnpg_pg_settings_setting', `${INSTANCE},name="max_connections"`, '100x120'),
  usage('cnpg_pg_settings_setting', `${INSTANCE},name="superuser_reserved_connections"`, '3x120'),
];

const CASES: Record<string, AlertCase> = {
  'PostgresClusterConnectionsHigh fires at 80 of the 97 that are not reserved': {
    series: backends(80),
    at: '15m',
    alert: 'PostgresClusterConnectionsHigh',
    fires: {
      labels: { severity: 'critical', namespace: 'shop', pod: 'shop-db-2' },
      summary: 'shop/shop-db-2 has more than 80 % of its connections in use',
    },
  },
  'PostgresClusterConnectionsHigh is silent at 70': {
    series: backends(70),
    at: '15m',
    alert: 'PostgresClusterConnectionsHigh',
  },
  'PostgresStandbyBehind fires at 31 s': {
    series: [usage('cnpg_pg_replication_lag', INSTANCE, '31x120')],
    at: '10m',
    alert: 'PostgresStandbyBehind',
    fires: {
      labels: { severity: 'warning', namespace: 'shop', pod: 'shop-db-2' },
      summary: 'shop/shop-db-2 is more than 30 s behind its primary',
    },
  },
  'PostgresStandbyBehind is silent at 29 s': {
    series: [usage('cnpg_pg_replication_lag', INSTANCE, '29x120')],
    at: '10m',
    alert: 'PostgresStandbyBehind',
  },
  'PostgresArchiveFails fires when it goes on failing': {
    series: [usage('cnpg_pg_stat_archiver_failed_count', INSTANCE, '0+1x120')],
    at: '40m',
    alert: 'PostgresArchiveFails',
    fires: {
      labels: { severity: 'critical', namespace: 'shop', pod: 'shop-db-2' },
      summary: 'shop/shop-db-2 cannot archive its WAL',
    },
  },
  'PostgresArchiveFails is silent after one failure': {
    series: [usage('cnpg_pg_stat_archiver_failed_count', INSTANCE, '0 0 1x120')],
    at: '40m',
    alert: 'PostgresArchiveFails',
  },
  'PoolerClientsWait fires at 6 s': {
    series: [usage('cnpg_pgbouncer_pools_maxwait', `${POOLER},database="app",user="app"`, '6x120')],
    at: '10m',
    alert: 'PoolerClientsWait',
    fires: {
      labels: { severity: 'warning', namespace: 'shop', pod: 'shop-db-pooler-7d9c5b6f4-abcde' },
      summary: 'Clients of shop/shop-db-pooler-7d9c5b6f4-abcde wait longer than 5 s for a connection',
    },
  },
  'PoolerClientsWait fires for a pooler without the operator, too': {
    series: [usage('pgbouncer_pools_client_maxwait_seconds', `${OWN_POOLER},${POOL}`, '6x120')],
    at: '10m',
    alert: 'PoolerClientsWait',
    fires: {
      labels: { severity: 'warning', namespace: 'shop', pod: 'shop-alone-pooler-7d9c5b6f4-abcde' },
      summary: 'Clients of shop/shop-alone-pooler-7d9c5b6f4-abcde wait longer than 5 s for a connection',
    },
  },
  ...Object.fromEntries(
    [
      ['cnpg_pgbouncer_pools_maxwait', 'shop-db-pooler', POOLER],
      ['pgbouncer_pools_client_maxwait_seconds', 'shop-alone-pooler', OWN_POOLER],
    ].flatMap(([metric, name, where]): Array<[string, AlertCase]> => [
      [
        `PoolerQueueTooLong fires at once at 31 s of ${metric}, before a wait of 60 s is cut off`,
        {
          series: [usage(metric, `${where},${POOL}`, '0x9 31x110')],
          at: '10m',
          alert: 'PoolerQueueTooLong',
          fires: {
            labels: { severity: 'critical', namespace: 'shop', pod: `${name}-7d9c5b6f4-abcde` },
            summary: `A client of shop/${name}-7d9c5b6f4-abcde has waited 31 s for a connection, and is cut off soon`,
          },
        },
      ],
      [
        `PoolerQueueTooLong is silent at 29 s of ${metric}`,
        {
          series: [usage(metric, `${where},${POOL}`, '29x120')],
          at: '30m',
          alert: 'PoolerQueueTooLong',
        },
      ],
    ]),
  ),
};

test('promtool accepts the rules', async () => {
  const file = rulesFile(scratch, 'rules', rule);
  const { code, stderr } = await runCommand('promtool', [
    'check',
    'rules',
    '--lint=all',
    '--lint-fatal',
    file,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test.each(Object.entries(CASES))('%s', async (name, one) => {
  expect(await alertProblem(scratch, rule, name, one)).toBe('');
});
