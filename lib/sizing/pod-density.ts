import { WorkloadProfile } from './workload-profile';

/** A pod density of your own. */
export interface PodDensityOptions {
  /** Fewest replicas. */
  readonly replicas: number;
  /** Size of each. */
  readonly profile: WorkloadProfile;
  /** Labels of the nodes that they run on. */
  readonly nodeSelector: { [label: string]: string };
}

/**
 * How a workload's capacity is cut into pods: few large ones or many small ones, each with its place.
 *
 * Few large replicas waste less on per-pod overhead and keep large caches warm, but each is a larger share of the
 * capacity to lose. Many small ones spread better and scale in finer steps, but sooner reach the pod limit of nodes.
 *
 * @example
 * new ScalableWebApp(chart, 'recommender', {
 *   image: 'registry.example.com/recommender:1.0.0',
 *   density: PodDensity.custom({
 *     replicas: 3, // and up to twelve under load
 *     profile: WorkloadProfile.HEAVY_COMPUTE.withMemory(Size.gibibytes(6)),
 *     nodeSelector: { 'node.kubernetes.io/instance-type': 'r6i.xlarge' },
 *   }),
 * });
 */
export class PodDensity {
  /** Few large replicas (the guide's low density): 1 × 2–4 CPU, 4–8Gi, on nodes labelled `workload: compute`. */
  public static readonly LOW = PodDensity.custom({
    replicas: 1,
    profile: WorkloadProfile.fromQuantities({
      cpuRequest: '2',
      cpuLimit: '4',
      memoryRequest: '4Gi',
      memoryLimit: '8Gi',
    }),
    nodeSelector: { workload: 'compute' },
  });

  /** Many small replicas (the guide's high density): 10 × 100m–200m CPU, 256–512Mi, on nodes labelled `workload: general`. */
  public static readonly HIGH = PodDensity.custom({
    replicas: 10,
    profile: WorkloadProfile.fromQuantities({
      cpuRequest: '100m',
      cpuLimit: '200m',
      memoryRequest: '256Mi',
      memoryLimit: '512Mi',
    }),
    nodeSelector: { workload: 'general' },
  });

  /**
   * A density of your own.
   *
   * @param props replicas, size and place
   */
  public static custom(props: PodDensityOptions): PodDensity {
    return new PodDensity(props);
  }

  private constructor(
    /** @internal */
    public readonly _props: PodDensityOptions,
  ) {}
}
