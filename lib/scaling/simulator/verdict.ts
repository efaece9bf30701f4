/** What a run comes to, kept as sums while it goes on. */

/** Two changes of direction within this time are a flap: ten minutes. */
export const FLAP_SECONDS = 600;

/** Numbers of a run. Every one is defined here. */
export interface Verdict {
  /**
   * Requests that found no capacity: the sum over all seconds of the load above what the ready pods serve. (Requests per
   * second, times seconds.)
   */
  readonly unmetLoad: number;
  /**
   * Seconds of the longest stretch in which the ready pods could not serve all of the load; 0 when there was none, and
   * undefined when the run ended in one: capacity was never reached.
   */
  readonly secondsToCapacity?: number;
  /** Most replicas minus the replicas that hold the highest load at the target; 0 when there were fewer. */
  readonly overshoot: number;
  /** Times that replicas were removed and added again within ten minutes. */
  readonly flaps: number;
  /** Replicas times hours. */
  readonly podHours: number;
  readonly peakReplicas: number;
}

export class VerdictSums {
  private unmet = 0;
  private short = 0;
  private longest = 0;
  private podSeconds = 0;
  private peak: number;
  private flapCount = 0;
  private removedAt = -Infinity;

  constructor(replicas: number) {
    this.peak = replicas;
  }

  /** A stretch of time with one load, one capacity and one number of replicas. */
  add(seconds: number, load: number, capacity: number, replicas: number): void {
    this.podSeconds += seconds * replicas;
    if (load > capacity) {
      this.unmet += seconds * (load - capacity);
      this.short += seconds;
      if (this.short > this.longest) this.longest = this.short;
    } else this.short = 0;
  }

  changed(from: number, to: number, now: number): void {
    if (to > this.peak) this.peak = to;
    if (to < from) this.removedAt = now;
    else if (to > from && now - this.removedAt <= FLAP_SECONDS) {
      this.flapCount += 1;
      this.removedAt = -Infinity;
    }
  }

  get unmetSoFar(): number {
    return this.unmet;
  }

  result(neededAtPeak: number): Verdict {
    return {
      unmetLoad: this.unmet,
      secondsToCapacity: this.short > 0 ? undefined : this.longest,
      overshoot: Math.max(0, this.peak - neededAtPeak),
      flaps: this.flapCount,
      podHours: this.podSeconds / 3600,
      peakReplicas: this.peak,
    };
  }
}
