/** What an HTTPRoute of the Gateway API may have. */
import type { Duration } from 'cdk8s';
import type { ExposedPath } from './exposed-path';
import type { ClusterIpExposureOptions } from './service-exposure';

/** A Gateway that a route hangs on. */
export interface GatewayReference {
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
  /**
   * Port of the listeners of the Gateway.
   *
   * @default - every port
   */
  readonly gatewayPort?: number;
  /**
   * Listener of the Gateway for plain HTTP: its requests are answered with a redirect (301) to https, port 443, by a second
   * HTTPRoute. Needs `sectionName`, that of the listener for HTTPS: without, the route itself would answer there.
   *
   * @default - no redirect
   */
  readonly redirectSectionName?: string;
  /**
   * Namespace of the pods that carry the Gateway's traffic, which the network policy lets in.
   *
   * @default - the namespace of the Gateway
   */
  readonly dataPlaneNamespace?: string;
}

/** Changes of the headers of requests before they reach the application. A name may be in one of them only. */
export interface RequestHeaderChanges {
  /**
   * Headers that are replaced; at most 16.
   *
   * @default - none
   */
  readonly set?: { [name: string]: string };
  /**
   * Headers that are added to those that are there; at most 16.
   *
   * @default - none
   */
  readonly add?: { [name: string]: string };
  /**
   * Headers that are taken away; at most 16.
   *
   * @default - none
   */
  readonly remove?: string[];
}

/** How long a Gateway waits, in whole milliseconds, at most a day. Zero: for ever. */
export interface HttpRouteTimeouts {
  /**
   * For the whole answer to the client.
   *
   * @default - what the Gateway's implementation does
   */
  readonly request?: Duration;
  /**
   * For the answer of one pod, where the Gateway tries several; at most `request`.
   *
   * @default - what the Gateway's implementation does
   */
  readonly backendRequest?: Duration;
}

/** A path of an HTTPRoute. */
export interface HttpRoutePath extends ExposedPath {
  /**
   * What the application sees in place of `path`, such as `/`: a request for `/api/orders` below `/api` is one for
   * `/orders`. Only with `PathType.PREFIX`.
   *
   * @default - the path stays
   */
  readonly rewritePrefix?: string;
  /**
   * Changes of the headers of requests for the path.
   *
   * @default - those of the exposure
   */
  readonly requestHeaders?: RequestHeaderChanges;
  /**
   * How long the Gateway waits for the path.
   *
   * @default - that of the exposure
   */
  readonly timeouts?: HttpRouteTimeouts;
}

/** A Gateway API HTTPRoute in front of the Service. */
export interface HttpRouteExposureOptions extends ClusterIpExposureOptions, GatewayReference {
  /**
   * Further Gateways, or listeners of the same; at most 31. One Gateway may be there several times if each has a
   * `sectionName` of its own.
   *
   * @default - none
   */
  readonly moreGateways?: GatewayReference[];
  /** Host names, such as `['shop.example.com']`; at least one, at most 16. */
  readonly hosts: string[];
  /**
   * Path prefix, where there is one.
   *
   * @default /
   */
  readonly path?: string;
  /**
   * Paths, in place of `path`, each with the port that it leads to; at most 16.
   *
   * @default - `path`
   */
  readonly paths?: HttpRoutePath[];
  /**
   * What the application sees in place of `path`. One of `paths` has its own.
   *
   * @default - the path stays
   */
  readonly rewritePrefix?: string;
  /**
   * Changes of the headers of requests.
   *
   * @default - none
   */
  readonly requestHeaders?: RequestHeaderChanges;
  /**
   * How long the Gateway waits.
   *
   * @default - what its implementation does
   */
  readonly timeouts?: HttpRouteTimeouts;
}

/** Every Gateway that the route hangs on, the first of the exposure itself. */
export function gatewaysOf(options: HttpRouteExposureOptions): readonly GatewayReference[] {
  return [options, ...(options.moreGateways ?? [])];
}

/** Milliseconds of a timeout; fractions stay, so that the check can refuse them. */
export function millisecondsOf(duration: Duration): number {
  return duration.toMilliseconds({ integral: false });
}
