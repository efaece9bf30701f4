import { commentLines } from '../../units/comment';
import type { Setting } from '../tuning/setting';

/** Prints settings as `postgresql.conf`: by section, each line under its reason. */
export function printPostgresConf(settings: readonly Setting[]): string {
  const sections = [...new Set(settings.map((setting) => setting.section))];
  return sections
    .map((section) => {
      const lines = settings
        .filter((setting) => setting.section === section)
        .flatMap(({ name, value, reason }) => [...commentLines('#', reason), `${name} = ${quote(value)}`]);
      return `#### ${section}\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

/**
 * A value as the configuration file's grammar takes it: numbers bare, all else in single quotes, with quotes doubled
 * and backslashes escaped.
 */
function quote(value: string): string {
  if (/^\d+(\.\d+)?$/.test(value)) return value;
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
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

/** Settings of a command line of postgres: `-c name=value`, `--name=value`, and the short forms of the two that have one. */
export function parsePostgresArguments(words: readonly string[]): Map<string, string> {
  const settings = new Map<string, string>();
  const set = (text: string | undefined, pattern: RegExp) => {
    const [, name, value] = pattern.exec(text ?? '') ?? [];
    if (name !== undefined) settings.set(name.replaceAll('-', '_').toLowerCase(), value);
  };
  words.forEach((word, index) => {
    if (word === '-c') set(words[index + 1], /^([A-Za-z_][\w.-]*)=(.*)$/s);
    else if (word === '-B') settings.set('shared_buffers', words[index + 1] ?? '');
    else if (word === '-N') settings.set('max_connections', words[index + 1] ?? '');
    else set(word, /^(?:--|-c)([A-Za-z_][\w.-]*)=(.*)$/s);
  });
  return settings;
}

/** Names of settings that follow from the size of the volume; the server takes them with `pg_reload_conf()`. */
const OF_THE_VOLUME: ReadonlySet<string> = new Set([
  'max_slot_wal_keep_size',
  'max_wal_size',
  'min_wal_size',
]);

/**
 * The settings for which a database restarts: comments say nothing to it, and a volume that has grown is no reason to be
 * away.
 */
export function settingsToRestartFor(text: string): Array<[name: string, value: string]> {
  return [...parsePostgresConf(text)].filter(([name]) => !OF_THE_VOLUME.has(name));
}
