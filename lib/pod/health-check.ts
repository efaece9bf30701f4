import type { Duration } from 'cdk8s';
import type { Probe } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import { secondsOf } from '../units/amounts';
import { pathRule } from '../units/names';

/** When and how often a health check runs. */
export interface HealthCheckOptions {
  /**
   * Time from the start of the container to the first check. The startup probe makes it unnecessary for the others.
   *
   * @default - none: the first check runs at once
   */
  readonly initialDelay?: Duration;
  /**
   * Time between two checks, at least 1 second, in whole seconds.
   *
   * @default - 5 seconds for readiness, 10 for liveness, 2 for startup
   */
  readonly period?: Duration;
  /**
   * Time after which an unanswered check has failed; at most the period.
   *
   * @default - 2 seconds for readiness and startup, 5 for liveness
   */
  readonly timeout?: Duration;
  /**
   * Failures in a row that change the state.
   *
   * @default - 3 for readiness, 6 for liveness (a restart helps only a process that is stuck), the start-up time for startup
   */
  readonly failureThreshold?: number;
}

/** Default timing of a kind of check, in seconds. */
export interface ProbeDefaults {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

/**
 * The checks of a container differ: readiness takes a pod out of traffic fast, liveness restarts it late, and
 * startup keeps both away until the process is up. Times are proposals; 5 s and 10 s are the guide's periods.
 */
export const PROBE_DEFAULTS = {
  readiness: { periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
  liveness: { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  startup: { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 30 },
} as const satisfies Record<string, ProbeDefaults>;

type Handler =
  | { readonly kind: 'http'; readonly path: string; readonly port?: number }
  | { readonly kind: 'tcp'; readonly port?: number }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

/**
 * A question that tells whether a container is well, and how often it is asked. A time-out longer than the period is
 * refused: checks would pile up.
 *
 * @example
 * new ScalableWebApp(chart, 'search', {
 *   image: 'registry.example.com/search:4.0.1',
 *   startupTime: Duration.minutes(3), // it loads its index first
 *   readiness: HealthCheck.http('/ready', { period: Duration.seconds(3), failureThreshold: 2 }),
 *   liveness: HealthCheck.tcp(),
 * });
 */
export class HealthCheck {
  /**
   * A GET that must be answered with a status from 200 to 399.
   *
   * @param path absolute path, such as `/health/ready`
   * @param options timing
   */
  public static http(path: string, options: HealthCheckOptions = {}): HealthCheck {
    return new HealthCheck({ kind: 'http', path }, options);
  }

  /**
   * A TCP connection to the container's port that must be accepted.
   *
   * @param options timing
   */
  public static tcp(options: HealthCheckOptions = {}): HealthCheck {
    return new HealthCheck({ kind: 'tcp' }, options);
  }

  /**
   * A command in the container that must exit with 0. It runs without a shell.
   *
   * @param argv the program and its arguments
   * @param options timing
   */
  public static command(argv: string[], options: HealthCheckOptions = {}): HealthCheck {
    return new HealthCheck({ kind: 'command', argv: [...argv] }, options);
  }

  private constructor(
    private readonly handler: Handler,
    private readonly options: HealthCheckOptions,
  ) {}

  /** @internal */
  public _check(checks: Checks, defaults: ProbeDefaults): void {
    const { handler } = this;
    if (handler.kind === 'http') checks.text('path', handler.path, pathRule);
    if (handler.kind === 'command') {
      if (handler.argv.length === 0)
        checks.fail('argv', handler.argv, 'allowed: a program and its arguments');
      handler.argv.forEach((argument, index) => checks.text(`argv[${index}]`, argument));
    }
    const timing = this.timing(defaults);
    checks.integer('initialDelay', timing.initialDelaySeconds, 0, 3600);
    checks.integer('period', timing.periodSeconds, 1, 3600);
    checks.integer('failureThreshold', timing.failureThreshold, 1, 3600);
    if (!(timing.timeoutSeconds >= 1 && timing.timeoutSeconds <= timing.periodSeconds)) {
      checks.fail(
        'timeout',
        `${timing.timeoutSeconds} s`,
        `allowed: from 1 second to the period of ${timing.periodSeconds} s, or checks pile up`,
      );
    }
  }

  /**
   * Whether two checks ask the same question: then readiness and liveness would fail together.
   *
   * @internal
   */
  public _asksTheSameAs(other: HealthCheck): boolean {
    return JSON.stringify(this.handler) === JSON.stringify(other.handler);
  }

  /** @internal */
  public get _isCommand(): boolean {
    return this.handler.kind === 'command';
  }

  /** @internal */
  public _seconds(defaults: ProbeDefaults): Required<ProbeDefaults> & { initialDelaySeconds: number } {
    return this.timing(defaults);
  }

  /**
   * The same question with another timing.
   *
   * @internal
   */
  public _withOptions(options: HealthCheckOptions): HealthCheck {
    return new HealthCheck(this.handler, options);
  }

  /** @internal */
  public _render(defaults: ProbeDefaults, port: number | string): Probe {
    const { handler } = this;
    const { initialDelaySeconds, ...timing } = this.timing(defaults);
    const probe: Probe = { ...timing, ...(initialDelaySeconds > 0 && { initialDelaySeconds }) };
    switch (handler.kind) {
      case 'http':
        return { ...probe, httpGet: { path: handler.path, port } };
      case 'tcp':
        return { ...probe, tcpSocket: { port } };
      case 'command':
        return { ...probe, exec: { command: [...handler.argv] } };
    }
  }

  private timing(defaults: ProbeDefaults) {
    const { initialDelay, period, timeout, failureThreshold } = this.options;
    const periodSeconds = period ? secondsOf(period) : defaults.periodSeconds;
    return {
      initialDelaySeconds: initialDelay ? secondsOf(initialDelay) : 0,
      periodSeconds,
      timeoutSeconds: timeout ? secondsOf(timeout) : Math.min(defaults.timeoutSeconds, periodSeconds),
      failureThreshold: failureThreshold ?? defaults.failureThreshold,
    };
  }
}
