/** Strings as YAML 1.1 writes them: plain where nothing else could be meant, quoted, or as a block of lines. */

/** Means nothing else to YAML 1.1, wherever it stands: the strings of most manifests. */
const PLAINLY_A_STRING = /^[A-DF-Za-df-z/$(](?:[!"$-9;-~]|[: ](?=[!"$-9;-~]))*$/;
const LONGEST_WORD = 5;
const WORD =
  /^(?:|~|null|Null|NULL|[YyNn]|[Yy]es|YES|[Nn]o|NO|[Tt]rue|TRUE|[Ff]alse|FALSE|[Oo]n|ON|[Oo]ff|OFF)$/;
/** Forms of integers (binary, octal and decimal, hexadecimal, base 60), floats, and dates; `e1` is a number too. */
const NUMBERS_AND_DATES = [
  /[-+]?0b[01_]+/,
  /[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*/,
  /[-+]?0x[0-9a-fA-F_]+/,
  /[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN/,
  /[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+/,
  /[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*/,
  /[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*/,
  /[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[tT]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:[ \t]*(?:Z|[-+][012]?[0-9](?::[0-9]{2})?))?)?/,
];
const NUMBER_OR_DATE = new RegExp(NUMBERS_AND_DATES.map(({ source }) => `^(?:${source})$`).join('|'));
/** What a plain string on one line may not begin with, hold or end with. */
const NEEDS_QUOTES = /^[\t ,[\]{}#&*!|>'"%@`]|^[?-](?:[ \t]|$)|:[ \t]|[\t ]#|[\t :]$/;
/** Control characters, and halves of a character. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u;
const MERGE_KEY = '<<';
/** Lines of which neither the first nor the last is blank or begins in a blank; one line end may follow. */
const BLOCK = /^\S(?:[^]*\S)?\n?$/;

/** A string on one line; undefined for one that has several, or that is written in an unusual way. */
export function lineOf(text: string): string | undefined {
  if (PLAINLY_A_STRING.test(text) && !(text.length <= LONGEST_WORD && WORD.test(text))) return text;
  if (text.includes('\n') || text === MERGE_KEY || UNPRINTABLE.test(text)) return undefined;
  if (!NEEDS_QUOTES.test(text) && !WORD.test(text) && !NUMBER_OR_DATE.test(text)) return text;
  return text.includes('"') && !text.includes("'") ? `'${text}'` : JSON.stringify(text);
}

/** Several lines as a literal block, each behind a margin that begins with a line end; undefined for unusual ones. */
export function blockOf(text: string, margin: string): string | undefined {
  if (!text.includes('\n') || !BLOCK.test(text) || UNPRINTABLE.test(text)) return undefined;
  const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
  const header = lines === text ? '|-' : '|';
  return `${header}${margin}${lines.replace(/\n(?!\n)/g, margin)}`;
}
