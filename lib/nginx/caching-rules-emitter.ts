/**
 * The configuration of the caching proxy. What each rule prevents was first observed without it (docs/constructs/
 * nginx-caching-proxy.md): private answers served to strangers, poisoned pages, herds on the origin, a full disk.
 *
 * No `$1`…`$9` anywhere: unnamed captures together with background updates disclose memory before 1.30.4
 * (CVE-2026-60005).
 */
import { MIB } from '../units/quantity';
import { MANAGER_PARAMETERS } from './cache-disk-sizing';
import { grpcPath, isGrpc } from './grpc-paths-emitter';
import { because, block, directive, type NginxDirective } from './nginx-conf-emitter';
import { bufferArguments, bufferSize, PART_BUFFERS, PROXY_BUFFERS } from './nginx-memory-budget';
import type { CacheValidity } from './nginx-tuning';
import {
  bypass,
  type CookieVariables,
  cookieVariables,
  keyVariable,
  noCache,
  privacyRules,
} from './privacy-rules-emitter';
import { CACHE_DIRECTORY, type PathRules, type ProxyRules } from './proxy-rules';
import {
  basics,
  bodyLimit,
  clientAddress,
  clientCertificateFiles,
  clientScheme,
  otherServers,
  resolver,
  server,
  siteListeners,
  status,
  streamedBodies,
} from './server-emitter';
import { isUpgraded, upgradedPath, upgradeMaps } from './upgraded-paths-emitter';
import { answerBuffers, askOrigin, compressor, upstreams, varyMap } from './upstream-emitter';

/** Size of a part of a large object. */
const SLICE = '1m';

export function cachingProxy(rules: ProxyRules): NginxDirective[] {
  return server(rules.tuning, rules.drainSeconds, [
    ...basics(rules),
    because(
      'cached files stay open; without it a hit took 25 % more CPU',
      directive('open_file_cache', `max=${rules.tuning.openFiles}`, 'inactive=60s'),
    ),
    directive('open_file_cache_valid', '30s'),
    ...(rules.origin.resolve ? [resolver()] : []),
    store(rules),
    ...privacyRules(rules),
    varyMap(),
    ...upgradeMaps(rules),
    ...clientAddress(rules),
    clientScheme(rules),
    ...clientCertificateFiles(rules),
    ...upstreams(rules),
    compressor(rules),
    ...otherServers(rules),
    site(rules),
    status(),
  ]);
}

function store({ tuning, cacheBytes, inactiveSeconds }: ProxyRules): NginxDirective {
  return because(
    'the zone holds every key of a full cache; the volume is larger than max_size, which is looked at every 10 s only',
    directive(
      'proxy_cache_path',
      `${CACHE_DIRECTORY}/pages`,
      'levels=1:2',
      `keys_zone=pages:${size(tuning.keysZoneBytes)}`,
      `max_size=${size(cacheBytes)}`,
      `inactive=${time(inactiveSeconds)}`,
      'use_temp_path=on',
      ...MANAGER_PARAMETERS,
    ),
  );
}

function site(rules: ProxyRules): NginxDirective {
  const cookies = cookieVariables(0);
  return block(
    'server',
    [],
    [
      ...siteListeners(rules),
      because('for clients that take no gzip', directive('gunzip', 'on')),
      directive('gunzip_buffers', ...bufferArguments(PROXY_BUFFERS.gunzip)),
      ...keptArguments(rules),
      ...caching(rules),
      ...validity(rules.validity),
      ...privacy(cookies),
      directive('add_header', 'X-Cache-Status', '$upstream_cache_status', 'always'),
      directive('add_header', 'Vary', varied(rules), 'always'),
      ...requestHeaders(rules, cookies, 'gzip'),
      directive('proxy_http_version', '1.1'),
      ...timeouts(rules, rules.responseSeconds),
      ...answerBuffers(PROXY_BUFFERS),
      because(
        'an answer that is not stored is not written to disk',
        directive('proxy_max_temp_file_size', 0),
      ),
      ...streamedBodies(),
      ...locations(rules),
      block('location', ['/'], [directive('proxy_pass', 'http://compressor')]),
    ],
  );
}

