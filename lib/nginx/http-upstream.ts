import type { ISecret } from 'cdk8s-plus-27';
import { type IHttpBackend, serviceHost } from '../connection/connection';
import { NetworkPeer } from '../connection/network-peer';
import type { Checks } from '../finding/checks';
import { dnsLabelRule, dnsSubdomainRule, labelKeyRule, labelValueRule } from '../units/names';
import { PLACEHOLDER, type UpstreamAddress } from './tuning/proxy-rules';

/** A Service that is not one of our constructs. */
export interface ServiceUpstreamOptions {
  /** Name of the Service. */
  readonly name: string;
  /**
   * Namespace of the Service.
   *
   * @default - that of the proxy
   */
  readonly namespace?: string;
  /**
   * Port of the Service.
   *
   * @default 80, or 443 with `tls`
   */
  readonly port?: number;
  /**
   * Port of the pods, which the network policy lets out to.
   *
   * @default - the port of the Service
   */
  readonly podPort?: number;
  /**
   * Labels of the pods, which the network policy lets out to.
   *
   * @default - every pod of its namespace
   */
  readonly podLabels?: { [key: string]: string };
  /**
   * TLS to the Service, which shows a certificate for `<name>.<namespace>.svc`, or for `serverName`.
   *
   * @default - plain HTTP
   */
  readonly tls?: UpstreamTlsOptions;
}

/** A host outside of the cluster. */
export interface ExternalHostOptions {
  /** Its DNS name, such as `cms.example.com`; also what it is asked as. */
  readonly host: string;
  /**
   * Its port.
   *
   * @default 443
   */
  readonly port?: number;
  /**
   * Its addresses, which the network policy lets out to.
   *
   * @default NetworkPeer.anywhere()
   */
  readonly peer?: NetworkPeer;
  /**
   * TLS to the host.
   *
   * @default - TLS, with a certificate for the host of a public authority
   */
  readonly tls?: UpstreamTlsOptions;
}

/** TLS to what is behind the proxy. Its certificate is always verified. */
export interface UpstreamTlsOptions {
  /**
   * Name that the certificate must be for, and that is asked for.
   *
   * @default - the DNS name of the host
   */
  readonly serverName?: string;
  /**
   * Secret whose key `ca.crt` holds the certificates of the authorities that are trusted, in PEM.
   *
   * @default - the public authorities of the image: /etc/ssl/certs/ca-certificates.crt
   */
  readonly authorities?: ISecret;
}

/** What the proxy asks, as it needs it. */
export interface ResolvedUpstream {
  readonly address: UpstreamAddress;
  /** What it is called when the client's host is not sent. */
  readonly name: string;
  /** Whether it knows the client's host: something in the cluster does, a host of somebody else's does not. */
  readonly knowsClientHost: boolean;
  readonly tls?: { readonly serverName: string; readonly authorities?: string };
  readonly peer: NetworkPeer;
  readonly peerPort: number;
}

type Kind =
  ({ readonly kind: 'service' } & ServiceUpstreamOptions) | ({ readonly kind: 'host' } & ExternalHostOptions);

/**
 * What a proxy asks when it is none of our constructs: a Service, or a host outside of the cluster. TLS always verifies
 * the certificate.
 *
 * @example
 * new NginxCachingProxy(chart, 'catalogue', {
 *   hosts: ['catalogue.example.com'],
 *   upstream: HttpUpstream.service({
 *     name: 'catalogue',
 *     namespace: 'legacy',
 *     podPort: 3000,
 *     podLabels: { app: 'catalogue' }, // the pods that the network policy lets the proxy reach
 *   }),
 * });
 */
export class HttpUpstream {
  /**
   * A Service of the cluster. Its own network policy must let the proxy in.
   *
   * @param options name and ports
   */
  public static service(options: ServiceUpstreamOptions): HttpUpstream {
    return new HttpUpstream({ kind: 'service', ...options });
  }

  /**
   * A host outside of the cluster, over TLS; its certificate is verified. It is asked under its own name.
   *
   * @param options its name and where it is
   */
  public static externalHost(options: ExternalHostOptions): HttpUpstream {
    return new HttpUpstream({ kind: 'host', ...options });
  }

  private constructor(private readonly what: Kind) {}

  /** @internal */
  public _check(checks: Checks): void {
    const { what } = this;
    checks.port('port', what.port);
    checks.at('tls').text('serverName', what.tls?.serverName, dnsSubdomainRule);
    checks.at('tls').text('authorities', what.tls?.authorities?.name, dnsSubdomainRule);
    if (what.kind === 'service') {
      checks.text('name', what.name, dnsLabelRule);
      checks.text('namespace', what.namespace, dnsLabelRule);
      checks.port('podPort', what.podPort);
      for (const [key, value] of Object.entries(what.podLabels ?? {})) {
        checks.at('podLabels').text('key', key, labelKeyRule);
        checks.at('podLabels').text(key, value, labelValueRule);
      }
      if (what.tls && what.tls.serverName === undefined && what.namespace === undefined) {
        checks.fail(
          'tls.serverName',
          undefined,
          'the namespace is not known, so neither is the name in the certificate; give one of both',
        );
      }
    } else {
      checks.text('host', what.host, dnsSubdomainRule);
      what.peer?._check(checks, 'peer');
    }
  }

  /** @internal */
  public _resolve(proxyNamespace: string | undefined, resolve: boolean): ResolvedUpstream {
    const { what } = this;
    const tls = (serverName: string) => ({
      serverName: what.tls?.serverName ?? serverName,
      authorities: what.tls?.authorities?.name,
    });
    if (what.kind === 'host') {
      const port = what.port ?? 443;
      return {
        address: { host: what.host, port, resolve },
        name: what.host,
        knowsClientHost: false,
        tls: tls(what.host),
        peer: what.peer ?? NetworkPeer.anywhere(),
        peerPort: port,
      };
    }
    const { name, namespace = proxyNamespace } = what;
    const port = what.port ?? (what.tls ? 443 : 80);
    return {
      ...inCluster({ serviceName: name, namespace: what.namespace }, port, proxyNamespace, resolve),
      tls: what.tls && tls(`${name}.${namespace ?? ''}.svc`),
      peer: NetworkPeer.pods({ namespace, podLabels: what.podLabels ?? {} }),
      peerPort: what.podPort ?? port,
    };
  }
}

/** One of our constructs as what a proxy asks. */
export function backendUpstream(
  { httpEndpoint: endpoint }: IHttpBackend,
  proxyNamespace: string | undefined,
  resolve: boolean,
): ResolvedUpstream {
  return {
    ...inCluster(endpoint, endpoint.servicePort, proxyNamespace, resolve),
    peer: NetworkPeer.pods(endpoint.identity),
    peerPort: endpoint.podPort,
  };
}

/**
 * A Service by its name. While nginx runs it is asked for in full, because nginx knows no search domains; at the start the
 * shortest name is resolved by the system.
 */
function inCluster(
  service: { readonly serviceName: string; readonly namespace?: string },
  port: number,
  proxyNamespace: string | undefined,
  resolve: boolean,
): Pick<ResolvedUpstream, 'address' | 'name' | 'knowsClientHost'> {
  const name = serviceHost(service, proxyNamespace);
  const domain = name === service.serviceName ? PLACEHOLDER.namespaceDomain : PLACEHOLDER.serviceDomain;
  return {
    address: { host: resolve ? `${name}.${domain}` : name, port, resolve },
    name,
    knowsClientHost: true,
  };
}
