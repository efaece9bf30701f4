import { FindingSeverity } from '../../../finding/finding';
import { limitsOf } from '../../../inventory/configured-servers';
import { variablesOf } from '../../../inventory/environment';
import type { Inventory, WorkloadObject } from '../../../inventory/inventory';
import { textAt } from '../../../inventory/json';
import { behindHost, mainContainers } from '../../../inventory/relations';
import { type ParsedDirective, parseNginxSize } from '../../../nginx/configuration/nginx-conf';
import {
  allowsStale,
  argsOf,
  cachesOf,
  cachingServers,
  directivesNamed,
  filePath,
  type Nginx,
  parameter,
  volumeAt,
} from '../../../nginx/reading/nginx-servers';
import {
  FILL_BYTES_PER_CPU_SECOND,
  fillBytesPerSecond,
  MANAGER_SECONDS,
  outgrownBytes,
} from '../../../nginx/tuning/cache-disk-sizing';
import { queuesByServer } from '../../../redis/reading/queues';
import { redisInstances, redisServers } from '../../../redis/reading/redis-instances';
import { formatBytes, MIB, parseBytes } from '../../../units/quantity';
import { type Rule, rule, when } from '../../rule';

const CREDENTIALS = /\$(http_authorization|is_authorized|is_authz|cookie_|http_cookie|is_session)/;

/** Workloads that some container names as its host. */
function used(inventory: Inventory): Set<WorkloadObject> {
  return new Set(
    mainContainers(inventory).flatMap((container) =>
      [...variablesOf(container, inventory)]
        .filter(([name]) => /HOST|URL|URI|ADDR|BROKER|BACKEND|SERVER|ENDPOINT|REDIS|VALKEY|CACHE/i.test(name))
        .flatMap(([, value]) => {
          const host = /^(?:\w+:\/\/)?(?:[^@/]*@)?([a-z0-9.-]+)/.exec(value)?.[1];
          return host === undefined ? [] : behindHost(host, container.object.namespace, inventory);
        }),
    ),
  );
}

