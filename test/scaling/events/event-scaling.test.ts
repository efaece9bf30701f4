import { Duration, Size } from 'cdk8s';
import {
  BackgroundWorker,
  CacheRedis,
  type EventScalingOptions,
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
import { SCALING_INTENTS } from '../../../lib/scaling/scaling-intents';
import { customResourceValidator, isCustom } from '../../cluster/schemas';
import { envOf, find, type Manifest, manifests, newChart } from '../../support/synth';
import { IMAGE, office, postgres, prometheus, rabbitMq, redisList, synth } from './event-workers';

const MINUTE = Duration.minutes(1);

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

describe('scale to zero', () => {
  const spec = (props: Partial<EventScalingOptions>): Manifest =>
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

test('what is emitted is valid by KEDA’s definitions', () => {
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
          ScalingTrigger.custom({ type: 'aws-sqs-queue', metadata: { queueLength: '5' } }),
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
