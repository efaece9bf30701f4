import fc from 'fast-check';
import { parse } from 'yaml';
import { readDocuments } from '../../../lib/inventory/reading/yaml-documents';
import { type Edit, splice, spliceOf } from '../../../lib/inventory/reading/yaml-edits';

type Segments = ReadonlyArray<string | number>;

/** A text with one edit; undefined where it is not certain. */
function edited(text: string, path: Segments, edit: Edit): string | undefined {
  const change = spliceOf(text, path, edit);
  return change && splice(text, [change]);
}
const set = (value: string | number | boolean | readonly string[]): Edit => ({ kind: 'set', value });
const QUOTE: Edit = { kind: 'quote' };
const rename = (name: string): Edit => ({ kind: 'rename', name });

describe('a value', () => {
  test.each<[string, string, Segments, Edit, string]>([
    ['in its place', 'a: 1 # one\nb: 2\n', ['a'], set(3), 'a: 3 # one\nb: 2\n'],
    ['in quotes where YAML 1.1 knows the word', 'mode: Auto\n', ['mode'], set('Off'), 'mode: "Off"\n'],
    ['as JSON where it was', '{"a": "1"}', ['a'], set(1), '{"a": 1}'],
    ['in single quotes before', "a: 'x' # c\n", ['a'], set('Always'), 'a: Always # c\n'],
    ['of a list', 'a:\n  - b: 1\n  - b: 2\n', ['a', 1, 'b'], set(3), 'a:\n  - b: 1\n  - b: 3\n'],
    ['between others on one line', 'a: {b: 1, c: 2}\n', ['a', 'b'], set('x'), 'a: {b: x, c: 2}\n'],
    ['letter by letter in quotes', 'a: 0x1F\nb: 08\n', ['a'], QUOTE, 'a: "0x1F"\nb: 08\n'],
    ['that is a word in quotes', 'a: yes # c\n', ['a'], QUOTE, 'a: "yes" # c\n'],
  ])('%s', (_, text, path, edit, result) => {
    expect(edited(text, path, edit)).toBe(result);
  });
});

describe('a field that is not there', () => {
  test.each<[string, string, Segments, Edit, string]>([
    ['after the last', 'a:\n  b: 1\nc: 2\n', ['a', 'd'], set(3), 'a:\n  b: 1\n  d: 3\nc: 2\n'],
    ['at the end of a text without an end of line', 'a: 1', ['b'], set(2), 'a: 1\nb: 2'],
    [
      'before a comment of what follows',
      'a:\n  b: 1 # one\n# c\nc: 2\n',
      ['a', 'd'],
      set(3),
      'a:\n  b: 1 # one\n  d: 3\n# c\nc: 2\n',
    ],
    [
      'with what it needs above it',
      'a:\n  b: 1\n',
      ['a', 'c', 'd'],
      set('25%'),
      'a:\n  b: 1\n  c:\n    d: 25%\n',
    ],
    [
      'after a block of text',
      'a:\n  b: |\n    x\n    y\nc: 1\n',
      ['a', 'd'],
      set(1),
      'a:\n  b: |\n    x\n    y\n  d: 1\nc: 1\n',
    ],
    ['after a value that is not there', 'a:\n  b:\nc: 1\n', ['a', 'd'], set(1), 'a:\n  b:\n  d: 1\nc: 1\n'],
    ['in an item of a list', 'a:\n- b: 1\n- b: 2\n', ['a', 0, 'c'], set(1), 'a:\n- b: 1\n  c: 1\n- b: 2\n'],
    ['on one line', 'a: {b: 1}\n', ['a', 'c'], set('x'), 'a: {b: 1, c: x}\n'],
    ['a list', 'a:\n  b: 1\n', ['a', 'c'], set(['x']), 'a:\n  b: 1\n  c:\n    - x\n'],
    [
      'in JSON',
      '{\n  "a": {\n    "b": 1\n  }\n}\n',
      ['a', 'c', 'd'],
      set('x'),
      '{\n  "a": {\n    "b": 1,\n    "c": {"d":"x"}\n  }\n}\n',
    ],
    [
      'with the ends of lines of the others',
      'a:\r\n  b: 1\r\nc: 1\r\n',
      ['a', 'd', 'e'],
      set(1),
      'a:\r\n  b: 1\r\n  d:\r\n    e: 1\r\nc: 1\r\n',
    ],
  ])('%s', (_, text, path, edit, result) => {
    expect(edited(text, path, edit)).toBe(result);
  });
});

describe('a name', () => {
  test.each<[string, string, Segments, string, string]>([
    ['as it stands', 'a:\n  stratgy: 1 # c\n', ['a', 'stratgy'], 'strategy', 'a:\n  strategy: 1 # c\n'],
    ['in quotes', '{"nmae": "x"}', ['nmae'], 'name', '{"name": "x"}'],
    ['of a map', 'spce:\n  a: 1\n', ['spce'], 'spec', 'spec:\n  a: 1\n'],
  ])('%s', (_, text, path, name, result) => {
    expect(edited(text, path, rename(name))).toBe(result);
  });
});