function caching(rules: ProxyRules): NginxDirective[] {
  const stale = ['error', 'timeout', 'invalid_header', ...(rules.coalesce ? ['updating'] : [])];
  return [
    directive('proxy_cache', 'pages'),
    because(
      'without the method: HEAD is answered from what GET stored',
      directive('proxy_cache_key', key(rules)),
    ),
    directive('proxy_cache_methods', 'GET', 'HEAD'),
    ...(rules.minUses > 1
      ? [
          because(
            'what is asked for once is not worth the disk',
            directive('proxy_cache_min_uses', rules.minUses),
          ),
        ]
      : []),
    ...(rules.coalesce
      ? [
          because(
            'one request fetches a cold page, the others wait for it',
            directive('proxy_cache_lock', 'on'),
          ),
          because(
            'one request renews an expired page, the others get the old one meanwhile',
            directive('proxy_cache_background_update', 'on'),
          ),
        ]
      : []),
    because(
      'when the origin fails, the old page is better than none',
      directive(
        'proxy_cache_use_stale',
        ...stale,
        'http_429',
        'http_500',
        'http_502',
        'http_503',
        'http_504',
      ),
    ),
    directive('proxy_cache_revalidate', 'on'),
  ];
}

/** Parts divided by `|`, which only the last one, path and query, can hold: no two requests have the same key by chance. */
function key({ cacheVersion, hosts, key: { headers, cookies, queryParameters } }: ProxyRules): string {
  return [
    ...(cacheVersion === undefined ? [] : [cacheVersion]),
    '$client_scheme',
    ...(hosts.length === 0 ? [] : ['$host']),
    ...headers.map((_, index) => keyVariable('header', index)),
    ...cookies.map((_, index) => keyVariable('cookie', index)),
    // A raw query holds no space; a decoded path may, and anything else.
    queryParameters ? '$args $uri' : '$request_uri',
  ].join('|');
}

/** The query, with only the parameters that are part of the key. */
function keptArguments({ key: { queryParameters } }: ProxyRules): NginxDirective[] {
  if (!queryParameters) return [];
  return [
    because(
      'parameters that are not part of the key do not reach the origin',
      directive('set', '$args', queryParameters.map((_, index) => keyVariable('query', index)).join('')),
    ),
  ];
}

function varied({ key: { headers } }: ProxyRules): string {
  return ['Accept-Encoding', ...headers].join(', ');
}

function validity(rules: readonly CacheValidity[]): NginxDirective[] {
  return rules.map(({ statuses, seconds }) => directive('proxy_cache_valid', ...statuses, time(seconds)));
}

function privacy(cookies: CookieVariables): NginxDirective[] {
  return [
    because(
      'private requests are not answered from the cache …',
      directive('proxy_cache_bypass', ...bypass(cookies)),
    ),
    because('… and private answers are not stored', directive('proxy_no_cache', ...noCache(cookies))),
  ];
}

