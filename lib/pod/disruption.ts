import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1';
import { KubernetesVersion } from '../target/kubernetes-version';
import { emitSpec } from './api-object';
import type { Labels } from './naming';

/**
 * A PodDisruptionBudget that always allows one eviction, at any replica count: `maxUnavailable: 1` follows the
 * autoscaler, where `minAvailable: 2` beside `minReplicas: 2` hangs every node drain. Pods that are not ready may be
 * evicted too: a crash loop must not block a drain.
 *
 * `pods` are the labels that select the pods, where the object has others.
 */
export function emitDisruptionBudget(
  scope: Construct,
  id: string,
  name: string,
  labels: Labels,
  pods: Labels = labels,
): ApiObject {
  const unhealthy = KubernetesVersion.of(scope)._has('unhealthyPodEvictionPolicy')
    ? { unhealthyPodEvictionPolicy: 'AlwaysAllow' as const }
    : {};
  return emitSpec<PodDisruptionBudget>(
    scope,
    id,
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', name, labels },
    () => ({ maxUnavailable: 1, selector: { matchLabels: { ...pods } }, ...unhealthy }),
  );
}
