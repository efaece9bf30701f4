/** Scaling policies, metrics and recommenders. */
import type { Chart } from 'cdk8s';
import * as tuned from 'cdk8s-tuned';
import { type Attack, cpus, damages, numbers, sizes, texts, times } from './attack';
import { MINUTE, web } from './constructs';

const scaleOn = (chart: Chart, metric: tuned.ScalingMetric) =>
  void web(chart, { scaling: tuned.ScalingPolicy.custom({ metrics: [metric] }) });

const FACTORIES: Record<string, readonly Attack[]> = {
  'ScalingPolicy.cpu': (['min', 'max', 'cpuPercent'] as const).flatMap((key) =>
    numbers((chart, value) => web(chart, { scaling: tuned.ScalingPolicy.cpu({ [key]: value }) })),
  ),
  'ScalingPolicy.cpuAndMemory': numbers((chart, memoryPercent) =>
    web(chart, { scaling: tuned.ScalingPolicy.cpuAndMemory({ memoryPercent }) }),
  ),
  'ScalingPolicy.replicas': numbers((chart, value) =>
    web(chart, { scaling: tuned.ScalingPolicy.replicas(value) }),
  ),
  'ScalingStep.percent': numbers((chart, value) =>
    web(chart, {
      scaling: tuned.ScalingPolicy.cpu({
        scaleUp: { stabilizationWindow: MINUTE, steps: [tuned.ScalingStep.percent(value, MINUTE)] },
      }),
    }),
  ),
  'ScalingStep period and window': times((chart, value) =>
    web(chart, {
      scaling: tuned.ScalingPolicy.cpu({
        scaleDown: { stabilizationWindow: value, steps: [tuned.ScalingStep.pods(1, value)] },
      }),
    }),
  ),
  'ScalingStep tolerance': numbers((chart, tolerancePercent) => {
    tuned.KubernetesVersion.V1_35.applyTo(chart);
    web(chart, {
      scaling: tuned.ScalingPolicy.cpu({
        scaleUp: {
          stabilizationWindow: MINUTE,
          steps: [tuned.ScalingStep.pods(1, MINUTE)],
          tolerancePercent,
        },
      }),
    });
  }),
  'ScalingMetric names': [
    ...texts((chart, text) => scaleOn(chart, tuned.ScalingMetric.containerCpu(text, 70))),
    ...texts((chart, text) => scaleOn(chart, tuned.ScalingMetric.pods({ metric: text, averageValue: 1 }))),
    ...texts((chart, text) =>
      scaleOn(
        chart,
        tuned.ScalingMetric.external({ metric: 'a', value: 1, matchLabels: { [text]: 'a', b: text } }),
      ),
    ),
    ...(['apiVersion', 'kind', 'name', 'metric'] as const).flatMap((key) =>
      texts((chart, text) =>
        scaleOn(
          chart,
          tuned.ScalingMetric.object({
            apiVersion: 'v1',
            kind: 'Service',
            name: 'a',
            metric: 'a',
            value: 1,
            [key]: text,
          }),
        ),
      ),
    ),
  ],
  'ScalingMetric targets': [
    ...numbers((chart, value) => scaleOn(chart, tuned.ScalingMetric.memoryUtilization(value))),
    ...numbers((chart, averageValue) =>
      scaleOn(chart, tuned.ScalingMetric.pods({ metric: 'a', averageValue })),
    ),
    ...numbers((chart, value) => scaleOn(chart, tuned.ScalingMetric.external({ metric: 'a', value }))),
    ...sizes().map((size) => ({
      what: 'size',
      run: (chart: Chart) => scaleOn(chart, tuned.ScalingMetric.memoryAverage(size)),
    })),
    ...cpus().map((cpu) => ({
      what: 'cpu',
      run: (chart: Chart) => scaleOn(chart, tuned.ScalingMetric.cpuAverage(cpu)),
    })),
  ],
  'VerticalScaling containers and versions': [
    ...texts((chart, text) =>
      web(chart, { verticalScaling: tuned.VerticalScaling.recreate({ containers: { [text]: {} } }) }),
    ),
    ...texts((chart, vpaVersion) =>
      web(chart, { verticalScaling: tuned.VerticalScaling.recommend({ vpaVersion }) }),
    ),
    ...texts((chart, text) =>
      web(chart, {
        verticalScaling: tuned.VerticalScaling.recreate({
          controlledValues: text as tuned.ControlledValues,
        }),
      }),
    ),
    ...numbers((chart, minReplicas) =>
      web(chart, { verticalScaling: tuned.VerticalScaling.recreate({ minReplicas }) }),
    ),
  ],
  'VerticalScaling bounds': sizes().map((size) => ({
    what: 'size',
    run: (chart) =>
      void web(chart, { verticalScaling: tuned.VerticalScaling.recommend({ minMemory: size }) }),
  })),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
