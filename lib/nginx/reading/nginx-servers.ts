/** What rules about nginx look at, and how directives are found. */
import { configured, type ConfiguredServer } from '../../inventory/configured-servers';
import { wordsOf } from '../../inventory/environment';
import type { KubernetesObject } from '../../inventory/inventory';
import { type Json, recordAt, recordsAt, textAt } from '../../inventory/json';
import { memo } from '../../inventory/memo';
import { type ParsedDirective, parseNginxConf } from '../configuration/nginx-conf';

export type Nginx = ConfiguredServer<readonly ParsedDirective[]>;

/** nginx servers whose configuration could be read. */
export const configuredServers = memo((inventory): readonly Nginx[] =>
  nginxServers(inventory).filter(({ source }) => source !== undefined),
);

/** nginx servers that cache. */
export const cachingServers = memo((inventory): readonly Nginx[] =>
  nginxServers(inventory).filter(({ settings }) => directivesNamed(settings, 'proxy_cache_path').length > 0),
);

export interface CacheOf {
  readonly object: KubernetesObject;
  readonly server: Nginx;
  readonly cache: ParsedDirective;
}

/** Their caches. */
export const cachesOf = memo((inventory): readonly CacheOf[] =>
  cachingServers(inventory).flatMap((server) =>
    directivesNamed(server.settings, 'proxy_cache_path').map((cache) => ({
      object: server.object,
      server,
      cache,
    })),
  ),
);

/** Where a directive is, as a finding says it. */
export const filePath = ({ source }: Nginx, name: string) => `data.${source?.key}: ${name}`;

/** Arguments of the last directive of a name, wherever it is. */
export const argsOf = ({ settings }: Pick<Nginx, 'settings'>, name: string) =>
  directivesNamed(settings, name).at(-1)?.args ?? [];

/** A parameter such as `max_size=1g`. */
export function parameter({ args }: ParsedDirective, name: string): string | undefined {
  const found = args.find((arg) => arg.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

/** The mount of a container that holds a path: the one with the longest path. */
function mountAt({ container }: Nginx, path: string): Json | undefined {
  return recordsAt(container.container, 'volumeMounts')
    .filter((one) => `${path}/`.startsWith(`${textAt(one, 'mountPath') ?? '?'}/`))
    .sort((a, b) => (textAt(b, 'mountPath') ?? '').length - (textAt(a, 'mountPath') ?? '').length)[0];
}

/** Name of the volume that holds a path. */
export function volumeNameAt(server: Nginx, path: string): string | undefined {
  const mount = mountAt(server, path);
  return mount && textAt(mount, 'name');
}

/** The volume that holds a path, when it goes with the pod. */
export function volumeAt(server: Nginx, path: string): Json | undefined {
  const name = volumeNameAt(server, path);
  return (
    name === undefined
      ? []
      : recordsAt(server.workload.pod, 'volumes').filter((volume) => textAt(volume, 'name') === name)
  ).find((volume) => recordAt(volume, 'emptyDir'));
}

/** Whether pages get `stale-while-revalidate` from nginx itself, which says of each page what proxy_cache_use_stale says of all. */
export function allowsStale({ settings }: Nginx): boolean {
  const says = (directives: readonly ParsedDirective[]): boolean =>
    directives.some(
      ({ args, block }) => args.some((arg) => arg.includes('stale-while-revalidate=')) || says(block ?? []),
    );
  return says(settings);
}

/**
 * Whether nginx remembers of a page that it may not be stored: as a status that `proxy_cache_valid` keeps and `error_page`
 * sends to another location.
 */
export function remembersPages({ settings }: Nginx): boolean {
  if (!directivesNamed(settings, 'proxy_intercept_errors').some(({ args }) => args[0] === 'on')) return false;
  const kept = directivesNamed(settings, 'proxy_cache_valid').flatMap(({ args }) => args);
  return directivesNamed(settings, 'error_page').some(
    ({ args }) =>
      args.at(-1)?.startsWith('@') === true && args.some((arg) => /^\d{3}$/.test(arg) && kept.includes(arg)),
  );
}

/** nginx servers with their configuration. */
export const nginxServers = memo((inventory): readonly Nginx[] =>
  configuredNginx(inventory).map((server) => {
    const words = wordsOf(server.container, inventory);
    const at = words.indexOf('-g');
    // Directives on the command line are those of the outermost block.
    return at < 0
      ? server
      : { ...server, settings: [...(parseNginxConf(words[at + 1] ?? '') ?? []), ...server.settings] };
  }),
);

/** Also templates, from which the image makes files with variables filled in. */
const configuredNginx = configured<readonly ParsedDirective[]>(
  'nginx',
  (text, key) => (/\.conf(\.template)?$/.test(key) ? parseNginxConf(text) : undefined),
  [],
);

const indices = new WeakMap<readonly ParsedDirective[], ReadonlyMap<string, ParsedDirective[]>>();

/** Directives by name, wherever they are, in the order of the text. */
function indexOf(directives: readonly ParsedDirective[]): ReadonlyMap<string, ParsedDirective[]> {
  const known = indices.get(directives);
  if (known) return known;
  const index = new Map<string, ParsedDirective[]>();
  const add = (those: readonly ParsedDirective[]) => {
    for (const one of those) {
      const list = index.get(one.name);
      if (list) list.push(one);
      else index.set(one.name, [one]);
      if (one.block) add(one.block);
    }
  };
  add(directives);
  indices.set(directives, index);
  return index;
}

/** Directives of a name, wherever they are. */
export function directivesNamed(
  directives: readonly ParsedDirective[],
  name: string,
): readonly ParsedDirective[] {
  return indexOf(directives).get(name) ?? [];
}
