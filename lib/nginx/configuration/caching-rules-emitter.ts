/**
 * The configuration of the caching proxy. What each rule prevents was first observed without it (docs/constructs/
 * nginx-caching-proxy.md): private answers served to strangers, poisoned pages, herds on the origin, a full disk.
 *
 * No `$1`…`$9` anywhere: unnamed captures together with background updates disclose memory before 1.30.4
 * (CVE-2026-60005).
 */
import { MANAGER_PARAMETERS } from '../tuning/cache-disk-sizing';
import { PROXY_BUFFERS } from '../tuning/nginx-memory-budget';
import { UPSTREAM_ZONE_BYTES } from '../tuning/nginx-tuning';
import { CACHE_DIRECTORY, type ProxyRules } from '../tuning/proxy-rules';
import { agedAnswers } from './age-emitter';
import {
  headersForClients,
  judgedHeaders,
  judgedRequests,
  rememberedPages,
  staleAllowance,
  verdicts,
} from './judge-emitter';
import { privacy, signs, siteLocations, timeouts, validity } from './locations-emitter';
import { because, block, directive, type NginxDirective, nginxSize, nginxTime } from './nginx-conf';
import { overload, refusal } from './overload-emitter';
import { crowds, encodings, keptArguments, pageKey, varied } from './page-key-emitter';
import { cookieVariables, privacyRules } from './privacy-rules-emitter';
import { credentialHeaders, forwardedClient, requestHeaders } from './request-headers-emitter';
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
import { SIGN } from './signs';
import { upgradeMaps } from './upgraded-paths-emitter';
import { answerBuffers, compressor, upstreams, varyMap } from './upstream-emitter';

export function cachingProxy(rules: ProxyRules): NginxDirective[] {
  return server(rules.tuning, rules.drainSeconds, [
    ...basics(rules),
    because(
      'cached files stay open; without it a hit took 25 % more CPU',
      directive('open_file_cache', `max=${rules.tuning.openFiles}`, 'inactive=60s'),
    ),
    directive('open_file_cache_valid', '30s'),
    ...(rules.origin.resolve ? [resolver()] : []),
    store(rules),
    credentialHeaders(rules),
    ...privacyRules(rules),
    varyMap(),
    ...encodings(),
    overload(rules.tuning),
    ...(rules.coalesce ? crowds(rules) : []),
    directive(
      'limit_conn_zone',
      '$server_port',
      `zone=compressor:${nginxSize(UPSTREAM_ZONE_BYTES.compressor)}`,
    ),
    judgedRequests(rules),
    ...agedAnswers(rules),
    ...staleAllowance(rules),
    ...verdicts(rules),
    ...upgradeMaps(rules),
    ...clientAddress(rules),
    ...forwardedClient(rules),
    clientScheme(rules),
    ...clientCertificateFiles(rules),
    ...upstreams(rules),
    compressor(rules),
    ...otherServers(rules),
    site(rules),
    status(),
  ]);
}

function store({ tuning, cacheBytes, inactiveSeconds }: ProxyRules): NginxDirective {
  return because(
    'the zone holds every key of a full cache; the volume is larger than max_size, which is looked at every 10 s only',
    directive(
      'proxy_cache_path',
      `${CACHE_DIRECTORY}/pages`,
      'levels=1:2',
      `keys_zone=pages:${nginxSize(tuning.keysZoneBytes)}`,
      `max_size=${nginxSize(cacheBytes)}`,
      `inactive=${nginxTime(inactiveSeconds)}`,
      'use_temp_path=on',
      ...MANAGER_PARAMETERS,
    ),
  );
}

function site(rules: ProxyRules): NginxDirective {
  const cookies = cookieVariables(0);
  return block(
    'server',
    [],
    [
      ...siteListeners(rules),
      ...refusal(),
      ...keptArguments(rules),
      ...caching(rules),
      ...validity(rules.validity),
      ...privacy(rules, cookies),
      ...headersForClients(),
      directive('add_header', 'X-Cache-Status', '$upstream_cache_status', 'always'),
      directive('add_header', 'Vary', varied(rules), 'always'),
      ...requestHeaders(rules, cookies, '$encoding_to_fetch'),
      ...judgedHeaders(),
      directive('proxy_http_version', '1.1'),
      ...timeouts(rules, rules.responseSeconds),
      ...answerBuffers(PROXY_BUFFERS),
      because(
        'an answer that is not stored is not written to disk',
        directive('proxy_max_temp_file_size', 0),
      ),
      ...streamedBodies(),
      ...siteLocations(rules),
    ],
  );
}

function caching(rules: ProxyRules): NginxDirective[] {
  return [
    directive('proxy_cache', 'pages'),
    because(
      'without the method: HEAD is answered from what GET stored',
      directive('proxy_cache_key', pageKey(rules)),
    ),
    directive('proxy_cache_methods', 'GET', 'HEAD'),
    ...(rules.minUses > 1
      ? [
          because(
            'what is asked for once is not worth the disk',
            directive('proxy_cache_min_uses', rules.minUses),
          ),
        ]
      : []),
    ...(rules.coalesce
      ? [
          because(
            'one request fetches a cold page, the others wait for it',
            directive('proxy_cache_lock', 'on'),
          ),
          directive('limit_conn_status', SIGN.crowd),
          directive('limit_conn_log_level', 'info'),
        ]
      : []),
    because(
      'one request renews an expired page; the others get the old one meanwhile, and so they do when the origin fails',
      directive('proxy_cache_background_update', 'on'),
    ),
    directive('proxy_cache_revalidate', 'on'),
    directive('proxy_ignore_headers', 'X-Accel-Redirect'),
    ...rememberedPages(),
    ...signs(rules, 0),
  ];
}
