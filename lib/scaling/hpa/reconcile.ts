/**
 * One reconcile of the HPA controller, in its order.
 *
 * Source: kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go, `reconcileAutoscaler` and
 * `computeReplicasForMetrics`.
 */
import type { HpaBehavior, HpaSpec } from './hpa-spec';
import {
  limitByPolicies,
  type Limited,
  limitWithoutBehavior,
  longestPeriod,
  type ScaleEvent,
  storeScaleEvent,
} from './rate-limits';
import type { Proposal } from './replica-calculator';
import { type Recommendation, stabilize, stabilizeScaleDown } from './stabilization';

/** Time between two reconciles, in seconds: `--horizontal-pod-autoscaler-sync-period`. */
export const SYNC_SECONDS = 15;

/** Scale-down window where the HPA names none: `--horizontal-pod-autoscaler-downscale-stabilization`. */
export const DOWNSCALE_STABILIZATION_SECONDS = 300;

/** What the controller remembers of an HPA. A reconcile changes it, and drops or overwrites what is too old to be read. */
export class HpaHistory {
  readonly recommendations: Recommendation[] = [];
  readonly scaleUpEvents: ScaleEvent[] = [];
  readonly scaleDownEvents: ScaleEvent[] = [];
}

/** What the controller sees at a reconcile. */
export interface Observation {
  readonly now: number;
  /** `spec.replicas` of the target. */
  readonly currentReplicas: number;
  /** What each metric asks for, in the order of the spec. */
  readonly proposals: readonly Proposal[];
}

/** Why the replicas are what they are now. */
export type ReconcileReason =
  | 'ScalingDisabled'
  | 'AboveMaxReplicas'
  | 'BelowMinReplicas'
  | 'FailedComputeMetricsReplicas'
  | 'ScaleUpStabilized'
  | 'ScaleDownStabilized'
  | Limited['reason'];

export interface Reconciliation {
  readonly replicas: number;
  readonly reason: ReconcileReason;
  /** What the metrics ask for; undefined when nobody asked them or they cannot tell. */
  readonly recommended?: number;
  /** Why the metrics cannot tell. */
  readonly error?: string;
}

/** Decides on the replicas, and records what later reconciles need. */
export function reconcile(spec: HpaSpec, history: HpaHistory, observation: Observation): Reconciliation {
  const { now, currentReplicas } = observation;
  // The first sight of an HPA counts as a recommendation: nothing goes down before one window has passed.
  if (history.recommendations.length === 0)
    history.recommendations.push({ replicas: currentReplicas, at: now });
  const outcome = decide(spec, history, observation);
  if (outcome.replicas !== currentReplicas && spec.behavior)
    recordEvent(spec.behavior, history, outcome.replicas - currentReplicas, now);
  return outcome;
}

function decide(
  spec: HpaSpec,
  history: HpaHistory,
  { now, currentReplicas, proposals }: Observation,
): Reconciliation {
  const { minReplicas, maxReplicas } = spec;
  // Somebody has switched the workload off.
  if (currentReplicas === 0 && minReplicas !== 0) return { replicas: 0, reason: 'ScalingDisabled' };
  if (currentReplicas > maxReplicas) return { replicas: maxReplicas, reason: 'AboveMaxReplicas' };
  if (currentReplicas < minReplicas) return { replicas: minReplicas, reason: 'BelowMinReplicas' };
  const asked = combineProposals(proposals, currentReplicas);
  if ('error' in asked)
    return { replicas: currentReplicas, reason: 'FailedComputeMetricsReplicas', error: asked.error };
  const recommended = asked.replicas;
  const stabilized = stabilizeAndRecord(spec, history, currentReplicas, recommended, now);
  const change = { currentReplicas, desiredReplicas: stabilized, minReplicas, maxReplicas };
  const limited = spec.behavior
    ? limitByPolicies(change, spec.behavior, {
        scaleUpEvents: history.scaleUpEvents,
        scaleDownEvents: history.scaleDownEvents,
        now,
      })
    : limitWithoutBehavior(change);
  if (limited.reason !== 'DesiredWithinRange' || stabilized === recommended)
    return { replicas: limited.replicas, reason: limited.reason, recommended };
  const reason =
    recommended >= currentReplicas && spec.behavior ? 'ScaleUpStabilized' : 'ScaleDownStabilized';
  return { replicas: limited.replicas, reason, recommended };
}

/** The most that any metric asks for. While one cannot tell, the others may scale up, and nothing scales down. */
export function combineProposals(
  proposals: readonly Proposal[],
  currentReplicas: number,
): { readonly replicas: number } | { readonly error: string } {
  let replicas = 0;
  let failed = 0;
  let error = 'the autoscaler has no metric';
  for (const proposal of proposals) {
    if ('error' in proposal) {
      if (failed === 0) error = proposal.error;
      failed += 1;
    } else if (proposal.replicas > replicas) replicas = proposal.replicas;
  }
  const blind = failed >= proposals.length || (failed > 0 && replicas < currentReplicas);
  return blind ? { error } : { replicas };
}

/** What the windows leave of a recommendation, which is itself what is recorded. */
function stabilizeAndRecord(
  { behavior }: HpaSpec,
  { recommendations }: HpaHistory,
  currentReplicas: number,
  desiredReplicas: number,
  now: number,
): number {
  const scaleUpWindowSeconds = behavior?.scaleUp.stabilizationWindowSeconds ?? 0;
  const scaleDownWindowSeconds =
    behavior?.scaleDown.stabilizationWindowSeconds ?? DOWNSCALE_STABILIZATION_SECONDS;
  const windows = {
    currentReplicas,
    desiredReplicas,
    scaleUpWindowSeconds,
    scaleDownWindowSeconds,
    recommendations,
    now,
  };
  const stabilized = behavior ? stabilize(windows) : stabilizeScaleDown(windows);
  forget(recommendations, now - Math.max(scaleUpWindowSeconds, scaleDownWindowSeconds));
  recommendations.push({ replicas: desiredReplicas, at: now });
  return stabilized;
}

function recordEvent(
  { scaleUp, scaleDown }: HpaBehavior,
  { scaleUpEvents, scaleDownEvents }: HpaHistory,
  change: number,
  now: number,
): void {
  if (change > 0) storeScaleEvent(scaleUpEvents, { change, at: now }, longestPeriod(scaleUp.policies));
  else storeScaleEvent(scaleDownEvents, { change: -change, at: now }, longestPeriod(scaleDown.policies));
}

/** Drops what is older than a time; what is exactly as old may still be read. One gets too old with each that is added. */
function forget(entries: Array<{ readonly at: number }>, cutoff: number): void {
  while (entries.length > 0 && entries[0].at < cutoff) entries.shift();
}
