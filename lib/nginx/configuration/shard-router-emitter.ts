/** The tier before the shards: it stores nothing, and sends every page to the shard that keeps it. */
import { bufferSize, PROXY_BUFFERS } from '../tuning/nginx-memory-budget';
import { UPSTREAM_ZONE_BYTES } from '../tuning/nginx-tuning';
import { PROXY_PORT, type ProxyRules, type UpstreamAddress } from '../tuning/proxy-rules';
import { because, block, directive, type NginxDirective } from './nginx-conf';
import { comeBack, overload, refusal } from './overload-emitter';
import { forwardedClient } from './request-headers-emitter';
import {
  basics,
  clientAddress,
  clientCertificateFiles,
  clientScheme,
  otherServers,
  resolver,
  server,
  siteListeners,
  status,
  streamedBodies,
} from './server-emitter';
import { answerBuffers, keptConnections, longestResponse } from './upstream-emitter';

/** Idle connections of our own shards are kept for 65 s. */
const SHARD_IDLE_SECONDS = 60;

export function shardRouter(rules: ProxyRules, shards: readonly UpstreamAddress[]): NginxDirective[] {
  // A shard may wait for another request's fetch as long as that may take, and then fetch itself.
  const seconds = 2 * (2 * rules.connectSeconds + longestResponse(rules));
  return server(rules.tuning, rules.drainSeconds, [
    // The shards know the limits of paths.
    ...basics({ ...rules, maxRequestBodyBytes: largestBody(rules), cacheMetrics: false }),
    resolver(),
    ...clientAddress(rules),
    clientScheme(rules),
    overload(rules.tuning),
    ...forwardedClient(rules),
    ...clientCertificateFiles(rules),
    block(
      'upstream',
      ['shards'],
      [
        directive('zone', 'shards', bufferSize(UPSTREAM_ZONE_BYTES.shards)),
        because(
          'a page has one home; when a shard goes, only its pages move',
          directive('hash', rules.key.queryParameters ? '$host|$uri' : '$host|$request_uri', 'consistent'),
        ),
        ...shards.map(({ host, port, resolve }) =>
          directive(
            'server',
            `${host}:${port}`,
            'max_fails=1',
            'fail_timeout=5s',
            ...(resolve ? ['resolve'] : []),
          ),
        ),
        ...keptConnections(rules.tuning, SHARD_IDLE_SECONDS),
      ],
    ),
    ...otherServers(rules),
    block(
      'server',
      [],
      [
        ...siteListeners(rules),
        ...refusal(),
        directive('proxy_http_version', '1.1'),
        directive('proxy_set_header', 'Connection', ''),
        directive('proxy_set_header', 'Host', '$host'),
        directive('proxy_set_header', 'X-Forwarded-Proto', '$client_scheme'),
        directive('proxy_set_header', 'X-Forwarded-For', '$remote_addr'),
        directive('proxy_connect_timeout', '1s'),
        directive('proxy_read_timeout', `${seconds}s`),
        directive('proxy_send_timeout', `${seconds}s`),
        directive('proxy_next_upstream', 'error', 'timeout'),
        directive('proxy_next_upstream_tries', 2),
        directive('proxy_next_upstream_timeout', '5s'),
        ...answerBuffers(PROXY_BUFFERS),
        directive('proxy_max_temp_file_size', 0),
        ...streamedBodies(),
        block('location', ['/'], [directive('proxy_pass', 'http://shards')]),
        comeBack(),
      ],
    ),
    status(),
  ]);
}

function largestBody({ maxRequestBodyBytes, paths }: ProxyRules): number {
  return Math.max(maxRequestBodyBytes, ...paths.map((path) => path.maxRequestBodyBytes ?? 0));
}

/** Port on which a shard answers the tier before it. */
export const SHARD_PORT = PROXY_PORT;
