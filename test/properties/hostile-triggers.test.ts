/** Triggers of KEDA and their logins. */
import type { Chart } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import * as tuned from 'cdk8s-tuned';
import { type Attack, damages, numbers, texts, times } from './attack';
import { web } from './constructs';

const LOGIN = tuned.TriggerAuthentication.named('login');
const SCHEDULE = { timeZone: 'Etc/UTC', start: '0 6 * * *', end: '0 20 * * *', replicas: 5 };
const QUEUE = { queue: 'orders', messagesPerReplica: 5, authentication: LOGIN };
const LIST = { host: 'cache.shop', list: 'jobs', itemsPerReplica: 5 };
const PROMQL = { server: 'http://prometheus.monitoring:9090', query: 'up', threshold: 1 };
const SQL = {
  host: 'db.shop',
  database: 'shop',
  user: 'keda',
  query: 'SELECT 1',
  valuePerReplica: 1,
  authentication: LOGIN,
};
const triggered = (
  chart: Chart,
  props: Partial<tuned.EventScalingOptions>,
  trigger = tuned.ScalingTrigger.redisList(LIST),
) => web(chart, { scaling: tuned.ScalingPolicy.events({ triggers: [trigger], ...props }) });
const logsIn = (chart: Chart, authentication: tuned.TriggerAuthentication) =>
  triggered(chart, {}, tuned.ScalingTrigger.redisList({ ...LIST, authentication }));

const FACTORIES: Record<string, readonly Attack[]> = {
  'ScalingPolicy.events': [
    ...(['min', 'max'] as const).flatMap((key) =>
      numbers((chart, value) => triggered(chart, { [key]: value })),
    ),
    ...(['cooldown', 'pollingInterval'] as const).flatMap((key) =>
      times((chart, value) => triggered(chart, { scaleToZero: true, [key]: value })),
    ),
    ...numbers((chart, replicas) => triggered(chart, { fallback: { replicas } })),
    ...numbers((chart, failures) => triggered(chart, { fallback: { replicas: 3, failures } })),
    ...texts((chart, transferFrom) => triggered(chart, { transferFrom })),
  ],
  'ScalingTrigger texts': [
    ...(['timeZone', 'start', 'end'] as const).flatMap((key) =>
      texts((chart, text) =>
        triggered(chart, {}, tuned.ScalingTrigger.schedule({ ...SCHEDULE, [key]: text })),
      ),
    ),
    ...(['queue', 'virtualHost'] as const).flatMap((key) =>
      texts((chart, text) => triggered(chart, {}, tuned.ScalingTrigger.rabbitMq({ ...QUEUE, [key]: text }))),
    ),
    ...(['host', 'list', 'userVariable'] as const).flatMap((key) =>
      texts((chart, text) => triggered(chart, {}, tuned.ScalingTrigger.redisList({ ...LIST, [key]: text }))),
    ),
    ...(['server', 'query'] as const).flatMap((key) =>
      texts((chart, text) =>
        triggered(chart, {}, tuned.ScalingTrigger.prometheus({ ...PROMQL, [key]: text })),
      ),
    ),
    ...(['host', 'database', 'user', 'query', 'sslMode'] as const).flatMap((key) =>
      texts((chart, text) => triggered(chart, {}, tuned.ScalingTrigger.postgres({ ...SQL, [key]: text }))),
    ),
    ...texts((chart, text) =>
      triggered(chart, {}, tuned.ScalingTrigger.prometheus({ ...PROMQL, authModes: [text] })),
    ),
    ...texts((chart, type) => triggered(chart, {}, tuned.ScalingTrigger.custom({ type, metadata: {} }))),
    ...texts((chart, text) =>
      triggered(
        chart,
        {},
        tuned.ScalingTrigger.custom({ type: 'kafka', metadata: { [text]: text, a: text } }),
      ),
    ),
    ...texts((chart, metricType) =>
      triggered(chart, {}, tuned.ScalingTrigger.custom({ type: 'kafka', metadata: {}, metricType })),
    ),
  ],
  'ScalingTrigger numbers': [
    ...numbers((chart, replicas) =>
      triggered(chart, {}, tuned.ScalingTrigger.schedule({ ...SCHEDULE, replicas })),
    ),
    ...(['messagesPerReplica', 'activationMessages'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.rabbitMq({ ...QUEUE, [key]: value })),
      ),
    ),
    ...(['port', 'itemsPerReplica', 'activationItems', 'database'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.redisList({ ...LIST, [key]: value })),
      ),
    ),
    ...(['threshold', 'activationThreshold'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.prometheus({ ...PROMQL, [key]: value })),
      ),
    ),
    ...(['port', 'valuePerReplica', 'activationValue'] as const).flatMap((key) =>
      numbers((chart, value) =>
        triggered(chart, {}, tuned.ScalingTrigger.postgres({ ...SQL, [key]: value })),
      ),
    ),
    ...numbers((chart, value) => triggered(chart, {}, tuned.ScalingTrigger.cpuUtilization(value))),
  ],
  TriggerAuthentication: [
    ...texts((chart, name) => logsIn(chart, tuned.TriggerAuthentication.named(name))),
    ...texts((chart, name) => logsIn(chart, tuned.TriggerAuthentication.clusterNamed(name))),
    ...texts((chart, name) =>
      logsIn(
        chart,
        tuned.TriggerAuthentication.fromSecret({
          secret: Secret.fromSecretName(chart, 'login', name),
          parameters: { password: 'password' },
        }),
      ),
    ),
    ...texts((chart, text) =>
      logsIn(
        chart,
        tuned.TriggerAuthentication.fromSecret({
          secret: Secret.fromSecretName(chart, 'login', 'login'),
          parameters: { [text]: 'password', password: text },
        }),
      ),
    ),
  ],
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
