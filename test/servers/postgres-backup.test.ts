/** Dumps of a real server by the emitted CronJobs: what they hold, how they are kept, tested, and restored. */
import { Size } from 'cdk8s';
import { PostgresBackup, PostgresTopology, TunedPostgres } from 'cdk8s-tuned';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { manifests, newChart } from '../support/synth';
import { DumpJob } from './dump-job';
import { type Outcome, runCommand, scratchDirectory } from './harness';
import { answerOf, PASSWORDS, PROGRAMS } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

function synth(keep = 2, restoreTest?: boolean) {
  const chart = newChart();
  const backup = PostgresBackup.dump({ storage: Size.gibibytes(10), keep, restoreTest });
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(10),
    databases: ['reports-2'],
    extensions: ['pg_trgm', 'uuid-ossp'],
    topology: PostgresTopology.statefulSet({ backup }),
  });
  return manifests(chart);
}
const objects = synth();

async function newServer(): Promise<Database> {
  const server = await Database.start(objects, scratch, await Database.initialize(scratch));
  await server.makeRoles(objects, scratch);
  return server;
}

/** Names that need quotes, in SQL, in a shell, and in the connection strings of libpq. */
const ODD = `it's a "base" \\ = $(id) -x`;
const ident = (name: string) => `"${name.replaceAll('"', '""')}"`;

const CONTENT = `
  CREATE ROLE ${ident('odd "role"; --')} NOLOGIN;
  GRANT app TO ${ident('odd "role"; --')};
  CREATE SCHEMA ${ident("sch'ema")};
  CREATE TABLE ${ident("sch'ema")}.${ident('a | table')} (id serial PRIMARY KEY, t text);
  INSERT INTO ${ident("sch'ema")}.${ident('a | table')} (t) SELECT md5(n::text) FROM generate_series(1, 1000) n;
  CREATE INDEX ON ${ident("sch'ema")}.${ident('a | table')} USING gin (t gin_trgm_ops);
  CREATE TABLE secret (owner text, note text);
  ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
  ALTER TABLE secret FORCE ROW LEVEL SECURITY;
  INSERT INTO secret VALUES ('nobody', 'seen by the superuser alone');
  GRANT SELECT ON secret TO ${ident('odd "role"; --')};
  CREATE TABLE parted (id int) PARTITION BY RANGE (id);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
  INSERT INTO parted SELECT generate_series(0, 49);
  CREATE TABLE parent (id int);
  CREATE TABLE child (more int) INHERITS (parent);
  INSERT INTO child VALUES (1, 2);
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM parted;
  CREATE UNLOGGED TABLE quick AS SELECT 1 AS one;
  SELECT lo_from_bytea(0, decode(repeat('ab', 4096), 'hex')), lo_from_bytea(0, '');
`;

