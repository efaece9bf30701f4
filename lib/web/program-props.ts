import type { Size } from 'cdk8s';
import type { EnvValue } from 'cdk8s-plus-27';
import type { Mesh } from '../pod/mesh';
import type { PodProps } from '../pod/pod-props';
import type { Runtime } from '../runtime/runtime';
import type { WorkloadProfile } from '../sizing/workload-profile';
import type { ApplicationSettings } from './application-settings';

/** The program of a pod: what workloads that run for ever and jobs that come to an end have in common. */
export interface ProgramProps extends PodProps {
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
   * Requests and limits of the container.
   *
   * @default - WorkloadProfile.WEB_API for a web app, WorkloadProfile.BACKGROUND_JOB for workers and jobs
   */
  readonly profile?: WorkloadProfile;
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
   * A mesh whose proxy runs in the pods, `Mesh.istio()` or `Mesh.linkerd()`: it is sized, ordered, let through the network
   * policy, and counted. A job needs a proxy that ends with it: a native sidecar.
   *
   * @default - the pods ask for none
   */
  readonly mesh?: Mesh;
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

/** Defaults of a program, proposals. */
export const PROGRAM_DEFAULTS = {
  scratchMebibytes: 64,
  /** The conventional "nonroot" user of distroless images. */
  user: 65532,
} as const;
