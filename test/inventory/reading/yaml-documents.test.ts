import { readDocuments } from '../../../lib/inventory/reading/yaml-documents';

const values = (text: string) => readDocuments(text).documents.map(({ value }) => value);

test('documents are read one by one: what is wrong costs nothing but itself', () => {
  const { documents, problems } = readDocuments(
    'a: 1\n---\nb: [1\n---\nc: 3\n---\n{{ if .x }}\nd: {{ .y }}\n---\ne: 1\ne: 2\n',
  );
  expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { c: 3 }, { e: 2 }]);
  expect(problems).toEqual([
    { line: 3, message: expect.stringContaining('Flow sequence'), isRead: false },
    { line: 7, message: expect.stringContaining('a template that nobody has rendered'), isRead: false },
    { line: 11, message: expect.stringContaining('a key is there twice'), isRead: true },
  ]);
});

test('a part without anything is no document', () => {
  expect(values('')).toEqual([]);
  expect(values('---\n# a comment\n---\n\n---\na: 1\n---\n')).toEqual([{ a: 1 }]);
});

test('directives belong to the document after them', () => {
  expect(values('%YAML 1.2\n---\na: 1\n---\nb: 2\n')).toEqual([{ a: 1 }, { b: 2 }]);
  expect(values('\ufeffa: 1\n')).toEqual([{ a: 1 }]);
});

test('rows with three dashes in a text begin no document', () => {
  expect(values('a: |\n  one\n  ---\n  two\nb: 1\n')).toEqual([{ a: 'one\n---\ntwo\n', b: 1 }]);
});

test('JSON is read as one value, or as one in each row', () => {
  expect(values('{"a": 1,\n "b": [1, 2]}')).toEqual([{ a: 1, b: [1, 2] }]);
  expect(values('{"a": 1}\n{"b": 2}\n')).toEqual([{ a: 1 }, { b: 2 }]);
});

test('braces in values are no template', () => {
  const { documents, problems } = readDocuments(
    'a: "{{ $labels.pod }}"\nb: |\n  {{ template }}\nc: x{{ y }}\n',
  );
  expect(problems).toHaveLength(1);
  expect(readDocuments('summary: "pod {{ $labels.pod }} is down"\n').problems).toEqual([]);
  expect(documents).toEqual([]);
});

test('an alias bomb is told, not unfolded', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...[...'bcdefghi'].map(
      (name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(', ')}]`,
    ),
  ].join('\n');
  const { documents, problems } = readDocuments(`${bomb}\n---\nz: 1\n`);
  expect(documents.map(({ value }) => value)).toEqual([{ z: 1 }]);
  expect(problems).toMatchObject([{ line: 1, isRead: false }]);
});

test.each([
  ['plain', '# first\na:\n  b:\n    - c: 1\n    - d: 2\n---\nx:\n  y y: 1\n'],
  ['with an anchor', '# first\na:\n  b: &b\n    - c: 1\n    - d: 2\n---\nx:\n  y y: 1\n'],
])('places have lines, %s', (_, text) => {
  const [first, second] = readDocuments(text).documents;
  expect(first.lineOf(['a'])).toBe(2);
  expect(first.lineOf(['a', 'b', 1, 'd'])).toBe(5);
  // The nearest that is there.
  expect(first.lineOf(['a', 'b', 0, 'nowhere'])).toBe(4);
  expect(second.lineOf(['x', 'y y'])).toBe(8);
});

test('places of JSON have lines', () => {
  const [whole] = readDocuments('{\n "a": {\n  "b": 1\n }\n}').documents;
  expect(whole.lineOf(['a', 'b'])).toBe(3);
  const [, second] = readDocuments('{"a": 1}\n{"b": 2}\n').documents;
  expect(second.lineOf(['b'])).toBe(2);
});
