import { Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  BackgroundWorker,
  CacheRedis,
  type EventScalingProps,
  KubernetesVersion,
  NetworkPeer,
  ScalingIntent,
  ScalingPolicy,
  ScalingStep,
  ScalingTrigger,
  TriggerAuthentication,
  TunedPostgres,
  VerticalScaling,
} from 'cdk8s-tuned';
import { SCALING_INTENTS } from '../../lib/scaling/scaling-intents';
import { customResourceValidator, haveSchemas, isCustom } from '../cluster/schemas';
import { envOf, find, type Manifest, manifests, newChart } from '../support/synth';

const IMAGE = 'registry.example.com/worker:1.8.2';
const MINUTE = Duration.minutes(1);

function synth(
  scaling: (chart: ReturnType<typeof newChart>) => ScalingPolicy,
  version?: KubernetesVersion,
): Manifest[] {
  const chart = newChart(version);
  new BackgroundWorker(chart, 'worker', { image: IMAGE, scaling: scaling(chart) });
  return manifests(chart);
}

const rabbitMq = (chart: ReturnType<typeof newChart>) =>
  ScalingTrigger.rabbitMq({
    queue: 'orders',
    messagesPerReplica: 50,
    virtualHost: '/',
    authentication: TriggerAuthentication.fromSecret({
      secret: Secret.fromSecretName(chart, 'queue', 'queue-credentials'),
      parameters: { host: 'amqp-url' },
    }),
  });
const office = ScalingTrigger.schedule({
  timeZone: 'Europe/Berlin',
  start: '0 6 * * MON-FRI',
  end: '0 20 * * MON-FRI',
  replicas: 5,
});
const redisList = ScalingTrigger.redisList({
  host: 'data-cache.shop.svc',
  list: 'jobs',
  itemsPerReplica: 10,
  activationItems: 3,
  tls: true,
  authentication: TriggerAuthentication.named('cache-login'),
});
const prometheus = ScalingTrigger.prometheus({
  server: 'http://prometheus.monitoring.svc:9090',
  query: 'sum(rate(http_requests_total{service="shop (old)"}[2m]))',
  threshold: 100.5,
  authentication: TriggerAuthentication.clusterNamed('metrics'),
  authModes: ['bearer'],
});
const postgres = ScalingTrigger.postgres({
  host: 'data-db.shop.svc',
  database: 'shop',
  user: 'keda',
  query: "SELECT count(*) FROM jobs WHERE state = 'new; -- not done'",
  valuePerReplica: 20,
  authentication: TriggerAuthentication.named('db-login'),
});

test('a ScaledObject stands in the place of the HorizontalPodAutoscaler, never beside it', () => {
  const chart = newChart();
  const worker = new BackgroundWorker(chart, 'worker', {
    image: IMAGE,
    scaling: ScalingPolicy.events({ max: 20, triggers: [rabbitMq(chart)] }),
  });
  expect(worker.autoscaler?.kind).toBe('ScaledObject');
  const objects = manifests(chart);
  expect(objects.filter((object) => object.kind === 'HorizontalPodAutoscaler')).toEqual([]);
  expect(find(objects, 'Deployment').spec).not.toHaveProperty('replicas');
});

