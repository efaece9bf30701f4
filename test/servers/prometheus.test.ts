import { writeFileSync } from 'fs';
import { join } from 'path';
import { stringify } from 'yaml';
import { ENVIRONMENTS, fromDist } from '../support/dist';
import { find } from '../support/synth';
import { runCommand, scratchDirectory } from './harness';
import { type AlertCase, alertProblem, rulesFile, usage } from './promtool';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const rulesOf = (environment: string) =>
  rulesFile(scratch, environment, find(fromDist(environment, 'monitoring'), 'PrometheusRule'));

test.each(ENVIRONMENTS)('%s: promtool accepts the rules', async (environment) => {
  const { code, stdout, stderr } = await runCommand('promtool', [
    'check',
    'rules',
    '--lint=all',
    '--lint-fatal',
    rulesOf(environment),
  ]);
  expect({ code, stderr, stdout }).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('SUCCESS: 25 rules found'),
  });
});

const WEB = 'namespace="shop-prod",pod="shop-web-6c8f9d7b5d-x2x4z",container="web"';
const DB = 'namespace="shop-prod",pod="data-db-0",container="postgres"';
const EXPORTER = 'namespace="shop-prod",pod="data-db-0",container="exporter"';
/** A workload whose name begins like one that is watched. */
const OTHER = 'namespace="shop-prod",pod="shop-web-admin-6c8f9d7b5d-x2x4z",container="web"';
const GIB = 2 ** 30;

const limit = (where: string, resource: string, value: number) => ({
  series: `kube_pod_container_resource_limits{${where},resource="${resource}"}`,
  values: `${value}x120`,
});

interface Case {
  readonly series: ReadonlyArray<{ series: string; values: string }>;
  readonly at: string;
  readonly alert: string;
  /** `pod/container` of each alert that fires. */
  readonly fires: readonly string[];
}

/** 0.5 CPU: 100 % is 30 CPU seconds per minute. */
const cpu = (where: string, percent: number) =>
  usage('container_cpu_usage_seconds_total', where, `0+${(30 * percent) / 100}x120`);

