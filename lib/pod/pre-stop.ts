import type { Lifecycle } from 'kubernetes-types/core/v1';
import type { KubernetesVersion } from '../target/kubernetes-version';

/**
 * Keeps the pod serving while its endpoint is taken out of load balancers. Where the cluster has no sleep action the
 * image's own `sleep` does it; an image without one stops at once, as it would without the hook.
 */
export function waitBeforeStop(seconds: number, version: KubernetesVersion): Lifecycle {
  return {
    preStop: version._has('preStopSleep')
      ? { sleep: { seconds } }
      : { exec: { command: ['sleep', `${seconds}`] } },
  };
}
