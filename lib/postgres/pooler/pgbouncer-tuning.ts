/** Settings of PgBouncer from the sizes of its pools, each with its reason. Units are PgBouncer's: seconds, and counts. */
import type { PoolerSizing, QueryWait } from '../../connection/pooler-sizing';
import { certificatePath } from '../tuning/encryption';
import { startupDirectives, type StartupParameters } from './startup-parameters';

export interface PgBouncerDirective {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}

export interface PgBouncerConfiguration {
  /** Databases by the name that clients ask for. */
  readonly databases: ReadonlyArray<{
    readonly name: string;
    readonly host: string;
    readonly port: number;
    /** Most connections to it, where it has a bound of its own. */
    readonly connections?: number;
  }>;
  readonly directives: readonly PgBouncerDirective[];
}

export interface PgBouncerInput {
  readonly sizing: PoolerSizing;
  readonly databaseNames: readonly string[];
  readonly host: string;
  readonly hostPort: number;
  readonly port: number;
  /** File with the users and their passwords, which the start script writes. */
  readonly userFile: string;
  /** User that may read statistics, and nothing else. */
  readonly statisticsUser: string;
  /** How long a client may wait for a connection to the database. */
  readonly queryWait: QueryWait;
  /** Undefined where there is no certificate; whether clients must use it otherwise. */
  readonly clientTls?: { readonly isRequired: boolean };
  /** Undefined where the server speaks none; otherwise how it is reached, and whether its authority is there. */
  readonly serverTls?: { readonly mode: string; readonly hasAuthority: boolean };
  /** What clients may send when they connect. */
  readonly startup: StartupParameters;
}

/** Releases that brought a directive; those that are not here are in every release since 1.18. */
export const DIRECTIVES_SINCE: Readonly<Record<string, string>> = {
  max_prepared_statements: '1.21',
  track_extra_parameters: '1.20',
};

export function tunePgBouncer(input: PgBouncerInput): PgBouncerConfiguration {
  return {
    databases: databasesOf(input),
    directives: [
      ...directivesOf([
        ['listen_addr', '*', 'the network policy says who may connect'],
        ['listen_port', input.port, 'the port of the database, so that clients need not change'],
        ['unix_socket_dir', '', 'nobody connects from inside the pod by a socket'],
        ['auth_type', 'scram-sha-256', 'as the database does'],
        ['auth_file', input.userFile, 'written in memory when the pod starts, from the Secret'],
        ['stats_users', input.statisticsUser, 'reads statistics; nobody administrates'],
        [
          'pool_mode',
          'transaction',
          'a connection is given back at the end of each transaction; LISTEN, session locks and SET of a session need a direct one',
        ],
      ]),
      ...(input.clientTls === undefined ? [] : clientTlsDirectives(input.clientTls)),
      ...(input.serverTls === undefined ? [] : serverTlsDirectives(input.serverTls)),
      ...poolerDirectives(input),
    ],
  };
}

/** All of them, or those that somebody uses, where their bounds add up to what a pooler may open. */
function databasesOf({
  databaseNames,
  host,
  hostPort: port,
  sizing: { databases },
}: PgBouncerInput): PgBouncerConfiguration['databases'] {
  return databases
    ? [...databases].map(([name, connections]) => ({ name, host, port, connections }))
    : databaseNames.map((name) => ({ name, host, port }));
}

function clientTlsDirectives({ isRequired }: { readonly isRequired: boolean }): PgBouncerDirective[] {
  return directivesOf([
    [
      'client_tls_sslmode',
      isRequired ? 'require' : 'prefer',
      isRequired ? 'who comes without TLS is turned away' : 'whoever asks for TLS gets it',
    ],
    ['client_tls_cert_file', certificatePath('certificate'), 'what clients see'],
    ['client_tls_key_file', certificatePath('key'), 'from the Secret'],
    ['client_tls_protocols', 'secure', 'TLS 1.2 and 1.3'],
  ]);
}

const SERVER_TLS_REASONS: Readonly<Record<string, string>> = {
  disable: 'as given: the server is reached without encryption',
  prefer: 'nothing is given: encrypted where the server can',
  require: 'encrypted; nobody looks who answers',
  'verify-ca': 'passwords go only to a server with a certificate of the authority',
  'verify-full': 'passwords go only to a server with a certificate of the authority for its name',
};

function serverTlsDirectives({
  mode,
  hasAuthority,
}: NonNullable<PgBouncerInput['serverTls']>): PgBouncerDirective[] {
  return directivesOf([
    ['server_tls_sslmode', mode, SERVER_TLS_REASONS[mode]],
    ...(hasAuthority
      ? [['server_tls_ca_file', certificatePath('authority'), 'the authority of the Secret'] as const]
      : []),
    ...(mode === 'disable' ? [] : [['server_tls_protocols', 'secure', 'TLS 1.2 and 1.3'] as const]),
  ]);
}

/** What every pooler of a database is told, whoever runs it. */
export function poolerDirectives({
  sizing,
  queryWait,
  startup,
  databaseNames,
}: Pick<PgBouncerInput, 'sizing' | 'queryWait' | 'startup' | 'databaseNames'>): PgBouncerDirective[] {
  return directivesOf([
    [
      'max_prepared_statements',
      200,
      'statements that a driver prepares by the protocol are prepared again on whatever connection runs them',
    ],
    ['default_pool_size', sizing.defaultPoolSize, sizing.reason],
    ['min_pool_size', sizing.minPoolSize, 'half of it stays open: a burst does not wait for logins'],
    ['reserve_pool_size', sizing.reservePoolSize, 'a quarter more for clients that have waited'],
    ['reserve_pool_timeout', 3, 'seconds'],
    [
      'max_db_connections',
      sizing.perPooler,
      `pool and reserve; all pooler pods, also while a rollout replaces them, open at most ${sizing.serverConnections}`,
    ],
    // Pools and their bound are of one database each; idle connections of one make room for those of another.
    ...(databaseNames.length > 1 && !sizing.databases
      ? [
          [
            'max_user_connections',
            sizing.perPooler,
            'the databases share what one may have: their owner is the same role',
          ] as const,
        ]
      : []),
    [
      'max_client_conn',
      sizing.maxClientConn,
      `all ${sizing.clients.connections} connections of the consumers fit when one pooler is lost`,
    ],
    ['server_idle_timeout', 600, 'seconds; idle connections go back to the database'],
    ['server_login_retry', 2, 'seconds; the database is back after a restart as soon as it is ready'],
    ['query_wait_timeout', queryWait.seconds, `seconds; ${queryWait.reason}`],
    ...startupDirectives(startup),
    ['log_connections', 0, 'every connect and disconnect is in the statistics'],
    ['log_disconnections', 0, 'every connect and disconnect is in the statistics'],
  ]);
}

function directivesOf(
  rows: ReadonlyArray<readonly [name: string, value: string | number, reason: string]>,
): PgBouncerDirective[] {
  return rows.map(([name, value, reason]) => ({ name, value: `${value}`, reason }));
}
