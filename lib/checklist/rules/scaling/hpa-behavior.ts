import { FindingSeverity } from '../../../finding/finding';
import { recordAt } from '../../../inventory/json';
import { drainSeconds } from '../../../scaling/drain-sizing';
import {
  autoscalers,
  rulesOf,
  scaled,
  type ScalerMetric,
  startupBudget,
} from '../../../scaling/hpa/autoscalers';
import { type Rule, rule, when } from '../../rule';

/** A drain that takes longer costs more than the spike did. */
const SLOW_DRAIN_SECONDS = 3600;

/** Metrics are as old as that anyway: a scrape every 15 to 60 s, and a reconciliation every 15 s. */
const METRIC_LAG_SECONDS = 60;

/** The controller leaves the CPU of pods out while they start, for that long (flag cpu-initialization-period). */
const CPU_INITIALIZATION_SECONDS = 300;

/** Everything but CPU, and but a time of day, which no pod can change. */
const looksAtNoReadiness = ({ type, resource }: ScalerMetric) => resource !== 'cpu' && type !== 'cron';

function hours(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'never, or only after more than a day';
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How fast replicas change, and what they follow while pods start. */
export const HPA_BEHAVIOR_RULES: readonly Rule[] = [
  rule({
    id: 'HPA-005',
    severity: FindingSeverity.WARNING,
    title: 'Replicas go up at once and down with patience',
    why: 'Without a window replicas follow every dip of the load and are missing a minute later.',
    evidence: 'The guide’s behaviour; Kubernetes’ default of 300 s.',
    of: (inventory) => autoscalers(inventory).filter(({ behavior }) => behavior),
    check: (scaler) => {
      const { stabilizationWindowSeconds: window, policies } = rulesOf(scaler, 'scaleDown');
      const fastest = Math.max(
        0,
        ...policies.map(({ type, value, periodSeconds }) =>
          type === 'Percent' ? (value * 60) / periodSeconds : 0,
        ),
      );
      return [
        ...when(window < 60 && fastest >= 100, {
          path: `${scaler.behaviorPath}.scaleDown.stabilizationWindowSeconds`,
          measured: `${window} s, and ${fastest} % in a minute`,
          expected: 'at least 60 s, or a slower policy',
          fix: 'wait 300 s before replicas are removed',
        }),
        ...when(scaler.behavior?.scaleUp.selectPolicy === 'Disabled', {
          path: `${scaler.behaviorPath}.scaleUp.selectPolicy`,
          measured: 'Disabled',
          expected: 'Max or Min',
          fix: 'let replicas be added',
        }),
      ];
    },
  }),
  rule({
    id: 'HPA-009',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'Replicas that nothing needs are gone within an hour',
    why: 'Steps of a few pods with long periods keep the replicas of one spike for hours.',
    evidence:
      'Computed as the controller does it: cdk8s-plus-27’s defaults take 4 h 5 min from 50 replicas to 1, those of Kubernetes 5 min.',
    of: autoscalers,
    check: (scaler) => {
      const { min = 1, max = 1 } = scaler;
      // The last replicas before zero go by KEDA's cooldown.
      const fewest = Math.max(1, min);
      const rules = scaler.behavior?.scaleDown;
      const seconds = drainSeconds(max, fewest, rules);
      // Without policies that can be read nothing is known; that they are none is another rule's.
      return when(rules?.policies.length !== 0 && seconds > SLOW_DRAIN_SECONDS, {
        path: `${scaler.behaviorPath}.scaleDown`,
        measured: `from ${max} replicas to ${fewest}: ${hours(seconds)}`,
        expected: `at most ${hours(SLOW_DRAIN_SECONDS)}`,
        fix: 'remove a share of the replicas in each step (Percent), or shorten the periods',
      });
    },
  }),
  rule({
    id: 'HPA-010',
    severity: FindingSeverity.WARNING,
    title: 'Replicas are added no faster than they start',
    why: 'For everything but CPU a pod that is not ready counts as one that works: as long as it starts, the load stays where it was and more replicas are added.',
    evidence: 'Kubernetes, pkg/controller/podautoscaler/replica_calculator.go: only CPU looks at readiness.',
    of: (inventory) => scaled(inventory).filter(({ metrics }) => metrics.some(looksAtNoReadiness)),
    check: (scaler) => {
      const budget = startupBudget(scaler.workload);
      const { stabilizationWindowSeconds, policies } = rulesOf(scaler, 'scaleUp');
      const slowest = Math.max(
        stabilizationWindowSeconds,
        ...policies.map(({ periodSeconds }) => periodSeconds),
      );
      const { type, resource } = scaler.metrics.find(looksAtNoReadiness) ?? {};
      return when(budget > METRIC_LAG_SECONDS && budget > slowest, {
        path: `${scaler.behaviorPath}.scaleUp`,
        measured: `a step every ${slowest} s on ${resource ?? type}, and pods that may take ${budget} s to start`,
        expected: `a window or a period of at least ${budget} s`,
        fix: 'lengthen the period, start faster, or scale on CPU only',
      });
    },
  }),
  rule({
    id: 'HPA-011',
    severity: FindingSeverity.WARNING,
    title: 'CPU that a start takes is not taken for load',
    why: 'A pod that counts as ready while it starts adds the CPU of its start to the load, and so more pods: they run away to the maximum.',
    evidence: 'kubernetes#71255, #29989; Kubernetes, good practice for pod readiness with CPU scaling.',
    of: (inventory) =>
      scaled(inventory).filter(({ metrics }) => metrics.some(({ resource }) => resource === 'cpu')),
    check: ({ workload, metrics }) => {
      const budget = startupBudget(workload);
      const says = workload.containers.some(
        ({ container, isInit }) =>
          !isInit && (recordAt(container, 'startupProbe') ?? recordAt(container, 'readinessProbe')),
      );
      const path = metrics.find(({ resource }) => resource === 'cpu')?.path ?? 'spec';
      return [
        ...when(!says, {
          path,
          measured: `CPU of ${workload.object.name}, which is ready as soon as it runs`,
          expected: 'a startup or a readiness probe',
          fix: 'add a startupProbe that succeeds when the start is over',
        }),
        ...when(budget > CPU_INITIALIZATION_SECONDS, {
          path,
          measured: `CPU of ${workload.object.name}, which may take ${budget} s to start`,
          expected: `at most ${CPU_INITIALIZATION_SECONDS} s: later the CPU of a start counts`,
          fix: 'start faster, or scale on a metric that a start does not raise',
        }),
      ];
    },
  }),
];
