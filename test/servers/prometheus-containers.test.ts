import { fromDist } from '../support/dist';
import { find } from '../support/synth';
import { scratchDirectory } from './harness';
import { alertProblem, type Series, usage } from './promtool';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const RULES = find(fromDist('prod', 'monitoring'), 'PrometheusRule');

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

/** 0.5 CPU: 100 % is 30 CPU seconds per minute. */
const cpu = (where: string, percent: number) =>
  usage('container_cpu_usage_seconds_total', where, `0+${(30 * percent) / 100}x120`);

interface Case {
  readonly series: readonly Series[];
  readonly at: string;
  readonly alert: string;
  /** `pod/container` of the alert that fires; undefined: it is silent. */
  readonly fires?: string;
}

const CASES: Record<string, Case> = {
  'HighCpuUsage fires above 80 % of the limit for 5 minutes': {
    series: [cpu(WEB, 85), limit(WEB, 'cpu', 0.5), cpu(OTHER, 99), limit(OTHER, 'cpu', 0.5)],
    at: '15m',
    alert: 'HighCpuUsage',
    fires: 'shop-web-6c8f9d7b5d-x2x4z/web',
  },
  'HighCpuUsage is silent at 75 %': {
    series: [cpu(WEB, 75), limit(WEB, 'cpu', 0.5)],
    at: '15m',
    alert: 'HighCpuUsage',
  },
  'HighCpuUsage waits its 5 minutes': {
    series: [cpu(WEB, 85), limit(WEB, 'cpu', 0.5)],
    at: '4m',
    alert: 'HighCpuUsage',
  },
  'HighMemoryUsage fires above 85 % of the limit': {
    series: [
      usage('container_memory_working_set_bytes', WEB, `${0.86 * GIB}x120`),
      limit(WEB, 'memory', GIB),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: 'shop-web-6c8f9d7b5d-x2x4z/web',
  },
  'HighMemoryUsage is silent at 84 %': {
    series: [
      usage('container_memory_working_set_bytes', WEB, `${0.84 * GIB}x120`),
      limit(WEB, 'memory', GIB),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
  },
  'HighMemoryUsage does not take the page cache of a database for use': {
    series: [
      usage('container_memory_working_set_bytes', DB, `${15.9 * GIB}x120`),
      usage('container_memory_rss', DB, `${2 * GIB}x120`),
      limit(DB, 'memory', 16 * GIB),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
  },
  'HighMemoryUsage looks at the exporter of a database as at any other container': {
    series: [
      usage('container_memory_working_set_bytes', EXPORTER, `${60 * 2 ** 20}x120`),
      usage('container_memory_rss', EXPORTER, `${10 * 2 ** 20}x120`),
      limit(EXPORTER, 'memory', 64 * 2 ** 20),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: 'data-db-0/exporter',
  },
  'HighMemoryUsage is silent for an exporter that is well': {
    series: [
      usage('container_memory_working_set_bytes', EXPORTER, `${20 * 2 ** 20}x120`),
      usage('container_memory_rss', EXPORTER, `${10 * 2 ** 20}x120`),
      limit(EXPORTER, 'memory', 64 * 2 ** 20),
    ],
    at: '10m',
    alert: 'HighMemoryUsage',
  },
  'HighMemoryUsage counts the shared buffers of a database': {
    series: [usage('container_memory_rss', DB, `${10 * GIB}x120`), limit(DB, 'memory', 16 * GIB)],
    at: '10m',
    alert: 'HighMemoryUsage',
    fires: 'data-db-0/postgres',
  },
  'PodRestarts fires at the fourth restart in an hour': {
    series: [usage('kube_pod_container_status_restarts_total', WEB, '0x10 1x10 2x10 3x10 4x60')],
    at: '50m',
    alert: 'PodRestarts',
    fires: 'shop-web-6c8f9d7b5d-x2x4z/web',
  },
  'PodRestarts is silent at the second': {
    series: [usage('kube_pod_container_status_restarts_total', WEB, '0x10 1x10 2x100')],
    at: '50m',
    alert: 'PodRestarts',
  },
};

/** What a container does that an alert is about. */
const DOES: Record<string, string> = {
  HighCpuUsage: 'uses more than 80 % of its CPU limit',
  HighMemoryUsage: 'uses more than 85 % of its memory limit',
  PodRestarts: 'restarted more than 3 times in 1h',
};

test.each(Object.entries(CASES))('%s', async (name, { fires, ...rest }) => {
  const [pod, container] = fires?.split('/') ?? [];
  const firing =
    fires === undefined
      ? undefined
      : {
          labels: { severity: 'warning', namespace: 'shop-prod', pod, container },
          summary: `shop-prod/${pod} (${container}) ${DOES[rest.alert]}`,
        };
  expect(await alertProblem(scratch, RULES, name, { ...rest, fires: firing })).toBe('');
});
