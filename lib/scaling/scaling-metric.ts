import type { Size } from 'cdk8s';
import type { Cpu } from 'cdk8s-plus-27';
import type { MetricIdentifier, MetricSpec, MetricTarget } from 'kubernetes-types/autoscaling/v2';
import type { Checks } from '../finding/checks';
import { bytesOf, sizeText } from '../units/amounts';
import { dnsLabelRule, dnsSubdomainRule, labelKeyRule, labelValueRule } from '../units/names';
import { formatBytes, formatCpu, formatDecimal, parseCpu } from '../units/quantity';
import { highestLiveTarget } from './hpa/live-target';
import { HPA_TOLERANCE } from './hpa/replica-calculator';
import { mainContainer, type ScaledPod } from './scaled-pod';
import type {
  ExternalMetricOptions,
  NamedMetricOptions,
  ObjectMetricOptions,
  PodsMetricOptions,
} from './scaling-metric-props';

type Resource = 'cpu' | 'memory';

/** A checked number, and how it is written. */
interface Source {
  /** Resource that is measured; undefined for what is none. */
  readonly resource?: Resource;
  /** The one container that is measured. */
  readonly container?: string;
  /** Use to aim for, in percent of the request. */
  readonly utilization?: number;
  check(checks: Checks): void;
  render(pod: Pick<ScaledPod, 'containers'>): MetricSpec;
}

/**
 * A number that replicas follow, and the value to hold it at. With several, the one that asks for most replicas counts.
 *
 * @example
 * new ScalableWebApp(chart, 'api', {
 *   image: 'registry.example.com/api:2.3.0',
 *   scaling: ScalingPolicy.custom({
 *     metrics: [
 *       ScalingMetric.cpuUtilization(70),
 *       ScalingMetric.pods({ metric: 'http_requests_per_second', averageValue: 100 }),
 *     ],
 *   }),
 * });
 */
export class ScalingMetric {
  /**
   * CPU use in percent of the request, of the workload's own container: a sidecar would hide that it is hot.
   *
   * @param percent use to aim for, from 1 to 1000 whole percent
   */
  public static cpuUtilization(percent: number): ScalingMetric {
    return ScalingMetric.ofUtilization('cpu', 'cpuPercent', percent);
  }

  /**
   * Memory use in percent of the request, of the workload's own container. Few processes return memory.
   *
   * @param percent use to aim for, from 1 to 1000 whole percent
   */
  public static memoryUtilization(percent: number): ScalingMetric {
    return ScalingMetric.ofUtilization('memory', 'memoryPercent', percent);
  }

  /**
   * CPU use of one container in percent of its request.
   *
   * @param container name of the container; one that the pod lacks is refused
   * @param percent use to aim for, from 1 to 1000 whole percent
   */
  public static containerCpu(container: string, percent: number): ScalingMetric {
    return ScalingMetric.ofUtilization('cpu', 'percent', percent, container);
  }

  /**
   * Memory use of one container in percent of its request.
   *
   * @param container name of the container; one that the pod lacks is refused
   * @param percent use to aim for, from 1 to 1000 whole percent
   */
  public static containerMemory(container: string, percent: number): ScalingMetric {
    return ScalingMetric.ofUtilization('memory', 'percent', percent, container);
  }

  /**
   * CPU use of a pod, whatever it requests.
   *
   * @param average use to aim for; at least 1m
   */
  public static cpuAverage(average: Cpu): ScalingMetric {
    const millis = parseCpu(average.amount) ?? 0;
    const text = millis >= 1 ? formatCpu(millis) : undefined;
    return ScalingMetric.ofAverage('cpu', average.amount, text, 'at least 1m');
  }

  /**
   * Memory use of a pod, whatever it requests.
   *
   * @param average use to aim for; at least one byte
   */
  public static memoryAverage(average: Size): ScalingMetric {
    const bytes = bytesOf(average);
    const text = Number.isSafeInteger(bytes) && bytes > 0 ? formatBytes(bytes) : undefined;
    return ScalingMetric.ofAverage('memory', sizeText(average), text, 'a whole number of bytes above 0');
  }

