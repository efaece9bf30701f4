import { FindingSeverity } from '../../../finding/finding';
import type { Inventory, KubernetesObject } from '../../../inventory/inventory';
import { type Json, recordAt, recordsAt, textAt, textsAt } from '../../../inventory/json';
import { mayBeMadeElsewhere, workloadsNear } from '../../../inventory/references';
import { monitoredNamespaces, relationsOf, servers, serviceSelector } from '../../../inventory/relations';
import { postgresInstances } from '../../../postgres/reading/postgres-instances';
import { redisServers } from '../../../redis/reading/redis-instances';
import { objects, type Rule, rule, when } from '../../rule';

interface AlertOf {
  readonly object: KubernetesObject;
  readonly alert: Json;
  readonly path: string;
}

function rulesIn(inventory: Inventory): readonly AlertOf[] {
  return inventory.ofKind('PrometheusRule').flatMap((object) =>
    recordsAt(object.manifest, 'spec', 'groups').flatMap((group, groupIndex) =>
      recordsAt(group, 'rules').map((alert, index) => ({
        object,
        alert,
        path: `spec.groups[${groupIndex}].rules[${index}]`,
      })),
    ),
  );
}

/** Names that are written about and that no exporter serves, and what is meant. */
const NEVER_SERVED: Readonly<Record<string, string>> = {
  pod_memory_usage_bytes: 'the sum of container_memory_working_set_bytes',
  database_connections_active: 'pg_stat_activity_count{state="active"}',
  cache_hits_total: 'redis_keyspace_hits_total',
  cache_misses_total: 'redis_keyspace_misses_total',
  pg_replication_lag: 'pg_replication_lag_seconds',
};

/** Metrics that an expression reads: names before a selector, a range or an operator, no functions and no labels. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)].map(([name]) => name);
}

/** What should wake somebody, what an expression for it reads, and where it applies. */
interface Wanted {
  readonly what: string;
  readonly reads: RegExp;
  readonly applies: (inventory: Inventory) => boolean;
}

const always = () => true;

/** Whether requests come in from outside, so that users notice errors and latency. */
const isPublic = (inventory: Inventory) =>
  inventory.ofKind('Ingress', 'HTTPRoute').length > 0 ||
  inventory.ofKind('Service').some(({ manifest }) => textAt(manifest, 'spec', 'type') === 'LoadBalancer');

