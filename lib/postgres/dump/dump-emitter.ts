/**
 * How a server is dumped and restored: scripts that are the same for every database. Names come from the server, numbers and
 * places as arguments. They run by `sh` of Debian and of Alpine.
 */
import type { DumpSizes } from './dump-sizing';

/** Where the scripts, the sets of dumps and the server of the restore test are. */
export const SCRIPT_DIRECTORY = '/backup-scripts';
export const BACKUP_DIRECTORY = '/backups';
export const SCRATCH_DIRECTORY = '/scratch';
/** Variable that names the set to restore. */
export const SET_VARIABLE = 'BACKUP_SET';

/** A name with a "=" would be read as more than a name, so that each is handed to libpq as a connection string. */
const COMMON_SH = String.raw`set -eu
umask 077
connection() { printf "dbname='%s'" "$(printf '%s' "$1" | sed "s/[\\\\']/\\\\&/g")"; }
ask() { psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 "$@"; }
sets() { ls -1 "$1" | grep -E '^[0-9]{8}T[0-9]{6}Z$' | sort -r; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
`;

const DATABASES_SQL = `SELECT oid FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY oid;
`;

const NAME_SQL = `SELECT datname FROM pg_database WHERE oid = :oid;
`;

const EXISTS_SQL = `SELECT count(*) FROM pg_database WHERE datname = :'name';
`;

/** Objects that are neither Postgres's own nor those of an extension. */
const OBJECTS_SQL = String.raw`WITH own AS (
  SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)
SELECT (
  SELECT count(*) FROM (
    SELECT 'pg_class'::regclass AS class, oid, relnamespace AS namespace FROM pg_class
    WHERE relkind NOT IN ('i', 'I')
    UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
    UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type WHERE typtype <> 'c' AND typelem = 0
  ) AS object
  WHERE namespace IN (SELECT oid FROM own)
    AND NOT EXISTS (
      SELECT FROM pg_depend dep WHERE dep.classid = class AND dep.objid = object.oid AND dep.deptype IN ('e', 'i'))
) + (SELECT count(*) FROM pg_largeobject_metadata);
`;

/**
 * Rows of each table, as the transaction sees them. A table that was emptied or rewritten since the snapshot has another file,
 * and shows the snapshot nothing: it is left out, also when that happened while the others were counted. Tables of extensions are theirs to fill.
 */
const TABLES_SQL = String.raw`SELECT format('SELECT %L, count(*) FROM ONLY %I.%I HAVING pg_relation_filenode(%s) = %s',
              format('%I.%I', nspname, relname), nspname, relname, rel.oid, relfilenode)
FROM pg_class rel JOIN pg_namespace nsp ON nsp.oid = rel.relnamespace
WHERE relkind = 'r' AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND pg_relation_filenode(rel.oid) = relfilenode
  AND NOT EXISTS (
    SELECT FROM pg_depend dep
    WHERE dep.classid = 'pg_class'::regclass AND dep.objid = rel.oid AND dep.deptype = 'e')
ORDER BY nspname, relname \gexec
SELECT 'tables', count(*) FROM pg_class rel JOIN pg_namespace nsp ON nsp.oid = rel.relnamespace
WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema';
SELECT 'large objects', count(*) FROM pg_largeobject_metadata;
`;

/**
 * One database and the rows of its tables, of one snapshot. They are counted behind the dump: a session that held locks while
 * the dump asks for its own would stand in line before a migration, and the dump behind it, until one of them gives up.
 */
const DUMP_SQL = String.raw`SELECT set_config(name, '0', false) AS ignored FROM pg_settings
WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout') \g /dev/null
SET lock_timeout = '10min';
SET search_path = pg_catalog;
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv DUMP_SNAPSHOT :snapshot
\! pg_dump --format=custom --snapshot="$DUMP_SNAPSHOT" --lock-wait-timeout=600000 --file="$DUMP_FILE" --dbname="$DUMP_DATABASE" || rm -f "$DUMP_FILE"
\ir tables.sql
COMMIT;
`;

/**
 * Arguments: host and port of the server, the directory, "tested" where a restore test finishes the set, and else how many are
 * kept. What an earlier run did not finish, or could not restore, is taken away.
 */
