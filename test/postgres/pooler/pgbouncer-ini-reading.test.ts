import { parsePgBouncerIni } from '../../../lib/postgres/pooler/pgbouncer-ini';

test('databases and settings are read as PgBouncer reads them', () => {
  const { databases, settings } = parsePgBouncerIni(
    [
      '; a comment',
      '# another',
      '[databases]',
      'app = host=db port=5432 dbname=app',
      "reports = host=10.0.0.1 password='it''s' pool_size=5",
      '* = host=fallback',
      '',
      '[pgbouncer]',
      'pool_mode = session',
      'pool_mode=transaction',
      'unix_socket_dir =',
      '[users]',
      'app = pool_mode=session',
    ].join('\n'),
  );
  expect([...databases].map(([name, fields]) => [name, Object.fromEntries(fields)])).toEqual([
    ['app', { host: 'db', port: '5432', dbname: 'app' }],
    ['reports', { host: '10.0.0.1', password: "it's", pool_size: '5' }],
    ['*', { host: 'fallback' }],
  ]);
  expect(Object.fromEntries(settings)).toEqual({ pool_mode: 'transaction', unix_socket_dir: '' });
});
