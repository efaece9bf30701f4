/**
 * Which commands which server has, and which of them nobody is granted.
 *
 * The names are what `COMMAND` of Redis 7.0 and Valkey 8.0 lists (command-table.ts). What came later is listed with the
 * version it came with, from the servers' sources and release notes. A server does not start with an ACL that names a
 * command which it does not have, so other names are refused.
 */
import { nearestName } from '../../units/nearest';
import { COMMAND_ROWS } from './command-table';
import { type EngineName, type EngineTarget, type Since, titleOf, tooOld } from './redis-directives';

const COMMANDS: Readonly<Record<EngineName, ReadonlySet<string>>> = {
  redis: commandsOf('redis'),
  valkey: commandsOf('valkey'),
};

function commandsOf(engine: EngineName): ReadonlySet<string> {
  const rows = COMMAND_ROWS.map((row) => row.split(' '));
  return new Set(rows.filter((cells) => cells.includes(engine)).map(([name]) => name));
}

const since = (names: string, versions: Since) =>
  names.split(' ').map((name): [string, Since] => [name, versions]);

/** Commands by the version that they came with; an engine that is not named has none. */
const NEWER = new Map<string, Since>([
  ...since('client|setinfo client|no-touch cluster|myshardid waitaof', { redis: [7, 2], valkey: [7, 2] }),
  ...since('client|capa script|show', { valkey: [8, 0] }),
  ...since('cluster|slot-stats', { redis: [8, 2], valkey: [8, 0] }),
  ...since('commandlog|get commandlog|len commandlog|reset', { valkey: [8, 1] }),
  ...since('hexpire hexpireat hexpiretime hpersist hpexpire hpexpireat hpexpiretime hpttl httl', {
    redis: [7, 4],
    valkey: [9, 0],
  }),
  ...since('hgetex hsetex', { redis: [8, 0], valkey: [9, 0] }),
  ...since('hgetdel', { redis: [8, 0] }),
]);

const REPLICATES = 'it changes who replicates whom; set topology';
const FORKS =
  'it forks or stops everybody, and the container has memory for that only as persistence says; set persistence';
const RUNS_CODE = 'it runs code in the server; name the file in modules';
const CHANGES_USERS =
  'users that it makes have any right, and are gone with the next restart; set users or allowCommands';
const SHOWS_DIGESTS = 'it shows the digests of all passwords';
const OF_TESTS = "it is of the server's own tests";

/** Commands that break what the construct promises, and why. */
const REFUSED = new Map<string, string>([
  ['flushall', 'it empties the databases of everybody; FLUSHDB empties that of the client'],
  ['shutdown', 'it stops the server; delete the pod instead'],
  ['debug', 'it can stop the server, and change it in any way'],
  ['config|set', 'what it sets is gone with the next restart, and may outgrow the container; set settings'],
  ['config|rewrite', 'the configuration is a ConfigMap, which the server cannot write; set settings'],
  ...['replicaof', 'slaveof', 'failover', 'psync', 'sync', 'replconf'].map(
    (name) => [name, REPLICATES] as const,
  ),
  ...['save', 'bgsave', 'bgrewriteaof'].map((name) => [name, FORKS] as const),
  ...['module|load', 'module|loadex', 'module|unload'].map((name) => [name, RUNS_CODE] as const),
  ...['acl|setuser', 'acl|deluser', 'acl|load', 'acl|save'].map((name) => [name, CHANGES_USERS] as const),
  ...['acl|list', 'acl|getuser'].map((name) => [name, SHOWS_DIGESTS] as const),
  ['migrate', 'it sends keys to any server; read them with SCAN and DUMP'],
  ['client|no-evict', 'it takes a client out of the bound that keeps all of them in the container'],
  ...['pfdebug', 'pfselftest'].map((name) => [name, OF_TESTS] as const),
]);

/** Why a command is not granted, with what to do; undefined when it may be. */
export function grantRefusal(command: string, target: EngineTarget, hasModules: boolean): string | undefined {
  const refused = REFUSED.get(command);
  if (refused !== undefined) return `${refused}; remove it`;
  const newer = NEWER.get(command);
  if (newer) {
    const reason = tooOld(newer, target);
    return reason === undefined ? undefined : `it ${reason}; remove it, or run a version that has it`;
  }
  if (COMMANDS[target.engine].has(command)) return refusalOfWhole(command);
  if (hasModules && /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/.test(command)) return undefined;
  return unknown(command, target);
}

/** A command with subcommands of which one is refused is granted by its subcommands only. */
function refusalOfWhole(command: string): string | undefined {
  const part = [...REFUSED.keys()].find((one) => one.startsWith(`${command}|`));
  return part === undefined
    ? undefined
    : `${part} is part of it; allowed: its other subcommands, such as ${EXAMPLES[command]}`;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  acl: 'acl|users',
  client: 'client|list',
  config: 'config|get',
  module: 'module|list',
};

function unknown(command: string, target: EngineTarget): string {
  const { engine } = target;
  const names = new Set([
    ...COMMANDS[engine],
    ...[...NEWER].filter(([, versions]) => versions[engine]).map(([name]) => name),
  ]);
  // "CONFIG GET", as the documentation of the servers writes it.
  const written = command.trim().toLowerCase().replace(/\s+/, '|');
  const near = names.has(written) ? written : nearestName(command, names);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `${titleOf(target)} has no such command, and would not start; allowed: a command in lower case, such as keys, or a subcommand, such as config|get${hint}`;
}