const DUMP_SH = String.raw`. "$(dirname "$0")/common.sh"
export PGHOST="$1" PGPORT="$2" PGUSER=postgres
scripts=$(dirname "$0")
backups=$3
set="$backups/$(date -u +%Y%m%dT%H%M%SZ)"
rm -rf -- "$backups"/*.new
[ ! -e "$set" ] || fail "there is a backup of this second, $set"
mkdir -- "$set.new"
cd "$set.new"
pg_dumpall --roles-only --no-role-passwords --file=roles.sql
ask --dbname=postgres --file="$scripts/databases.sql" > databases
for oid in $(cat databases); do
  name=$(ask --dbname=postgres --set=oid="$oid" --file="$scripts/name.sql")
  printf '%s\n' "$name" > "$oid.name"
  DUMP_FILE="$oid.dump" DUMP_DATABASE=$(connection "$name")
  export DUMP_FILE DUMP_DATABASE
  { ask --dbname="$DUMP_DATABASE" --file="$scripts/dump.sql" > "$oid.tables" && test -s "$oid.dump"; } ||
    fail "the database $name could not be dumped, for the reason above"
done
sha256sum -- * > SHA256SUMS
sync
if [ "$4" != tested ]; then exec sh "$scripts/keep.sh" "$backups" "$4"; fi
`;

/** Gives the new set its name, and removes the oldest of more than are kept. Arguments: directory, how many. */
const KEEP_SH = String.raw`. "$(dirname "$0")/common.sh"
for new in "$1"/*.new; do
  set=$(basename "$new" .new)
  mv -- "$new" "$1/$set"
  sync
  printf 'backup %s, %s KiB\n' "$set" "$(du -sk "$1/$set" | cut -f1)"
done
sets "$1" | tail -n "+$(($2 + 1))" | while read -r old; do rm -rf -- "$1/$old"; done
`;

/**
 * Arguments: host and port of the server, and the set. A database that is there must be empty; the others are made. Roles that are
 * there (SQLSTATE 42710) keep their passwords, which no set has.
 */
const RESTORE_SH = String.raw`. "$(dirname "$0")/common.sh"
export PGHOST="$1" PGPORT="$2" PGOPTIONS='-c client_min_messages=error -c statement_timeout=0'
scripts=$(cd "$(dirname "$0")" && pwd)
cd "$3"
sha256sum -c SHA256SUMS > /dev/null || fail "the set $3 is damaged; nothing was restored"
exists() { [ "$(ask --dbname=postgres --set=name="$1" --file="$scripts/exists.sql")" = 1 ]; }
for oid in $(cat databases); do
  name=$(cat "$oid.name")
  if exists "$name"; then
    objects=$(ask --dbname="$(connection "$name")" --file="$scripts/objects.sql")
    [ "$objects" = 0 ] || fail "the database $name is not empty, it has $objects objects; nothing was restored"
  fi
done
errors=$(psql --no-psqlrc --quiet --dbname=postgres --set=VERBOSITY=sqlstate --file=roles.sql 2>&1 > /dev/null | grep -v ' 42710$' || true)
[ -z "$errors" ] || fail "the roles could not be restored: $errors"
for oid in $(cat databases); do
  name=$(cat "$oid.name")
  if ! exists "$name"; then
    pg_restore --list "$oid.dump" |
      grep -E '^[0-9]+; (1262 [0-9]+ DATABASE|0 0 (DATABASE PROPERTIES -|ACL - DATABASE)) ' |
      pg_restore --create --exit-on-error --use-list=/dev/stdin --dbname=postgres "$oid.dump"
  fi
  pg_restore --exit-on-error --dbname="$(connection "$name")" "$oid.dump" ||
    fail "the database $name could not be restored, for the reason above"
  missing=$(ask --dbname="$(connection "$name")" --file="$scripts/tables.sql" |
    awk 'NR == FNR { restored[$0]; next } !($0 in restored)' - "$oid.tables")
  [ -z "$missing" ] || fail "the database $name is not as it was dumped (table|rows): $missing"
  printf 'restored %s: %s tables\n' "$name" "$(sed -n 's/^tables|//p' "$oid.tables")"
done
`;

