import type { Duration } from 'cdk8s';
import type {
  HorizontalPodAutoscaler,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricSpec,
} from 'kubernetes-types/autoscaling/v2';
import type { Checks } from '../finding/checks';
import { secondsOf } from '../pod/health-check';
import type { ContainerResources } from '../sizing/resources';
import { highestLiveTarget } from './reach-sizing';

/** One limit on how fast replicas change. */
export class ScalingStep {
  /**
   * At most this share of the replicas at the start of the period.
   *
   * @param percent percent of the replicas; 100 doubles them on the way up
   * @param period length of the period, from 1 to 1800 whole seconds
   */
  public static percent(percent: number, period: Duration): ScalingStep {
    return new ScalingStep('Percent', percent, period);
  }

  /**
   * At most this many pods.
   *
   * @param pods number of pods
   * @param period length of the period, from 1 to 1800 whole seconds
   */
  public static pods(pods: number, period: Duration): ScalingStep {
    return new ScalingStep('Pods', pods, period);
  }

  private constructor(
    private readonly type: 'Percent' | 'Pods',
    private readonly value: number,
    private readonly period: Duration,
  ) {}

  /** @internal */
  public _check(checks: Checks): void {
    checks.integer(this.type.toLowerCase(), this.value, 1, 100_000);
    checks.integer('period', secondsOf(this.period), 1, 1800);
  }

  /** @internal */
  public _render(): HPAScalingPolicy {
    return { type: this.type, value: this.value, periodSeconds: secondsOf(this.period) };
  }
}

/** Which of several steps counts. */
export enum StepSelection {
  /** The step that allows the largest change. */
  LARGEST = 'Max',
  /** The step that allows the smallest change. */
  SMALLEST = 'Min',
  /** None: the replicas never change in this direction. */
  DISABLED = 'Disabled',
}

/** How replicas change in one direction. */
export interface ScalingRules {
  /** Time over which the most cautious recommendation counts, from 0 to 3600 whole seconds. */
  readonly stabilizationWindow: Duration;
  /** Limits on the change; at least one. */
  readonly steps: ScalingStep[];
  /**
   * Which step counts when there are several.
   *
   * @default StepSelection.LARGEST
   */
  readonly select?: StepSelection;
}

/** How replicas follow CPU. */
export interface CpuScalingProps {
  /**
   * Fewest replicas; at least 1, and from 2 on the loss of one pod is not an outage.
   *
   * @default 2
   */
  readonly min?: number;
  /**
   * Most replicas; at least `min`.
   *
   * @default 10
   */
  readonly max?: number;
  /**
   * CPU use to aim for, in percent of the request.
   *
   * @default 70
   */
  readonly cpuPercent?: number;
  /**
   * How replicas are added.
   *
   * @default - the guide's: at once, at most 100 percent per 30 seconds
   */
  readonly scaleUp?: ScalingRules;
  /**
   * How replicas are removed.
   *
   * @default - the guide's: after 300 seconds of lower load, at most 50 percent per 60 seconds
   */
  readonly scaleDown?: ScalingRules;
}

/** How replicas follow CPU and memory. */
export interface CpuAndMemoryScalingProps extends CpuScalingProps {
  /**
   * Memory use to aim for, in percent of the request.
   *
   * @default 80
   */
  readonly memoryPercent?: number;
}

/** The defaults of `ScalingPolicy`; percentages and behaviour are the guide's. */
export const SCALING_DEFAULTS = {
  min: 2,
  max: 10,
  cpuPercent: 70,
  memoryPercent: 80,
  scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 30 }] },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  },
} as const;

interface Targets {
  readonly cpuPercent?: number;
  readonly memoryPercent?: number;
}

/** How many replicas a workload has, and what they follow. */
export class ScalingPolicy {
  /**
   * Replicas follow CPU use. Memory stays free for a VerticalPodAutoscaler.
   *
   * @param props bounds, target and behaviour
   */
  public static cpu(props: CpuScalingProps = {}): ScalingPolicy {
    return new ScalingPolicy(props, { cpuPercent: props.cpuPercent ?? SCALING_DEFAULTS.cpuPercent });
  }

  /**
   * Replicas follow whichever of CPU and memory use asks for more. Few processes return memory, so they seldom scale
   * down for it.
   *
   * @param props bounds, targets and behaviour
   */
  public static cpuAndMemory(props: CpuAndMemoryScalingProps = {}): ScalingPolicy {
    return new ScalingPolicy(props, {
      cpuPercent: props.cpuPercent ?? SCALING_DEFAULTS.cpuPercent,
      memoryPercent: props.memoryPercent ?? SCALING_DEFAULTS.memoryPercent,
    });
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
    private readonly props: CpuScalingProps,
    private readonly targets: Targets | undefined,
  ) {}

