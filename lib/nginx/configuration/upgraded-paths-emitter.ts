/** Paths whose connections are upgraded: WebSocket. They go straight to the origin, and nothing of them is stored. */
import { DEFAULT_IDLE_SECONDS, type PathRules, type ProxyRules } from '../tuning/proxy-rules';
import { because, block, directive, type NginxDirective } from './nginx-conf';
import { askOrigin } from './upstream-emitter';

export function isUpgraded({ protocol }: Pick<PathRules, 'protocol'>): boolean {
  return protocol === 'websocket';
}

/** What a client asks for, when it is WebSocket; an upgrade to anything else would lead around the rules of the site. */
export function upgradeMaps({ paths }: Pick<ProxyRules, 'paths'>): NginxDirective[] {
  if (!paths.some(isUpgraded)) return [];
  return [
    because(
      'only a request for a WebSocket is upgraded',
      block(
        'map',
        ['$http_upgrade', '$upgrade_to_origin'],
        [directive('default', ''), directive('~*^websocket$', 'websocket')],
      ),
    ),
    block(
      'map',
      ['$upgrade_to_origin', '$connection_to_origin'],
      [directive('default', ''), directive('websocket', 'upgrade')],
    ),
  ];
}

/** `headers` are all those of a request of the site: a location that sets one of its own inherits none. */
export function upgradedPath(
  rules: ProxyRules,
  path: PathRules,
  headers: readonly NginxDirective[],
): NginxDirective[] {
  const idle = `${path.idleSeconds ?? DEFAULT_IDLE_SECONDS}s`;
  return [
    directive('proxy_cache', 'off'),
    directive('proxy_intercept_errors', 'off'),
    // A list of its own: the server hides what comes through the compressor.
    directive('proxy_hide_header', 'X-Accel-Expires'),
    ...headers.filter(({ args: [name] }) => name !== 'Connection' && name !== 'Upgrade'),
    directive('proxy_set_header', 'Upgrade', '$upgrade_to_origin'),
    directive('proxy_set_header', 'Connection', '$connection_to_origin'),
    directive('proxy_connect_timeout', `${rules.connectSeconds}s`),
    because('time in which neither side sends anything', directive('proxy_read_timeout', idle)),
    directive('proxy_send_timeout', idle),
    because('what is sent bit by bit is passed on bit by bit', directive('proxy_buffering', 'off')),
    ...askOrigin(rules),
  ];
}