/** Everything that a database holds, as text: its schema as pg_dump writes it, and the rows of each table. */
async function digest(server: Database, name: string): Promise<string> {
  const login = ['-h', '127.0.0.1', '-p', `${server.port}`, '-U', 'postgres'];
  const connection = `dbname='${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return answerOf(
    await runCommand(join(PROGRAMS, 'pg_dump'), [...login, '--inserts', '-d', connection], {
      env: { PGPASSWORD: PASSWORDS.POSTGRES_PASSWORD },
    }),
  ).replaceAll(/^\\(un)?restrict .*$/gm, '');
}

/** What the roles of a server are and belong to, without their passwords. */
const roles = (server: Database) =>
  server.superuser(`
    SELECT rolname, rolsuper, rolcanlogin, rolcreatedb,
      ARRAY(SELECT roleid::regrole FROM pg_auth_members WHERE member = oid ORDER BY 1)
    FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1;`);

const databasesOf = (server: Database) => server.superuser('SELECT datname FROM pg_database ORDER BY 1;');

const good = (outcome: Outcome) => expect(outcome).toMatchObject({ code: 0, stderr: '' });

let source: Database;
let job: DumpJob;

beforeAll(async () => {
  source = await newServer();
  await source.superuser(CONTENT, 'app');
  await source.superuser('CREATE TABLE r AS SELECT generate_series(1, 10) AS n;', 'reports-2');
  await source.superuser(`CREATE DATABASE ${ident(ODD)} OWNER ${ident('odd "role"; --')};`);
  await source.superuser(`ALTER DATABASE ${ident(ODD)} SET work_mem = '5MB';`);
  job = new DumpJob(objects, scratch);
  good(await job.dump(source));
});
afterAll(() => source?.stop());

test('a dump has all databases, roles without passwords, and the checksum of each file', () => {
  expect(job.unfinished).toEqual([]);
  expect(job.sets).toHaveLength(1);
  expect(job.sets[0]).toMatch(/^\d{8}T\d{6}Z$/);
  const set = join(job.backups, job.sets[0]);
  const names = readdirSync(set).filter((file) => file.endsWith('.name'));
  expect(names.map((file) => readFileSync(join(set, file), 'utf8')).sort()).toEqual(
    ['app', 'postgres', 'reports-2', ODD].map((name) => `${name}\n`).sort(),
  );
  const text = readFileSync(join(set, 'roles.sql'), 'utf8');
  expect(text).toContain('CREATE ROLE app;');
  expect(text).not.toContain('PASSWORD');
  expect(readFileSync(join(set, 'SHA256SUMS'), 'utf8').trim().split('\n')).toHaveLength(
    readdirSync(set).length - 1,
  );
});

describe('in another server', () => {
  let target: Database;
  beforeAll(async () => {
    target = await newServer();
    good(await job.restore(target));
  });
  afterAll(() => target?.stop());

  test.each(['app', 'reports-2', 'postgres', ODD])('the database %s is as it was', async (name) => {
    expect(await digest(target, name)).toBe(await digest(source, name));
  });

  test('there are the same databases and roles, with the settings of databases', async () => {
    expect(await databasesOf(target)).toBe(await databasesOf(source));
    expect(await roles(target)).toBe(await roles(source));
    const settings = 'SELECT setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase;';
    expect(await target.superuser(settings)).toBe('{work_mem=5MB}');
  });

  test('roles that were there keep their passwords', async () => {
    expect(await target.app('SELECT 1;')).toBe('1');
  });

  test('a second restore is refused, and changes nothing', async () => {
    const before = await digest(target, 'app');
    const { code, stderr } = await job.restore(target);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^the database app is not empty, it has \d+ objects; nothing was restored$/m);
    expect(await digest(target, 'app')).toBe(before);
  });

  test('a set that is not there is named with those that are', async () => {
    const { code, stderr } = await job.restore(target, '20200101T000000Z');
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no such backup; there are: ${job.sets[0]}`);
  });
});

/** Sets are named by their second. */
const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1000));

test('the newest are kept, also without a restore test', async () => {
  const own = new DumpJob(synth(2, false), scratch);
  const taken: string[] = [];
  for (let run = 0; run < 3; run += 1) {
    good(await own.runContainer('dump', source));
    taken.push(...own.sets.filter((set) => !taken.includes(set)));
    await nextSecond();
  }
  expect(taken).toHaveLength(3);
  expect(own.sets).toEqual(taken.slice(1));
  expect(own.unfinished).toEqual([]);
});

test('a dump that fails half-way leaves the others, and the next run takes its rest away', async () => {
  const own = new DumpJob(synth(2, false), scratch);
  good(await own.runContainer('dump', source));
  const before = own.sets;
  // Behind the first databases comes one with a table whose file is gone.
  await source.superuser('CREATE DATABASE broken;');
  const file = await source.superuser(
    "CREATE TABLE t AS SELECT 1 AS n; SELECT pg_relation_filepath('t');",
    'broken',
  );
  await source.superuser('CHECKPOINT;');
  rmSync(join(source.pgdata, file));
  const failed = await own.runContainer('dump', source);
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain('the database broken could not be dumped');
  expect(own.sets).toEqual(before);
  expect(own.unfinished).toHaveLength(1);
  await source.superuser('DROP DATABASE broken;');
  good(await own.runContainer('dump', source));
  expect(own.unfinished).toEqual([]);
  expect(own.sets).toHaveLength(2);
});

