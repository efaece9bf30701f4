/** A worker that events scale, and a trigger of each kind. */
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  type KubernetesVersion,
  type ScalingPolicy,
  ScalingTrigger,
  TriggerAuthentication,
} from 'cdk8s-tuned';
import { type Manifest, manifests, newChart } from '../../support/synth';

export const IMAGE = 'registry.example.com/worker:1.8.2';

export function synth(
  scaling: (chart: ReturnType<typeof newChart>) => ScalingPolicy,
  version?: KubernetesVersion,
): Manifest[] {
  const chart = newChart(version);
  new BackgroundWorker(chart, 'worker', { image: IMAGE, scaling: scaling(chart) });
  return manifests(chart);
}

export const rabbitMq = (chart: ReturnType<typeof newChart>) =>
  ScalingTrigger.rabbitMq({
    queue: 'orders',
    messagesPerReplica: 50,
    virtualHost: '/',
    authentication: TriggerAuthentication.fromSecret({
      secret: Secret.fromSecretName(chart, 'queue', 'queue-credentials'),
      parameters: { host: 'amqp-url' },
    }),
  });

export const office = ScalingTrigger.schedule({
  timeZone: 'Europe/Berlin',
  start: '0 6 * * MON-FRI',
  end: '0 20 * * MON-FRI',
  replicas: 5,
});

export const redisList = ScalingTrigger.redisList({
  host: 'data-cache.shop.svc',
  list: 'jobs',
  itemsPerReplica: 10,
  activationItems: 3,
  enableTls: true,
  authentication: TriggerAuthentication.named('cache-login'),
});

export const prometheus = ScalingTrigger.prometheus({
  server: 'http://prometheus.monitoring.svc:9090',
  query: 'sum(rate(http_requests_total{service="shop (old)"}[2m]))',
  threshold: 100.5,
  authentication: TriggerAuthentication.clusterNamed('metrics'),
  authModes: ['bearer'],
});

export const postgres = ScalingTrigger.postgres({
  host: 'data-db.shop.svc',
  database: 'shop',
  user: 'keda',
  query: "SELECT count(*) FROM jobs WHERE state = 'new; -- not done'",
  valuePerReplica: 20,
  authentication: TriggerAuthentication.named('db-login'),
});
