/** What triggers ask of KEDA’s scalers, and how they log in. */
import { Secret } from 'cdk8s-plus-27';
import { ScalingPolicy, ScalingTrigger, TriggerAuthentication } from 'cdk8s-tuned';
import { find } from '../../support/synth';
import { office, postgres, prometheus, rabbitMq, redisList, synth } from './event-workers';

test('authentication is by reference: names and keys of a Secret, never what is in it', () => {
  const objects = synth((chart) => ScalingPolicy.events({ triggers: [office, rabbitMq(chart)] }));
  expect(find(objects, 'TriggerAuthentication')).toMatchObject({
    metadata: { name: 'shop-worker-1', namespace: 'shop' },
    spec: { secretTargetRef: [{ parameter: 'host', name: 'queue-credentials', key: 'amqp-url' }] },
  });
  expect(objects.filter((object) => object.kind === 'Secret')).toEqual([]);
});

test('every trigger says what KEDA’s scaler asks for', () => {
  const triggers = [
    office,
    redisList,
    prometheus,
    postgres,
    ScalingTrigger.cpuUtilization(70),
    ScalingTrigger.memoryUtilization(80),
    ScalingTrigger.custom({
      type: 'kafka',
      metadata: { topic: 'orders', lagThreshold: '50' },
      metricType: 'Value',
    }),
  ];
  expect(
    find(
      synth(() => ScalingPolicy.events({ triggers })),
      'ScaledObject',
    ).spec.triggers,
  ).toEqual([
    {
      type: 'cron',
      metadata: {
        timezone: 'Europe/Berlin',
        start: '0 6 * * MON-FRI',
        end: '0 20 * * MON-FRI',
        desiredReplicas: '5',
      },
    },
    {
      type: 'redis',
      metadata: {
        address: 'data-cache.shop.svc:6379',
        listName: 'jobs',
        listLength: '10',
        activationListLength: '3',
        enableTLS: 'true',
      },
      authenticationRef: { name: 'cache-login', kind: 'TriggerAuthentication' },
    },
    {
      type: 'prometheus',
      metadata: {
        serverAddress: 'http://prometheus.monitoring.svc:9090',
        query: 'sum(rate(http_requests_total{service="shop (old)"}[2m]))',
        threshold: '100.5',
        ignoreNullValues: 'false',
        authModes: 'bearer',
      },
      authenticationRef: { name: 'metrics', kind: 'ClusterTriggerAuthentication' },
    },
    {
      type: 'postgresql',
      metadata: {
        host: 'data-db.shop.svc',
        port: '5432',
        dbName: 'shop',
        userName: 'keda',
        sslmode: 'prefer',
        query: "SELECT count(*) FROM jobs WHERE state = 'new; -- not done'",
        targetQueryValue: '20',
      },
      authenticationRef: { name: 'db-login', kind: 'TriggerAuthentication' },
    },
    { type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } },
    { type: 'memory', metricType: 'Utilization', metadata: { value: '80' } },
    { type: 'kafka', metricType: 'Value', metadata: { topic: 'orders', lagThreshold: '50' } },
  ]);
});

test('a token in a Secret tells how the Prometheus scaler logs in', () => {
  const objects = synth((chart) =>
    ScalingPolicy.events({
      triggers: [
        ScalingTrigger.prometheus({
          server: 'https://metrics.example.com',
          query: 'up',
          threshold: 1,
          emptyIsZero: true,
          authentication: TriggerAuthentication.fromSecret({
            secret: Secret.fromSecretName(chart, 'token', 'metrics-token'),
            parameters: { bearerToken: 'token', ca: 'ca.crt' },
          }),
        }),
      ],
    }),
  );
  expect(find(objects, 'ScaledObject').spec.triggers[0].metadata).toMatchObject({
    authModes: 'bearer',
    ignoreNullValues: 'true',
  });
});
