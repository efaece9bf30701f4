/**
 * What the tables of Kubernetes' own tests are read with.
 *
 * The `upstream-*.test.ts` files hold facts from the tests of the HPA controller, inputs and expected outputs: of
 * kubernetes/kubernetes, pkg/controller/podautoscaler, in a version after 1.36. Where they were read:
 *
 * - replica_calculator_test.go: omerap12/kubernetes, commit fb6d0a38f2ba
 * - horizontal_test.go: omerap12/kubernetes, commit 80f1a8717853; scaling from zero and TestScaleDownWithScalingRules:
 *   kubernetes/kubernetes, commit 003e86297d18, of 2024
 * - metrics/utilization_test.go: kubernetes/kubernetes, commit 083e3f3e0db4
 *
 * A row is called as the case is called there, the `describe` around it or the row itself names the Go test.
 *
 * Not taken, because the engine does not model it:
 *
 * - API errors, conflicts and events: TestConditionFailedScale, TestHPARescaleWithSuccessfulConflictRetry, TestEventCreation
 *   beyond the replicas. The engine decides; nobody is told.
 * - selectors: TestConditionSelectorValidation. The checklist finds two autoscalers of the same pods in the manifests.
 * - the kind of the target (scale up deployment, scale up replicaset in TestScaleUpCPU): the engine does not look at it.
 * - the work queue, its metrics and its status writes: TestAvoidUnnecessaryUpdates, TestMultipleHPAs, TestUpdateHPA*,
 *   TestEnqueueHPA*, TestReconciliation*, TestBuildQuantity.
 * - TestConfigurableTolerance with its feature gate off: the engine applies a tolerance that is written; the checklist finds
 *   one that the target version ignores.
 * - TestCalculateRequests of no pods: the engine is given a pod template.
 * - which slot of the list of recommendations is used again (expectedLogLength, expectedRecommendations): the engine drops
 *   what no window reads any more. The field `outdated` of an event: computed when it is asked for.
 * - adding up the samples of an external metric: the engine is given their sum.
 *
 * Not taken, because it is newer than 1.36, and the engine does as 1.33 to 1.36 do:
 *
 * - the condition `ScaledToZero` (TestScaleToZeroBehavior, TestScaleUpCMObject and TestScaleWithOneInvalidMetric from zero
 *   with its gate off or without it): up to 1.36 `minReplicas: 0` alone lets the controller scale from zero, and a raised
 *   `minReplicas` wakes nothing.
 * - a pod that has succeeded is ignored as a failed one is (kubernetes/kubernetes#141302): up to 1.36 it counts.
 */
import { measuredResources, podResources } from '../../../lib/inventory/pod-resources';
import type { HpaPolicy, HpaRules } from '../../../lib/scaling/hpa/hpa-spec';
import {
  groupPods,
  type MetricSample,
  type PodGroups,
  type PodState,
  type ReadinessFlags,
} from '../../../lib/scaling/hpa/pod-groups';

/** The flags of those tests; they are not the defaults. */
export const FLAGS: ReadinessFlags = { cpuInitializationSeconds: 120, initialReadinessDelaySeconds: 10 };

/** Seconds. A time that is not set is long before everything. */
export const UNSET = 0;
export const NOW = 1_000_000;
/** When a pod was started whose CPU is that of a start, and when one whose CPU is that of its load. */
const HOT = NOW;
const COOL = NOW - 180;

interface LetteredPod extends Partial<Pick<PodState, 'startTime' | 'phase' | 'deleting'>> {
  readonly ready?: 'False';
}

/** Pods by letters; what is left out is running, ready, and started long ago. */
const LETTERS: Readonly<Record<string, LetteredPod>> = {
  R: {},
  U: { ready: 'False' },
  C: { startTime: COOL },
  H: { startTime: HOT },
  h: { startTime: HOT, ready: 'False' },
  F: { phase: 'Failed', ready: 'False' },
  D: { deleting: true, ready: 'False' },
  P: { phase: 'Pending', ready: 'False' },
};

