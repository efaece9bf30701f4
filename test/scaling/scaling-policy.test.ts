import { Duration, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-27';
import {
  Checklist,
  KubernetesVersion,
  NginxCachingProxy,
  ScalableWebApp,
  type ScalableWebAppProps,
  ScalingIntent,
  ScalingMetric,
  ScalingPolicy,
  ScalingStep,
  StepSelection,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { type IntentName, SCALING_INTENTS } from '../../lib/scaling/scaling-intents';
import { kubernetesValidator, MINORS } from '../cluster/schemas';
import { find, IMAGE, type Manifest, manifests, newChart } from '../support/synth';

const MINUTE = Duration.minutes(1);

function autoscaler(scaling: ScalingPolicy, version = KubernetesVersion.V1_27): Manifest {
  const chart = newChart(version);
  new ScalableWebApp(chart, 'web', { image: IMAGE, scaling });
  return find(manifests(chart), 'HorizontalPodAutoscaler');
}

const refused = (scaling: ScalingPolicy, props: Partial<ScalableWebAppProps> = {}) => {
  try {
    new ScalableWebApp(newChart(), 'web', { image: IMAGE, scaling, ...props });
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('intents', () => {
  const INTENTS: Record<IntentName, ScalingIntent> = {
    guide: ScalingIntent.GUIDE,
    steadyWeb: ScalingIntent.STEADY_WEB,
    spikyWeb: ScalingIntent.SPIKY_WEB,
    latencyCritical: ScalingIntent.LATENCY_CRITICAL,
    batch: ScalingIntent.BATCH,
    costSaving: ScalingIntent.COST_SAVING,
  };

  test.each(Object.entries(INTENTS))('%s is what the table says', (name, intent) => {
    const { cpuPercent, scaleUp, scaleDown } = SCALING_INTENTS[name as IntentName];
    const { metrics, behavior } = autoscaler(ScalingPolicy.cpu({ intent })).spec;
    expect(metrics[0].resource.target.averageUtilization).toBe(cpuPercent);
    expect(behavior).toEqual({ scaleUp, scaleDown });
  });

  test.each(Object.entries(INTENTS))('%s breaks no rule on autoscalers', (_, intent) => {
    const chart = newChart();
    new ScalableWebApp(chart, 'web', {
      image: IMAGE,
      scaling: ScalingPolicy.cpuAndMemory({ intent, max: 100 }),
    });
    expect(Checklist.check(manifests(chart)).filter(({ rule }) => rule.startsWith('HPA'))).toEqual([]);
  });

  test('the guide’s is the default', () => {
    expect(autoscaler(ScalingPolicy.cpu()).spec).toEqual(
      autoscaler(ScalingPolicy.cpu({ intent: ScalingIntent.GUIDE })).spec,
    );
  });

  test('a prop has the last word over the intent', () => {
    const { metrics, behavior } = autoscaler(
      ScalingPolicy.cpu({
        intent: ScalingIntent.SPIKY_WEB,
        cpuPercent: 65,
        scaleUp: {
          stabilizationWindow: Duration.seconds(30),
          steps: [ScalingStep.pods(3, MINUTE), ScalingStep.percent(10, MINUTE)],
          select: StepSelection.SMALLEST,
        },
      }),
    ).spec;
    expect(metrics[0].resource.target.averageUtilization).toBe(65);
    expect(behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 30,
        policies: [
          { type: 'Pods', value: 3, periodSeconds: 60 },
          { type: 'Percent', value: 10, periodSeconds: 60 },
        ],
        selectPolicy: 'Min',
      },
      scaleDown: SCALING_INTENTS.spikyWeb.scaleDown,
    });
  });
});

const EVERY_METRIC = [
  ScalingMetric.cpuUtilization(70),
  ScalingMetric.containerCpu('web', 80),
  ScalingMetric.memoryAverage(Size.mebibytes(200)),
  ScalingMetric.pods({ metric: 'http_requests_per_second', averageValue: 2.5 }),
  ScalingMetric.object({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    name: 'edge',
    metric: 'requests_per_second',
    value: 2000,
  }),
  ScalingMetric.external({
    metric: 'queue_messages',
    matchLabels: { queue: 'orders' },
    averageValue: 30,
  }),
];

describe('metrics', () => {
  test('every kind is written as the API server returns it, CPU utilisation last', () => {
    expect(autoscaler(ScalingPolicy.custom({ metrics: EVERY_METRIC })).spec.metrics).toEqual([
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container: 'web',
          target: { type: 'Utilization', averageUtilization: 80 },
        },
      },
      {
        type: 'Resource',
        resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '200Mi' } },
      },
      {
        type: 'Pods',
        pods: {
          metric: { name: 'http_requests_per_second' },
          target: { type: 'AverageValue', averageValue: '2500m' },
        },
      },
      {
        type: 'Object',
        object: {
          describedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'edge' },
          metric: { name: 'requests_per_second' },
          target: { type: 'Value', value: '2k' },
        },
      },
      {
        type: 'External',
        external: {
          metric: { name: 'queue_messages', selector: { matchLabels: { queue: 'orders' } } },
          target: { type: 'AverageValue', averageValue: '30' },
        },
      },
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
      },
    ]);
  });

  test.each(MINORS)('all of them are valid for Kubernetes 1.%i', (minor) => {
    const tolerant = {
      stabilizationWindow: MINUTE,
      steps: [ScalingStep.pods(1, MINUTE)],
      tolerancePercent: 5,
    };
    const scaling = ScalingPolicy.custom({
      metrics: [...EVERY_METRIC, ScalingMetric.cpuAverage(Cpu.millis(250))],
      ...(minor >= 35 && { scaleUp: tolerant }),
    });
    const object = autoscaler(scaling, KubernetesVersion.fromString(`1.${minor}`));
    expect(kubernetesValidator(minor)(object)).toEqual([]);
  });

  test('beside a sidecar the own container is measured', () => {
    const chart = newChart();
    const backend = new ScalableWebApp(chart, 'web', { image: IMAGE });
    new NginxCachingProxy(chart, 'edge', { backend, scaling: ScalingPolicy.cpu() });
    expect(find(manifests(chart), 'HorizontalPodAutoscaler', 'shop-edge').spec.metrics).toEqual([
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container: 'proxy',
          target: { type: 'Utilization', averageUtilization: 70 },
        },
      },
    ]);
  });

  test.each([
    [
      ScalingMetric.containerCpu('sidecar', 70),
      'container is "sidecar"; the pod has no such container; allowed: web',
    ],
    [ScalingMetric.containerMemory('web', 400), 'percent is 400; the memory limit caps usage'],
    [ScalingMetric.cpuUtilization(0.5), 'cpuPercent is 0.5; allowed: a whole number'],
    [ScalingMetric.cpuAverage(Cpu.millis(0)), 'cpuAverage is "0m"; allowed: at least 1m'],
    [ScalingMetric.memoryAverage(Size.kibibytes(0)), 'allowed: a whole number of bytes above 0'],
    [ScalingMetric.pods({ metric: 'a/b', averageValue: 1 }), 'metric is "a/b"; allowed: a metric name'],
    [ScalingMetric.pods({ metric: 'a', averageValue: 0 }), 'averageValue is 0; allowed: from 0.001 to 1e12'],
    [ScalingMetric.external({ metric: 'a' }), 'value is undefined; allowed: exactly one of value'],
    [
      ScalingMetric.external({ metric: 'a', value: 1, averageValue: 1 }),
      'value is 1; allowed: exactly one of value',
    ],
    [
      ScalingMetric.object({ apiVersion: 'v1beta', kind: 'ingress', name: 'a', metric: 'a', value: 1 }),
      'apiVersion is "v1beta"; allowed: an API version',
    ],
  ])('refuses %#', (metric, message) => {
    expect(refused(ScalingPolicy.custom({ metrics: [metric] }))).toContain(message);
  });

  test('refuses none', () => {
    expect(refused(ScalingPolicy.custom({ metrics: [] }))).toContain(
      'metrics is []; allowed: at least one metric',
    );
  });
});

