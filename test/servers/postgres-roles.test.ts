/** Databases, extensions and roles by the emitted Job, in a new server and in one that has data. */
import { Size } from 'cdk8s';
import { PostgresPrivilege, TunedPostgres, type TunedPostgresProps } from 'cdk8s-tuned';
import { writeFileSync } from 'fs';
import { join } from 'path';
import { find, type Manifest, manifests, newChart } from '../support/synth';
import { type Outcome, own, runCommand, scratchDirectory } from './harness';
import { APP, PASSWORDS, PATH, psql } from './postgres-client';
import { Database } from './postgres-server';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

function synth(props: Partial<TunedPostgresProps>): Manifest[] {
  const chart = newChart();
  new TunedPostgres(chart, 'db', { storage: Size.gibibytes(10), ...props });
  return manifests(chart);
}

const DECLARED: Partial<TunedPostgresProps> = {
  databases: ['archive-2'],
  extensions: ['pg_trgm', 'uuid-ossp'],
  roles: [
    { name: 'reports', connectionLimit: 3, databases: ['app'] },
    { name: 'loader', privilege: PostgresPrivilege.WRITE },
    { name: 'migrate-it', privilege: PostgresPrivilege.OWNER },
  ],
};
/** Names are those of the keys of the Secret. */
const SECRET: Readonly<Record<string, string>> = {
  'postgres-password': PASSWORDS.POSTGRES_PASSWORD,
  'reports-password': `it's \\ "r" $HOME`,
  'loader-password': 'loader secret',
  'migrate-it-password': 'owner secret',
};

async function newServer(objects: readonly Manifest[]): Promise<Database> {
  const server = await Database.start(objects, scratch, await Database.initialize(scratch));
  await server.makeRoles(objects, scratch);
  return server;
}

/** Runs the containers of the Job as its manifest says. */
async function run(
  objects: readonly Manifest[],
  server: Database,
  secret: Readonly<Record<string, string>> = SECRET,
): Promise<Outcome> {
  const job = find(objects, 'Job');
  const scripts = scratch.directory(`setup-${Math.random()}`);
  for (const [file, text] of Object.entries<string>(find(objects, 'ConfigMap', 'shop-db-ddl').data)) {
    writeFileSync(join(scripts, file), text);
    own(join(scripts, file));
  }
  const { initContainers, containers } = job.spec.template.spec;
  let outcome: Outcome = { code: 1, stdout: '', stderr: 'no container' };
  for (const { command, env = [] } of [...initContainers, ...containers]) {
    const [program, ...args] = (command as string[]).map((text) =>
      text
        .replaceAll('$$', '$')
        .replace(/^(--host=)?shop-db$/, '$1127.0.0.1')
        .replace(/^(--port=)?5432$/, `$1${server.port}`)
        .replace('/setup/', `${scripts}/`),
    );
    const variables = env.map((one: Manifest) => [
      one.name,
      one.value ?? secret[one.valueFrom.secretKeyRef.key],
    ]);
    outcome = await runCommand(program, args, { env: { PATH, ...Object.fromEntries(variables) } });
    if (outcome.code !== 0) break;
  }
  return outcome;
}

const good = (outcome: Outcome) => expect(outcome).toMatchObject({ code: 0, stderr: '' });
const as = (server: Database, user: string, sql: string, database = 'app') =>
  psql(server.port, { user, password: SECRET[`${user}-password`], database }, sql);

/** All that the Job may change, secrets of passwords and ids of rows included. */
const state = (server: Database) =>
  server.superuser(`
    SELECT a.xmin, a.* FROM pg_authid a WHERE rolname !~ '^pg_' ORDER BY rolname;
    SELECT xmin, roleid::regrole, member::regrole FROM pg_auth_members ORDER BY 2, 3;
    SELECT xmin, datname, datdba::regrole, datacl FROM pg_database ORDER BY 2;
    SELECT xmin, * FROM pg_db_role_setting;`);
/** The same without what differs from server to server. */
const shape = async (server: Database) => {
  const roles = `SELECT rolname, rolcanlogin, rolconnlimit, rolsuper, rolcreatedb FROM pg_roles ORDER BY 1;
    SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members ORDER BY 1, 2;
    SELECT datname, datdba::regrole, datacl FROM pg_database ORDER BY 1;
    SELECT setrole::regrole, setconfig FROM pg_db_role_setting ORDER BY 1;`;
  const extensions = 'SELECT extname FROM pg_extension ORDER BY 1;';
  return [
    await server.superuser(roles),
    await server.superuser(extensions, 'app'),
    await server.superuser(extensions, 'archive-2'),
  ];
};

