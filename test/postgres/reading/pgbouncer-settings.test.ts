import { PgBouncerSettings } from '../../../lib/postgres/reading/pgbouncer-settings';

const nothing = new Map<string, string>();

test.each([
  ['edoburu/pgbouncer:1.18.0', '0'],
  ['edoburu/pgbouncer:v1.23.1-p2', '0'],
  ['edoburu/pgbouncer:v1.24.0-p0', '200'],
  ['pgbouncer:latest', '0'],
])('%s prepares %s statements by default', (image, statements) => {
  expect(PgBouncerSettings.ofImage(nothing, image).text('max_prepared_statements')).toBe(statements);
});

test('what is not set is as PgBouncer has it', () => {
  const settings = PgBouncerSettings.ofImage(new Map([['pool_mode', 'transaction']]), 'pgbouncer:1.25.0');
  const names = ['pool_mode', 'max_client_conn', 'default_pool_size', 'query_wait_timeout'];
  expect(names.map((name) => settings.text(name))).toEqual(['transaction', '100', '20', '120']);
});