/** Pods of two containers each, and their metrics. */
export interface PodTable {
  /**
   * A letter for each pod: R ready, U not ready, C ready and started three minutes ago, H ready and started just now, h not
   * ready and started just now, F failed, D being deleted, P pending.
   */
  readonly pods: string;
  /** Thousandths for each container of a pod; pods that it does not reach have no request. Undefined: 1000 everywhere. */
  readonly requests?: readonly number[];
  /** Thousandths used by each container of a pod, or by one after the other; pods that it does not reach have no sample. */
  readonly levels: ReadonlyArray<number | readonly number[]>;
  /** The container that is measured; undefined: both together. */
  readonly container?: 'container1' | 'container2';
  /** Names of the pods that the samples are of, when it is not theirs. */
  readonly names?: readonly string[];
}

/** When samples were taken and pods changed their readiness. */
export interface Clock {
  readonly sampledAt: number;
  readonly transition: (startTime: number) => number;
}

/** replica_calculator_test.go leaves both unset. */
export const UNSET_CLOCK: Clock = { sampledAt: UNSET, transition: () => UNSET };
/** horizontal_test.go: samples of now, pods that became what they are when they were started. */
export const RUNNING_CLOCK: Clock = { sampledAt: NOW, transition: (startTime) => startTime };

const CONTAINERS = ['container1', 'container2'] as const;
const WINDOW = 60;

/** The pods of a table as the controller sorts them. */
export function groupsOf(table: PodTable, isCpu: boolean, clock: Clock): PodGroups {
  const pods = [...table.pods].map((letter, index) => podOf(letter, index, table, clock));
  const samples = table.levels.flatMap((level, index): Array<[string, MetricSample]> => {
    const value = usageOf(level, table.container);
    const name = table.names?.[index] ?? `pod-${index}`;
    return value === undefined ? [] : [[name, { value, timestamp: clock.sampledAt, window: WINDOW }]];
  });
  return groupPods(pods, new Map(samples), { isCpu, now: NOW, flags: FLAGS });
}

function podOf(letter: string, index: number, { requests, container }: PodTable, clock: Clock): PodState {
  const { startTime = UNSET, ready: status = 'True', phase = 'Running', deleting } = LETTERS[letter];
  return {
    name: `pod-${index}`,
    phase,
    deleting,
    startTime,
    ready: { status, lastTransition: clock.transition(startTime) },
    request: requestOf(requests ? requests[index] : 1000, container),
  };
}

function requestOf(perContainer: number | undefined, container: string | undefined): number | undefined {
  const resources = perContainer === undefined ? {} : { requests: { cpu: `${perContainer}m` } };
  const pod = { containers: CONTAINERS.map((name) => ({ name, resources })) };
  const measured = measuredResources(podResources(pod), 'cpu', container);
  return 'error' in measured ? undefined : measured.request;
}

function usageOf(level: PodTable['levels'][number], container: PodTable['container']): number | undefined {
  const [first, second] = typeof level === 'number' ? [level, level] : level;
  if (container === undefined) return first + second;
  return container === 'container1' ? first : second;
}

/** Pods that run and are ready; undefined when there is none at all. */
export function readyPodsOf(pods: string): number | undefined {
  return pods === '' ? undefined : [...pods].filter((letter) => 'RCH'.includes(letter)).length;
}

/** A policy of pods and one of percent, each with its period; 0 is none of them. */
export function rules(pods: number, podsPeriod: number, percent: number, percentPeriod: number): HpaRules {
  const all: HpaPolicy[] = [
    { type: 'Pods', value: pods, periodSeconds: podsPeriod },
    { type: 'Percent', value: percent, periodSeconds: percentPeriod },
  ];
  return { policies: all.filter(({ value }) => value !== 0), selectPolicy: 'Max' };
}
