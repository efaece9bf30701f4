import { Chart, Duration, Size } from 'cdk8s';
import {
  BackgroundWorker,
  CacheRedis,
  NginxCachingProxy,
  PerformanceMonitoring,
  type PerformanceMonitoringProps,
  PostgresTopology,
  ScalableWebApp,
  ScalingPolicy,
  TunedApp,
  TunedPostgres,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { KEY_METRICS } from '../../lib/monitoring/key-metrics-emitter';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

function shop(chart: Chart) {
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE });
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
  const cache = new CacheRedis(chart, 'cache');
  const edge = new NginxCachingProxy(chart, 'edge', { backend: web });
  const worker = new BackgroundWorker(chart, 'worker', { image: IMAGE });
  return { web, db, cache, edge, worker };
}

function rulesOf(props: Partial<PerformanceMonitoringProps> = {}): Manifest[] {
  const chart = newChart();
  const { web, db, cache, edge } = shop(chart);
  new PerformanceMonitoring(chart, 'perf', { watch: [web, db, cache, edge], ...props });
  return find(manifests(chart), 'PrometheusRule').spec.groups.flatMap((group: Manifest) => group.rules);
}
const alert = (rules: Manifest[], name: string) => rules.find((rule) => rule.alert === name);

test("the guide's three alerts stand with its thresholds", () => {
  const rules = rulesOf();
  expect(alert(rules, 'HighCpuUsage')).toMatchObject({
    for: '5m',
    expr: expect.stringMatching(/resource="cpu"\}\) > 0\.8$/),
  });
  expect(alert(rules, 'HighMemoryUsage')).toMatchObject({
    for: '5m',
    expr: expect.stringMatching(/resource="memory"\}\) > 0\.85$/),
  });
  expect(alert(rules, 'PodRestarts').expr).toMatch(/\[1h\]\)\) > 3$/);
});

test('thresholds can be yours', () => {
  const rules = rulesOf({
    highCpuUsage: { threshold: 90, duration: Duration.minutes(10) },
    highMemoryUsage: { threshold: 70, duration: Duration.seconds(90) },
    podRestarts: { threshold: 5, duration: Duration.hours(2) },
  });
  expect(alert(rules, 'HighCpuUsage')).toMatchObject({ for: '10m', expr: expect.stringMatching(/> 0\.9$/) });
  expect(alert(rules, 'HighMemoryUsage')).toMatchObject({
    for: '90s',
    expr: expect.stringMatching(/> 0\.7$/),
  });
  expect(alert(rules, 'PodRestarts').expr).toMatch(/\[2h\]\)\) > 5$/);
});

test('errors and latency have thresholds too', () => {
  const rules = rulesOf({
    highErrorRate: { threshold: 1, duration: Duration.minutes(2) },
    highLatency: { latency: Duration.millis(250), duration: Duration.minutes(15) },
  });
  expect(alert(rules, 'HighErrorRate')).toMatchObject({ for: '2m', expr: expect.stringMatching(/> 0\.01$/) });
  expect(alert(rules, 'HighLatency')).toMatchObject({ for: '15m', expr: expect.stringMatching(/> 0\.25$/) });
});

test('what has a fixed number of replicas has no maximum to be at', () => {
  const chart = newChart();
  const web = new ScalableWebApp(chart, 'web', { image: IMAGE, scaling: ScalingPolicy.replicas(3) });
  new PerformanceMonitoring(chart, 'perf', { watch: [web] });
  expect(JSON.stringify(find(manifests(chart), 'PrometheusRule'))).not.toContain('AutoscalerAtMaximum');
});

test("each of the guide's eleven metrics is recorded from a series that exists", () => {
  const guide = [
    'container_cpu_usage_seconds_total',
    'container_memory_usage_bytes',
    'container_network_receive_bytes_total',
    'container_network_transmit_bytes_total',
    'pod_cpu_usage_seconds_total',
    'pod_memory_usage_bytes',
    'http_requests_total',
    'http_request_duration_seconds',
    'database_connections_active',
    'cache_hits_total',
    'cache_misses_total',
  ];
  expect(new Set(KEY_METRICS.map((metric) => metric.guide))).toEqual(new Set(guide));
  const chart = newChart();
  const engine = PostgresTopology.cloudNativePg();
  const cluster = new TunedPostgres(chart, 'cluster', { storage: Size.gibibytes(10), topology: engine });
  const { web, db, cache, edge } = shop(chart);
  new PerformanceMonitoring(chart, 'perf', { watch: [web, db, cluster, cache, edge] });
  const rules: Manifest[] = find(manifests(chart), 'PrometheusRule').spec.groups.flatMap(
    (group: Manifest) => group.rules,
  );
  for (const { record } of KEY_METRICS) expect(rules.map((rule) => rule.record)).toContain(record);
  const text = JSON.stringify(rules);
  for (const missing of [
    'pod_memory_usage_bytes',
    'database_connections_active',
    'cache_hits_total',
    'cache_misses_total',
    'container_memory_usage_bytes',
  ]) {
    expect(text).not.toMatch(new RegExp(`[^_]${missing}\\{`));
  }
});

