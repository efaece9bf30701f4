/** Configuration files of servers, read as the servers read them, from whatever ConfigMap a pod mounts. */
import type { Inventory, KubernetesObject, WorkloadObject } from './inventory';
import { recordsAt, textAt, textsAt } from './json';

/** A file of a ConfigMap that a workload mounts. */
export interface MountedFile {
  readonly configMap: KubernetesObject;
  readonly key: string;
  readonly text: string;
}

/** Files that the pods of a workload mount from ConfigMaps of the inventory. */
export function mountedFiles(workload: WorkloadObject, inventory: Inventory): MountedFile[] {
  const names = recordsAt(workload.pod, 'volumes').flatMap(
    (volume) => textAt(volume, 'configMap', 'name') ?? [],
  );
  return [...new Set(names)].flatMap((name) => {
    const configMap = inventory.find('ConfigMap', workload.object.namespace, name);
    if (!configMap) return [];
    return Object.entries(textsAt(configMap.manifest, 'data')).map(([key, text]) => ({
      configMap,
      key,
      text,
    }));
  });
}

/** Settings of a `postgresql.conf`: the last one of a name wins. */
export function parsePostgresConf(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z_][\w.]*)\s*(?:=\s*|\s)('(?:[^'\\]|''|\\.)*'|[^\s#']+)\s*(?:#.*)?$/.exec(line);
    if (!match) continue;
    const [, name, raw] = match;
    const value = raw.startsWith("'")
      ? raw.slice(1, -1).replace(/''|\\(.)/g, (_, escaped?: string) => escaped ?? "'")
      : raw;
    settings.set(name.toLowerCase(), value);
  }
  return settings;
}

/** Directives of a `redis.conf`, by lower-case name: the arguments of each time it is there. */
export function parseRedisConf(text: string): Map<string, string[][]> {
  const directives = new Map<string, string[][]>();
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\')*)'|(\S+)/g)].map(
      ([, double, single, bare]: Array<string | undefined>) => double ?? single ?? bare ?? '',
    );
    const [name, ...args] = words;
    const key = name.toLowerCase();
    directives.set(key, [...(directives.get(key) ?? []), args]);
  }
  return directives;
}

/** A `pgbouncer.ini`: its databases with their fields, and the settings of PgBouncer itself. */
export interface ParsedPgBouncerIni {
  readonly databases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly settings: ReadonlyMap<string, string>;
}

/** Reads a `pgbouncer.ini`: the last line of a name wins, as in PgBouncer. */
export function parsePgBouncerIni(text: string): ParsedPgBouncerIni {
  const databases = new Map<string, ReadonlyMap<string, string>>();
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\s*\[(\w+)\]\s*$/.exec(line)?.[1] ?? section;
    const [, name, value] = /^\s*([^\s;#[=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (section === 'pgbouncer') settings.set(name, value);
    if (section === 'databases') {
      const fields = [...value.matchAll(/(\w+)=(?:'((?:[^']|'')*)'|(\S*))/g)];
      databases.set(
        name,
        new Map(fields.map(([, key, quoted, bare]) => [key, quoted?.replaceAll("''", "'") ?? bare])),
      );
    }
  }
  return { databases, settings };
}

/** Bytes of a size of Redis: `1g` is 10⁹ and `1gb` is 2³⁰. */
export function parseRedisSize(text: string): number | undefined {
  const match = /^(\d+)(b|k|kb|m|mb|g|gb)?$/i.exec(text);
  if (!match) return undefined;
  const unit = (match[2] ?? 'b').toLowerCase();
  const power = { b: 0, k: 1, m: 2, g: 3 }[unit[0]] ?? 0;
  return Number(match[1]) * (unit.endsWith('b') ? 1024 : 1000) ** power;
}

/** A directive of nginx as it was read; `line` is where it begins. */
export interface ParsedDirective {
  readonly name: string;
  readonly args: readonly string[];
  readonly block?: readonly ParsedDirective[];
}

/** Directives of an nginx configuration; undefined when it is none. */
export function parseNginxConf(text: string): ParsedDirective[] | undefined {
  const tokens = text.matchAll(
    /#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([;{}])|((?:\\.|\$\{[^}]*\}|[^\s;{}"'#\\])+)|(\S)/g,
  );
  const root: ParsedDirective[] = [];
  const open: ParsedDirective[][] = [root];
  let words: string[] = [];
  for (const [token, double, single, mark, bare, stray] of tokens as Iterable<Array<string | undefined>>) {
    if (token?.startsWith('#') && double === undefined && single === undefined) continue;
    if (stray !== undefined) return undefined;
    if (mark === undefined) {
      words.push((double ?? single ?? bare ?? '').replace(/\\(["'\\])/g, '$1'));
      continue;
    }
    const [name, ...args] = words;
    words = [];
    if (mark === '}') {
      if (name !== undefined || open.length === 1) return undefined;
      open.pop();
    } else if (name === undefined) return undefined;
    else if (mark === ';') open[open.length - 1].push({ name, args });
    else {
      const block: ParsedDirective[] = [];
      open[open.length - 1].push({ name, args, block });
      open.push(block);
    }
  }
  return open.length === 1 && words.length === 0 ? root : undefined;
}

/** Bytes of a size of nginx: `10m` is 10 MiB. */
export function parseNginxSize(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/i.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf(match[2].toLowerCase());
}
