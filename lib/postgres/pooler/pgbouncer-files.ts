/** Files of the pooler that are the same for every pooler; what differs comes from its environment. */

/** User and group `postgres` of docker.io/edoburu/pgbouncer, which is made on Alpine. */
export const PGBOUNCER_USER = 70;
export const PGBOUNCER_EXPORTER_PORT = 9127;
export const PGBOUNCER_DIRECTORY = '/etc/pgbouncer-config';
/** In memory: what the start script writes there holds passwords. */
export const PGBOUNCER_RUN_DIRECTORY = '/run/pgbouncer';
export const PGBOUNCER_USER_FILE = `${PGBOUNCER_RUN_DIRECTORY}/userlist.txt`;
/** Role of the exporter, of the database and of the pooler alike. */
export const EXPORTER_ROLE = 'exporter';

/**
 * Writes the file of users from the environment, doubling quotes as PgBouncer reads them, and runs PgBouncer.
 *
 * Since 1.23 PgBouncer waits on SIGTERM until all clients have gone, which pools never do; on SIGINT it stops listening,
 * lets every transaction end, and then goes. That is what a pod that is told to stop should do.
 */
export const PGBOUNCER_START_SCRIPT = `set -eu
umask 077
entry() {
  printf '"%s" "%s"\\n' "$(printf '%s' "$1" | sed 's/"/""/g')" "$(printf '%s' "$2" | sed 's/"/""/g')"
}
index=1
while eval "user=\\\${LOGIN_USER_$index-}"; [ -n "$user" ]; do
  eval "password=\\$LOGIN_PASSWORD_$index"
  entry "$user" "$password"
  unset "LOGIN_PASSWORD_$index"
  index=$((index + 1))
done > "$USER_FILE"
unset password
pgbouncer "$1" &
pid=$!
trap 'kill -INT "$pid"' TERM INT
code=0
while kill -0 "$pid" 2>/dev/null; do
  wait "$pid" && code=0 || code=$?
done
exit "$code"
`;

/** Variables of a user, counted from 1. */
export const loginVariables = (number: number) => ({
  user: `LOGIN_USER_${number}`,
  password: `LOGIN_PASSWORD_${number}`,
});

/** Answers the protocol; whether the database does is not its business: clients wait in the pooler while it restarts. */
export const PGBOUNCER_READY_COMMAND = [
  'pg_isready',
  '--quiet',
  '--host=127.0.0.1',
  '--port=5432',
  '--dbname=pgbouncer',
  `--username=${EXPORTER_ROLE}`,
];
