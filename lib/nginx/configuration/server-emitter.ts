/** What every nginx of ours has, whether it caches or routes: processes, limits, logs, listeners, the status server. */
import { MIB } from '../../units/quantity';
import {
  bufferArguments,
  bufferSize,
  explainNginxMemory,
  NGINX_MEMORY_SHARE,
  PROXY_BUFFERS,
} from '../tuning/nginx-memory-budget';
import { type ProxyTuning, TLS_SESSIONS_BYTES } from '../tuning/nginx-tuning';
import {
  CLIENT_TLS_DIRECTORY,
  METRICS_LOG,
  type PathRules,
  PLACEHOLDER,
  PROXY_PORT,
  type ProxyRules,
  SCRATCH_DIRECTORY,
  STATUS_PORT,
  TLS_PORT,
} from '../tuning/proxy-rules';
import { CACHE_METRICS_FORMAT, PAST_CACHE_METRICS_FORMAT } from './cache-metrics-emitter';
import { isGrpc } from './grpc-paths-emitter';
import { because, block, directive, type NginxDirective } from './nginx-conf';

/** The main context, with the directives of `http`. */
export function server(
  { workers, fileDescriptors, workerConnections, memory }: ProxyTuning,
  drainSeconds: number,
  http: readonly NginxDirective[],
): NginxDirective[] {
  return [
    because(
      'as many as the CPU limit allows; "auto" would count the cores of the node',
      directive('worker_processes', workers),
    ),
    because(
      'connections, the files that they read or write, and the files that are kept open',
      directive('worker_rlimit_nofile', fileDescriptors),
    ),
    because('inside the grace period of the pod', directive('worker_shutdown_timeout', `${drainSeconds}s`)),
    directive('pcre_jit', 'on'),
    directive('pid', `${SCRATCH_DIRECTORY}/nginx.pid`),
    directive('error_log', 'stderr', 'warn'),
    block(
      'events',
      [],
      [
        because(
          `at the worst ${explainNginxMemory(memory)}, ${NGINX_MEMORY_SHARE} of the memory limit at most`,
          directive('worker_connections', workerConnections),
        ),
      ],
    ),
    block('http', [], http),
  ];
}

/** The log for people, and the one for the exporter of cache metrics in a format of its own. */
export function logs(metricsFormat: 'metrics' | 'past_cache' | undefined): NginxDirective[] {
  return [
    directive('access_log', '/dev/stdout', 'cache', 'buffer=64k', 'flush=5s'),
    ...(metricsFormat === undefined
      ? []
      : [
          because(
            'for the exporter of cache metrics, which reads it from there',
            directive('access_log', METRICS_LOG, metricsFormat, 'buffer=16k', 'flush=1s'),
          ),
        ]),
  ];
}

export function basics(
  rules: Pick<ProxyRules, 'maxRequestBodyBytes' | 'cacheMetrics' | 'tuning' | 'features'>,
): NginxDirective[] {
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
    ...(rules.cacheMetrics
      ? [
          directive('log_format', 'metrics', CACHE_METRICS_FORMAT),
          directive('log_format', 'past_cache', PAST_CACHE_METRICS_FORMAT),
        ]
      : []),
    ...logs(rules.cacheMetrics ? 'metrics' : undefined),
    because(
      'small pages take less CPU when they are read and sent together with their headers, large ones more',
      directive('sendfile', rules.tuning.sendfile ? 'on' : 'off'),
    ),
    directive('tcp_nopush', 'on'),
    directive('keepalive_timeout', '65s'),
    directive('keepalive_requests', 10_000),
    directive('reset_timedout_connection', 'on'),
    directive('client_header_timeout', '10s'),
    directive('client_body_timeout', '10s'),
    directive('send_timeout', '10s'),
    directive('client_max_body_size', rules.maxRequestBodyBytes),
    directive('client_header_buffer_size', bufferSize(PROXY_BUFFERS.clientHeader)),
    directive('large_client_header_buffers', ...bufferArguments(PROXY_BUFFERS.largeClientHeaders)),
    ...(rules.features.limitsHeaders && PROXY_BUFFERS.headerLines !== undefined
      ? [
          because(
            'a line of a few bytes costs as much memory as a long one',
            directive('max_headers', PROXY_BUFFERS.headerLines),
          ),
        ]
      : []),
    directive('client_body_buffer_size', bufferSize(PROXY_BUFFERS.clientBody)),
    directive('output_buffers', ...bufferArguments(PROXY_BUFFERS.output)),
    directive('client_body_temp_path', `${SCRATCH_DIRECTORY}/body`),
    because(
      'not on the volume of the cache: an answer that finds it full is served all the same, only not stored',
      directive('proxy_temp_path', `${SCRATCH_DIRECTORY}/proxy`),
    ),
    directive('fastcgi_temp_path', `${SCRATCH_DIRECTORY}/fastcgi`),
    directive('uwsgi_temp_path', `${SCRATCH_DIRECTORY}/uwsgi`),
    directive('scgi_temp_path', `${SCRATCH_DIRECTORY}/scgi`),
    because(
      'room for the longest host name; with the default nginx would not start',
      directive('server_names_hash_bucket_size', 512),
    ),
  ];
}

/** Bodies of requests are passed on as they come: no request that has one is answered from the cache, or stored. */
export function streamedBodies(): NginxDirective[] {
  return [
    because(
      'a body is passed on as it comes, and takes no disk; what was passed on in part is not tried again',
      directive('proxy_request_buffering', 'off'),
    ),
  ];
}

