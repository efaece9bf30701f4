import { because, block, directive, type NginxDirective } from './nginx-conf-emitter';

/** Variables that say that an answer must not be stored. */
export const NO_CACHE = [
  '$is_authorized',
  '$is_session',
  '$is_uncacheable_method',
  '$is_vary_private',
  '$is_marked_private',
  '$is_deception',
  '$upstream_http_set_cookie',
];
/** Variables that say that a request must not be answered from the cache. */
export const BYPASS = ['$is_authorized', '$is_session', '$is_uncacheable_method'];

/** Maps that tell private requests and answers from public ones. */
export function privacyRules(ignoredCookies: readonly string[]): NginxDirective[] {
  return [
    because(
      'a request with credentials has a private answer',
      map('$http_authorization', '$is_authorized', [
        ['default', 1],
        ['', 0],
      ]),
    ),
    because(
      'so has one with a cookie, unless all of its cookies are known to make no difference',
      map('$http_cookie', '$is_session', [
        ['default', 1],
        ['', 0],
        ...(ignoredCookies.length > 0 ? [[cookiePattern(ignoredCookies), 0] as const] : []),
      ]),
    ),
    because(
      'cookies that make no difference do not reach the origin',
      map('$is_session', '$cookie_to_origin', [
        [1, '$http_cookie'],
        ['default', ''],
      ]),
    ),
    map('$request_method', '$is_uncacheable_method', [
      ['default', 1],
      ['GET', 0],
      ['HEAD', 0],
    ]),
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
      'the scheme that the client used, from a list; it is part of the key',
      map('$http_x_forwarded_proto', '$client_scheme', [
        ['default', 'http'],
        ['https', 'https'],
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
