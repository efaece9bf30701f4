import { IndexMatch } from 'cdk8s-tuned';
import * as fc from 'fast-check';
import { comparisonsOf, matchOfPattern } from '../../lib/query/filter-reading';

const { EQUALITY, PREFIX, CONTAINS } = IndexMatch;
const said = (filter: string, alias = 't') =>
  comparisonsOf(filter, alias).map(({ column, match }) => `${column} ${match}`);

test.each([
  ['(t.id = 17)', ['id equality']],
  ['(t.id = $1)', ['id equality']],
  ['(17 < t.id)', ['id equality']],
  ["(t.id = ANY ('{1,2}'::integer[]))", ['id equality']],
  ["(t.born >= (now() - '1 day'::interval))", ['born equality']],
  ["((t.nick)::text = 'a'::text)", ['nick equality']],
  ["(t.name ~~ 'abc%'::text)", ['name prefix']],
  ["(t.name ~~ '%abc%'::text)", ['name contains']],
  ["(t.name ~~ 'abc'::text)", ['name equality']],
  ["(t.name ~~* 'abc%'::text)", ['name contains']],
  ["(t.name ~ '^abc'::text)", ['name contains']],
  ['(t.name ~~ $1)', ['name contains']],
  ["((t.id = 1) AND (t.name ~~ '%a) AND (%'::text))", ['id equality', 'name contains']],
  ['(((t.a = 1) AND (t.b = 2)) AND (t.c = 3))', ['a equality', 'b equality', 'c equality']],
  [`(t."userId" = 1)`, ['userId equality']],
  [`(t."a"".""b" = 1)`, ['a"."b equality']],
  [`(t.name ~~ E'a\\\\%'::text)`, ['name equality']],
])('%s compares', (filter, expected) => expect(said(filter)).toEqual(expected));

test.each([
  ['a computation', "(lower(t.name) = 'a'::text)"],
  ['another column of the table', '(t.a = t.b)'],
  ['a computation with another column', '(t.a = (t.b + 1))'],
  ['an alternative', '((t.a = 1) OR (t.b = 2))'],
  ['what is not so', "(t.name !~~ '%a%'::text)"],
  ['a negation', '(NOT (t.a = 1))'],
  ['inequality', '(t.a <> 1)'],
  ['a column on its own', 't.active'],
  ['a missing value', '(t.a IS NULL)'],
  ['another collation', `(t.name ~~ 'a%'::text COLLATE "C")`],
  ['several patterns', "(t.name ~~ ANY ('{a%,b%}'::text[]))"],
  ['all of several values', "(t.a = ALL ('{1,2}'::integer[]))"],
  ['another table', '(u.a = 1)'],
])('no index serves %s', (_, filter) => expect(said(filter)).toEqual([]));

test('an alias that needs quotes is known', () =>
  expect(said('("My T".a = 1)', 'My T')).toEqual(['a equality']));

test('a constant that looks like a filter is a constant', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(said(`((t.a = '${text.replace(/[\\']/g, '')}'::text) AND (t.b = 1))`)).toEqual([
        'a equality',
        'b equality',
      ]);
    }),
  );
});

test('whatever the filter is, reading it comes to an end', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('(', ')', "'", '"', 't', '.', 'a', '=', '~', ':', ' ', '\\') }),
      (text) => {
        expect(Array.isArray(comparisonsOf(text, 't'))).toBe(true);
      },
    ),
  );
});

test.each([
  ['abc', EQUALITY],
  ['', EQUALITY],
  ['abc%', PREFIX],
  ['a%c', PREFIX],
  ['a_c', PREFIX],
  ['%abc', CONTAINS],
  ['_abc', CONTAINS],
  ['100\\%', EQUALITY],
  ['100\\%%', PREFIX],
  ['\\%', EQUALITY],
  ['a\\', PREFIX],
])('the pattern %s asks for %s', (pattern, match) => expect(matchOfPattern(pattern)).toBe(match));
