import type { Duration } from 'cdk8s';
import type { HPAScalingRules } from 'kubernetes-types/autoscaling/v2';
import type { Checks } from '../finding/checks';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { secondsOf } from '../units/amounts';
import { formatDecimal } from '../units/quantity';
import { type HpaPolicy, type HpaRules, RULE_RANGES } from './hpa/hpa-spec';

/**
 * One limit on how fast replicas change: a whole percentage or number of pods, from 1 to 100,000, per period.
 *
 * @example
 * const scaleDown = {
 *   stabilizationWindow: Duration.minutes(10),
 *   steps: [ScalingStep.percent(10, Duration.minutes(1)), ScalingStep.pods(2, Duration.minutes(1))],
 *   select: StepSelection.SMALLEST, // a tenth of the replicas a minute, and never more than two
 * };
 * new ScalableWebApp(chart, 'player', {
 *   image: 'registry.example.com/player:7.0.0',
 *   scaling: ScalingPolicy.cpu({ min: 4, max: 60, scaleDown }),
 * });
 */
export class ScalingStep {
  /**
   * At most this share of the replicas at the start of the period.
   *
   * @param percent percent of the replicas; 100 doubles them on the way up
   * @param period length of the period, from 1 to 1800 whole seconds
   */
  public static percent(percent: number, period: Duration): ScalingStep {
    return new ScalingStep({ type: 'Percent', value: percent, periodSeconds: secondsOf(period) });
  }

  /**
   * At most this many pods.
   *
   * @param pods number of pods
   * @param period length of the period, from 1 to 1800 whole seconds
   */
  public static pods(pods: number, period: Duration): ScalingStep {
    return new ScalingStep({ type: 'Pods', value: pods, periodSeconds: secondsOf(period) });
  }

  private constructor(
    /** @internal */
    public readonly _numbers: HpaPolicy,
  ) {}
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
  /**
   * How far the load may be from the target without a change, in percent of the target, from 0 to 100 with at most one
   * decimal. Needs Kubernetes 1.35; refused for an older target version.
   *
   * @default - that of the cluster: 10 percent
   */
  readonly tolerancePercent?: number;
}

/** The numbers of rules that a user gave. */
export function numbersOf(rules: ScalingRules): HpaRules {
  return {
    stabilizationWindowSeconds: secondsOf(rules.stabilizationWindow),
    policies: rules.steps.map(({ _numbers }) => _numbers),
    selectPolicy: rules.select && `${rules.select}`,
    tolerance: rules.tolerancePercent === undefined ? undefined : rules.tolerancePercent / 100,
  };
}

/** Checks what a user gave against the ranges of the API, and what the target version has. */
export function checkRules(checks: Checks, given: ScalingRules, version: KubernetesVersion): void {
  const { stabilizationWindowSeconds: window, value, periodSeconds: period } = RULE_RANGES;
  const rules = numbersOf(given);
  checks.integer('stabilizationWindow', rules.stabilizationWindowSeconds, window.min, window.max);
  checks.oneOf('select', rules.selectPolicy, Object.values(StepSelection));
  if (rules.policies.length === 0) checks.fail('steps', [], 'allowed: at least one step');
  rules.policies.forEach((step, index) => {
    const at = checks.at(`steps[${index}]`);
    at.integer(step.type.toLowerCase(), step.value, value.min, value.max);
    at.integer('period', step.periodSeconds, period.min, period.max);
  });
  const { tolerancePercent: tolerance } = given;
  if (tolerance === undefined) return;
  if (!(tolerance >= 0 && tolerance <= 100 && Number.isInteger(tolerance * 10))) {
    checks.fail('tolerancePercent', tolerance, 'allowed: from 0 to 100 percent, with at most one decimal');
  } else if (!version._has('hpaTolerance')) {
    checks.fail(
      'tolerancePercent',
      tolerance,
      `Kubernetes ${version.toString()} has no tolerance in an autoscaler; leave it out, or set the target version to 1.35 or later`,
    );
  }
}

/** Rules of the API; `tolerance` is newer than the types. */
export type RenderedRules = HPAScalingRules & { tolerance?: string };

export function renderRules(rules: HpaRules): RenderedRules {
  const { tolerance } = rules;
  return {
    stabilizationWindowSeconds: rules.stabilizationWindowSeconds,
    policies: rules.policies.map((step) => ({ ...step })),
    selectPolicy: rules.selectPolicy,
    ...(tolerance !== undefined && { tolerance: formatDecimal(Math.round(tolerance * 1000)) }),
  };
}
