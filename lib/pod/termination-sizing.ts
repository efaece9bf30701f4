/**
 * Time from SIGTERM to SIGKILL.
 *
 * The grace period runs from the deletion on and includes the preStop hook, so it must hold the hook, the drain and
 * a little for the process to end: `grace >= preStop + drain + 5 s`.
 */
export const TERMINATION_SLACK_SECONDS = 5;

/**
 * How long a pod waits before it stops accepting. Endpoints are removed while the hook runs; kube-proxies and ingress
 * controllers learn of it within a few seconds. A proposal, after what ingress-nginx and Knative wait.
 */
export const PRE_STOP_SECONDS = 10;

export function gracePeriodSeconds(preStopSeconds: number, drainSeconds: number): number {
  return preStopSeconds + drainSeconds + TERMINATION_SLACK_SECONDS;
}
