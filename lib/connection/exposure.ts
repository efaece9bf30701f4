import type { Checks } from '../finding/checks';
import { HTTP_PORT_NAME, pathsOf, type ReachablePort } from './exposed-path';
import { gatewaysOf, type HttpRouteExposureOptions } from './http-route';
import { checkHttpRoute } from './http-route-checks';
import { checkIngress, type IngressExposureOptions } from './ingress';
import { NetworkPeer } from './network-peer';
import { IpFamilies } from './service-addressing';
import {
  checkLoadBalancer,
  checkNodePort,
  type ClusterIpExposureOptions,
  type LoadBalancerExposureOptions,
  type NodePortExposureOptions,
} from './service-exposure';

/** What the constructs read of an exposure; not part of the public API. */
export type ExposureKind =
  | ({ readonly kind: 'ClusterIP' } & ClusterIpExposureOptions)
  | ({ readonly kind: 'NodePort' } & NodePortExposureOptions)
  | ({ readonly kind: 'LoadBalancer' } & LoadBalancerExposureOptions)
  | ({ readonly kind: 'Ingress' } & IngressExposureOptions)
  | ({ readonly kind: 'HTTPRoute' } & HttpRouteExposureOptions);

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
   * @param options hosts, paths, class and TLS
   */
  public static ingress(options: IngressExposureOptions): Exposure {
    return new Exposure({ kind: 'Ingress', ...options });
  }

  /**
   * A Gateway API HTTPRoute. The Gateway API must be installed in the cluster.
   *
   * @param options Gateways, hosts, and what they do with requests
   */
  public static httpRoute(options: HttpRouteExposureOptions): Exposure {
    return new Exposure({ kind: 'HTTPRoute', ...options });
  }

  private constructor(
    /** @internal */
    public readonly _what: ExposureKind,
  ) {}

  /**
   * `further` are the ports besides that of HTTP that paths may lead to.
   *
   * @internal
   */
  public _check(checks: Checks, further: readonly ReachablePort[] = []): void {
    const what = this._what;
    checks.oneOf('ipFamilies', what.ipFamilies, Object.values(IpFamilies));
    switch (what.kind) {
      case 'ClusterIP':
        return;
      case 'NodePort':
        return checkNodePort(checks, what);
      case 'LoadBalancer':
        return checkLoadBalancer(checks, what);
      case 'Ingress':
        return checkIngress(checks, what, further);
      case 'HTTPRoute':
        return checkHttpRoute(checks, what, further);
    }
  }

  /**
   * Names of the ports that the exposure leads to.
   *
   * @internal
   */
  public get _portNames(): string[] {
    const what = this._what;
    return what.kind === 'Ingress' || what.kind === 'HTTPRoute'
      ? [...new Set(pathsOf(what).map(({ portName = HTTP_PORT_NAME }) => portName))]
      : [HTTP_PORT_NAME];
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
      case 'HTTPRoute':
        return gatewaysOf(what).map(({ dataPlaneNamespace, gatewayNamespace }) => {
          const namespace = dataPlaneNamespace ?? gatewayNamespace;
          return namespace === undefined
            ? NetworkPeer.pods({ podLabels: {} })
            : NetworkPeer.namespace(namespace);
        });
    }
  }
}
