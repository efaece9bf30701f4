import { Construct } from 'constructs';
import type { ConnectionBinding, IConnectionTarget, IConsumer } from '../connection/connection';
import type { NetworkPeer } from '../connection/network-peer';
import {
  checkServiceVariables,
  checkVariablesNamedAfter,
  type ServiceAddress,
  type ServiceConnectionOptions,
  serviceEnv,
  type ServiceVariables,
  urlOf,
  variablesNamedAfter,
} from '../connection/service-variables';
import { Checks } from '../finding/checks';
import { dnsSubdomainRule, pathRule } from '../units/names';
import type { ExternalServiceProps } from './external-service-props';

const DEFAULT_SCHEME = 'https';
const DEFAULT_PORT = 443;
/**
 * A service that exists elsewhere: a payment provider, a mail server, or an API of another team. Nothing is made of it.
 * Workloads connect to it as to a database: a variable with its URL, and a network policy that lets them out.
 *
 * @example
 * const payments = new ExternalService(chart, 'payments', {
 *   host: 'api.payments.example.com',
 *   path: '/v1',
 *   peers: [NetworkPeer.cidr('203.0.113.0/24'), NetworkPeer.cidr('198.51.100.0/24')], // as its provider publishes them
 * });
 * web.connectTo(payments); // PAYMENTS_URL
 */
export class ExternalService extends Construct implements IConnectionTarget {
  /** Where it answers. */
  public readonly host: string;
  /** TCP port. */
  public readonly port: number;
  /** Its URL; the port stands in it where it is not that of the scheme. */
  public readonly url: string;

  private readonly peers: readonly NetworkPeer[];
  private readonly address: ServiceAddress;
  private readonly variables: ServiceVariables;

  /**
   * @param scope parent
   * @param id id in the parent; the name of the variable is made of it
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: ExternalServiceProps) {
    super(scope, id);
    const { host, port = DEFAULT_PORT, scheme = DEFAULT_SCHEME, path = '' } = props;
    this.variables = props.variables ?? variablesNamedAfter(id);
    const checks = Checks.of(this);
    checkProps(checks, props);
    if (props.variables === undefined) checkVariablesNamedAfter(checks, id);
    else checkServiceVariables(checks, props.variables);
    checks.throwIfAny();

    this.host = host;
    this.port = port;
    this.peers = props.peers;
    this.address = { scheme, host, port, path };
    this.url = urlOf(this.address);
  }

  /**
   * A connection with options of its own: `web.connectTo(payments.connection({ variables: { host: 'PAY_HOST' } }))`.
   *
   * @param options how the consumer is told of it
   */
  public connection(options: ServiceConnectionOptions): IConnectionTarget {
    const { variables = this.variables } = options;
    const checks = Checks.of(this).at('connection');
    checkServiceVariables(checks, variables);
    checks.throwIfAny();
    return { node: this.node, acceptConnection: () => this.bind(variables) };
  }

  /**
   * Tells a consumer of the service. Called by `connectTo`.
   *
   * @param _consumer who connects
   */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- jsii wants the parameters of the interface
  public acceptConnection(_consumer: IConsumer): ConnectionBinding {
    return this.bind(this.variables);
  }

  private bind(variables: ServiceVariables): ConnectionBinding {
    return {
      endpoints: this.peers.map((peer) => ({ peer, ports: [this.port] })),
      env: serviceEnv(variables, this.address),
    };
  }
}

function checkProps(checks: Checks, props: ExternalServiceProps): void {
  checks.text('host', props.host, dnsSubdomainRule);
  checks.port('port', props.port);
  checks.text('scheme', props.scheme, schemeRule);
  checks.text('path', props.path, pathRule);
  const peers: unknown = props.peers;
  if (!Array.isArray(peers) || peers.length === 0)
    return checks.fail('peers', peers, 'allowed: a list of at least one, such as [NetworkPeer.cidr(…)]');
  props.peers.forEach((peer, index) => {
    const at = checks.at(`peers[${index}]`);
    at.made({ peer }, ['peer']);
    peer._check(at, 'peer');
  });
}

function schemeRule(text: string): string | undefined {
  return /^[a-z][a-z0-9+.-]{0,30}$/.test(text) ? undefined : 'small letters, digits and "+.-", such as https';
}
