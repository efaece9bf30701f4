/**
 * How many replicas one metric asks for.
 *
 * Source: kubernetes/kubernetes, pkg/controller/podautoscaler/replica_calculator.go (1.33 and later). Amounts are whole
 * thousandths of the metric's unit and divided as integers, as the controller does.
 */
import type { HpaRules } from './hpa-spec';
import type { PodGroups } from './pod-groups';

/** Tolerance where the HPA names none: `--horizontal-pod-autoscaler-tolerance`. */
export const HPA_TOLERANCE = 0.1;

/** How far from 1 the ratio of usage to target may be before anything moves. */
export interface Tolerances {
  readonly scaleUp: number;
  readonly scaleDown: number;
}

/** What one metric asks for, or why it cannot tell. */
export type Proposal =
  | {
      readonly replicas: number;
      /** Percent of the request, or the average value in thousandths: what `kubectl get hpa` shows. */
      readonly measured?: number;
    }
  | { readonly error: string };

/** Tolerances of a behaviour; 0.1 where it names none. */
export function tolerancesOf(
  behavior: { readonly scaleUp: HpaRules; readonly scaleDown: HpaRules } | undefined,
  flag = HPA_TOLERANCE,
): Tolerances {
  return {
    scaleUp: behavior?.scaleUp.tolerance ?? flag,
    scaleDown: behavior?.scaleDown.tolerance ?? flag,
  };
}

/** Whether a ratio of usage to target is too close to 1 to act on. */
export function isWithin({ scaleUp, scaleDown }: Tolerances, ratio: number): boolean {
  return 1 - scaleDown <= ratio && ratio <= 1 + scaleUp;
}

/** What the calculation for pods needs beside the pods. */
export interface PodMetricTarget {
  readonly currentReplicas: number;
  /** Percent for a utilisation, thousandths for an average value. */
  readonly target: number;
  readonly tolerances: Tolerances;
}

/** Replicas by the utilisation of a resource: usage in percent of the request, over all pods that count. */
export function utilizationReplicas(groups: PodGroups, aim: PodMetricTarget): Proposal {
  const unusable = unusableReason(groups);
  if (unusable !== undefined) return { error: unusable };
  if (groups.withoutRequest !== undefined)
    return { error: `missing request in a container of pod ${groups.withoutRequest}` };
  const { ready, missingRequests } = groups;
  if (ready.requests === 0) return { error: 'no metrics returned matched known pods' };
  const utilization = integerDivision(ready.usage * 100, ready.requests, ready.usage);
  // On the way down a pod without a sample counts as fully busy, or as busy as the target when that is above 100 %.
  const fallback = Math.max(100, aim.target);
  return replicasOf(groups, aim, utilization, {
    missingUsage: () => sum(missingRequests.map((request) => integerDivision(request * fallback, 100))),
    rebalanced: (usage, withMissing, withUnready) => {
      const requests =
        ready.requests +
        (withMissing ? sum(missingRequests) : 0) +
        (withUnready ? groups.unready.requests : 0);
      return integerDivision((ready.usage + usage) * 100, requests, ready.usage + usage);
    },
  });
}

/** Replicas by the average of a value over the pods: a metric of type Pods, or a resource with an average value. */
export function averageValueReplicas(groups: PodGroups, aim: PodMetricTarget): Proposal {
  const unusable = unusableReason(groups);
  if (unusable !== undefined) return { error: unusable };
  const { ready, superfluous, missingRequests, unready } = groups;
  const total = ready.usage + superfluous.usage;
  const count = ready.count + superfluous.count;
  return replicasOf(groups, aim, integerDivision(total, count), {
    missingUsage: () => missingRequests.length * aim.target,
    rebalanced: (usage, withMissing, withUnready) =>
      integerDivision(
        total + usage,
        count + (withMissing ? missingRequests.length : 0) + (withUnready ? unready.count : 0),
      ),
  });
}

