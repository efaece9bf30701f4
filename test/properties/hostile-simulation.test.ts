/** Traffic, assumptions and thresholds of a scaling test. */
import { Duration } from 'cdk8s';
import * as tuned from 'cdk8s-tuned';
import { type Attack, damages, numbers, texts, times } from './attack';
import { MINUTE, web } from './constructs';

const point = (seconds: number, requestsPerSecond: number) => ({
  at: Duration.seconds(seconds),
  requestsPerSecond,
});

const FACTORIES: Record<string, readonly Attack[]> = {
  'Traffic rates': [
    ...numbers((chart, value) => web(chart, {}).simulate(tuned.Traffic.spike({ base: value, peak: 1 }))),
    ...numbers((chart, value) =>
      web(chart, {}).simulate(tuned.Traffic.points([point(0, value), point(60, 1)])),
    ),
  ],
  'Traffic times': times((chart, value) =>
    web(chart, {}).requireScaling(
      tuned.Traffic.spike({ base: 0, peak: 1, start: value, hold: value, every: value, length: value }),
      { unmetLoad: 1e9 },
    ),
  ),
  'Traffic.fromText': texts((chart, text) =>
    web(chart, {}).requireScaling(tuned.Traffic.fromText(`spike:base=1,peak=${text}`), { unmetLoad: 1e9 }),
  ),
  'Traffic.csv': texts((chart, text) => web(chart, {}).simulate(tuned.Traffic.csv(`0,1\n60,${text}`))),
  SimulationOptions: (['capacityPerPod', 'startupCpuPercent', 'memoryPercent', 'initialReplicas'] as const)
    .flatMap((key) =>
      numbers((chart, value) =>
        web(chart, {}).requireScaling(tuned.Traffic.constant(1), { unmetLoad: 1e9 }, { [key]: value }),
      ),
    )
    .concat(
      (['podStartTime', 'podReadyTime', 'metricLag', 'metricWindow'] as const).flatMap((key) =>
        times((chart, value) => void web(chart, {}).simulate(tuned.Traffic.constant(1), { [key]: value })),
      ),
    ),
  NodeSupply: (['sparePods', 'podsPerNode'] as const).flatMap((key) =>
    numbers((chart, value) =>
      web(chart, {}).simulate(tuned.Traffic.constant(1), {
        nodes: { sparePods: 1, podsPerNode: 1, provisionTime: MINUTE, [key]: value },
      }),
    ),
  ),
  ScalingThresholds: (['unmetLoad', 'overshoot', 'flaps', 'podHours', 'peakReplicas'] as const).flatMap(
    (key) =>
      numbers((chart, value) => web(chart, {}).requireScaling(tuned.Traffic.constant(0), { [key]: value })),
  ),
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
