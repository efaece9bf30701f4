/** Settings of a user's own: which directives they may set, and to what. */
import { nearestName } from '../../units/nearest';
import {
  defaultOf,
  directiveNames,
  type EngineTarget,
  isAtLeast,
  isSize,
  refusalOf,
  SIZES,
  titleOf,
} from './redis-directives';

const words = (text: string) => text.trim().split(/\s+/);

const AS_DERIVED = 'maxmemory and the container are derived from one another with it';

/** Directives that are computed or would contradict the pod, and what to do instead. */
const TAKEN = new Map<string, string>([
  ...taken('maxmemory', 'set maxMemory or memory'),
  ...taken('maxmemory-policy', 'set evictionPolicy'),
  ...taken('maxmemory-clients maxclients', 'set clients and largestValue'),
  ...taken('client-output-buffer-limit', 'set clients, largestValue and writeRate'),
  ...taken('proto-max-bulk-len', 'set largestValue'),
  ...taken('maxmemory-eviction-tenacity', `${AS_DERIVED}; remove it`),
  ...taken('replica-ignore-maxmemory slave-ignore-maxmemory repl-diskless-load', `${AS_DERIVED}; remove it`),
  ...taken('disable-thp', `${AS_DERIVED}; remove it`),
  ...taken('lfu-log-factor lfu-decay-time', 'set lfu'),
  ...taken('activedefrag', 'set activeDefragmentation'),
  ...taken('io-threads', 'it follows the CPU limit; set profile'),
  ...taken(
    'save appendonly appendfsync stop-writes-on-bgsave-error appendfilename appenddirname dbfilename',
    'set persistence',
  ),
  ...taken(
    'auto-aof-rewrite-percentage auto-aof-rewrite-min-size',
    'the volume is sized with it; set storage',
  ),
  ...taken('repl-backlog-size', 'set writeRate'),
  ...taken(
    'repl-diskless-sync replicaof slaveof replica-announce-ip replica-announce-port slave-announce-ip slave-announce-port ' +
      'masterauth masteruser primaryauth primaryuser cluster-enabled cluster-config-file cluster-port',
    'set topology',
  ),
  ...taken(
    'requirepass',
    'a password does not stand in a ConfigMap; set credentials and passwordOnlyClients',
  ),
  ...taken('aclfile user', 'set users and allowCommands'),
  ...taken('rename-command', 'users may do what the ACL says; set users and allowCommands'),
  ...taken('loadmodule', 'set modules'),
  ...taken(
    'enable-debug-command enable-module-command enable-protected-configs',
    'it lets clients run code and move files; remove it',
  ),
  ...taken('include', 'all of the configuration is in one ConfigMap; remove it'),
  ...taken(
    'port bind bind-source-addr protected-mode unixsocket unixsocketperm unixsocketgroup',
    'Service, probes and NetworkPolicy are for the port of the pod; remove it',
  ),
  ...taken(
    'dir daemonize pidfile supervised logfile syslog-enabled syslog-facility syslog-ident',
    'the container runs one process, which writes its log to its output and files to one volume; remove it',
  ),
  ...taken(
    'shutdown-timeout shutdown-on-sigterm shutdown-on-sigint',
    'the time to stop is computed for it; remove it',
  ),
]);

function taken(names: string, instead: string): Array<[string, string]> {
  return words(names).map((name) => [name, instead]);
}

/** What to do instead of setting a directive; undefined where it may be set. */
function takenBy(name: string): string | undefined {
  if (name.startsWith('tls-')) return 'set certificate';
  if (name.startsWith('cluster-announce-')) return 'set topology';
  return TAKEN.get(name);
}

/** Directives of several arguments; the value of any other is one, also with spaces. */
const OF_SEVERAL = ['latency-tracking-info-percentiles', 'oom-score-adj-values'];

/** Values of directives whose default is `yes` or `no`, and that have more. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'oom-score-adj': ['yes', 'no', 'relative', 'absolute'],
  'sanitize-dump-payload': ['yes', 'no', 'clients'],
};

/** Arguments of a directive, from its value as a file would have it. */
export function argumentsOf(name: string, value: string): string[] {
  return OF_SEVERAL.includes(name) ? words(value) : [value];
}

/** Why a directive is not set to a value, with what is allowed and what to do; undefined when it may be. */
export function settingRefusal(name: string, value: string, target: EngineTarget): string | undefined {
  const known = directiveNames(target.engine);
  const instead = takenBy(name);
  if (instead !== undefined && known.includes(name)) return `it is not set here: ${instead}`;
  if (/["'\\\n\r]/.test(value)) return 'allowed: a value without quotes, backslashes and line breaks';
  const refusal = refusalOf(name, argumentsOf(name, value), target);
  if (refusal !== undefined && known.includes(name))
    return `${refusal}; the server would not start; correct or remove it`;
  if (!known.includes(name)) return unknown(name, known, target);
  const allowed = allowedOf(name, value, target);
  return allowed === undefined ? undefined : `allowed: ${allowed}`;
}

function unknown(name: string, known: readonly string[], target: EngineTarget): string {
  const near = nearestName(name, known);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `${titleOf(target)} has no such directive that is known, and would not start; allowed: a directive of its configuration file${hint}`;
}

/** What a value has to look like, by the default of the directive, when it does not. */
function allowedOf(name: string, value: string, target: EngineTarget): string | undefined {
  if (name === 'notify-keyspace-events') return eventsRule(value, target);
  const otherwise = defaultOf(name, target.engine) ?? '';
  if (otherwise === 'yes' || otherwise === 'no') {
    const choices = Object.hasOwn(CHOICES, name) ? CHOICES[name] : ['yes', 'no'];
    return choices.includes(value) ? undefined : choices.join(', ');
  }
  if (!/^-?\d+$/.test(otherwise)) return undefined;
  if (/^-?\d+$/.test(value) || (isAmount(name) && isSize(value))) return undefined;
  return isAmount(name)
    ? 'bytes, or a whole number with kb, mb or gb'
    : 'a whole number, such as the default, ' + otherwise;
}

const isAmount = (name: string) => SIZES.includes(name) || /-(bytes|value)$/.test(name);

/** Letters of events by what they are for: where they are published, and which. */
const EVENTS = 'KEg$lshzxetdmnA';
/** Keys that are overwritten, and that change their type. */
const EVENTS_OF_REDIS_8_2 = 'oc';

function eventsRule(value: string, { engine, version }: EngineTarget): string | undefined {
  const newer = engine === 'redis' && version !== undefined && isAtLeast(version, [8, 2]);
  const letters = EVENTS + (newer ? EVENTS_OF_REDIS_8_2 : '');
  if (value === '') return undefined;
  const good = [...value].every((letter) => letters.includes(letter));
  const published = /[KE]/.test(value) && /[^KE]/.test(value);
  return good && published
    ? undefined
    : `K, E or both, which say where events are published, and at least one of the letters ${letters.slice(2)}, which say what of; such as Ex for keys that expire`;
}
