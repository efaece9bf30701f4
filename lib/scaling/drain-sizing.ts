/**
 * How long an autoscaler takes to remove replicas once nothing needs them.
 *
 * Each reconciliation may go down to what the steps allow, counted from the replicas at the start of their period:
 * `Pods` to `start - value`, `Percent` to `trunc(start × (1 - value / 100))`; the largest change counts, or the smallest
 * with `selectPolicy: Min`. Replicas that were removed within the period count as still there at its start. The
 * multiplication is that of the controller, in doubles; rounding would differ from it.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go.
 *
 * The controller in `hpa/` gives the same answer, one reconciliation after the other; this leaps over those in which nothing
 * can change, since the checklist asks it of every autoscaler.
 */
import type { HpaPolicy, HpaRules } from './hpa/hpa-spec';
import { DOWNSCALE_STABILIZATION_SECONDS, SYNC_SECONDS } from './hpa/reconcile';

/** A drain that takes longer is cut off: nobody waits for a day to know that it is slow. */
const MAX_SECONDS = 86_400;

interface Removal {
  readonly at: number;
  readonly replicas: number;
}

/**
 * Seconds from the moment at which load vanishes to the fewest replicas; infinite when they are not reached in a day.
 *
 * @param from replicas at that moment
 * @param to the fewest
 * @param rules behaviour on the way down, with the defaults of the API filled in; undefined where the autoscaler has none
 */
export function drainSeconds(from: number, to: number, rules?: HpaRules): number {
  if (from <= to) return 0;
  // Without a behaviour nothing limits the steps, and the end of the window is part of it.
  if (!rules) return nextSync(DOWNSCALE_STABILIZATION_SECONDS) + SYNC_SECONDS;
  if (rules.selectPolicy === 'Disabled' || rules.policies.length === 0) return Infinity;
  const removals: Removal[] = [];
  let replicas = from;
  // The load vanishes right after a reconciliation.
  let at = Math.max(
    SYNC_SECONDS,
    nextSync(rules.stabilizationWindowSeconds ?? DOWNSCALE_STABILIZATION_SECONDS),
  );
  while (at <= MAX_SECONDS) {
    const lowest = rules.policies.map((step) =>
      lowestAfter(step, replicas + removedWithin(step, removals, at)),
    );
    const limit = rules.selectPolicy === 'Min' ? Math.max(...lowest) : Math.min(...lowest);
    const next = Math.max(to, Math.min(limit, replicas));
    if (next <= to) return at;
    if (next < replicas) {
      removals.push({ at, replicas: replicas - next });
      replicas = next;
      at += SYNC_SECONDS;
    } else {
      // Nothing more may go until a removal is older than the period of a step.
      const expiries = removals.flatMap((removal) =>
        rules.policies.map((step) => removal.at + step.periodSeconds),
      );
      at = nextSync(Math.min(...expiries.filter((expiry) => expiry > at)));
    }
    const longest = Math.max(...rules.policies.map(({ periodSeconds }) => periodSeconds));
    while (removals.length > 0 && removals[0].at <= at - longest) removals.shift();
  }
  return Infinity;
}

/** The first reconciliation at or after a moment. */
function nextSync(seconds: number): number {
  return Math.ceil(seconds / SYNC_SECONDS) * SYNC_SECONDS;
}

function removedWithin(step: HpaPolicy, removals: readonly Removal[], at: number): number {
  return removals
    .filter((removal) => removal.at > at - step.periodSeconds)
    .reduce((sum, { replicas }) => sum + replicas, 0);
}

function lowestAfter(step: HpaPolicy, atStart: number): number {
  return step.type === 'Pods' ? atStart - step.value : Math.trunc(atStart * (1 - step.value / 100));
}
