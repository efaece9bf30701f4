import type { Checks } from '../finding/checks';
import { dnsLabelRule, dnsSubdomainRule, hostRule, labelKeyRule, pathRule } from '../units/names';
import { NetworkPeer } from './network-peer';

/** A Service of type NodePort. */
export interface NodePortExposureOptions {
  /**
   * Port on every node, from 30000 to 32767.
   *
   * @default - chosen by the cluster
   */
  readonly nodePort?: number;
}

/** A Service of type LoadBalancer. */
export interface LoadBalancerExposureOptions {
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
export interface IngressExposureOptions {
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
export interface HttpRouteExposureOptions {
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
  | { readonly kind: 'ClusterIP' }
  | ({ readonly kind: 'NodePort' } & NodePortExposureOptions)
  | ({ readonly kind: 'LoadBalancer' } & LoadBalancerExposureOptions)
  | ({ readonly kind: 'Ingress' } & IngressExposureOptions)
  | ({ readonly kind: 'HTTPRoute' } & HttpRouteExposureOptions);

const CIDR = /^[0-9a-f.:]+\/\d{1,3}$/;

/** How clients reach a workload, and so what its network policy lets in. */
export class Exposure {
  /** Inside the cluster only; callers are let in one by one. The fastest, and the default. */
  public static clusterIp(): Exposure {
    return new Exposure({ kind: 'ClusterIP' });
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
        checks.text(`sourceRanges[${index}]`, range, (text) =>
          CIDR.test(text) ? undefined : 'an address range in CIDR notation, such as 203.0.113.0/24',
        ),
      );
    }
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
        // kube-proxy replaces the client's address by a node's, so the policy cannot tell clients apart.
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
