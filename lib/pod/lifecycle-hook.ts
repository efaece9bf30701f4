import type { Duration } from 'cdk8s';
import type { Lifecycle, LifecycleHandler } from 'kubernetes-types/core/v1';
import type { Checks } from '../finding/checks';
import type { KubernetesVersion } from '../target/kubernetes-version';
import { SECONDS, secondsOf } from '../units/amounts';
import { probePathRule } from '../units/names';
import { referencesIn, wouldBeSet } from '../units/variable-references';
import { waitBeforeStop } from './pre-stop';

/** A request of a hook. */
export interface HttpLifecycleHookOptions {
  /** Port of the container that is asked, from 1 to 65535. */
  readonly port: number;
  /**
   * Whether it is asked over TLS. The certificate is not verified.
   *
   * @default false
   */
  readonly https?: boolean;
}

type Handler =
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly port: number;
      readonly https?: boolean;
    };

/**
 * What the kubelet does in a container once it has started (`postStart`), or before its program is told to stop (`preStop`).
 * The container is restarted when the first one fails; after the second one it stops in any case.
 *
 * @example
 * new ScalableWebApp(chart, 'basket', {
 *   image: 'registry.example.com/basket:1.4.0',
 *   postStart: LifecycleHook.command(['/app/warm-up']),
 *   preStop: LifecycleHook.command(['/app/deregister', '--wait']), // after preStopDelay
 *   preStopTime: Duration.seconds(20),
 * });
 */
export class LifecycleHook {
  /**
   * A command in the container, without a shell. `$(NAME)` is not expanded there, so it is refused: let a shell read `$NAME`.
   *
   * @param argv the program and its arguments
   */
  public static command(argv: string[]): LifecycleHook {
    return new LifecycleHook({ kind: 'command', argv: [...argv] });
  }

  /**
   * A GET that must be answered with a status from 200 to 399.
   *
   * @param path absolute path, with a query if need be, such as `/drain`
   * @param options port, and whether it speaks TLS
   */
  public static http(path: string, options: HttpLifecycleHookOptions): LifecycleHook {
    const { port, https } = options;
    return new LifecycleHook({ kind: 'http', path, port, https });
  }

  private constructor(private readonly handler: Handler) {}

  /**
   * Whether it is a program of the image.
   *
   * @internal
   */
  public get _isCommand(): boolean {
    return this.handler.kind === 'command';
  }

  /** @internal */
  public _check(checks: Checks): void {
    const { handler } = this;
    if (handler.kind === 'http') {
      checks.text('path', handler.path, probePathRule);
      if (handler.port === undefined) checks.fail('port', handler.port, 'allowed: from 1 to 65535');
      checks.port('port', handler.port);
      return;
    }
    if (handler.argv.length === 0) checks.fail('argv', [], 'allowed: a program and its arguments');
    handler.argv.forEach((word, index) => {
      checks.lines(`argv[${index}]`, word);
      const [name] = referencesIn(`${word}`).filter((one) => !wouldBeSet(one));
      if (name !== undefined)
        checks.fail(
          `argv[${index}]`,
          word,
          `the kubelet expands no variables in a hook; let a shell do it: ['sh', '-c', '… "$${name}"']`,
        );
    });
  }

  /**
   * The hook after a wait. A container has one `preStop`, so a shell of the image waits before a command.
   *
   * @internal
   */
  public _render(delaySeconds = 0): LifecycleHandler {
    const { handler } = this;
    if (handler.kind === 'http') {
      const { path, port, https } = handler;
      return { httpGet: { path, port, ...(https === true && { scheme: 'HTTPS' }) } };
    }
    const wait = delaySeconds > 0 ? ['sh', '-c', `sleep ${delaySeconds} && exec "$@"`, 'preStop'] : [];
    return { exec: { command: [...wait, ...handler.argv] } };
  }
}

/** Hooks of a container. */
export interface ContainerHooks {
  readonly postStart?: LifecycleHook;
  readonly preStop?: LifecycleHook;
  /** Time that the pod goes on serving before `preStop`. */
  readonly delaySeconds: number;
  readonly version: KubernetesVersion;
}

/** Checks hooks; `image` is that of the container. */
export function checkHooks(
  checks: Checks,
  { postStart, preStop, delaySeconds, version }: ContainerHooks,
  image: string,
): void {
  postStart?._check(checks.at('postStart'));
  preStop?._check(checks.at('preStop'));
  if (!(delaySeconds > 0)) return;
  if (preStop?._isCommand === false)
    checks.fail(
      'preStop',
      'a request',
      'a container has one hook, and a request cannot wait; set preStopDelay to 0, and let the program serve on before it stops',
    );
  const needs = preStop ? 'a shell' : version._has('preStopSleep') ? undefined : '`sleep`';
  if (needs === undefined || !hasNoShell(image)) return;
  checks.fail(
    'image',
    image,
    preStop
      ? `it has no shell, which must wait before \`preStop\`: set preStopDelay to 0, and wait in the program of the hook`
      : `it has no \`sleep\`, which Kubernetes ${version.toString()} needs for a pod to wait before it stops: name a cluster of 1.30 or later (KubernetesVersion), or set preStopDelay to 0 and lose requests at every rollout`,
  );
}

/** A hook before the program stops, and its time. */
export interface TimedHook {
  readonly preStop?: LifecycleHook;
  readonly preStopTime?: Duration;
}

/** Time of a hook that says none, a proposal. */
const PRE_STOP_TIME_SECONDS = 10;

export function checkHookTime(checks: Checks, { preStop, preStopTime }: TimedHook): void {
  checks.integer('preStopTime', checks.amount('preStopTime', preStopTime, SECONDS), 1, 86_400);
  if (preStopTime !== undefined && preStop === undefined)
    checks.fail('preStopTime', preStopTime, 'there is no `preStop` that takes it; give one, or remove this');
}

/** Time that a hook may take before the program is told to stop, in seconds. */
export function hookSeconds({ preStop, preStopTime }: TimedHook): number {
  if (!preStop) return 0;
  return preStopTime ? secondsOf(preStopTime) : PRE_STOP_TIME_SECONDS;
}

/** Images of which it is known that they hold their program only. */
function hasNoShell(image: string): boolean {
  return /(^|\/)(distroless|chainguard)\/|^cgr\.dev\/|(^|\/)scratch\b|:[\w.-]*(nonroot|distroless)/.test(
    image,
  );
}

/** The lifecycle of a container; undefined where nothing is to be done. */
export function lifecycleOf({
  postStart,
  preStop,
  delaySeconds,
  version,
}: ContainerHooks): Lifecycle | undefined {
  const wait = delaySeconds > 0 ? waitBeforeStop(delaySeconds, version).preStop : undefined;
  if (!postStart && !preStop && !wait) return undefined;
  return {
    ...(postStart && { postStart: postStart._render() }),
    preStop: preStop ? preStop._render(delaySeconds) : wait,
  };
}
