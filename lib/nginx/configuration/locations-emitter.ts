/** The locations of the site: pages that are cached, the crowds that wait for them, the way past the cache, and paths that differ. */
import {
  bufferArguments,
  bufferSize,
  COMPRESSING_BUFFERS,
  PART_BUFFERS,
} from '../tuning/nginx-memory-budget';
import type { StatusValidity } from '../tuning/nginx-tuning';
import type { PathRules, ProxyRules } from '../tuning/proxy-rules';
import { grpcPath, isGrpc } from './grpc-paths-emitter';
import { judgedHeaders, rememberedPages } from './judge-emitter';
import { because, block, directive, type NginxDirective, nginxTime } from './nginx-conf';
import { cameTooLate, comeBack } from './overload-emitter';
import { pageKey, pathFor } from './page-key-emitter';
import { bypass, type CookieVariables, cookieVariables, noCache } from './privacy-rules-emitter';
import { anonymousHeaders, requestHeaders } from './request-headers-emitter';
import { bodyLimit, logs } from './server-emitter';
import { SIGN } from './signs';
import { isUpgraded, upgradedPath } from './upgraded-paths-emitter';
import { answerBuffers, askOrigin, compression } from './upstream-emitter';

/** Size of a part of a large object. */
const SLICE = '1m';

/** Names of the locations of a list of rules: the site's is the first, those of paths follow. */
const crowdOf = (list: number) => (list === 0 ? '@crowd' : `@crowd_${list}`);
const pastCacheOf = (list: number) => (list === 0 ? '@past_cache' : `@past_cache_${list}`);

/** All locations of the site; `/` is the first list of rules, those of paths follow. */
export function siteLocations(rules: ProxyRules): NginxDirective[] {
  return [
    ...locations(rules),
    ...cachedLocation(rules, ['/'], 0, cookieVariables(0), []),
    ...(rules.coalesce ? [block('location', [crowdOf(0)], crowd(rules, []))] : []),
    block(
      'location',
      [pastCacheOf(0)],
      [...pastCacheLogs(rules), ...pastCache(rules, rules.responseSeconds)],
    ),
    comeBack(),
  ];
}

/** Where signs lead. */
export function signs({ coalesce }: ProxyRules, list: number): NginxDirective[] {
  return [
    // A list of error pages replaces that of the server.
    ...(list === 0 ? [] : [cameTooLate()]),
    directive(
      'error_page',
      SIGN.compressorBusy,
      SIGN.private,
      SIGN.unstorable,
      SIGN.failed,
      '=',
      pastCacheOf(list),
    ),
    ...(coalesce ? [directive('error_page', SIGN.crowd, '=', crowdOf(list))] : []),
  ];
}

/** A place whose pages are in the cache, or come through the compressor. */
function cachedLocation(
  rules: ProxyRules,
  args: readonly string[],
  list: number,
  { isPrivate }: CookieVariables,
  inside: readonly NginxDirective[],
): NginxDirective[] {
  return [
    block('location', args, [
      ...inside,
      ...(list === 0 ? [] : signs(rules, list)),
      block('if', [`(${isPrivate})`], [directive('return', SIGN.private)]),
      ...(rules.coalesce
        ? [
            because(
              'others ask for the same page right now: its answer is judged before they wait for it',
              directive('limit_conn', 'crowds', 1),
            ),
          ]
        : []),
      directive('proxy_pass', `http://compressor${pathFor(rules)}`),
    ]),
  ];
}

const CROWD_LOCK_AGE = '150ms';

/**
 * The same for the second visitor of a page and all others. The lock lasts as long as an answer may take when the first
 * has it; among them it goes on soon, because the one that has it asks how the page is to be treated.
 */
function crowd(rules: ProxyRules, inside: readonly NginxDirective[]): NginxDirective[] {
  return [
    ...inside.filter(({ name }) => name !== 'proxy_cache_lock_age'),
    because('judged in the meantime', directive('proxy_cache_lock_age', CROWD_LOCK_AGE)),
    directive('proxy_pass', `http://compressor${pathFor(rules)}`),
  ];
}

function pastCacheLogs({ cacheMetrics }: ProxyRules): NginxDirective[] {
  return cacheMetrics ? logs('past_cache') : [];
}

