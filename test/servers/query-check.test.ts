import { IndexMatch, type PostgresIndexProps } from 'cdk8s-tuned';
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { connect } from '../../lib/query/database';
import { adviseOn } from '../../lib/query/query-advice';
import type { QueryReport } from '../../lib/report/query-formats';
import { runProgram } from '../cli/program';
import { ROOT } from '../project/snippets';
import { NASTY_STRINGS } from '../properties/corpus';
import { scratchDirectory } from './harness';
import { APP } from './postgres-client';
import { databaseWith, TunedDatabase } from './tuned-database';

const ROWS = 20_000;
const scratch = scratchDirectory();
let database: TunedDatabase;
beforeAll(async () => {
  database = await TunedDatabase.start(databaseWith([]), scratch);
});
afterAll(async () => {
  await database?.stop();
  scratch.remove();
});
beforeEach(async () => {
  await database.app(`
    DROP TABLE IF EXISTS users, few;
    CREATE TABLE users (user_id int, name text COLLATE "en-x-icu", nick varchar(80) COLLATE "en-x-icu", code text);
    INSERT INTO users SELECT n, md5(n::text), md5(n::text), md5(n::text) FROM generate_series(1, ${ROWS}) n;
    CREATE TABLE few AS SELECT * FROM users LIMIT 1000;
    ANALYZE users, few;`);
});

/** Runs the command on a file of these statements, logged in by the variables that libpq reads. */
function check(sql: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const file = join(scratch.path, 'queries.sql');
  writeFileSync(file, sql);
  const { status, stdout, stderr } = runProgram(['query-check', file, ...args], {
    env: {
      PGHOST: '127.0.0.1',
      PGPORT: `${database.port}`,
      PGDATABASE: APP.database,
      PGUSER: APP.user,
      PGPASSWORD: APP.password,
      ...env,
    },
  });
  return { code: status, stdout: stdout.replaceAll(file, 'queries.sql'), stderr };
}

function reportOn(sql: string, args: readonly string[] = []): QueryReport {
  return JSON.parse(check(sql, ['--format', 'json', ...args]).stdout);
}

function advised(sql: string): PostgresIndexProps[] {
  const { statements } = reportOn(sql);
  return statements.flatMap(({ findings }) =>
    findings.flatMap(({ advice: [best] }) =>
      best === undefined ? [] : [{ table: best.table, column: best.column, match: best.match }],
    ),
  );
}

const GUIDE = `-- the guide's
SELECT user_id, name FROM users WHERE user_id = 123;
SELECT user_id, name FROM users WHERE name LIKE '%john%';
SELECT user_id, name FROM users WHERE name LIKE 'john%';
`;

test("the guide's three queries each get the index that they need, and then nothing is said of them", async () => {
  const before = check(GUIDE);
  expect(before.code).toBe(1);
  expect(before.stdout).toContain(`queries.sql:2: reads all ${ROWS} rows of public.users for about 1\n`);
  expect(before.stdout).toContain(
    "db.addIndex({ table: 'users', column: 'user_id', match: IndexMatch.EQUALITY });",
  );
  const indexes = advised(GUIDE);
  expect(indexes).toEqual([
    { table: 'users', column: 'user_id', match: 'equality' },
    { table: 'users', column: 'name', match: 'contains' },
    { table: 'users', column: 'name', match: 'prefix' },
  ]);
  expect((await database.run(databaseWith(indexes))).code).toBe(0);
  expect(check(GUIDE)).toEqual({
    code: 0,
    stdout: expect.stringContaining(
      '3 queries: 0 read a whole table for a small part of it, 0 could not be planned\n',
    ),
    stderr: '',
  });
});

