import { type ApiObject, Duration, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import {
  PodMonitor,
  PrometheusRule,
  PrometheusRuleSpecGroupsRulesExpr,
  ServiceMonitor,
} from '../../imports/monitoring.coreos.com';
import { type IMonitored, MetricFamily } from '../connection/monitored';
import { NetworkPeer } from '../connection/network-peer';
import { Checks } from '../finding/checks';
import { namespaceOf, resourceName } from '../pod/naming';
import { SECONDS, secondsOf } from '../units/amounts';
import { dnsLabelRule, labelKeyRule, labelValueRule } from '../units/names';
import { type AlertedWorkload, alerts, type AlertThresholds } from './alerts-emitter';
import { duration } from './duration';
import { KEY_METRICS, type RuleText } from './key-metrics-emitter';
import { type AlertedService, serviceAlerts, type ServiceThresholds } from './service-alerts-emitter';

/** When an alert fires. */
export interface AlertThreshold {
  /** Percent of the limit or of the requests, from 1 to 100; for restarts their number. */
  readonly threshold: number;
  /** Time that it must be above; for restarts the time in which they are counted. In whole seconds. */
  readonly duration: Duration;
}

/** When the alert on latency fires. */
export interface LatencyThreshold {
  /** Time that one request in a hundred may take, from 1 millisecond to 1 hour. */
  readonly latency: Duration;
  /** Time that it must be above, in whole seconds. */
  readonly duration: Duration;
}

/** Properties of a `PerformanceMonitoring`. */
export interface PerformanceMonitoringProps {
  /** What to watch: web apps, workers, databases, caches, proxies; at least one. What exists elsewhere needs an exporter first. */
  readonly watch: IMonitored[];
  /**
   * Namespace of the Prometheus that scrapes; the network policies of what is watched let it in.
   *
   * @default monitoring
   */
  readonly prometheusNamespace?: string;
  /**
   * Labels of the emitted objects, for a Prometheus that selects by them, such as
   * `{ release: 'kube-prometheus-stack' }`.
   *
   * @default - none
   */
  readonly labels?: { [label: string]: string };
  /**
   * Time between two scrapes, from 5 to 60 whole seconds: rates are taken over five minutes.
   *
   * @default Duration.seconds(30)
   */
  readonly scrapeInterval?: Duration;
  /**
   * Alert `HighCpuUsage`, in percent of the CPU limit.
   *
   * @default - 80 percent for 5 minutes
   */
  readonly highCpuUsage?: AlertThreshold;
  /**
   * Alert `HighMemoryUsage`, in percent of the memory limit.
   *
   * @default - 85 percent for 5 minutes
   */
  readonly highMemoryUsage?: AlertThreshold;
  /**
   * Alert `PodRestarts`: more restarts of a container than this.
   *
   * @default - 3 within 1 hour
   */
  readonly podRestarts?: AlertThreshold;
  /**
   * Alert `HighErrorRate`, in percent of the requests that are answered with a status of 500 or more.
   *
   * @default - 5 percent for 5 minutes
   */
  readonly highErrorRate?: AlertThreshold;
  /**
   * Alert `HighLatency`, on the 99th percentile of `http_request_duration_seconds`.
   *
   * @default - 1 second for 10 minutes
   */
  readonly highLatency?: LatencyThreshold;
  /**
   * Name of the PrometheusRule, and the stem of the monitors' names.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}

/** The guide's thresholds; those of errors and latency are proposals. */
const DEFAULTS = {
  highCpuUsage: { threshold: 80, duration: Duration.minutes(5) },
  highMemoryUsage: { threshold: 85, duration: Duration.minutes(5) },
  podRestarts: { threshold: 3, duration: Duration.hours(1) },
  highErrorRate: { threshold: 5, duration: Duration.minutes(5) },
  highLatency: { latency: Duration.seconds(1), duration: Duration.minutes(10) },
  scrapeInterval: Duration.seconds(30),
  prometheusNamespace: 'monitoring',
} as const;

/**
 * Scrape targets, the key metrics and the alerts of workloads, for the Prometheus operator: a ServiceMonitor or
 * PodMonitor for each, and one PrometheusRule. Rules use only series that something here really serves.
 *
 * @example
 * new PerformanceMonitoring(chart, 'performance', {
 *   watch: [web, worker, db, cache],
 *   labels: { release: 'kube-prometheus-stack' }, // what the Prometheus selects by
 *   highLatency: { latency: Duration.millis(300), duration: Duration.minutes(5) },
 * });
 */
export class PerformanceMonitoring extends Construct {
  /** Name of the PrometheusRule. */
  public readonly name: string;
  /** The PrometheusRule: recording rules of the key metrics, and the alerts. */
  public readonly rules: ApiObject;
  /** A ServiceMonitor or PodMonitor for each watched workload that serves metrics. */
  public readonly monitors: ApiObject[];

  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: PerformanceMonitoringProps) {
    super(scope, id);
    const checks = Checks.of(this);
    this.name = resourceName(this, props.name, checks);
    check(checks, props);
    checks.throwIfAny();

    const prometheus = NetworkPeer.namespace(props.prometheusNamespace ?? DEFAULTS.prometheusNamespace);
    const interval = duration(secondsOf(props.scrapeInterval ?? DEFAULTS.scrapeInterval));
    this.monitors = props.watch.flatMap((target) => {
      target.allowScrapeFrom(prometheus);
      return this.monitor(target, interval, props.labels);
    });
    this.rules = new PrometheusRule(this, 'rules', {
      metadata: { name: this.name, labels: props.labels && { ...props.labels } },
      spec: {
        groups: byNamespace(props.watch).flatMap(({ namespace, targets }) => [
          group(`${this.name}-${namespace ?? 'all'}-key-metrics`, keyMetrics(namespace, targets)),
          group(`${this.name}-${namespace ?? 'all'}-alerts`, [
            ...alerts(namespace, targets.map(workloadOf), thresholds(props)),
            ...serviceAlerts(namespace, targets.map(serviceOf), serviceThresholds(props)),
          ]),
        ]),
      },
    });
  }

  /** Scrapes by Service where one has the port, for its name becomes the job; else the pods themselves. */
  private monitor(
    target: IMonitored,
    interval: string,
    labels: PerformanceMonitoringProps['labels'],
  ): ApiObject[] {
    const endpoint = target.metricsEndpoint;
    if (!endpoint) return [];
    const { namespace, podLabels } = target.networkIdentity;
    const elsewhere = namespace !== undefined && namespace !== namespaceOf(this);
    const common = {
      metadata: { name: target.name, labels: labels && { ...labels } },
      id: `monitor-${target.name}`,
      namespaceSelector: elsewhere ? { matchNames: [namespace] } : undefined,
    };
    const { portName: port, path, serviceLabels } = endpoint;
    if (serviceLabels) {
      return [
        new ServiceMonitor(this, common.id, {
          metadata: common.metadata,
          spec: {
            endpoints: [{ port, path, interval }],
            namespaceSelector: common.namespaceSelector,
            selector: { matchLabels: { ...serviceLabels } },
          },
        }),
      ];
    }
    return [
      new PodMonitor(this, common.id, {
        metadata: common.metadata,
        spec: {
          podMetricsEndpoints: [endpoint, ...(target.moreMetricsEndpoints ?? [])].map((one) => ({
            port: one.portName,
            path: one.path,
            interval,
          })),
          namespaceSelector: common.namespaceSelector,
          selector: { matchLabels: { ...podLabels } },
        },
      }),
    ];
  }
}

function check(checks: Checks, props: PerformanceMonitoringProps): void {
  if (props.watch.length === 0)
    checks.fail('watch', props.watch, 'allowed: at least one workload, such as a ScalableWebApp');
  const paths = props.watch.map((target) => target.node.path);
  for (const path of new Set(paths.filter((one, index) => paths.indexOf(one) !== index))) {
    checks.fail('watch', path, 'it is watched already; remove one');
  }
  checks.text('prometheusNamespace', props.prometheusNamespace, dnsLabelRule);
  for (const [key, value] of Object.entries(props.labels ?? {})) {
    checks.at('labels').text('key', key, labelKeyRule);
    checks.at('labels').text(key, value, labelValueRule);
  }
  checks.integer('scrapeInterval', checks.amount('scrapeInterval', props.scrapeInterval, SECONDS), 5, 60);
  const limits = { highCpuUsage: 100, highMemoryUsage: 100, highErrorRate: 100, podRestarts: 10_000 };
  for (const name of Object.keys(limits) as Array<keyof typeof limits>) {
    const given = props[name];
    checks.at(name).integer('threshold', given?.threshold, 1, limits[name]);
    checks
      .at(name)
      .integer('duration', checks.at(name).amount('duration', given?.duration, SECONDS), 60, 604_800);
  }
  const { highLatency } = props;
  const at = checks.at('highLatency');
  at.number('latency', at.amount('latency', highLatency?.latency, SECONDS), 0.001, 3600);
  at.integer('duration', at.amount('duration', highLatency?.duration, SECONDS), 60, 604_800);
}

function thresholds(props: PerformanceMonitoringProps): AlertThresholds {
  const cpu = props.highCpuUsage ?? DEFAULTS.highCpuUsage;
  const memory = props.highMemoryUsage ?? DEFAULTS.highMemoryUsage;
  const restarts = props.podRestarts ?? DEFAULTS.podRestarts;
  return {
    cpu: { percent: cpu.threshold, seconds: secondsOf(cpu.duration) },
    memory: { percent: memory.threshold, seconds: secondsOf(memory.duration) },
    restarts: { count: restarts.threshold, seconds: secondsOf(restarts.duration) },
  };
}

function serviceThresholds(props: PerformanceMonitoringProps): ServiceThresholds {
  const errors = props.highErrorRate ?? DEFAULTS.highErrorRate;
  const latency = props.highLatency ?? DEFAULTS.highLatency;
  return {
    errors: { percent: errors.threshold, seconds: secondsOf(errors.duration) },
    latency: {
      limitSeconds: secondsOf(latency.latency),
      seconds: secondsOf(latency.duration),
    },
  };
}

/** What the pods of a target are called after. */
function workloadNameOf({ name, workloadName = name }: IMonitored): string {
  return workloadName;
}

function workloadOf(target: IMonitored): AlertedWorkload {
  const { hasCpuLimit, sharedMemory } = target;
  return { name: workloadNameOf(target), hasCpuLimit, sharedMemory };
}

function serviceOf(target: IMonitored): AlertedService {
  const { metricsEndpoint, autoscalerName, clientConnections } = target;
  // A consumer that connects later makes the queue longer.
  const longWait = () => target.longClientWaitSeconds ?? 0;
  return {
    name: workloadNameOf(target),
    family: metricsEndpoint?.family,
    autoscalerName,
    longWait,
    clientConnections,
    requestsAtOnce: metricsEndpoint?.family === MetricFamily.NGINX ? target.requestsAtOnce : undefined,
    fillBytesPerSecond: familiesOf(target).includes(MetricFamily.NGINX_CACHE)
      ? target.fillBytesPerSecond
      : undefined,
  };
}

function byNamespace(targets: readonly IMonitored[]) {
  const namespaces = [...new Set(targets.map((target) => target.networkIdentity.namespace))];
  return namespaces.map((namespace) => ({
    namespace,
    targets: targets.filter((target) => target.networkIdentity.namespace === namespace),
  }));
}

function keyMetrics(namespace: string | undefined, targets: readonly IMonitored[]): RuleText[] {
  return KEY_METRICS.flatMap(({ record, families, expression }) => {
    const workloads = targets
      .filter((target) => !families || familiesOf(target).some((family) => families.includes(family)))
      .map(workloadNameOf);
    return workloads.length === 0 ? [] : [{ record, expr: expression({ namespace, workloads }) }];
  });
}

function familiesOf({ metricsEndpoint, moreMetricsEndpoints = [] }: IMonitored): MetricFamily[] {
  return [...(metricsEndpoint ? [metricsEndpoint] : []), ...moreMetricsEndpoints].map(({ family }) => family);
}

function rendered(expr: RuleText['expr']): PrometheusRuleSpecGroupsRulesExpr {
  if (typeof expr === 'string') return PrometheusRuleSpecGroupsRulesExpr.fromString(expr);
  const produce = () => PrometheusRuleSpecGroupsRulesExpr.fromString(expr());
  return Lazy.any({ produce }) as PrometheusRuleSpecGroupsRulesExpr;
}

function group(name: string, rules: readonly RuleText[]) {
  return {
    name,
    rules: rules.map(({ expr, labels, annotations, ...rest }) => ({
      ...rest,
      expr: rendered(expr),
      labels: labels && { ...labels },
      annotations: annotations && { ...annotations },
    })),
  };
}
