/** What an HTTPRoute of the Gateway API may have, and what its API refuses of it. */
import type { Duration } from 'cdk8s';
import type { Checks } from '../finding/checks';
import {
  dnsLabelRule,
  dnsSubdomainRule,
  headerNameRule,
  headerValueRule,
  routePathRule,
} from '../units/names';
import { checkHosts, checkPaths, type ExposedPath, PathType, type ReachablePort } from './exposed-path';
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

/** Lists of the API hold no more. */
const MOST = 16;
const MOST_GATEWAYS = 32;

export function checkHttpRoute(
  checks: Checks,
  options: HttpRouteExposureOptions,
  further: readonly ReachablePort[],
): void {
  const { hosts, paths = [], rewritePrefix } = options;
  checkHosts(checks, hosts);
  checkLength(checks, 'hosts', hosts);
  checkPaths(checks, options, further);
  checkLength(checks, 'paths', paths);
  checkGateways(checks, options);
  checkRule(checks, options);
  if (options.paths && rewritePrefix !== undefined)
    checks.fail(
      'rewritePrefix',
      rewritePrefix,
      '`paths` is there too; give it to those of `paths` that are meant',
    );
  paths.forEach((one, index) => {
    const at = checks.at(`paths[${index}]`);
    checkRule(at, one);
    if (one.rewritePrefix !== undefined && one.pathType === PathType.EXACT)
      at.fail(
        'rewritePrefix',
        one.rewritePrefix,
        'an exact path has no prefix; use PathType.PREFIX, or leave it out',
      );
  });
}

function checkLength(checks: Checks, prop: string, list: readonly unknown[], most = MOST): void {
  if (list.length > most) checks.fail(prop, `${list.length} entries`, `allowed: at most ${most}`);
}

/** Every Gateway that the route hangs on, the first of the exposure itself. */
export function gatewaysOf(options: HttpRouteExposureOptions): readonly GatewayReference[] {
  return [options, ...(options.moreGateways ?? [])];
}

function checkGateways(checks: Checks, options: HttpRouteExposureOptions): void {
  const gateways = gatewaysOf(options);
  if (gateways.length > MOST_GATEWAYS)
    checks.fail('moreGateways', `${gateways.length - 1} entries`, `allowed: at most ${MOST_GATEWAYS - 1}`);
  const sections = new Map<string, (string | undefined)[]>();
  gateways.forEach((one, index) => {
    const at = index === 0 ? checks : checks.at(`moreGateways[${index - 1}]`);
    at.text('gateway', one.gateway, dnsSubdomainRule);
    at.text('gatewayNamespace', one.gatewayNamespace, dnsLabelRule);
    at.text('sectionName', one.sectionName, dnsSubdomainRule);
    at.port('gatewayPort', one.gatewayPort);
    at.text('redirectSectionName', one.redirectSectionName, dnsSubdomainRule);
    at.text('dataPlaneNamespace', one.dataPlaneNamespace, dnsLabelRule);
    if (one.redirectSectionName !== undefined && one.sectionName === undefined)
      at.fail(
        'redirectSectionName',
        one.redirectSectionName,
        'the route would answer at that listener too; set sectionName to the listener for HTTPS',
      );
    const key = `${one.gatewayNamespace ?? ''}/${one.gateway}`;
    const known = sections.get(key) ?? [];
    const listeners = [{ prop: 'sectionName', name: one.sectionName }];
    if (one.sectionName !== undefined && one.redirectSectionName !== undefined)
      listeners.push({ prop: 'redirectSectionName', name: one.redirectSectionName });
    for (const { prop, name } of listeners) {
      if (known.length > 0 && (name === undefined || known.includes(undefined) || known.includes(name)))
        at.fail(prop, name, `Gateway ${one.gateway} is named before; allowed: listeners of its own for each`);
      known.push(name);
    }
    sections.set(key, known);
  });
}

/** What a path has, or all of them. */
function checkRule(
  checks: Checks,
  {
    rewritePrefix,
    requestHeaders,
    timeouts,
  }: Pick<HttpRoutePath, 'rewritePrefix' | 'requestHeaders' | 'timeouts'>,
): void {
  checks.text('rewritePrefix', rewritePrefix, routePathRule);
  if (requestHeaders) checkHeaders(checks.at('requestHeaders'), requestHeaders);
  if (timeouts) checkTimeouts(checks.at('timeouts'), timeouts);
}

function checkHeaders(checks: Checks, { set = {}, add = {}, remove = [] }: RequestHeaderChanges): void {
  const seen = new Set<string>();
  const name = (at: Checks, prop: string, text: string) => {
    at.text(prop, text, headerNameRule);
    const key = String(text).toLowerCase();
    // Envoy refuses the whole configuration of a Gateway in which a route does.
    if (key === 'host') at.fail(prop, text, 'Gateways do not change the host; remove it');
    if (seen.has(key)) at.fail(prop, text, 'the header is there already, in whatever case; name it once');
    seen.add(key);
  };
  for (const [prop, headers] of Object.entries({ set, add })) {
    const at = checks.at(prop);
    for (const [header, value] of Object.entries(headers)) {
      name(at, 'name', header);
      at.text(header, value, headerValueRule);
    }
    checkLength(checks, prop, Object.keys(headers));
  }
  remove.forEach((header, index) => name(checks, `remove[${index}]`, header));
  checkLength(checks, 'remove', remove);
  if (seen.size === 0)
    checks.fail('set', undefined, 'nothing is changed; set, add or remove a header, or leave it out');
}

/** Milliseconds of a timeout; fractions stay, so that the check can refuse them. */
export function millisecondsOf(duration: Duration): number {
  return duration.toMilliseconds({ integral: false });
}

const MOST_MILLISECONDS = 24 * 60 * 60 * 1000;

function checkTimeouts(checks: Checks, { request, backendRequest }: HttpRouteTimeouts): void {
  for (const [prop, value] of Object.entries({ request, backendRequest })) {
    const time = value ? millisecondsOf(value) : 0;
    if (!Number.isInteger(time) || time < 0 || time > MOST_MILLISECONDS)
      checks.fail(prop, `${time} ms`, 'allowed: whole milliseconds, at most a day');
  }
  if (!request || !backendRequest) return;
  const most = millisecondsOf(request);
  if (most > 0 && millisecondsOf(backendRequest) > most)
    checks.fail(
      'backendRequest',
      backendRequest.toHumanString(),
      `it is longer than request (${request.toHumanString()}); lower it, or raise request`,
    );
}