describe('nothing is changed', () => {
  test.each<[string, string, Segments, Edit]>([
    ['by an alias', 'a: &x {b: 1}\nc: *x\n', ['c', 'b'], set(2)],
    ['what an anchor shares', 'a: &x {b: 1}\nc: *x\n', ['a', 'b'], set(2)],
    ['what may come by a merge', 'x: &x {b: 1}\na:\n  <<: *x\n  c: 1\n', ['a', 'd', 'e'], set(2)],
    ['a block of text', 'a: |\n  x\n', ['a'], set('y')],
    ['a map', 'a: {b: 1}\n', ['a'], set('y')],
    ['a value with a tag', 'a: !!str 1\n', ['a'], QUOTE],
    ['a value that is not there', 'a:\nb: 1\n', ['a', 'c'], set(1)],
    ['an empty map', 'a: {}\n', ['a', 'c'], set(1)],
    ['a text in quotes', 'a: "x"\n', ['a'], QUOTE],
    ['to a name that is there', 'nmae: 1\nname: 2\n', ['nmae'], rename('name')],
    ['below what is no map', 'a: x\n', ['a', 'b'], set(1)],
    ['a text that cannot be read', 'a: [1\n', ['a'], set(1)],
  ])('%s', (_, text, path, edit) => {
    expect(edited(text, path, edit)).toBeUndefined();
  });
});

test('of two changes at one place the first counts, and at different places both', () => {
  const changes = [
    { from: 4, to: 5, text: 'B' },
    { from: 0, to: 1, text: 'A' },
    { from: 0, to: 3, text: 'X' },
  ];
  expect(splice('a b c', changes)).toBe('A b B');
});

test('a document among others is changed where it stands', () => {
  const text = '\ufeff# first\na: 1\n---\n# second\nb:\n  c: 1\n---\nd: 1\n';
  const [, second] = readDocuments(text).documents;
  const change = second.spliceOf(['b', 'd'], set(2));
  expect(change && splice(text, [change])).toBe(
    '\ufeff# first\na: 1\n---\n# second\nb:\n  c: 1\n  d: 2\n---\nd: 1\n',
  );
  const rows = '{"a": 1}\n{"a": 2}\n';
  const last = readDocuments(rows).documents[1].spliceOf(['a'], set('x'));
  expect(last && splice(rows, [last])).toBe('{"a": 1}\n{"a": "x"}\n');
});

describe('laws', () => {
  const KEY = fc.constantFrom('a', 'b', 'c', 'name', 'spec');
  const SCALAR = fc.constantFrom('1', 'x', '"q"', "'s'", 'true', '10m', 'yes', '~');
  /** A block of a map, with comments, lists and maps on one line. */
  const block = (depth: number): fc.Arbitrary<string[]> =>
    fc.uniqueArray(KEY, { minLength: 1, maxLength: 4 }).chain((keys) =>
      fc
        .tuple(
          ...keys.map((key) =>
            fc.oneof(
              SCALAR.map((value) => [`${key}: ${value} # ${key}`]),
              fc.constant([`${key}: {a: 1, b: {c: x}}`]),
              fc.constant([`${key}: |`, '  text', '', '  more']),
              ...(depth === 0
                ? []
                : [
                    block(depth - 1).map((rows) => [`${key}: # below`, ...rows.map((row) => `  ${row}`)]),
                    block(depth - 1).map((rows) => [
                      `${key}:`,
                      ...rows.map((row, index) => `${index === 0 ? '- ' : '  '}${row}`),
                    ]),
                  ]),
            ),
          ),
        )
        .map((parts) => parts.flatMap((rows, index) => (index % 2 === 1 ? ['# between', ...rows] : rows))),
    );
  const PATH = fc.array(fc.oneof(KEY, fc.constantFrom(0, 1)), { minLength: 1, maxLength: 4 });
  const VALUE = fc.constantFrom<string | number | boolean>('Always', 'Off', '25%', 'a: b', '- x', 3, true);
  const OPTIONS = { version: '1.1', uniqueKeys: true } as const;

  test('what is set is there, everything else is as it was, and no comment is lost', () => {
    let changed = 0;
    fc.assert(
      fc.property(block(2), PATH, VALUE, fc.boolean(), (rows, path, value, hasEnd) => {
        const text = rows.join('\n') + (hasEnd ? '\n' : '');
        const after = edited(text, path, set(value));
        if (after === undefined) return;
        changed += 1;
        const expected = structuredClone(parse(text, OPTIONS)) as Record<string | number, unknown>;
        let at = expected;
        for (const segment of path.slice(0, -1)) {
          at[segment] ??= {};
          at = at[segment] as Record<string | number, unknown>;
        }
        at[path[path.length - 1]] = value;
        expect(parse(after, OPTIONS)).toEqual(expected);
        const comments = (all: string) => all.match(/#.*/g) ?? [];
        expect(comments(after)).toEqual(expect.arrayContaining(comments(text)));
        expect(edited(after, path, set(value))).toBe(after);
      }),
      { numRuns: 3000 },
    );
    expect(changed).toBeGreaterThan(300);
  });
});
