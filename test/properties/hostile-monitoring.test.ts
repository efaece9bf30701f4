/** Thresholds of alerts. */
import { type Attack, damages, numbers, times } from './attack';
import { CONSTRUCTS, MINUTE } from './constructs';

const FACTORIES: Record<string, readonly Attack[]> = {
  AlertThreshold: (['highCpuUsage', 'highMemoryUsage', 'highErrorRate', 'podRestarts'] as const).flatMap(
    (key) => [
      ...numbers((chart, threshold) =>
        CONSTRUCTS.PerformanceMonitoring(chart, { [key]: { threshold, duration: MINUTE } }),
      ),
      ...times((chart, duration) =>
        CONSTRUCTS.PerformanceMonitoring(chart, { [key]: { threshold: 1, duration } }),
      ),
    ],
  ),
  LatencyThreshold: [
    ...times((chart, latency) =>
      CONSTRUCTS.PerformanceMonitoring(chart, { highLatency: { latency, duration: MINUTE } }),
    ),
    ...times((chart, duration) =>
      CONSTRUCTS.PerformanceMonitoring(chart, { highLatency: { latency: MINUTE, duration } }),
    ),
  ],
};

test.each(Object.entries(FACTORIES))('%s', (_, attacks) => {
  expect(attacks.length).toBeGreaterThan(5);
  expect(damages(attacks)).toEqual([]);
});