/** The largest body of a path that has a limit of its own. */
export function bodyLimit({
  maxRequestBodyBytes: most,
}: Pick<PathRules, 'maxRequestBodyBytes'>): NginxDirective[] {
  return most === undefined ? [] : [directive('client_max_body_size', most)];
}

/** Who the client is, where a load balancer says so before the connection. */
export function clientAddress({ proxyProtocol }: Pick<ProxyRules, 'proxyProtocol'>): NginxDirective[] {
  if (!proxyProtocol) return [];
  return [
    because(
      'only the load balancer is believed when it says who the client is',
      directive('real_ip_header', 'proxy_protocol'),
    ),
    ...proxyProtocol.map((range) => directive('set_real_ip_from', range)),
  ];
}

/** Where names of upstreams are looked up, again and again; the start script knows the servers. */
export function resolver(): NginxDirective {
  return because(
    'the DNS servers of the pod, filled in when it starts; a name that has a new address is followed within 10 s',
    directive('resolver', PLACEHOLDER.dnsServers, 'valid=10s'),
  );
}

/** The scheme that the client used; it is part of the key. */
export function clientScheme({ clientTls }: Pick<ProxyRules, 'clientTls'>): NginxDirective {
  return because(
    'the scheme that the client used, from a list; it is part of the key',
    block(
      'map',
      [clientTls ? '$scheme' : '$http_x_forwarded_proto', '$client_scheme'],
      [directive('default', 'http'), directive('https', 'https')],
    ),
  );
}

type Clients = Pick<ProxyRules, 'hosts' | 'clientTls' | 'features' | 'proxyProtocol' | 'paths'>;

/** How the server of the site listens, and for whom. */
export function siteListeners(clients: Clients): NginxDirective[] {
  const { hosts, clientTls, features } = clients;
  const isDefault = hosts.length === 0;
  return [
    ...listen(clients, clientTls, isDefault),
    directive('server_name', ...(isDefault ? ['_'] : hosts)),
    ...(clientTls ? clientCertificate(features) : plainHttp2(clients)),
  ];
}

/** Servers beside the site: for hosts that are not ours, and from HTTP to HTTPS where nginx speaks TLS. */
export function otherServers(clients: Clients): NginxDirective[] {
  const { hosts, clientTls, features } = clients;
  const refuse = (tls: boolean) =>
    block(
      'server',
      [],
      [
        ...listen(clients, tls, true),
        directive('server_name', '_'),
        ...(tls ? clientCertificate(features) : clientTls ? [] : plainHttp2(clients)),
        directive('return', 421),
      ],
    );
  const listed = hosts.length > 0;
  return [
    // Random hosts would fill the cache, so they never reach it.
    ...(listed ? [refuse(clientTls)] : []),
    ...(clientTls && listed ? [refuse(false)] : []),
    ...(clientTls
      ? [
          block(
            'server',
            [],
            [
              ...listen(clients, false, !listed),
              directive('server_name', ...(listed ? hosts : ['_'])),
              directive('return', 308, 'https://$host$request_uri'),
            ],
          ),
        ]
      : []),
  ];
}

/** Of IPv4; the start script adds the same of IPv6 where the pod has it. */
function listen({ proxyProtocol }: Clients, tls: boolean, isDefault: boolean): NginxDirective[] {
  return [
    directive(
      'listen',
      tls ? TLS_PORT : PROXY_PORT,
      ...(tls ? ['ssl'] : []),
      ...(proxyProtocol ? ['proxy_protocol'] : []),
      // The queue of connections that wait to be accepted is one for all servers of a port.
      ...(isDefault ? ['default_server', 'backlog=4096'] : []),
    ),
  ];
}

function clientCertificate(features: ProxyRules['features']): NginxDirective[] {
  return [
    because(
      'named by a variable, so that a renewed certificate is read without a restart',
      directive('ssl_certificate', '$client_certificate'),
    ),
    directive('ssl_certificate_key', '$client_certificate_key'),
    ...(features.cachesCertificates
      ? [directive('ssl_certificate_cache', 'max=4', 'valid=60s', 'inactive=300s')]
      : []),
    directive('ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
    directive('ssl_session_cache', `shared:clients:${TLS_SESSIONS_BYTES / MIB}m`),
    directive('ssl_session_timeout', '4h'),
    directive('ssl_session_tickets', 'off'),
    ...(features.limitsHeaders ? http2() : []),
  ];
}

function http2(): NginxDirective[] {
  return [
    directive('http2', 'on'),
    because(
      'each holds as much memory as a connection of HTTP/1.1',
      directive('http2_max_concurrent_streams', PROXY_BUFFERS.http2Streams),
    ),
    directive('http2_body_preread_size', bufferSize(PROXY_BUFFERS.http2Body)),
  ];
}

/** gRPC is spoken without TLS where something in front of nginx ends it: HTTP/2 beside HTTP/1.1, told by its first bytes. */
function plainHttp2({ paths }: Pick<Clients, 'paths'>): NginxDirective[] {
  return paths.some(isGrpc) ? http2() : [];
}

/** Files of the certificate, by variables; `map` is the only way to set one outside of a server. */
export function clientCertificateFiles({ clientTls }: Pick<ProxyRules, 'clientTls'>): NginxDirective[] {
  if (!clientTls) return [];
  const file = (variable: string, name: string) =>
    block('map', ['$ssl_server_name', variable], [directive('default', `${CLIENT_TLS_DIRECTORY}/${name}`)]);
  return [file('$client_certificate', 'tls.crt'), file('$client_certificate_key', 'tls.key')];
}

/** For the kubelet and the exporter: answers without the origin. */
export function status(): NginxDirective {
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
