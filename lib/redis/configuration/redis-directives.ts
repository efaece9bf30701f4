/**
 * Which directives, policies and sizes which server reads: a configuration with anything else does not start it.
 *
 * The names and their defaults are what `CONFIG GET *` of Redis 7.0 and Valkey 8.0 lists (directive-table.ts). What came
 * later is listed with the version it came with, from release notes; other names are judged up to the versions that were
 * measured.
 */

import { parseImage } from '../../units/image';
import { DIRECTIVE_ROWS } from './directive-table';

export type EngineName = 'redis' | 'valkey';
export type EngineVersion = readonly [major: number, minor: number];

export interface EngineTarget {
  readonly engine: EngineName;
  /** Undefined when the image does not tell: then only what every version reads is known to be good. */
  readonly version?: EngineVersion;
}

/** The oldest versions that a configuration of ours is made for: `maxmemory-clients` came with Redis 7.0. */
export const OLDEST: Readonly<Record<EngineName, EngineVersion>> = { redis: [7, 0], valkey: [7, 2] };

/** The versions whose names were read from the server itself. */
const MEASURED: Readonly<Record<EngineName, EngineVersion>> = { redis: [7, 0], valkey: [8, 0] };

/** Directives that stand in files only, which `CONFIG GET` does not list. */
const FILE_ONLY = ['include', 'loadmodule', 'rename-command', 'user'];

const words = (text: string) => text.trim().split(/\s+/);

/** Defaults by name; a name that is not there is no directive of the engine. */
const DEFAULTS: Readonly<Record<EngineName, ReadonlyMap<string, string>>> = {
  redis: columnOf(1),
  valkey: columnOf(2),
};

function columnOf(column: 1 | 2): ReadonlyMap<string, string> {
  return new Map(
    DIRECTIVE_ROWS.map((row) => row.split('|'))
      .filter((cells) => cells[column] !== '~')
      .map((cells) => [cells[0], cells[column]] as const),
  );
}

/** Every name that is known of some version of an engine. */
export function directiveNames(engine: EngineName): string[] {
  return [
    ...DEFAULTS[engine].keys(),
    ...FILE_ONLY,
    ...[...NEWER].filter(([, since]) => since[engine]).map(([name]) => name),
  ];
}

/** What holds where a file does not have a directive. */
export function defaultOf(name: string, engine: EngineName): string | undefined {
  return DEFAULTS[engine].get(name);
}

const isKnown = (name: string, engine: EngineName) => DEFAULTS[engine].has(name) || FILE_ONLY.includes(name);

export type Since = Readonly<Partial<Record<EngineName, EngineVersion>>>;

/** Directives by the version that they came with; an engine that is not named has none. */
const NEWER = new Map<string, Since>(
  Object.entries({
    'cluster-announce-human-nodename': { valkey: [7, 2], redis: [7, 2] },
    'locale-collate': { valkey: [7, 2], redis: [7, 2] },
    'set-max-listpack-entries': { valkey: [7, 2], redis: [7, 2] },
    'set-max-listpack-value': { valkey: [7, 2], redis: [7, 2] },
    'hide-user-data-from-log': { valkey: [8, 0], redis: [7, 4] },
    'max-new-connections-per-cycle': { valkey: [8, 0], redis: [7, 4] },
    'max-new-tls-connections-per-cycle': { valkey: [8, 0], redis: [7, 4] },
    'log-format': { valkey: [8, 1] },
    'log-timestamp-format': { valkey: [8, 1] },
    'commandlog-execution-slower-than': { valkey: [8, 1] },
    'commandlog-slow-execution-max-len': { valkey: [8, 1] },
    'commandlog-request-larger-than': { valkey: [8, 1] },
    'commandlog-large-request-max-len': { valkey: [8, 1] },
    'commandlog-reply-larger-than': { valkey: [8, 1] },
    'commandlog-large-reply-max-len': { valkey: [8, 1] },
  }),
);

/** Values of `maxmemory-policy` by the version that they came with. */
const POLICIES = new Map<string, Since>([
  ...words(
    'noeviction allkeys-lru allkeys-lfu allkeys-random volatile-lru volatile-lfu volatile-random volatile-ttl',
  ).map((name): [string, Since] => [name, { redis: [4, 0], valkey: [7, 2] }]),
  ['allkeys-lrm', { redis: [8, 6] }],
  ['volatile-lrm', { redis: [8, 6] }],
]);

