import { MetricFamily } from '../connection/monitored';
import { CONNECTIONS, POD, WHERE } from './alert-terms-emitter';
import { duration } from './duration';
import { externalAlerts } from './external-alerts-emitter';
import { REDIS_EXPORTER, type RuleText } from './key-metrics-emitter';
import { equal, type Matcher, maxBy, type PodScope, rate, select, series, sumBy } from './promql-emitter';

/** What the alerts on a service need to know of it. */
export interface AlertedService {
  readonly name: string;
  /** Whose series it serves; undefined when it serves none. */
  readonly family?: MetricFamily;
  /** Name of the HorizontalPodAutoscaler that scales it. */
  readonly autoscalerName?: string;
  /** Wait of a client of a pooler that is worth an alert, in seconds. */
  readonly longWait: () => number;
  /** Connections that clients may open to a store that exists elsewhere; undefined: not known. */
  readonly clientConnections?: number;
  /** Requests at one time that a pod bears; undefined: nobody is turned away, or nobody counts. */
  readonly requestsAtOnce?: number;
  /** What misses may write to its cache per second; undefined: it is not bounded, or not measured. */
  readonly fillBytesPerSecond?: number;
}

export interface ServiceThresholds {
  readonly errors: { readonly percent: number; readonly seconds: number };
  readonly latency: { readonly limitSeconds: number; readonly seconds: number };
}

const WINDOW = '5m';
const JOB = ['namespace', 'job'];

/** Names that client libraries give to the label of the status. */
const STATUS_LABELS = ['code', 'status', 'status_code'];

/** A standby that follows asynchronously is seconds behind in a burst. A proposal. */
const LAG_SECONDS = 30;
/** A client that waits this long for a connection of the pooler notices. A proposal. */
const WAIT_SECONDS = 5;
/** A cache that evicts and answers less than this of what it is asked is too small. A proposal. */
const HIT_RATIO = 0.8;

/**
 * Part of the rate that the volume of a cache was sized for, as a mean of five minutes: within them there are ten seconds
 * that are above it. A proposal.
 */
const FILL_RATE = 0.5;

/** Part of the requests that a pod bears, as a mean of five minutes; beyond all of them visitors get 503. A proposal. */
const FULL = 0.8;

/**
 * Alerts on what users and operators notice, each only where something that serves its series is watched: errors and
 * latency of web applications, connections of databases, caches that are too small, autoscalers at their maximum.
 */
export function serviceAlerts(
  namespace: string | undefined,
  services: readonly AlertedService[],
  thresholds: ServiceThresholds,
): RuleText[] {
  const named = (workloads: readonly string[]) =>
    workloads.length === 0 ? undefined : { namespace, workloads };
  const of = (families: readonly MetricFamily[]) =>
    named(services.filter(({ family }) => family && families.includes(family)).map(({ name }) => name));
  const alertsOf = (families: readonly MetricFamily[], alerts: (pods: PodScope) => RuleText[]) => {
    const pods = of(families);
    return pods ? alerts(pods) : [];
  };
  const scalers = services.flatMap(({ autoscalerName }) => autoscalerName ?? []).sort();
  return [
    ...alertsOf([MetricFamily.HTTP], (pods) => webAlerts(pods, thresholds)),
    ...alertsOf([MetricFamily.POSTGRES], postgresAlerts),
    ...alertsOf([MetricFamily.CLOUD_NATIVE_PG], clusterAlerts),
    ...poolerAlerts(namespace, services),
    ...alertsOf(REDIS_EXPORTER, cacheAlerts),
    ...externalAlerts(namespace, services),
    ...fillAlerts(namespace, services),
    ...fullAlerts(namespace, services),
    ...(scalers.length > 0 ? [atMaximum(namespace, scalers)] : []),
  ];
}

function webAlerts(pods: PodScope, { errors, latency }: ServiceThresholds): RuleText[] {
  const failed = STATUS_LABELS.map((label) =>
    rate(series('http_requests_total', pods, { label, op: '=~', value: '5..' }), WINDOW),
  ).join(' or ');
  const buckets = rate(series('http_request_duration_seconds_bucket', pods), WINDOW);
  return [
    {
      alert: 'HighErrorRate',
      expr: `${sumBy(JOB, failed)} / ${sumBy(JOB, rate(series('http_requests_total', pods), WINDOW))} > ${errors.percent / 100}`,
      for: duration(errors.seconds),
      labels: { severity: 'critical' },
      annotations: {
        summary: `{{ $labels.job }} answers more than ${errors.percent} % of its requests with a server error`,
        description: 'Look at what was rolled out last, and at the database and the cache that it uses.',
      },
    },
    {
      alert: 'HighLatency',
      expr: `histogram_quantile(0.99, ${sumBy([...JOB, 'le'], buckets)}) > ${latency.limitSeconds}`,
      for: duration(latency.seconds),
      labels: { severity: 'warning' },
      annotations: {
        summary: `One in a hundred requests of {{ $labels.job }} takes longer than ${latency.limitSeconds} s`,
        description: 'Look whether its autoscaler is at the maximum, and at what it waits for.',
      },
    },
  ];
}

