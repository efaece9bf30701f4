/** What makes a page another one: its key, its encoding, and which requests are for the same page. */
import { UPSTREAM_ZONE_BYTES } from '../tuning/nginx-tuning';
import type { ProxyRules } from '../tuning/proxy-rules';
import { because, block, directive, type NginxDirective, nginxSize } from './nginx-conf';
import { keepsSpelling, keyVariable } from './privacy-rules-emitter';

/** Parts divided by `|`, which only the last one, path and query, can hold: no two requests have the same key by chance. */
export function pageKey(rules: ProxyRules): string {
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
export function keptArguments({ key: { queryParameters } }: ProxyRules): NginxDirective[] {
  if (!queryParameters) return [];
  return [
    because(
      'parameters that are not part of the key do not reach the origin',
      directive('set', '$args', queryParameters.map((_, index) => keyVariable('query', index)).join('')),
    ),
  ];
}

export function varied({ key: { headers } }: ProxyRules): string {
  return ['Accept-Encoding', ...headers].join(', ');
}

/** Of what is asked: as the client sent it, but where the query is made anew. */
export function pathFor(rules: ProxyRules): string {
  return keepsSpelling(rules) ? '$raw_path$is_args$args' : '';
}

/** Bytes of a key from which on nginx would not count it: it takes 255. */
const MAX_COUNTED_KEY = 250;

/**
 * Which requests are for the same page at the same time. Pages with very long names count as one, and a full zone makes
 * everybody part of a crowd; neither is harm, it only has an answer judged.
 */
export function crowds(rules: ProxyRules): NginxDirective[] {
  return [
    block(
      'map',
      [pageKey(rules), '$page_in_demand'],
      [directive('default', pageKey(rules)), directive(`~(?s)^.{${MAX_COUNTED_KEY}}`, 'long')],
    ),
    directive('limit_conn_zone', '$page_in_demand', `zone=crowds:${nginxSize(UPSTREAM_ZONE_BYTES.crowds)}`),
  ];
}

/** A page is stored as it is and compressed, each when somebody asks for it, so that nothing is done to it for a hit. */
export function encodings(): NginxDirective[] {
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