/** Directives whose value is an amount of memory. */
export const SIZES = words(
  'maxmemory client-query-buffer-limit proto-max-bulk-len repl-backlog-size auto-aof-rewrite-min-size active-defrag-ignore-bytes hll-sparse-max-bytes stream-node-max-bytes cluster-link-sendbuf-limit',
);

/** Images whose server brings the allocator that `activedefrag` needs; Debian's packages are built with the system's. */
const DEFRAGMENTING = [
  /(^|\/)library\/redis[:@]/,
  /^redis[:@]/,
  /(^|\/)valkey\/valkey[:@]/,
  /(^|\/)opstree\/redis[:@]/,
];

export function canDefragment(image: string): boolean {
  return DEFRAGMENTING.some((known) => known.test(image));
}

/** Engine and version that an image tells, as far as it does. */
export function targetOfImage(image: string): {
  readonly engine?: EngineName;
  readonly version?: EngineVersion;
} {
  const { name, tag = '' } = parseImage(image);
  const engine = name.startsWith('valkey') ? 'valkey' : name.startsWith('redis') ? 'redis' : undefined;
  return { engine, version: parseVersion(tag) };
}

/** A version such as `8`, `8.1`, `v8.0.6` or `8.1.3-bookworm`; undefined for anything else, such as `stable`. */
export function parseVersion(text: string): EngineVersion | undefined {
  const match = /^v?(\d{1,3})(?:\.(\d{1,3}))?(?:\.\d+)*(?:-.*)?$/.exec(text);
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : undefined;
}

export function isAtLeast(version: EngineVersion, least: EngineVersion): boolean {
  return version[0] > least[0] || (version[0] === least[0] && version[1] >= least[1]);
}

const show = ([major, minor]: EngineVersion) => `${major}.${minor}`;
const TITLE: Readonly<Record<EngineName, string>> = { redis: 'Redis', valkey: 'Valkey' };
export const titleOf = ({ engine, version }: EngineTarget) =>
  version ? `${TITLE[engine]} ${show(version)}` : `a ${TITLE[engine]} of unknown version`;

/** Why a server does not start with a directive; undefined when it does, or when nobody knows. */
export function refusalOf(
  name: string,
  args: ReadonlyArray<string | number>,
  target: EngineTarget,
): string | undefined {
  const known = NEWER.get(name);
  if (known) {
    const reason = tooOld(known, target);
    if (reason !== undefined) return `${name} ${reason}`;
  } else if (!isKnown(name, target.engine)) {
    const { version } = target;
    const other = target.engine === 'redis' ? 'valkey' : 'redis';
    if (isKnown(name, other)) return `${name} is a directive of ${TITLE[other]}`;
    const judged = version !== undefined && !isAtLeast(version, nextAfter(MEASURED[target.engine]));
    return judged ? `${titleOf(target)} knows no directive ${name}` : undefined;
  }
  if (name === 'maxmemory-policy') return policyRefusal(String(args[0]), target);
  if (SIZES.includes(name) && !isSize(String(args[0])))
    return `${name} ${args[0]} is no size; it wants bytes, or a whole number with kb, mb or gb`;
  if (name === 'maxmemory-clients' && !isSize(String(args[0])) && !/^\d{1,2}%$|^100%$/.test(String(args[0])))
    return `maxmemory-clients ${args[0]} is neither a size nor a percentage`;
  return undefined;
}

/** Why a server does not take an eviction policy. */
export function policyRefusal(policy: string, target: EngineTarget): string | undefined {
  const since = POLICIES.get(policy);
  if (!since) return `maxmemory-policy ${policy} is none`;
  const reason = tooOld(since, target);
  return reason === undefined ? undefined : `maxmemory-policy ${policy} ${reason}`;
}

/** Why what came with a version is not there. */
export function tooOld(since: Since, target: EngineTarget): string | undefined {
  const least = since[target.engine];
  if (!least) {
    const [[other, from]] = Object.entries(since) as Array<[EngineName, EngineVersion]>;
    return `is of ${TITLE[other]} ${show(from)}; ${TITLE[target.engine]} has none`;
  }
  return isAtLeast(target.version ?? OLDEST[target.engine], least)
    ? undefined
    : `came with ${TITLE[target.engine]} ${show(least)}; this is ${titleOf(target)}`;
}

/** A size as the servers read it: Kubernetes' `768Mi`, a fraction and an exponent are fatal. */
export function isSize(text: string): boolean {
  return /^\d+(b|k|kb|m|mb|g|gb)?$/i.test(text);
}

function nextAfter([major, minor]: EngineVersion): EngineVersion {
  return [major, minor + 1];
}
