/**
 * Pods of a rolling update. `maxSurge` percent of the replicas come on top of them, rounded up as the Deployment
 * controller does (kubernetes/kubernetes pkg/controller/deployment/util, ResolveFenceposts).
 */

/** Pods that a rolling update adds at most. */
export function surgePods(replicas: number, surgePercent: number): number {
  return Math.ceil((replicas * surgePercent) / 100);
}

/** Most replicas that run within a number of pods together with their surge: `r + ⌈r × surge⌉ ≤ pods`. */
export function mostReplicas(pods: number, surgePercent: number): number {
  return Math.floor((100 * pods) / (100 + surgePercent));
}
