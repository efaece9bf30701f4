import type { KeyRules, PathRules, ProxyRules } from '../tuning/proxy-rules';
import { because, block, directive, type NginxDirective } from './nginx-conf';

/**
 * Variables of one list of ignored cookies: whether a request has another one, and what of its cookies the origin sees.
 * The lists are numbered: the site's is the first, those of paths follow.
 */
export interface CookieVariables {
  readonly isSession: string;
  /** Whether the request is private, for whatever reason. */
  readonly isPrivate: string;
  readonly toOrigin: string;
}

export function cookieVariables(list: number): CookieVariables {
  const suffix = list === 0 ? '' : `_${list}`;
  return {
    isSession: `$is_session${suffix}`,
    isPrivate: `$is_private${suffix}`,
    toOrigin: `$cookie_to_origin${suffix}`,
  };
}

/** Variables that say that a request must not be answered from the cache. */
export function bypass(rules: ProxyRules, { isSession }: CookieVariables): string[] {
  return [
    '$is_authorized',
    isSession,
    '$is_uncacheable_method',
    '$has_body',
    '$has_credentials',
    ...(hasUncachedSpellings(rules) ? ['$may_be_uncached'] : []),
    ...(rewritesPaths(rules) ? ['$is_ambiguous_path'] : []),
  ];
}

/** The same as one variable, for the way past the cache. */
function privateMap(rules: ProxyRules, cookies: CookieVariables): NginxDirective {
  return map(bypass(rules, cookies).join(''), cookies.isPrivate, [
    ['default', 1],
    ['~^0+$', 0],
  ]);
}

/** Variables that say that an answer must not be stored. */
export function noCache(rules: ProxyRules, cookies: CookieVariables, of: 'pages' | 'parts'): string[] {
  return [
    ...bypass(rules, cookies),
    ...(of === 'pages' ? ['$is_part'] : []),
    '$is_vary_private',
    '$is_marked_private',
    '$is_deception',
    '$is_unlisted_error',
    '$upstream_http_set_cookie',
  ];
}

/** Lists of ignored cookies: the site's, then those of the paths that have their own. */
export function cookieLists({ ignoredCookies, paths }: ProxyRules): ReadonlyArray<readonly string[]> {
  return [ignoredCookies, ...paths.flatMap((path) => (path.ignoredCookies ? [path.ignoredCookies] : []))];
}

/** Statuses of errors that a rule says to keep; others are not stored, whatever the origin says of them. */
function keptErrors({ validity, paths }: ProxyRules): number[] {
  const all = [validity, ...paths.map((path) => path.validity ?? [])].flat();
  return [...new Set(all.flatMap(({ statuses }) => statuses))].filter((status) => status >= 400).sort();
}

/**
 * Names of files that are no pages: what caches store for the name alone, by the list of the largest of them
 * (developers.cloudflare.com/cache/concepts/default-cache-behavior), with modules and maps of scripts, texts and feeds.
 */
const STATIC_SUFFIXES = [
  '7z|apk|avif?|bin|bmp|bz2|class|css|csv|dmg|docx?|ejs|eot|eps|exe|flac|gif|gz|ico|iso|jar|jpe?g|js|map|midi?|mjs|mkv',
  'mp[34]|ogg|otf|pdf|pict|pls|png|pptx?|ps|rar|svgz?|swf|tar|tiff?|ttf|txt|wasm|webm|webp|woff2?|xlsx?|xml|zip|zst',
].join('|');

