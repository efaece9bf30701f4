/**
 * Stabilisation: what was recommended a while ago holds back what is recommended now.
 *
 * Source: kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go, `stabilizeRecommendationWithBehaviors` and
 * `stabilizeRecommendation`. Times are seconds on one clock.
 */

/** What the metrics asked for at a time, before anything held it back. */
export interface Recommendation {
  readonly replicas: number;
  readonly at: number;
}

export interface Stabilization {
  readonly currentReplicas: number;
  /** What the metrics ask for now. It is what has to be recorded, not the answer. */
  readonly desiredReplicas: number;
  readonly scaleUpWindowSeconds: number;
  readonly scaleDownWindowSeconds: number;
  readonly recommendations: readonly Recommendation[];
  readonly now: number;
}

/**
 * Replicas with a behaviour: up only to the lowest of the scale-up window, down only to the highest of the scale-down
 * window. A recommendation counts while it is younger than the window.
 */
export function stabilize({
  currentReplicas,
  desiredReplicas,
  scaleUpWindowSeconds,
  scaleDownWindowSeconds,
  recommendations,
  now,
}: Stabilization): number {
  let up = desiredReplicas;
  let down = desiredReplicas;
  for (const { replicas, at } of recommendations) {
    if (at > now - scaleUpWindowSeconds && replicas < up) up = replicas;
    if (at > now - scaleDownWindowSeconds && replicas > down) down = replicas;
  }
  // In this order: the window of scale-down has the last word.
  const raised = Math.max(currentReplicas, up);
  return Math.min(raised, down);
}

/** Replicas without a behaviour: the highest of the window, its end included. */
export function stabilizeScaleDown({
  desiredReplicas,
  scaleDownWindowSeconds,
  recommendations,
  now,
}: Pick<Stabilization, 'desiredReplicas' | 'scaleDownWindowSeconds' | 'recommendations' | 'now'>): number {
  let highest = desiredReplicas;
  for (const { replicas, at } of recommendations) {
    if (at >= now - scaleDownWindowSeconds && replicas > highest) highest = replicas;
  }
  return highest;
}