const objects = synth(DECLARED);
let fresh: Database;
let grown: Database;

beforeAll(async () => {
  fresh = await newServer(objects);
  good(await run(objects, fresh));
  grown = await newServer(synth({}));
  await grown.app('CREATE TABLE kept (id serial PRIMARY KEY, t text); INSERT INTO kept (t) VALUES (1);');
  // Made by hand before it was declared, with attributes that nobody declares.
  await grown.superuser("CREATE ROLE loader CREATEDB PASSWORD 'old'; GRANT pg_monitor TO loader;");
  good(await run(objects, grown));
});
afterAll(() => Promise.all([fresh, grown].map((one) => one?.stop())));

test('a server that has data comes to what a new one begins with', async () => {
  // But for what nobody has declared.
  await grown.superuser('ALTER ROLE loader NOCREATEDB; REVOKE pg_monitor FROM loader;');
  expect(await shape(grown)).toEqual(await shape(fresh));
  await grown.superuser('ALTER ROLE loader CREATEDB; GRANT pg_monitor TO loader;');
});

test('a second run changes nothing, what is not declared included', async () => {
  const before = await state(grown);
  good(await run(objects, grown));
  expect(await state(grown)).toBe(before);
  expect(await grown.superuser("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'loader';")).toBe('t');
});

describe.each([
  ['new', () => fresh],
  ['grown', () => grown],
])('in a %s server', (_, of) => {
  beforeAll(() => of().app('CREATE TABLE IF NOT EXISTS later (id serial PRIMARY KEY, t text);'));

  test('a reader reads what came later, and changes nothing', async () => {
    expect((await as(of(), 'reports', 'SELECT count(*) FROM later;')).stdout).toBe('0\n');
    expect((await as(of(), 'reports', 'INSERT INTO later (t) VALUES (1);')).stderr).toContain(
      'permission denied',
    );
    expect((await as(of(), 'reports', 'CREATE TABLE public.own ();')).stderr).toContain('permission denied');
  });

  test('it has its databases and its number of connections', async () => {
    expect((await as(of(), 'reports', 'SELECT 1;', 'archive-2')).stderr).toContain(
      'permission denied for database',
    );
    expect(await of().superuser("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'reports';")).toBe('3');
  });

  test('a writer changes rows in every database, sequences included, and makes no table', async () => {
    good(await as(of(), 'loader', "INSERT INTO later (t) VALUES ('x'); DELETE FROM later;"));
    good(await as(of(), 'loader', 'SELECT 1;', 'archive-2'));
    expect((await as(of(), 'loader', 'CREATE TABLE public.own ();')).stderr).toContain('permission denied');
  });

  test('what an owner makes is the application’s', async () => {
    good(await as(of(), 'migrate-it', 'CREATE TABLE made (id int);', 'archive-2'));
    const owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'made';";
    expect(await of().superuser(owner, 'archive-2')).toBe('app');
    good(await psql(of().port, { ...APP, database: 'archive-2' }, 'DROP TABLE made;'));
  });
});

test('less is taken back, another password is set, and nothing that is no longer declared goes', async () => {
  const less = synth({ roles: [{ name: 'loader' }] });
  good(await run(less, grown, { ...SECRET, 'loader-password': 'another' }));
  const login = { user: 'loader', password: 'another', database: 'app' };
  expect((await psql(grown.port, login, 'SELECT t FROM kept;')).stdout).toBe('1\n');
  expect((await psql(grown.port, login, "INSERT INTO kept (t) VALUES ('x');")).stderr).toContain(
    'permission denied',
  );
  good(await as(grown, 'reports', 'SELECT 1;'));
  expect(await grown.superuser("SELECT datname FROM pg_database WHERE datname = 'archive-2';")).toBe(
    'archive-2',
  );
});

test('an extension that the image lacks fails the Job and says which', async () => {
  const { code, stderr } = await run(synth({ extensions: ['no_such_thing'] }), fresh);
  expect(code).not.toBe(0);
  expect(stderr).toContain('no_such_thing');
});

test('no password is in a log', () => {
  for (const password of Object.values(SECRET)) expect(grown.server.log()).not.toContain(password);
});
