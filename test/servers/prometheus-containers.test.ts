import { alertComplaints, cpu, type Series, usage, WEB } from './prometheus-rules';

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
  readonly series: readonly Series[];
  readonly at: string;
  readonly alert: string;
  /** `pod/container` of each alert that fires. */
  readonly fires: readonly string[];
}

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

/** What a container does that an alert is about. */
const DOES: Record<string, string> = {
  HighCpuUsage: 'uses more than 80 % of its CPU limit',
  HighMemoryUsage: 'uses more than 85 % of its memory limit',
  PodRestarts: 'restarted more than 3 times in 1h',
};

test.each(Object.entries(CASES))('%s', async (_, { series, at, alert, fires }) => {
  const firing = fires.map((where) => {
    const [pod, container] = where.split('/');
    return {
      labels: { severity: 'warning', namespace: 'shop-prod', pod, container },
      summary: `shop-prod/${pod} (${container}) ${DOES[alert]}`,
    };
  });
  expect(await alertComplaints(series, at, alert, firing)).toBe('');
});
