/** Files of the database container; names and passwords of roles come from its environment. */
import type { FirstStart, InitScript } from '../first-start';
import { INIT_DIRECTORY } from './layout';

export interface AccessRules {
  /** Whether nobody comes in without TLS. */
  readonly requiresTls: boolean;
  /** Whether a Job of ours logs in as superuser, and whether it does so by TLS. */
  readonly superuser?: 'password' | 'password-over-tls';
}

const SUPERUSER_FROM_OUTSIDE = {
  password: 'host    all       postgres  all           scram-sha-256',
  'password-over-tls': `hostssl all       postgres  all           scram-sha-256
host    all       postgres  all           reject`,
} as const;

/**
 * Who may log in from where. The superuser may only from inside the pod, unless one of our Jobs needs it; everybody else by
 * password, and the NetworkPolicy says from which pods. Where TLS is required, nobody else comes in without.
 */
export function pgHbaConf({ requiresTls, superuser }: AccessRules): string {
  const outside = superuser
    ? SUPERUSER_FROM_OUTSIDE[superuser]
    : 'host    all       postgres  all           reject';
  const clients = requiresTls ? 'hostssl' : 'host   ';
  return `# type  database  user      address       method
local   all       all                     scram-sha-256
host    all       postgres  127.0.0.1/32  scram-sha-256
host    all       postgres  ::1/128       scram-sha-256
${outside}
${clients} all       all       all           scram-sha-256
`;
}

/**
 * Run once, when the volume is empty: the application owns its database and nothing else, and the exporter may read
 * statistics. The shell that psql runs prints the names and passwords of the environment, and psql quotes them; psql
 * itself reads the environment only since 15.
 */
const ROLES_SQL = `\\set ON_ERROR_STOP on
\\set app_database \`printf '%s' "$APP_DATABASE"\`
\\set app_user \`printf '%s' "$APP_USER"\`
\\set app_password \`printf '%s' "$APP_PASSWORD"\`
\\set exporter_password \`printf '%s' "$EXPORTER_PASSWORD"\`
-- no password in the log, also not in that of an error, nor in the statistics
SET pg_stat_statements.track = 'none';
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
CREATE ROLE :"app_user" LOGIN PASSWORD :'app_password';
CREATE DATABASE :"app_database" OWNER :"app_user";
REVOKE ALL ON DATABASE :"app_database" FROM PUBLIC;
CREATE ROLE exporter LOGIN PASSWORD :'exporter_password' IN ROLE pg_monitor;
CREATE EXTENSION pg_stat_statements;
`;

/** Every database has the same extensions, and counts its statements. Names are checked, so that quotes suffice. */
function databaseSql(connect: string, extensions: readonly string[]): string {
  const rest = extensions.map((name) => `CREATE EXTENSION IF NOT EXISTS "${name}" CASCADE;\n`);
  return `\\connect ${connect}\nCREATE EXTENSION pg_stat_statements;\n${rest.join('')}`;
}

/** A script runs in the application's database, with errors that stop it, whatever the one before has changed. */
function scriptSql({ file }: InitScript): string {
  return `\\set ON_ERROR_STOP on\n\\connect ${APP_DATABASE}\n\\i ${INIT_DIRECTORY}/${file}\n`;
}

const APP_DATABASE = ':"app_database"';
const FORGET_PASSWORDS = '\\unset app_password\n\\unset exporter_password\n';

/** What runs on the first start: roles and databases, their extensions, and the scripts of the user's. */
export function rolesSql({ databases, extensions, scripts }: FirstStart): string {
  return [
    ROLES_SQL,
    ...databases.map(
      (name) =>
        `CREATE DATABASE "${name}" OWNER :"app_user";\nREVOKE ALL ON DATABASE "${name}" FROM PUBLIC;\n`,
    ),
    ...[APP_DATABASE, ...databases.map((name) => `"${name}"`)].map((name) => databaseSql(name, extensions)),
    ...(scripts.length > 0 ? [FORGET_PASSWORDS, ...scripts.map(scriptSql)] : []),
  ].join('');
}

/**
 * Accepts connections. Asked over TCP, because while the image initializes an empty volume a temporary server answers
 * on the socket.
 */
export const READY_COMMAND = ['pg_isready', '--quiet', '--host=127.0.0.1', '--port=5432'];

/**
 * Lives: 0 is ready, 1 is up but refusing, as in a recovery, which a restart would only begin anew; 2 is no answer.
 */
export const ALIVE_COMMAND = ['sh', '-c', 'pg_isready --quiet --host=127.0.0.1 --port=5432; test "$?" -le 1'];

/**
 * Fast shutdown: clients are disconnected, a checkpoint is written. It is told here so that it does not depend on the
 * signal that the image asks for (SIGTERM would wait for the clients); that one finds the server already stopping.
 */
export const STOP_COMMAND = ['pg_ctl', 'stop', '--mode=fast', '--no-wait'];
