/**
 * How a lock is taken, held and lost. The scripts are the same for everybody; what differs comes by the environment.
 *
 * The lock is asked for again and again (`pg_try_advisory_lock`), since a session that waits in `pg_advisory_lock` has a
 * snapshot: `CREATE INDEX CONCURRENTLY` of the program that holds the lock would wait for it, and it for the program.
 */

/** Where the containers of a lock tell each other of it. */
export const LOCK_DIRECTORY = '/lock';
/** Exit code of a wait that is over: EX_TEMPFAIL of sysexits.h. */
export const NOT_HELD = 75;

/**
 * Times of a connection that is lost, in seconds. The client, which speaks every 5 seconds, gives up 10 seconds after something was
 * not acknowledged; the server after 30. So the program is ended before somebody else gets the lock.
 */
const HEARTBEAT = 5;
const CLIENT_GIVES_UP = 10;
const SERVER = { idle: 15, interval: 5, count: 3, givesUp: 30 } as const;

/** `statement_timeout` bounds a question; what ends idle sessions is there from Postgres 14 on. */
const SETTINGS = `SET statement_timeout = '10s';
SET tcp_keepalives_idle = ${SERVER.idle};
SET tcp_keepalives_interval = ${SERVER.interval};
SET tcp_keepalives_count = ${SERVER.count};
SET tcp_user_timeout = '${SERVER.givesUp}s';
SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout';`;

const CONNECTION = [
  'connect_timeout=10',
  'keepalives_idle=10',
  'keepalives_interval=5',
  'keepalives_count=2',
  `tcp_user_timeout=${CLIENT_GIVES_UP * 1000}`,
].join(' ');

/**
 * Takes the lock, holds it until the pod ends, and ends the program when it is lost: SIGKILL, since a program that handles
 * SIGTERM may exit with 0, and the Job would be complete. A container that was restarted has lost the lock as well.
 */
export const HOLD_SCRIPT = `held=${LOCK_DIRECTORY}/held
psql=
trap '[ -z "$psql" ] || kill "$psql"; exit 0' TERM INT

end_program() {
  echo 'the lock is lost: the program is killed, and the Job tries again' >&2
  while :; do
    kill -KILL -1
    sleep 1
  done
}

session() {
  cat <<'SQL'
${SETTINGS}
SQL
  until [ -e "$held" ]; do
    cat <<'SQL'
SELECT pg_try_advisory_lock(hashtextextended(:'key', 0)) AS got \\gset
\\if :got
\\! touch ${LOCK_DIRECTORY}/held
\\endif
SQL
    sleep 1
  done
  echo "the lock $LOCK_KEY is held" >&2
  while sleep ${HEARTBEAT}; do echo 'SELECT 1;'; done
}

[ ! -e "$held" ] || end_program
if [ -n "$PGSSL_CA" ]; then
  printf '%s\\n' "$PGSSL_CA" > ${LOCK_DIRECTORY}/ca.pem
  export PGSSLROOTCERT=${LOCK_DIRECTORY}/ca.pem
fi
while :; do
  session | psql -X -q -v ON_ERROR_STOP=1 -v key="$LOCK_KEY" -o /dev/null -d '${CONNECTION}' &
  psql=$!
  wait "$psql"
  [ ! -e "$held" ] || end_program
  sleep 2
done
`;

/** Waits until the lock is held, for a time. */
export const WAIT_SCRIPT = `waited=0
until [ -e ${LOCK_DIRECTORY}/held ]; do
  if [ "$waited" -ge "$LOCK_WAIT_SECONDS" ]; then
    echo "no lock within $LOCK_WAIT_SECONDS seconds: another migration holds it, or the database does not answer, which the container lock says" >&2
    exit ${NOT_HELD}
  fi
  waited=$((waited + 1))
  sleep 1
done
`;