  /** @internal */
  public get _min(): number {
    return this.props.min ?? Math.min(SCALING_DEFAULTS.min, this.props.max ?? SCALING_DEFAULTS.min);
  }

  /** @internal */
  public get _max(): number {
    return this.props.max ?? Math.max(SCALING_DEFAULTS.max, this._min);
  }

  /** @internal */
  public get _isAutoscaled(): boolean {
    return this.targets !== undefined;
  }

  /**
   * Resources whose use moves the replicas.
   *
   * @internal
   */
  public get _scaledResources(): Array<'cpu' | 'memory'> {
    const { cpuPercent, memoryPercent } = this.targets ?? {};
    return [
      ...(cpuPercent === undefined ? [] : ['cpu' as const]),
      ...(memoryPercent === undefined ? [] : ['memory' as const]),
    ];
  }

  /** @internal */
  public _check(checks: Checks, resources: ContainerResources | undefined): void {
    const { _min: min, _max: max } = this;
    if (!this.targets) {
      checks.integer('replicas', min, 1, 10_000);
      return;
    }
    checks.integer('min', min, 1, 10_000);
    checks.integer('max', max, 1, 10_000);
    if (min > max) checks.fail('min', min, `it is above max (${max}); lower min or raise max`);
    if (min === max) {
      checks.fail(
        'max',
        max,
        'it equals min, so the autoscaler could never move; raise max, or use ScalingPolicy.replicas',
      );
    }
    this.checkTarget(
      checks,
      'cpuPercent',
      this.targets.cpuPercent,
      'CPU',
      resources?.cpuRequestMillis,
      resources?.cpuLimitMillis,
    );
    this.checkTarget(
      checks,
      'memoryPercent',
      this.targets.memoryPercent,
      'memory',
      resources?.memoryRequestBytes,
      resources?.memoryLimitBytes,
    );
    checkRules(checks.at('scaleUp'), this.props.scaleUp);
    checkRules(checks.at('scaleDown'), this.props.scaleDown);
  }

  /**
   * Spec of the HorizontalPodAutoscaler; undefined for a fixed number of replicas.
   *
   * @internal
   */
  public _render(target: { readonly kind: string; readonly name: string }): HorizontalPodAutoscaler['spec'] {
    if (!this.targets) return undefined;
    const { cpuPercent, memoryPercent } = this.targets;
    // The order in which the API server returns them; any other is a difference that GitOps tools report for ever.
    const metrics = [...utilization('memory', memoryPercent), ...utilization('cpu', cpuPercent)];
    return {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: target.kind, name: target.name },
      minReplicas: this._min,
      maxReplicas: this._max,
      metrics,
      behavior: {
        scaleUp: renderRules(this.props.scaleUp) ?? copyOf(SCALING_DEFAULTS.scaleUp),
        scaleDown: renderRules(this.props.scaleDown) ?? copyOf(SCALING_DEFAULTS.scaleDown),
      },
    };
  }

  private checkTarget(
    checks: Checks,
    prop: string,
    percent: number | undefined,
    resource: string,
    request: number | undefined,
    limit: number | undefined,
  ): void {
    if (percent === undefined) return;
    if (!Number.isInteger(percent) || percent < 1 || percent > 1000)
      return checks.integer(prop, percent, 1, 1000);
    const highest = request === undefined ? undefined : highestLiveTarget(request, limit);
    if (highest !== undefined && percent > highest) {
      checks.fail(
        prop,
        percent,
        `the ${resource} limit caps usage before the autoscaler would act (it needs target x 1.1); use at most ${highest}, or raise the limit above the request`,
      );
    }
  }
}

function checkRules(checks: Checks, rules: ScalingRules | undefined): void {
  if (!rules) return;
  checks.integer('stabilizationWindow', secondsOf(rules.stabilizationWindow), 0, 3600);
  if (rules.steps.length === 0) checks.fail('steps', rules.steps, 'allowed: at least one step');
  rules.steps.forEach((step, index) => step._check(checks.at(`steps[${index}]`)));
}

function renderRules(rules: ScalingRules | undefined): HPAScalingRules | undefined {
  return (
    rules && {
      stabilizationWindowSeconds: secondsOf(rules.stabilizationWindow),
      policies: rules.steps.map((step) => step._render()),
      selectPolicy: rules.select,
    }
  );
}

function copyOf(rules: (typeof SCALING_DEFAULTS)['scaleUp' | 'scaleDown']): HPAScalingRules {
  return { ...rules, policies: rules.policies.map((policy) => ({ ...policy })) };
}

function utilization(name: string, averageUtilization: number | undefined): MetricSpec[] {
  if (averageUtilization === undefined) return [];
  return [{ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization } } }];
}
