/** Workloads as people write them at first, by what cannot be chosen: what the program is, and what it keeps. */
import fc from 'fast-check';
import type { Manifest } from '../../../support/synth';

/** What a workload is, whatever anybody advises. */
export interface Facts {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob';
  readonly program: 'api' | 'jvm' | 'postgres' | 'redis' | 'worker' | 'controller';
  readonly replicas: number;
  readonly storage: 'none' | 'claim of one node' | 'claim of many nodes' | 'host path';
  readonly hasService: boolean;
  readonly hasHostPort: boolean;
  readonly hasSidecar: boolean;
  readonly probes: 'none' | 'the same' | 'ready only' | 'slow';
  readonly strategy: 'default' | 'Recreate' | 'one away' | 'neither';
  readonly budget: 'none' | 'none away' | 'all available' | 'one away' | 'both' | 'twice';
  readonly autoscaler: 'none' | 'on CPU' | 'on memory' | 'one replica' | 'fixed';
  readonly vertical: 'none' | 'Auto' | 'Off';
  readonly resources: 'none' | 'requests' | 'limits' | 'all';
  readonly isLatest: boolean;
  readonly preStop: 'none' | 'short' | 'longer than the grace period';
  readonly policy: 'none' | 'ingress only' | 'everything';
}

export const FACTS: fc.Arbitrary<Facts> = fc.record({
  kind: fc.constantFrom('Deployment', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'),
  program: fc.constantFrom('api', 'jvm', 'postgres', 'redis', 'worker', 'controller'),
  replicas: fc.integer({ min: 1, max: 4 }),
  storage: fc.constantFrom('none', 'none', 'claim of one node', 'claim of many nodes', 'host path'),
  hasService: fc.boolean(),
  hasHostPort: fc.boolean(),
  hasSidecar: fc.boolean(),
  probes: fc.constantFrom('none', 'the same', 'ready only', 'slow'),
  strategy: fc.constantFrom('default', 'Recreate', 'one away', 'neither'),
  budget: fc.constantFrom('none', 'none away', 'all available', 'one away', 'both', 'twice'),
  autoscaler: fc.constantFrom('none', 'on CPU', 'on memory', 'one replica', 'fixed'),
  vertical: fc.constantFrom('none', 'Auto', 'Off'),
  resources: fc.constantFrom('none', 'requests', 'limits', 'all'),
  isLatest: fc.boolean(),
  preStop: fc.constantFrom('none', 'none', 'short', 'longer than the grace period'),
  policy: fc.constantFrom('none', 'ingress only', 'everything'),
});

export const PROGRAMS = {
  api: { image: 'registry.example.com/shop/api', tag: '1.2.3', port: 8080, command: undefined },
  jvm: {
    image: 'registry.example.com/shop/search',
    tag: '1.2.3',
    port: 9200,
    command: ['java', '-Xmx1g', '-jar', 'search.jar'],
  },
  postgres: { image: 'postgres', tag: '17.6', port: 5432, command: undefined },
  redis: { image: 'redis', tag: '8.2.1', port: 6379, command: undefined },
  worker: {
    image: 'registry.example.com/shop/api',
    tag: '1.2.3',
    port: 9090,
    command: ['bundle', 'exec', 'sidekiq'],
  },
  controller: {
    image: 'registry.example.com/shop/controller',
    tag: '1.2.3',
    port: 8080,
    command: ['/manager', '--leader-elect'],
  },
} as const;

const meta = { name: 'app', namespace: 'shop' };
const labels = { app: 'app' };

const preStop = { none: undefined, short: '5', 'longer than the grace period': '45' };

/** The objects that a person who has not read any advice would apply. */
export function manifestsOf(facts: Facts): Manifest[] {
  const { kind } = facts;
  const objects: Manifest[] = [workload(facts)];
  if (facts.storage.startsWith('claim') && kind !== 'StatefulSet')
    objects.push({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
      spec: {
        accessModes: [facts.storage === 'claim of one node' ? 'ReadWriteOnce' : 'ReadWriteMany'],
        resources: { requests: { storage: '10Gi' } },
      },
    });
  const { port } = PROGRAMS[facts.program];
  if (facts.hasService || kind === 'StatefulSet')
    objects.push({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta,
      spec: { selector: labels, ports: [{ port, targetPort: port }] },
    });
  if (kind === 'CronJob') return objects;
  const budgets = {
    none: [],
    'none away': [{ maxUnavailable: 0 }],
    'all available': [{ minAvailable: facts.replicas }],
    'one away': [{ maxUnavailable: 1 }],
    both: [{ minAvailable: 1, maxUnavailable: 1 }],
    twice: [{ maxUnavailable: 1 }, { minAvailable: '50%' }],
  }[facts.budget];
  for (const [index, bounds] of budgets.entries())
    objects.push({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: `app-${index}`, namespace: 'shop' },
      spec: { ...bounds, selector: { matchLabels: labels } },
    });
  if (kind === 'DaemonSet') return objects;
  const target = { apiVersion: 'apps/v1', kind, name: 'app' };
  if (facts.autoscaler !== 'none')
    objects.push({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: meta,
      spec: {
        scaleTargetRef: target,
        minReplicas: facts.autoscaler === 'one replica' ? 1 : 2,
        maxReplicas: facts.autoscaler === 'fixed' ? 2 : 6,
        metrics: [
          {
            type: 'Resource',
            resource: {
              name: facts.autoscaler === 'on memory' ? 'memory' : 'cpu',
              target: { type: 'Utilization', averageUtilization: 70 },
            },
          },
        ],
      },
    });
  if (facts.vertical !== 'none')
    objects.push({
      apiVersion: 'autoscaling.k8s.io/v1',
      kind: 'VerticalPodAutoscaler',
      metadata: meta,
      spec: { targetRef: target, updatePolicy: { updateMode: facts.vertical } },
    });
  if (facts.policy !== 'none')
    objects.push({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: meta,
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: facts.policy === 'everything' ? ['Ingress', 'Egress'] : ['Ingress'],
        ingress: [{}],
        ...(facts.policy === 'everything' && { egress: [{}] }),
      },
    });
  return objects;
}

