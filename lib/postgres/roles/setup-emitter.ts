/**
 * How databases, extensions and roles are made in a server that has data: scripts that are the same for all, and the lists that
 * they are run with. They make what is missing, set what is declared, and drop nothing.
 */
import type { PostgresPrivilege } from './postgres-role';

export const SETUP_DIRECTORY = '/setup';

/** A role as the script reads it; its password is in a variable. */
export interface RoleRequest {
  readonly name: string;
  readonly privilege: PostgresPrivilege;
  readonly databases: readonly string[];
  readonly connectionLimit?: number;
}

export interface SetupRun {
  readonly owner: string;
  /** All databases of the construct. */
  readonly databases: readonly string[];
  readonly extensions: readonly string[];
  readonly roles: readonly RoleRequest[];
}

/** Variable with the password of a role, by its place. */
export const passwordVariable = (index: number) => `ROLE_PASSWORD_${index}`;

/** No password in the log, also not in that of an error, nor in the statistics; and one run at a time. */
const SESSION_SQL = `SET pg_stat_statements.track = 'none';
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET client_min_messages = warning;
SET search_path = pg_catalog;
-- "cdk8s" in ASCII, and one more.
SELECT pg_advisory_lock(426886510708) \\g /dev/null
`;

/**
 * Databases, roles, and what roles may do. Membership says it: `pg_read_all_data` also reads what comes later, and it reaches as far
 * as a role may connect. Of attributes only those that are declared are set.
 */
const ROLES_SQL = String.raw`\ir session.sql
SELECT format('CREATE DATABASE %I OWNER %I', name, :'owner'), format('REVOKE ALL ON DATABASE %I FROM PUBLIC', name)
FROM jsonb_array_elements_text(:'databases') WITH ORDINALITY AS list (name, position)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name)
ORDER BY position \gexec

CREATE TEMPORARY VIEW wanted AS
SELECT item ->> 'name' AS name,
       item ->> 'privilege' AS privilege,
       item -> 'databases' AS databases,
       (item ->> 'connectionLimit')::int AS connection_limit
FROM jsonb_array_elements(:'roles') AS item;
CREATE TEMPORARY VIEW groups AS
SELECT name, group_name,
       CASE group_name
         WHEN 'pg_read_all_data' THEN privilege IN ('read', 'write')
         WHEN 'pg_write_all_data' THEN privilege = 'write'
         ELSE privilege = 'owner'
       END AS is_wanted
FROM wanted, unnest(ARRAY['pg_read_all_data', 'pg_write_all_data', :'owner']) AS group_name
WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = group_name);

SELECT format('CREATE ROLE %I LOGIN', name)
FROM pg_temp.wanted WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
ORDER BY name \gexec
SELECT format('ALTER ROLE %I LOGIN', name)
FROM pg_temp.wanted JOIN pg_roles ON rolname = name WHERE NOT rolcanlogin
ORDER BY name \gexec
SELECT format('ALTER ROLE %I CONNECTION LIMIT %s', name, connection_limit)
FROM pg_temp.wanted JOIN pg_roles ON rolname = name WHERE rolconnlimit <> connection_limit
ORDER BY name \gexec

SELECT CASE WHEN is_wanted THEN format('GRANT %I TO %I', group_name, name) ELSE format('REVOKE %I FROM %I', group_name, name) END
FROM pg_temp.groups
WHERE is_wanted <> EXISTS (
  SELECT FROM pg_auth_members WHERE roleid = group_name::text::regrole AND member = quote_ident(name)::regrole)
ORDER BY name, group_name \gexec

-- What an owner makes is the application's.
SELECT CASE WHEN privilege = 'owner' THEN format('ALTER ROLE %I SET role = %L', name, :'owner') ELSE format('ALTER ROLE %I RESET role', name) END
FROM pg_temp.wanted
WHERE (privilege = 'owner') <> EXISTS (
  SELECT FROM pg_db_role_setting
  WHERE setrole = quote_ident(name)::regrole AND setdatabase = 0 AND format('role=%s', :'owner') = ANY (setconfig))
ORDER BY name \gexec

SELECT CASE WHEN is_wanted THEN format('GRANT CONNECT ON DATABASE %I TO %I', datname, name)
            ELSE format('REVOKE CONNECT ON DATABASE %I FROM %I', datname, name) END
FROM (
  SELECT name, datname, datacl, datdba, databases ? datname::text AS is_wanted
  FROM pg_temp.wanted, pg_database WHERE :'databases'::jsonb ? datname::text
) AS places
WHERE is_wanted <> EXISTS (
  SELECT FROM aclexplode(datacl) WHERE grantee = quote_ident(name)::regrole AND privilege_type = 'CONNECT')
ORDER BY name, datname \gexec
`;

const EXTENSIONS_SQL = String.raw`\ir session.sql
-- made where it would be by hand; nothing else runs with names that others may have made there
SELECT 'SET search_path = public', format('CREATE EXTENSION IF NOT EXISTS %I CASCADE', name), 'SET search_path = pg_catalog'
FROM jsonb_array_elements_text('["pg_stat_statements"]' || :'extensions'::jsonb) WITH ORDINALITY AS list (name, position)
WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = name)
ORDER BY position \gexec
`;

/** psql reads the environment itself only since 15. */
const PASSWORD_SQL = String.raw`\ir session.sql
\set password ${'`'}printf '%s' "$ROLE_PASSWORD"${'`'}
ALTER ROLE :"role" PASSWORD :'password';
`;

/**
 * Arguments: host and port, the JSON lists, the owner, and then databases, "--", and each role with a database of its own. A password
 * with which a role can log in is left as it is: a new secret would be made of the same one.
 */
const SETUP_SH = String.raw`set -eu
export PGHOST="$1" PGPORT="$2"
databases=$3 extensions=$4 roles=$5 owner=$6
shift 6
scripts=$(dirname "$0")
run() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --username=postgres \
    --set=databases="$databases" --set=extensions="$extensions" --set=roles="$roles" --set=owner="$owner" "$@"
}
run --dbname=postgres --file="$scripts/roles.sql"
while [ "$1" != -- ]; do
  run --dbname="$1" --file="$scripts/extensions.sql"
  shift
done
shift
index=0
for pair in "$@"; do
  role=$(dirname "$pair") database=$(basename "$pair")
  ROLE_PASSWORD=$(printenv "ROLE_PASSWORD_$index")
  export ROLE_PASSWORD
  PGPASSWORD=$ROLE_PASSWORD psql --no-psqlrc --username="$role" --dbname="$database" --command='' > /dev/null 2>&1 ||
    run --dbname=postgres --set=role="$role" --file="$scripts/password.sql"
  index=$((index + 1))
done
printf 'databases, extensions and roles are there\n'
`;

/** The files of the ConfigMap. */
export const SETUP_SCRIPTS: Readonly<Record<string, string>> = {
  'extensions.sql': EXTENSIONS_SQL,
  'password.sql': PASSWORD_SQL,
  'roles.sql': ROLES_SQL,
  'session.sql': SESSION_SQL,
  'setup.sh': SETUP_SH,
};

/** As arguments, since PGHOST among the variables would say that here is an application with a pool. */
export function setupCommand(host: string, port: number, run: SetupRun): string[] {
  const { owner, databases, extensions, roles } = run;
  return [
    'sh',
    `${SETUP_DIRECTORY}/setup.sh`,
    host,
    `${port}`,
    ...[databases, extensions, roles].map((list) => JSON.stringify(list)),
    owner,
    ...databases,
    '--',
    ...roles.map((role) => `${role.name}/${role.databases[0]}`),
  ];
}
