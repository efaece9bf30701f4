import type { HorizontalPodAutoscalerSpec } from 'kubernetes-types/autoscaling/v2';
import type { Checks } from '../finding/checks';
import { EventScaling } from './events/event-scaling';
import type { HpaRules } from './hpa/hpa-spec';
import type { ScaledPod } from './scaled-pod';
import { ScalingIntent } from './scaling-intent';
import { SCALING_DEFAULTS } from './scaling-intents';
import { inServerOrder, ScalingMetric } from './scaling-metric';
import type {
  CpuAndMemoryScalingOptions,
  CpuScalingOptions,
  EventScalingOptions,
  MetricScalingOptions,
  ScalingBounds,
} from './scaling-props';
import { checkRules, numbersOf, renderRules } from './scaling-rules';

/** What an autoscaler changes. */
export interface ScaleTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/**
 * How many replicas a workload has, and what they follow: an autoscaler of Kubernetes or of KEDA, never both. Unless its
 * props say otherwise, an autoscaler keeps from 2 to 10 replicas and behaves as `ScalingIntent.GUIDE`. Equal bounds are
 * refused where they leave it nothing to do; `replicas` is for them.
 *
 * @example
 * new ScalableWebApp(chart, 'sessions', {
 *   image: 'registry.example.com/sessions:1.8.2',
 *   scaling: ScalingPolicy.cpuAndMemory({ min: 3, max: 20, cpuPercent: 65, memoryPercent: 80 }),
 * });
 */
export class ScalingPolicy {
  /**
   * Replicas follow CPU use. Memory stays free for a VerticalPodAutoscaler.
   *
   * @param props bounds, target and behaviour
   */
  public static cpu(props: CpuScalingOptions = {}): ScalingPolicy {
    return new ScalingPolicy(props, [ScalingMetric.cpuUtilization(cpuPercentOf(props))]);
  }

  /**
   * Replicas follow whichever of CPU and memory use asks for more. Few processes return memory, so they seldom scale
   * down for it.
   *
   * @param props bounds, targets and behaviour
   */
  public static cpuAndMemory(props: CpuAndMemoryScalingOptions = {}): ScalingPolicy {
    return new ScalingPolicy(props, [
      ScalingMetric.cpuUtilization(cpuPercentOf(props)),
      ScalingMetric.memoryUtilization(props.memoryPercent ?? SCALING_DEFAULTS.memoryPercent),
    ]);
  }

  /**
   * Replicas follow metrics of your own choice.
   *
   * @param props bounds, metrics and behaviour
   */
  public static custom(props: MetricScalingOptions): ScalingPolicy {
    return new ScalingPolicy(props, props.metrics);
  }

  /**
   * Replicas follow events, such as the length of a queue or a time of day. KEDA must be installed in the cluster.
   *
   * @param props bounds, triggers and behaviour
   */
  public static events(props: EventScalingOptions): ScalingPolicy {
    return new ScalingPolicy(props, undefined, new EventScaling(props));
  }

  /**
   * Always this many replicas, without an autoscaler.
   *
   * @param replicas number of replicas, at least 1
   */
  public static replicas(replicas: number): ScalingPolicy {
    return new ScalingPolicy({ min: replicas, max: replicas }, undefined);
  }

  private constructor(
    private readonly bounds: ScalingBounds,
    private readonly metrics: readonly ScalingMetric[] | undefined,
    /** @internal */
    public readonly _events?: EventScaling,
  ) {}

  /**
   * Fewest replicas while there is work; a policy that scales to zero has none without.
   *
   * @internal
   */
  public get _min(): number {
    const fewest = this._events?._scaleToZero === true ? 1 : SCALING_DEFAULTS.min;
    return this.bounds.min ?? Math.min(fewest, this.bounds.max ?? fewest);
  }

  /** @internal */
  public get _max(): number {
    return this.bounds.max ?? Math.max(SCALING_DEFAULTS.max, this._min);
  }

  /** @internal */
  public get _isAutoscaled(): boolean {
    return this.metrics !== undefined || this._events !== undefined;
  }

  /**
   * Resources of a container whose use moves the replicas.
   *
   * @internal
   */
  public _scaledResources(container?: string): Array<'cpu' | 'memory'> {
    const usage = this.metrics ?? this._events?._usage ?? [];
    const measured = usage.flatMap((metric) => metric._measured ?? []);
    return (['cpu', 'memory'] as const).filter((name) =>
      measured.some(
        (one) =>
          one.resource === name &&
          (one.container === undefined || container === undefined || one.container === container),
      ),
    );
  }

  /** @internal */
  public _check(checks: Checks, pod: ScaledPod): void {
    const { _min: min, _max: max } = this;
    if (!this._isAutoscaled) {
      checks.integer('replicas', min, 1, 10_000);
      return;
    }
    checks.integer('min', min, 1, 10_000);
    checks.integer('max', max, 1, 10_000);
    if (min > max) checks.fail('min', min, `it is above max (${max}); lower min or raise max`);
    if (min === max && this._events?._scaleToZero !== true) {
      checks.fail(
        'max',
        max,
        'it equals min, so the autoscaler could never move; raise max, or use ScalingPolicy.replicas',
      );
    }
    const { tolerance } = this.rules().scaleUp;
    if (this.bounds.scaleUp) checkRules(checks.at('scaleUp'), this.bounds.scaleUp, pod.version);
    if (this.bounds.scaleDown) checkRules(checks.at('scaleDown'), this.bounds.scaleDown, pod.version);
    if (this.metrics?.length === 0)
      checks.fail('metrics', this.metrics, 'allowed: at least one metric; or use ScalingPolicy.replicas');
    this.metrics?.forEach((metric) => metric._check(checks, pod, tolerance));
    this._events?._check(checks, { min, max, pod, tolerance });
  }

  /**
   * Whether a field is emitted that the oldest Kubernetes version lacks.
   *
   * @internal
   */
  public get _needsNewerVersion(): boolean {
    const { scaleUp, scaleDown } = this.rules();
    return [scaleUp, scaleDown].some(({ tolerance }) => tolerance !== undefined);
  }

  /**
   * Spec of the HorizontalPodAutoscaler of a policy that has one.
   *
   * @internal
   */
  public _render(target: ScaleTarget, pod: Pick<ScaledPod, 'containers'>): HorizontalPodAutoscalerSpec {
    const metrics = this.metrics ?? [];
    return {
      scaleTargetRef: { ...target },
      minReplicas: this._min,
      maxReplicas: this._max,
      metrics: inServerOrder(metrics.map((metric) => metric._render(pod))),
      behavior: this._behavior(),
    };
  }

  /** @internal */
  public _behavior(): NonNullable<HorizontalPodAutoscalerSpec['behavior']> {
    const { scaleUp, scaleDown } = this.rules();
    return { scaleUp: renderRules(scaleUp), scaleDown: renderRules(scaleDown) };
  }

  private rules(): { readonly scaleUp: HpaRules; readonly scaleDown: HpaRules } {
    const { intent = ScalingIntent.GUIDE, scaleUp, scaleDown } = this.bounds;
    return {
      scaleUp: scaleUp ? numbersOf(scaleUp) : intent._numbers.scaleUp,
      scaleDown: scaleDown ? numbersOf(scaleDown) : intent._numbers.scaleDown,
    };
  }
}

function cpuPercentOf({ cpuPercent, intent = ScalingIntent.GUIDE }: CpuScalingOptions): number {
  return cpuPercent ?? intent._numbers.cpuPercent;
}