function connections(pods: PodScope, used: string, setting: (name: string) => string): RuleText {
  const free = `(${setting('max_connections')} - ${setting('superuser_reserved_connections')})`;
  return {
    alert: 'PostgresConnectionsHigh',
    expr: `${sumBy(POD, series(used, pods))} / on (${POD.join(', ')}) ${free} > ${CONNECTIONS}`,
    for: '10m',
    labels: { severity: 'critical' },
    annotations: {
      summary: `${WHERE} has more than ${CONNECTIONS * 100} % of its connections in use`,
      description: 'Beyond the last it refuses everybody. Look for who holds them: pg_stat_activity.',
    },
  };
}

function postgresAlerts(pods: PodScope): RuleText[] {
  const setting = (name: string) => maxBy(POD, series(`pg_settings_${name}`, pods));
  return [connections(pods, 'pg_stat_activity_count', setting)];
}

/** What only several instances have: a standby that is behind, WAL that no archive takes. */
function clusterAlerts(pods: PodScope): RuleText[] {
  const setting = (name: string) => maxBy(POD, series('cnpg_pg_settings_setting', pods, equal('name', name)));
  return [
    { ...connections(pods, 'cnpg_backends_total', setting), alert: 'PostgresClusterConnectionsHigh' },
    {
      alert: 'PostgresStandbyBehind',
      expr: `${maxBy(POD, series('cnpg_pg_replication_lag', pods))} > ${LAG_SECONDS}`,
      for: '5m',
      labels: { severity: 'warning' },
      annotations: {
        summary: `${WHERE} is more than ${LAG_SECONDS} s behind its primary`,
        description:
          'Who reads from it sees old rows, and a failover to it would lose them. Look at its disk and its CPU.',
      },
    },
    {
      alert: 'PostgresArchiveFails',
      expr: `${sumBy(POD, `increase(${series('cnpg_pg_stat_archiver_failed_count', pods)}[15m])`)} > 0`,
      for: '15m',
      labels: { severity: 'critical' },
      annotations: {
        summary: `${WHERE} cannot archive its WAL`,
        description:
          'It is kept until it is archived, and fills the volume; no moment since can be restored. Look at the object store.',
      },
    },
  ];
}

/** Age of the oldest client that waits for a connection, in seconds, as both exporters of PgBouncer call it. */
const MAX_WAIT = new Map([
  [MetricFamily.PGBOUNCER, 'pgbouncer_pools_client_maxwait_seconds'],
  [MetricFamily.CLOUD_NATIVE_PG_POOLER, 'cnpg_pgbouncer_pools_maxwait'],
]);

/** Poolers in a queue for minutes, and those whose queue is about to be cut off, each by its own `query_wait_timeout`. */
function poolerAlerts(namespace: string | undefined, services: readonly AlertedService[]): RuleText[] {
  const poolers = services.flatMap(({ name, family, longWait }) => {
    const metric = family && MAX_WAIT.get(family);
    return metric ? [{ wait: maxBy(POD, series(metric, { namespace, workloads: [name] })), longWait }] : [];
  });
  if (poolers.length === 0) return [];
  return [
    {
      alert: 'PoolerClientsWait',
      expr: poolers.map(({ wait }) => `${wait} > ${WAIT_SECONDS}`).join(' or '),
      for: '5m',
      labels: { severity: 'warning' },
      annotations: {
        summary: `Clients of ${WHERE} wait longer than ${WAIT_SECONDS} s for a connection`,
        description: 'Look for long transactions, and whether the database is at its CPU limit.',
      },
    },
    {
      // At once: a queue that grows is at query_wait_timeout when this time has passed once more.
      alert: 'PoolerQueueTooLong',
      expr: () => poolers.map(({ wait, longWait }) => `${wait} > ${longWait()}`).join(' or '),
      labels: { severity: 'critical' },
      annotations: {
        summary: `A client of ${WHERE} has waited {{ $value }} s for a connection, and is cut off soon`,
        description:
          'This is half of query_wait_timeout or more. Look for long transactions and at the CPU of the database; send it less or give it more CPU, or set queryWaitTimeout where so long a queue is meant.',
      },
    },
  ];
}

