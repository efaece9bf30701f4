import type { ContainerResources } from '../sizing/resources';
import type { KubernetesVersion } from '../target/kubernetes-version';

/** What a container asks for and may use, as far as its manifest says. */
export type ScaledResources = Partial<
  Pick<ContainerResources, 'cpuRequestMillis' | 'cpuLimitMillis' | 'memoryRequestBytes' | 'memoryLimitBytes'>
>;

/** What an autoscaler needs to know of the pods that it scales. */
export interface ScaledPod {
  /** Containers that run for ever, the main one first; resources are undefined when they were refused already. */
  readonly containers: ReadonlyArray<{ readonly name: string; readonly resources?: ScaledResources }>;
  readonly version: KubernetesVersion;
}

/** The container that a metric of the workload itself measures, when there are others beside it; undefined otherwise. */
export function mainContainer(pod: Pick<ScaledPod, 'containers'>): string | undefined {
  return pod.containers.length > 1 ? pod.containers[0].name : undefined;
}