  /**
   * A metric that every pod serves through the custom metrics API, averaged over the pods.
   *
   * @param props metric and target
   */
  public static pods(props: PodsMetricOptions): ScalingMetric {
    return new ScalingMetric({
      check: (checks) => {
        checkNamed(checks, props);
        checkAmount(checks, 'averageValue', props.averageValue);
      },
      render: () => ({ type: 'Pods', pods: { metric: identifier(props), target: target(props) } }),
    });
  }

  /**
   * A metric of one object through the custom metrics API.
   *
   * @param props object, metric and target
   */
  public static object(props: ObjectMetricOptions): ScalingMetric {
    return new ScalingMetric({
      check: (checks) => {
        checks.text('apiVersion', props.apiVersion, apiVersionRule);
        checks.text('kind', props.kind, kindRule);
        checks.text('name', props.name, dnsSubdomainRule);
        checkNamed(checks, props);
        checkEither(checks, props);
      },
      render: () => ({
        type: 'Object',
        object: {
          describedObject: { apiVersion: props.apiVersion, kind: props.kind, name: props.name },
          metric: identifier(props),
          target: target(props),
        },
      }),
    });
  }

  /**
   * A metric of the external metrics API, such as the length of a queue.
   *
   * @param props metric and target
   */
  public static external(props: ExternalMetricOptions): ScalingMetric {
    return new ScalingMetric({
      check: (checks) => {
        checkNamed(checks, props);
        checkEither(checks, props);
      },
      render: () => ({ type: 'External', external: { metric: identifier(props), target: target(props) } }),
    });
  }

  private static ofUtilization(
    resource: Resource,
    prop: string,
    percent: number,
    only?: string,
  ): ScalingMetric {
    return new ScalingMetric({
      resource,
      container: only,
      utilization: percent,
      check: (checks) => {
        checks.integer(prop, percent, 1, 1000);
        checks.text('container', only, dnsLabelRule);
      },
      render: (pod) => {
        const container = only ?? mainContainer(pod);
        const aim: MetricTarget = { type: 'Utilization', averageUtilization: percent };
        return container === undefined
          ? { type: 'Resource', resource: { name: resource, target: aim } }
          : { type: 'ContainerResource', containerResource: { name: resource, container, target: aim } };
      },
    });
  }

  private static ofAverage(
    resource: Resource,
    given: unknown,
    averageValue: string | undefined,
    allowed: string,
  ): ScalingMetric {
    return new ScalingMetric({
      resource,
      check: (checks) => {
        if (averageValue === undefined) checks.fail(`${resource}Average`, given, `allowed: ${allowed}`);
      },
      render: () => ({
        type: 'Resource',
        resource: { name: resource, target: { type: 'AverageValue', averageValue } },
      }),
    });
  }

  private constructor(private readonly source: Source) {}

  /**
   * Resource that is measured, and the container if it is only one of several.
   *
   * @internal
   */
  public get _measured(): { readonly resource: Resource; readonly container?: string } | undefined {
    const { resource, container } = this.source;
    return resource && { resource, container };
  }

  /**
   * Checks the target: also that usage can reach it at all.
   *
   * @internal
   */
  public _check(checks: Checks, pod: ScaledPod, tolerance = HPA_TOLERANCE): void {
    this.source.check(checks);
    const { resource, utilization: percent, container } = this.source;
    const names = pod.containers.map(({ name }) => name);
    if (container !== undefined && !names.includes(container)) {
      checks.fail('container', container, `the pod has no such container; allowed: ${names.join(', ')}`);
      return;
    }
    if (resource === undefined || percent === undefined || !(percent >= 1)) return;
    const { resources } = pod.containers.find(({ name }) => name === container) ?? pod.containers[0];
    const [request, limit] =
      resource === 'cpu'
        ? [resources?.cpuRequestMillis, resources?.cpuLimitMillis]
        : [resources?.memoryRequestBytes, resources?.memoryLimitBytes];

    const highest = request === undefined ? undefined : highestLiveTarget(request, limit, tolerance);
    if (highest !== undefined && percent > highest) {
      checks.fail(
        container === undefined ? `${resource}Percent` : 'percent',
        percent,
        `the ${resource === 'cpu' ? 'CPU' : 'memory'} limit caps usage before the autoscaler would act (it needs target x ${1 + tolerance}); use at most ${highest}, or raise the limit above the request`,
      );
    }
  }

