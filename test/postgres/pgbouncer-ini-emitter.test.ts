import { printPgBouncerIni } from '../../lib/postgres/pgbouncer-ini-emitter';
import { NASTY_STRINGS } from '../properties/corpus';

const print = (name: string, value: string, reason = 'because') =>
  printPgBouncerIni({
    databases: [{ name, host: 'db', port: 5432 }],
    directives: [{ name: 'pool_mode', value, reason }],
  });

test('prints a database, and each directive under its reason', () => {
  expect(print('app', 'transaction')).toBe(
    '[databases]\napp = host=db port=5432 dbname=app\n\n[pgbouncer]\n; because\npool_mode = transaction\n',
  );
});

test('never writes what would end a line, begin a section or separate a field', () => {
  for (const text of NASTY_STRINGS) {
    for (const [name, value] of [
      [text, 'transaction'],
      ['app', text],
    ]) {
      let ini: string;
      try {
        ini = print(name, value);
      } catch (error) {
        expect((error as Error).message).toContain('cannot be written into pgbouncer.ini');
        continue;
      }
      expect(ini.split('\n')).toHaveLength(7);
      expect(ini).toContain(`${name} = host=db port=5432 dbname=${name}\n`);
      expect(ini).toContain(`pool_mode = ${value}`.trimEnd());
    }
  }
});
