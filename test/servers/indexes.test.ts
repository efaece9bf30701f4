import { Duration, Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { IndexMatch, TunedPostgres } from 'cdk8s-tuned';
import type { Client } from 'pg';
import { manifests, newChart } from '../support/synth';
import { scratchDirectory, until } from './harness';
import { databaseWith, TunedDatabase } from './tuned-database';

const TABLE = 'people';
const { EQUALITY, PREFIX, CONTAINS } = IndexMatch;
const scratch = scratchDirectory();
let database: TunedDatabase;
beforeAll(async () => {
  database = await TunedDatabase.start(databaseWith([]), scratch);
});
afterAll(async () => {
  await database?.stop();
  scratch.remove();
});

/** A table whose names are sorted by language, and by bytes, and codes of other types. */
beforeEach(async () => {
  await database.app(`
    DROP TABLE IF EXISTS ${TABLE};
    CREATE TABLE ${TABLE} (
      id int, name text COLLATE "en-x-icu", nick varchar(80) COLLATE "en-x-icu", code char(40) COLLATE "en-x-icu",
      bytes text COLLATE "C", plain text);
    INSERT INTO ${TABLE} SELECT n, md5(n::text), md5(n::text), md5(n::text), md5(n::text), md5(n::text)
    FROM generate_series(1, 20000) n;
    ANALYZE ${TABLE};`);
});

const planOf = (condition: string) => database.app(`EXPLAIN SELECT * FROM ${TABLE} WHERE ${condition};`);
const definitionOf = (name: string) =>
  database.app(`SELECT indexdef FROM pg_indexes WHERE indexname = '${name}';`);
const indexCount = () => database.app(`SELECT count(*) FROM pg_indexes WHERE tablename = '${TABLE}';`);

/** A transaction that has changed a row, and stays open until the test ends it. */
async function openUpdate(): Promise<Client> {
  const client = await database.client();
  // Ours would end it after a minute.
  await client.query('SET idle_in_transaction_session_timeout = 0');
  await client.query('BEGIN');
  await client.query(`UPDATE ${TABLE} SET code = 'x' WHERE id = 1`);
  return client;
}

const CASES: ReadonlyArray<
  readonly [column: string, match: IndexMatch, condition: string, definition: string]
> = [
  ['id', EQUALITY, 'id = 17', 'btree (id)'],
  ['name', EQUALITY, "name = 'a'", 'btree (name)'],
  ['name', PREFIX, "name LIKE 'abc12%'", 'btree (name text_pattern_ops)'],
  ['nick', PREFIX, "nick LIKE 'abc12%'", 'btree (nick varchar_pattern_ops)'],
  ['code', PREFIX, "code LIKE 'abc12%'", 'btree (code bpchar_pattern_ops)'],
  ['bytes', PREFIX, "bytes LIKE 'abc12%'", 'btree (bytes)'],
  ['plain', PREFIX, "plain LIKE 'abc12%'", 'btree (plain text_pattern_ops)'],
  ['name', CONTAINS, "name LIKE '%abc12%'", 'gin (name gin_trgm_ops)'],
  ['nick', CONTAINS, "nick ILIKE '%ABC12%'", 'gin (nick gin_trgm_ops)'],
  ['bytes', CONTAINS, "bytes LIKE '%abc12%'", 'gin (bytes gin_trgm_ops)'],
];

test.each(CASES)(
  'on %s for %s: the query that scanned the table uses the index',
  async (column, match, condition, definition) => {
    expect(await planOf(condition)).toContain('Seq Scan');
    const objects = databaseWith([{ table: TABLE, column, match }]);
    expect(await database.run(objects)).toMatchObject({ code: 0, stderr: '' });
    const name = `${TABLE}_${column}_${match}_idx`;
    expect(await definitionOf(name)).toBe(`CREATE INDEX ${name} ON public.${TABLE} USING ${definition}`);
    expect(await planOf(condition)).toContain(`Index Scan ${match === CONTAINS ? 'on' : 'using'} ${name}`);
  },
);

test('a second run builds nothing', async () => {
  const objects = databaseWith(CASES.map(([column, match]) => ({ table: TABLE, column, match })));
  expect((await database.run(objects)).code).toBe(0);
  const before = await database.app(`SELECT array_agg(indexrelid ORDER BY indexrelid) FROM pg_index;`);
  const again = await database.run(objects);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout.split('\n')[0]).toBe('public.people (id): an index for the match "equality" is there');
  expect(await database.app(`SELECT array_agg(indexrelid ORDER BY indexrelid) FROM pg_index;`)).toBe(before);
});

test('a unique index of an application serves; another is not built beside it', async () => {
  await database.app(`ALTER TABLE ${TABLE} ADD PRIMARY KEY (id);`);
  const objects = databaseWith([{ table: TABLE, column: 'id', match: EQUALITY, unique: true }]);
  expect((await database.run(objects)).code).toBe(0);
  expect(await indexCount()).toBe('1');
});

