/**
 * Whether a utilisation target can be reached at all.
 *
 * The HPA divides usage by the request and does nothing within its tolerance (10 % unless the policy sets another), so
 * it scales up only above `target × 1.1` percent of the request. The limit caps usage at `100 × limit / request` percent:
 * a target above that never triggers. Example: a pod whose memory request equals its limit with a target of 95 % needs
 * 104.5 %.
 * Source: the controller's replica calculator, kubernetes/kubernetes pkg/controller/podautoscaler.
 */
export const HPA_TOLERANCE = 0.1;

/** Highest whole utilisation target, in percent, that usage can exceed; undefined when nothing caps usage. */
export function highestLiveTarget(
  request: number,
  limit: number | undefined,
  tolerance = HPA_TOLERANCE,
): number | undefined {
  if (limit === undefined) return undefined;
  const ceiling = (100 * limit) / request / (1 + tolerance);
  const whole = Math.floor(ceiling);
  return whole === ceiling ? whole - 1 : whole;
}
