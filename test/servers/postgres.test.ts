import { existsSync, readdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Size } from 'cdk8s';
import { PostgresVersion, TunedPostgres, WorkloadProfile } from 'cdk8s-tuned';
import { ENVIRONMENTS, fromDist } from '../support/dist';
import { type Manifest, manifests, newChart } from '../support/synth';
import {
  freePort,
  own,
  type Outcome,
  runCommand,
  scratchDirectory,
  type Scratch,
  type Server,
  startServer,
  until,
} from './harness';

const DEBIAN = '/usr/lib/postgresql';
/** Programs of the newest major that Debian has installed; `npm test` sees to it that there is one. */
const PROGRAMS = existsSync(DEBIAN)
  ? join(DEBIAN, readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))[0], 'bin')
  : '';
const PATH = `${PROGRAMS}:${process.env.PATH}`;

const PASSWORDS = {
  POSTGRES_PASSWORD: 'superuser secret',
  APP_PASSWORD: `it's \\ "quoted" $HOME; ünïcode`,
  EXPORTER_PASSWORD: 'exporter secret',
};

/** Settings of a `postgresql.conf`, read as its grammar says. */
function settingsOf(conf: string): Array<[name: string, value: string]> {
  return conf
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
      const quoted = /^'(.*)'$/.exec(value);
      return [name, quoted ? quoted[1].replaceAll("''", "'").replaceAll('\\\\', '\\') : value];
    });
}

/** The container of a database manifest, on this machine. */
class Database {
  private constructor(
    readonly server: Server,
    readonly port: number,
    readonly pgdata: string,
    readonly container: Manifest,
    readonly conf: string,
  ) {}

  static find(objects: readonly Manifest[], kind: string): Manifest {
    return objects.find(
      (object) =>
        object.kind === kind && object.metadata.labels['app.kubernetes.io/component'] === 'postgres',
    );
  }

  /** Makes an empty database directory, as the image does on the first start. */
  static async initialize(scratch: Scratch): Promise<string> {
    const pgdata = scratch.directory(`pgdata-${await freePort()}`);
    const passwordFile = join(scratch.path, 'password');
    writeFileSync(passwordFile, PASSWORDS.POSTGRES_PASSWORD);
    own(passwordFile);
    const args = ['--data-checksums', '--username=postgres', `--pwfile=${passwordFile}`, '-D', pgdata];
    const { code, stderr } = await runCommand(join(PROGRAMS, 'initdb'), args);
    if (code !== 0) throw new Error(stderr);
    return pgdata;
  }

  static async start(
    objects: readonly Manifest[],
    scratch: Scratch,
    pgdata: string,
    wait: 'ready' | 'alive' = 'ready',
  ): Promise<Database> {
    const [container] = Database.find(objects, 'StatefulSet').spec.template.spec.containers;
    const { data } = Database.find(objects, 'ConfigMap');
    const port = await freePort();
    const directory = scratch.directory(`postgres-${port}`);
    for (const file of ['postgresql.conf', 'pg_hba.conf']) writeFileSync(join(directory, file), data[file]);
    // The arguments of the manifest, without the one that Debian's version does not know yet.
    const args = (container.args as string[])
      .join('\n')
      .replace('\n-c\nallow_alter_system=off', '')
      .split('\n')
      .map((argument) => argument.replace('/etc/postgresql', directory));
    const places = [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=${directory}`,
      '-p',
      `${port}`,
    ];
    const log = join(scratch.path, `postgres-${port}.log`);
    const server = startServer(join(PROGRAMS, 'postgres'), [...args, ...places], {
      log,
      env: { PGDATA: pgdata },
    });
    const database = new Database(server, port, pgdata, container, data['postgresql.conf']);
    const probe = wait === 'ready' ? 'readinessProbe' : 'livenessProbe';
    await until(
      'postgres',
      async () => (await database.run(container[probe].exec.command)).code === 0,
      server,
    );
    return database;
  }

  /** Runs a command of the manifest. */
  run([command, ...args]: string[]): Promise<Outcome> {
    const [first, ...rest] = [command, ...args].map((text) =>
      text.replace('--port=5432', `--port=${this.port}`),
    );
    return runCommand(first, rest, { env: { PATH, PGDATA: this.pgdata } });
  }

  psql(
    user: string,
    password: string,
    database: string,
    input: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<Outcome> {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', `${this.port}`];
    return runCommand(join(PROGRAMS, 'psql'), [...args, '-U', user, '-d', database], {
      input,
      env: { ...env, PGPASSWORD: password },
    });
  }

  async show(name: string): Promise<string> {
    const { stdout } = await this.psql('postgres', PASSWORDS.POSTGRES_PASSWORD, 'postgres', `SHOW ${name};`);
    return stdout.replace(/\n$/, '');
  }

  /** What the image does with the files in `docker-entrypoint-initdb.d`. */
  makeRoles(objects: readonly Manifest[]): Promise<Outcome> {
    const { data } = Database.find(objects, 'ConfigMap');
    const env = { ...PASSWORDS, APP_DATABASE: 'app', APP_USER: 'app' };
    return this.psql('postgres', PASSWORDS.POSTGRES_PASSWORD, 'postgres', data['roles.sql'], env);
  }
}

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

test.each(ENVIRONMENTS)(
  '%s: SHOW answers every tuned value',
  async (environment) => {
    const database = await Database.start(
      fromDist(environment, 'data'),
      scratch,
      await Database.initialize(scratch),
    );
    const settings = settingsOf(database.conf);
    expect(settings.length).toBeGreaterThan(30);
    const answers: Array<[string, string]> = [];
    for (const [name] of settings) answers.push([name, await database.show(name)]);
    expect(answers).toEqual(settings);
    expect(await database.server.stop('SIGINT')).toBe(0);
  },
  60_000,
);

test("the guide's parameters are what the server runs with", async () => {
  const guide = {
    shared_buffers: '4GB',
    effective_cache_size: '12GB',
    work_mem: '10MB',
    max_connections: '200',
    max_prepared_transactions: '100',
    wal_buffers: '16MB',
    default_statistics_target: '100',
    'app.note': `it's \\ "quoted" # ; = ünïcode`,
  };
  const chart = newChart();
  new TunedPostgres(chart, 'db', {
    storage: Size.gibibytes(100),
    version: PostgresVersion.V15,
    profile: WorkloadProfile.DATABASE.withMemory(Size.gibibytes(16)),
    parameters: guide,
  });
  const database = await Database.start(manifests(chart), scratch, await Database.initialize(scratch));
  const answers: Record<string, string> = {};
  for (const name of Object.keys(guide)) answers[name] = await database.show(name);
  expect(answers).toEqual(guide);
  expect(await database.server.stop('SIGINT')).toBe(0);
}, 60_000);

