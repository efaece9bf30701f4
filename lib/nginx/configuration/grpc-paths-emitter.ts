/** Paths of gRPC: HTTP/2 from the client to the origin, calls and streams, with their trailers. Nothing of them is stored. */
import { bufferSize, PROXY_BUFFERS } from '../tuning/nginx-memory-budget';
import { DEFAULT_IDLE_SECONDS, type PathRules, type ProxyRules } from '../tuning/proxy-rules';
import { because, block, directive, type NginxDirective } from './nginx-conf';

export function isGrpc({ protocol }: Pick<PathRules, 'protocol'>): boolean {
  return protocol === 'grpc';
}

/** A group of its own: connections of HTTP/1.1 and of HTTP/2 are kept apart. */
export function grpcUpstream(
  { paths }: Pick<ProxyRules, 'paths'>,
  servers: (zone: string) => readonly NginxDirective[],
): NginxDirective[] {
  if (!paths.some(isGrpc)) return [];
  return [
    because(
      'connections of HTTP/2, which are kept apart from those of HTTP/1.1',
      block('upstream', ['grpc_origin'], servers('grpc_origin')),
    ),
  ];
}

/** `headers` are all those of a request of the site, which `proxy_pass` would send. */
export function grpcPath(
  { connectSeconds, originTls: tls }: ProxyRules,
  { idleSeconds, maxRequestBodyBytes }: PathRules,
  headers: readonly NginxDirective[],
): NginxDirective[] {
  const idle = `${idleSeconds ?? DEFAULT_IDLE_SECONDS}s`;
  return [
    because(
      'a stream of messages is the body of one request',
      directive('client_max_body_size', maxRequestBodyBytes ?? 0),
    ),
    ...headers
      .filter(({ args: [name] }) => name !== 'Connection')
      .map((one) => ({ ...one, name: 'grpc_set_header' })),
    directive('grpc_buffer_size', bufferSize(PROXY_BUFFERS.answerHeader)),
    directive('grpc_connect_timeout', `${connectSeconds}s`),
    because('time in which neither side sends a message', directive('grpc_read_timeout', idle)),
    directive('grpc_send_timeout', idle),
    directive('client_body_timeout', idle),
    directive('grpc_next_upstream', 'error', 'timeout'),
    directive('grpc_next_upstream_tries', 2),
    ...(tls
      ? [
          directive('grpc_ssl_server_name', 'on'),
          directive('grpc_ssl_name', tls.name),
          because(
            'a certificate for another name, or of an unknown authority, is an error',
            directive('grpc_ssl_verify', 'on'),
          ),
          directive('grpc_ssl_verify_depth', 4),
          directive('grpc_ssl_trusted_certificate', tls.authorities),
          directive('grpc_ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
        ]
      : []),
    directive('grpc_pass', `${tls ? 'grpcs' : 'grpc'}://grpc_origin`),
  ];
}
