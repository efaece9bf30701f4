/**
 * The configuration of the caching proxy. What each rule prevents was first observed without it (docs/constructs/
 * nginx-caching-proxy.md): private answers served to strangers, poisoned pages, herds on the origin, a full disk.
 *
 * No `$1`…`$9` anywhere: unnamed captures together with background updates disclose memory before 1.30.4
 * (CVE-2026-60005).
 */
import { MIB } from '../units/quantity';
import { agedAnswers } from './age-emitter';
import { MANAGER_PARAMETERS } from './cache-disk-sizing';
import { grpcPath, isGrpc } from './grpc-paths-emitter';
import { because, block, directive, type NginxDirective } from './nginx-conf-emitter';
import { cameTooLate, comeBack, overload, refusal } from './overload-emitter';
import {
  headersForClients,
  judgedHeaders,
  judgedRequests,
  rememberedPages,
  staleAllowance,
  verdicts,
} from './judge-emitter';
import {
  bufferArguments,
  bufferSize,
  COMPRESSING_BUFFERS,
  PART_BUFFERS,
  PROXY_BUFFERS,
} from './nginx-memory-budget';
import { type CacheValidity, UPSTREAM_ZONE_BYTES } from './nginx-tuning';
import {
  bypass,
  type CookieVariables,
  cookieVariables,
  keepsSpelling,
  keyVariable,
  noCache,
  privacyRules,
} from './privacy-rules-emitter';
import { CACHE_DIRECTORY, type PathRules, type ProxyRules } from './proxy-rules';
import {
  anonymousHeaders,
  credentialHeaders,
  forwardedClient,
  requestHeaders,
} from './request-headers-emitter';
import { SIGN } from './signs';
import {
  basics,
  bodyLimit,
  clientAddress,
  clientCertificateFiles,
  clientScheme,
  logs,
  otherServers,
  resolver,
  server,
  siteListeners,
  status,
  streamedBodies,
} from './server-emitter';
import { isUpgraded, upgradedPath, upgradeMaps } from './upgraded-paths-emitter';
import { answerBuffers, askOrigin, compression, compressor, upstreams, varyMap } from './upstream-emitter';

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
    credentialHeaders(rules),
    ...privacyRules(rules),
    varyMap(),
    ...encodings(),
    overload(rules.tuning),
    ...(rules.coalesce ? crowds(rules) : []),
    directive('limit_conn_zone', '$server_port', `zone=compressor:${size(UPSTREAM_ZONE_BYTES.compressor)}`),
    judgedRequests(rules),
    ...agedAnswers(rules),
    ...staleAllowance(rules),
    ...verdicts(rules),
    ...upgradeMaps(rules),
    ...clientAddress(rules),
    ...forwardedClient(rules),
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

/** Names of the locations of a list of rules: the site's is the first, those of paths follow. */
const crowdOf = (list: number) => (list === 0 ? '@crowd' : `@crowd_${list}`);
const pastCacheOf = (list: number) => (list === 0 ? '@past_cache' : `@past_cache_${list}`);

function site(rules: ProxyRules): NginxDirective {
  const cookies = cookieVariables(0);
  return block(
    'server',
    [],
    [
      ...siteListeners(rules),
      ...refusal(),
      ...keptArguments(rules),
      ...caching(rules),
      ...validity(rules.validity),
      ...privacy(cookies),
      ...headersForClients(),
      directive('add_header', 'X-Cache-Status', '$upstream_cache_status', 'always'),
      directive('add_header', 'Vary', varied(rules), 'always'),
      ...requestHeaders(rules, cookies, '$encoding_to_fetch'),
      ...judgedHeaders(),
      directive('proxy_http_version', '1.1'),
      ...timeouts(rules, rules.responseSeconds),
      ...answerBuffers(PROXY_BUFFERS),
      because(
        'an answer that is not stored is not written to disk',
        directive('proxy_max_temp_file_size', 0),
      ),
      ...streamedBodies(),
      ...locations(rules),
      ...cachedLocation(rules, ['/'], 0, cookies, []),
      ...(rules.coalesce ? [block('location', [crowdOf(0)], crowd(rules, []))] : []),
      block(
        'location',
        [pastCacheOf(0)],
        [...pastCacheLogs(rules), ...pastCache(rules, rules.responseSeconds)],
      ),
      comeBack(),
    ],
  );
}

