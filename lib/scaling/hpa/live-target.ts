/**
 * Whether a utilisation target can be reached at all.
 *
 * The HPA divides usage by the request, in whole percent, and does nothing within its tolerance (10 % unless the policy sets
 * another), so it scales up only above `target × 1.1` percent of the request. The limit caps usage at
 * `100 × limit / request` percent: a target above that never triggers. Example: a pod whose memory request equals its limit
 * with a target of 95 % needs 104.5 %.
 * Source: the controller's replica calculator, kubernetes/kubernetes pkg/controller/podautoscaler.
 */
import { HPA_TOLERANCE, isWithin } from './replica-calculator';

/** Highest whole utilisation target, in percent, that usage can exceed; undefined when nothing caps usage. */
export function highestLiveTarget(
  request: number,
  limit: number | undefined,
  tolerance = HPA_TOLERANCE,
): number | undefined {
  if (limit === undefined) return undefined;
  const most = Math.trunc((100 * limit) / request);
  const acts = (target: number) =>
    most > target && !isWithin({ scaleUp: tolerance, scaleDown: 0 }, most / target);
  let highest = Math.ceil(most / (1 + tolerance));
  while (highest > 0 && !acts(highest)) highest -= 1;
  return highest;
}
