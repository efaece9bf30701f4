/** What the autoscaler learns of the pods: samples that are old, and averages of a window. */
import type { PodGroups } from '../hpa/pod-groups';
import {
  averageOfWholeReplicas,
  averageValueReplicas,
  type Proposal,
  type Tolerances,
  tolerancesOf,
  utilizationReplicas,
  valueReplicas,
} from '../hpa/replica-calculator';
import { type Cohort, cohortGroup, type PodFleet } from './pod-fleet';
import type { ModelMetric, WorkloadModel } from './workload-model';

/** Length of a step, in seconds: load and readiness are looked at once in it. */
export const STEP_SECONDS = 1;

export class MetricsServer {
  /** Requests per second of one ready pod and of the workload, by second; the last ones. */
  private readonly perPod: Float64Array;
  private readonly total: Float64Array;
  private readonly tolerances: Tolerances;
  /** Where the last second is. */
  private newest = 0;

  constructor(private readonly model: WorkloadModel) {
    const length = model.metricLagSeconds + model.metricWindowSeconds;
    this.perPod = new Float64Array(Math.ceil(length / STEP_SECONDS));
    this.total = new Float64Array(this.perPod.length);
    this.tolerances = tolerancesOf(model.spec.behavior);
  }

  /** Notes what was offered in the second that begins at a time. */
  record(second: number, perReadyPod: number, total: number): void {
    this.newest = second % this.perPod.length;
    this.perPod[this.newest] = perReadyPod;
    this.total[this.newest] = total;
  }

  /** Fills the past with a load that was always there. */
  fill(perReadyPod: number, total: number): void {
    this.perPod.fill(perReadyPod);
    this.total.fill(total);
  }

  /** What each metric asks for. */
  proposals(fleet: PodFleet, now: number): Proposal[] {
    return this.model.metrics.map((metric) => this.proposal(metric, fleet, now));
  }

  private proposal(metric: ModelMetric, fleet: PodFleet, now: number): Proposal {
    const currentReplicas = fleet.replicas;
    const { tolerances } = this;
    if (metric.kind === 'broken') return { error: metric.error };
    if (metric.kind === 'requests' && metric.metric.type !== 'Pods') {
      const { target } = metric.metric;
      if (target.type === 'Utilization') return { error: 'a utilisation of no resource' };
      const usage = Math.round(1000 * this.average(this.total, now, -Infinity));
      const whole = { currentReplicas, usage, target: target.milli, tolerances };
      return target.type === 'Value'
        ? valueReplicas(whole, currentReplicas === 0 ? undefined : fleet.readyAt(now))
        : averageOfWholeReplicas(whole);
    }
    const groups = this.groups(metric, fleet, now);
    const { target } = metric.metric;
    if (target.type === 'Utilization')
      return utilizationReplicas(groups, { currentReplicas, target: target.percent, tolerances });
    return averageValueReplicas(groups, { currentReplicas, target: target.milli, tolerances });
  }

  private groups(metric: ModelMetric, fleet: PodFleet, now: number): PodGroups {
    const request = metric.kind === 'resource' ? metric.amounts.request : 0;
    const isCpu = metric.kind === 'resource' && metric.metric.resource === 'cpu';
    const own = fleet.settled > 0 ? this.usage(metric, now) : 0;
    const ready = {
      count: fleet.settled,
      usage: fleet.settled * own,
      requests: fleet.settled * request,
    };
    const unready = { count: 0, requests: 0 };
    const missingRequests: number[] = [];
    const { metricLagSeconds: lag, metricWindowSeconds: window } = this.model;
    for (const cohort of fleet.young) {
      const { count } = cohort;
      const group = cohortGroup(cohort, { now, lag, window, isCpu });
      if (group === 'missing') for (let pod = 0; pod < count; pod += 1) missingRequests.push(request);
      if (group === 'unready') {
        unready.count += count;
        unready.requests += count * request;
      }
      if (group === 'ready') {
        ready.count += count;
        ready.usage += count * this.usage(metric, now, cohort);
        ready.requests += count * request;
      }
    }
    return {
      podCount: fleet.replicas,
      ready,
      unready,
      missingRequests,
      superfluous: { count: 0, usage: 0 },
    };
  }

  /** Usage of one pod in thousandths; a young pod serves nothing before it is ready. */
  private usage(metric: ModelMetric, now: number, cohort?: Cohort): number {
    const { capacityPerPod, memoryPercent, startupCpuPercent, metricLagSeconds, metricWindowSeconds } =
      this.model;
    const since = cohort?.readyAt ?? -Infinity;
    if (metric.kind !== 'resource') return Math.round(1000 * this.average(this.perPod, now, since));
    const { request, limit = Infinity } = metric.amounts;
    if (metric.metric.resource !== 'cpu') return Math.round(Math.min(limit, (request * memoryPercent) / 100));
    const served = this.average(this.perPod, now, since) / capacityPerPod;
    const from = now - metricLagSeconds - metricWindowSeconds;
    const starting = Math.min(1, Math.max(0, (since - from) / metricWindowSeconds));
    return Math.round(Math.min(limit, request * (served + (starting * startupCpuPercent) / 100)));
  }

  /** Average over the window of the newest sample; nothing before `since` counts. */
  private average(values: Float64Array, now: number, since: number): number {
    const { metricLagSeconds, metricWindowSeconds } = this.model;
    const seconds = Math.min(metricWindowSeconds, Math.floor(now - metricLagSeconds - since));
    let index = this.newest - metricLagSeconds;
    let total = 0;
    for (let count = 0; count < seconds; count += 1) {
      if (index < 0) index += values.length;
      total += values[index];
      index -= 1;
    }
    return total / metricWindowSeconds;
  }
}
