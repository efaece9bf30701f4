import type { Duration, Size } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import type { SchedulingProps } from '../pod/scheduling';
import type { ScalingPolicy } from '../scaling/scaling-policy';
import type { VerticalScaling } from '../scaling/vertical/vertical-scaling';
import type { PodDensity } from '../sizing/pod-density';
import type { WorkloadProfile } from '../sizing/workload-profile';

/** What a web app and a background worker have in common. */
export interface WorkloadProps extends SchedulingProps {
  /** Image of the container with a tag or a digest, such as `registry.example.com/shop:1.8.2`. */
  readonly image: string;
  /**
   * Program and arguments to run instead of the image's entry point. They run without a shell.
   *
   * @default - the image's entry point
   */
  readonly command?: string[];
  /**
   * Arguments of the entry point.
   *
   * @default - the image's arguments
   */
  readonly args?: string[];
  /**
   * Numeric user and group of the process. The root file system is read-only, whoever it is.
   *
   * @default 65532
   */
  readonly user?: number;
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
   * Environment variables.
   *
   * @default - those of the other props and of connections
   */
  readonly env?: { [name: string]: EnvValue };
  /**
   * Connections that the application's HTTP client may open: `HTTP_MAX_CONNECTIONS`.
   *
   * @default 100
   */
  readonly httpMaxConnections?: number;
  /**
   * Time-out of the application's HTTP client, in whole seconds: `HTTP_TIMEOUT`.
   *
   * @default Duration.seconds(30)
   */
  readonly httpTimeout?: Duration;
  /**
   * Time that the application caches a value, in whole seconds: `CACHE_TTL`.
   *
   * @default Duration.hours(1)
   */
  readonly cacheTtl?: Duration;
  /**
   * Entries of the application's own in-process cache: `CACHE_SIZE`.
   *
   * @default 1000
   */
  readonly cacheSize?: number;
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

/** Defaults of a workload, and where the numbers come from: the guide, but for the last four, which are proposals. */
export const WORKLOAD_DEFAULTS = {
  httpMaxConnections: 100,
  httpTimeoutSeconds: 30,
  cacheTtlSeconds: 3600,
  cacheSize: 1000,
  maxSurgePercent: 25,
  scratchMebibytes: 64,
  /** The conventional "nonroot" user of distroless images. */
  user: 65532,
  /** Most replicas of a density, as a multiple of its fewest. */
  densityHeadroom: 4,
} as const;
