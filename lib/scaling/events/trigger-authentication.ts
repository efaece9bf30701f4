import type { ISecret } from 'cdk8s-plus-27';
import type { Checks } from '../../finding/checks';
import { dnsSubdomainRule } from '../../units/names';
import { parameterRule } from './trigger-text-rules';

/** Keys of an existing Secret, by the parameter of the scaler that they are. */
export interface SecretAuthenticationOptions {
  /** The Secret; it exists already, in the namespace of the workload. */
  readonly secret: ISecret;
  /** Key in the Secret by parameter of the scaler, such as `{ password: 'redis-password' }`; at least one. */
  readonly parameters: { [parameter: string]: string };
}

/**
 * How KEDA logs in to where a trigger asks: always by reference, never with the secret itself.
 *
 * @example
 * const authentication = TriggerAuthentication.fromSecret({
 *   secret: Secret.fromSecretName(chart, 'queue', 'queue-credentials'),
 *   parameters: { host: 'amqp-url' }, // the key whose value is amqp://user:password@queue.shop.svc:5672/
 * });
 * const mails = ScalingTrigger.rabbitMq({ queue: 'mails', messagesPerReplica: 50, authentication });
 * new BackgroundWorker(chart, 'mailer', {
 *   image: 'registry.example.com/mailer:1.8.2',
 *   scaling: ScalingPolicy.events({ scaleToZero: true, triggers: [mails] }),
 * });
 */
export class TriggerAuthentication {
  /**
   * Keys of an existing Secret. A TriggerAuthentication object is made that names them.
   *
   * @param props Secret and keys
   */
  public static fromSecret(props: SecretAuthenticationOptions): TriggerAuthentication {
    return new TriggerAuthentication('TriggerAuthentication', undefined, props);
  }

  /**
   * A TriggerAuthentication that exists already in the namespace of the workload.
   *
   * @param name its name
   */
  public static named(name: string): TriggerAuthentication {
    return new TriggerAuthentication('TriggerAuthentication', name, undefined);
  }

  /**
   * A ClusterTriggerAuthentication that exists already.
   *
   * @param name its name
   */
  public static clusterNamed(name: string): TriggerAuthentication {
    return new TriggerAuthentication('ClusterTriggerAuthentication', name, undefined);
  }

  private constructor(
    /** @internal */
    public readonly _kind: 'TriggerAuthentication' | 'ClusterTriggerAuthentication',
    /** @internal */
    public readonly _name: string | undefined,
    private readonly props: SecretAuthenticationOptions | undefined,
  ) {}

  /**
   * Parameters that the Secret gives; undefined when the object is not ours.
   *
   * @internal
   */
  public get _parameters(): readonly string[] | undefined {
    return this.props && Object.keys(this.props.parameters);
  }

  /** @internal */
  public _check(checks: Checks): void {
    checks.text('name', this._name, dnsSubdomainRule);
    if (!this.props) return;
    const entries = Object.entries(this.props.parameters);
    checks.text('secret', this.props.secret.name, dnsSubdomainRule);
    if (entries.length === 0)
      checks.fail('parameters', 'none', 'allowed: at least one parameter and its key');
    for (const [parameter, key] of entries) {
      checks.at('parameters').text('parameter', parameter, parameterRule);
      checks.at('parameters').text(parameter, key, secretKeyRule);
    }
  }

  /** @internal */
  public _secretTargetRef(): Array<{ parameter: string; name: string; key: string }> {
    const { secret, parameters } = this.props ?? { secret: undefined, parameters: {} };
    return Object.entries(parameters)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([parameter, key]) => ({ parameter, name: secret?.name ?? '', key }));
  }
}

function secretKeyRule(text: string): string | undefined {
  return /^[-._a-zA-Z0-9]{1,253}$/.test(text) && text !== '.' && text !== '..'
    ? undefined
    : 'a key of a Secret: at most 253 letters, digits, "-", "_" and "."';
}
