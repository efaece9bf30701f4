import { printPgBouncerIni } from '../../../lib/postgres/pooler/pgbouncer-ini';
import { NASTY_STRINGS } from '../../properties/corpus';

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

/** What is printed, or why nothing is. */
function outcomeOf(name: string, value: string): { readonly ini?: string; readonly refusal?: string } {
  try {
    return { ini: print(name, value) };
  } catch (error) {
    return { refusal: (error as Error).message };
  }
}

test('never writes what would end a line, begin a section or separate a field', () => {
  const attacks = NASTY_STRINGS.flatMap((text) => [
    { name: text, value: 'transaction' },
    { name: 'app', value: text },
  ]);
  const damaged = attacks.filter(({ name, value }) => {
    const { ini, refusal } = outcomeOf(name, value);
    if (ini === undefined) return !refusal?.includes('cannot be written into pgbouncer.ini');
    return (
      ini !==
      `[databases]\n${name} = host=db port=5432 dbname=${name}\n\n[pgbouncer]\n; because\n${`pool_mode = ${value}`.trimEnd()}\n`
    );
  });
  expect(damaged).toEqual([]);
  expect(
    attacks.filter(({ name, value }) => outcomeOf(name, value).refusal !== undefined).length,
  ).toBeGreaterThan(80);
});