export const CACHING_RULES: readonly Rule[] = [
  rule({
    id: 'CAC-001',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A cache that is there is used',
    why: 'A cache that nobody was told of costs memory and saves nothing.',
    evidence: 'The guide, "Caching implemented".',
    of: (inventory) => {
      const consumers = used(inventory);
      return redisServers(inventory).map((server) => ({ ...server, isUsed: consumers.has(server.workload) }));
    },
    check: ({ isUsed }) =>
      when(!isUsed, {
        path: 'metadata.name',
        measured: 'no workload names its Service as a host',
        expected: 'at least one, such as CACHE_HOST',
        fix: 'connect an application to it, or remove it',
      }),
  }),
  rule({
    id: 'CAC-002',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A full cache makes room',
    why: 'With noeviction a full cache answers writes with errors; with a volatile policy it does as soon as keys have no time to live.',
    evidence: '478 OOM replies in a benchmark at the limit.',
    // What keeps jobs must not make room: CAC-030.
    of: (inventory) => {
      const queues = new Set([...queuesByServer(inventory).keys()].map(({ object }) => object));
      return redisInstances(inventory).filter(({ object }) => !queues.has(object));
    },
    check: ({ settings, source }) => {
      const policy = settings.text('maxmemory-policy');
      return when(!policy.startsWith('allkeys-'), {
        path: source ? `data.${source.key}: maxmemory-policy` : 'spec',
        measured: settings.has('maxmemory-policy') ? policy : `not set: ${policy}`,
        expected: 'allkeys-lru, allkeys-lfu or allkeys-random',
        fix: 'choose a policy that evicts any key; a queue needs an instance of its own',
      });
    },
  }),
  rule({
    id: 'CAC-003',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A cold or expired page is fetched once',
    why: 'Without a lock every waiting visitor reaches the origin; a lock alone does nothing for expired pages.',
    evidence:
      '200 visitors: 200 requests to the origin without, 1 with lock, updating and background update.',
    of: cachingServers,
    check: (server) => {
      const lacks = [
        ...(argsOf(server, 'proxy_cache_lock')[0] === 'on' ? [] : ['proxy_cache_lock on']),
        ...(argsOf(server, 'proxy_cache_use_stale').includes('updating') || allowsStale(server)
          ? []
          : ['proxy_cache_use_stale updating']),
        ...(argsOf(server, 'proxy_cache_background_update')[0] === 'on'
          ? []
          : ['proxy_cache_background_update on']),
      ];
      return when(lacks.length > 0, {
        path: filePath(server, 'proxy_cache_lock'),
        measured: `no ${lacks.join(', no ')}`,
        expected: 'all three',
        fix: `add ${lacks.join('; ')}`,
      });
    },
  }),
  rule({
    id: 'CAC-004',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A private answer is not stored',
    why: 'proxy_cache_bypass only keeps a request from being answered from the cache; its answer is stored, and served to the next visitor.',
    evidence: 'The guide’s proxy served Alice’s answer to an anonymous visitor.',
    of: cachingServers,
    check: (server) => {
      const private_ = (name: string) =>
        directivesNamed(server.settings, name)
          .flatMap(({ args }) => args)
          .filter((arg) => CREDENTIALS.test(arg));
      const [bypassed, unstored] = [private_('proxy_cache_bypass'), private_('proxy_no_cache')];
      return [
        ...when(
          bypassed.some((arg) => !unstored.includes(arg)),
          {
            path: filePath(server, 'proxy_no_cache'),
            measured: `${bypassed.filter((arg) => !unstored.includes(arg)).join(', ')} in proxy_cache_bypass only`,
            expected: 'the same in proxy_no_cache',
            fix: 'add proxy_no_cache with every variable of proxy_cache_bypass',
          },
        ),
        ...when(unstored.length === 0 && bypassed.length === 0, {
          path: filePath(server, 'proxy_no_cache'),
          measured: 'answers to Authorization and Cookie are stored',
          expected: 'proxy_no_cache and proxy_cache_bypass for requests with credentials',
          fix: 'add both for $http_authorization and cookies',
        }),
      ];
    },
  }),
  rule({
    id: 'CAC-005',
    severity: FindingSeverity.ERROR,
    title: 'A cache on disk fits its volume, with what is filled before nginx looks',
    why: 'nginx looks at the size of its cache every 10 seconds; a volume above its sizeLimit gets the pod evicted.',
    evidence: 'A cap of 50 MB was measured at 1511 MB on disk.',
    of: cachesOf,
    check: ({ server, cache }) => {
      const { max, bytes, volume, size } = roomOf(server, cache);
      const needed = bytes === undefined ? 0 : leastVolume(bytes, server);
      return [
        ...when(bytes === undefined, {
          path: filePath(server, 'proxy_cache_path'),
          measured: 'no max_size',
          expected: 'a max_size',
          fix: 'bound the cache',
        }),
        ...when(bytes !== undefined && !(size !== undefined && size >= needed), {
          path: `${server.workload.podPath}.volumes`,
          measured:
            volume === undefined
              ? `no volume at ${cache.args[0]}`
              : `${size === undefined ? 'no sizeLimit' : formatBytes(size)} for max_size=${max}`,
          expected: `an emptyDir whose sizeLimit is max_size and what is filled in ${MANAGER_SECONDS} s (CAC-043)`,
          fix: 'mount an emptyDir there with a larger sizeLimit, or lower max_size',
        }),
      ];
    },
  }),
  rule({
    id: 'CAC-043',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A cache on disk fits its volume however fast it is filled',
    why: `Whoever asks for pages that nobody asked for before fills the cache as fast as nginx can, for up to ${MANAGER_SECONDS} seconds until nginx looks; the kubelet evicts the pod that outgrows its volume, and its cache with it.`,
    evidence: `nginx filled a cache with at most 534 MiB in a second of CPU; the rule takes ${FILL_BYTES_PER_CPU_SECOND / MIB}. 16 clients exceeded a tenth of a small cache a second 17-fold.`,
    of: (inventory) =>
      cachesOf(inventory).filter(({ server, cache }) => {
        const { bytes, size, isMemory } = roomOf(server, cache);
        return bytes !== undefined && size !== undefined && !isMemory && Number.isFinite(cpuFill(server));
      }),
    check: ({ server, cache }) => {
      const { max, bytes = 0, size = 0 } = roomOf(server, cache);
      const fill = cpuFill(server);
      const needed = outgrownBytes(bytes, fill);
      return when(size < needed && size >= leastVolume(bytes, server), {
        path: `${server.workload.podPath}.volumes`,
        measured: `${formatBytes(size)} for max_size=${max}: room for ${formatBytes(Math.floor((size - bytes) / MANAGER_SECONDS))} a second`,
        expected: `${formatBytes(Math.ceil(needed))}: its CPUs fill up to ${formatBytes(Math.ceil(fill))} a second`,
        fix: 'raise the sizeLimit (fillRate), use a volume with a hard size, or excuse it where clients cannot ask for what they like',
      });
    },
  }),
];

/** A cache and the volume that it lies on. */
function roomOf(server: Nginx, cache: ParsedDirective) {
  const max = parameter(cache, 'max_size');
  const volume = volumeAt(server, cache.args[0] ?? '');
  return {
    max,
    bytes: max === undefined ? undefined : parseNginxSize(max),
    volume,
    size: volume && parseBytes(textAt(volume, 'emptyDir', 'sizeLimit') ?? ''),
    isMemory: volume !== undefined && textAt(volume, 'emptyDir', 'medium') === 'Memory',
  };
}

/**
 * Smallest volume that is not simply too small: a quarter larger than the cache, or, for a large one, by what is filled at
 * an eighth of what its CPUs can. Proposals; what holds however fast it is filled is CAC-043.
 */
function leastVolume(bytes: number, server: Nginx): number {
  return Math.min(1.25 * bytes, outgrownBytes(bytes, cpuFill(server) / 8));
}

/** What the CPUs of an nginx can fill its caches with, per second; infinite where nothing bounds them. */
function cpuFill(server: Nginx): number {
  const workers = Number(argsOf(server, 'worker_processes')[0] ?? 'auto');
  const cpuMillis = limitsOf(server.container).cpuLimitMillis ?? 1000 * workers;
  return Number.isFinite(cpuMillis) ? fillBytesPerSecond(cpuMillis) : Infinity;
}