/** Maps that tell private requests and answers from public ones. */
export function privacyRules(rules: ProxyRules): NginxDirective[] {
  return [
    because(
      'a request with credentials has a private answer',
      map('$http_authorization', '$is_authorized', [
        ['default', 1],
        ['', 0],
      ]),
    ),
    ...cookieLists(rules).flatMap((names, index) => cookieMaps(names, rules.key, cookieVariables(index))),
    map('$request_method', '$is_uncacheable_method', [
      ['default', 1],
      ['GET', 0],
      ['HEAD', 0],
    ]),
    ...cookieLists(rules).map((_, index) => privateMap(rules, cookieVariables(index))),
    because(
      'a body could change the answer, and is not part of the key',
      map('$http_content_length:$http_transfer_encoding', '$has_body', [
        ['default', 1],
        [':', 0],
        ['0:', 0],
      ]),
    ),
    ...uncachedPaths(rules),
    ...rawPath(rules),
    map('$upstream_http_vary', '$is_vary_private', [
      ['default', 0],
      ...(rules.features.joinsHeaders
        ? []
        : [
            ['', 0] as const,
            [
              rules.varyByCookie
                ? '~*^ *(accept-encoding|cookie)( *, *(accept-encoding|cookie))* *$'
                : '~*^ *accept-encoding *$',
              0,
            ] as const,
            // It sees the first of several lines, and nginx itself the last.
            ['~.', 1] as const,
          ]),
      [rules.varyByCookie ? '~*(authorization|\\*)' : '~*(cookie|authorization|\\*)', 1],
    ]),
    because(
      'a part that nobody asked for is not the whole',
      map('$upstream_status', '$is_part', [
        ['default', 0],
        ['206', 1],
      ]),
    ),
    map('$upstream_http_cache_control', '$is_marked_private', [
      ['default', 0],
      ['~*(private|no-store|no-cache)', 1],
    ]),
    because(
      'a page that answers under the name of a static file: web cache deception',
      map('$uri', '$looks_static', [
        ['default', 0],
        [`~*\\.(${STATIC_SUFFIXES})$`, 1],
      ]),
    ),
    map('$looks_static:$upstream_http_content_type', '$is_deception', [
      ['default', 0],
      ['1:', 1],
      ['~*^1:(text/html|application/json|application/xhtml)', 1],
    ]),
    because(
      'an error that a request provoked is not served to others, even if the origin says how long it is valid',
      map('$status', '$is_unlisted_error', [
        ['default', 0],
        ...keptErrors(rules).map((status) => [status, 0] as const),
        ['~^[45]', 1],
      ]),
    ),
    ...keyMaps(rules.key),
  ];
}

/** Bytes of a path that origins read in several ways: parameters, double escapes, backslashes, escaped slashes and dots. */
const AMBIGUOUS = '~*^[^?]*(;|\\\\|//|/[.]|[.]/|%25|%5c|%2f|%2e|%3b|%00|%3f)';

function pathsWithoutCache({ paths }: ProxyRules): PathRules[] {
  return paths.filter(({ cache, protocol }) => !cache || protocol !== 'http');
}

/** Whether an origin may take other spellings for a path that is not cached. */
function hasUncachedSpellings(rules: ProxyRules): boolean {
  return rules.foldedPaths && pathsWithoutCache(rules).length > 0;
}

/** Whether nginx decodes paths and writes them anew, because the query is made anew and captures are not safe. */
function rewritesPaths(rules: ProxyRules): boolean {
  return rules.key.queryParameters !== undefined && !keepsSpelling(rules);
}

/**
 * Whether a request may be for a path that is not cached, for an origin that folds more than nginx does. A wrong guess costs
 * a request to the origin.
 */
function uncachedPaths(rules: ProxyRules): NginxDirective[] {
  if (!hasUncachedSpellings(rules)) return [];
  return [
    because(
      'an origin may take other spellings for a path that is not cached',
      map('$uri', '$is_like_uncached', [
        ['default', 0],
        ...pathsWithoutCache(rules).map(
          ({ path }) => [`~*^${escaped(path.replace(/\/$/, ''))}(?![a-z0-9_~-])`, 1] as const,
        ),
      ]),
    ),
    map('$request_uri', '$is_spelled_oddly', [
      ['default', 0],
      [AMBIGUOUS, 1],
    ]),
    map('$is_like_uncached$is_spelled_oddly', '$may_be_uncached', [
      ['default', 1],
      ['00', 0],
    ]),
  ];
}

