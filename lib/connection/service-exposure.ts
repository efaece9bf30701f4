/** How a Service itself is reached: what its type may have besides. */
import type { Checks } from '../finding/checks';
import { addressRangeRule, prefixLength } from '../units/address-range';
import { labelKeyRule } from '../units/names';
import { ExternalTrafficPolicy, type IpFamilies } from './service-addressing';

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
   * Which of several load balancers of a cluster answers, as `service.k8s.aws/nlb`. The class of a Service that is there
   * cannot change.
   *
   * @default - the cluster's default load balancer
   */
  readonly loadBalancerClass?: string;
  /**
   * Whether the Service gets ports on the nodes. A load balancer that sends to pods itself needs none; one that sends to
   * nodes reaches nothing without.
   *
   * @default true
   */
  readonly allocateLoadBalancerNodePorts?: boolean;
  /**
   * Port on every node, from 30000 to 32767, where the load balancer asks whether the node has a ready pod. Only with
   * `ExternalTrafficPolicy.LOCAL`, and fixed once the Service is there.
   *
   * @default - chosen by the cluster
   */
  readonly healthCheckNodePort?: number;
  /**
   * Annotations of the Service, as cloud providers read them.
   *
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/** Ports of nodes that the API server gives out, unless it is told others. */
const NODE_PORTS = [30000, 32767] as const;

export function checkNodePort(checks: Checks, options: NodePortExposureOptions): void {
  checks.integer('nodePort', options.nodePort, ...NODE_PORTS);
  checkExternal(checks, options);
}

export function checkLoadBalancer(checks: Checks, options: LoadBalancerExposureOptions): void {
  const { externalTrafficPolicy, healthCheckNodePort } = options;
  options.sourceRanges?.forEach((range, index) =>
    checks.text(`sourceRanges[${index}]`, range, addressRangeRule),
  );
  checks.text('loadBalancerClass', options.loadBalancerClass, labelKeyRule);
  checks.integer('healthCheckNodePort', healthCheckNodePort, ...NODE_PORTS);
  if (healthCheckNodePort !== undefined && externalTrafficPolicy !== ExternalTrafficPolicy.LOCAL)
    checks.fail(
      'healthCheckNodePort',
      healthCheckNodePort,
      'nobody asks for the health of nodes that all pass connections on; set externalTrafficPolicy to ExternalTrafficPolicy.LOCAL, or leave it out',
    );
  checkExternal(checks, options);
  checkAnnotations(checks, options.annotations);
}

/** Annotations of the Service or of what is in front of it. */
export function checkAnnotations(checks: Checks, annotations: Readonly<Record<string, string>> = {}): void {
  for (const [key, value] of Object.entries(annotations)) {
    checks.at('annotations').text('key', key, labelKeyRule);
    checks.at('annotations').text(key, value);
  }
}

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