/** Of the origin, through the hop that compresses; and how long others wait for the same page. */
function timeouts({ connectSeconds, coalesce }: ProxyRules, responseSeconds: number): NginxDirective[] {
  const answerSeconds = connectSeconds + responseSeconds;
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

/** Headers by which frameworks are told another URL, method, host or scheme than the one in the key. */
const UNKEYED_HEADERS = [
  'Forwarded',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-Original-Host',
  'X-Host',
  'X-HTTP-Host-Override',
  'X-Forwarded-Server',
  'X-Forwarded-Scheme',
  'X-Forwarded-Ssl',
  'X-Forwarded-Prefix',
  'X-Forwarded-Path',
  'X-Forwarded-Uri',
  'X-Forwarded-Port',
  'Front-End-Https',
  'X-HTTP-Method',
  'X-HTTP-Method-Override',
  'X-Method-Override',
  'Proxy',
];

/**
 * What the origin is told about the client; whatever else could change its answer is not part of the key, so it goes.
 * Always the whole list: a location that sets one header of its own inherits none.
 */
function requestHeaders(
  { behindProxy, hosts, originName, key: { headers } }: ProxyRules,
  cookies: CookieVariables,
  encoding: 'gzip' | '',
): NginxDirective[] {
  const clientHost = hosts.length === 0 ? (originName ?? '') : '$host';
  return [
    directive('proxy_set_header', 'Connection', ''),
    directive('proxy_set_header', 'Host', originName ?? '$host'),
    directive('proxy_set_header', 'X-Forwarded-Host', clientHost),
    directive('proxy_set_header', 'X-Forwarded-Proto', '$client_scheme'),
    directive(
      'proxy_set_header',
      'X-Forwarded-For',
      behindProxy ? '$proxy_add_x_forwarded_for' : '$remote_addr',
    ),
    directive('proxy_set_header', 'X-Real-IP', behindProxy ? '' : '$remote_addr'),
    directive('proxy_set_header', 'Cookie', cookies.toOrigin),
    because('one variant in the cache', directive('proxy_set_header', 'Accept-Encoding', encoding)),
    ...headers.map((name, index) => directive('proxy_set_header', name, keyVariable('header', index))),
    ...UNKEYED_HEADERS.map((name) => directive('proxy_set_header', name, '')),
  ];
}

/** Paths that differ. `^~` and `=`: the longest prefix decides, whatever the order. */
function locations(rules: ProxyRules): NginxDirective[] {
  let list = 0;
  return rules.paths.flatMap((path) => {
    if (isUpgraded(path)) {
      const inside = [
        ...bodyLimit(path),
        ...upgradedPath(rules, path, requestHeaders(rules, cookieVariables(0), '')),
      ];
      return matches(path.path).map((args) => block('location', args, inside));
    }
    if (isGrpc(path)) {
      const inside = grpcPath(rules, path, requestHeaders(rules, cookieVariables(0), ''));
      return matches(path.path).map((args) => block('location', args, inside));
    }
    if (path.ignoredCookies) list += 1;
    const inside = pathDirectives(rules, path, cookieVariables(path.ignoredCookies ? list : 0));
    return matches(path.path).map((args) => block('location', args, inside));
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

function pathDirectives(rules: ProxyRules, path: PathRules, cookies: CookieVariables): NginxDirective[] {
  const ownHeaders = path.ignoredCookies !== undefined || path.largeObjects;
  return [
    ...bodyLimit(path),
    ...(path.cache ? [] : [directive('proxy_cache', 'off')]),
    ...(path.validity ? validity(path.validity) : []),
    ...(path.ignoredCookies ? privacy(cookies) : []),
    ...(ownHeaders ? requestHeaders(rules, cookies, path.largeObjects ? '' : 'gzip') : []),
    ...(path.responseSeconds === undefined ? [] : timeouts(rules, path.responseSeconds)),
    ...(path.largeObjects ? slices(rules, path) : [directive('proxy_pass', 'http://compressor')]),
  ];
}

/** Large objects are fetched and stored in parts, and not compressed, which would take the ranges away. */
function slices(rules: ProxyRules, path: PathRules): NginxDirective[] {
  return [
    because('a part is fetched when it is asked for', directive('slice', SLICE)),
    directive('sendfile', 'on'),
    because(
      'those of a part are given back when the whole answer has ended',
      directive('proxy_buffers', ...bufferArguments(PART_BUFFERS.proxy)),
    ),
    directive('proxy_busy_buffers_size', bufferSize(PART_BUFFERS.answerHeader)),
    directive('proxy_set_header', 'Range', '$slice_range'),
    directive('proxy_cache_key', `$slice_range|${key(rules)}`),
    ...(path.validity ? [] : validity(rules.validity)),
    directive('proxy_cache_valid', 206, time(secondsOfParts(rules, path))),
    ...askOrigin(rules),
  ];
}

/** A part is valid as long as the whole would be. */
function secondsOfParts(rules: ProxyRules, path: PathRules): number {
  const all = path.validity ?? rules.validity;
  return (all.find(({ statuses }) => statuses.includes(200)) ?? all[0]).seconds;
}

function size(bytes: number): string {
  if (bytes % (1024 * MIB) === 0) return `${bytes / (1024 * MIB)}g`;
  return bytes % MIB === 0 ? `${bytes / MIB}m` : `${bytes}`;
}

function time(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
