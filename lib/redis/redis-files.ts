import { CacheEngine } from './cache-engine';

export const CACHE_PORT = 6379;
export const CACHE_EXPORTER_PORT = 9121;
/** User and group of the server in the official images of Valkey and Redis. */
export const CACHE_USER = 999;
export const CONFIG_DIRECTORY = '/etc/cache';
export const RUN_DIRECTORY = '/run/cache';
export const DATA_DIRECTORY = '/data';

/**
 * Writes the users before the server starts, from passwords in its environment. Only their digests are written, and
 * only to memory.
 *
 * Whoever has not logged in may ask PING and nothing else: that is what the probes do. The application may do all but
 * administer; the exporter may read statistics, but no keys.
 */
export const START_SCRIPT = `set -eu
umask 077
digest() {
  printf '%s' "$1" | sha256sum | cut -d ' ' -f 1
}
app=$(digest "\${APP_PASSWORD:?the Secret has no password}")
exporter=$(digest "\${EXPORTER_PASSWORD:?the Secret has no exporter-password}")
cat > "$ACL_FILE" <<ACL
user default on nopass resetkeys resetchannels -@all +ping
user app on #$app allkeys allchannels +@all -@admin -@dangerous +info
user exporter on #$exporter resetkeys resetchannels -@all +ping +info +config|get +slowlog|get +slowlog|len +latency|latest +latency|histogram +client|list +client|setname +cluster|info
ACL
exec "$@"
`;

/** Name of the server's own client in the image. */
function client(engine: CacheEngine): string {
  return engine === CacheEngine.REDIS ? 'redis-cli' : 'valkey-cli';
}

export function server(engine: CacheEngine): string {
  return engine === CacheEngine.REDIS ? 'redis-server' : 'valkey-server';
}

/** Serves: the answer is PONG. The client's exit code says nothing, it is 0 for `LOADING` too. */
export function readyCommand(engine: CacheEngine): string[] {
  return ['sh', '-c', `test "$(${client(engine)} -h 127.0.0.1 -p ${CACHE_PORT} ping)" = PONG`];
}

/** Lives: it answers, also while it loads its data, runs a script, or has all the clients that it takes. */
export function aliveCommand(engine: CacheEngine): string[] {
  return [
    'sh',
    '-c',
    `case "$(${client(engine)} -h 127.0.0.1 -p ${CACHE_PORT} ping 2>&1)" in PONG|LOADING*|BUSY*|"ERR max number of clients"*) exit 0;; esac; exit 1`,
  ];
}
