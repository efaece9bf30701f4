/** The quick reader against the `yaml` package: what it reads, it reads the same. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parseDocument, stringify } from 'yaml';
import { type Lines, NOT_PLAIN, parsePlainYaml } from '../../../lib/inventory/reading/plain-yaml';
import { ROOT } from '../../project/snippets';

/** What `yaml` reads, as JSON; undefined when it refuses. */
function byYaml(text: string): string | undefined {
  const document = parseDocument(text, { version: '1.1', merge: true, logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  try {
    return JSON.stringify(document.toJS());
  } catch {
    return undefined;
  }
}

function expectSame(text: string): void {
  // `yaml` takes e10 for a number, and makes NaN of it; to Kubernetes it is text, as here.
  if (/(^|[^\w.])[eE][-+]?\d/m.test(text)) return;
  const read = parsePlainYaml(text);
  if (read !== NOT_PLAIN) expect({ text, read: JSON.stringify(read) }).toEqual({ text, read: byYaml(text) });
}

const isPlain = (text: string) => parsePlainYaml(text) !== NOT_PLAIN;

test('all that synth writes is plain, and is read the same', () => {
  const files = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yaml'),
  );
  const documents = files.flatMap((file) =>
    readFileSync(join(ROOT, 'dist', file), 'utf8').split(/^(?=---$)/m),
  );
  expect(documents.length).toBeGreaterThan(100);
  documents.forEach(expectSame);
  expect(documents.filter((text) => !isPlain(text))).toEqual([]);
});

test.each([
  'a: 1\nb: "two"\nc: three # a comment\nd: ',
  'list:\n- a\n- b: 1\n  c: 2\n-\n  d: 3\n- - x\n  - y',
  'list:\n  - a\n  -   b: 1\n      c: 2\nnext: true',
  'flow: {a: [1, "2", x y], b: {}, c: [], d: , e: "#"}',
  "quotes: 'it''s'\nempty: ''\nnumber: '080'",
  'text: |\n  one\n\n    two\n  three\nafter: 1',
  'text: |-\n  one\nafter: 1',
  'text: |+\n  one\n\nafter: 1',
  'text: |\n  # no comment\n  one',
  'text: |\n  one',
  'text: >-\n  one\n  two\nafter: 1',
  'text: >\n  one\n  two\n\nafter: 1',
  'text: >\n  one \n  two',
  'words: [yes, no, on, off, Y, n, null, ~, "yes"]',
  'numbers: [0, 010, 0o17, 0x1f, 1e3, 1_000, 12e03, -1.5, +1, .5, 0b11, 1:30, 8.8.8.8, 1.10]',
  'size: 512Mi\ncpu: 100m\nurl: http://x:80/a#b\ntime: 12:30:45\nurl2: a:b',
  'a:\n  b:\n    c: 1\n  d: 2\ne: 3',
  '# only a comment',
  '--- # a comment\na: 1',
  'a: -1\nb: - 1',
  '"quoted key": 1\n\'other\': 2',
  'a: {b: c}  # comment',
  'key with spaces: 1',
])('%j is read the same, if it is read', (text) => {
  expectSame(text);
  expectSame(`${text}\n`);
});

test.each([
  ['an anchor', 'a: &x 1\nb: *x'],
  ['a tag', 'a: !!str 1'],
  ['a merge key', 'a:\n  <<: {b: 1}'],
  ['a key that is there twice', 'a: 1\na: 2'],
  ['a folded text of two paragraphs', 'a: >\n  b\n\n  c'],
  ['a folded text with a list', 'a: >\n  b\n    - c'],
  ['a scalar that goes on', 'a: b\n  c'],
  ['a flow that goes on', 'a: [1,\n  2]'],
  ['a date', 'a: 2026-01-01'],
  ['a tab', 'a:\t1'],
  ['a key that is true', 'on: 1'],
  ['a name of the prototype', '__proto__: 1'],
  ['two values', 'a: 1\n- b'],
  ['something wrong', 'a: b: c'],
])('%s is left to `yaml`', (_, text) => expect(isPlain(text)).toBe(false));

/** Values as manifests have them, and some that they do not. */
const scalar = fc.oneof(
  fc.constantFrom(
    'a',
    'yes',
    'null',
    '1',
    '1.0',
    '0x1',
    ' a',
    'a ',
    'a: b',
    'a #b',
    '- a',
    '#',
    '',
    '~',
    '010',
    '1e3',
  ),
  fc.constantFrom(
    'line\nline\n',
    'line\n\n  more',
    '\nline',
    'x\n',
    'a\tb',
    '{a}',
    '[b]',
    "it's",
    '"q"',
    'ünï',
    'a\\b',
  ),
  fc.string({ maxLength: 8 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(
    fc.oneof(fc.constantFrom('name', 'app.kubernetes.io/name', 'a b'), fc.string({ maxLength: 6 })),
    tie('value'),
    { maxKeys: 3 },
  ),
}));

test('what people may write is read the same', () => {
  fc.assert(
    fc.property(value, fc.constantFrom(1, 2, 4), fc.boolean(), (any, indent, flow) => {
      expectSame(stringify(any, { indent, indentSeq: !flow, version: '1.1', lineWidth: 0 }));
      expectSame(stringify({ any }, { indent: 2, collectionStyle: flow ? 'flow' : 'any', lineWidth: 0 }));
    }),
    { numRuns: 1500 },
  );
});

test('a manifest with a few letters changed is read the same, or not at all', () => {
  const text = readFileSync(join(ROOT, 'dist/dev/shop.k8s.yaml'), 'utf8').split(/^---$/m)[1].slice(0, 1500);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(text.length - 1), fc.constantFrom(...' \n-:#"\'{}[],|>&*!%@`?a1')), {
        minLength: 1,
        maxLength: 3,
      }),
      (changes) => {
        const letters = [...text];
        for (const [at, letter] of changes) letters[at] = letter;
        expectSame(letters.join(''));
      },
    ),
    { numRuns: 1500 },
  );
});

test('e10 is text, as Kubernetes reads it', () => expect(parsePlainYaml('a: e10')).toEqual({ a: 'e10' }));

test('it knows the line of each entry', () => {
  const lines: Lines = new Map();
  const read = parsePlainYaml('a: 1\nb:\n  - x: 1\n    w: 2\n  - z: |\n      text\n', lines) as {
    b: Array<Record<string, unknown>>;
  };
  expect(Object.fromEntries(lines.get(read) ?? [])).toEqual({ a: 0, b: 1 });
  expect(Object.fromEntries(lines.get(read.b) ?? [])).toEqual({ 0: 2, 1: 4 });
  expect(Object.fromEntries(lines.get(read.b[0]) ?? [])).toEqual({ x: 2, w: 3 });
});