test('behaviour is the intent’s, and KEDA’s own defaults are written out', () => {
  const object = find(
    synth((chart) => ScalingPolicy.events({ intent: ScalingIntent.BATCH, triggers: [rabbitMq(chart)] })),
    'ScaledObject',
  );
  const { scaleUp, scaleDown } = SCALING_INTENTS.batch;
  expect(object.spec).toEqual({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-worker' },
    pollingInterval: 30,
    minReplicaCount: 2,
    maxReplicaCount: 10,
    advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleUp, scaleDown } } },
    triggers: [
      {
        type: 'rabbitmq',
        metadata: { queueName: 'orders', mode: 'QueueLength', value: '50', vhostName: '/' },
        authenticationRef: { name: 'shop-worker-0', kind: 'TriggerAuthentication' },
      },
    ],
  });
});

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
    ScalingTrigger.of({
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

describe('scale to zero', () => {
  const spec = (props: Partial<EventScalingProps>): Manifest =>
    find(
      synth(() => ScalingPolicy.events({ triggers: [redisList], ...props })),
      'ScaledObject',
    ).spec;

  test('is asked for: zero without events, one with the first', () => {
    expect(spec({ scaleToZero: true, cooldown: Duration.minutes(10), max: 8 })).toMatchObject({
      minReplicaCount: 0,
      maxReplicaCount: 8,
      cooldownPeriod: 600,
    });
  });

  test('beside more than one replica they are idle', () => {
    expect(spec({ scaleToZero: true, min: 3 })).toMatchObject({
      minReplicaCount: 3,
      idleReplicaCount: 0,
      cooldownPeriod: 300,
    });
  });

  test('without it two replicas stay, and there is no cooldown', () => {
    expect(spec({}).minReplicaCount).toBe(2);
    expect(spec({})).not.toHaveProperty('cooldownPeriod');
    expect(spec({})).not.toHaveProperty('idleReplicaCount');
  });
});

test('an existing autoscaler is taken over under its name', () => {
  const object = find(
    synth(() => ScalingPolicy.events({ triggers: [redisList], transferFrom: 'worker-hpa' })),
    'ScaledObject',
  );
  expect(object.metadata.annotations).toEqual({ 'scaledobject.keda.sh/transfer-hpa-ownership': 'true' });
  expect(object.spec.advanced.horizontalPodAutoscalerConfig.name).toBe('worker-hpa');
});

test('a cache and a database of ours let KEDA in, and their Secrets log it in', () => {
  const chart = newChart();
  const cache = new CacheRedis(chart, 'cache', { maxMemory: Size.mebibytes(256) });
  const db = new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10) });
  const keda = NetworkPeer.namespace('keda');
  cache.allowFrom(keda);
  db.allowFrom(keda);
  const worker = new BackgroundWorker(chart, 'worker', {
    image: IMAGE,
    scaling: ScalingPolicy.events({
      triggers: [
        ScalingTrigger.redisList({
          host: `${cache.name}.shop.svc`,
          list: 'jobs',
          itemsPerReplica: 10,
          userVariable: 'CACHE_USERNAME',
          authentication: TriggerAuthentication.fromSecret({
            secret: cache.credentials,
            parameters: { password: 'password' },
          }),
        }),
      ],
    }),
  });
  worker.connectTo(cache);
  const objects = manifests(chart);
  const [trigger] = find(objects, 'ScaledObject').spec.triggers;
  expect(envOf(find(objects, 'Deployment'))).toHaveProperty(trigger.metadata.usernameFromEnv);
  expect(find(objects, 'TriggerAuthentication').spec.secretTargetRef).toEqual([
    { parameter: 'password', name: 'shop-cache-credentials', key: 'password' },
  ]);
  for (const [name, port] of [
    ['shop-cache', 6379],
    ['shop-db', 5432],
  ] as const) {
    expect(find(objects, 'NetworkPolicy', name).spec.ingress).toContainEqual({
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'keda' } } }],
      ports: [{ port, protocol: 'TCP' }],
    });
  }
});

test('replicas stand in for a trigger that cannot be asked', () => {
  const { fallback } = find(
    synth(() => ScalingPolicy.events({ triggers: [redisList], fallback: { replicas: 4 } })),
    'ScaledObject',
  ).spec;
  expect(fallback).toEqual({ failureThreshold: 3, replicas: 4 });
});

(haveSchemas ? test : test.skip)('what is emitted is valid by KEDA’s definitions', () => {
  const objects = synth(
    (chart) =>
      ScalingPolicy.events({
        scaleToZero: true,
        min: 2,
        fallback: { replicas: 2 },
        transferFrom: 'old',
        scaleUp: { stabilizationWindow: MINUTE, steps: [ScalingStep.pods(2, MINUTE)], tolerancePercent: 0 },
        triggers: [
          office,
          rabbitMq(chart),
          redisList,
          prometheus,
          postgres,
          ScalingTrigger.cpuUtilization(70),
          ScalingTrigger.of({ type: 'aws-sqs-queue', metadata: { queueLength: '5' } }),
        ],
      }),
    KubernetesVersion.V1_35,
  ).filter(isCustom);
  expect(objects.map(({ kind }) => kind).sort()).toEqual(['ScaledObject', 'TriggerAuthentication']);
  expect(objects.flatMap(customResourceValidator())).toEqual([]);
  expect(
    find(objects, 'ScaledObject').spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.tolerance,
  ).toBe('0');
});

test('a VerticalPodAutoscaler leaves alone what a trigger measures', () => {
  const chart = newChart();
  new BackgroundWorker(chart, 'worker', {
    image: IMAGE,
    scaling: ScalingPolicy.events({ triggers: [redisList, ScalingTrigger.cpuUtilization(70)] }),
    verticalScaling: VerticalScaling.recreate(),
  });
  const [policy] = find(manifests(chart), 'VerticalPodAutoscaler').spec.resourcePolicy.containerPolicies;
  expect(policy.controlledResources).toEqual(['memory']);
});

