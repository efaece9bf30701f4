import type { Duration } from 'cdk8s';
import type { Probe } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import { reasonRule } from '../finding/suppression';
import { secondsOf } from '../units/amounts';
import { grpcServiceRule, headerNameRule, probePathRule } from '../units/names';

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

/** A check of a port. */
export interface PortHealthCheckOptions extends HealthCheckOptions {
  /**
   * Port of the container that is asked, from 1 to 65535, such as that of a management endpoint.
   *
   * @default - the port that the container serves on
   */
  readonly port?: number;
}

/** A check over HTTP. */
export interface HttpHealthCheckOptions extends PortHealthCheckOptions {
  /**
   * Whether it is asked over TLS. The certificate is not verified.
   *
   * @default false
   */
  readonly https?: boolean;
  /**
   * Headers of the request, such as `{ Host: 'shop.example.com' }` for an application that answers no other host.
   *
   * @default - those of the kubelet: the address of the pod as the host
   */
  readonly headers?: { [name: string]: string };
}

/** A check over gRPC. */
export interface GrpcHealthCheckOptions extends HealthCheckOptions {
  /** Port of the gRPC server, from 1 to 65535. */
  readonly port: number;
  /**
   * Service that is asked for.
   *
   * @default - the server as a whole
   */
  readonly service?: string;
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
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly port?: number;
      readonly https?: boolean;
      readonly headers?: { readonly [name: string]: string };
    }
  | { readonly kind: 'tcp'; readonly port?: number }
  | { readonly kind: 'grpc'; readonly port: number; readonly service?: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string };

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
   * @param path absolute path, with a query if need be, such as `/health/ready` or `/v1/sys/health?standbyok=true`
   * @param options port, headers and timing
   */
  public static http(path: string, options: HttpHealthCheckOptions = {}): HealthCheck {
    const { port, https, headers, ...timing } = options;
    return new HealthCheck({ kind: 'http', path, port, https, headers }, timing);
  }

  /**
   * A TCP connection that must be accepted.
   *
   * @param options port and timing
   */
  public static tcp(options: PortHealthCheckOptions = {}): HealthCheck {
    const { port, ...timing } = options;
    return new HealthCheck({ kind: 'tcp', port }, timing);
  }

  /**
   * A question of the gRPC health protocol that must be answered by SERVING.
   *
   * @param options port, service and timing
   */
  public static grpc(options: GrpcHealthCheckOptions): HealthCheck {
    const { port, service, ...timing } = options;
    return new HealthCheck({ kind: 'grpc', port, service }, timing);
  }

  /**
   * No check, for an image that offers none: only `liveness` can be that. The process is then restarted when it exits, and
   * not when it hangs.
   *
   * @param reason why there is none, in at least ten characters; it becomes the reason that suppresses rule PRB-002
   */
  public static none(reason: string): HealthCheck {
    return new HealthCheck({ kind: 'none', reason }, {});
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
    if (handler.kind === 'http') {
      checks.text('path', handler.path, probePathRule);
      for (const [name, value] of Object.entries(handler.headers ?? {})) {
        checks.at('headers').text('name', name, headerNameRule);
        checks.at('headers').text(name, value);
      }
    }
    if (handler.kind === 'http' || handler.kind === 'tcp' || handler.kind === 'grpc')
      checks.port('port', handler.port);
    if (handler.kind === 'grpc') checks.text('service', handler.service, grpcServiceRule);
    if (handler.kind === 'none') checks.text('reason', handler.reason, reasonRule);
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
   * Whether two checks ask the same question: then readiness and liveness fail together, unless one waits longer.
   *
   * @internal
   */
  public _asksTheSameAs(other: HealthCheck): boolean {
    return JSON.stringify(this.handler) === JSON.stringify(other.handler);
  }

  /**
   * Time for which a check fails before it counts, in seconds.
   *
   * @internal
   */
  public _patience(defaults: ProbeDefaults): number {
    const { periodSeconds, failureThreshold } = this.timing(defaults);
    return periodSeconds * failureThreshold;
  }

  /** @internal */
  public get _isCommand(): boolean {
    return this.handler.kind === 'command';
  }

  /**
   * Whether it asks a port that it does not name itself.
   *
   * @internal
   */
  public get _needsPort(): boolean {
    const { handler } = this;
    return (handler.kind === 'http' || handler.kind === 'tcp') && handler.port === undefined;
  }

  /**
   * Why there is none; undefined where there is one.
   *
   * @internal
   */
  public get _noneReason(): string | undefined {
    return this.handler.kind === 'none' ? this.handler.reason : undefined;
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
  public _render(defaults: ProbeDefaults, port: number | string): Probe | undefined {
    const { handler } = this;
    const { initialDelaySeconds, ...timing } = this.timing(defaults);
    const probe: Probe = { ...timing, ...(initialDelaySeconds > 0 && { initialDelaySeconds }) };
    switch (handler.kind) {
      case 'http':
        return {
          ...probe,
          httpGet: {
            path: handler.path,
            port: handler.port ?? port,
            ...(handler.https === true && { scheme: 'HTTPS' }),
            ...(handler.headers && {
              httpHeaders: Object.entries(handler.headers).map(([name, value]) => ({ name, value })),
            }),
          },
        };
      case 'tcp':
        return { ...probe, tcpSocket: { port: handler.port ?? port } };
      case 'grpc':
        return {
          ...probe,
          grpc: {
            port: handler.port,
            ...(handler.service !== undefined && { service: handler.service }),
          },
        };
      case 'command':
        return { ...probe, exec: { command: [...handler.argv] } };
      case 'none':
        return undefined;
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