describe('tolerance', () => {
  const tolerant = (tolerancePercent: number) => ({
    scaleUp: { stabilizationWindow: MINUTE, steps: [ScalingStep.pods(1, MINUTE)], tolerancePercent },
  });

  test('is written as a canonical quantity, with the version that it is meant for', () => {
    const object = autoscaler(ScalingPolicy.cpu(tolerant(2.5)), KubernetesVersion.V1_35);
    expect(object.spec.behavior.scaleUp.tolerance).toBe('25m');
    expect(object.metadata.annotations).toEqual({ 'cdk8s-tuned/kubernetes-version': '1.35' });
  });

  test('is refused where the cluster lacks it, by its version', () => {
    expect(refused(ScalingPolicy.cpu(tolerant(5)))).toBe(
      'shop/web: scaling.scaleUp.tolerancePercent is 5; Kubernetes 1.27 has no tolerance in an autoscaler; leave it out, or set the target version to 1.35 or later',
    );
  });

  test('moves the highest target that usage can reach', () => {
    const highest = (tolerancePercent: number) => {
      const chart = newChart(KubernetesVersion.V1_35);
      const profile = WorkloadProfile.WEB_API.withMemory(Size.gibibytes(1));
      const scaling = ScalingPolicy.cpuAndMemory({ memoryPercent: 1000, ...tolerant(tolerancePercent) });
      try {
        new ScalableWebApp(chart, 'web', { image: IMAGE, profile, scaling });
      } catch (error) {
        return /use at most (\d+)/.exec((error as Error).message)?.[1];
      }
      return undefined;
    };
    expect([highest(10), highest(5), highest(25)]).toEqual(['90', '95', '79']);
  });
});

test.each<[string, Partial<ScalableWebAppProps>, string]>([
  [
    'a period above half an hour',
    {
      scaling: ScalingPolicy.cpu({
        scaleDown: { stabilizationWindow: MINUTE, steps: [ScalingStep.pods(1, Duration.minutes(31))] },
      }),
    },
    'scaling.scaleDown.steps[0].period is 1860; allowed: a whole number from 1 to 1800',
  ],
  [
    'a step of nothing',
    {
      scaling: ScalingPolicy.cpu({
        scaleDown: { stabilizationWindow: MINUTE, steps: [ScalingStep.percent(0, MINUTE)] },
      }),
    },
    'scaling.scaleDown.steps[0].percent is 0; allowed: a whole number from 1',
  ],
  [
    'a window above an hour',
    {
      scaling: ScalingPolicy.cpu({
        scaleUp: { stabilizationWindow: Duration.hours(2), steps: [ScalingStep.pods(1, MINUTE)] },
      }),
    },
    'scaling.scaleUp.stabilizationWindow is 7200; allowed: a whole number from 0 to 3600',
  ],
  [
    'no steps',
    { scaling: ScalingPolicy.cpu({ scaleUp: { stabilizationWindow: MINUTE, steps: [] } }) },
    'scaling.scaleUp.steps is []; allowed: at least one step',
  ],
])('refuses %s', (_, props, message) => {
  expect(refused(ScalingPolicy.cpu(), props)).toContain(message);
});
