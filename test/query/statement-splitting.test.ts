import * as fc from 'fast-check';
import { splitStatements } from '../../lib/query/statement-splitting';
import { NASTY_STRINGS } from '../properties/corpus';

const textsOf = (sql: string) => splitStatements(sql).map(({ text }) => text);

describe('a semicolon ends a statement, but not', () => {
  test.each([
    ['in a string', `SELECT 'a;b'; SELECT 2`, [`SELECT 'a;b'`, 'SELECT 2']],
    ['behind a doubled quote', `SELECT 'it''s; b'; SELECT 2`, [`SELECT 'it''s; b'`, 'SELECT 2']],
    ['behind a backslash, which escapes nothing', `SELECT 'a\\'; SELECT 2`, [`SELECT 'a\\'`, 'SELECT 2']],
    ['behind an escaped quote', `SELECT E'a\\'; b'; SELECT 2`, [`SELECT E'a\\'; b'`, 'SELECT 2']],
    ['in an escape string with both', `SELECT e'a''b\\';'; SELECT 2`, [`SELECT e'a''b\\';'`, 'SELECT 2']],
    ['in a quoted identifier', 'SELECT "a;""b"; SELECT 2', ['SELECT "a;""b"', 'SELECT 2']],
    ['between dollar quotes', 'SELECT $$a;b$$; SELECT 2', ['SELECT $$a;b$$', 'SELECT 2']],
    ['between named ones', 'SELECT $x$a;$$;$y$;$x$; SELECT 2', ['SELECT $x$a;$$;$y$;$x$', 'SELECT 2']],
    ['in a line comment', 'SELECT 1 -- a;\n+ 2; SELECT 2', ['SELECT 1 -- a;\n+ 2', 'SELECT 2']],
    [
      'in a comment in a comment',
      'SELECT /* a /* b; */ ; */ 1; SELECT 2',
      ['SELECT /* a /* b; */ ; */ 1', 'SELECT 2'],
    ],
  ])('%s', (_, sql, expected) => expect(textsOf(sql)).toEqual(expected));
});

test.each([
  ['a parameter opens no dollar quotes', 'SELECT $1; SELECT $2', ['SELECT $1', 'SELECT $2']],
  ['nor does a dollar in a name', 'SELECT a$b$; SELECT c$b$', ['SELECT a$b$', 'SELECT c$b$']],
  [
    'a word that ends in e is no escape string',
    `SELECT date'a\\'; SELECT 2`,
    [`SELECT date'a\\'`, 'SELECT 2'],
  ],
  ['a minus is no comment', 'SELECT 1 - 2; SELECT 3', ['SELECT 1 - 2', 'SELECT 3']],
  ['empty statements are none', ';; -- a;\n /* b; */ ; SELECT 1;;', ['SELECT 1']],
  ['comments around a statement are no part of it', '-- a\nSELECT 1 /* b */ -- c\n;', ['SELECT 1']],
  ['what is left open goes on to the end', `SELECT 'a; SELECT 2`, [`SELECT 'a; SELECT 2`]],
  ['also a comment', 'SELECT 1 /* a; SELECT 2', ['SELECT 1']],
])('%s', (_, sql, expected) => expect(textsOf(sql)).toEqual(expected));

test('the line is that of the first word', () => {
  expect(splitStatements('-- a\n\nSELECT 1;\n/* b\n */ SELECT\n2;').map(({ line }) => line)).toEqual([3, 5]);
});

test('a string of a million characters is one', () => {
  for (const quote of [`'`, '"', '$$'])
    expect(textsOf(`SELECT ${quote}${'a;\n'.repeat(333_333)}${quote}; SELECT 2`)).toHaveLength(2);
  expect(textsOf(`SELECT E'${`\\';`.repeat(333_333)}'; SELECT 2`)).toHaveLength(2);
});

/** Any text in any quotes. */
const quoted = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(';', "'", '"', '$', '\\', '-', '/', '*', 'a', '\n', ' ') }),
    fc.nat(3),
  )
  .map(
    ([text, kind]) =>
      [
        `'${text.replaceAll("'", "''")}'`,
        `"${text.replaceAll('"', '""')}"`,
        `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
        `$q$${text.replaceAll('$', '')}$q$`,
      ][kind],
  );
const word = fc.constantFrom('SELECT', 'a', 'x$y', '$1', '1', '=', '(', ')', '::text', ',', '- 1');
const comment = fc
  .string({ unit: fc.constantFrom(';', "'", '"', '$', 'a', ' ') })
  .chain((text) => fc.constantFrom(`--${text}\n`, `/*${text}*/`));
const statement = fc
  .tuple(word, fc.array(fc.oneof(word, quoted, comment), { maxLength: 8 }), word)
  .map(([first, inner, last]) => [first, ...inner, last].join(' '));

test('statements that are joined by semicolons come apart again', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(statement, fc.oneof(comment, fc.constant('\n')))), (parts) => {
      const sql = parts.map(([text, between]) => `${text};${between}`).join('');
      expect(textsOf(sql)).toEqual(parts.map(([text]) => text));
    }),
  );
});

const anyText = fc.oneof(
  fc.string({ unit: fc.constantFrom(';', "'", '"', '$', '\\', '-', '/', '*', 'e', 'E', '1', '\n', ' ') }),
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom(...NASTY_STRINGS)).map((texts) => texts.join('')),
);

test('of any text, the statements are parts, in order, on their lines, without blanks before them', () => {
  fc.assert(
    fc.property(anyText, (sql) => {
      let from = 0;
      for (const { text, line } of splitStatements(sql)) {
        const at = sql.indexOf(text, from);
        expect(at).toBeGreaterThanOrEqual(from);
        expect(text).toMatch(/^[^ \t\n\r\f\v;]/);
        expect(line).toBeLessThanOrEqual(sql.split('\n').length);
        from = at + text.length;
      }
    }),
  );
});

test('a statement is one statement', () => {
  fc.assert(
    fc.property(anyText, (sql) => {
      for (const { text } of splitStatements(sql)) expect(textsOf(text)).toEqual([text]);
    }),
  );
});