test.each([
  ['parameters', 'SELECT * FROM users WHERE user_id = $1 AND code > $2;', 'user_id', 'equality'],
  ['a list', 'SELECT * FROM users WHERE user_id IN (1, 2, 3);', 'user_id', 'equality'],
  ['an update', "UPDATE users SET name = 'x' WHERE user_id = $1;", 'user_id', 'equality'],
  ['a delete', 'DELETE FROM users WHERE user_id = 5;', 'user_id', 'equality'],
  ['an insert', 'INSERT INTO users SELECT * FROM users WHERE user_id = 5;', 'user_id', 'equality'],
  [
    'a query in a query',
    'SELECT (SELECT name FROM users u WHERE u.user_id = f.user_id) FROM few f;',
    'user_id',
    'equality',
  ],
  [
    'WITH',
    'WITH one AS MATERIALIZED (SELECT * FROM users WHERE user_id = 1) SELECT * FROM one;',
    'user_id',
    'equality',
  ],
  ['varchar', "SELECT * FROM users WHERE nick LIKE 'abc%';", 'nick', 'prefix'],
  ['ILIKE', "SELECT * FROM users WHERE nick ILIKE 'abc%';", 'nick', 'contains'],
  ['a pattern in a parameter', 'SELECT * FROM users WHERE name LIKE $1;', 'name', 'contains'],
])('%s: the index that is advised is used', async (_, sql, column, match) => {
  expect(advised(sql)).toEqual([{ table: 'users', column, match }]);
  expect((await database.run(databaseWith(advised(sql)))).code).toBe(0);
  expect(check(sql).code).toBe(0);
});

test.each([
  ['all rows are wanted', 'SELECT count(*) FROM users;'],
  ['most rows are wanted', 'SELECT * FROM users WHERE user_id > 100;'],
  ['the table is small', 'SELECT * FROM few WHERE user_id = 1;'],
])('nothing is said where %s', (_, sql) => expect(check(sql).code).toBe(0));

test('what is small is yours to say', () => {
  const sql = 'SELECT * FROM few WHERE user_id = 1;';
  expect(check(sql, ['--min-rows', '1000']).code).toBe(1);
  expect(check(GUIDE, ['--min-rows', `${ROWS * 10}`]).code).toBe(0);
});

test('a condition that no such index serves is told without one', () => {
  const { code, stdout } = check("SELECT * FROM users WHERE lower(code) = 'a';");
  expect(code).toBe(1);
  expect(stdout).toContain('no index of addIndex serves this condition');
  const { stdout: cast } = check("SELECT * FROM users WHERE user_id::text LIKE '1%';");
  expect(cast).not.toContain('addIndex({');
});

test('an index that is there and not used is not advised again', async () => {
  expect(
    (await database.run(databaseWith([{ table: 'users', column: 'code', match: IndexMatch.CONTAINS }]))).code,
  ).toBe(0);
  const { code, stdout } = check("SELECT * FROM users WHERE code LIKE '%ab%cd%ef%gh%';");
  expect(code).toBe(1);
  expect(stdout).toContain('users_code_contains_idx serves "contains" on code, but the plan does not use it');
  expect(stdout).not.toContain('db.addIndex');
});

describe('with hypopg', () => {
  beforeAll(() => database.superuser('CREATE EXTENSION hypopg', 'app'));
  afterAll(() => database.superuser('DROP EXTENSION hypopg', 'app'));

  test('a B-tree is tried, and no GIN index', () => {
    const { statements, notes } = reportOn(GUIDE);
    expect(notes).toEqual([]);
    const trials = statements.map(({ findings }) => findings[0].advice[0].trial);
    expect(trials).toEqual([
      { outcome: 'used', costBefore: expect.any(Number), costAfter: expect.any(Number) },
      { outcome: 'not tried', reason: 'hypopg knows no GIN index' },
      { outcome: 'used', costBefore: expect.any(Number), costAfter: expect.any(Number) },
    ]);
    const falls = trials.map((trial) =>
      trial.outcome === 'used' ? trial.costBefore / trial.costAfter : NaN,
    );
    expect(Math.min(falls[0], falls[2])).toBeGreaterThan(10);
  });

  test('of two columns the one that helps comes first, and the other is told to be of no use', () => {
    const { stdout } = check("SELECT * FROM users WHERE user_id > 10 AND name LIKE 'abc1%';");
    expect(stdout).toMatch(
      /column: 'name', match: IndexMatch.PREFIX[^]*an index for "equality" on user_id was tried, and is not used/,
    );
  });

  test('the page of the command shows what it prints', () => {
    const page = readFileSync(join(ROOT, 'docs/query-check.md'), 'utf8');
    const [, shown] = /```\n(queries\.sql:[^]*?)```/.exec(page) ?? [];
    // Costs differ between versions of Postgres.
    const withoutCosts = (text: string) => text.replace(/from [\d.]+ to [\d.]+/, 'from … to …');
    const { stdout } = check(GUIDE.split('\n').slice(0, 3).join('\n'));
    expect(withoutCosts(shown)).toBe(withoutCosts(stdout));
  });

  test('nothing is left of what was tried', async () => {
    check(GUIDE);
    expect(await database.app("SELECT count(*) FROM pg_indexes WHERE tablename = 'users';")).toBe('0');
  });
});

