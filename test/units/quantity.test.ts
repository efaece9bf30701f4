import fc from 'fast-check';
import {
  formatBytes,
  formatCpu,
  formatDecimal,
  GIB,
  KIB,
  MIB,
  parseBytes,
  parseCpu,
  roundUpTo,
} from '../../lib/units/quantity';

test.each([
  ['250m', 250],
  ['2', 2000],
  ['0.5', 500],
  ['.5', 500],
  ['1e1', 10_000],
  ['1k', 1_000_000],
  ['0', 0],
])('CPU %s is %i millicores', (text, millis) => expect(parseCpu(text)).toBe(millis));

test.each([
  ['512Mi', 512 * MIB],
  ['1.5Gi', 1.5 * GIB],
  ['1e9', 1_000_000_000],
  ['1E', undefined],
  ['1Ki', KIB],
  ['1G', 1_000_000_000],
  ['128974848', 128_974_848],
])('%s is %p bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

test.each([
  '',
  'lots',
  '1 Gi',
  '1gi',
  '1GiB',
  '0x10',
  '1_000',
  'NaN',
  'Infinity',
  '1e',
  '--1',
  '1Mi\n',
  '٣',
  '1e99',
  '.',
])('%p is no quantity', (text) => {
  expect(parseBytes(text)).toBeUndefined();
  expect(parseCpu(text)).toBeUndefined();
});

test('what is finer than a millicore or a byte is refused, not rounded', () => {
  expect(parseCpu('100u')).toBeUndefined();
  expect(parseCpu('0.0005')).toBeUndefined();
  expect(parseBytes('0.5')).toBeUndefined();
  expect(parseBytes('1m')).toBeUndefined();
});

test('a quantity that is written is read back exactly, and in its shortest form', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => {
      expect(parseBytes(formatBytes(value))).toBe(value);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (value) => {
      expect(parseCpu(formatCpu(value))).toBe(value);
    }),
  );
  expect([formatBytes(GIB), formatBytes(1536 * MIB), formatBytes(1023), formatBytes(0)]).toEqual([
    '1Gi',
    '1536Mi',
    '1023',
    '0',
  ]);
  expect([formatCpu(1000), formatCpu(1500), formatCpu(0)]).toEqual(['1', '1500m', '0']);
});

test('rounding up reaches the next multiple and no further', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 10_000 }), (value, multiple) => {
      const rounded = roundUpTo(value, multiple);
      expect(rounded % multiple).toBe(0);
      expect(rounded - value).toBeGreaterThanOrEqual(0);
      expect(rounded - value).toBeLessThan(multiple);
    }),
  );
});

test.each([
  [0, '0'],
  [1, '1m'],
  [2500, '2500m'],
  [3000, '3'],
  [1_000_000, '1k'],
  [2_500_000, '2500'],
  [7_000_000_000, '7M'],
])('%i thousandths are %s, as the API server returns it', (thousandths, text) => {
  expect(formatDecimal(thousandths)).toBe(text);
});

test('law: a decimal quantity is read as what was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 15 }), (thousandths) => {
      expect(parseCpu(formatDecimal(thousandths))).toBe(thousandths);
    }),
    { seed: 1 },
  );
});
