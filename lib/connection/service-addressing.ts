/** Which addresses a Service has, and which nodes take connections for it. */

/** Families of addresses of a Service: `ipFamilyPolicy` and `ipFamilies`. */
export enum IpFamilies {
  /** IPv4 only. */
  IPV4 = 'IPv4',
  /** IPv6 only. */
  IPV6 = 'IPv6',
  /** Both where the cluster has both, else the one that it has. */
  PREFER_DUAL_STACK = 'PreferDualStack',
  /** Both; a cluster that has only one refuses the Service. */
  REQUIRE_DUAL_STACK = 'RequireDualStack',
}

/** Which nodes take connections from outside: `externalTrafficPolicy`. */
export enum ExternalTrafficPolicy {
  /** Every node passes a connection on to any pod, and puts its own address in place of the client's. */
  CLUSTER = 'Cluster',
  /**
   * Only nodes with a ready pod, to that pod; the client's address stays. The load balancer must ask the nodes for their
   * health, and nodes with fewer pods than others give each of them more.
   */
  LOCAL = 'Local',
}

/** Fields of the Service; without a choice, none: a family that is written can never be taken back. */
export function familyFields(families: IpFamilies | undefined) {
  switch (families) {
    case undefined:
      return {};
    case IpFamilies.IPV4:
    case IpFamilies.IPV6:
      return { ipFamilyPolicy: 'SingleStack' as const, ipFamilies: [families] };
    default:
      return { ipFamilyPolicy: families };
  }
}