function cacheAlerts(pods: PodScope): RuleText[] {
  const perSecond = (metric: string) => sumBy(POD, rate(series(metric, pods), WINDOW));
  const hits = perSecond('redis_keyspace_hits_total');
  const misses = perSecond('redis_keyspace_misses_total');
  return [
    {
      alert: 'CacheTooSmall',
      expr: `(${hits} / (${hits} + ${misses}) < ${HIT_RATIO}) and on (${POD.join(', ')}) (${perSecond('redis_evicted_keys_total')} > 0)`,
      for: '30m',
      labels: { severity: 'warning' },
      annotations: {
        summary: `${WHERE} evicts keys, and answers less than ${HIT_RATIO * 100} % of what it is asked`,
        description: 'Give it more memory, or keep less in it.',
      },
    },
    {
      alert: 'CacheRefusesConnections',
      expr: `${sumBy(POD, `increase(${series('redis_rejected_connections_total', pods)}[${WINDOW}])`)} > 0`,
      labels: { severity: 'critical' },
      annotations: {
        summary: `${WHERE} refuses connections`,
        description: 'maxclients is reached. Look for a client that opens a connection for each request.',
      },
    },
  ];
}

/** Each cache has a volume of its own size, so each has a rate of its own. */
function fillAlerts(namespace: string | undefined, services: readonly AlertedService[]): RuleText[] {
  const each = services.flatMap(({ name, fillBytesPerSecond }) => {
    if (fillBytesPerSecond === undefined) return [];
    const fetched = series('nginx_cache_fetched_bytes_total', { namespace, workloads: [name] });
    return [`${sumBy(POD, rate(fetched, WINDOW))} > ${Math.floor(FILL_RATE * fillBytesPerSecond)}`];
  });
  if (each.length === 0) return [];
  return [
    {
      alert: 'CacheFilledTooFast',
      expr: each.join(' or '),
      labels: { severity: 'warning' },
      annotations: {
        summary: `${WHERE} fetches more than ${FILL_RATE * 100} % of what its volume has room for`,
        description:
          'nginx looks at the size of its cache every 10 s; what is fetched faster than fillRate outgrows the volume, and the pod is evicted. Raise fillRate, set minUses to 2, or use a volume with a hard size. Look for who asks for what nobody has asked for before.',
      },
    },
  ];
}

function fullAlerts(namespace: string | undefined, services: readonly AlertedService[]): RuleText[] {
  const each = services.flatMap(({ name, requestsAtOnce }) => {
    if (requestsAtOnce === undefined) return [];
    const requests = series('nginx_connections_writing', { namespace, workloads: [name] });
    return [`${sumBy(POD, `avg_over_time(${requests}[${WINDOW}])`)} > ${Math.floor(FULL * requestsAtOnce)}`];
  });
  if (each.length === 0) return [];
  return [
    {
      alert: 'ProxyNearlyFull',
      expr: each.join(' or '),
      labels: { severity: 'warning' },
      annotations: {
        summary: `${WHERE} has more than ${FULL * 100} % of the requests that its memory bears`,
        description:
          'Beyond all of them visitors get 503. Add replicas, by an autoscaler on nginx_connections_writing or by hand, or memory. If the origin is slow, its requests pile up here.',
      },
    },
  ];
}

function atMaximum(namespace: string | undefined, scalers: readonly string[]): RuleText {
  const labels = ['namespace', 'horizontalpodautoscaler'];
  const matchers: Matcher[] = [
    ...(namespace === undefined ? [] : [equal('namespace', namespace)]),
    { label: 'horizontalpodautoscaler', op: '=~', value: scalers.join('|') },
  ];
  const hpa = (field: string) => maxBy(labels, select(`kube_horizontalpodautoscaler_${field}`, matchers));
  return {
    alert: 'AutoscalerAtMaximum',
    expr: `${hpa('status_current_replicas')} >= ${hpa('spec_max_replicas')}`,
    for: '15m',
    labels: { severity: 'warning' },
    annotations: {
      summary: '{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} is at its maximum',
      description: 'More load is not answered by more pods. Raise the maximum, and what it draws on.',
    },
  };
}