test('only metrics that something watched serves are recorded, and only alerts that can fire are there', () => {
  const chart = newChart();
  const worker = new BackgroundWorker(chart, 'worker', {
    image: IMAGE,
    profile: WorkloadProfile.BACKGROUND_JOB.withoutCpuLimit(),
  });
  new PerformanceMonitoring(chart, 'perf', { watch: [worker] });
  const objects = manifests(chart);
  const rules: Manifest[] = find(objects, 'PrometheusRule').spec.groups.flatMap(
    (group: Manifest) => group.rules,
  );
  expect(rules.map((rule) => rule.record ?? rule.alert)).toEqual([
    ...KEY_METRICS.filter(({ families }) => families === undefined).map(({ record }) => record),
    'HighMemoryUsage',
    'PodRestarts',
    'ContainerOomKilled',
    'AutoscalerAtMaximum',
  ]);
  expect(objects.filter((object) => /Monitor$/.test(object.kind))).toEqual([]);
});

test('what has a Service port is scraped by it, what has none by its pods; both let Prometheus in', () => {
  const chart = newChart();
  const { web, db } = shop(chart);
  new PerformanceMonitoring(chart, 'perf', {
    watch: [web, db],
    labels: { release: 'stack' },
    scrapeInterval: Duration.seconds(15),
  });
  const objects = manifests(chart);
  expect(find(objects, 'ServiceMonitor')).toMatchObject({
    metadata: { name: 'shop-web', labels: { release: 'stack' } },
    spec: { endpoints: [{ port: 'http', path: '/metrics', interval: '15s' }] },
  });
  expect(find(objects, 'PodMonitor')).toMatchObject({
    metadata: { name: 'shop-db', labels: { release: 'stack' } },
    spec: { podMetricsEndpoints: [{ port: 'metrics', path: '/metrics', interval: '15s' }] },
  });
  expect(find(objects, 'NetworkPolicy', 'shop-db').spec.ingress).toEqual([
    {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      ports: [{ port: 9187, protocol: 'TCP' }],
    },
  ]);
});

test('workloads of several namespaces get rules of their own', () => {
  const app = new TunedApp({ outdir: '/nowhere' });
  const one = new Chart(app, 'one', { namespace: 'one' });
  const two = new Chart(app, 'two', { namespace: 'two' });
  const watch = [
    new ScalableWebApp(one, 'web', { image: IMAGE }),
    new ScalableWebApp(two, 'web', { image: IMAGE }),
  ];
  new PerformanceMonitoring(one, 'perf', { watch });
  const objects = manifests(one);
  const groups: Manifest[] = find(objects, 'PrometheusRule').spec.groups;
  expect(groups.map((group) => group.name)).toEqual([
    'one-perf-one-key-metrics',
    'one-perf-one-alerts',
    'one-perf-two-key-metrics',
    'one-perf-two-alerts',
  ]);
  expect(JSON.stringify(groups[2])).not.toContain('namespace=\\"one\\"');
  expect(find(objects, 'ServiceMonitor', 'two-web').spec.namespaceSelector).toEqual({ matchNames: ['two'] });
});

test.each<[string, Partial<PerformanceMonitoringProps>, string]>([
  ['nothing to watch', { watch: [] }, 'shop/perf: watch is []; allowed: at least one workload'],
  [
    'a threshold above the limit',
    { highCpuUsage: { threshold: 120, duration: Duration.minutes(5) } },
    'highCpuUsage.threshold is 120',
  ],
  [
    'scrapes that are too rare for the rates',
    { scrapeInterval: Duration.minutes(5) },
    'scrapeInterval is 300; allowed: a whole number from 5 to 60',
  ],
  ['a label that is none', { labels: { a: 'b c' } }, 'labels.a is "b c"'],
  ['a namespace that is none', { prometheusNamespace: 'Monitoring' }, 'prometheusNamespace is "Monitoring"'],
])('%s is refused', (_, props, message) => {
  expect(() => rulesOf(props)).toThrow(message);
});

test('watching one workload twice is refused', () => {
  const chart = newChart();
  const { web } = shop(chart);
  expect(() => new PerformanceMonitoring(chart, 'perf', { watch: [web, web] })).toThrow(
    'watch is "shop/web"; it is watched already',
  );
});