/** Straight to the origin: for private requests, and pages that may not be stored. */
function pastCache(
  rules: ProxyRules,
  responseSeconds: number,
  inside: readonly NginxDirective[] = [],
): NginxDirective[] {
  return [
    ...inside,
    directive('proxy_cache', 'off'),
    directive('proxy_intercept_errors', 'off'),
    directive('proxy_hide_header', 'X-Accel-Expires'),
    directive('add_header', 'X-Cache-Status', 'BYPASS', 'always'),
    ...compression(),
    directive('gzip_vary', 'on'),
    ...answerBuffers(COMPRESSING_BUFFERS),
    directive('proxy_connect_timeout', `${rules.connectSeconds}s`),
    directive('proxy_read_timeout', `${responseSeconds}s`),
    directive('proxy_send_timeout', `${responseSeconds}s`),
    directive('proxy_next_upstream', 'error', 'timeout', 'http_502', 'http_503'),
    directive('proxy_next_upstream_tries', 2),
    directive('proxy_ignore_headers', 'X-Accel-Redirect'),
    ...askOrigin(rules, pathFor(rules)),
  ];
}

export function validity(rules: readonly StatusValidity[]): NginxDirective[] {
  return rules.map(({ statuses, seconds }) =>
    directive('proxy_cache_valid', ...statuses, nginxTime(seconds)),
  );
}

export function privacy(
  rules: ProxyRules,
  cookies: CookieVariables,
  of: 'pages' | 'parts' = 'pages',
): NginxDirective[] {
  return [
    because(
      'private requests are not answered from the cache …',
      directive('proxy_cache_bypass', ...bypass(rules, cookies)),
    ),
    because(
      '… and private answers are not stored',
      directive('proxy_no_cache', ...noCache(rules, cookies, of)),
    ),
  ];
}

/** Of the origin, through the hop that compresses; and how long others wait for the same page. */
export function timeouts(
  { connectSeconds, coalesce }: ProxyRules,
  responseSeconds: number,
): NginxDirective[] {
  // Through the servers that compress and judge, each of which connects to the next.
  const answerSeconds = 3 * connectSeconds + responseSeconds;
  const lockSeconds = connectSeconds + answerSeconds;
  return [
    directive('proxy_connect_timeout', `${connectSeconds}s`),
    because(
      'the hop that compresses connects to the origin, and waits for it',
      directive('proxy_read_timeout', `${answerSeconds}s`),
    ),
    directive('proxy_send_timeout', `${answerSeconds}s`),
    ...(coalesce
      ? [
          because(
            'as long as an answer may take: never a second fetch while the first may still succeed',
            directive('proxy_cache_lock_timeout', `${lockSeconds}s`),
          ),
          directive('proxy_cache_lock_age', `${lockSeconds}s`),
        ]
      : []),
  ];
}

/** Paths that differ. `^~` and `=`: the longest prefix decides, whatever the order. */
function locations(rules: ProxyRules): NginxDirective[] {
  let cookieList = 0;
  let list = 0;
  return rules.paths.flatMap((path) => {
    if (isUpgraded(path)) {
      const inside = [...bodyLimit(path), ...upgradedPath(rules, path, uncachedHeaders(rules))];
      return matches(path.path).map((args) => block('location', args, inside));
    }
    if (isGrpc(path)) {
      const inside = grpcPath(rules, path, uncachedHeaders(rules));
      return matches(path.path).map((args) => block('location', args, inside));
    }
    if (path.ignoredCookies) cookieList += 1;
    const cookies = cookieVariables(path.ignoredCookies ? cookieList : 0);
    if (!path.cache || path.largeObjects) {
      const inside = path.cache ? largeObjects(rules, path, cookies) : uncached(rules, path);
      return matches(path.path).map((args) => block('location', args, inside));
    }
    list += 1;
    const inside = pathDirectives(rules, path, cookies);
    const responseSeconds = path.responseSeconds ?? rules.responseSeconds;
    return [
      ...matches(path.path).flatMap((args) => cachedLocation(rules, args, list, cookies, inside)),
      ...(rules.coalesce
        ? [block('location', [crowdOf(list)], crowd(rules, [...inside, ...signs(rules, list)]))]
        : []),
      block(
        'location',
        [pastCacheOf(list)],
        [
          ...pastCacheLogs(rules),
          ...pastCache(rules, responseSeconds, [
            ...bodyLimit(path),
            ...(path.ignoredCookies ? headersOf(rules, cookies) : []),
          ]),
        ],
      ),
    ];
  });
}