test('rows and tables that come and go meanwhile are those of one moment', async () => {
  const own = new DumpJob(objects, scratch);
  await source.superuser(
    `
    CREATE TABLE pairs (id int, side text); CREATE TABLE emptied AS SELECT generate_series(1, 1000) AS n;`,
    'app',
  );
  let writing = true;
  const client = await source.client({
    user: 'postgres',
    password: PASSWORDS.POSTGRES_PASSWORD,
    database: 'app',
  });
  const writes = (async () => {
    for (let id = 0; writing; id += 1) {
      await client.query(`BEGIN; INSERT INTO pairs VALUES (${id}, 'a'), (${id}, 'b'); COMMIT;`);
      // Waits for the dump, as any reader has it wait, and happens before the rows are counted.
      if (id % 10 === 0)
        await client.query('BEGIN; TRUNCATE emptied; INSERT INTO emptied VALUES (1); COMMIT;');
    }
  })();
  const dumped = await own.dump(source);
  writing = false;
  await writes;
  await client.end();
  expect(dumped).toMatchObject({ code: 0, stderr: '' });
  await source.superuser('DROP TABLE pairs, emptied;', 'app');
});

describe('the restore test', () => {
  /** A dump that is not tested yet. */
  async function untested(): Promise<DumpJob> {
    const own = new DumpJob(objects, scratch);
    cpSync(join(job.backups, job.sets[0]), join(own.backups, job.sets[0]), { recursive: true });
    good(await own.runContainer('dump', source));
    return own;
  }
  const fileOf = (own: DumpJob, end: string, name: string) => {
    const set = join(own.backups, own.unfinished[0]);
    const oid = readdirSync(set).find(
      (file) => file.endsWith('.name') && readFileSync(join(set, file), 'utf8') === `${name}\n`,
    );
    return join(set, `${oid?.replace('.name', '')}.${end}`);
  };

  test.each<[string, (own: DumpJob) => void, string]>([
    [
      'a damaged file',
      (own) => {
        const path = fileOf(own, 'dump', 'app');
        const bytes = readFileSync(path);
        bytes[Math.floor(bytes.length / 2)] ^= 0xff;
        writeFileSync(path, bytes);
      },
      'is damaged; nothing was restored',
    ],
    [
      'a missing file',
      (own) => writeFileSync(fileOf(own, 'dump', 'reports-2'), ''),
      'is damaged; nothing was restored',
    ],
  ])('fails for %s, and the tested one stays', async (_, damage, message) => {
    const own = await untested();
    const before = own.sets;
    damage(own);
    const failed = await own.runContainer('restore-test', source);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain(message);
    expect(own.sets).toEqual(before);
  });

  test('fails where rows are missing, although all checksums hold', async () => {
    const own = await untested();
    const path = fileOf(own, 'tables', 'reports-2');
    writeFileSync(path, readFileSync(path, 'utf8').replace('public.r|10', 'public.r|11'));
    const set = join(own.backups, own.unfinished[0]);
    await runCommand('sh', [
      '-c',
      `cd ${set} && rm SHA256SUMS && sha256sum -- * > ../sums && mv ../sums SHA256SUMS`,
    ]);
    const failed = await own.runContainer('restore-test', source);
    expect(failed.code).not.toBe(0);
    expect(failed.stderr).toContain(
      'the database reports-2 is not as it was dumped (table|rows): public.r|11',
    );
  });
});

test('the database lets the superuser in by password, from where the policy says', () => {
  expect(objects.find(({ data }) => data?.['pg_hba.conf'] !== undefined).data['pg_hba.conf']).toContain(
    'host    all       postgres  all           scram-sha-256',
  );
});