const WANTED: readonly Wanted[] = [
  { what: 'CPU', reads: /cpu/, applies: always },
  { what: 'memory', reads: /memory/, applies: always },
  { what: 'restarts', reads: /restarts_total|OOMKilled|CrashLoopBackOff|waiting_reason/, applies: always },
  { what: 'server errors', reads: /"5(\.\.|\[0-9\]|\\d|xx)|error|failed/i, applies: isPublic },
  { what: 'latency', reads: /duration|latency|response_time/, applies: isPublic },
  {
    what: 'an autoscaler at its maximum',
    reads: /horizontalpodautoscaler|_hpa_/,
    applies: (inventory) => inventory.ofKind('HorizontalPodAutoscaler').length > 0,
  },
  {
    what: 'connections of the database',
    reads: /pg_stat_activity_count|pg_stat_database_numbackends|cnpg_backends|pgbouncer_pools/,
    applies: (inventory) => postgresInstances(inventory).length > 0,
  },
  {
    what: 'a cache that is too small or refuses',
    reads: /evicted_keys|memory_max_bytes|rejected_connections/,
    applies: (inventory) => redisServers(inventory).length > 0,
  },
];

export const MONITORING_RULES: readonly Rule[] = [
  rule({
    id: 'MON-001',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.INFO,
    title: 'Every server is scraped',
    why: 'What is not measured is found by its users.',
    evidence: 'The guide, "Monitoring and alerting in place".',
    of: (inventory) =>
      inventory.ofKind('ServiceMonitor', 'PodMonitor', 'PrometheusRule').length > 0 ? servers(inventory) : [],
    check: (workload, inventory) => {
      const annotations = textsAt(workload.object.manifest, 'spec', 'template', 'metadata', 'annotations');
      return when(
        relationsOf(workload, inventory).monitors.length === 0 &&
          annotations['prometheus.io/scrape'] !== 'true',
        {
          path: workload.podPath,
          measured: 'no ServiceMonitor or PodMonitor selects it',
          expected: 'one, or the annotation prometheus.io/scrape',
          fix: 'watch it',
        },
      );
    },
  }),
  rule({
    id: 'MON-002',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.INFO,
    title: 'There is an alert on everything that fails at its limit',
    why: 'Metrics without alerts are looked at after the outage.',
    evidence:
      'The guide, HighCpuUsage, HighMemoryUsage and PodRestarts; kubernetes-mixin, postgres and redis mixins for the others.',
    of: (inventory) =>
      objects(inventory, 'PrometheusRule')
        .slice(0, 1)
        .map(({ object }) => ({
          object,
          // Alerts of one environment may stand in several objects.
          expressions: rulesIn(inventory)
            .filter(({ alert }) => textAt(alert, 'alert') !== undefined)
            .map(({ alert }) => textAt(alert, 'expr') ?? ''),
        })),
    check: ({ expressions }, inventory) => {
      const wanted = WANTED.filter(({ applies }) => applies(inventory));
      const lacks = wanted.filter(({ reads }) => !expressions.some((expression) => reads.test(expression)));
      return when(lacks.length > 0, {
        path: 'spec.groups',
        measured: `no alert on ${lacks.map(({ what }) => what).join(', ')}`,
        expected: `alerts on ${wanted.map(({ what }) => what).join(', ')}`,
        fix: 'add them',
      });
    },
  }),
  rule({
    id: 'MON-003',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Rules read metrics that exist, and alerts have a severity',
    why: 'An alert on a series that nobody serves never fires, and looks like health.',
    evidence: 'Four of the guide’s eleven metric names exist in no exporter.',
    of: rulesIn,
    check: ({ alert, path }) => {
      const expression = textAt(alert, 'expr') ?? '';
      const dead = metricsIn(expression).filter((name) => Object.hasOwn(NEVER_SERVED, name));
      return [
        ...when(expression.trim() === '', {
          path: `${path}.expr`,
          measured: 'no expression',
          expected: 'PromQL',
          fix: 'write one',
        }),
        ...dead.map((name) => ({
          path: `${path}.expr`,
          measured: name,
          expected: NEVER_SERVED[name],
          fix: 'read the series that exists',
        })),
        ...when(textAt(alert, 'alert') !== undefined && recordAt(alert, 'labels')?.severity === undefined, {
          path: `${path}.labels.severity`,
          measured: 'not set',
          expected: 'a severity, which Alertmanager routes by',
          fix: 'set it',
        }),
      ];
    },
  }),
  rule({
    id: 'MON-004',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A monitor finds a port that is there',
    why: 'A monitor whose selector or port name has a mistake scrapes nothing, in silence.',
    evidence: 'kube-linter dangling-servicemonitor.',
    of: (inventory) => objects(inventory, 'ServiceMonitor', 'PodMonitor'),
    check: ({ object }, inventory) => {
      const selector = recordAt(object.manifest, 'spec', 'selector') ?? {};
      const field = object.kind === 'ServiceMonitor' ? 'endpoints' : 'podMetricsEndpoints';
      // A number reaches whatever listens there.
      const wanted = recordsAt(object.manifest, 'spec', field)
        .filter((one) => one.targetPort === undefined && one.portNumber === undefined)
        .map((one) => textAt(one, 'port'));
      const isNumbered = recordsAt(object.manifest, 'spec', field).length > wanted.length;
      const namespaces = monitoredNamespaces(object).filter(
        (namespace) => workloadsNear(inventory, namespace).length > 0,
      );
      // What it watches is in another set, or made by an operator.
      if (
        namespaces.length === 0 ||
        namespaces.some((namespace) => mayBeMadeElsewhere(inventory, namespace, selector))
      )
        return [];
      const ports = namespaces.flatMap((namespace) =>
        object.kind === 'ServiceMonitor'
          ? inventory
              .servicesLabelled(namespace, selector)
              .filter((service) => {
                const pods = serviceSelector(service);
                return pods && inventory.selected(namespace, pods).length > 0;
              })
              .flatMap((service) => recordsAt(service.manifest, 'spec', 'ports').map((port) => port.name))
          : [
              ...inventory
                .selected(namespace, selector)
                .flatMap(({ containers }) =>
                  containers.flatMap(({ container }) =>
                    recordsAt(container, 'ports').map((port) => port.name),
                  ),
                ),
              ...inventory.selectedManaged(namespace, selector).flatMap((pods) => pods.ports),
            ],
      );
      const missing = wanted.filter((port) => port === undefined || !ports.includes(port));
      const everything =
        Object.keys(textsAt(selector, 'matchLabels')).length === 0 &&
        recordsAt(selector, 'matchExpressions').length === 0;
      return when(missing.length > 0 || (wanted.length === 0 && !isNumbered) || everything, {
        path: `spec.${field}`,
        measured: everything
          ? 'a selector without a condition'
          : wanted.length === 0
            ? 'no port'
            : `port ${missing.map((port) => port ?? 'without a name').join(', ')}`,
        expected:
          ports.length === 0
            ? 'a selector that selects something'
            : `one of ${[...new Set(ports)].join(', ')}`,
        fix: 'correct the selector or the name of the port',
      });
    },
  }),
];
