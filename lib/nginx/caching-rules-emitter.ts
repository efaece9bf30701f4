/**
 * The configuration of the caching proxy. What each rule prevents was first observed without it (docs/constructs/
 * nginx-caching-proxy.md): private answers served to strangers, poisoned pages, herds on the origin, a full disk.
 *
 * No `$1`…`$9` anywhere: unnamed captures together with background updates disclose memory before 1.30.4
 * (CVE-2026-60005).
 */
import { MIB } from '../units/quantity';
import { because, block, directive, type NginxDirective } from './nginx-conf-emitter';
import type { CacheValidity, ProxyTuning } from './nginx-tuning';
import { BYPASS, NO_CACHE, privacyRules } from './privacy-rules-emitter';

export interface ProxyRules {
  readonly tuning: ProxyTuning;
  readonly cacheBytes: number;
  readonly inactiveSeconds: number;
  readonly validity: readonly CacheValidity[];
  /** Hosts that are served; when empty, every host gets the same site. */
  readonly hosts: readonly string[];
  /** Host and port of the origin. */
  readonly origin: { readonly host: string; readonly port: number };
  /** Whether an Ingress or a Gateway stands in front, which says who the client is. */
  readonly behindProxy: boolean;
  /** Names of cookies that make no answer private; a trailing `*` stands for any ending. */
  readonly ignoredCookies: readonly string[];
  readonly cacheVersion?: string;
  readonly coalesce: boolean;
  readonly connectSeconds: number;
  readonly responseSeconds: number;
  readonly idleSeconds: number;
  readonly maxRequestBodyBytes: number;
  readonly drainSeconds: number;
}

export const PROXY_PORT = 8080;
export const STATUS_PORT = 8081;
const COMPRESS_PORT = 8082;
export const CACHE_DIRECTORY = '/var/cache/nginx';
const KEEPALIVE_CONNECTIONS = 64;

export function cachingProxy(rules: ProxyRules): NginxDirective[] {
  const { tuning } = rules;
  return [
    because(
      'as many as the CPU limit allows; "auto" would count the cores of the node',
      directive('worker_processes', tuning.workers),
    ),
    because(
      'two connections per proxied request, and the files that are kept open',
      directive('worker_rlimit_nofile', tuning.fileDescriptors),
    ),
    because(
      'inside the grace period of the pod',
      directive('worker_shutdown_timeout', `${rules.drainSeconds}s`),
    ),
    directive('pcre_jit', 'on'),
    directive('pid', '/tmp/nginx.pid'),
    directive('error_log', 'stderr', 'warn'),
    block('events', [], [directive('worker_connections', tuning.workerConnections)]),
    block(
      'http',
      [],
      [
        ...basics(rules),
        ...store(rules),
        ...privacyRules(rules.ignoredCookies),
        ...upstreams(rules),
        compressor(),
        ...strangers(rules),
        site(rules),
        status(),
      ],
    ),
  ];
}

function basics(rules: ProxyRules): NginxDirective[] {
  const { openFiles } = rules.tuning;
  return [
    directive('default_type', 'application/octet-stream'),
    directive('server_tokens', 'off'),
    directive(
      'log_format',
      'cache',
      'escape=json',
      '{"time":"$time_iso8601","host":"$host","method":"$request_method","uri":"$request_uri","status":$status,' +
        '"bytes":$body_bytes_sent,"seconds":$request_time,"upstream_seconds":"$upstream_response_time",' +
        '"cache":"$upstream_cache_status"}',
    ),
    directive('access_log', '/dev/stdout', 'cache', 'buffer=64k', 'flush=5s'),
    directive('sendfile', 'on'),
    directive('tcp_nopush', 'on'),
    because(
      'cached files stay open; without it a hit took 25 % more CPU',
      directive('open_file_cache', `max=${openFiles}`, 'inactive=60s'),
    ),
    directive('open_file_cache_valid', '30s'),
    directive('keepalive_timeout', '65s'),
    directive('keepalive_requests', 10_000),
    directive('reset_timedout_connection', 'on'),
    directive('client_header_timeout', '10s'),
    directive('client_body_timeout', '10s'),
    directive('send_timeout', '10s'),
    directive('client_max_body_size', rules.maxRequestBodyBytes),
    directive('client_body_temp_path', '/tmp/body'),
    directive('proxy_temp_path', `${CACHE_DIRECTORY}/temp`),
    directive('fastcgi_temp_path', '/tmp/fastcgi'),
    directive('uwsgi_temp_path', '/tmp/uwsgi'),
    directive('scgi_temp_path', '/tmp/scgi'),
    because(
      'room for the longest host name; with the default nginx would not start',
      directive('server_names_hash_bucket_size', 512),
    ),
  ];
}

