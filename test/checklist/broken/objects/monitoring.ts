/** Alerts that are gone, and metrics that nobody serves. */
import { find, type Manifest } from '../../../support/synth';
import type { Breakage } from '../breakage';

/** Takes alerts away. */
const without = (objects: Manifest[], alerts: readonly string[]) => {
  for (const group of find(objects, 'PrometheusRule').spec.groups)
    group.rules = group.rules.filter(({ alert }: { alert?: string }) => !alerts.includes(alert ?? ''));
};

export const MONITORING_BREAKAGES: readonly Breakage[] = [
  {
    what: 'an alert on a metric that nobody serves',
    breakIt: (all) =>
      (find(all, 'PrometheusRule', 'monitoring-performance').spec.groups[1].rules[0].expr =
        'pod_memory_usage_bytes > 1 or cpu > 1'),
    rules: ['MON-003'],
  },
  ...['HighErrorRate', 'HighLatency', 'AutoscalerAtMaximum', 'PostgresConnectionsHigh'].map((alert) => ({
    what: `no ${alert}`,
    breakIt: (all: Manifest[]) => without(all, [alert]),
    rules: ['MON-002'],
  })),
  {
    what: 'no alert on the cache',
    breakIt: (all) => without(all, ['CacheTooSmall', 'CacheRefusesConnections']),
    rules: ['MON-002'],
  },
  {
    what: 'a monitor on a port that is not there',
    breakIt: (all) => (find(all, 'ServiceMonitor', 'shop-web').spec.endpoints[0].port = 'metrics'),
    rules: ['MON-004'],
  },
];
