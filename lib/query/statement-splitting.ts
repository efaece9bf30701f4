/**
 * A file of SQL as its statements, by the lexical rules of Postgres
 * (https://www.postgresql.org/docs/current/sql-syntax-lexical.html): a semicolon ends a statement unless it is in a string,
 * a quoted identifier, between dollar quotes or in a comment.
 *
 * What is written wrong is not found here: the statement is cut where these rules say, and the server says the rest.
 */

export interface Statement {
  /** From its first word to before its semicolon. */
  readonly text: string;
  /** Line of its first word, from 1. */
  readonly line: number;
}

export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let start: number | undefined;
  let end = 0;
  const finish = () => {
    if (start !== undefined) {
      const line = sql.slice(0, start).split('\n').length;
      statements.push({ text: sql.slice(start, end), line });
    }
    start = undefined;
  };
  for (let at = 0; at < sql.length;) {
    const next = endOfToken(sql, at);
    if (sql[at] === ';') finish();
    else if (!isBlank(sql, at)) {
      start ??= at;
      end = next;
    }
    at = next;
  }
  finish();
  return statements;
}

/** Whether what begins here is white space or a comment. */
function isBlank(sql: string, at: number): boolean {
  return ' \t\n\r\f\v'.includes(sql[at]) || sql.startsWith('--', at) || sql.startsWith('/*', at);
}

/** What Postgres takes for it; other blanks are letters. */
const WHITE_SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
/** A doubled quote ends one string and begins the next, which is the same here. An open one goes on to the end. */
const STRING = /'[^']*(?:'|$)/y;
const ESCAPE_STRING = /[eE]'(?:[^'\\]+|''|\\[^])*(?:'|\\?$)/y;
const QUOTED_IDENTIFIER = /"[^"]*(?:"|$)/y;
/** Letters are also all that is not ASCII; `$` can be inside, so that `a$b$` opens no dollar quotes. */
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER_OR_PARAMETER = /\$?\d[A-Za-z0-9_]*/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

function endOfToken(sql: string, at: number): number {
  if (sql.startsWith('/*', at)) return endOfBlockComment(sql, at);
  const quote = matchAt(DOLLAR_QUOTE, sql, at);
  if (quote !== undefined) {
    const close = sql.indexOf(quote, at + quote.length);
    return close < 0 ? sql.length : close + quote.length;
  }
  const patterns = [
    WHITE_SPACE,
    LINE_COMMENT,
    STRING,
    ESCAPE_STRING,
    QUOTED_IDENTIFIER,
    WORD,
    NUMBER_OR_PARAMETER,
  ];
  for (const pattern of patterns) {
    const token = matchAt(pattern, sql, at);
    if (token !== undefined) return at + token.length;
  }
  return at + 1;
}

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

/** Comments in comments count. */
function endOfBlockComment(sql: string, at: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = at;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
