/** The way to the origin: the upstream, and the hop that compresses. */
import {
  bufferArguments,
  bufferSize,
  COMPRESSING_BUFFERS,
  type NginxBuffers,
} from '../tuning/nginx-memory-budget';
import { type ProxyTuning, UPSTREAM_ZONE_BYTES } from '../tuning/nginx-tuning';
import { COMPRESS_PORT, type ProxyRules } from '../tuning/proxy-rules';
import { remainingLife } from './age-emitter';
import { grpcUpstream } from './grpc-paths-emitter';
import { headersForCache, judge, judgedRequestsAway } from './judge-emitter';
import { because, block, directive, type NginxDirective } from './nginx-conf';
import { anonymousHeaders } from './request-headers-emitter';
import { SIGN } from './signs';

export function upstreams(rules: ProxyRules): NginxDirective[] {
  const servers = (zone: string) => [
    ...originServer(rules, zone),
    ...keptConnections(rules.tuning, rules.idleSeconds),
  ];
  return [
    block('upstream', ['origin'], servers('origin')),
    ...grpcUpstream(rules, servers),
    block(
      'upstream',
      ['compressor'],
      [
        directive('server', `127.0.0.1:${COMPRESS_PORT}`, 'max_fails=0'),
        directive('keepalive', rules.tuning.keptConnections),
      ],
    ),
  ];
}

function originServer({ origin }: ProxyRules, zone: string): NginxDirective[] {
  return [
    directive('zone', zone, bufferSize(UPSTREAM_ZONE_BYTES.origin)),
    because(
      'what it names checks the health of what is behind it; with one server a count of failures would only take it away',
      directive(
        'server',
        `${origin.host}:${origin.port}`,
        'max_fails=0',
        ...(origin.resolve ? ['resolve'] : []),
      ),
    ),
  ];
}

export function keptConnections(
  { keptConnections: most }: ProxyTuning,
  idleSeconds: number,
): NginxDirective[] {
  return [
    directive('keepalive', most),
    directive('keepalive_requests', 10_000),
    because(
      'shorter than the other side keeps idle connections, or requests meet a connection that is being closed',
      directive('keepalive_timeout', `${idleSeconds}s`),
    ),
  ];
}

/** Sends a request to the origin itself; over TLS only to the one that the certificate is for. */
export function askOrigin({ originTls: tls }: ProxyRules, path = ''): NginxDirective[] {
  if (!tls) return [directive('proxy_pass', `http://origin${path}`)];
  return [
    directive('proxy_ssl_server_name', 'on'),
    directive('proxy_ssl_name', tls.name),
    because(
      'a certificate for another name, or of an unknown authority, is an error',
      directive('proxy_ssl_verify', 'on'),
    ),
    directive('proxy_ssl_verify_depth', 4),
    directive('proxy_ssl_trusted_certificate', tls.authorities),
    directive('proxy_ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
    directive('proxy_pass', `https://origin${path}`),
  ];
}

/** Types that are worth compressing; pictures and fonts are compressed already. */
const COMPRESSED_TYPES = [
  'text/plain',
  'text/css',
  'text/xml',
  'text/javascript',
  'application/javascript',
  'application/json',
  'application/xml',
  'application/wasm',
  'image/svg+xml',
  'font/ttf',
];

/** Answers are compressed here. */
export function compression(): NginxDirective[] {
  return [
    directive('gzip', 'on'),
    directive('gzip_comp_level', 6),
    directive('gzip_min_length', 1024),
    directive('gzip_proxied', 'any'),
    directive('gzip_types', ...COMPRESSED_TYPES),
    directive('gzip_buffers', ...bufferArguments(COMPRESSING_BUFFERS.gzip)),
    because(
      'half of the memory that compressing takes by default',
      directive('gzip_window', bufferSize(COMPRESSING_BUFFERS.gzipWindow)),
    ),
    directive('gzip_hash', bufferSize(COMPRESSING_BUFFERS.gzipHash)),
  ];
}

/** Time that an answer may take on the way through the compressor and back to it. */
function judgedSeconds(rules: ProxyRules): number {
  return 2 * rules.connectSeconds + longestResponse(rules);
}

/** Between cache and origin: an answer is compressed once, when it is stored, not for every client. */
export function compressor(rules: ProxyRules): NginxDirective {
  return because(
    'compresses an answer once, on its way into the cache',
    block(
      'server',
      [],
      [
        directive('listen', `127.0.0.1:${COMPRESS_PORT}`),
        directive('access_log', 'off'),
        directive('client_max_body_size', 0),
        block(
          'location',
          ['/'],
          [
            ...judgedRequestsAway(),
            because(
              'compressing takes memory: who finds it busy gets its page from the origin, and it is stored another time',
              directive('limit_conn', 'compressor', rules.tuning.compressions),
            ),
            directive('limit_conn_status', SIGN.compressorBusy),
            directive('limit_conn_log_level', 'info'),
            ...compression(),
            directive('gzip_vary', 'off'),
            directive('proxy_http_version', '1.1'),
            directive('proxy_set_header', 'Connection', ''),
            directive('proxy_set_header', 'Host', '$http_host'),
            because(
              'the origin does not compress, this server does',
              directive('proxy_set_header', 'Accept-Encoding', ''),
            ),
            directive('proxy_pass_header', 'X-Accel-Expires'),
            directive('proxy_ignore_headers', 'X-Accel-Redirect'),
            ...anonymousHeaders(rules),
            ...(rules.features.joinsHeaders
              ? [
                  because(
                    'so its answer does not vary by encoding: with it, every spelling of the header would be a page of its own',
                    directive('proxy_hide_header', 'Vary'),
                  ),
                  directive('add_header', 'Vary', '$vary_but_encoding', 'always'),
                ]
              : []),
            remainingLife(),
            ...headersForCache(),
            directive('proxy_connect_timeout', `${rules.connectSeconds}s`),
            directive('proxy_read_timeout', `${longestResponse(rules)}s`),
            directive('proxy_send_timeout', `${longestResponse(rules)}s`),
            directive('proxy_next_upstream', 'error', 'timeout', 'http_502', 'http_503'),
            directive('proxy_next_upstream_tries', 2),
            ...answerBuffers(COMPRESSING_BUFFERS),
            directive('proxy_max_temp_file_size', 0),
            directive('proxy_request_buffering', 'off'),
            ...askOrigin(rules),
          ],
        ),
        ...judge(rules, judgedSeconds(rules)),
      ],
    ),
  );
}

/** Buffers for what an upstream answers. */
export function answerBuffers({ proxy, answerHeader }: NginxBuffers): NginxDirective[] {
  return [
    directive('proxy_buffers', ...bufferArguments(proxy)),
    directive('proxy_buffer_size', bufferSize(answerHeader)),
    // By default it is twice the beginning of an answer, which must leave a buffer free.
    ...(2 * answerHeader < (proxy.count - 1) * proxy.size
      ? []
      : [directive('proxy_busy_buffers_size', bufferSize(answerHeader))]),
  ];
}

/** Time that the slowest path may take. */
export function longestResponse({ responseSeconds, paths }: ProxyRules): number {
  return Math.max(responseSeconds, ...paths.map((path) => path.responseSeconds ?? 0));
}

/** `Vary` of the origin without the encoding, which it is not asked for; other lists stay as they are. */
export function varyMap(): NginxDirective {
  return block(
    'map',
    ['$upstream_http_vary', '$vary_but_encoding'],
    [directive('default', '$upstream_http_vary'), directive('~*^ *accept-encoding *$', '')],
  );
}