function matches(path: string): ReadonlyArray<readonly string[]> {
  return path.endsWith('/')
    ? [['^~', path]]
    : [
        ['=', path],
        ['^~', `${path}/`],
      ];
}

function uncached(rules: ProxyRules, path: PathRules): NginxDirective[] {
  return pastCache(rules, path.responseSeconds ?? rules.responseSeconds, bodyLimit(path)).filter(
    ({ name, args }) => !(name === 'add_header' && args[0] === 'X-Cache-Status'),
  );
}

/** Headers of a request whose answer is not cached, whatever the path. */
function uncachedHeaders(rules: ProxyRules): NginxDirective[] {
  return [...requestHeaders(rules, cookieVariables(0), ''), ...judgedHeaders('')];
}

/** All headers of a request: a location that sets one of its own inherits none. */
function headersOf(rules: ProxyRules, cookies: CookieVariables): NginxDirective[] {
  return [...requestHeaders(rules, cookies, '$encoding_to_fetch'), ...judgedHeaders()];
}

function pathDirectives(rules: ProxyRules, path: PathRules, cookies: CookieVariables): NginxDirective[] {
  return [
    ...bodyLimit(path),
    ...(path.validity
      ? [...validity(path.validity), ...rememberedPages().filter(({ name }) => name === 'proxy_cache_valid')]
      : []),
    ...(path.ignoredCookies ? [...privacy(rules, cookies), ...headersOf(rules, cookies)] : []),
    ...(path.responseSeconds === undefined ? [] : timeouts(rules, path.responseSeconds)),
  ];
}

function largeObjects(rules: ProxyRules, path: PathRules, cookies: CookieVariables): NginxDirective[] {
  return [
    ...bodyLimit(path),
    ...(path.validity ? validity(path.validity) : []),
    ...privacy(rules, cookies, 'parts'),
    ...requestHeaders(rules, cookies, ''),
    ...anonymousHeaders(rules),
    ...judgedHeaders(''),
    ...(path.responseSeconds === undefined ? [] : timeouts(rules, path.responseSeconds)),
    ...slices(rules, path),
  ];
}

/** Large objects are fetched and stored in parts, and not compressed, which would take the ranges away. */
function slices(rules: ProxyRules, path: PathRules): NginxDirective[] {
  return [
    because('a part is fetched when it is asked for', directive('slice', SLICE)),
    directive('proxy_intercept_errors', 'off'),
    because(
      'the answer does not come through the compressor, which says how long an old one may be served',
      directive(
        'proxy_cache_use_stale',
        'error',
        'timeout',
        'invalid_header',
        'updating',
        'http_429',
        'http_500',
        'http_502',
        'http_503',
        'http_504',
      ),
    ),
    directive('proxy_hide_header', 'X-Accel-Expires'),
    directive('add_header', 'X-Cache-Status', '$upstream_cache_status', 'always'),
    directive('sendfile', 'on'),
    because(
      'those of a part are given back when the whole answer has ended',
      directive('proxy_buffers', ...bufferArguments(PART_BUFFERS.proxy)),
    ),
    directive('proxy_busy_buffers_size', bufferSize(PART_BUFFERS.answerHeader)),
    directive('proxy_set_header', 'Range', '$slice_range'),
    directive('proxy_cache_key', `$slice_range|${pageKey(rules)}`),
    ...(path.validity ? [] : validity(rules.validity)),
    directive('proxy_cache_valid', 206, nginxTime(secondsOfParts(rules, path))),
    ...askOrigin(rules, pathFor(rules)),
  ];
}

/** A part is valid as long as the whole would be. */
function secondsOfParts(rules: ProxyRules, path: PathRules): number {
  const all = path.validity ?? rules.validity;
  return (all.find(({ statuses }) => statuses.includes(200)) ?? all[0]).seconds;
}
