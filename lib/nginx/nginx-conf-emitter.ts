import { MIB } from '../units/quantity';

/** A directive of nginx: a name (in a `map` the key), its arguments, and for a block what is inside. */
export interface NginxDirective {
  readonly name: string;
  readonly args: ReadonlyArray<string | number>;
  readonly block?: readonly NginxDirective[];
  /** Why it is there; printed above it. */
  readonly reason?: string;
}

export function directive(name: string, ...args: ReadonlyArray<string | number>): NginxDirective {
  return { name, args };
}

export function block(
  name: string,
  args: ReadonlyArray<string | number>,
  inside: readonly NginxDirective[],
): NginxDirective {
  return { name, args, block: inside };
}

export function because(reason: string, of: NginxDirective): NginxDirective {
  return { ...of, reason };
}

/** Prints directives; braces and semicolons come from the tree, never from text. */
export function printNginxConf(directives: readonly NginxDirective[]): string {
  return directives.map((one) => print(one, '')).join('');
}

function print(one: NginxDirective, indent: string): string {
  const reason = one.reason === undefined ? '' : `${indent}# ${one.reason}\n`;
  const head = `${indent}${[one.name, ...one.args].map(quote).join(' ')}`;
  if (!one.block) return `${reason}${head};\n`;
  const inside = one.block.map((child) => print(child, `${indent}  `)).join('');
  return `${reason}${head} {\n${inside}${indent}}\n`;
}

/**
 * An argument as nginx's own reader takes it: bare where it holds nothing that ends a word, else in double quotes with
 * quotes and backslashes escaped. Variables stay variables: what comes from a user is checked to hold no `$`.
 */
function quote(argument: string | number): string {
  const text = String(argument);
  if (/^[^\s;{}"'\\#]+$/.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** A size as nginx takes it. */
export function nginxSize(bytes: number): string {
  if (bytes % (1024 * MIB) === 0) return `${bytes / (1024 * MIB)}g`;
  return bytes % MIB === 0 ? `${bytes / MIB}m` : `${bytes}`;
}

/** A time as nginx takes it. */
export function nginxTime(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
