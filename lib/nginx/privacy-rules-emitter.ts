import { because, block, directive, type NginxDirective } from './nginx-conf-emitter';
import type { KeyRules, ProxyRules } from './proxy-rules';

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
export function bypass({ isSession }: CookieVariables): string[] {
  return ['$is_authorized', isSession, '$is_uncacheable_method'];
}

/** The same as one variable, for the way past the cache. */
function privateMap(cookies: CookieVariables): NginxDirective {
  return map(bypass(cookies).join(''), cookies.isPrivate, [
    ['default', 1],
    ['~^0+$', 0],
  ]);
}

/** Variables that say that an answer must not be stored. */
export function noCache(cookies: CookieVariables): string[] {
  return [
    ...bypass(cookies),
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
    ...cookieLists(rules).map((_, index) => privateMap(cookieVariables(index))),
    map('$upstream_http_vary', '$is_vary_private', [
      ['default', 0],
      ['~*(cookie|authorization|\\*)', 1],
    ]),
    map('$upstream_http_cache_control', '$is_marked_private', [
      ['default', 0],
      ['~*(private|no-store|no-cache)', 1],
    ]),
    because(
      'a page that answers under the name of a static file: web cache deception',
      map('$uri', '$looks_static', [
        ['default', 0],
        ['~*\\.(css|js|mjs|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|map)$', 1],
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
function headerVariable(name: string): string {
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
