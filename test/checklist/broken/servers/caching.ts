/** Caches that nobody uses, that mix answers up, or that outgrow their room. */
import { find, type Manifest } from '../../../support/synth';
import { type Breakage, containersOf, nginx, redis, setEnv } from '../breakage';

export const CACHING_BREAKAGES: readonly Breakage[] = [
  {
    what: 'a cache that answers with errors',
    breakIt: (all) =>
      redis(all, (text) => text.replace('maxmemory-policy allkeys-lru', 'maxmemory-policy noeviction')),
    rules: ['CAC-002'],
  },
  {
    what: 'a cache that nobody uses',
    breakIt: (all) => {
      for (const name of ['shop-web', 'shop-worker', 'shop-renderer'])
        setEnv(containersOf(all, 'Deployment', name)[0], 'CACHE_HOST', 'elsewhere');
    },
    rules: ['CAC-001'],
  },
  {
    what: 'a cold page fetched by everybody',
    breakIt: (all) => nginx(all, (text) => text.replace('proxy_cache_lock on;', '')),
    rules: ['CAC-003'],
  },
  {
    what: 'an expired page fetched by everybody',
    breakIt: (all) =>
      nginx(all, (text) => text.replace(/default stale-while-revalidate=\d+;/, 'default "";')),
    rules: ['CAC-003'],
  },
  {
    what: 'a private answer that is stored',
    breakIt: (all) => nginx(all, (text) => text.replace(/proxy_no_cache \$is_authorized/, 'proxy_no_cache')),
    rules: ['CAC-004'],
  },
  {
    what: 'private answers that nothing tells apart',
    breakIt: (all) =>
      nginx(all, (text) =>
        text.replace(/^.*proxy_no_cache .*$/m, '').replace(/^.*proxy_cache_bypass .*$/m, ''),
      ),
    rules: ['CAC-004'],
  },
  {
    what: 'a volume that holds only as long as nobody fills it fast',
    breakIt: (all) => {
      const { volumes } = find(all, 'Deployment', 'edge-proxy').spec.template.spec;
      volumes.find(({ name }: Manifest) => name === 'cache').emptyDir.sizeLimit = '5Gi';
    },
    rules: ['CAC-043'],
  },
  {
    what: 'a cache as large as its volume',
    breakIt: (all) => nginx(all, (text) => text.replace('max_size=4g', 'max_size=8g')),
    rules: ['CAC-005', 'CAC-010'],
  },
];
