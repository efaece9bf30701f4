/** A Postgres with TLS that no construct made: what a provider would run. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { freePort, own, type Scratch, type Server, startServer, until } from './harness';
import { PROGRAMS, psql, SUPERUSER } from './postgres-client';
import { Database } from './postgres-server';

export interface ProviderPostgres {
  readonly server: Server;
  readonly port: number;
}

/**
 * Starts one with the `tls.crt` and `tls.key` of a directory. It lets in by password and TLS, and its superuser without TLS too.
 */
export async function startProviderPostgres(
  scratch: Scratch,
  certificate: string,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<ProviderPostgres> {
  const pgdata = await Database.initialize(scratch);
  const port = await freePort();
  const access = [
    'hostssl all all 127.0.0.1/32 scram-sha-256',
    'hostnossl all postgres 127.0.0.1/32 scram-sha-256',
  ];
  writeFileSync(join(pgdata, 'pg_hba.conf'), `${access.join('\n')}\n`);
  own(join(pgdata, 'pg_hba.conf'));
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: pgdata,
    port,
    ssl: 'on',
    ssl_cert_file: join(certificate, 'tls.crt'),
    ssl_key_file: join(certificate, 'tls.key'),
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = startServer(join(PROGRAMS, 'postgres'), ['-D', pgdata, ...args], {
    log: join(scratch.path, `postgres-${port}.log`),
  });
  await until('postgres', async () => (await psql(port, SUPERUSER, 'SELECT 1;')).code === 0, server);
  return { server, port };
}
