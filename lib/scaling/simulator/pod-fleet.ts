/**
 * The pods of a workload, in groups that were made together: they start together, and the ReplicaSet controller takes away
 * the youngest first.
 */
import { groupOf, type MetricSample, type PodState } from '../hpa/pod-groups';
import type { NodeOptions } from './workload-model';

/** Pods that were made at one time. */
export interface Cohort {
  count: number;
  /** When their containers run. */
  readonly runningAt: number;
  readonly readyAt: number;
}

interface FleetTimes {
  readonly startSeconds: number;
  readonly readySeconds: number;
  readonly metricLagSeconds: number;
  readonly metricWindowSeconds: number;
  readonly nodes?: NodeOptions;
}

export class PodFleet {
  /** Pods that have been ready for so long that they all look alike. */
  settled: number;
  /** Younger pods, oldest first. */
  readonly young: Cohort[] = [];
  private readonly places: NodePlaces | undefined;

  constructor(
    replicas: number,
    private readonly times: FleetTimes,
  ) {
    this.settled = replicas;
    this.places = times.nodes && new NodePlaces(times.nodes);
  }

  get replicas(): number {
    let total = this.settled;
    for (const { count } of this.young) total += count;
    return total;
  }

  readyAt(now: number): number {
    let ready = this.settled;
    for (const { count, readyAt } of this.young) if (readyAt <= now) ready += count;
    return ready;
  }

  /** When the number of ready pods changes next. */
  nextChange(now: number): number {
    let next = Infinity;
    for (const { readyAt } of this.young) if (readyAt > now && readyAt < next) next = readyAt;
    return next;
  }

  scaleTo(replicas: number, now: number): void {
    const change = replicas - this.replicas;
    if (change > 0) this.add(change, now);
    else if (change < 0) this.remove(-change, now);
  }

  private add(pods: number, now: number): void {
    const { startSeconds, readySeconds } = this.times;
    const batches = this.places?.take(pods, now) ?? [{ pods, at: now }];
    for (const batch of batches) {
      const runningAt = batch.at + startSeconds;
      this.young.push({ count: batch.pods, runningAt, readyAt: runningAt + readySeconds });
    }
    this.young.sort((a, b) => a.runningAt - b.runningAt);
  }

  private remove(pods: number, now: number): void {
    this.places?.give(pods, now);
    let left = pods;
    while (left > 0 && this.young.length > 0) {
      const youngest = this.young[this.young.length - 1];
      const gone = Math.min(left, youngest.count);
      youngest.count -= gone;
      left -= gone;
      if (youngest.count === 0) this.young.pop();
    }
    this.settled -= left;
  }

  /** Moves pods whose whole sample lies after they became ready to the settled ones: from then on they count fully. */
  settle(now: number): void {
    const { metricLagSeconds, metricWindowSeconds } = this.times;
    const cutoff = now - metricLagSeconds - metricWindowSeconds;
    while (this.young.length > 0 && this.young[0].readyAt <= cutoff)
      this.settled += this.young.shift()?.count ?? 0;
  }
}

/** In which group of the controller a cohort is, with the sample that metrics-server would have of it. */
export function cohortGroup(
  { runningAt, readyAt }: Cohort,
  { now, lag, window, isCpu }: { now: number; lag: number; window: number; isCpu: boolean },
) {
  const timestamp = now - lag;
  const running = runningAt <= now;
  const sampled = running && runningAt <= timestamp - window;
  const sample: Omit<MetricSample, 'value'> | undefined = sampled ? { timestamp, window } : undefined;
  const pod: Omit<PodState, 'name'> = {
    phase: running ? 'Running' : 'Pending',
    startTime: runningAt,
    ready:
      readyAt <= now
        ? { status: 'True', lastTransition: readyAt }
        : { status: 'False', lastTransition: runningAt },
  };
  return groupOf(pod, sample, { isCpu, now });
}

/** Places for pods on nodes; when there are none left, nodes are ordered. */
class NodePlaces {
  private free: number;
  /** Places of nodes under way, soonest first. */
  private readonly coming: Array<{ places: number; readonly at: number }> = [];

  constructor(private readonly options: NodeOptions) {
    this.free = options.sparePods;
  }

  /** Finds places: now, on a node under way, or on a new one. */
  take(pods: number, now: number): Array<{ pods: number; at: number }> {
    this.arrive(now);
    const batches: Array<{ pods: number; at: number }> = [];
    const here = Math.min(pods, this.free);
    this.free -= here;
    if (here > 0) batches.push({ pods: here, at: now });
    let left = pods - here;
    for (const node of this.coming) {
      const there = Math.min(left, node.places);
      if (there === 0) continue;
      node.places -= there;
      left -= there;
      batches.push({ pods: there, at: node.at });
    }
    if (left > 0) {
      const at = now + this.options.provisionSeconds;
      const nodes = Math.ceil(left / this.options.podsPerNode);
      this.coming.push({ places: nodes * this.options.podsPerNode - left, at });
      batches.push({ pods: left, at });
    }
    return batches;
  }

  give(pods: number, now: number): void {
    this.arrive(now);
    this.free += pods;
  }

  private arrive(now: number): void {
    while (this.coming.length > 0 && this.coming[0].at <= now) this.free += this.coming.shift()?.places ?? 0;
  }
}
