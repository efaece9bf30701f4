/** A run: load against a workload and its autoscaler, second by second, with a reconcile every 15 s. */
import { HpaHistory, reconcile, type ReconcileReason, SYNC_SECONDS } from '../hpa/reconcile';
import { lengthOf, type LoadShape, rateOf } from './load-shape';
import { MetricsServer, STEP_SECONDS } from './metrics-server';
import { PodFleet } from './pod-fleet';
import { type Verdict, VerdictSums } from './verdict';
import { neededReplicas, type WorkloadModel } from './workload-model';

/** The state at a reconcile, after it; sums and averages are of the time since the one before. */
export interface RunPoint {
  readonly seconds: number;
  /** Average load, in requests per second. */
  readonly load: number;
  /** Requests per second that the ready pods serve. */
  readonly capacity: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  /** What the metrics ask for, before windows, policies and bounds; undefined when they cannot tell. */
  readonly recommended?: number;
  /** Why the replicas are what they are, in the words of the HPA's conditions. */
  readonly reason: ReconcileReason;
  /** Requests that found no capacity. */
  readonly unmetLoad: number;
}

export interface RunResult {
  readonly verdict: Verdict;
  /** Empty unless it was asked for. */
  readonly series: readonly RunPoint[];
  readonly reconciles: number;
}

export interface RunOptions {
  /** Told of every reconcile; nothing is kept without it. */
  readonly observe?: (point: RunPoint) => void;
}

/** Runs a load against a workload. */
export function simulate(
  model: WorkloadModel,
  shape: LoadShape,
  { observe }: RunOptions = {},
): Omit<RunResult, 'series'> {
  const rate = rateOf(shape);
  const length = lengthOf(shape);
  const initial = model.initialReplicas ?? neededReplicas(model, rate(0));
  const fleet = new PodFleet(initial, model);
  const metrics = new MetricsServer(model);
  metrics.fill(initial > 0 ? rate(0) / initial : 0, rate(0));
  const history = new HpaHistory();
  const sums = new VerdictSums(initial);
  let replicas = initial;
  let ready = initial;
  let nextChange = Infinity;
  let peakLoad = 0;
  let reconciles = 0;
  // The autoscaler has known the workload since before the load changes.
  reconcile(model.spec, history, { now: 0, currentReplicas: replicas, proposals: [{ replicas }] });
  for (let sync = SYNC_SECONDS; sync <= length; sync += SYNC_SECONDS) {
    let offered = 0;
    const unmetBefore = sums.unmetSoFar;
    for (let second = sync - SYNC_SECONDS; second < sync; second += STEP_SECONDS) {
      if (second >= nextChange) {
        ready = fleet.readyAt(second);
        nextChange = fleet.nextChange(second);
      }
      const load = rate(second + STEP_SECONDS / 2);
      if (load > peakLoad) peakLoad = load;
      offered += load;
      metrics.record(second, ready > 0 ? load / ready : 0, load);
      sums.add(STEP_SECONDS, load, ready * model.capacityPerPod, replicas);
    }
    fleet.settle(sync);
    if (sync >= nextChange) {
      ready = fleet.readyAt(sync);
      nextChange = fleet.nextChange(sync);
    }
    const outcome = reconcile(model.spec, history, {
      now: sync,
      currentReplicas: replicas,
      proposals: metrics.proposals(fleet, sync),
    });
    reconciles += 1;
    if (outcome.replicas !== replicas) {
      sums.changed(replicas, outcome.replicas, sync);
      fleet.scaleTo(outcome.replicas, sync);
      replicas = outcome.replicas;
      ready = fleet.readyAt(sync);
      nextChange = fleet.nextChange(sync);
    }
    observe?.({
      seconds: sync,
      load: (offered * STEP_SECONDS) / SYNC_SECONDS,
      capacity: ready * model.capacityPerPod,
      replicas,
      readyReplicas: ready,
      recommended: outcome.recommended,
      reason: outcome.reason,
      unmetLoad: sums.unmetSoFar - unmetBefore,
    });
  }
  return { verdict: sums.result(neededReplicas(model, peakLoad)), reconciles };
}

/** Runs a load and keeps the state at every reconcile. */
export function simulateWithSeries(model: WorkloadModel, shape: LoadShape): RunResult {
  const series: RunPoint[] = [];
  return { ...simulate(model, shape, { observe: (point) => series.push(point) }), series };
}
