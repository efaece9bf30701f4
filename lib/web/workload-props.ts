import type { Duration } from 'cdk8s';
import type { LifecycleHook } from '../pod/lifecycle-hook';
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { VerticalScaling } from '../scaling/vertical/vertical-scaling';
import type { PodDensity } from '../sizing/pod-density';
import type { ProgramProps } from './program-props';

/** What a web app and a background worker have in common. */
export interface WorkloadProps extends ProgramProps {
  /**
   * Few large replicas or many small ones: sets profile, fewest replicas and nodes as one choice. Refused together with
   * `profile` and `nodeSelector`.
   *
   * @default - profile, scaling and node selector are chosen one by one
   */
  readonly density?: PodDensity;
  /**
   * How many replicas there are and what they follow.
   *
   * @default - ScalingPolicy.cpu() with 2 to 10 replicas; from the density's replicas to four times as many
   */
  readonly scaling?: ScalingPolicy;
  /**
   * A VerticalPodAutoscaler for the pods, kept apart from what the HorizontalPodAutoscaler moves.
   *
   * @default - none, because its API is not part of Kubernetes
   */
  readonly verticalScaling?: VerticalScaling;
  /**
   * Time that requests or jobs under way have to finish after SIGTERM, in whole seconds.
   *
   * @default - 30 seconds for a web app, 60 for a worker
   */
  readonly drainTime?: Duration;
  /**
   * What is done in the container once it has started, beside its program; the container is restarted when it fails.
   *
   * @default - nothing
   */
  readonly postStart?: LifecycleHook;
  /**
   * What is done in the container before its program gets SIGTERM: after the `preStopDelay` of a web app, at once in a worker.
   *
   * @default - nothing
   */
  readonly preStop?: LifecycleHook;
  /**
   * Time that `preStop` may take, from 1 second to a day, in whole seconds; the grace period has room for it. Needs `preStop`.
   *
   * @default Duration.seconds(10)
   */
  readonly preStopTime?: Duration;
  /**
   * Pods that a rolling update adds, in percent of the replicas. None is taken away before its replacement is ready.
   *
   * @default 25
   */
  readonly maxSurgePercent?: number;
  /**
   * Labels that the Deployment is selected by, where it exists already, such as `{ app: 'web' }`: its selector cannot
   * change. Pods, Service, budget, policy and spread follow.
   *
   * @default - app.kubernetes.io/name and app.kubernetes.io/component
   */
  readonly selectorLabels?: { [label: string]: string };
}

/** Defaults of a workload, all of them proposals. */
export const WORKLOAD_DEFAULTS = {
  maxSurgePercent: 25,
  /** Most replicas of a density, as a multiple of its fewest. */
  densityHeadroom: 4,
} as const;
