import type { Directive } from '../tuning/redis-tuning';

/** Prints directives as a configuration file of Redis and Valkey, each under its reason. */
export function printRedisConf(directives: readonly Directive[]): string {
  return directives
    .map(({ name, args, reason }) => `# ${reason}\n${[name, ...args.map(quote)].join(' ')}\n`)
    .join('');
}

/** An argument as the server's own splitter reads it: bare where nothing in it is special, else in double quotes. */
function quote(argument: string | number): string {
  const text = String(argument);
  if (/^[A-Za-z0-9._:*%/-]+$/.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Directives of a `redis.conf`, by lower-case name: the arguments of each time it is there. */
export function parseRedisConf(text: string): Map<string, string[][]> {
  const directives = new Map<string, string[][]>();
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\')*)'|(\S+)/g)].map(
      ([, double, single, bare]: Array<string | undefined>) =>
        double?.replace(ESCAPE, unescaped) ?? single?.replaceAll("\\'", "'") ?? bare ?? '',
    );
    const [name, ...args] = words;
    const key = name.toLowerCase();
    directives.set(key, [...(directives.get(key) ?? []), args]);
  }
  return directives;
}

/** Directives of a command line: `--name` and its arguments, up to the next one (server.c, main). */
export function parseRedisArguments(words: readonly string[]): Map<string, string[][]> {
  const directives = new Map<string, string[][]>();
  let current: string[] | undefined;
  for (const word of words) {
    const [, name] = /^--([a-z][\w-]*)$/i.exec(word) ?? [];
    if (name !== undefined) {
      current = [];
      const key = name.toLowerCase();
      directives.set(key, [...(directives.get(key) ?? []), current]);
    } else current?.push(...(word === '' ? [''] : word.trim().split(/\s+/)));
  }
  return directives;
}

const ESCAPE = /\\(?:x([0-9a-f]{2})|(.))/gi;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** An escape in double quotes, as the servers' own splitter reads it (sdssplitargs). */
function unescaped(_: string, hex: string | undefined, character: string): string {
  if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
  return Object.hasOwn(CONTROLS, character) ? CONTROLS[character] : character;
}

/** Bytes of a size of Redis: `1g` is 10⁹ and `1gb` is 2³⁰. */
export function parseRedisSize(text: string): number | undefined {
  const match = /^(\d+)(b|k|kb|m|mb|g|gb)?$/i.exec(text);
  if (!match) return undefined;
  const unit = (match[2] ?? 'b').toLowerCase();
  const power = { b: 0, k: 1, m: 2, g: 3 }[unit[0]] ?? 0;
  return Number(match[1]) * (unit.endsWith('b') ? 1024 : 1000) ** power;
}