function store({ tuning, cacheBytes, inactiveSeconds }: ProxyRules): NginxDirective[] {
  return [
    because(
      'the zone holds every key of a full cache; the volume is larger than max_size, which is looked at every 10 s only',
      directive(
        'proxy_cache_path',
        `${CACHE_DIRECTORY}/pages`,
        'levels=1:2',
        `keys_zone=pages:${size(tuning.keysZoneBytes)}`,
        `max_size=${size(cacheBytes)}`,
        `inactive=${time(inactiveSeconds)}`,
        'use_temp_path=off',
      ),
    ),
  ];
}

function upstreams({ origin, idleSeconds }: ProxyRules): NginxDirective[] {
  return [
    block(
      'upstream',
      ['origin'],
      [
        directive('zone', 'origin', '128k'),
        because(
          'the Service checks the health of what is behind it; with one server a count of failures would only take it away',
          directive('server', `${origin.host}:${origin.port}`, 'max_fails=0'),
        ),
        directive('keepalive', KEEPALIVE_CONNECTIONS),
        directive('keepalive_requests', 10_000),
        because(
          'shorter than the origin keeps idle connections, or requests meet a connection that is being closed',
          directive('keepalive_timeout', `${idleSeconds}s`),
        ),
      ],
    ),
    block(
      'upstream',
      ['compressor'],
      [
        directive('server', `127.0.0.1:${COMPRESS_PORT}`, 'max_fails=0'),
        directive('keepalive', KEEPALIVE_CONNECTIONS),
      ],
    ),
  ];
}

/** Between cache and origin: an answer is compressed once, when it is stored, not for every client. */
function compressor(): NginxDirective {
  return because(
    'compresses an answer once, on its way into the cache',
    block(
      'server',
      [],
      [
        directive('listen', `127.0.0.1:${COMPRESS_PORT}`),
        directive('access_log', 'off'),
        directive('client_max_body_size', 0),
        directive('gzip', 'on'),
        directive('gzip_comp_level', 6),
        directive('gzip_min_length', 1024),
        directive('gzip_proxied', 'any'),
        directive('gzip_vary', 'off'),
        directive(
          'gzip_types',
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
        ),
        block(
          'location',
          ['/'],
          [
            directive('proxy_http_version', '1.1'),
            directive('proxy_set_header', 'Connection', ''),
            directive('proxy_set_header', 'Host', '$http_host'),
            because(
              'the origin does not compress, this server does',
              directive('proxy_set_header', 'Accept-Encoding', ''),
            ),
            directive('proxy_buffers', 16, '16k'),
            directive('proxy_buffer_size', '16k'),
            directive('proxy_max_temp_file_size', 0),
            directive('proxy_request_buffering', 'off'),
            directive('proxy_pass', 'http://origin'),
          ],
        ),
      ],
    ),
  );
}

/** Hosts that are not ours never reach the cache, which random ones would fill. */
function strangers({ hosts }: ProxyRules): NginxDirective[] {
  if (hosts.length === 0) return [];
  return [
    block(
      'server',
      [],
      [
        directive('listen', PROXY_PORT, 'default_server', 'backlog=4096'),
        directive('server_name', '_'),
        directive('return', 421),
      ],
    ),
  ];
}