describe('a database of the shop', () => {
  const objects = fromDist('dev', 'data');
  let database: Database;
  beforeAll(async () => {
    database = await Database.start(objects, scratch, await Database.initialize(scratch));
    const { code, stderr } = await database.makeRoles(objects);
    if (code !== 0) throw new Error(stderr);
  }, 60_000);
  afterAll(async () => {
    if (database?.server.process.exitCode === null) await database.server.stop('SIGINT');
  });

  test('the application owns its database, and reads no secrets of others', async () => {
    const app = (sql: string, name = 'app') => database.psql('app', PASSWORDS.APP_PASSWORD, name, sql);
    expect((await app('CREATE TABLE t (id int); SELECT count(*) FROM t;')).stdout).toBe('0\n');
    expect((await app('SELECT rolpassword FROM pg_authid;')).stderr).toContain('permission denied');
    expect((await app("COPY (SELECT 1) TO PROGRAM 'id';")).stderr).toContain('must be superuser');
    expect((await app('CREATE ROLE x;')).code).not.toBe(0);
  });

  test('the exporter reads statistics, and nothing of the application', async () => {
    const exporter = (sql: string, name = 'postgres') =>
      database.psql('exporter', PASSWORDS.EXPORTER_PASSWORD, name, sql);
    expect(
      (await exporter('SELECT count(*) > 0 FROM pg_stat_activity WHERE query IS NOT NULL;')).stdout,
    ).toBe('t\n');
    expect((await exporter('SELECT 1;', 'app')).stderr).toContain('permission denied for database');
  });

  test('no password is in the log', () => {
    for (const password of Object.values(PASSWORDS)) expect(database.server.log()).not.toContain(password);
  });

  test('a wrong password is refused', async () => {
    expect((await database.psql('app', 'wrong', 'app', 'SELECT 1;')).stderr).toContain(
      'password authentication failed',
    );
  });

  test('preStop is a fast shutdown: a client that is logged in does not hold it up, and no recovery follows', async () => {
    const held = database.psql('app', PASSWORDS.APP_PASSWORD, 'app', 'SELECT pg_sleep(600);');
    await until('the client', async () => {
      const { stdout } = await database.psql(
        'postgres',
        PASSWORDS.POSTGRES_PASSWORD,
        'postgres',
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND usename = 'app';",
      );
      return stdout === '1\n';
    });
    const before = Date.now();
    expect((await database.run(database.container.lifecycle.preStop.exec.command)).code).toBe(0);
    expect(await database.server.ended).toBe(0);
    const grace = Database.find(objects, 'StatefulSet').spec.template.spec.terminationGracePeriodSeconds;
    expect(Date.now() - before).toBeLessThan(grace * 1000);
    expect((await held).code).not.toBe(0);
    const again = await Database.start(objects, scratch, database.pgdata);
    expect(again.server.log()).not.toContain('automatic recovery');
    expect(await again.server.stop('SIGINT')).toBe(0);
  }, 60_000);
});

test('while it recovers, it lives but is not ready; when it is gone, neither', async () => {
  const objects = fromDist('dev', 'data');
  const pgdata = await Database.initialize(scratch);
  // A standby that accepts no queries recovers until it is told to stop.
  const signal = join(pgdata, 'standby.signal');
  writeFileSync(signal, '');
  own(signal);
  writeFileSync(join(pgdata, 'postgresql.auto.conf'), "hot_standby = 'off'\n");
  const database = await Database.start(objects, scratch, pgdata, 'alive');
  const { startupProbe, readinessProbe, livenessProbe } = database.container;
  const codes = async () => [
    (await database.run(livenessProbe.exec.command)).code,
    (await database.run(readinessProbe.exec.command)).code,
    (await database.run(startupProbe.exec.command)).code,
  ];
  expect(await codes()).toEqual([0, 1, 1]);
  expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBe(3600);
  await database.server.stop('SIGINT');
  expect(await codes()).toEqual([1, 2, 2]);
}, 60_000);
