/** An instance of a Cluster as CloudNativePG starts it: the parameters of the manifest, and what the operator adds. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { OPERATOR_DEFAULTS } from '../../lib/postgres/cloud-native-pg/parameters';
import type { Manifest } from '../support/synth';
import { freePort, own, runCommand, type Scratch, type Server, startServer, until } from './harness';
import { answerOf, APP, type Login, PASSWORDS, PROGRAMS, psql, SUPERUSER } from './postgres-client';

const HBA = `local all all trust
host all all 127.0.0.1/32 scram-sha-256
host replication postgres 127.0.0.1/32 scram-sha-256
`;

/** The operator loads a library when a parameter of it is there. */
const librariesOf = (parameters: Readonly<Record<string, string>>) =>
  ['auto_explain', 'pg_stat_statements'].filter((library) =>
    Object.keys(parameters).some((name) => name.startsWith(`${library}.`)),
  );

export class ClusterInstance {
  private constructor(
    readonly server: Server,
    readonly port: number,
    private readonly pgdata: string,
  ) {}

  /** A new database in an empty directory, with the role and the database of the application. */
  static async primary(cluster: Manifest, scratch: Scratch): Promise<ClusterInstance> {
    const pgdata = scratch.directory(`primary-${await freePort()}`);
    const passwordFile = join(scratch.path, 'password');
    writeFileSync(passwordFile, PASSWORDS.POSTGRES_PASSWORD);
    own(passwordFile);
    const { dataChecksums, encoding, owner, database } = cluster.spec.bootstrap.initdb;
    answerOf(
      await runCommand(join(PROGRAMS, 'initdb'), [
        ...(dataChecksums ? ['--data-checksums'] : []),
        '--no-sync',
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        `--encoding=${encoding}`,
        '--locale=C',
        `--pgdata=${pgdata}`,
      ]),
    );
    const instance = await ClusterInstance.start(cluster, scratch, pgdata);
    await instance.superuser(`CREATE ROLE ${owner} LOGIN PASSWORD '${PASSWORDS.APP_PASSWORD.replaceAll("'", "''")}';
      CREATE DATABASE ${database} OWNER ${owner};`);
    return instance;
  }

  /** A standby that copies the primary and then follows it by a slot. */
  async standby(cluster: Manifest, scratch: Scratch, name: string): Promise<ClusterInstance> {
    const pgdata = scratch.directory(`${name}-${await freePort()}`);
    answerOf(
      await runCommand(
        join(PROGRAMS, 'pg_basebackup'),
        [
          `--pgdata=${pgdata}`,
          `--dbname=host=127.0.0.1 port=${this.port} user=postgres application_name=${name}`,
          '--write-recovery-conf',
          '--create-slot',
          `--slot=_cnpg_${name}`,
          '--checkpoint=fast',
          '--no-sync',
        ],
        { env: { PGPASSWORD: PASSWORDS.POSTGRES_PASSWORD } },
      ),
    );
    return ClusterInstance.start(cluster, scratch, pgdata);
  }

  private static async start(cluster: Manifest, scratch: Scratch, pgdata: string): Promise<ClusterInstance> {
    const { parameters, shared_preload_libraries: more = [] } = cluster.spec.postgresql;
    const port = await freePort();
    const directory = scratch.directory(`instance-${port}`);
    const settings: Record<string, string | number> = {
      ...OPERATOR_DEFAULTS,
      ...parameters,
      hot_standby: 'on',
      listen_addresses: '127.0.0.1',
      port,
      shared_preload_libraries: [...librariesOf(parameters), ...more].join(','),
      unix_socket_directories: directory,
      hba_file: join(directory, 'pg_hba.conf'),
    };
    writeFileSync(join(directory, 'pg_hba.conf'), HBA);
    writeFileSync(
      join(directory, 'postgresql.conf'),
      Object.entries(settings)
        .map(([name, value]) => `${name} = '${value}'\n`)
        .join(''),
    );
    const server = startServer(
      join(PROGRAMS, 'postgres'),
      ['-c', `config_file=${join(directory, 'postgresql.conf')}`],
      { log: join(scratch.path, `instance-${port}.log`), env: { PGDATA: pgdata } },
    );
    const instance = new ClusterInstance(server, port, pgdata);
    await until('the instance', async () => (await instance.superuser('SELECT 1;')) === '1', server);
    return instance;
  }

  async app(sql: string): Promise<string> {
    return answerOf(await this.psql(APP, sql));
  }

  async superuser(sql: string): Promise<string> {
    return answerOf(await this.psql(SUPERUSER, sql));
  }

  psql(login: Login, sql: string) {
    return psql(this.port, login, sql);
  }

  /** Ends the recovery of a standby: it is the primary from now on. */
  async promote(): Promise<void> {
    answerOf(await runCommand(join(PROGRAMS, 'pg_ctl'), ['promote', '--wait', `--pgdata=${this.pgdata}`]));
  }

  async stop(): Promise<void> {
    if (this.server.process.exitCode === null) await this.server.stop('SIGINT');
  }
}
