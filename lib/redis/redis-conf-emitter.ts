import type { Directive } from './redis-tuning';

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
