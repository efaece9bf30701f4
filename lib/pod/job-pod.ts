/** Pods that come to an end, of whatever Job. */
import type { PodFailurePolicy } from 'kubernetes-types/batch/v1';
import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import type { PodModel } from './pod-model';

/** A node that is drained is no failure: it went, not the program. */
export const DRAINS_ARE_NO_FAILURE: PodFailurePolicy = {
  rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
};

/** The template of a Job: what has failed is tried in another pod, so that each try has its log. */
export function jobTemplate(pod: PodModel): PodTemplateSpec {
  const template = pod.render();
  return { ...template, spec: template.spec && { ...template.spec, restartPolicy: 'Never' } };
}
