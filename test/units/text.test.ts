import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { display, literalForKubelet, unsafeTextReason } from '../../lib/units/text';

test.each([
  ['a newline', 'a\nb'],
  ['a carriage return', 'a\rb'],
  ['a tab', 'a\tb'],
  ['NUL', 'a\0b'],
  ['NEL', 'a\u0085b'],
  ['a line separator', 'a\u2028b'],
  ['half of a surrogate pair', 'a\ud800b'],
  ['a byte order mark', '\ufeffa'],
  ['a YAML 1.2 octal', '0o17'],
])('%s is not safe', (_, text) => expect(unsafeTextReason(text)).toMatch(/^(holds|would)/));

test.each([
  '',
  'plain',
  'ünïcode 🚀',
  '---',
  ': #',
  'it\'s "quoted"',
  '{{ template }}',
  '$(HOME)',
  '017',
  'yes',
  'null',
  '~',
])('%p is safe: YAML returns it', (text) => {
  expect(unsafeTextReason(text)).toBeUndefined();
  expect(parse(stringify({ text }))).toEqual({ text });
});

test('a message shows any value on one short line', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 500 }), fc.constantFrom('\u2028', '\ud800', '\u0085')),
      (text) => {
        const shown = display(text);
        expect(shown.length).toBeLessThan(160);
        expect(unsafeTextReason(shown)).toBeUndefined();
      },
    ),
  );
});

test('the kubelet gives back what was meant', () => {
  // What the kubelet does: `$$` is `$`, `$(NAME)` is the variable.
  const expand = (text: string) =>
    text.replace(/\$(\$|\((\w+)\))/g, (_, all: string, name?: string) => (all === '$' ? '$' : `<${name}>`));
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '(', ')', 'A', ' ') }), (text) => {
      expect(expand(literalForKubelet(text))).toBe(text);
    }),
  );
});
