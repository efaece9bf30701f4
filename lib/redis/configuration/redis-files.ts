import { CacheEngine } from '../cache-engine';

export const CACHE_PORT = 6379;
export const SENTINEL_PORT = 26_379;
/** Nodes of a cluster gossip on the port of the clients and 10000. */
export const CLUSTER_BUS_PORT = CACHE_PORT + 10_000;
export const CACHE_EXPORTER_PORT = 9121;
/** User and group of the server in the official images of Valkey and Redis. */
export const CACHE_USER = 999;
export const CONFIG_DIRECTORY = '/etc/cache';
export const RUN_DIRECTORY = '/run/cache';
export const DATA_DIRECTORY = '/data';
export const TLS_DIRECTORY = '/tls';
/** Key of the ConfigMap that the images of the redis-operator include. */
export const OPERATOR_CONFIG_KEY = 'redis-additional.conf';

/**
 * What is freed goes back to the system at once. By default the allocator keeps it for ten seconds in case it is needed in
 * the same size: with values of all sizes, written at the eviction limit, that was measured at 1.42 times `maxmemory`
 * resident, and at 1.08 without. One variable is read by servers with the system's allocator, one by those that bring it.
 */
export const ALLOCATOR_ENV = ['MALLOC_CONF', 'JE_MALLOC_CONF'].map(
  (name) => [name, 'dirty_decay_ms:0,muzzy_decay_ms:0'] as const,
);

/** Keys of the Secret with the certificate, as cert-manager writes it. */
export const TLS_KEYS = { certificate: 'tls.crt', key: 'tls.key', authority: 'ca.crt' } as const;

/** How a probe talks to the server in its own container. */
export interface ProbeClient {
  /** Name of the server's own client in the image. */
  readonly program: string;
  readonly port: number;
  /** Whether it has to trust the Secret's authority; the name in the certificate is not looked at on loopback. */
  readonly tls: boolean;
  /** Variable of the container with the password, where PING needs one: never an argument, which every user can list. */
  readonly passwordVariable?: string;
}

export function client(engine: CacheEngine): string {
  return engine === CacheEngine.REDIS ? 'redis-cli' : 'valkey-cli';
}

export function server(engine: CacheEngine): string {
  return engine === CacheEngine.REDIS ? 'redis-server' : 'valkey-server';
}

function ping({ program, port, tls, passwordVariable }: ProbeClient): string {
  return [
    ...(passwordVariable === undefined ? [] : [`REDISCLI_AUTH="$${passwordVariable}"`]),
    `${program} -h 127.0.0.1 -p ${port}`,
    ...(tls ? [`--tls --cacert ${TLS_DIRECTORY}/${TLS_KEYS.authority}`] : []),
    'ping',
  ].join(' ');
}

/** Serves: the answer is PONG. The client's exit code says nothing, it is 0 for `LOADING` too. */
export function readyCommand(probe: ProbeClient): string[] {
  return ['sh', '-c', `test "$(${ping(probe)})" = PONG`];
}

/** Lives: it answers, also while it loads its data, runs a script, or has all the clients that it takes. */
export function aliveCommand(probe: ProbeClient): string[] {
  return [
    'sh',
    '-c',
    `case "$(${ping(probe)} 2>&1)" in PONG|LOADING*|BUSY*|MASTERDOWN*|"ERR max number of clients"*) exit 0;; esac; exit 1`,
  ];
}
