import { MIB } from '../../units/quantity';

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
      const inside: ParsedDirective[] = [];
      open[open.length - 1].push({ name, args, block: inside });
      open.push(inside);
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

/** Seconds of a time of nginx: `1h30m`, `17s`, `500ms`, or a bare number of seconds. */
export function parseNginxTime(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(\d+(?:ms|[smhdwMy]))+$/.test(text)) return undefined;
  const units: Readonly<Record<string, number>> = {
    ms: 0.001,
    s: 1,
    m: 60,
    h: 3600,
    d: 86_400,
    w: 604_800,
    M: 2_592_000,
    y: 31_536_000,
  };
  return [...text.matchAll(/(\d+)(ms|[smhdwMy])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * units[unit],
    0,
  );
}
