import type { NetworkPeer } from '../connection/network-peer';
import type { ServiceVariables } from '../connection/service-variables';

/** Properties of an `ExternalService`. */
export interface ExternalServiceProps {
  /** Where it answers: a DNS name or an address of IPv4, such as `api.payments.example.com`. */
  readonly host: string;
  /**
   * TCP port.
   *
   * @default 443
   */
  readonly port?: number;
  /**
   * Whose networks it is in, for the network policies of those who connect: the ranges that its provider publishes, pods that
   * another team runs, `NetworkPeer.dnsName(host)`, where the cluster runs Cilium, or `NetworkPeer.anywhere()`, any address on
   * the port. At least one.
   */
  readonly peers: NetworkPeer[];
  /**
   * What it speaks, as its URL begins, such as `https`, `http` or `smtp`.
   *
   * @default https
   */
  readonly scheme?: string;
  /**
   * Path in its URL, such as `/v1`.
   *
   * @default - none
   */
  readonly path?: string;
  /**
   * How consumers are told of it.
   *
   * @default - its URL, under the id of the construct in upper case with `_URL`: `PAYMENTS_URL`
   */
  readonly variables?: ServiceVariables;
}