test('what a broken build left behind is repaired', async () => {
  const unique = databaseWith([{ table: TABLE, column: 'name', match: EQUALITY, unique: true, name: 'one' }]);
  await database.app(`INSERT INTO ${TABLE} (name) VALUES ('twice'), ('twice');`);
  const failed = await database.run(unique);
  expect(failed.code).toBe(3);
  expect(failed.stderr).toContain('Key (name)=(twice) is duplicated');
  expect(failed.stderr).toContain('indexes are missing:\npublic.people (name) for the match "equality"');
  const valid = () => database.app(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'one'::regclass;`);
  expect(await valid()).toBe('f');
  await database.app(`DELETE FROM ${TABLE} WHERE name = 'twice';`);
  expect((await database.run(unique)).code).toBe(0);
  expect(await valid()).toBe('t');
  expect(await indexCount()).toBe('1');
});

test('one that cannot be built does not keep the others from it, and the run says why', async () => {
  await database.app(`
    DROP TABLE IF EXISTS parted; CREATE TABLE parted (id int) PARTITION BY RANGE (id);
    CREATE INDEX taken ON ${TABLE} (code);`);
  const objects = databaseWith(
    [
      { table: 'nowhere', column: 'id', match: EQUALITY },
      { table: TABLE, column: 'nothing', match: EQUALITY },
      { table: TABLE, column: 'id', match: PREFIX },
      { table: TABLE, column: 'code', match: CONTAINS },
      { table: 'parted', column: 'id', match: EQUALITY },
      { table: TABLE, column: 'plain', match: EQUALITY, name: 'taken' },
      { table: TABLE, column: 'id', match: EQUALITY },
    ],
    { tableTimeout: Duration.seconds(1) },
  );
  const { code, stderr } = await database.run(objects);
  expect(code).toBe(3);
  for (const problem of [
    'public.nowhere (id) for the match "equality": there is no such table',
    'public.people (nothing) for the match "equality": the table has no such column',
    'public.people (id) for the match "prefix": a column of type integer has no index for the match "prefix"',
    'public.people (code) for the match "contains": a column of type character has no index',
    'public.parted (id) for the match "equality": it is no plain table',
    'public.people (plain) for the match "equality": it could not be built, for the reason above',
    'relation "taken" already exists, skipping',
  ])
    expect(stderr).toContain(problem);
  expect(await planOf('id = 17')).toContain(`using ${TABLE}_id_equality_idx`);
});

test('it waits for tables that the application has yet to make', async () => {
  await database.app('DROP TABLE IF EXISTS later;');
  const run = database.run(databaseWith([{ table: 'later', column: 'id', match: EQUALITY }]));
  await until(
    'the run',
    async () =>
      (await database.superuser(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shop-db-idx'",
      )) === '1',
  );
  await database.app('CREATE TABLE later (id int);');
  expect((await run).code).toBe(0);
});

test('two runs do not build at a time', async () => {
  const objects = databaseWith([{ table: TABLE, column: 'id', match: EQUALITY }]);
  const other = await database.client();
  await other.query('SELECT pg_advisory_lock(426886510707)');
  expect((await database.run(objects)).stderr).toContain('another run is building indexes');
  await other.end();
  expect((await database.run(objects)).code).toBe(0);
});

test('the build of a pod that is killed ends with it, and the next one repairs what it left', async () => {
  const objects = databaseWith([{ table: TABLE, column: 'id', match: EQUALITY }]);
  const builders = () =>
    database.superuser("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'");
  const update = await openUpdate();
  const killer = new AbortController();
  const run = database.run(objects, undefined, killer.signal);
  await until('the build', async () => (await builders()) === '1');
  killer.abort();
  expect((await run).code).not.toBe(0);
  await until('the end of the build', async () => (await builders()) === '0');
  // The transaction that it waited for is still there: the build did not just go on to its end.
  expect(await database.app('SELECT count(*) FROM pg_index WHERE NOT indisvalid;')).toBe('1');
  await update.end();
  expect((await database.run(objects)).code).toBe(0);
  expect(await database.app('SELECT count(*) FROM pg_index WHERE NOT indisvalid;')).toBe('0');
});

test('a build does not wait for ever for the transactions of others', async () => {
  const objects = databaseWith([{ table: TABLE, column: 'id', match: EQUALITY }], {
    lockTimeout: Duration.seconds(1),
  });
  const update = await openUpdate();
  const run = await database.run(objects);
  expect(run.code).toBe(3);
  expect(run.stderr).toContain('canceling statement due to lock timeout');
  await update.end();
  expect((await database.run(objects)).code).toBe(0);
});

test('another role that owns the table builds its index, in its own schema', async () => {
  await database.superuser(
    `DROP SCHEMA IF EXISTS stock CASCADE; DROP ROLE IF EXISTS keeper; CREATE ROLE keeper LOGIN PASSWORD 'kept';
     GRANT CONNECT, TEMPORARY ON DATABASE app TO keeper; CREATE SCHEMA stock AUTHORIZATION keeper;
     CREATE TABLE stock.items (name text COLLATE "en-x-icu"); ALTER TABLE stock.items OWNER TO keeper;`,
    'app',
  );
  const index = { schema: 'stock', table: 'items', column: 'name', match: PREFIX };
  const denied = await database.run(databaseWith([index]));
  expect(denied.code).toBe(3);
  const chart = newChart();
  const db = new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    indexJobOptions: { user: 'keeper', credentials: Secret.fromSecretName(chart, 'keeper', 'keeper') },
  });
  db.addIndex(index);
  expect(await database.run(manifests(chart), { password: 'kept' })).toMatchObject({ code: 0, stderr: '' });
});

test('in a database that sorts by bytes, a plain index serves LIKE', async () => {
  const bytewise = await TunedDatabase.start(databaseWith([]), scratch, 'C');
  await bytewise.app(`
    CREATE TABLE ${TABLE} AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 20000) n;
    ANALYZE ${TABLE};`);
  expect((await bytewise.run(databaseWith([{ table: TABLE, column: 'name', match: PREFIX }]))).code).toBe(0);
  const name = `${TABLE}_name_prefix_idx`;
  expect(await bytewise.app(`SELECT indexdef FROM pg_indexes WHERE indexname = '${name}';`)).toBe(
    `CREATE INDEX ${name} ON public.${TABLE} USING btree (name)`,
  );
  expect(await bytewise.app(`EXPLAIN SELECT * FROM ${TABLE} WHERE name LIKE 'abc12%';`)).toContain(
    `Index Scan using ${name}`,
  );
  await bytewise.stop();
});
