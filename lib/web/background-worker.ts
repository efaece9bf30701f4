import { Duration } from 'cdk8s';
import type { Construct } from 'constructs';
import { MetricFamily } from '../connection/monitored';
import type { Checks } from '../finding/checks';
import { type HealthCheck, PROBE_DEFAULTS } from '../pod/health-check';
import { WorkloadProfile } from '../sizing/workload-profile';
import { pathRule } from '../units/names';
import { Workload, type WorkloadKind } from './workload';
import type { WorkloadProps } from './workload-props';

/** Properties of a `BackgroundWorker`. */
export interface BackgroundWorkerProps extends WorkloadProps {
  /**
   * Whether the process is alive; it is restarted when this keeps failing. A command, since a worker serves no HTTP:
   * `HealthCheck.command(['/app/worker', 'ping'])`. Until it first succeeds, for at most 60 seconds, the pod is not ready:
   * an autoscaler leaves the CPU of its start out.
   *
   * @default - none: the process is restarted when it exits
   */
  readonly liveness?: HealthCheck;
  /**
   * Port of the worker's Prometheus metrics, from 1024 to 65535.
   *
   * @default - it serves none
   */
  readonly metricsPort?: number;
  /**
   * Path of the metrics.
   *
   * @default /metrics
   */
  readonly metricsPath?: string;
}

const DRAIN_SECONDS = 60;
const STARTUP_SECONDS = 60;

/**
 * A workload that takes jobs from elsewhere. It has what a `ScalableWebApp` has, but for the Service and the probes over
 * the network, which are refused. Unless the props say otherwise, its size is `WorkloadProfile.BACKGROUND_JOB`, and it has
 * 60 seconds to finish its jobs.
 *
 * @example
 * const invoices = new BackgroundWorker(chart, 'invoices', {
 *   image: 'registry.example.com/invoices:1.8.2',
 *   liveness: HealthCheck.command(['/app/invoices', 'ping']),
 *   drainTime: Duration.minutes(3), // the longest job
 * });
 * invoices.connectTo(db);
 */
export class BackgroundWorker extends Workload {
  /**
   * @param scope parent
   * @param id id in the parent; part of the name
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: BackgroundWorkerProps) {
    super(scope, id, props, (checks) => describe(checks, props));
  }
}

function describe(checks: Checks, props: BackgroundWorkerProps): WorkloadKind {
  const { liveness, metricsPort } = props;
  checks.unprivilegedPort('metricsPort', metricsPort);
  checks.text('metricsPath', props.metricsPath, pathRule);
  liveness?._check(checks.at('liveness'), PROBE_DEFAULTS.liveness);
  if (liveness && !liveness._isCommand) {
    checks.fail(
      'liveness',
      'a check over the network',
      'a worker has no port for it; allowed: HealthCheck.command()',
    );
  }
  const startup = liveness?._withOptions({
    period: Duration.seconds(PROBE_DEFAULTS.startup.periodSeconds),
    failureThreshold: STARTUP_SECONDS / PROBE_DEFAULTS.startup.periodSeconds,
  });
  return {
    component: 'worker',
    profile: WorkloadProfile.BACKGROUND_JOB,
    drainSeconds: DRAIN_SECONDS,
    preStopSeconds: 0,
    startupSeconds: STARTUP_SECONDS,
    ports:
      metricsPort === undefined ? [] : [{ name: 'metrics', containerPort: metricsPort, protocol: 'TCP' }],
    probes: {
      livenessProbe: liveness?._isCommand ? liveness._render(PROBE_DEFAULTS.liveness, 0) : undefined,
      startupProbe: startup?._isCommand ? startup._render(PROBE_DEFAULTS.startup, 0) : undefined,
    },
    metricsEndpoint:
      metricsPort === undefined
        ? undefined
        : {
            family: MetricFamily.HTTP,
            portName: 'metrics',
            port: metricsPort,
            path: props.metricsPath ?? '/metrics',
          },
  };
}