function workload(facts: Facts): Manifest {
  const { kind, storage, replicas } = facts;
  const template = { metadata: { labels }, spec: pod(facts) };
  if (kind === 'CronJob')
    return {
      apiVersion: 'batch/v1',
      kind,
      metadata: meta,
      spec: { schedule: '@daily', jobTemplate: { spec: { template } } },
    };
  const strategy = {
    default: {},
    Recreate: { strategy: { type: 'Recreate' } },
    'one away': { strategy: { rollingUpdate: { maxUnavailable: 1 } } },
    neither: { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } },
  }[facts.strategy];
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: meta,
    spec: {
      ...(kind !== 'DaemonSet' && facts.autoscaler === 'none' && { replicas }),
      ...(kind === 'Deployment' && strategy),
      ...(kind === 'StatefulSet' && { serviceName: 'app' }),
      selector: { matchLabels: labels },
      template,
      ...(kind === 'StatefulSet' &&
        storage.startsWith('claim') && {
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
            },
          ],
        }),
    },
  };
}

function pod(facts: Facts): Manifest {
  const { kind, storage, program } = facts;
  const volumes =
    storage === 'host path'
      ? [{ name: 'data', hostPath: { path: '/data' } }]
      : storage.startsWith('claim') && kind !== 'StatefulSet'
        ? [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
        : [];
  const { image, tag, port, command } = PROGRAMS[program];
  const tagged = (own: string) => (facts.isLatest ? 'latest' : own);
  const resources = {
    none: {},
    requests: { requests: { cpu: '100m', memory: '256Mi' } },
    limits: { limits: { cpu: '500m', memory: '512Mi' } },
    all: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
  }[facts.resources];
  return {
    ...(kind === 'CronJob' && { restartPolicy: 'Never' }),
    containers: [
      {
        name: 'app',
        image: `${image}:${tagged(tag)}`,
        ...(command && { command: [...command] }),
        ports: [{ containerPort: port, ...(facts.hasHostPort && { hostPort: port }) }],
        resources,
        ...(preStop[facts.preStop] && {
          lifecycle: { preStop: { exec: { command: ['sleep', preStop[facts.preStop]] } } },
        }),
        ...(kind !== 'CronJob' && probes(facts, port)),
        ...(storage !== 'none' && { volumeMounts: [{ name: 'data', mountPath: '/var/lib/app' }] }),
      },
      ...(facts.hasSidecar && kind !== 'CronJob'
        ? [{ name: 'logs', image: `registry.example.com/shop/logs:${tagged('1.2.3')}` }]
        : []),
    ],
    ...(volumes.length > 0 && { volumes }),
  };
}

function probes({ probes: kind }: Facts, port: number): Manifest {
  const probe = { tcpSocket: { port } };
  switch (kind) {
    case 'none':
      return {};
    case 'the same':
      return { readinessProbe: probe, livenessProbe: probe };
    case 'ready only':
      return { readinessProbe: probe };
    case 'slow':
      return {
        readinessProbe: { ...probe, timeoutSeconds: 30 },
        livenessProbe: { ...probe, periodSeconds: 60 },
      };
  }
}
