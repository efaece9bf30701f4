import type { Duration } from 'cdk8s';
import type { ScalingTrigger } from './events/scaling-trigger';
import type { ScalingIntent } from './scaling-intent';
import type { ScalingMetric } from './scaling-metric';
import type { ScalingRules } from './scaling-rules';

/** Bounds and behaviour of an autoscaler. */
export interface ScalingBounds {
  /**
   * Fewest replicas; at least 1, and from 2 on the loss of one pod is not an outage.
   *
   * @default - 2; 1 for events that scale to zero
   */
  readonly min?: number;
  /**
   * Most replicas; above `min`.
   *
   * @default 10
   */
  readonly max?: number;
  /**
   * What is wanted: sets CPU target and behaviour, where the other props do not.
   *
   * @default ScalingIntent.GUIDE
   */
  readonly intent?: ScalingIntent;
  /**
   * How replicas are added.
   *
   * @default - as the intent says
   */
  readonly scaleUp?: ScalingRules;
  /**
   * How replicas are removed.
   *
   * @default - as the intent says
   */
  readonly scaleDown?: ScalingRules;
}

/** How replicas follow CPU. */
export interface CpuScalingOptions extends ScalingBounds {
  /**
   * CPU use to aim for, in percent of the request.
   *
   * @default - as the intent says: 70 for the guide's
   */
  readonly cpuPercent?: number;
}

/** How replicas follow CPU and memory. */
export interface CpuAndMemoryScalingOptions extends CpuScalingOptions {
  /**
   * Memory use to aim for, in percent of the request.
   *
   * @default 80
   */
  readonly memoryPercent?: number;
}

/** How replicas follow metrics of your own choice. */
export interface MetricScalingOptions extends ScalingBounds {
  /** What they follow; at least one, and whichever asks for most replicas counts. */
  readonly metrics: ScalingMetric[];
}

/** Replicas that stand in for a trigger that cannot be asked. */
export interface ScalingFallback {
  /**
   * Failed questions in a row after which it begins.
   *
   * @default 3
   */
  readonly failures?: number;
  /** Replicas; from `min` to `max`. */
  readonly replicas: number;
}

/** How replicas follow events, by KEDA. */
export interface EventScalingOptions extends ScalingBounds {
  /** What KEDA asks; at least one, and whichever asks for most replicas counts. */
  readonly triggers: ScalingTrigger[];
  /**
   * Whether no pod runs while no trigger is active; `min` replicas run while one is. CPU and memory alone cannot wake a
   * workload up.
   *
   * @default false
   */
  readonly scaleToZero?: boolean;
  /**
   * Time without an active trigger before the last pods go, in whole seconds; only with `scaleToZero`.
   *
   * @default Duration.seconds(300)
   */
  readonly cooldown?: Duration;
  /**
   * Time between two questions, in whole seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly pollingInterval?: Duration;
  /**
   * Replicas while a trigger cannot be asked.
   *
   * @default - the replicas stay as they are
   */
  readonly fallback?: ScalingFallback;
  /**
   * Name of a HorizontalPodAutoscaler that scales the workload today. KEDA takes it over instead of making one, so the
   * replicas do not drop in between; take the old one out of your manifests at the same time.
   *
   * @default - KEDA makes one of its own, `keda-hpa-<name>`
   */
  readonly transferFrom?: string;
}
