/**
 * What becomes of answers that may not be stored, so that nobody waits for one of them, and no old copy outlives it.
 *
 * nginx gives a cold page to one request and lets the others wait. When the answer may not be stored, the next one gets the
 * page, alone again: 200 visitors of a page that takes 100 ms waited 19 s. And when the new answer to an expired page may
 * not be stored, nginx keeps the old one, and goes on serving it. Both end when nginx knows of the *page* that it cannot be
 * stored. It can keep that in the memory of the keys, as the status of an error (`proxy_intercept_errors` with
 * `proxy_cache_valid`), if only a status says so. A status can be made of headers by `X-Accel-Redirect`.
 *
 * So a request is *judged* when others wait for the same page (`cold`), or when it renews one (`expired`): it passes two more
 * locations of the compressor. One adds `X-Accel-Redirect` to an answer that may not be stored; the one before it obeys, and
 * answers with one of the statuses below. The cache keeps the status, and everybody who asks for the page, the judged
 * request first, is sent past the cache. A request that is alone takes the short way, and asks the origin once.
 */
import { bufferArguments, bufferSize, PROXY_BUFFERS } from '../tuning/nginx-memory-budget';
import type { ProxyRules } from '../tuning/proxy-rules';
import { because, block, directive, type NginxDirective } from './nginx-conf';
import { SIGN } from './signs';

/** How long it is remembered of a page that it may not be stored, in seconds: as long as nobody waits for it, and it is not stored. */
const REMEMBERED_SECONDS = { unstorable: 60, failed: 2, compressorBusy: 1 } as const;

/** Header in which servers of this nginx tell each other that a request is judged, and why. */
const JUDGED_HEADER = 'X-Judged';
/** The same, once it has been asked for a verdict. */
const VERDICT_HEADER = 'X-Verdict';
/** Lines of Cache-Control of the origin as one, which an nginx before 1.23 has no variable for. */
const ORIGIN_CACHE_CONTROL = 'X-Origin-Cache-Control';
/** How long an old page may be served, in the words of Cache-Control. */
const STALE_ALLOWANCE = 'X-Stale-Allowance';

/** The variable that nginx has for a header. */
const variable = (of: 'http' | 'upstream_http', name: string) =>
  `$${of}_${name.toLowerCase().replaceAll('-', '_')}`;

const JUDGED = '@judged';
const VERDICT = '@verdict';
const UNSTORABLE = '@unstorable';
const FAILED = '@failed';

/** Of the requests that the cache sends on, those that are judged. */
export function judgedRequests({ coalesce }: ProxyRules): NginxDirective {
  return because(
    'an answer is judged when it renews a page, or when others wait for it',
    block(
      'map',
      ['$upstream_cache_status:$limit_conn_status', '$judged'],
      [
        directive('volatile'),
        directive('default', ''),
        directive('~^EXPIRED', 'expired'),
        ...(coalesce ? [directive('MISS:REJECTED', 'cold')] : []),
      ],
    ),
  );
}

/** Headers of a request to the compressor; those of a client do not get there. */
export function judgedHeaders(why = '$judged'): NginxDirective[] {
  return [
    directive('proxy_set_header', JUDGED_HEADER, why),
    directive('proxy_set_header', VERDICT_HEADER, ''),
  ];
}

/** What the cache remembers of pages, and where it sends who asks for them. */
export function rememberedPages(): NginxDirective[] {
  return [
    because(
      'statuses of this nginx itself: the page is asked of the origin, past the cache',
      directive('proxy_intercept_errors', 'on'),
    ),
    directive('recursive_error_pages', 'on'),
    because(
      'kept in the memory of the keys: who comes next does not wait for a page that may not be stored, nor get an old copy of it',
      directive('proxy_cache_valid', SIGN.unstorable, `${REMEMBERED_SECONDS.unstorable}s`),
    ),
    directive('proxy_cache_valid', SIGN.failed, `${REMEMBERED_SECONDS.failed}s`),
    directive('proxy_cache_valid', SIGN.compressorBusy, `${REMEMBERED_SECONDS.compressorBusy}s`),
  ];
}