const CASES: Record<string, Case> = {
  'HighCpuUsage fires above 80 % of the limit for 5 minutes': {
    series: [cpu(WEB, 85), limit(WEB, 'cpu', 0.5), cpu(OTHER, 99), limit(OTHER, 'cpu', 0.5)],
    at: '15m',
    alert: 'HighCpuUsage',
    fires: ['shop-web-6c8f9d7b5d-x2x4z/web'],
  },
  'HighCpuUsage is silent at 75 %': {
    series: [cpu(WEB, 75), limit(WEB, 'cpu', 0.5)],
    at: '15m',
    alert: 'HighCpuUsage',
    fires: [],
  },
  'HighCpuUsage waits its 5 minutes': {
    series: [cpu(WEB, 85), limit(WEB, 'cpu', 0.5)],
    at: '4m',
    alert: 'HighCpuUsage',
    fires: [],
  },
  'HighMemoryUsage fires above 85 % of the limit': {
    series: [
      usage('container_memory_working_set_bytes', WEB, `${0.86 * GIB}x120`),
      limit(WEB, 'memory', GIB),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: ['shop-web-6c8f9d7b5d-x2x4z/web'],
  },
  'HighMemoryUsage is silent at 84 %': {
    series: [
      usage('container_memory_working_set_bytes', WEB, `${0.84 * GIB}x120`),
      limit(WEB, 'memory', GIB),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: [],
  },
  'HighMemoryUsage does not take the page cache of a database for use': {
    series: [
      usage('container_memory_working_set_bytes', DB, `${15.9 * GIB}x120`),
      usage('container_memory_rss', DB, `${2 * GIB}x120`),
      limit(DB, 'memory', 16 * GIB),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: [],
  },
  'HighMemoryUsage looks at the exporter of a database as at any other container': {
    series: [
      usage('container_memory_working_set_bytes', EXPORTER, `${60 * 2 ** 20}x120`),
      usage('container_memory_rss', EXPORTER, `${10 * 2 ** 20}x120`),
      limit(EXPORTER, 'memory', 64 * 2 ** 20),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: ['data-db-0/exporter'],
  },
  'HighMemoryUsage is silent for an exporter that is well': {
    series: [
      usage('container_memory_working_set_bytes', EXPORTER, `${20 * 2 ** 20}x120`),
      usage('container_memory_rss', EXPORTER, `${10 * 2 ** 20}x120`),
      limit(EXPORTER, 'memory', 64 * 2 ** 20),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: [],
  },
  'HighMemoryUsage counts the shared buffers of a database': {
    series: [usage('container_memory_rss', DB, `${10 * GIB}x120`), limit(DB, 'memory', 16 * GIB)],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: ['data-db-0/postgres'],
  },
  'PodRestarts fires at the fourth restart in an hour': {
    series: [usage('kube_pod_container_status_restarts_total', WEB, '0x10 1x10 2x10 3x10 4x60')],
    at: '50m',
    alert: 'PodRestarts',
    fires: ['shop-web-6c8f9d7b5d-x2x4z/web'],
  },
  'PodRestarts is silent at the second': {
    series: [usage('kube_pod_container_status_restarts_total', WEB, '0x10 1x10 2x100')],
    at: '50m',
    alert: 'PodRestarts',
    fires: [],
  },
};

test.each(Object.entries(CASES))('%s', async (name, { series, at, alert, fires }) => {
  const rules = rulesOf('prod');
  const percent = { HighCpuUsage: '80 % of its CPU limit', HighMemoryUsage: '85 % of its memory limit' }[
    alert
  ];
  const { annotations } = find(fromDist('prod', 'monitoring'), 'PrometheusRule')
    .spec.groups.flatMap((group: { rules: unknown[] }) => group.rules)
    .find((rule: { alert?: string }) => rule.alert === alert);
  const expected = fires.map((where) => {
    const [pod, container] = where.split('/');
    return {
      exp_labels: { severity: 'warning', namespace: 'shop-prod', pod, container },
      exp_annotations: {
        summary:
          percent === undefined
            ? `shop-prod/${pod} (${container}) restarted more than 3 times in 1h`
            : `shop-prod/${pod} (${container}) uses more than ${percent}`,
        description: annotations.description,
      },
    };
  });
  const file = join(scratch.path, `${name.replace(/\W+/g, '-')}.yml`);
  writeFileSync(
    file,
    stringify({
      rule_files: [rules],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: series,
          alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
        },
      ],
    }),
  );
  const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', file]);
  expect(code === 0 ? '' : stdout + stderr).toBe('');
});

const JOB = 'namespace="shop-prod",pod="shop-web-6c8f9d7b5d-x2x4z",job="shop-web"';
const POSTGRES = 'namespace="shop-prod",pod="data-db-0"';
const CACHE = 'namespace="shop-prod",pod="data-cache-0"';
const HPA = 'namespace="shop-prod",horizontalpodautoscaler="shop-web"';
const requests = (label: string, status: string, perMinute: number) =>
  usage('http_requests_total', `${JOB},${label}="${status}"`, `0+${perMinute}x120`);
const connections = (count: number) => [
  usage('pg_stat_activity_count', `${POSTGRES},state="idle",datname="app"`, `${count}x120`),
  usage('pg_settings_max_connections', POSTGRES, '200x120'),
  usage('pg_settings_superuser_reserved_connections', POSTGRES, '3x120'),
];
const caching = (hits: number, misses: number, evictions: number) => [
  usage('redis_keyspace_hits_total', CACHE, `0+${hits}x120`),
  usage('redis_keyspace_misses_total', CACHE, `0+${misses}x120`),
  usage('redis_evicted_keys_total', CACHE, `0+${evictions}x120`),
];
const replicas = (current: number) => [
  usage('kube_horizontalpodautoscaler_status_current_replicas', HPA, `${current}x120`),
  usage('kube_horizontalpodautoscaler_spec_max_replicas', HPA, '20x120'),
];

const SERVICE_CASES: Record<string, AlertCase> = {
  ...Object.fromEntries(
    ['code', 'status', 'status_code'].map((label) => [
      `HighErrorRate fires at 6 % of 5xx in the label ${label}`,
      {
        series: [requests(label, '200', 94), requests(label, '503', 6)],
        at: '15m',
        alert: 'HighErrorRate',
        fires: {
          labels: { severity: 'critical', namespace: 'shop-prod', job: 'shop-web' },
          summary: 'shop-web answers more than 5 % of its requests with a server error',
        },
      },
    ]),
  ),
  'HighErrorRate is silent at 4 %, and for 4xx': {
    series: [requests('code', '200', 50), requests('code', '503', 4), requests('code', '404', 46)],
    at: '15m',
    alert: 'HighErrorRate',
  },
  'HighErrorRate is silent without traffic': {
    series: [requests('code', '200', 0), requests('code', '503', 0)],
    at: '15m',
    alert: 'HighErrorRate',
  },
  'HighLatency fires when one request in fifty takes longer than a second': {
    series: [
      usage('http_request_duration_seconds_bucket', `${JOB},le="1"`, '0+98x120'),
      usage('http_request_duration_seconds_bucket', `${JOB},le="5"`, '0+100x120'),
      usage('http_request_duration_seconds_bucket', `${JOB},le="+Inf"`, '0+100x120'),
    ],
    at: '20m',
    alert: 'HighLatency',
    fires: {
      labels: { severity: 'warning', namespace: 'shop-prod', job: 'shop-web' },
      summary: 'One in a hundred requests of shop-web takes longer than 1 s',
    },
  },
  'PostgresConnectionsHigh fires at 160 of the 197 that are not reserved': {
    series: connections(160),
    at: '15m',
    alert: 'PostgresConnectionsHigh',
    fires: {
      labels: { severity: 'critical', namespace: 'shop-prod', pod: 'data-db-0' },
      summary: 'shop-prod/data-db-0 has more than 80 % of its connections in use',
    },
  },
  'PostgresConnectionsHigh is silent at 150': {
    series: connections(150),
    at: '15m',
    alert: 'PostgresConnectionsHigh',
  },
  'CacheTooSmall fires when keys are evicted and three of four are found': {
    series: caching(75, 25, 60),
    at: '40m',
    alert: 'CacheTooSmall',
    fires: {
      labels: { severity: 'warning', namespace: 'shop-prod', pod: 'data-cache-0' },
      summary: 'shop-prod/data-cache-0 evicts keys, and answers less than 80 % of what it is asked',
    },
  },
  'CacheTooSmall is silent when misses are not for want of room': {
    series: caching(75, 25, 0),
    at: '40m',
    alert: 'CacheTooSmall',
  },
  'CacheTooSmall is silent for a full cache that is asked for what it has': {
    series: caching(95, 5, 60),
    at: '40m',
    alert: 'CacheTooSmall',
  },
  'CacheTooSmall is silent for a cache that is not asked': {
    series: caching(0, 0, 60),
    at: '40m',
    alert: 'CacheTooSmall',
  },
  'CacheRefusesConnections fires at once': {
    series: [usage('redis_rejected_connections_total', CACHE, '0x9 1x110')],
    at: '11m',
    alert: 'CacheRefusesConnections',
    fires: {
      labels: { severity: 'critical', namespace: 'shop-prod', pod: 'data-cache-0' },
      summary: 'shop-prod/data-cache-0 refuses connections',
    },
  },
  'AutoscalerAtMaximum fires after a quarter of an hour': {
    series: replicas(20),
    at: '16m',
    alert: 'AutoscalerAtMaximum',
    fires: {
      labels: {
        severity: 'warning',
        namespace: 'shop-prod',
        horizontalpodautoscaler: 'shop-web',
      },
      summary: 'shop-prod/shop-web is at its maximum',
    },
  },
  'AutoscalerAtMaximum is silent below': { series: replicas(19), at: '30m', alert: 'AutoscalerAtMaximum' },
  'ContainerOomKilled fires after a kill for memory': {
    series: [
      usage('kube_pod_container_status_restarts_total', WEB, '0x9 1x110'),
      usage('kube_pod_container_status_last_terminated_reason', `${WEB},reason="OOMKilled"`, '_x9 1x110'),
    ],
    at: '12m',
    alert: 'ContainerOomKilled',
    fires: {
      labels: {
        severity: 'warning',
        namespace: 'shop-prod',
        pod: 'shop-web-6c8f9d7b5d-x2x4z',
        container: 'web',
      },
      summary: 'shop-prod/shop-web-6c8f9d7b5d-x2x4z (web) was killed for its memory',
    },
  },
  'ContainerOomKilled is silent for a kill of long ago': {
    series: [
      usage('kube_pod_container_status_restarts_total', WEB, '0x9 1x110'),
      usage('kube_pod_container_status_last_terminated_reason', `${WEB},reason="OOMKilled"`, '_x9 1x110'),
    ],
    at: '60m',
    alert: 'ContainerOomKilled',
  },
};

test.each(Object.entries(SERVICE_CASES))('%s', async (name, one) => {
  const rule = find(fromDist('prod', 'monitoring'), 'PrometheusRule');
  expect(await alertProblem(scratch, rule, name, one)).toBe('');
});

test('the recording rules give the numbers that their names say', async () => {
  const file = join(scratch.path, 'records.yml');
  const cache = 'namespace="shop-prod",pod="data-cache-0"';
  const db = 'namespace="shop-prod",pod="data-db-0"';
  const record = (name: string, labels: string, value: number) => ({
    expr: name,
    eval_time: '30m',
    exp_samples: [{ labels: `${name}{${labels}}`, value }],
  });
  const pod = 'namespace="shop-prod",pod="shop-web-6c8f9d7b5d-x2x4z"';
  writeFileSync(
    file,
    stringify({
      rule_files: [rulesOf('prod')],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            cpu(WEB, 50),
            usage('container_cpu_usage_seconds_total', `${pod},container=""`, '0+15x120'),
            usage('container_memory_working_set_bytes', WEB, '1000x120'),
            usage('container_network_receive_bytes_total', pod, '0+600x120'),
            usage('container_network_transmit_bytes_total', pod, '0+1200x120'),
            usage('http_requests_total', `${pod},code="200"`, '0+60x120'),
            usage('http_requests_total', `${pod},code="500"`, '0+60x120'),
            usage('http_request_duration_seconds_bucket', `${pod},job="shop-web",le="0.1"`, '0+99x120'),
            usage('http_request_duration_seconds_bucket', `${pod},job="shop-web",le="+Inf"`, '0+100x120'),
            usage('pg_stat_activity_count', `${db},state="active",datname="app"`, '3x120'),
            usage('pg_stat_activity_count', `${db},state="idle",datname="app"`, '5x120'),
            usage('redis_keyspace_hits_total', cache, '0+540x120'),
            usage('redis_keyspace_misses_total', cache, '0+60x120'),
          ],
          promql_expr_test: [
            record(
              'namespace_pod_container:container_cpu_usage_seconds:rate5m',
              `container="web",${pod}`,
              0.25,
            ),
            record('namespace_pod:container_cpu_usage_seconds:rate5m', pod, 0.25),
            record(
              'namespace_pod_container:container_memory_working_set_bytes:max',
              `container="web",${pod}`,
              1000,
            ),
            record('namespace_pod:container_memory_working_set_bytes:sum', pod, 1000),
            record('namespace_pod:container_network_receive_bytes:rate5m', pod, 10),
            record('namespace_pod:container_network_transmit_bytes:rate5m', pod, 20),
            record('namespace_pod:http_requests:rate5m', pod, 2),
            record(
              'namespace_job:http_request_duration_seconds:p99_rate5m',
              'namespace="shop-prod",job="shop-web"',
              0.1,
            ),
            record('namespace_pod:pg_stat_activity_count:active', db, 3),
            record('namespace_pod:redis_keyspace_hits:rate5m', cache, 9),
            record('namespace_pod:redis_keyspace_misses:rate5m', cache, 1),
          ],
        },
      ],
    }),
  );
  const { code, stdout, stderr } = await runCommand('promtool', ['test', 'rules', file]);
  expect(code === 0 ? '' : stdout + stderr).toBe('');
});