test('without hypopg it says how to get it', () => {
  expect(reportOn(GUIDE).notes).toEqual([
    'without the extension hypopg no index can be tried; CREATE EXTENSION hypopg to have them tried',
  ]);
});

describe('queries are planned and never run', () => {
  test('also those that write', async () => {
    check('DELETE FROM users; UPDATE users SET user_id = 0; TRUNCATE users; DROP TABLE users; SELECT 1;');
    expect(await database.app(`SELECT count(*) FROM users WHERE user_id > 0;`)).toBe(`${ROWS}`);
  });

  test('the server takes one statement at a time, whatever a text holds', async () => {
    const connection = await connect(
      `postgres://app:${encodeURIComponent(APP.password)}@127.0.0.1:${database.port}/app`,
    );
    const text = 'SELECT 1; DELETE FROM users';
    await expect(adviseOn(connection, { text, line: 1 }, { minRows: 1 })).rejects.toThrow(
      'cannot insert multiple commands into a prepared statement',
    );
    await connection.end();
    expect(await database.app('SELECT count(*) FROM users;')).toBe(`${ROWS}`);
  });

  test('a function that the planner runs is in a transaction that may only read, and not for long', async () => {
    await database.app(`
      CREATE OR REPLACE FUNCTION tells() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'read only: %, timeout: %',
            current_setting('transaction_read_only'), current_setting('statement_timeout');
        END $$;`);
    const { code, stdout } = check('SELECT * FROM users WHERE user_id = tells();');
    expect(code).toBe(2);
    expect(stdout).toContain('queries.sql:1: cannot be planned: read only: on, timeout: 30s\n');
  });
});

test('any text in a query is text, and every query is found', () => {
  // NUL is no character of Postgres, and half of a surrogate pair is none at all.
  const texts = NASTY_STRINGS.filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
  const sql = texts
    .flatMap((text, index) => [
      `SELECT * FROM users WHERE code = '${text.replaceAll("'", "''")}';`,
      `SELECT $q${index}$${text}$q${index}$, E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}';`,
    ])
    .join('\n');
  const { statements } = reportOn(sql);
  expect(statements.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(statements).toHaveLength(2 * texts.length);
  const found = statements.filter(({ findings }) => findings.length > 0);
  expect(found).toHaveLength(texts.length);
  for (const { findings } of found)
    expect(findings[0].advice).toMatchObject([{ column: 'code', match: 'equality' }]);
});

test('a query that cannot be planned is told with its place, the others are looked at, and it is no pass', () => {
  const { code, stdout } = check(`SELECT * FROM nowhere;\n${GUIDE}`);
  expect(code).toBe(2);
  expect(stdout).toContain('queries.sql:1: cannot be planned: relation "nowhere" does not exist\n');
  expect(stdout).toContain('4 queries: 3 read a whole table for a small part of it, 1 could not be planned');
});

describe('no password is printed', () => {
  const secret = 'p@ss word';
  const address = (port: number) => `postgres://app:${encodeURIComponent(secret)}@127.0.0.1:${port}/app`;

  test.each<[string, () => string, string]>([
    ['when it is wrong', () => address(database.port), 'password authentication failed for user "app"'],
    ['when nobody answers', () => address(1), 'ECONNREFUSED'],
    ['when the address is none', () => `postgres://app:${secret}@[`, '--database is no address'],
  ])('%s', (_, url, message) => {
    const { code, stdout, stderr } = check(GUIDE, ['--database', url()]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    for (const text of [secret, encodeURIComponent(secret)]) expect(stderr).not.toContain(text);
  });
});
