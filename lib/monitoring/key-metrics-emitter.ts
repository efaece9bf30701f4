import { MetricFamily } from '../connection/monitored';
import {
  equal,
  type Matcher,
  matching,
  maxBy,
  notEqual,
  type PodScope,
  rate,
  series,
  sumBy,
} from './promql-emitter';

/** A rule of a PrometheusRule. */
export interface RuleText {
  readonly record?: string;
  readonly alert?: string;
  /** A function where the number in it is known only when every construct is there. */
  readonly expr: string | (() => string);
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A metric that the guide says to track, as it really is called. */
export interface KeyMetric {
  /** Name in the guide. */
  readonly guide: string;
  /** Name of the recording rule. */
  readonly record: string;
  /** Who serve it; undefined: the kubelet, for every pod. */
  readonly families?: readonly MetricFamily[];
  readonly expression: (pods: PodScope) => string;
}

/** Whose series postgres_exporter and redis_exporter serve, beside a server or alone. */
export const POSTGRES_EXPORTER = [MetricFamily.POSTGRES, MetricFamily.EXTERNAL_POSTGRES];
export const REDIS_EXPORTER = [MetricFamily.REDIS, MetricFamily.EXTERNAL_REDIS];

/** Four scrapes of the usual 30 s lie in it with room to spare. */
const WINDOW = '5m';
const CONTAINER = ['namespace', 'pod', 'container'];
const POD = ['namespace', 'pod'];

/** Series without a container are sums over the pod, those of POD its pause container: both would be counted twice. */
const REAL_CONTAINER = [notEqual('container', ''), notEqual('container', 'POD')];

export function containerCpu(pods: PodScope): string {
  return sumBy(CONTAINER, rate(series('container_cpu_usage_seconds_total', pods, ...REAL_CONTAINER), WINDOW));
}

export function containerWorkingSet(pods: PodScope, ...matchers: readonly Matcher[]): string {
  return maxBy(CONTAINER, series('container_memory_working_set_bytes', pods, ...REAL_CONTAINER, ...matchers));
}

/** Answers that nobody waited for the origin for; a revalidated page was asked for, but not sent again. */
const SERVED_FROM_CACHE = matching('status', 'HIT|STALE|UPDATING|REVALIDATED');
const FETCHED = matching('status', 'MISS|EXPIRED');
/** Private requests (BYPASS) are none that a cache could answer. */
const CACHEABLE = notEqual('status', 'BYPASS');

/**
 * The guide's metrics. Four of its names exist in no exporter, `container_memory_usage_bytes` counts page cache, and
 * `pod_cpu_usage_seconds_total` comes from an endpoint that kube-prometheus does not scrape.
 */
export const KEY_METRICS: readonly KeyMetric[] = [
  {
    guide: 'container_cpu_usage_seconds_total',
    record: 'namespace_pod_container:container_cpu_usage_seconds:rate5m',
    expression: containerCpu,
  },
  {
    guide: 'container_memory_usage_bytes',
    record: 'namespace_pod_container:container_memory_working_set_bytes:max',
    expression: (pods) => containerWorkingSet(pods),
  },
  {
    guide: 'container_network_receive_bytes_total',
    record: 'namespace_pod:container_network_receive_bytes:rate5m',
    expression: (pods) => sumBy(POD, rate(series('container_network_receive_bytes_total', pods), WINDOW)),
  },
  {
    guide: 'container_network_transmit_bytes_total',
    record: 'namespace_pod:container_network_transmit_bytes:rate5m',
    expression: (pods) => sumBy(POD, rate(series('container_network_transmit_bytes_total', pods), WINDOW)),
  },
  {
    guide: 'pod_cpu_usage_seconds_total',
    record: 'namespace_pod:container_cpu_usage_seconds:rate5m',
    expression: (pods) => sumBy(POD, containerCpu(pods)),
  },
  {
    guide: 'pod_memory_usage_bytes',
    record: 'namespace_pod:container_memory_working_set_bytes:sum',
    expression: (pods) => sumBy(POD, containerWorkingSet(pods)),
  },
  {
    guide: 'http_requests_total',
    record: 'namespace_pod:http_requests:rate5m',
    families: [MetricFamily.HTTP],
    expression: (pods) => sumBy(POD, rate(series('http_requests_total', pods), WINDOW)),
  },
  {
    guide: 'http_requests_total',
    record: 'namespace_pod:nginx_http_requests:rate5m',
    families: [MetricFamily.NGINX],
    expression: (pods) => sumBy(POD, rate(series('nginx_http_requests_total', pods), WINDOW)),
  },
  {
    guide: 'http_request_duration_seconds',
    record: 'namespace_job:http_request_duration_seconds:p99_rate5m',
    families: [MetricFamily.HTTP],
    expression: (pods) =>
      `histogram_quantile(0.99, ${sumBy(['namespace', 'job', 'le'], rate(series('http_request_duration_seconds_bucket', pods), WINDOW))})`,
  },
  {
    guide: 'database_connections_active',
    record: 'namespace_pod:pg_stat_activity_count:active',
    families: POSTGRES_EXPORTER,
    expression: (pods) => sumBy(POD, series('pg_stat_activity_count', pods, equal('state', 'active'))),
  },
  {
    guide: 'database_connections_active',
    record: 'namespace_pod:cnpg_backends:active',
    families: [MetricFamily.CLOUD_NATIVE_PG],
    expression: (pods) => sumBy(POD, series('cnpg_backends_total', pods, equal('state', 'active'))),
  },
  {
    guide: 'cache_hits_total',
    record: 'namespace_pod:redis_keyspace_hits:rate5m',
    families: REDIS_EXPORTER,
    expression: (pods) => sumBy(POD, rate(series('redis_keyspace_hits_total', pods), WINDOW)),
  },
  {
    guide: 'cache_misses_total',
    record: 'namespace_pod:redis_keyspace_misses:rate5m',
    families: REDIS_EXPORTER,
    expression: (pods) => sumBy(POD, rate(series('redis_keyspace_misses_total', pods), WINDOW)),
  },
  {
    guide: 'cache_hits_total',
    record: 'namespace_pod:nginx_cache_hits:rate5m',
    families: [MetricFamily.NGINX_CACHE],
    expression: (pods) =>
      sumBy(POD, rate(series('nginx_cache_requests_total', pods, SERVED_FROM_CACHE), WINDOW)),
  },
  {
    guide: 'cache_misses_total',
    record: 'namespace_pod:nginx_cache_misses:rate5m',
    families: [MetricFamily.NGINX_CACHE],
    expression: (pods) => sumBy(POD, rate(series('nginx_cache_requests_total', pods, FETCHED), WINDOW)),
  },
  {
    guide: 'cache_hits_total',
    record: 'namespace:nginx_cache_hit_ratio:rate5m',
    families: [MetricFamily.NGINX_CACHE],
    expression: (pods) => {
      const requests = (matcher: Matcher) =>
        sumBy(['namespace'], rate(series('nginx_cache_requests_total', pods, matcher), WINDOW));
      return `${requests(SERVED_FROM_CACHE)} / (${requests(CACHEABLE)} > 0)`;
    },
  },
];