function site(rules: ProxyRules): NginxDirective {
  const { hosts, origin } = rules;
  const anyHost = hosts.length === 0;
  const host = anyHost ? origin.host : '$host';
  return block(
    'server',
    [],
    [
      directive('listen', PROXY_PORT, ...(anyHost ? ['default_server', 'backlog=4096'] : [])),
      directive('server_name', ...(anyHost ? ['_'] : hosts)),
      because('for clients that take no gzip', directive('gunzip', 'on')),
      ...caching(rules),
      directive('add_header', 'X-Cache-Status', '$upstream_cache_status', 'always'),
      directive('add_header', 'Vary', 'Accept-Encoding', 'always'),
      ...requestHeaders(rules, host),
      directive('proxy_http_version', '1.1'),
      directive('proxy_connect_timeout', `${rules.connectSeconds}s`),
      directive('proxy_read_timeout', `${rules.responseSeconds}s`),
      directive('proxy_send_timeout', `${rules.responseSeconds}s`),
      directive('proxy_next_upstream', 'error', 'timeout', 'http_502', 'http_503'),
      directive('proxy_next_upstream_tries', 2),
      directive('proxy_buffers', 16, '16k'),
      directive('proxy_buffer_size', '16k'),
      because(
        'answers that are not cached are not written to the volume',
        directive('proxy_max_temp_file_size', 0),
      ),
      block('location', ['/'], [directive('proxy_pass', 'http://compressor')]),
    ],
  );
}

function caching(rules: ProxyRules): NginxDirective[] {
  const version = rules.cacheVersion === undefined ? '' : `${rules.cacheVersion}|`;
  const host = rules.hosts.length === 0 ? '' : '$host|';
  const lockSeconds = rules.connectSeconds + rules.responseSeconds;
  const stale = ['error', 'timeout', 'invalid_header', ...(rules.coalesce ? ['updating'] : [])];
  return [
    directive('proxy_cache', 'pages'),
    because(
      'without the method: HEAD is answered from what GET stored',
      directive('proxy_cache_key', `${version}$client_scheme|${host}$request_uri`),
    ),
    directive('proxy_cache_methods', 'GET', 'HEAD'),
    ...rules.validity.map(({ statuses, seconds }) =>
      directive('proxy_cache_valid', ...statuses, time(seconds)),
    ),
    ...(rules.coalesce
      ? [
          because(
            'one request fetches a cold page, the others wait for it',
            directive('proxy_cache_lock', 'on'),
          ),
          because(
            'as long as the origin may take to answer: never a second fetch while the first may still succeed',
            directive('proxy_cache_lock_timeout', `${lockSeconds}s`),
          ),
          directive('proxy_cache_lock_age', `${lockSeconds}s`),
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
    because('private requests are not answered from the cache …', directive('proxy_cache_bypass', ...BYPASS)),
    because('… and private answers are not stored', directive('proxy_no_cache', ...NO_CACHE)),
  ];
}

/** What the origin is told about the client; whatever else could change its answer is not part of the key, so it goes. */
function requestHeaders({ behindProxy }: ProxyRules, host: string): NginxDirective[] {
  const removed = [
    'Forwarded',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Forwarded-Scheme',
    'X-HTTP-Method-Override',
    'X-Forwarded-Prefix',
    'X-Forwarded-Port',
    'X-Forwarded-Server',
    'Proxy',
  ];
  return [
    directive('proxy_set_header', 'Connection', ''),
    directive('proxy_set_header', 'Host', host),
    directive('proxy_set_header', 'X-Forwarded-Host', host),
    directive('proxy_set_header', 'X-Forwarded-Proto', '$client_scheme'),
    directive(
      'proxy_set_header',
      'X-Forwarded-For',
      behindProxy ? '$proxy_add_x_forwarded_for' : '$remote_addr',
    ),
    directive('proxy_set_header', 'X-Real-IP', behindProxy ? '' : '$remote_addr'),
    directive('proxy_set_header', 'Cookie', '$cookie_to_origin'),
    because('one variant in the cache', directive('proxy_set_header', 'Accept-Encoding', 'gzip')),
    ...removed.map((name) => directive('proxy_set_header', name, '')),
  ];
}

/** For the kubelet and the exporter: answers without the origin. */
function status(): NginxDirective {
  return block(
    'server',
    [],
    [
      directive('listen', STATUS_PORT),
      directive('access_log', 'off'),
      block('location', ['=', '/healthz'], [directive('return', 200, 'ok')]),
      block(
        'location',
        ['=', '/stub_status'],
        [directive('allow', '127.0.0.1'), directive('deny', 'all'), directive('stub_status')],
      ),
      block('location', ['/'], [directive('return', 404)]),
    ],
  );
}

function size(bytes: number): string {
  if (bytes % (1024 * MIB) === 0) return `${bytes / (1024 * MIB)}g`;
  return bytes % MIB === 0 ? `${bytes / MIB}m` : `${bytes}`;
}

function time(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