describe('what is refused', () => {
  const message = (props: Partial<EventScalingProps>) => {
    try {
      synth(() => ScalingPolicy.events({ triggers: [redisList], ...props }));
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };
  const redis = (props: object) =>
    ScalingTrigger.redisList({ host: 'a.b', list: 'l', itemsPerReplica: 1, ...props });
  const sql = (query: string) =>
    ScalingTrigger.postgres({
      host: 'a.b',
      database: 'd',
      user: 'u',
      query,
      valuePerReplica: 1,
      authentication: TriggerAuthentication.named('a'),
    });
  const promql = (query: string) =>
    ScalingTrigger.prometheus({ server: 'http://p.m:9090', query, threshold: 1 });
  const schedule = (props: object) =>
    ScalingTrigger.schedule({
      timeZone: 'Etc/UTC',
      start: '0 6 * * *',
      end: '0 20 * * *',
      replicas: 5,
      ...props,
    });

  test.each<[string, Partial<EventScalingProps>, string]>([
    ['no trigger', { triggers: [] }, 'scaling.triggers is []; allowed: at least one trigger'],
    [
      'zero replicas that nothing wakes up',
      { scaleToZero: true, triggers: [ScalingTrigger.cpuUtilization(70)] },
      'scaling.scaleToZero is true; zero pods use no CPU',
    ],
    [
      'a cooldown without zero',
      { cooldown: MINUTE },
      'scaling.cooldown is "60 s"; it counts only on the way to zero',
    ],
    [
      'a fallback above max',
      { fallback: { replicas: 30 } },
      'scaling.fallback.replicas is 30; allowed: from min (2) to max (10)',
    ],
    [
      'a fallback for CPU',
      { triggers: [ScalingTrigger.cpuUtilization(70)], fallback: { replicas: 3 } },
      'scaling.fallback is "set"; KEDA has none for CPU',
    ],
    [
      'a schedule above max',
      { triggers: [schedule({ replicas: 50 })] },
      'replicas is 50; it is above max (10)',
    ],
    [
      'a schedule that changes nothing',
      { triggers: [schedule({ replicas: 2 })] },
      'min (2) are there at any time',
    ],
    ['a schedule that is never active', { triggers: [schedule({ end: '0 6 * * *' })] }, 'it equals start'],
    [
      'a schedule of four fields',
      { triggers: [schedule({ start: '0 6 * *' })] },
      'allowed: a schedule of five fields',
    ],
    [
      'an hour that there is not',
      { triggers: [schedule({ start: '0 24 * * *' })] },
      'allowed: a schedule of five fields',
    ],
    [
      'a zone that there is not',
      { triggers: [schedule({ timeZone: 'Europe/Berln' })] },
      'allowed: a time zone',
    ],
    ['a zone in lower case', { triggers: [schedule({ timeZone: 'Europe/berlin' })] }, 'allowed: a time zone'],
    [
      'a host without a namespace',
      { triggers: [redis({ host: 'cache' })] },
      'host is "cache"; allowed: a host name with its namespace',
    ],
    ['a list with a space', { triggers: [redis({ list: 'a b' })] }, 'list is "a b"; allowed'],
    ['no target', { triggers: [redis({ itemsPerReplica: 0 })] }, 'itemsPerReplica is 0; allowed: from 0.001'],
    [
      'a second statement',
      { triggers: [sql('SELECT 1; DROP TABLE jobs')] },
      'query is "SELECT 1; DROP TABLE jobs"; allowed: one SELECT',
    ],
    ['a comment', { triggers: [sql('SELECT 1 -- FROM jobs')] }, 'allowed: one SELECT'],
    ['what is no SELECT', { triggers: [sql('DELETE FROM jobs')] }, 'allowed: one SELECT'],
    ['an open quote', { triggers: [sql("SELECT 'a")] }, 'allowed: one SELECT'],
    ['an open brace', { triggers: [promql('sum(up{job="a")')] }, 'allowed: a PromQL expression'],
    ['an open quote of a label', { triggers: [promql('up{job="a}')] }, 'allowed: a PromQL expression'],
    [
      'a password in an address',
      {
        triggers: [
          ScalingTrigger.prometheus({ server: 'http://user:hunter2@p.m', query: 'up', threshold: 1 }),
        ],
      },
      'allowed: an address such as',
    ],
    [
      'CPU by its type',
      { triggers: [ScalingTrigger.of({ type: 'cpu', metadata: {} })] },
      'type is "cpu"; use ScalingTrigger.cpuUtilization',
    ],
    [
      'a target that the limit makes unreachable',
      { triggers: [redisList, ScalingTrigger.cpuUtilization(400)] },
      'triggers[1].cpuPercent is 400; the CPU limit caps usage',
    ],
    ['min above max', { min: 5, max: 3 }, 'scaling.min is 5; it is above max (3)'],
  ])('%s', (_, props, expected) => {
    expect(message(props)).toContain(expected);
  });

  test('nothing that is good', () => {
    const good = [
      schedule({ start: '*/15 6-8,10 1,15 JAN-MAR SUN' }),
      schedule({ timeZone: 'America/Argentina/Buenos_Aires' }),
      sql("WITH new AS (SELECT 1 FROM \"Jobs\" WHERE note = 'it''s; -- here') SELECT count(*) FROM new"),
      promql(`sum by (job) (rate(x{a="\\"}",b='{'}[5m:1m] offset 1d))`),
      redis({ host: '10.0.0.7' }),
    ];
    expect(good.map((trigger) => message({ triggers: [trigger] }))).toEqual(good.map(() => 'accepted'));
  });
});