/** Where signs lead. */
function signs({ coalesce }: ProxyRules, list: number): NginxDirective[] {
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

/** Of what is asked: as the client sent it, but where the query is made anew. */
function pathFor(rules: ProxyRules): string {
  return keepsSpelling(rules) ? '$raw_path$is_args$args' : '';
}

const CROWD_LOCK_AGE = '150ms';

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

function caching(rules: ProxyRules): NginxDirective[] {
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
          directive('limit_conn_status', SIGN.crowd),
          directive('limit_conn_log_level', 'info'),
        ]
      : []),
    because(
      'one request renews an expired page; the others get the old one meanwhile, and so they do when the origin fails',
      directive('proxy_cache_background_update', 'on'),
    ),
    directive('proxy_cache_revalidate', 'on'),
    directive('proxy_ignore_headers', 'X-Accel-Redirect'),
    ...rememberedPages(),
    ...signs(rules, 0),
  ];
}

/** Bytes of a key from which on nginx would not count it: it takes 255. */
const LONGEST_COUNTED_KEY = 250;

/**
 * Which requests are for the same page at the same time. Pages with very long names count as one, and a full zone makes
 * everybody part of a crowd; neither is harm, it only has an answer judged.
 */
function crowds(rules: ProxyRules): NginxDirective[] {
  return [
    block(
      'map',
      [key(rules), '$page_in_demand'],
      [directive('default', key(rules)), directive(`~(?s)^.{${LONGEST_COUNTED_KEY}}`, 'long')],
    ),
    directive('limit_conn_zone', '$page_in_demand', `zone=crowds:${size(UPSTREAM_ZONE_BYTES.crowds)}`),
  ];
}

/** A page is stored as it is and compressed, each when somebody asks for it, so that nothing is done to it for a hit. */
function encodings(): NginxDirective[] {
  return [
    because(
      'a page is stored as it is, and compressed',
      block(
        'map',
        ['$http_accept_encoding', '$encoding'],
        [
          directive('default', ''),
          ...['gzip', 'gzip, deflate', 'gzip, deflate, br', 'gzip, deflate, br, zstd'].map((value) =>
            directive(value, 'gzip'),
          ),
          directive('~*gzip *; *q=0(\\.0*)? *(,|$)', ''),
          directive('~*(^|[ ,])gzip *(;|,|$)', 'gzip'),
        ],
      ),
    ),
    because(
      'past the cache the origin is not asked to compress either: nginx does',
      block(
        'map',
        ['$upstream_cache_status:$encoding', '$encoding_to_fetch'],
        [directive('volatile'), directive('default', ''), directive('~^[A-Z]+:gzip$', 'gzip')],
      ),
    ),
  ];
}

/** Parts divided by `|`, which only the last one, path and query, can hold: no two requests have the same key by chance. */
function key(rules: ProxyRules): string {
  const {
    cacheVersion,
    hosts,
    key: { headers, cookies, queryParameters },
  } = rules;
  const ownPath = keepsSpelling(rules) ? '$raw_path' : '$uri';
  return [
    ...(cacheVersion === undefined ? [] : [cacheVersion]),
    '$encoding',
    '$client_scheme',
    ...(hosts.length === 0 ? [] : ['$host']),
    ...headers.map((_, index) => keyVariable('header', index)),
    ...cookies.map((_, index) => keyVariable('cookie', index)),
    // A raw query holds no space; a decoded path may, and anything else.
    queryParameters ? `$args ${ownPath}` : '$request_uri',
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

function privacy(cookies: CookieVariables, of: 'pages' | 'parts' = 'pages'): NginxDirective[] {
  return [
    because(
      'private requests are not answered from the cache …',
      directive('proxy_cache_bypass', ...bypass(cookies)),
    ),
    because('… and private answers are not stored', directive('proxy_no_cache', ...noCache(cookies, of))),
  ];
}

/** Of the origin, through the hop that compresses; and how long others wait for the same page. */
function timeouts({ connectSeconds, coalesce }: ProxyRules, responseSeconds: number): NginxDirective[] {
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
    ...(path.ignoredCookies ? [...privacy(cookies), ...headersOf(rules, cookies)] : []),
    ...(path.responseSeconds === undefined ? [] : timeouts(rules, path.responseSeconds)),
  ];
}

function largeObjects(rules: ProxyRules, path: PathRules, cookies: CookieVariables): NginxDirective[] {
  return [
    ...bodyLimit(path),
    ...(path.validity ? validity(path.validity) : []),
    ...privacy(cookies, 'parts'),
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
    directive('proxy_cache_key', `$slice_range|${key(rules)}`),
    ...(path.validity ? [] : validity(rules.validity)),
    directive('proxy_cache_valid', 206, time(secondsOfParts(rules, path))),
    ...askOrigin(rules, pathFor(rules)),
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
