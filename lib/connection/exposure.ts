import type { Checks } from '../finding/checks';
import { addressRangeRule, prefixLength } from '../units/address-range';
import { dnsLabelRule, dnsSubdomainRule, hostRule, labelKeyRule, pathRule } from '../units/names';
import { NetworkPeer } from './network-peer';
import { ExternalTrafficPolicy, IpFamilies } from './service-addressing';

/** What every Service may have. */
export interface ClusterIpExposureOptions {
  /**
   * Families of addresses of the Service. A family cannot be taken away from a Service that is there.
   *
   * @default - what the cluster does: one family, its first
   */
  readonly ipFamilies?: IpFamilies;
}

/** A load balancer that says who the client is with the PROXY protocol. */
export interface ProxyProtocolOptions {
  /**
   * Ranges of the addresses that connections of the load balancer come from, in CIDR notation, at least one: who else sends
   * a header is not believed. With `ExternalTrafficPolicy.LOCAL` these are its own addresses, else those of the nodes.
   * Refused are `0.0.0.0/0` and `::/0`: anybody could say to be anybody.
   */
  readonly trustedSources: string[];
}

/** What a Service that is reached from outside may have. */
export interface ExternalExposureOptions extends ClusterIpExposureOptions {
  /**
   * Which nodes take connections, and so whether the client's address stays.
   *
   * @default - Cluster, that of Kubernetes: every node, with its own address
   */
  readonly externalTrafficPolicy?: ExternalTrafficPolicy;
  /**
   * That the load balancer sends the PROXY protocol, version 1 or 2, before each connection. Every connection must then
   * begin with it, also one from inside the cluster. The annotation that makes the load balancer do so is yours to set.
   * Only for a NginxCachingProxy: an application does not understand it.
   *
   * @default - it does not; the client is who connects
   */
  readonly proxyProtocol?: ProxyProtocolOptions;
}

/** A Service of type NodePort. */
export interface NodePortExposureOptions extends ExternalExposureOptions {
  /**
   * Port on every node, from 30000 to 32767.
   *
   * @default - chosen by the cluster
   */
  readonly nodePort?: number;
}

/** A Service of type LoadBalancer. */
export interface LoadBalancerExposureOptions extends ExternalExposureOptions {
  /**
   * Client address ranges that the load balancer lets in, in CIDR notation.
   *
   * @default - every address
   */
  readonly sourceRanges?: string[];
  /**
   * Annotations of the Service, as cloud providers read them.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/** An Ingress in front of the Service. */
export interface IngressExposureOptions extends ClusterIpExposureOptions {
  /** Host names, such as `['shop.example.com']`; at least one. */
  readonly hosts: string[];
  /**
   * Path prefix.
   *
   * @default /
   */
  readonly path?: string;
  /**
   * Name of the IngressClass.
   *
   * @default - the cluster's default class
   */
  readonly className?: string;
  /**
   * Name of an existing Secret of type `kubernetes.io/tls` for the hosts.
   *
   * @default - no TLS at the Ingress
   */
  readonly tlsSecretName?: string;
  /**
   * Namespace of the ingress controller's pods, which the network policy lets in.
   *
   * @default ingress-nginx
   */
  readonly controllerNamespace?: string;
  /**
   * Annotations of the Ingress, as its controller reads them.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/** A Gateway API HTTPRoute in front of the Service. */
export interface HttpRouteExposureOptions extends ClusterIpExposureOptions {
  /** Name of the Gateway. */
  readonly gateway: string;
  /**
   * Namespace of the Gateway.
   *
   * @default - the namespace of the route
   */
  readonly gatewayNamespace?: string;
  /**
   * Listener of the Gateway.
   *
   * @default - every listener that accepts the route
   */
  readonly sectionName?: string;
  /** Host names, such as `['shop.example.com']`; at least one. */
  readonly hosts: string[];
  /**
   * Path prefix.
   *
   * @default /
   */
  readonly path?: string;
  /**
   * Namespace of the pods that carry the Gateway's traffic, which the network policy lets in.
   *
   * @default - the namespace of the Gateway
   */
  readonly dataPlaneNamespace?: string;
}

/** What the constructs read of an exposure; not part of the public API. */
export type ExposureKind =
  | ({ readonly kind: 'ClusterIP' } & ClusterIpExposureOptions)
  | ({ readonly kind: 'NodePort' } & NodePortExposureOptions)
  | ({ readonly kind: 'LoadBalancer' } & LoadBalancerExposureOptions)
  | ({ readonly kind: 'Ingress' } & IngressExposureOptions)
  | ({ readonly kind: 'HTTPRoute' } & HttpRouteExposureOptions);

function checkExternal(
  checks: Checks,
  { externalTrafficPolicy, proxyProtocol }: ExternalExposureOptions,
): void {
  checks.oneOf('externalTrafficPolicy', externalTrafficPolicy, Object.values(ExternalTrafficPolicy));
  if (!proxyProtocol) return;
  const at = checks.at('proxyProtocol');
  const { trustedSources } = proxyProtocol;
  if (!Array.isArray(trustedSources) || trustedSources.length === 0) {
    at.fail(
      'trustedSources',
      trustedSources,
      'anybody could say to be anybody; allowed: at least one address range of the load balancer, such as 10.0.0.0/8',
    );
    return;
  }
  trustedSources.forEach((range, index) => {
    at.text(`trustedSources[${index}]`, range, addressRangeRule);
    if (prefixLength(range) === 0)
      at.fail(
        `trustedSources[${index}]`,
        range,
        'anybody could say to be anybody; allowed: the address ranges of the load balancer',
      );
  });
}

/**
 * How clients reach a workload, and so what its network policy lets in. By default they reach it inside the cluster only.
 *
 * @example
 * new ScalableWebApp(chart, 'storefront', {
 *   image: 'registry.example.com/storefront:2.4.0',
 *   exposure: Exposure.httpRoute({
 *     gateway: 'public',
 *     gatewayNamespace: 'gateways', // the only namespace that the network policy lets in
 *     hosts: ['shop.example.com'],
 *   }),
 * });
 */
export class Exposure {
  /**
   * Inside the cluster only; callers are let in one by one. The fastest, and the default.
   *
   * @param options families of addresses
   */
  public static clusterIp(options: ClusterIpExposureOptions = {}): Exposure {
    return new Exposure({ kind: 'ClusterIP', ...options });
  }

