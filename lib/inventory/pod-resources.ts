/** What the HPA controller divides usage by: the requests of a pod template. */
import { quantityMilli } from '../units/quantity';
import { type Json, recordAt, recordsAt, textAt } from './json';

/** Amounts of one resource in thousandths of its unit. */
export interface MeasuredResources {
  readonly request: number;
  /** Undefined when some measured container has no limit. */
  readonly limit?: number;
}

/**
 * Request and limit that a metric measures: of one container, or of all containers that run beside each other. What a
 * container does not request it gets as much as its limit, as the API server fills it in; a request of the whole pod
 * counts before those of its containers. The words of the errors are the controller's.
 */
export function measuredResources(
  pod: Json,
  resource: string,
  container?: string,
): MeasuredResources | { readonly error: string } {
  const ofPod = amounts(pod, resource);
  if (container === undefined && ofPod.request !== undefined)
    return { request: ofPod.request, limit: ofPod.limit };
  const sidecars = recordsAt(pod, 'initContainers').filter((one) => one.restartPolicy === 'Always');
  const running = [...recordsAt(pod, 'containers'), ...sidecars];
  const measured = running.filter((one) => container === undefined || one.name === container);
  if (measured.length === 0) return { error: `container ${container ?? ''} not found in Pod` };
  let request = 0;
  let limit: number | undefined = 0;
  for (const one of measured) {
    const own = amounts(one, resource);
    if (own.request === undefined)
      return { error: `missing request for ${resource} in container ${textAt(one, 'name') ?? ''} of Pod` };
    request += own.request;
    limit = limit === undefined || own.limit === undefined ? undefined : limit + own.limit;
  }
  return { request, limit };
}

function amounts(owner: Json, resource: string): { request?: number; limit?: number } {
  const at = (kind: string) => quantityMilli(recordAt(owner, 'resources', kind)?.[resource]);
  const limit = at('limits');
  return { request: at('requests') ?? limit, limit };
}
