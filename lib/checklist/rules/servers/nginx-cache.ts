/** Rules about the cache of nginx: its key, its zone, its volume, its times. */
import { FindingSeverity } from '../../../finding/finding';
import { textAt } from '../../../inventory/json';
import {
  type ParsedDirective,
  parseNginxSize,
  parseNginxTime,
} from '../../../nginx/configuration/nginx-conf';
import { defaultArgs } from '../../../nginx/configuration/nginx-directives';
import {
  argsOf,
  cachesOf,
  cachingServers,
  directivesNamed,
  filePath,
  type Nginx,
  parameter,
  remembersPages,
  volumeAt,
  volumeNameAt,
} from '../../../nginx/reading/nginx-servers';
import { KEYS_PER_MIB } from '../../../nginx/tuning/nginx-tuning';
import { NginxFeatures, versionOfImage } from '../../../nginx/tuning/nginx-version';
import { formatBytes, MIB } from '../../../units/quantity';
import { type Rule, rule, when } from '../../rule';

/** Mean size of a page where nobody says another: ours, and about that of HTML and scripts of the Web. */
const MEAN_PAGE_BYTES = 16 * 1024;
/** nginx's own `inactive` of a proxy_cache_path (ngx_http_proxy_module). */
const DEFAULT_INACTIVE_SECONDS = 600;

/** Time that a visitor may wait for others of a page that turns out not to be stored, in seconds. A proposal. */
const MAX_TURN_SECONDS = 1;

/** Blocks of `server` that cache. */
const cachingBlocks = ({ settings }: Nginx): ReadonlyArray<readonly ParsedDirective[]> =>
  directivesNamed(settings, 'server').flatMap(({ block = [] }) =>
    directivesNamed(block, 'proxy_cache').length > 0 ? [block] : [],
  );

/** A block without the locations that turn its cache off. */
function withoutUncached(block: readonly ParsedDirective[]): readonly ParsedDirective[] {
  return block.filter(
    ({ name, block: inside = [] }) =>
      name !== 'location' || !inside.some((one) => one.name === 'proxy_cache' && one.args[0] === 'off'),
  );
}

/** The longest of the times that a directive is given in a block, or what nginx takes without one. */
function longest(block: readonly ParsedDirective[], name: string): number {
  const given = directivesNamed(block, name).flatMap(({ args }) => parseNginxTime(args[0] ?? '') ?? []);
  return given.length === 0 ? (parseNginxTime(defaultArgs(name)[0]) ?? NaN) : Math.max(...given);
}