  /** @internal */
  public _render(pod: Pick<ScaledPod, 'containers'>): MetricSpec {
    return this.source.render(pod);
  }
}

/**
 * Metrics in the order in which the API server returns them: any other is a difference that GitOps tools report for
 * ever. Kept as autoscaling/v1, an HPA has its CPU utilisation in a field and the rest in an annotation; read again, the
 * rest comes first, in its own order (kubernetes#74099; Argo CD, diffing customization).
 */
export function inServerOrder(metrics: readonly MetricSpec[]): MetricSpec[] {
  const isLast = ({ resource }: MetricSpec) =>
    resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
  return [...metrics.filter((metric) => !isLast(metric)), ...metrics.filter(isLast)];
}

function identifier({ metric, matchLabels }: NamedMetricOptions): MetricIdentifier {
  return { name: metric, selector: matchLabels && { matchLabels: { ...matchLabels } } };
}

function target({ value, averageValue }: { value?: number; averageValue?: number }): MetricTarget {
  return value === undefined
    ? { type: 'AverageValue', averageValue: formatDecimal(Math.round((averageValue ?? 0) * 1000)) }
    : { type: 'Value', value: formatDecimal(Math.round(value * 1000)) };
}

function checkNamed(checks: Checks, { metric, matchLabels }: NamedMetricOptions): void {
  checks.text('metric', metric, metricRule);
  for (const [key, value] of Object.entries(matchLabels ?? {})) {
    checks.at('matchLabels').text('key', key, labelKeyRule);
    checks.at('matchLabels').text(key, value, labelValueRule);
  }
}

function checkEither(checks: Checks, { value, averageValue }: ExternalMetricOptions): void {
  if ((value === undefined) === (averageValue === undefined)) {
    checks.fail(
      'value',
      value,
      'allowed: exactly one of value (of the metric itself) and averageValue (per replica)',
    );
  }
  checkAmount(checks, 'value', value);
  checkAmount(checks, 'averageValue', averageValue);
}

/** A number that a quantity can hold without loss. */
export function checkAmount(checks: Checks, prop: string, value: number | undefined, least = 0.001): void {
  if (value === undefined || (value >= least && value <= 1e12 && isThousandths(value))) return;
  checks.fail(prop, value, `allowed: from ${least} to 1e12, with at most three decimals`);
}

function isThousandths(value: number): boolean {
  return Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6 * Math.max(1, value);
}

/** Names of series: those of Prometheus, and paths as other adapters write them (`pubsub.googleapis.com|subscription|…`). */
function metricRule(text: string): string | undefined {
  return /^[A-Za-z0-9_:][A-Za-z0-9_:.|-]{0,252}$/.test(text)
    ? undefined
    : 'a metric name of at most 253 letters, digits and _ : . | -';
}

function kindRule(text: string): string | undefined {
  return /^[A-Z][A-Za-z0-9]{0,62}$/.test(text) ? undefined : 'a kind, such as Ingress';
}

function apiVersionRule(text: string): string | undefined {
  const [version = '', group, ...more] = text.split('/').reverse();
  const good =
    more.length === 0 &&
    /^v\d+((alpha|beta)\d+)?$/.test(version) &&
    (group === undefined || dnsSubdomainRule(group) === undefined);
  return good ? undefined : 'an API version, such as v1 or networking.k8s.io/v1';
}
