/** A Postgres on loopback with the configuration, the roles and the Jobs of manifests. */
import { existsSync, readdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { find, type Manifest } from '../support/synth';
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

const DEBIAN = '/usr/lib/postgresql';
/** Programs of the newest major that Debian has installed; `npm test` sees to it that there is one. */
const PROGRAMS = existsSync(DEBIAN)
  ? join(DEBIAN, readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))[0], 'bin')
  : '';

export const PASSWORDS = {
  POSTGRES_PASSWORD: 'superuser secret',
  APP_PASSWORD: `it's \\ "quoted" $HOME; ünïcode`,
  EXPORTER_PASSWORD: 'exporter secret',
};

/** The `$$` of a manifest, as the kubelet hands it to a process. */
const expanded = (text: string) => text.replaceAll('$$', '$');

export class TunedDatabase {
  private constructor(
    readonly server: Server,
    readonly port: number,
    private readonly scratch: Scratch,
  ) {}

  /** Starts a server with the settings of manifests in a new directory, and makes their roles. */
  static async start(
    objects: readonly Manifest[],
    scratch: Scratch,
    locale = 'C.UTF-8',
  ): Promise<TunedDatabase> {
    const port = await freePort();
    const directory = scratch.directory(`postgres-${port}`);
    const pgdata = join(directory, 'data');
    const file = (name: string, text: string) => {
      const path = join(directory, name);
      writeFileSync(path, text);
      own(path);
      return path;
    };
    const initialized = await runCommand(join(PROGRAMS, 'initdb'), [
      '--no-sync',
      '--username=postgres',
      `--pwfile=${file('password', PASSWORDS.POSTGRES_PASSWORD)}`,
      '--encoding=UTF8',
      `--locale=${locale}`,
      `--pgdata=${pgdata}`,
    ]);
    if (initialized.code !== 0) throw new Error(initialized.stderr);
    const { data } = objects.find((object) => object.data?.['postgresql.conf'] !== undefined);
    const settings = {
      config_file: file('postgresql.conf', data['postgresql.conf']),
      hba_file: file('pg_hba.conf', data['pg_hba.conf']),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: directory,
      port,
    };
    const server = startServer(
      join(PROGRAMS, 'postgres'),
      Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      { log: join(scratch.path, `postgres-${port}.log`), env: { PGDATA: pgdata } },
    );
    const database = new TunedDatabase(server, port, scratch);
    await until('postgres', async () => (await database.superuser('SELECT 1')) === '1', server);
    const env = { ...PASSWORDS, APP_DATABASE: 'app', APP_USER: 'app' };
    const roles = await database.psql(
      'postgres',
      PASSWORDS.POSTGRES_PASSWORD,
      'postgres',
      data['roles.sql'],
      env,
    );
    if (roles.code !== 0) throw new Error(roles.stderr);
    return database;
  }

  psql(user: string, password: string, database: string, input: string, env: NodeJS.ProcessEnv = {}) {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-p', `${this.port}`];
    return runCommand(join(PROGRAMS, 'psql'), [...args, '-U', user, '-d', database], {
      input,
      env: { ...env, PGPASSWORD: password },
    });
  }

  /** What the application is answered; its error is one of the test. */
  async app(sql: string): Promise<string> {
    return answer(await this.psql('app', PASSWORDS.APP_PASSWORD, 'app', sql));
  }

  async superuser(sql: string, database = 'postgres'): Promise<string> {
    return answer(await this.psql('postgres', PASSWORDS.POSTGRES_PASSWORD, database, sql));
  }

  /**
   * Runs the containers of a Job as its manifest says, with the image's programs and the Secret's passwords; killed when
   * the signal says so.
   */
  async run(
    objects: readonly Manifest[],
    passwords: Readonly<Record<string, string>> = { password: PASSWORDS.APP_PASSWORD },
    signal?: AbortSignal,
  ) {
    const { initContainers, containers } = find(objects, 'Job').spec.template.spec;
    const { data } = objects.find((object) => object.data?.['indexes.sql'] !== undefined);
    const script = join(this.scratch.path, 'indexes.sql');
    writeFileSync(script, data['indexes.sql']);
    let outcome: Outcome = { code: 1, stdout: '', stderr: 'no container' };
    for (const { command, args = [], env = [] } of [...initContainers, ...containers]) {
      const [program, ...rest] = [...command, ...args].map((text: string) =>
        expanded(text)
          .replace(/^--host=.*/, '--host=127.0.0.1')
          .replace('--port=5432', `--port=${this.port}`)
          .replace('/indexes/indexes.sql', script),
      );
      const variables = env.map((one: Manifest) => [
        one.name,
        one.value ?? passwords[one.valueFrom.secretKeyRef.key],
      ]);
      outcome = await runCommand(program, rest, {
        signal,
        killSignal: 'SIGKILL',
        env: { PATH: `${PROGRAMS}:${process.env.PATH}`, ...Object.fromEntries(variables) },
      });
      if (outcome.code !== 0) break;
    }
    return outcome;
  }

  async stop(): Promise<void> {
    if (this.server.process.exitCode === null) await this.server.stop('SIGINT');
  }
}

function answer({ code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}
