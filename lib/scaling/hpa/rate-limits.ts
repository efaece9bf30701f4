/**
 * Limits on how fast replicas change.
 *
 * Source: kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go, `calculateScaleUpLimitWithScalingRules`,
 * `calculateScaleDownLimitWithBehaviors`, `convertDesiredReplicasWithBehaviorRate`, `convertDesiredReplicasWithRules` and
 * `storeScaleEvent`.
 *
 * Nothing is rounded away: 100 × (1 + 10/100) is 110.00000000000001 in Go and here, so that 10 % of 100 pods allow 111.
 */
import type { HpaPolicy, HpaRules } from './hpa-spec';

/** A change of the replicas; `change` is a number of pods, whichever way they went. */
export interface ScaleEvent {
  readonly change: number;
  readonly at: number;
}

/** What the limits of one direction are made of. */
export interface RateLimit {
  readonly currentReplicas: number;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  readonly rules: Pick<HpaRules, 'policies' | 'selectPolicy'>;
  readonly now: number;
}

/** Most replicas that the policies of scale-up allow; it can be below the current ones. */
export function scaleUpLimit({ rules, ...rest }: RateLimit): number {
  if (rules.selectPolicy === 'Disabled') return rest.currentReplicas;
  return selectLimit(rules.policies, rules.selectPolicy === 'Min' ? Math.min : Math.max, (policy) => {
    const start = periodStart(policy, rest);
    // Rounded up, or a few pods would never become more.
    return policy.type === 'Pods' ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
  });
}

/** Fewest replicas that the policies of scale-down allow; it can be above the current ones. */
export function scaleDownLimit({ rules, ...rest }: RateLimit): number {
  if (rules.selectPolicy === 'Disabled') return rest.currentReplicas;
  // The smallest change leaves the most replicas.
  return selectLimit(rules.policies, rules.selectPolicy === 'Min' ? Math.max : Math.min, (policy) => {
    const start = periodStart(policy, rest);
    return policy.type === 'Pods' ? start - policy.value : Math.trunc(start * (1 - policy.value / 100));
  });
}

function selectLimit(
  policies: readonly HpaPolicy[],
  select: (a: number, b: number) => number,
  limit: (policy: HpaPolicy) => number,
): number {
  let selected = limit(policies[0]);
  for (let index = 1; index < policies.length; index += 1)
    selected = select(selected, limit(policies[index]));
  return selected;
}

/** Replicas when the period of a policy began. */
function periodStart({ periodSeconds }: HpaPolicy, limit: Omit<RateLimit, 'rules'>): number {
  const { currentReplicas, scaleUpEvents, scaleDownEvents, now } = limit;
  return (
    currentReplicas -
    changeSince(now - periodSeconds, scaleUpEvents) +
    changeSince(now - periodSeconds, scaleDownEvents)
  );
}

/** Pods changed after a time; an event of exactly that time is over. */
function changeSince(cutoff: number, events: readonly ScaleEvent[]): number {
  let total = 0;
  for (const { change, at } of events) if (at > cutoff) total += change;
  return total;
}

/** Longest period of a direction's policies, in seconds. */
export function longestPeriod(policies: readonly HpaPolicy[]): number {
  let longest = 0;
  for (const { periodSeconds } of policies) longest = Math.max(longest, periodSeconds);
  return longest;
}

/**
 * Remembers a change. It takes the place of the last event that is older than the longest period of its own direction,
 * if there is one: until then such an event still counts for a longer period of the other direction.
 */
export function storeScaleEvent(events: ScaleEvent[], event: ScaleEvent, longestPeriodSeconds: number): void {
  const cutoff = event.at - longestPeriodSeconds;
  let place = events.length;
  events.forEach(({ at }, index) => {
    if (at < cutoff) place = index;
  });
  events[place] = event;
}

/** Why the replicas are what they are: the reasons of the condition `ScalingLimited`. */
export type LimitReason =
  'ScaleUpLimit' | 'TooManyReplicas' | 'ScaleDownLimit' | 'TooFewReplicas' | 'DesiredWithinRange';

export interface Limited {
  readonly replicas: number;
  readonly reason: LimitReason;
}

export interface BoundedChange {
  readonly currentReplicas: number;
  /** What is left after stabilisation. */
  readonly desiredReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Brings stabilised replicas within the policies of a behaviour and the bounds. */
export function limitByPolicies(
  { currentReplicas, desiredReplicas, minReplicas, maxReplicas }: BoundedChange,
  behavior: { readonly scaleUp: RateLimit['rules']; readonly scaleDown: RateLimit['rules'] },
  history: Pick<RateLimit, 'scaleUpEvents' | 'scaleDownEvents' | 'now'>,
): Limited {
  if (desiredReplicas > currentReplicas) {
    const allowed = scaleUpLimit({ ...history, currentReplicas, rules: behavior.scaleUp });
    const limit = Math.max(allowed, currentReplicas);
    const most = Math.min(limit, maxReplicas);
    if (desiredReplicas > most)
      return { replicas: most, reason: maxReplicas > limit ? 'ScaleUpLimit' : 'TooManyReplicas' };
  } else if (desiredReplicas < currentReplicas) {
    const allowed = scaleDownLimit({ ...history, currentReplicas, rules: behavior.scaleDown });
    const limit = Math.min(allowed, currentReplicas);
    const fewest = Math.max(limit, minReplicas);
    if (desiredReplicas < fewest)
      return { replicas: fewest, reason: minReplicas < limit ? 'ScaleDownLimit' : 'TooFewReplicas' };
  }
  return { replicas: desiredReplicas, reason: 'DesiredWithinRange' };
}

/** Brings stabilised replicas within what an HPA without a behaviour allows: at most double, and four at least. */
export function limitWithoutBehavior({
  currentReplicas,
  desiredReplicas,
  minReplicas,
  maxReplicas,
}: BoundedChange): Limited {
  const limit = Math.max(2 * currentReplicas, 4);
  const most = Math.min(limit, maxReplicas);
  if (desiredReplicas < minReplicas) return { replicas: minReplicas, reason: 'TooFewReplicas' };
  if (desiredReplicas > most)
    return { replicas: most, reason: maxReplicas > limit ? 'ScaleUpLimit' : 'TooManyReplicas' };
  return { replicas: desiredReplicas, reason: 'DesiredWithinRange' };
}
