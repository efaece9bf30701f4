/** Directives for the cache of nginx that harm it. */
import { type Breakage, containersOf, nginx } from '../breakage';

export const NGINX_CACHE_BREAKAGES: readonly Breakage[] = [
  {
    what: 'temporary files on the volume of the cache',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace('proxy_temp_path /tmp/proxy', 'proxy_temp_path /var/cache/nginx/temp'),
      ),
    rules: ['CAC-006'],
  },
  {
    what: 'temporary files in the cache',
    breakIt: (all) => nginx(all, (text) => text.replace('use_temp_path=on', 'use_temp_path=off')),
    rules: ['CAC-006'],
  },
  {
    what: 'the free space of the node',
    breakIt: (all) => nginx(all, (text) => text.replace('use_temp_path=on', 'use_temp_path=on min_free=1g')),
    rules: ['CAC-007'],
  },
  {
    what: 'a lock that ends before the answer',
    breakIt: (all) =>
      nginx(all, (text) => text.replace(/proxy_cache_lock_timeout \w+/, 'proxy_cache_lock_timeout 5s')),
    rules: ['CAC-008'],
  },
  {
    what: 'a page that is dropped while it is valid',
    breakIt: (all) => nginx(all, (text) => text.replace(/inactive=60m use/, 'inactive=5m use')),
    rules: ['CAC-009'],
  },
  {
    what: 'a zone that is full before the cache',
    breakIt: (all) => nginx(all, (text) => text.replace(/keys_zone=pages:\w+/, 'keys_zone=pages:10m')),
    rules: ['CAC-010'],
  },
  {
    what: 'any host in the key',
    breakIt: (all) => nginx(all, (text) => text.replace('server_name shop.example.com', 'server_name _')),
    rules: ['CAC-011'],
  },
  {
    what: 'the method in the key',
    breakIt: (all) =>
      nginx(all, (text) => text.replace('proxy_cache_key $', 'proxy_cache_key $request_method$')),
    rules: ['CAC-012'],
  },
  {
    what: 'an origin that is not heeded',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace('proxy_cache pages;', 'proxy_cache pages; proxy_ignore_headers Set-Cookie;'),
      ),
    rules: ['CAC-013'],
  },
  {
    what: 'a page that is compressed for everybody',
    breakIt: (all) => nginx(all, (text) => text.replace('proxy_cache pages;', 'proxy_cache pages; gzip on;')),
    // Compressing takes memory, for every request.
    rules: ['CAC-014', 'OOM-003'],
  },
  {
    what: 'cached files that threads read',
    breakIt: (all) => nginx(all, (text) => text.replace('sendfile off;', 'sendfile off; aio threads;')),
    rules: ['CAC-015'],
  },
  {
    what: 'captures on an old nginx',
    breakIt: (all) => {
      containersOf(all, 'Deployment', 'edge-proxy')[0].image = 'nginx:1.29.7';
      nginx(all, (text) => text.replace('return 421;', 'return 421 $1;'));
    },
    rules: ['CAC-016'],
  },
];
