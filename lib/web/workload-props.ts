import type { Duration, Size } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import type { Mesh } from '../pod/mesh';
import type { PodProps } from '../pod/pod-props';
import type { Runtime } from '../runtime/runtime';
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { VerticalScaling } from '../scaling/vertical/vertical-scaling';
import type { PodDensity } from '../sizing/pod-density';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { ApplicationSettings } from './application-settings';

/** What a web app and a background worker have in common. */
export interface WorkloadProps extends PodProps {
  /** Image of the container with a tag or a digest, such as `registry.example.com/shop:1.8.2`. */
  readonly image: string;
  /**
   * Program and arguments to run instead of the image's entry point, without a shell. `$(NAME)` is a variable of the
   * container, as Kubernetes reads it; one that is not set is refused, and `$$(NAME)` is the text itself.
   *
   * @default - the image's entry point
   */
  readonly command?: string[];
  /**
   * Arguments of the entry point; `$(NAME)` is a variable of the container.
   *
   * @default - the image's arguments
   */
  readonly args?: string[];
  /**
   * Numeric user and group of the process. The root file system is read-only, whoever it is.
   *
   * @default 65532
   */
  readonly runAsUser?: number;
  /**
   * Few large replicas or many small ones: sets profile, fewest replicas and nodes as one choice. Refused together with
   * `profile` and `nodeSelector`.
   *
   * @default - profile, scaling and node selector are chosen one by one
   */
  readonly density?: PodDensity;
  /**
   * Requests and limits of the container.
   *
   * @default - WorkloadProfile.WEB_API for a web app, WorkloadProfile.BACKGROUND_JOB for a worker
   */
  readonly profile?: WorkloadProfile;
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
   * A mesh whose proxy runs in the pods, `Mesh.istio()` or `Mesh.linkerd()`: it is sized, ordered, let through the network
   * policy, and counted.
   *
   * @default - the pods ask for none
   */
  readonly mesh?: Mesh;
  /**
   * Environment variables. One may refer to others, whoever sets them: `postgres://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST)`.
   *
   * @default - those of the other props and of connections
   */
  readonly env?: { [name: string]: EnvValue };
  /**
   * The language's runtime, told of the container's limits: heap, threads and processes. The processes of a pod count in the
   * connections that it may open.
   *
   * @default - the runtime is told nothing
   */
  readonly runtime?: Runtime;
  /**
   * Settings that the application reads from its environment, such as `ApplicationSettings.guide()`.
   *
   * @default - none
   */
  readonly settings?: ApplicationSettings;
  /**
   * Time that requests or jobs under way have to finish after SIGTERM, in whole seconds.
   *
   * @default - 30 seconds for a web app, 60 for a worker
   */
  readonly drainTime?: Duration;
  /**
   * Pods that a rolling update adds, in percent of the replicas. None is taken away before its replacement is ready.
   *
   * @default 25
   */
  readonly maxSurgePercent?: number;
  /**
   * Size of the writable directory `/tmp`; part of the ephemeral storage.
   *
   * @default Size.mebibytes(64)
   */
  readonly scratchSize?: Size;
  /**
   * Name of all objects. A changed name is a new workload, so pin it before you move the construct in the tree.
   *
   * @default - the construct path from the chart on, joined by "-"
   */
  readonly name?: string;
}

/** Defaults of a workload, all of them proposals. */
export const WORKLOAD_DEFAULTS = {
  maxSurgePercent: 25,
  scratchMebibytes: 64,
  /** The conventional "nonroot" user of distroless images. */
  user: 65532,
  /** Most replicas of a density, as a multiple of its fewest. */
  densityHeadroom: 4,
} as const;
