/** What the origin is told about the client. */
import type { ProxyRules } from '../tuning/proxy-rules';
import { COMPANIONS, CREDENTIALS, isListed, OVERRIDES } from './client-headers';
import { because, block, directive, type NginxDirective } from './nginx-conf';
import { type CookieVariables, headerVariable, keyVariable } from './privacy-rules-emitter';

/** Names of a list that no prop allows, and that are no part of the key. */
function kept(names: readonly string[], { key, clientHeaders }: ProxyRules): string[] {
  const own = [...key.headers, ...clientHeaders];
  return names.filter((name) => !isListed(own, name));
}

/**
 * The headers of every request. Whatever could change an answer is part of the key, makes the request private, or goes.
 * Always the whole list: a location that sets one header of its own inherits none.
 */
export function requestHeaders(
  rules: ProxyRules,
  cookies: CookieVariables,
  encoding: string,
): NginxDirective[] {
  const { hosts, originName, key } = rules;
  const clientHost = hosts.length === 0 ? (originName ?? '') : '$host';
  return [
    directive('proxy_set_header', 'Connection', ''),
    directive('proxy_set_header', 'Host', originName ?? '$host'),
    directive('proxy_set_header', 'X-Forwarded-Host', clientHost),
    directive('proxy_set_header', 'X-Forwarded-Proto', '$client_scheme'),
    directive('proxy_set_header', 'X-Forwarded-For', '$remote_addr'),
    directive('proxy_set_header', 'X-Real-IP', '$remote_addr'),
    directive('proxy_set_header', 'Cookie', cookies.toOrigin),
    because('one variant in the cache', directive('proxy_set_header', 'Accept-Encoding', encoding)),
    ...key.headers.map((name, index) => directive('proxy_set_header', name, keyVariable('header', index))),
    ...kept(OVERRIDES, rules).map((name) => directive('proxy_set_header', name, '')),
  ];
}

/** Beside them, of a request whose answer may be stored: nobody is known there. */
export function anonymousHeaders(rules: ProxyRules): NginxDirective[] {
  return kept([...CREDENTIALS, ...COMPANIONS], rules).map((name) => directive('proxy_set_header', name, ''));
}

/** Whether a request has a header that makes it private; what a prop allows does so too. */
export function credentialHeaders(rules: ProxyRules): NginxDirective {
  const allowed = rules.clientHeaders.filter((name) => !isListed(rules.key.headers, name));
  const names = [...kept(CREDENTIALS, rules), ...allowed];
  return because(
    'headers that say who asks',
    block(
      'map',
      [names.map(headerVariable).join(''), '$has_credentials'],
      [directive('default', 1), directive('', 0)],
    ),
  );
}

/** Who stands in front says at the end of `X-Forwarded-For` who its client is; what came before is the client's own word. */
export function forwardedClient({ behindProxy }: ProxyRules): NginxDirective[] {
  if (!behindProxy) return [];
  return [
    because(
      'the last address is what the proxy in front has seen; the network policy lets nobody else in',
      directive('real_ip_header', 'X-Forwarded-For'),
    ),
    directive('set_real_ip_from', '0.0.0.0/0'),
    directive('set_real_ip_from', '::/0'),
  ];
}