/** Restores the set that a variable names, or the newest. Arguments: host, port, directory. */
const RESTORE_SET_SH = String.raw`. "$(dirname "$0")/common.sh"
export PGUSER=postgres
if [ "$BACKUP_SET" = newest ]; then set=$(sets "$3" | head -n 1); else set=$(sets "$3" | grep -Fx -e "$BACKUP_SET" || true); fi
[ -n "$set" ] || fail "there is no such backup; there are: $(sets "$3" | tr '\n' ' ')"
printf 'restoring %s\n' "$set"
exec sh "$(dirname "$0")/restore.sh" "$1" "$2" "$3/$set"
`;

/**
 * Restores the new set into a server of its own, which nobody reaches, and keeps it when it is as it was dumped. The superuser of
 * that server has a name of its own, since "postgres" is among the roles of the set. Arguments: scratch, directory, how many sets
 * are kept, and then those of the server.
 */
const TEST_SH = String.raw`. "$(dirname "$0")/common.sh"
scratch=$1 backups=$2 keep=$3
shift 3
export PGUSER=restore_test PGDATABASE=postgres
mkdir "$scratch/socket"
initdb --auth=trust --encoding=UTF8 --no-sync --username="$PGUSER" --pgdata="$scratch/pgdata" > /dev/null
postgres -D "$scratch/pgdata" -c "unix_socket_directories=$scratch/socket" "$@" &
server=$!
trap 'kill -s INT "$server" && wait "$server" || true' EXIT
until pg_isready --quiet --host="$scratch/socket" --port=5432; do
  kill -0 "$server" || fail 'the server of the restore test did not start'
  sleep 1
done
for set in "$backups"/*.new; do
  sh "$(dirname "$0")/restore.sh" "$scratch/socket" 5432 "$set"
done
sh "$(dirname "$0")/keep.sh" "$backups" "$keep"
`;

/** The files of the ConfigMap. */
export const DUMP_SCRIPTS: Readonly<Record<string, string>> = {
  'common.sh': COMMON_SH,
  'databases.sql': DATABASES_SQL,
  'dump.sh': DUMP_SH,
  'dump.sql': DUMP_SQL,
  'exists.sql': EXISTS_SQL,
  'keep.sh': KEEP_SH,
  'name.sql': NAME_SQL,
  'objects.sql': OBJECTS_SQL,
  'restore-set.sh': RESTORE_SET_SH,
  'restore.sh': RESTORE_SH,
  'tables.sql': TABLES_SQL,
  'test.sh': TEST_SH,
};

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const script = (name: string) => ['sh', `${SCRIPT_DIRECTORY}/${name}`];

/** As arguments, since PGHOST among the variables would say that here is an application with a pool. */
export function dumpCommand({ host, port }: ServerAddress, keep: number, hasTest: boolean): string[] {
  return [...script('dump.sh'), host, `${port}`, BACKUP_DIRECTORY, hasTest ? 'tested' : `${keep}`];
}

export function restoreCommand({ host, port }: ServerAddress): string[] {
  return [...script('restore-set.sh'), host, `${port}`, BACKUP_DIRECTORY];
}

/** What the server of a restore test is started with. */
export interface TestServer {
  readonly sizes: DumpSizes;
  readonly libraries: readonly string[];
  /** Parameters of the user's that belong to libraries, such as `cron.database_name`. */
  readonly libraryParameters: Readonly<Record<string, string>>;
}

/** A server that nobody reaches and that is thrown away: nothing is flushed, and nothing vacuums. */
export function testCommand(keep: number, server: TestServer): string[] {
  const { sizes, libraries, libraryParameters } = server;
  const settings = {
    listen_addresses: '',
    port: '5432',
    max_connections: '10',
    shared_buffers: sizes.sharedBuffers,
    maintenance_work_mem: sizes.maintenanceWorkMem,
    // What several processes share would need a larger /dev/shm.
    max_parallel_maintenance_workers: '0',
    max_parallel_workers_per_gather: '0',
    huge_pages: 'off',
    fsync: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '1GB',
    autovacuum: 'off',
    log_min_messages: 'fatal',
    ...(libraries.length > 0 && { shared_preload_libraries: libraries.join(',') }),
    ...libraryParameters,
  };
  return [
    ...script('test.sh'),
    SCRATCH_DIRECTORY,
    BACKUP_DIRECTORY,
    `${keep}`,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
