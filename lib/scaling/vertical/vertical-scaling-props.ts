import type { Size } from 'cdk8s';
import type { Cpu } from 'cdk8s-plus-27';

/** What a VerticalPodAutoscaler changes of a container. */
export enum ControlledValues {
  /** Requests, and limits in the proportion that they had. */
  REQUESTS_AND_LIMITS = 'RequestsAndLimits',
  /** Requests; limits stay as they are. */
  REQUESTS_ONLY = 'RequestsOnly',
}

/** Bounds of what a VerticalPodAutoscaler may ask for. */
export interface VerticalBounds {
  /**
   * Least CPU request.
   *
   * @default Cpu.millis(50)
   */
  readonly minCpu?: Cpu;
  /**
   * Least memory request.
   *
   * @default Size.mebibytes(64)
   */
  readonly minMemory?: Size;
  /**
   * Most CPU request; at least `minCpu`.
   *
   * @default Cpu.units(2)
   */
  readonly maxCpu?: Cpu;
  /**
   * Most memory request; at least `minMemory`. Below 250Mi divided by the containers of the pod every recommendation
   * would be this bound: the recommender never goes lower.
   *
   * @default Size.gibibytes(4)
   */
  readonly maxMemory?: Size;
  /**
   * What is changed.
   *
   * @default ControlledValues.REQUESTS_AND_LIMITS
   */
  readonly controlledValues?: ControlledValues;
}

/** How one container is sized, where it differs from the others. */
export interface ContainerVerticalScaling extends VerticalBounds {
  /**
   * Whether it is sized at all.
   *
   * @default true
   */
  readonly enabled?: boolean;
}

/** Bounds, and when pods may be evicted. */
export interface VerticalScalingOptions extends VerticalBounds {
  /**
   * Containers that are sized in their own way, by name; also such that only a running pod has, as the sidecar of a
   * service mesh.
   *
   * @default - every container in the same way
   */
  readonly containers?: { [name: string]: ContainerVerticalScaling };
  /**
   * Replicas below which no pod is evicted. With 1, a lone replica is away while it is replaced.
   *
   * @default - that of the cluster: 2
   */
  readonly minReplicas?: number;
  /**
   * The oldest VerticalPodAutoscaler release that the manifests must run on, such as `1.6`.
   *
   * @default 1.5
   */
  readonly vpaVersion?: string;
}
