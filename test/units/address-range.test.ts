import { addressRangeRule, prefixLength } from '../../lib/units/address-range';

test.each([
  '10.0.0.0/8',
  '0.0.0.0/0',
  '192.0.2.1/32',
  'fd00::/8',
  '::/0',
  '2001:db8::1/128',
  '::ffff:10.0.0.0/104',
])('%s is a range', (text) => expect(addressRangeRule(text)).toBeUndefined());

test.each([
  '',
  '10.0.0.0',
  '10.0.0.0/33',
  '10.0.0/8',
  '256.0.0.0/8',
  '10.0.0.0/08',
  'fd00::/129',
  ':::::/8',
  'fe80::1%eth0/64',
  '10.0.0.0/8;',
  'all',
])('%j is none', (text) => expect(addressRangeRule(text)).toContain('CIDR notation'));

test('the length of the prefix is read', () => {
  expect(['10.0.0.0/8', '::/0', 'x/1'].map(prefixLength)).toEqual([8, 0, undefined]);
});