/** Whether a path goes to the origin as the client sent it, where its query is made anew. */
export function keepsSpelling({ key, features }: ProxyRules): boolean {
  return key.queryParameters !== undefined && features.hasSafeCaptures;
}

/**
 * The path as the client sent it, for the key and for the origin alike. Where captures are not safe nginx decodes it and
 * writes it anew: a path with anything that it writes otherwise is private.
 */
function rawPath(rules: ProxyRules): NginxDirective[] {
  if (keepsSpelling(rules)) {
    return [
      because(
        'one spelling comes in and the same goes out',
        map('$request_uri', '$raw_path', [
          ['default', '/'],
          ['~^(?<path_as_sent>/[^?#]*)', '$path_as_sent'],
        ]),
      ),
    ];
  }
  if (!rewritesPaths(rules)) return [];
  return [
    map('$request_uri', '$is_ambiguous_path', [
      ['default', 0],
      ["~^[^?]*[^a-zA-Z0-9._~!$&'()*,=:@/?-]", 1],
    ]),
  ];
}

function cookieMaps(
  names: readonly string[],
  key: KeyRules,
  { isSession, toOrigin }: CookieVariables,
): NginxDirective[] {
  const harmless = [...names, ...key.cookies];
  return [
    because(
      'a request with a cookie has one too, unless all of its cookies are known to make no difference',
      map('$http_cookie', isSession, [
        ['default', names.includes('*') ? 0 : 1],
        ['', 0],
        ...(harmless.length > 0 && !names.includes('*') ? [[cookiePattern(harmless), 0] as const] : []),
      ]),
    ),
    because(
      'cookies that make no difference do not reach the origin',
      map(isSession, toOrigin, [
        [1, '$http_cookie'],
        ['default', key.cookies.map((name, index) => `${name}=${keyVariable('cookie', index)}`).join('; ')],
      ]),
    ),
  ];
}

/** Variable of a part of the key: what the client sent, or nothing when it is longer or stranger than such a value is. */
export function keyVariable(of: 'header' | 'cookie' | 'query', index: number): string {
  return `$key_${of}_${index + 1}`;
}

/** nginx's name of a header of the request. */
export function headerVariable(name: string): string {
  return `$http_${name.toLowerCase().replaceAll('-', '_')}`;
}

/**
 * Values that are part of the key are those that the origin sees, and they hold no `|`: it divides the parts of the key,
 * which could else be moved from one to the next.
 */
function keyMaps({ headers, cookies, queryParameters = [] }: KeyRules): NginxDirective[] {
  const plain = (from: string, to: string) =>
    map(from, to, [
      ['default', ''],
      ['~^[A-Za-z0-9,;=.*_/+:% -]{1,100}$', from],
    ]);
  return [
    ...headers.map((name, index) => plain(headerVariable(name), keyVariable('header', index))),
    ...cookies.map((name, index) => plain(`$cookie_${name}`, keyVariable('cookie', index))),
    ...queryParameters.map((name, index) =>
      map(`$arg_${name}`, keyVariable('query', index), [
        ['default', `&${name}=$arg_${name}`],
        ['', ''],
      ]),
    ),
  ];
}

function map(
  from: string,
  to: string,
  rows: ReadonlyArray<readonly [string | number, string | number]>,
): NginxDirective {
  return block(
    'map',
    [from, to],
    rows.map(([key, value]) => directive(`${key}`, value)),
  );
}

/** Matches a Cookie header in which every cookie is on the list. Names were checked: letters, digits, `_`, `-`, `.`. */
function cookiePattern(names: readonly string[]): string {
  const one = names.map((name) =>
    name.endsWith('*') ? `${escaped(name.slice(0, -1))}[^=;]*` : escaped(name),
  );
  return `~^(?:(?:${one.join('|')})=[^;]*(?:; *|$))+$`;
}

function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}