/** How the two kinds of pod metric differ. */
interface Rebalancing {
  /** What the pods without a sample are taken to use on the way down. */
  readonly missingUsage: () => number;
  /** The measure with what is added for other pods. */
  readonly rebalanced: (usage: number, withMissing: boolean, withUnready: boolean) => number;
}

function replicasOf(
  groups: PodGroups,
  { currentReplicas, target, tolerances }: PodMetricTarget,
  measured: number,
  { missingUsage, rebalanced }: Rebalancing,
): Proposal {
  const { ready, superfluous, unready, missingRequests } = groups;
  const stay = { replicas: currentReplicas, measured };
  const ratio = measured / target;
  const withUnready = unready.count > 0 && ratio > 1;
  if (!withUnready && missingRequests.length === 0)
    return isWithin(tolerances, ratio) ? stay : { replicas: ceil(ratio * ready.count), measured };

  // Exactly at the target there is no direction in which to assume anything.
  const withMissing = missingRequests.length > 0 && ratio !== 1;
  const added = withMissing && ratio < 1 ? missingUsage() : 0;
  const ratioNow = rebalanced(added, withMissing, withUnready) / target;
  const turned = (ratio < 1 && ratioNow > 1) || (ratio > 1 && ratioNow < 1);
  if (isWithin(tolerances, ratioNow) || turned) return stay;
  const counted =
    ready.count +
    superfluous.count +
    (withMissing ? missingRequests.length : 0) +
    (withUnready ? unready.count : 0);
  const replicas = ceil(ratioNow * counted);
  const against =
    (ratioNow < 1 && replicas > currentReplicas) || (ratioNow > 1 && replicas < currentReplicas);
  return against ? stay : { replicas, measured };
}

function unusableReason({ podCount, ready, superfluous }: PodGroups): string | undefined {
  if (podCount === 0) return 'no pods returned by selector while calculating replica count';
  if (ready.count + superfluous.count === 0)
    return 'did not receive metrics for targeted pods (pods might be unready)';
  return undefined;
}

/** A metric that is one number for the whole workload; its `usage` and `target` in thousandths. */
export interface WholeMetric {
  readonly currentReplicas: number;
  readonly usage: number;
  readonly target: number;
  readonly tolerances: Tolerances;
}

/** Replicas by a `Value` target: the ratio times the pods that run and are ready; undefined when there are no pods. */
export function valueReplicas(metric: WholeMetric, readyPods: number | undefined): Proposal {
  const { currentReplicas, usage, target, tolerances } = metric;
  const ratio = usage / target;
  if (currentReplicas === 0) return { replicas: ceil(ratio), measured: usage };
  if (isWithin(tolerances, ratio)) return { replicas: currentReplicas, measured: usage };
  if (readyPods === undefined)
    return { error: 'unable to calculate ready pods: no pods returned by selector' };
  return { replicas: ceil(ratio * readyPods), measured: usage };
}

/** Replicas by an `AverageValue` target of a metric of the whole workload; `currentReplicas` is that of the status. */
export function averageOfWholeReplicas({
  currentReplicas,
  usage,
  target,
  tolerances,
}: WholeMetric): Proposal {
  const within = isWithin(tolerances, usage / (target * currentReplicas));
  return {
    replicas: within ? currentReplicas : ceil(usage / target),
    measured: currentReplicas === 0 ? 0 : Math.ceil(usage / currentReplicas),
  };
}

const MAX_INT32 = 2 ** 31 - 1;

/** Rounds up into the range of the API; what Go makes of more is not defined. */
function ceil(value: number): number {
  return Math.min(Math.ceil(value), MAX_INT32);
}

/**
 * Division of integers, truncated. Exact while the dividend is a safe integer; `hundredth` is the dividend before it was
 * multiplied by 100, from which it is made again when it is none.
 */
function integerDivision(dividend: number, divisor: number, hundredth?: number): number {
  if (hundredth !== undefined && !Number.isSafeInteger(dividend))
    return Number((BigInt(hundredth) * 100n) / BigInt(divisor));
  return (dividend - (dividend % divisor)) / divisor;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
