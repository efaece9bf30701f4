/** The database of a manifest, on this machine: Debian's Postgres, or one of the majors from npm. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import type { Client } from 'pg';
import { findComponent, type Manifest } from '../support/synth';
import {
  freePort,
  type Outcome,
  own,
  runCommand,
  type Scratch,
  type Server,
  startServer,
  until,
} from './harness';
import {
  answerOf,
  APP,
  clientOf,
  type Login,
  PASSWORDS,
  PATH,
  PROGRAMS,
  psql,
  SUPERUSER,
} from './postgres-client';

/** Settings of a `postgresql.conf`, read as its grammar says. */
export function settingsOf(conf: string): Array<[name: string, value: string]> {
  return conf
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
      const quoted = /^'(.*)'$/.exec(value);
      return [name, quoted ? quoted[1].replaceAll("''", "'").replaceAll('\\\\', '\\') : value];
    });
}

export interface StartOptions {
  readonly wait?: 'ready' | 'alive';
  readonly programs?: string;
  /** Command that starts the server instead of the shell. */
  readonly wrap?: readonly string[];
  /** Port of its own; a free one otherwise. */
  readonly port?: number;
  /** Directory with the files of the certificate's Secret. */
  readonly certificate?: string;
}

/** The container of a database manifest, on this machine. */
export class Database {
  private constructor(
    readonly server: Server,
    readonly port: number,
    readonly pgdata: string,
    readonly container: Manifest,
    readonly conf: string,
    /** Name of its Service. */
    readonly service: string,
  ) {}

  static find(objects: readonly Manifest[], kind: string): Manifest {
    return findComponent(objects, kind, 'postgres');
  }

  /** Makes an empty database directory, as the image does on the first start. */
  static async initialize(scratch: Scratch, programs = PROGRAMS, locale = 'C.UTF-8'): Promise<string> {
    const pgdata = scratch.directory(`pgdata-${await freePort()}`);
    const passwordFile = join(scratch.path, 'password');
    writeFileSync(passwordFile, PASSWORDS.POSTGRES_PASSWORD);
    own(passwordFile);
    const owner = ['--username=postgres', `--pwfile=${passwordFile}`];
    const places = ['--encoding=UTF8', `--locale=${locale}`, `--pgdata=${pgdata}`];
    answerOf(
      await runCommand(join(programs, 'initdb'), ['--data-checksums', '--no-sync', ...owner, ...places]),
    );
    return pgdata;
  }

  static async start(
    objects: readonly Manifest[],
    scratch: Scratch,
    pgdata: string,
    { wait = 'ready', programs = PROGRAMS, wrap = [], port: ownPort, certificate }: StartOptions = {},
  ): Promise<Database> {
    const [container] = Database.find(objects, 'StatefulSet').spec.template.spec.containers;
    const { data } = Database.find(objects, 'ConfigMap');
    const port = ownPort ?? (await freePort());
    const directory = scratch.directory(`postgres-${port}-${await freePort()}`);
    const text = data['postgresql.conf'] as string;
    const conf = certificate === undefined ? text : text.replaceAll('/etc/postgresql-tls', certificate);
    writeFileSync(join(directory, 'postgresql.conf'), conf);
    writeFileSync(join(directory, 'pg_hba.conf'), data['pg_hba.conf']);
    // The arguments of the manifest; that which Debian's version does not know yet is left out for it.
    const known = (container.args as string[]).join('\n');
    const args = (programs === PROGRAMS ? known.replace('\n-c\nallow_alter_system=off', '') : known)
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
    const [command, ...rest] = [...wrap, join(programs, 'postgres'), ...args, ...places];
    const server = startServer(command, rest, { log, env: { PGDATA: pgdata } });
    const database = new Database(
      server,
      port,
      pgdata,
      container,
      conf,
      Database.find(objects, 'StatefulSet').metadata.name,
    );
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
    env?: NodeJS.ProcessEnv,
  ): Promise<Outcome> {
    return psql(this.port, { user, password, database }, input, env);
  }

  /** What the application is answered; its error is one of the test. */
  async app(sql: string): Promise<string> {
    return answerOf(await psql(this.port, APP, sql));
  }

  async superuser(sql: string, database = SUPERUSER.database): Promise<string> {
    return answerOf(await psql(this.port, { ...SUPERUSER, database }, sql));
  }

  /** A client that stays until the test ends it. */
  client(login: Login): Promise<Client> {
    return clientOf(this.port, login);
  }

  async show(name: string): Promise<string> {
    const { stdout } = await psql(this.port, SUPERUSER, `SHOW ${name};`);
    return stdout.replace(/\n$/, '');
  }

  /** What the image does with the files in `docker-entrypoint-initdb.d`, and what they are told of mounted scripts. */
  async makeRoles(objects: readonly Manifest[], scratch?: Scratch): Promise<void> {
    const { data } = Database.find(objects, 'ConfigMap');
    const named = (this.container.env as Manifest[]).map(({ name, value }) => [name, value]);
    const env = { ...Object.fromEntries(named), ...PASSWORDS };
    answerOf(await psql(this.port, SUPERUSER, await this.mounted(objects, data['roles.sql'], scratch), env));
  }

  /** A script with the directory of the mounted ones here; they are written there. */
  private async mounted(
    objects: readonly Manifest[],
    script: string,
    scratch: Scratch | undefined,
  ): Promise<string> {
    const scripts = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `${this.service}-init`,
    );
    if (scripts === undefined || scratch === undefined) return script;
    const directory = scratch.directory(`init-${await freePort()}`);
    for (const [file, sql] of Object.entries<string>(scripts.data)) writeFileSync(join(directory, file), sql);
    const mount = this.container.volumeMounts.find(({ name }: Manifest) => name === 'scripts').mountPath;
    return script.replaceAll(mount, directory);
  }

  /** A fast shutdown; returns the exit code. */
  stop(): Promise<number | null> {
    return this.server.stop('SIGINT');
  }
}
