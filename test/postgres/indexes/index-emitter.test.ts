import { IndexMatch } from 'cdk8s-tuned';
import * as fc from 'fast-check';
import { indexArguments, INDEXES_SQL, indexName } from '../../../lib/postgres/indexes/index-emitter';
import { WAIT_SCRIPT } from '../../../lib/postgres/server-job';
import { sqlIdentifierRule } from '../../../lib/units/names';

const identifier = fc.stringMatching(/^[a-z_][a-z0-9_]{0,62}$/);
const match = fc.constantFrom(...Object.values(IndexMatch));

test('a name says what the index is for', () => {
  expect(indexName('users', 'name', IndexMatch.PREFIX, false)).toBe('users_name_prefix_idx');
  expect(indexName('users', 'email', IndexMatch.EQUALITY, true)).toBe('users_email_equality_key');
});

test('every name is one of Postgres, and no two columns share one', () => {
  fc.assert(
    fc.property(identifier, identifier, identifier, match, fc.boolean(), (table, a, b, kind, unique) => {
      const [first, second] = [indexName(table, a, kind, unique), indexName(table, b, kind, unique)];
      expect(sqlIdentifierRule(first)).toBeUndefined();
      expect(first === second).toBe(a === b);
    }),
  );
});

test('a table and a column that are cut at different places do not share a name', () => {
  const long = 'a'.repeat(40);
  expect(indexName(long, `b_${long}`, IndexMatch.EQUALITY, false)).not.toBe(
    indexName(`${long}_b`, long, IndexMatch.EQUALITY, false),
  );
});

test('the script is the same for everybody: it holds nothing of a user, and every name is quoted by format()', () => {
  const request = {
    schema: 's',
    table: 't',
    column: 'c',
    match: IndexMatch.PREFIX,
    unique: false,
    name: 'i',
  };
  const args = indexArguments({ indexes: [request], tableSeconds: 1, lockSeconds: 2 });
  expect(args).toContain(`--set=indexes=${JSON.stringify([request])}`);
  // Each statement that is run by \gexec is made of these formats only.
  const formats = [...INDEXES_SQL.matchAll(/format\('([A-Z][^']*)'/g)].map(([, format]) => format);
  expect(formats).toEqual([
    'CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA %I',
    'DROP INDEX CONCURRENTLY IF EXISTS %I.%I',
    'CREATE %sINDEX CONCURRENTLY IF NOT EXISTS %I ON %I.%I USING %I (%I%s)',
  ]);
  expect(INDEXES_SQL).not.toContain('||');
  expect(WAIT_SCRIPT).toContain('"$@"');
});
