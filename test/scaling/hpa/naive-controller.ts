/**
 * The HPA controller a second time, to compare with: written from its description, without a thought for speed. It keeps all
 * of its history for ever, and looks through all of it every time.
 */
import type { HpaSpec } from '../../../lib/scaling/hpa/hpa-spec';

interface Moment {
  readonly at: number;
  readonly current: number;
  /** What the metrics asked for; nothing when they were not asked or could not tell. */
  readonly asked?: number;
  readonly decided: number;
}

export type Answer = number | 'failed';

export class NaiveController {
  private readonly past: Moment[] = [];

  constructor(private readonly spec: HpaSpec) {}

  decide(at: number, current: number, answers: readonly Answer[]): number {
    const [decided, asked] = this.outcome(at, current, answers);
    this.past.push({ at, current, asked, decided });
    return decided;
  }

  private outcome(at: number, current: number, answers: readonly Answer[]): [number, number?] {
    const { minReplicas, maxReplicas, behavior } = this.spec;
    if (current === 0 && minReplicas > 0) return [0];
    if (current > maxReplicas) return [maxReplicas];
    if (current < minReplicas) return [minReplicas];
    const numbers = answers.filter((answer) => answer !== 'failed');
    if (numbers.length === 0) return [current];
    const asked = Math.max(...numbers);
    if (numbers.length < answers.length && asked < current) return [current];
    return [behavior ? this.withRules(at, current, asked) : this.withoutRules(at, current, asked), asked];
  }

  private withoutRules(at: number, current: number, asked: number): number {
    const { minReplicas, maxReplicas } = this.spec;
    const remembered = this.remembered(at, current).filter((one) => at - one.at <= 300);
    const highest = Math.max(asked, ...remembered.map((one) => one.asked));
    return Math.max(minReplicas, Math.min(highest, maxReplicas, Math.max(4, 2 * current)));
  }

  private withRules(at: number, current: number, asked: number): number {
    const { scaleUp, scaleDown } = this.spec.behavior ?? {};
    if (!scaleUp || !scaleDown) throw new Error('no rules');
    const remembered = this.remembered(at, current);
    const young = (window: number) =>
      remembered.filter((one) => at - one.at < window).map((one) => one.asked);
    const floor = Math.min(asked, ...young(scaleUp.stabilizationWindowSeconds ?? 0));
    const ceiling = Math.max(asked, ...young(scaleDown.stabilizationWindowSeconds ?? 300));
    let wanted = current;
    if (wanted < floor) wanted = floor;
    if (wanted > ceiling) wanted = ceiling;
    if (wanted > current) {
      const allowed = scaleUp.policies.map(({ type, value, periodSeconds }) => {
        const before = this.atPeriodStart(at, current, periodSeconds);
        return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100));
      });
      const limit = { Max: Math.max(...allowed), Min: Math.min(...allowed), Disabled: current };
      return Math.min(wanted, this.spec.maxReplicas, Math.max(current, limit[scaleUp.selectPolicy ?? 'Max']));
    }
    if (wanted < current) {
      const allowed = scaleDown.policies.map(({ type, value, periodSeconds }) => {
        const before = this.atPeriodStart(at, current, periodSeconds);
        return type === 'Pods' ? before - value : Math.trunc(before * (1 - value / 100));
      });
      const limit = { Max: Math.min(...allowed), Min: Math.max(...allowed), Disabled: current };
      return Math.max(
        wanted,
        this.spec.minReplicas,
        Math.min(current, limit[scaleDown.selectPolicy ?? 'Max']),
      );
    }
    return wanted;
  }

  /** What was ever asked for, and what was there when the autoscaler was seen first. */
  private remembered(at: number, current: number): Array<{ at: number; asked: number }> {
    const first = this.past.length > 0 ? this.past[0] : { at, current };
    return [
      { at: first.at, asked: first.current },
      ...this.past.flatMap((one) => (one.asked === undefined ? [] : [{ at: one.at, asked: one.asked }])),
    ];
  }

  /** Replicas when a period began, by what the controller itself has changed since. */
  private atPeriodStart(at: number, current: number, periodSeconds: number): number {
    const changes = this.past
      .filter((one) => at - one.at < periodSeconds)
      .map((one) => one.decided - one.current);
    return changes.reduce((before, change) => before - change, current);
  }
}
