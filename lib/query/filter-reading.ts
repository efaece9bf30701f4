/**
 * What a filter in a plan compares columns with. Filters are printed by the server, not by a user, so the grammar is small:
 * columns as `alias.column`, constants as `'text'::type`, and parentheses around everything.
 */
import { IndexMatch } from '../postgres/indexes/postgres-index';

/** A comparison of a column, all of which must hold. */
export interface Comparison {
  readonly column: string;
  readonly match: IndexMatch;
  /** Whether the column is cast to another type first, as a `varchar` is to `text`. */
  readonly isCast: boolean;
  /** Whether it is a range, which usually leaves more rows than a value does. */
  readonly isRange: boolean;
  /** Set when it depends on a parameter whether a shorter index would do. */
  readonly isPatternUnknown: boolean;
}

type Kind = 'string' | 'word' | 'operator' | 'mark';
interface Token {
  readonly kind: Kind;
  /** A string without its quotes, an identifier as it is called. */
  readonly text: string;
}

const TOKENS =
  /\s+|(?<string>E?'(?:[^'\\]|''|\\[^])*')|(?<quoted>"(?:[^"]|"")*")|(?<word>\$?[A-Za-z0-9_\u0080-\uffff$.]*[A-Za-z0-9_\u0080-\uffff$])|(?<cast>::)|(?<operator>[-+*/<>=~!@#%^&|`?]+)|(?<mark>[^])/gy;

export function comparisonsOf(filter: string, alias: string): Comparison[] {
  return conjunctsOf(tokensOf(filter)).flatMap((tokens) => comparisonOf(tokens, alias) ?? []);
}

function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKENS)].flatMap(({ groups = {} }): Token[] => {
    if (groups.string !== undefined) return [{ kind: 'string', text: unquote(groups.string) }];
    if (groups.quoted !== undefined)
      return [{ kind: 'word', text: groups.quoted.slice(1, -1).replaceAll('""', '"') }];
    // `alias.column` without quotes is three tokens, as it is with them.
    if (groups.word !== undefined)
      return groups.word
        .split(/(\.)/)
        .filter((part) => part !== '')
        .map((part) => ({ kind: part === '.' ? 'mark' : 'word', text: part }));
    if (groups.operator !== undefined) return [{ kind: 'operator', text: groups.operator }];
    const mark = groups.cast ?? groups.mark;
    return mark === undefined ? [] : [{ kind: 'mark', text: mark }];
  });
}

function unquote(literal: string): string {
  const body = literal.slice(literal.indexOf("'") + 1, -1).replaceAll("''", "'");
  return literal.startsWith('E') ? body.replace(/\\([^])/g, '$1') : body;
}

const isMark = (token: Token | undefined, text: string) => token?.kind === 'mark' && token.text === text;

/** The parts of a conjunction, however it is nested. */
function conjunctsOf(tokens: readonly Token[]): Array<readonly Token[]> {
  const inner = withoutParentheses(tokens);
  const parts = splitAt(inner, (token) => token.kind === 'word' && token.text === 'AND');
  return parts.length === 1 ? [inner] : parts.flatMap(conjunctsOf);
}

/** Splits outside of all parentheses. */
function splitAt(tokens: readonly Token[], isSeparator: (token: Token) => boolean): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(') || isMark(token, '[')) depth += 1;
    if (isMark(token, ')') || isMark(token, ']')) depth -= 1;
    if (depth === 0 && isSeparator(token)) parts.push([]);
    else parts[parts.length - 1].push(token);
  }
  return parts;
}

function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  if (!isMark(tokens[0], '(')) return tokens;
  let depth = 0;
  const close = tokens.findIndex((token) => {
    if (isMark(token, '(')) depth += 1;
    if (isMark(token, ')')) depth -= 1;
    return depth === 0;
  });
  return close === tokens.length - 1 ? withoutParentheses(tokens.slice(1, -1)) : tokens;
}

/** Operators that a B-tree serves, and what they are when their sides change places. */
const MIRRORED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
/** `LIKE`; then those that trigrams serve whatever the pattern: `ILIKE` and regular expressions. */
const LIKE = '~~';
const TRIGRAM_OPERATORS = ['~~*', '~', '~*'];

function comparisonOf(tokens: readonly Token[], alias: string): Comparison | undefined {
  const sides = splitAt(tokens, ({ kind }) => kind === 'operator');
  // More than one operator is arithmetic; with another collation the order of an index is another.
  if (sides.length !== 2 || hasWord(tokens, 'COLLATE')) return undefined;
  const [left, right] = sides;
  const operator = tokens[left.length].text;
  if (hasWord(right, 'ALL') || (hasWord(right, 'ANY') && operator !== '=')) return undefined;
  if (Object.hasOwn(MIRRORED, operator)) {
    const columnFirst = columnOf(left, alias);
    const column = columnFirst ?? columnOf(right, alias);
    const other = columnFirst ? right : left;
    if (!column || mentions(other, alias)) return undefined;
    return { ...column, match: IndexMatch.EQUALITY, isRange: operator !== '=', isPatternUnknown: false };
  }
  const column = columnOf(left, alias);
  if (!column || mentions(right, alias)) return undefined;
  const [first] = withoutParentheses(right);
  const literal = first?.kind === 'string' ? first.text : undefined;
  const found = { ...column, isRange: false };
  if (TRIGRAM_OPERATORS.includes(operator))
    return { ...found, match: IndexMatch.CONTAINS, isPatternUnknown: false };
  if (operator !== LIKE) return undefined;
  return literal === undefined
    ? { ...found, match: IndexMatch.CONTAINS, isPatternUnknown: true }
    : { ...found, match: matchOfPattern(literal), isPatternUnknown: false };
}

function hasWord(tokens: readonly Token[], word: string): boolean {
  return tokens.some(({ kind, text }) => kind === 'word' && text === word);
}

/** A column of the table, bare or cast. */
function columnOf(
  tokens: readonly Token[],
  alias: string,
): Pick<Comparison, 'column' | 'isCast'> | undefined {
  const [value, ...casts] = splitAt(withoutParentheses(tokens), (token) => isMark(token, '::'));
  if (casts.length > 0) {
    const bare = columnOf(value, alias);
    return bare && { ...bare, isCast: true };
  }
  const [table, dot, column] = value;
  const isColumn = value.length === 3 && table.text === alias && isMark(dot, '.') && column.kind === 'word';
  return isColumn ? { column: column.text, isCast: false } : undefined;
}

/** Whether a side names the table again: what it is compared with differs from row to row. */
function mentions(tokens: readonly Token[], alias: string): boolean {
  return tokens.some(
    ({ kind, text }, index) => kind === 'word' && text === alias && isMark(tokens[index + 1], '.'),
  );
}

/** What an index must do for a pattern: its wild cards are `%` and `_`, unless a backslash is before them. */
export function matchOfPattern(pattern: string): IndexMatch {
  const firstWildCard = /^(?:[^\\%_]|\\[^])*/.exec(pattern)?.[0].length ?? 0;
  if (firstWildCard === 0 && pattern !== '') return IndexMatch.CONTAINS;
  return firstWildCard === pattern.length ? IndexMatch.EQUALITY : IndexMatch.PREFIX;
}
