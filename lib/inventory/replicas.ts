/** Pods of rollouts and shares, counted as the controllers of Kubernetes count them. */
import type { KubernetesObject, WorkloadObject } from './inventory';
import { get, recordAt } from './json';

/** Pods of a share such as `25%` or a number; `up` says how the controller rounds. */
export function podsOfShare(value: unknown, replicas: number, up: boolean): number | undefined {
  if (typeof value === 'number') return value;
  const [, percent] = /^(\d+)%$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (percent === undefined) return undefined;
  return up ? surgePods(replicas, Number(percent)) : Math.floor((replicas * Number(percent)) / 100);
}

/**
 * Pods that a rolling update adds at most, rounded up as the Deployment controller does (kubernetes/kubernetes
 * pkg/controller/deployment/util, ResolveFenceposts).
 */
export function surgePods(replicas: number, surgePercent: number): number {
  return Math.ceil((replicas * surgePercent) / 100);
}

/** What a rolling update adds: a number of pods, or a share of the replicas such as `25%`. */
export type Surge = number | string;

/** The default of a Deployment and of a Rollout's canary. */
const DEFAULT_SURGE = '25%';
/** A second set of pods beside the first. */
const TWICE = '100%';

/** What the strategy of a Deployment adds while it rolls out. */
function surgeOfDeployment(strategy: unknown): Surge {
  if (get(strategy, 'type') === 'Recreate') return 0;
  return shareOf(get(strategy, 'rollingUpdate', 'maxSurge'));
}

/**
 * What a Rollout of Argo adds: its blue-green strategy and a canary with a traffic router run a whole new set beside the old
 * one; a canary without keeps within its surge (argo-rollouts, docs/features/canary/index.md and
 * bluegreen.md). A step with `setCanaryScale.replicas` above those of the Rollout is not counted.
 */
function surgeOfRollout(strategy: unknown): Surge {
  if (recordAt(strategy, 'blueGreen') ?? recordAt(strategy, 'canary', 'trafficRouting')) return TWICE;
  return shareOf(get(strategy, 'canary', 'maxSurge'));
}

function shareOf(value: unknown): Surge {
  return typeof value === 'number' || typeof value === 'string' ? value : DEFAULT_SURGE;
}

/** What a rolling update of an object adds; a StatefulSet takes a pod away before it makes the next. */
export function surgeOfObject({ kind, manifest }: Pick<KubernetesObject, 'kind' | 'manifest'>): Surge {
  const strategy = recordAt(manifest, 'spec', 'strategy');
  if (kind === 'Deployment') return surgeOfDeployment(strategy);
  return kind === 'Rollout' ? surgeOfRollout(strategy) : 0;
}

/** Pods that the strategy of a Deployment adds to a number of replicas while it rolls out. */
export function surgeBy(strategy: unknown, replicas: number): number {
  return podsOfShare(surgeOfDeployment(strategy), replicas, true) ?? 0;
}

/** Pods that a rolling update of a workload adds to a number of replicas. */
export const surgeOf = ({ object, rollout }: WorkloadObject, replicas: number) =>
  podsOfShare(surgeOfObject(rollout ?? object), replicas, true) ?? 0;

/** Pods that a workload can have at once: its most replicas, and what a rolling update adds to them. */
export function mostPods(workload: WorkloadObject): number {
  return workload.maxReplicas + surgeOf(workload, workload.maxReplicas);
}

/** Most replicas, up to a number, that with their surge are no more than some pods. */
export function mostWithin(pods: number, most: number, surge: (replicas: number) => number): number {
  let replicas = Math.max(0, Math.min(pods, most));
  while (replicas > 0 && replicas + surge(replicas) > pods) replicas -= 1;
  return replicas;
}
