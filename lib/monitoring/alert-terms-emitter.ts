/** What several alerts say in the same words and measure by the same line. */

/** Labels that name a pod. */
export const POD = ['namespace', 'pod'];
export const WHERE = '{{ $labels.namespace }}/{{ $labels.pod }}';

/**
 * Share of the connections that are not reserved, in use; above it somebody is close to being refused. The postgres mixin
 * of postgres_exporter draws the same line.
 */
export const CONNECTIONS = 0.8;
