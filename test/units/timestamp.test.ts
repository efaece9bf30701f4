import { timestampRule, utcTimestamp } from '../../lib/units/timestamp';

test.each([
  ['2026-01-31T10:30:00Z', '2026-01-31T10:30:00Z'],
  ['2026-01-31T10:30:00+02:00', '2026-01-31T08:30:00Z'],
  ['2026-01-01T00:15:00.123456+01:00', '2025-12-31T23:15:00.123456Z'],
  ['2026-03-01 03:00:00-05:30', '2026-03-01T08:30:00Z'],
  ['2024-02-29t23:59:59z', '2024-02-29T23:59:59Z'],
])('%s is %s', (given, utc) => {
  expect(utcTimestamp(given)).toBe(utc);
  expect(timestampRule(given)).toBeUndefined();
});

test.each([
  '2026-01-31T10:30:00', // no zone
  '2026-01-31', // no time
  '2026-02-30T10:30:00Z', // no such day
  '2026-01-31T24:00:00Z',
  '2026-01-31T10:30:60Z',
  '2026-01-31T10:30:00+24:00',
  '2026-01-31T10:30:00.1234567Z', // Postgres knows microseconds
  '9999-12-31T23:59:59-01:00',
  '0000-01-01T00:00:00+01:00',
  "2026-01-31T10:30:00Z'",
  '2026-01-31T10:30:00Z\n',
  'now',
  '',
])('%j is refused', (text) => {
  expect(utcTimestamp(text)).toBeUndefined();
  expect(timestampRule(text)).toMatch(/^a moment with its zone as in RFC 3339/);
});
