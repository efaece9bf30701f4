import type { Checks } from '../../finding/checks';
import { secondsOf } from '../../units/amounts';
import { dnsSubdomainRule } from '../../units/names';
import type { ScaledPod } from '../scaled-pod';
import type { ScalingMetric } from '../scaling-metric';
import type { EventScalingOptions } from '../scaling-props';

/** KEDA's own defaults, written out so that the manifest says them. */
export const KEDA_DEFAULTS = { pollingSeconds: 30, cooldownSeconds: 300, fallbackFailures: 3 } as const;

export interface EventScalingContext {
  readonly min: number;
  readonly max: number;
  readonly pod: ScaledPod;
  readonly tolerance: number | undefined;
}

/** The part of a scaling policy that only KEDA has. */
export class EventScaling {
  constructor(
    /** @internal */
    public readonly _props: EventScalingOptions,
  ) {}

  /** @internal */
  public get _scaleToZero(): boolean {
    return this._props.scaleToZero ?? false;
  }

  /**
   * CPU and memory use that moves the replicas.
   *
   * @internal
   */
  public get _usage(): readonly ScalingMetric[] {
    return this._props.triggers.flatMap((trigger) => trigger._usage ?? []);
  }

  /** @internal */
  public get _pollingSeconds(): number {
    const { pollingInterval } = this._props;
    return pollingInterval ? secondsOf(pollingInterval) : KEDA_DEFAULTS.pollingSeconds;
  }

  /** @internal */
  public get _cooldownSeconds(): number {
    const { cooldown } = this._props;
    return cooldown ? secondsOf(cooldown) : KEDA_DEFAULTS.cooldownSeconds;
  }

  /** @internal */
  public _check(checks: Checks, { min, max, pod, tolerance }: EventScalingContext): void {
    const { triggers, cooldown, fallback, transferFrom } = this._props;
    if (triggers.length === 0) checks.fail('triggers', triggers, 'allowed: at least one trigger');
    const events = triggers.filter((trigger) => trigger._usage === undefined);
    triggers.forEach((trigger, index) => {
      const at = checks.at(`triggers[${index}]`);
      trigger._check(at, pod, tolerance);
      const replicas = trigger._replicas ?? max;
      if (replicas > max) at.fail('replicas', replicas, `it is above max (${max}); lower it or raise max`);
      if (replicas <= min && replicas < max)
        at.fail('replicas', replicas, `min (${min}) are there at any time; raise it, or lower min`);
    });
    checks.integer('pollingInterval', this._pollingSeconds, 1, 3600);
    checks.integer('cooldown', this._cooldownSeconds, 0, 86_400);
    if (cooldown && !this._scaleToZero)
      checks.fail(
        'cooldown',
        `${this._cooldownSeconds} s`,
        'it counts only on the way to zero; set scaleToZero, or use scaleDown',
      );
    if (this._scaleToZero && events.length === 0) {
      checks.fail(
        'scaleToZero',
        true,
        'zero pods use no CPU and no memory, so nothing would ever wake them up; add a trigger that does',
      );
    }
    checks.text('transferFrom', transferFrom, dnsSubdomainRule);
    if (!fallback) return;
    const at = checks.at('fallback');
    at.integer('failures', fallback.failures, 1, 1000);
    at.integer('replicas', fallback.replicas, 1, 10_000);
    if (fallback.replicas < min || fallback.replicas > max)
      at.fail('replicas', fallback.replicas, `allowed: from min (${min}) to max (${max})`);
    if (events.length === 0)
      checks.fail(
        'fallback',
        'set',
        'KEDA has none for CPU and memory, which it does not ask itself; remove it',
      );
  }
}
