import { fromDist } from '../support/dist';
import { find } from '../support/synth';
import { scratchDirectory } from './harness';
import { type AlertCase, alertProblem, usage } from './promtool';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const RULES = find(fromDist('prod', 'monitoring'), 'PrometheusRule');

const WEB = 'namespace="shop-prod",pod="shop-web-6c8f9d7b5d-x2x4z",container="web"';
const JOB = 'namespace="shop-prod",pod="shop-web-6c8f9d7b5d-x2x4z",job="shop-web"';
const POSTGRES = 'namespace="shop-prod",pod="data-db-0"';
const CACHE = 'namespace="shop-prod",pod="data-cache-0"';
const EDGE = 'namespace="shop-prod",pod="edge-proxy-6c8f9d7b5d-x2x4z"';
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
/** Bytes that a proxy fetches for its cache in each second; its volume is made for 384 MiB. */
const fetched = (mebibytes: number) => [
  usage('nginx_cache_fetched_bytes_total', EDGE, `0+${mebibytes * 2 ** 20 * 60}x120`),
];
/** Requests that a proxy has at one time; its memory bears 1054. */
const underWay = (count: number) => [usage('nginx_connections_writing', EDGE, `${count}x120`)];
const replicas = (current: number) => [
  usage('kube_horizontalpodautoscaler_status_current_replicas', HPA, `${current}x120`),
  usage('kube_horizontalpodautoscaler_spec_max_replicas', HPA, '20x120'),
];

const CASES: Record<string, AlertCase> = {
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
  'CacheFilledTooFast fires above half of what the volume has room for': {
    series: fetched(200),
    at: '10m',
    alert: 'CacheFilledTooFast',
    fires: {
      labels: { severity: 'warning', namespace: 'shop-prod', pod: 'edge-proxy-6c8f9d7b5d-x2x4z' },
      summary: 'shop-prod/edge-proxy-6c8f9d7b5d-x2x4z fetches more than 50 % of what its volume has room for',
    },
  },
  'CacheFilledTooFast is silent below': { series: fetched(180), at: '10m', alert: 'CacheFilledTooFast' },
  'ProxyNearlyFull fires above 80 % of the requests that a pod bears': {
    series: underWay(860),
    at: '10m',
    alert: 'ProxyNearlyFull',
    fires: {
      labels: { severity: 'warning', namespace: 'shop-prod', pod: 'edge-proxy-6c8f9d7b5d-x2x4z' },
      summary:
        'shop-prod/edge-proxy-6c8f9d7b5d-x2x4z has more than 80 % of the requests that its memory bears',
    },
  },
  'ProxyNearlyFull is silent below': { series: underWay(820), at: '10m', alert: 'ProxyNearlyFull' },
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

test.each(Object.entries(CASES))('%s', async (name, one) => {
  expect(await alertProblem(scratch, RULES, name, one)).toBe('');
});
