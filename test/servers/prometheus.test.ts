import { ENVIRONMENTS, fromDist } from '../support/dist';
import { find } from '../support/synth';
import { runCommand, scratchDirectory } from './harness';
import { ruleProblem, rulesFile, usage } from './promtool';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const rulesOf = (environment: string) => find(fromDist(environment, 'monitoring'), 'PrometheusRule');

test.each(ENVIRONMENTS)('%s: promtool accepts the rules', async (environment) => {
  const { code, stdout, stderr } = await runCommand('promtool', [
    'check',
    'rules',
    '--lint=all',
    '--lint-fatal',
    rulesFile(scratch, environment, rulesOf(environment)),
  ]);
  expect({ code, stderr, stdout }).toMatchObject({
    code: 0,
    stderr: '',
    // Two are of a database of the shop's own.
    stdout: expect.stringContaining(`SUCCESS: ${environment === 'staging' ? 25 : 27} rules found`),
  });
});

test('the recording rules give the numbers that their names say', async () => {
  const cache = 'namespace="shop-prod",pod="data-cache-0"';
  const db = 'namespace="shop-prod",pod="data-db-0"';
  const record = (name: string, labels: string, value: number) => ({
    expr: name,
    eval_time: '30m',
    exp_samples: [{ labels: `${name}{${labels}}`, value }],
  });
  const pod = 'namespace="shop-prod",pod="shop-web-6c8f9d7b5d-x2x4z"';
  const web = `${pod},container="web"`;
  const series = [
    usage('container_cpu_usage_seconds_total', web, '0+15x120'),
    usage('container_cpu_usage_seconds_total', `${pod},container=""`, '0+15x120'),
    usage('container_memory_working_set_bytes', web, '1000x120'),
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
  ];
  const records = [
    record('namespace_pod_container:container_cpu_usage_seconds:rate5m', `container="web",${pod}`, 0.25),
    record('namespace_pod:container_cpu_usage_seconds:rate5m', pod, 0.25),
    record('namespace_pod_container:container_memory_working_set_bytes:max', `container="web",${pod}`, 1000),
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
  ];
  const problem = await ruleProblem(scratch, rulesOf('prod'), 'records', series, {
    promql_expr_test: records,
  });
  expect(problem).toBe('');
});