/** Statuses of answers that are stored without being told how long they are valid. */
function listedStatuses({ validity, paths }: ProxyRules): number[] {
  const all = [validity, ...paths.map((path) => path.validity ?? [])].flat();
  return [...new Set(all.flatMap(({ statuses }) => statuses))].sort((a, b) => a - b);
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Whether Expires is ahead. nginx cannot compare times, so Expires is written as `$time_iso8601` is, and two such texts are
 * compared: the later one has the greater digit where they first differ. What is no date is not ahead (RFC 9111, section
 * 5.3). Our containers have no time zone, so the clock of nginx is UTC.
 */
function expiry(): NginxDirective[] {
  const greaterDigit = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(
    (digit) => `[${digit + 1}-9][^;]*;\\g{until_there}${digit}`,
  );
  return [
    because(
      'an answer that has expired already is not stored; what is no date has expired',
      block(
        'map',
        ['$upstream_http_expires', '$expiry'],
        [
          directive('default', 'none'),
          directive('', ''),
          ...MONTHS.map((month, index) =>
            directive(
              `~^[A-Z][a-z][a-z], (?<expiry_day>[0-9][0-9]) ${month} (?<expiry_year>[0-9]{4}) (?<expiry_time>[0-9:]{8}) GMT$`,
              `$expiry_year-${String(index + 1).padStart(2, '0')}-\${expiry_day}T$expiry_time`,
            ),
          ),
        ],
      ),
    ),
    block(
      'map',
      ['$expiry;$time_iso8601', '$is_expiry_ahead'],
      [
        directive('default', 'no'),
        directive('~^;', ''),
        directive(`~^(?<until_there>[^;]*)(?:${greaterDigit.join('|')})`, 'yes'),
      ],
    ),
  ];
}

/** Verdicts on answers, for the server that judges. */
export function verdicts(rules: ProxyRules): NginxDirective[] {
  const cacheControl = variable('upstream_http', ORIGIN_CACHE_CONTROL);
  return [
    because(
      'what the origin says of storing: nothing, that it must not be, or for how long',
      block(
        'map',
        [cacheControl, '$says_storing'],
        [
          directive('default', ''),
          directive('~*(private|no-store|no-cache)', 'no'),
          directive('~*s-maxage="?0+(?![0-9])', 'no'),
          directive('~*s-maxage=', 'yes'),
          directive('~*max-age="?0+(?![0-9])', 'no'),
          directive('~*max-age=', 'yes'),
        ],
      ),
    ),
    ...expiry(),
    block(
      'map',
      ['$upstream_http_x_accel_expires:$says_storing:$is_expiry_ahead', '$is_storing_allowed'],
      [
        directive('default', ''),
        directive('~^0+:', 'no'),
        directive('~^@?0*[1-9]', 'yes'),
        directive('~^:(yes|no):', '$says_storing'),
        directive('~^::(yes|no)$', '$is_expiry_ahead'),
      ],
    ),
    block(
      'map',
      ['$upstream_status', '$kind_of_status'],
      [
        directive('default', 'unlisted'),
        directive('206', 'part'),
        directive('304', 'unchanged'),
        ...listedStatuses(rules).map((status) => directive(`${status}`, 'listed')),
        directive('429', 'outage'),
        directive('~^5', 'outage'),
        directive('~^4', 'error'),
      ],
    ),
    block(
      'map',
      [
        `${variable('http', VERDICT_HEADER)}:$kind_of_status:$is_storing_allowed:` +
          '$is_vary_private$is_deception:$upstream_http_set_cookie',
        '$verdict',
      ],
      [
        directive('default', UNSTORABLE),
        because('an old page is better than none', directive('~^expired:(outage|unchanged):', '')),
        directive('~^[a-z]+:(outage|error):', FAILED),
        directive('~^[a-z]+:listed:(yes)?:00:$', ''),
        directive('~^[a-z]+:unlisted:yes:00:$', ''),
      ],
    ),
    because(
      'headers that would forbid to remember the verdict',
      block(
        'map',
        ['$verdict', '$kept_cache_control'],
        [directive('default', ''), directive('', cacheControl)],
      ),
    ),
    block(
      'map',
      ['$verdict', '$kept_allowance'],
      [directive('default', ''), directive('', variable('upstream_http', STALE_ALLOWANCE))],
    ),
    block(
      'map',
      ['$verdict', '$kept_expires'],
      [directive('default', ''), directive('', '$upstream_http_expires')],
    ),
  ];
}

/**
 * How long a page may be served when it is no longer valid: while it is renewed, and when the origin fails. nginx takes it
 * from Cache-Control, so a page whose origin forbids it (RFC 9111: must-revalidate, proxy-revalidate, s-maxage) gets none.
 */
export function staleAllowance({ staleSeconds }: ProxyRules): NginxDirective[] {
  return [
    because(
      'an old page is served while it is renewed, unless its origin forbids it or says how long',
      block(
        'map',
        ['$sent_http_cache_control', '$stale_allowance'],
        [
          directive('default', staleSeconds === 0 ? '' : `stale-while-revalidate=${staleSeconds}`),
          directive(
            '~*(must-revalidate|proxy-revalidate|s-maxage|stale-while-revalidate|stale-if-error)',
            '',
          ),
        ],
      ),
    ),
  ];
}

/** Headers of the compressor for the cache. The first has the origin's lines alone, so it comes before the allowance. */
export function headersForCache(): NginxDirective[] {
  return [
    directive('proxy_hide_header', ORIGIN_CACHE_CONTROL),
    directive('proxy_hide_header', STALE_ALLOWANCE),
    directive('add_header', ORIGIN_CACHE_CONTROL, '$sent_http_cache_control', 'always'),
    directive('add_header', STALE_ALLOWANCE, '$stale_allowance', 'always'),
    directive('add_header', 'Cache-Control', '$stale_allowance', 'always'),
  ];
}

/** What clients see of them: what the origin said. */
export function headersForClients(): NginxDirective[] {
  return [
    ...[ORIGIN_CACHE_CONTROL, STALE_ALLOWANCE, 'Cache-Control'].map((name) =>
      directive('proxy_hide_header', name),
    ),
    directive('add_header', 'Cache-Control', variable('upstream_http', ORIGIN_CACHE_CONTROL), 'always'),
  ];
}

/** In the location of the compressor that asks the origin: judged requests go another way first. */
export function judgedRequestsAway(): NginxDirective[] {
  const away = (header: string, sign: number, location: string) => [
    directive('error_page', sign, '=', location),
    block('if', [`(${variable('http', header)})`], [directive('return', sign)]),
  ];
  return [...away(JUDGED_HEADER, SIGN.crowd, JUDGED), ...away(VERDICT_HEADER, SIGN.unstorable, VERDICT)];
}

/**
 * The other locations of the compressor. A judged request passes it three times: `@judged` asks for a verdict and obeys it,
 * `@verdict` adds it to the answer, and the origin is asked in between as by any other request.
 */
export function judge(rules: ProxyRules, seconds: number): NginxDirective[] {
  return [
    because(
      'an answer that may not be stored becomes a status, which the cache can remember',
      block(
        'location',
        [JUDGED],
        [
          ...internalWay(rules, seconds),
          directive('proxy_set_header', JUDGED_HEADER, ''),
          directive('proxy_set_header', VERDICT_HEADER, variable('http', JUDGED_HEADER)),
          directive('proxy_pass', 'http://compressor'),
        ],
      ),
    ),
    block('location', [UNSTORABLE], [directive('return', SIGN.unstorable)]),
    block('location', [FAILED], [directive('return', SIGN.failed)]),
    block(
      'location',
      [VERDICT],
      [
        ...internalWay(rules, seconds),
        directive('proxy_set_header', VERDICT_HEADER, ''),
        directive('proxy_ignore_headers', 'X-Accel-Redirect'),
        ...['Set-Cookie', 'Cache-Control', 'Expires'].map((name) => directive('proxy_hide_header', name)),
        directive('add_header', 'Cache-Control', '$kept_cache_control', 'always'),
        directive('add_header', 'Cache-Control', '$kept_allowance', 'always'),
        directive('add_header', 'Expires', '$kept_expires', 'always'),
        directive('add_header', 'X-Accel-Redirect', '$verdict', 'always'),
        directive('proxy_pass', 'http://compressor'),
      ],
    ),
  ];
}

/** Between servers of this nginx. */
function internalWay({ connectSeconds }: ProxyRules, seconds: number): NginxDirective[] {
  return [
    directive('proxy_http_version', '1.1'),
    directive('proxy_set_header', 'Connection', ''),
    directive('proxy_set_header', 'Host', '$http_host'),
    directive('proxy_connect_timeout', `${connectSeconds}s`),
    directive('proxy_read_timeout', `${seconds}s`),
    directive('proxy_send_timeout', `${seconds}s`),
    directive('proxy_buffers', ...bufferArguments(PROXY_BUFFERS.proxy)),
    directive('proxy_buffer_size', bufferSize(PROXY_BUFFERS.answerHeader)),
    directive('proxy_max_temp_file_size', 0),
    directive('proxy_pass_header', 'X-Accel-Expires'),
  ];
}
