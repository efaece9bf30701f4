import type { NetworkPeer } from '../connection/network-peer';

/** Names of the variables that tell an application of a service; only those that are named are set. */
export interface ExternalServiceVariables {
  /**
   * Its URL, such as `https://api.example.com/v1`.
   *
   * @default - it is not told
   */
  readonly url?: string;
  /**
   * Its host name.
   *
   * @default - it is not told
   */
  readonly host?: string;
  /**
   * Its port.
   *
   * @default - it is not told
   */
  readonly port?: string;
}

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
   * another team runs, or `NetworkPeer.anywhere()`, any address on the port. At least one. A policy knows addresses, no DNS
   * names.
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
  readonly variables?: ExternalServiceVariables;
}

/** How a consumer uses an `ExternalService`. */
export interface ExternalServiceConnectionOptions {
  /**
   * How the consumer is told of it.
   *
   * @default - as the service says
   */
  readonly variables?: ExternalServiceVariables;
}
