/** The pooler of a manifest, on this machine. */
import { writeFileSync } from 'fs';
import { connect } from 'net';
import { dirname, join } from 'path';
import type { Client, ClientConfig } from 'pg';
import { DIRECTIVES_SINCE } from '../../lib/postgres/pooler/pgbouncer-tuning';
import { findComponent, type Manifest } from '../support/synth';
import {
  freePort,
  type Outcome,
  relocate,
  runCommand,
  type Scratch,
  type Server,
  startServer,
  until,
} from './harness';
import { APP, clientOf, EXPORTER, type Login, PATH, psql } from './postgres-client';
import type { Database } from './postgres-server';

/** Release of PgBouncer that Debian has installed, as `1.18`. */
export async function installedRelease(): Promise<string> {
  const { stdout } = await runCommand('pgbouncer', ['--version']);
  return /PgBouncer (\d+\.\d+)/.exec(stdout)?.[1] ?? 'none';
}

/** Version of the protocol in the first packet. */
const PROTOCOL_3 = 196_608;

const minor = (release: string) => Number(release.split('.')[1]);

/** Directives that the installed release does not know yet. */
export async function newerDirectives(): Promise<string[]> {
  const installed = await installedRelease();
  return Object.keys(DIRECTIVES_SINCE).filter((name) => minor(DIRECTIVES_SINCE[name]) > minor(installed));
}

/** Users of the container, and their passwords by name in place of the Secrets. */
function loginsOf(container: Manifest, passwords: Readonly<Record<string, string>>): Record<string, string> {
  const users = (container.env as Manifest[]).filter(({ name }) => /^LOGIN_USER_\d+$/.test(name));
  return Object.fromEntries(
    users.flatMap(({ name, value }) => [
      [name, value],
      [name.replace('USER', 'PASSWORD'), passwords[value]],
    ]),
  );
}

export class Pooler {
  private constructor(
    readonly server: Server,
    readonly port: number,
    readonly ini: string,
    readonly container: Manifest,
  ) {}

  static find(objects: readonly Manifest[], kind: string): Manifest {
    return findComponent(objects, kind, 'pooler');
  }

  /** Starts one pod's PgBouncer with the start script of the manifest, in front of a database; the certificate is a directory. */
  static async start(
    objects: readonly Manifest[],
    scratch: Scratch,
    database: Pick<Database, 'service' | 'port'>,
    certificate?: string,
    passwords: Readonly<Record<string, string>> = { [APP.user]: APP.password },
  ): Promise<Pooler> {
    const [container] = Pooler.find(objects, 'Deployment').spec.template.spec.containers;
    const { data } = Pooler.find(objects, 'ConfigMap');
    const port = await freePort();
    const directory = scratch.directory(`pgbouncer-${port}`);
    const userFile = join(directory, 'userlist.txt');
    const host = database.service;
    const newer = await newerDirectives();
    const ini = relocate(data['pgbouncer.ini'], {
      [`host=${host} port=5432`]: `host=127.0.0.1 port=${database.port}`,
      'listen_addr = *': 'listen_addr = 127.0.0.1',
      'listen_port = 5432': `listen_port = ${port}`,
      '/run/pgbouncer/userlist.txt': userFile,
      ...(certificate !== undefined && { '/etc/postgresql-tls': certificate }),
    })
      .split('\n')
      .filter((line) => !newer.some((name) => line.startsWith(`${name} = `)))
      .join('\n');
    writeFileSync(join(directory, 'pgbouncer.ini'), ini);
    writeFileSync(join(directory, 'start.sh'), data['start.sh']);
    const [shell, script] = container.command as string[];
    const place = (path: string) => path.replace(dirname(script), directory);
    const server = startServer(shell, [place(script), ...(container.args as string[]).map(place)], {
      log: join(scratch.path, `pgbouncer-${port}.log`),
      env: {
        USER_FILE: userFile,
        ...loginsOf(container, { [EXPORTER.user]: EXPORTER.password, ...passwords }),
      },
    });
    const pooler = new Pooler(server, port, ini, container);
    await until('pgbouncer', async () => (await pooler.probe()).code === 0, server);
    return pooler;
  }

  /** The readiness probe of the manifest. */
  probe(): Promise<Outcome> {
    const [command, ...args] = (this.container.readinessProbe.exec.command as string[]).map((text) =>
      text.replace('--port=5432', `--port=${this.port}`),
    );
    return runCommand(command, args, { env: { PATH } });
  }

  psql(input: string, login: Partial<Login> = {}, env?: NodeJS.ProcessEnv): Promise<Outcome> {
    return psql(this.port, { ...APP, ...login }, input, env);
  }

  /** What it answers to the first packet of a driver with these parameters: that it asks for a password, or why not. */
  startupAnswer(parameters: Readonly<Record<string, string>>): Promise<string> {
    const words = Object.entries({ user: APP.user, database: APP.database, ...parameters }).flat();
    const body = Buffer.from(`${words.join('\0')}\0\0`);
    const head = Buffer.alloc(8);
    head.writeInt32BE(head.length + body.length, 0);
    head.writeInt32BE(PROTOCOL_3, 4);
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(Buffer.concat([head, body])));
      socket.once('error', reject);
      socket.once('data', (answer) => {
        socket.destroy();
        resolve(answer.toString('latin1', 0, 1) === 'R' ? 'authentication' : answer.toString('latin1'));
      });
    });
  }

  /** Clients of the application that wait for a connection to the database. */
  async waitingClients(): Promise<number> {
    const console = await clientOf(this.port, { ...EXPORTER, database: 'pgbouncer' });
    const { rows } = await console.query<{ user: string; cl_waiting: string }>('SHOW POOLS');
    await console.end();
    return Number(rows.find(({ user }) => user === APP.user)?.cl_waiting ?? 0);
  }

  /** Time that the oldest of them has waited, in seconds: what the exporters' series on it are read from. */
  async longestWait(): Promise<number> {
    const console = await clientOf(this.port, { ...EXPORTER, database: 'pgbouncer' });
    const { rows } = await console.query<{ user: string; maxwait: string }>('SHOW POOLS');
    await console.end();
    return Number(rows.find(({ user }) => user === APP.user)?.maxwait ?? 0);
  }

  /** A client of the application that stays until the test ends it. */
  client(options: Partial<ClientConfig> = {}): Promise<Client> {
    return clientOf(this.port, APP, options);
  }

  stop(): Promise<number | null> {
    return this.server.stop('SIGINT');
  }
}
