/** What the Gateway API refuses of an HTTPRoute, and what it takes but does not do. */
import type { Checks } from '../finding/checks';
import {
  dnsLabelRule,
  dnsSubdomainRule,
  headerNameRule,
  headerValueRule,
  routePathRule,
} from '../units/names';
import { checkHosts, checkPaths, PathType, type ReachablePort } from './exposed-path';
import {
  gatewaysOf,
  type HttpRouteExposureOptions,
  type HttpRoutePath,
  type HttpRouteTimeouts,
  millisecondsOf,
  type RequestHeaderChanges,
} from './http-route';

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