  /**
   * A port on every node, for development.
   *
   * @param options the port
   */
  public static nodePort(options: NodePortExposureOptions = {}): Exposure {
    return new Exposure({ kind: 'NodePort', ...options });
  }

  /**
   * A load balancer of the cloud provider.
   *
   * @param options who is let in
   */
  public static loadBalancer(options: LoadBalancerExposureOptions = {}): Exposure {
    return new Exposure({ kind: 'LoadBalancer', ...options });
  }

  /**
   * An Ingress.
   *
   * @param options hosts, class and TLS
   */
  public static ingress(options: IngressExposureOptions): Exposure {
    return new Exposure({ kind: 'Ingress', ...options });
  }

  /**
   * A Gateway API HTTPRoute. The Gateway API must be installed in the cluster.
   *
   * @param options the Gateway and the hosts
   */
  public static httpRoute(options: HttpRouteExposureOptions): Exposure {
    return new Exposure({ kind: 'HTTPRoute', ...options });
  }

  private constructor(
    /** @internal */
    public readonly _what: ExposureKind,
  ) {}

  /** @internal */
  public _check(checks: Checks): void {
    const what = this._what;
    if (what.kind === 'NodePort') checks.integer('nodePort', what.nodePort, 30000, 32767);
    if (what.kind === 'LoadBalancer') {
      what.sourceRanges?.forEach((range, index) =>
        checks.text(`sourceRanges[${index}]`, range, addressRangeRule),
      );
    }
    checks.oneOf('ipFamilies', what.ipFamilies, Object.values(IpFamilies));
    if (what.kind === 'NodePort' || what.kind === 'LoadBalancer') checkExternal(checks, what);
    if (what.kind === 'LoadBalancer' || what.kind === 'Ingress') {
      for (const [key, value] of Object.entries(what.annotations ?? {})) {
        checks.at('annotations').text('key', key, labelKeyRule);
        checks.at('annotations').text(key, value);
      }
    }
    if (what.kind === 'Ingress' || what.kind === 'HTTPRoute') {
      if (what.hosts.length === 0) checks.fail('hosts', what.hosts, 'allowed: at least one host name');
      what.hosts.forEach((host, index) => checks.text(`hosts[${index}]`, host, hostRule));
      checks.text('path', what.path, pathRule);
    }
    if (what.kind === 'Ingress') {
      checks.text('className', what.className, dnsSubdomainRule);
      checks.text('tlsSecretName', what.tlsSecretName, dnsSubdomainRule);
      checks.text('controllerNamespace', what.controllerNamespace, dnsLabelRule);
    }
    if (what.kind === 'HTTPRoute') {
      checks.text('gateway', what.gateway, dnsSubdomainRule);
      checks.text('gatewayNamespace', what.gatewayNamespace, dnsLabelRule);
      checks.text('sectionName', what.sectionName, dnsSubdomainRule);
      checks.text('dataPlaneNamespace', what.dataPlaneNamespace, dnsLabelRule);
    }
  }

  /**
   * Host names that clients use, for a proxy that serves only known hosts.
   *
   * @internal
   */
  public get _hosts(): string[] {
    return 'hosts' in this._what ? [...this._what.hosts] : [];
  }

  /**
   * Who is believed when it says with the PROXY protocol who the client is; undefined: it is not spoken.
   *
   * @internal
   */
  public get _proxyProtocol(): readonly string[] | undefined {
    const what = this._what;
    return what.kind === 'NodePort' || what.kind === 'LoadBalancer'
      ? what.proxyProtocol?.trustedSources
      : undefined;
  }

  /**
   * Whom the exposure lets in.
   *
   * @internal
   */
  public _peers(): NetworkPeer[] {
    const what = this._what;
    switch (what.kind) {
      case 'ClusterIP':
        return [];
      case 'NodePort':
      case 'LoadBalancer':
        // kube-proxy may replace the client's address by a node's, so the policy cannot tell clients apart.
        return [NetworkPeer.anywhere()];
      case 'Ingress':
        return [NetworkPeer.namespace(what.controllerNamespace ?? 'ingress-nginx')];
      case 'HTTPRoute': {
        const namespace = what.dataPlaneNamespace ?? what.gatewayNamespace;
        return namespace === undefined
          ? [NetworkPeer.pods({ podLabels: {} })]
          : [NetworkPeer.namespace(namespace)];
      }
    }
  }
}
