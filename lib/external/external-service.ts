import { EnvValue } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { ConnectionBinding, IConnectionTarget, IConsumer } from '../connection/connection';
import type { NetworkPeer } from '../connection/network-peer';
import { Checks } from '../finding/checks';
import { dnsSubdomainRule, envNameRule, pathRule } from '../units/names';
import type {
  ExternalServiceConnectionOptions,
  ExternalServiceProps,
  ExternalServiceVariables,
} from './external-service-props';

const DEFAULT_SCHEME = 'https';
const DEFAULT_PORT = 443;
/** Ports that a URL does not say. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
const TOLD: ReadonlyArray<keyof ExternalServiceVariables> = ['url', 'host', 'port'];

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
  private readonly variables: ExternalServiceVariables;

  /**
   * @param scope parent
   * @param id id in the parent; the name of the variable is made of it
   * @param props properties
   */
  constructor(scope: Construct, id: string, props: ExternalServiceProps) {
    super(scope, id);
    const { host, port = DEFAULT_PORT, scheme = DEFAULT_SCHEME, path = '' } = props;
    this.variables = props.variables ?? { url: `${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL` };
    const checks = Checks.of(this);
    checkProps(checks, props);
    if (props.variables === undefined && envNameRule(this.variables.url ?? '') !== undefined)
      checks.fail('id', id, `no variable can be called ${this.variables.url}; name one in \`variables\``);
    else checkVariables(checks, this.variables);
    checks.throwIfAny();

    this.host = host;
    this.port = port;
    this.peers = props.peers;
    this.url = `${scheme}://${host}${PORTS[scheme] === port ? '' : `:${port}`}${path}`;
  }

  /**
   * A connection with options of its own: `web.connectTo(payments.connection({ variables: { host: 'PAY_HOST' } }))`.
   *
   * @param options how the consumer is told of it
   */
  public connection(options: ExternalServiceConnectionOptions): IConnectionTarget {
    const { variables = this.variables } = options;
    const checks = Checks.of(this).at('connection');
    checkVariables(checks, variables);
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

  private bind(variables: ExternalServiceVariables): ConnectionBinding {
    const told = { url: this.url, host: this.host, port: `${this.port}` };
    const env = TOLD.flatMap((what) => {
      const name = variables[what];
      return name === undefined ? [] : [[name, EnvValue.fromValue(told[what])] as const];
    });
    return {
      endpoints: this.peers.map((peer) => ({ peer, ports: [this.port] })),
      env: Object.fromEntries(env),
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
    return checks.fail('peers', peers, 'allowed: at least one, such as [NetworkPeer.cidr(…)]');
  props.peers.forEach((peer, index) => {
    const at = checks.at(`peers[${index}]`);
    at.made({ peer }, ['peer']);
    peer._check(at, 'peer');
  });
}

function checkVariables(checks: Checks, variables: ExternalServiceVariables): void {
  const at = checks.at('variables');
  const names = TOLD.flatMap((what) => variables[what] ?? []);
  if (names.length === 0) checks.fail('variables', variables, 'allowed: at least one of url, host and port');
  for (const what of TOLD) at.text(what, variables[what], envNameRule);
  if (new Set(names).size < names.length) checks.fail('variables', names, 'two values cannot have one name');
}

function schemeRule(text: string): string | undefined {
  return /^[a-z][a-z0-9+.-]{0,30}$/.test(text) ? undefined : 'small letters, digits and "+.-", such as https';
}