export const NGINX_CACHE_RULES: readonly Rule[] = [
  rule({
    id: 'CAC-006',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'A full cache breaks no answer',
    why: 'nginx writes an answer to a temporary file while it sends it; where that lies on the volume of the cache, a full cache cuts answers off.',
    evidence:
      'On a full volume 93 % of requests were broken with use_temp_path=off, none with temporary files elsewhere.',
    of: cachesOf,
    check: ({ server, cache }) => {
      const temporary = argsOf(server, 'proxy_temp_path')[0] ?? '/var/cache/nginx/proxy_temp';
      const shared = volumeNameAt(server, cache.args[0] ?? '');
      return [
        ...when(parameter(cache, 'use_temp_path') === 'off', {
          path: filePath(server, 'proxy_cache_path'),
          measured: 'use_temp_path=off',
          expected: 'temporary files on another volume than the cache',
          fix: 'remove it, and set proxy_temp_path to another volume',
        }),
        ...when(
          parameter(cache, 'use_temp_path') !== 'off' &&
            shared !== undefined &&
            volumeNameAt(server, temporary) === shared,
          {
            path: filePath(server, 'proxy_temp_path'),
            measured: `${temporary} is on the volume of the cache, ${shared}`,
            expected: 'temporary files on another volume than the cache',
            fix: 'set proxy_temp_path to another volume',
          },
        ),
      ];
    },
  }),
  rule({
    id: 'CAC-007',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'The free space that nginx looks at is its own',
    why: 'min_free reads the file system, which for an emptyDir is that of the node: it never gets small, and the kubelet evicts the pod.',
    evidence: 'NVIDIA/nvcf#1576.',
    of: cachesOf,
    check: ({ server, cache }) =>
      when(
        parameter(cache, 'min_free') !== undefined && volumeAt(server, cache.args[0] ?? '') !== undefined,
        {
          path: filePath(server, 'proxy_cache_path'),
          measured: `min_free=${parameter(cache, 'min_free')} on an emptyDir`,
          expected: 'max_size and a larger sizeLimit',
          fix: 'remove min_free',
        },
      ),
  }),
  rule({
    id: 'CAC-008',
    severity: FindingSeverity.WARNING,
    title: 'Nobody waits in turn for a page that may not be stored',
    why: 'proxy_cache_lock gives a page to one visitor at a time. When it turns out that it may not be stored (a cookie, no-store, an error), the next one gets it, alone again, until proxy_cache_lock_timeout lets the others go.',
    evidence:
      '200 visitors of a page with no-store that takes 100 ms: 19 s with a timeout of 19 s, 0.6 s with 500 ms, 0.8 s where nginx remembers such pages.',
    of: (inventory) =>
      cachingServers(inventory).filter((server) => argsOf(server, 'proxy_cache_lock')[0] === 'on'),
    check: (server) =>
      cachingBlocks(server).flatMap((block) => {
        const fetch = longest(block, 'proxy_connect_timeout') + longest(block, 'proxy_read_timeout');
        const seconds = longest(block, 'proxy_cache_lock_timeout');
        if (remembersPages(server)) {
          return when(seconds < fetch, {
            path: filePath(server, 'proxy_cache_lock_timeout'),
            measured: `${seconds} s, and an answer may take ${fetch} s`,
            expected: 'at least proxy_connect_timeout and proxy_read_timeout together',
            fix: 'raise it: pages that may not be stored are remembered, so nobody waits for them',
          });
        }
        return when(seconds > MAX_TURN_SECONDS, {
          path: filePath(server, 'proxy_cache_lock_timeout'),
          measured: `${seconds} s, and nginx does not remember which pages may not be stored`,
          expected: `at most ${MAX_TURN_SECONDS} s`,
          fix: 'set proxy_cache_lock_timeout 500ms; a page that takes longer is then fetched by everybody who waits',
        });
      }),
  }),
  rule({
    id: 'CAC-009',
    severity: FindingSeverity.WARNING,
    title: 'A page is kept as long as it is valid',
    why: 'A page that nobody asked for within `inactive` is removed, valid or not, and is not there when the origin is down.',
    evidence: 'nginx, proxy_cache_path: "regardless of their freshness".',
    of: cachesOf,
    check: ({ server, cache }) => {
      const inactive = parseNginxTime(parameter(cache, 'inactive') ?? '') ?? DEFAULT_INACTIVE_SECONDS;
      const valid = Math.max(
        0,
        ...directivesNamed(server.settings, 'proxy_cache_valid').map(
          ({ args }) => parseNginxTime(args.at(-1) ?? '') ?? 0,
        ),
      );
      return when(inactive < valid, {
        path: filePath(server, 'proxy_cache_path'),
        measured: `inactive is ${inactive} s, the longest validity ${valid} s`,
        expected: 'inactive of at least the longest validity',
        fix: 'raise inactive',
      });
    },
  }),
  rule({
    id: 'CAC-010',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'The keys of a full cache fit their zone',
    why: 'A full zone removes pages by force, long before the cache has its size.',
    evidence: `A zone holds ${KEYS_PER_MIB} keys per MiB; 256 KiB held 1983. The rule takes pages of 16 KiB.`,
    of: cachesOf,
    check: ({ server, cache }) => {
      const max = parseNginxSize(parameter(cache, 'max_size') ?? '');
      const zone = parseNginxSize(parameter(cache, 'keys_zone')?.split(':')[1] ?? '');
      const needed = max === undefined ? 0 : Math.ceil(max / MEAN_PAGE_BYTES / KEYS_PER_MIB) * MIB;
      return when(zone === undefined || zone < needed, {
        path: filePath(server, 'proxy_cache_path'),
        measured: `keys_zone of ${zone === undefined ? 'no size' : formatBytes(zone)} for max_size=${max === undefined ? 'none' : formatBytes(max)}`,
        expected: `at least ${formatBytes(needed)}`,
        fix: 'raise the size of keys_zone; larger pages than 16 KiB need less: excuse it then',
      });
    },
  }),
  rule({
    id: 'CAC-011',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Only hosts that are ours are part of a key',
    why: 'Anybody can send any Host: each makes every page another one, and fills the cache.',
    evidence: '20 random hosts made 20 pages and 20 requests to the origin.',
    of: cachingServers,
    check: (server) =>
      cachingBlocks(server).flatMap((block) => {
        const keys = directivesNamed(block, 'proxy_cache_key').flatMap(({ args }) => args);
        const names = directivesNamed(block, 'server_name').flatMap(({ args }) => args);
        const anybody = names.length === 0 || names.some((name) => ['_', '', '*', '~.*'].includes(name));
        return when(anybody && keys.some((key) => /\$(http_)?host\b/.test(key)), {
          path: filePath(server, 'server_name'),
          measured: `${names.length === 0 ? 'none' : names.join(' ')}, and the host in proxy_cache_key`,
          expected: 'the names of the site, and a default_server that refuses the others',
          fix: 'list them, or take the host out of the key and do not send it to the origin',
        });
      }),
  }),
  rule({
    id: 'CAC-012',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'HEAD and GET share a page',
    why: 'nginx fetches a page with GET for a HEAD; with the method in the key it is stored twice.',
    evidence: 'HEAD and then GET: 2 requests to the origin, 2 copies.',
    of: cachingServers,
    check: (server) =>
      when(
        directivesNamed(server.settings, 'proxy_cache_key').some(({ args }) =>
          args.some((arg) => arg.includes('$request_method')),
        ) && argsOf(server, 'proxy_cache_convert_head')[0] !== 'off',
        {
          path: filePath(server, 'proxy_cache_key'),
          measured: '$request_method in the key',
          expected: 'a key without the method',
          fix: 'remove it; proxy_cache_methods says what is cached',
        },
      ),
  }),
  rule({
    id: 'CAC-013',
    severity: FindingSeverity.WARNING,
    title: 'nginx heeds what the origin says of its answers',
    why: 'Without Set-Cookie, Cache-Control and Vary nginx stores what the origin marked as private.',
    evidence: 'nginx, proxy_ignore_headers; by default nginx stores no answer with Set-Cookie or private.',
    of: cachingServers,
    check: (server) => {
      const ignored = directivesNamed(server.settings, 'proxy_ignore_headers')
        .flatMap(({ args }) => args)
        .filter((name) => /^(set-cookie|cache-control|vary)$/i.test(name));
      return when(ignored.length > 0, {
        path: filePath(server, 'proxy_ignore_headers'),
        measured: ignored.join(', '),
        expected: 'none of Set-Cookie, Cache-Control and Vary',
        fix: 'remove them, and let the origin say what is public',
      });
    },
  }),
  rule({
    id: 'CAC-014',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'A page is compressed once, not for every visitor',
    why: 'gzip in the server that caches runs for every hit.',
    evidence: '207 µs of CPU per hit with it, 20 µs when a compressed page is stored.',
    of: cachingServers,
    check: (server) => {
      const outer = directivesNamed(server.settings, 'http')
        .flatMap(({ block }) => block ?? [])
        .filter(({ name }) => name === 'gzip')
        .at(-1)?.args[0];
      const inner = cachingBlocks(server).map(
        (block) => directivesNamed(withoutUncached(block), 'gzip').at(-1)?.args[0] ?? outer,
      );
      return when(inner.includes('on'), {
        path: filePath(server, 'gzip'),
        measured: 'on, where pages are cached',
        expected: 'a hop before the cache that compresses, or an origin that does',
        fix: 'move gzip there, and add gunzip for clients that take none',
      });
    },
  }),
  rule({
    id: 'CAC-015',
    severity: FindingSeverity.WARNING,
    byDefault: FindingSeverity.INFO,
    title: 'Cached files are not read by threads',
    why: 'What is asked for often lies in the page cache; handing it to a thread costs more than reading it.',
    evidence: '66 µs of CPU per hit with aio threads, 23 µs without.',
    of: cachingServers,
    check: (server) =>
      when(argsOf(server, 'aio')[0]?.startsWith('threads') ?? false, {
        path: filePath(server, 'aio'),
        measured: 'threads',
        expected: 'aio off',
        fix: 'remove it',
      }),
  }),
  rule({
    id: 'CAC-016',
    severity: FindingSeverity.ERROR,
    byDefault: FindingSeverity.WARNING,
    title: 'Captures are not used by an nginx that discloses memory with them',
    why: 'Unnamed captures together with slices or background updates return memory of the server to clients.',
    evidence: 'CVE-2026-60005, fixed in 1.30.4 and 1.31.3.',
    of: cachingServers,
    check: (server) => {
      const image = textAt(server.container.container, 'image') ?? '';
      const { hasSafeCaptures } = new NginxFeatures(versionOfImage(image));
      const all = (directives: typeof server.settings): readonly string[] =>
        directives.flatMap(({ args, block }) => [...args, ...all(block ?? [])]);
      const captures = all(server.settings).filter((arg) => /\$\{?[1-9]/.test(arg));
      const exposed =
        directivesNamed(server.settings, 'slice').length > 0 ||
        argsOf(server, 'proxy_cache_background_update')[0] === 'on';
      return when(captures.length > 0 && exposed && !hasSafeCaptures, {
        path: filePath(server, 'map'),
        measured: `${captures[0]} with ${image}`,
        expected: 'no $1 to $9, or nginx 1.30.4 or newer',
        fix: 'use a newer image, or named captures',
      });
    },
  }),
];
