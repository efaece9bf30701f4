/**
 * The most memory that an nginx can use, as a closed sum:
 *
 *   shared zones + volumes in memory + master and cache manager
 *   + workers × (process + worker_connections × bytes per connection)   ≤ 0.9 × memory limit
 *
 * Above it the kernel kills a worker, and since Kubernetes 1.28 all of the container with it (`memory.oom.group`): every
 * visitor is cut off, and the pod starts again into the same crowd. What bounds the sum is `worker_connections`, which
 * counts every connection, that of a client as well as that to what is asked. A connection is therefore counted with the
 * most that a request can hold for each connection that it has: a hit has one, what is asked of somebody else two.
 *
 * Visitors that send the largest headers and do not read what they asked for are what the sum is made for: they hold
 * all of it at once, as long as they like. Files that are read and written are not counted: their pages are given up
 * before anybody is killed. The tenth that is left is for the queues of sockets, which the kernel counts too where there
 * is cgroup v2, and for what the allocator cannot give back.
 */
import { KIB, MIB } from '../../units/quantity';
import { parseNginxSize } from '../configuration/nginx-conf';
import { defaultArgs } from '../configuration/nginx-directives';

/** Part of the limit that the sum may reach. A proposal, as for Postgres (PG-MEM-1). */
export const NGINX_MEMORY_SHARE = 0.9;

/** Buffers as a directive takes them: how many at most, and the bytes of each. They are allocated when they are needed. */
export interface BufferPool {
  readonly count: number;
  readonly size: number;
}

/** What a request may hold, by the directives that bound it, in bytes. */
export interface NginxBuffers {
  /** `client_header_buffer_size`. */
  readonly clientHeader: number;
  /** `large_client_header_buffers`; over HTTP/2 their sum bounds the headers of a request. */
  readonly largeClientHeaders: BufferPool;
  /** `max_headers`; undefined: an nginx before 1.29.8 bounds their bytes only. */
  readonly headerLines?: number;
  /** `client_body_buffer_size`. */
  readonly clientBody: number;
  /** `proxy_buffer_size`: the beginning of an answer, with its headers, from the origin or from a file. */
  readonly answerHeader: number;
  /** `proxy_buffers`. */
  readonly proxy: BufferPool;
  /** `output_buffers`: a file that is read. */
  readonly output: BufferPool;
  /** `gunzip_buffers`. */
  readonly gunzip: BufferPool;
  /** `gzip_buffers`. */
  readonly gzip: BufferPool;
  /** `gzip_window`, of at most 32k. */
  readonly gzipWindow: number;
  /** `gzip_hash`; of nginx's own number half is used. */
  readonly gzipHash: number;
  /** `http2_max_concurrent_streams`: requests of one connection of HTTP/2 at one time. */
  readonly http2Streams: number;
  /** `http2_body_preread_size`. */
  readonly http2Body: number;
}

/** Default of a size, in bytes. */
const sizeByDefault = (name: string): number => parseNginxSize(defaultArgs(name)[0]) ?? NaN;
const numberByDefault = (name: string): number => Number(defaultArgs(name)[0]);

function poolByDefault(name: string): BufferPool {
  const [count, size] = defaultArgs(name);
  return { count: Number(count), size: parseNginxSize(size) ?? NaN };
}

/** nginx's own, on machines with pages of 4 KiB: what its documentation states, and for gzip what its source has. */
export const NGINX_DEFAULT_BUFFERS: NginxBuffers = {
  clientHeader: sizeByDefault('client_header_buffer_size'),
  largeClientHeaders: poolByDefault('large_client_header_buffers'),
  headerLines: numberByDefault('max_headers'),
  clientBody: sizeByDefault('client_body_buffer_size'),
  answerHeader: sizeByDefault('proxy_buffer_size'),
  proxy: poolByDefault('proxy_buffers'),
  output: poolByDefault('output_buffers'),
  gunzip: poolByDefault('gunzip_buffers'),
  gzip: poolByDefault('gzip_buffers'),
  gzipWindow: 32 * KIB,
  gzipHash: 64 * KIB,
  http2Streams: numberByDefault('http2_max_concurrent_streams'),
  http2Body: sizeByDefault('http2_body_preread_size'),
};

/**
 * Ours. Every buffer that a request may fill is a visitor less, so they are as small as they can be without costing time:
 *
 * - Headers of 17 KiB in all. Node refuses more than 16 KiB, Tomcat more than 8, so longer ones help nobody.
 * - Origins send more headers than 4 KiB, so an answer begins with 16.
 * - 64 KiB before the cache, and half of it where an answer is compressed on the way; 16 of a body that a client sends.
 * - A window of 16 KiB and a hash of 64 for compression, half of nginx's own: pages get 1 to 2 % larger.
 *
 * A client has 8 requests under way over one connection of HTTP/2, two more than browsers have over those of HTTP/1.1:
 * each holds as much as a connection. A hundred lines of headers is what Apache allows (LimitRequestFields).
 */
export const PROXY_BUFFERS: NginxBuffers = {
  ...NGINX_DEFAULT_BUFFERS,
  largeClientHeaders: { count: 2, size: 8 * KIB },
  headerLines: 100,
  clientBody: 16 * KIB,
  answerHeader: 16 * KIB,
  proxy: { count: 4, size: 16 * KIB },
  output: { count: 1, size: 32 * KIB },
  http2Streams: 8,
  http2Body: 16 * KIB,
};

/** Where answers are compressed: in the hop before the cache, and on the way to a client past the cache. */
export const COMPRESSING_BUFFERS: NginxBuffers = {
  ...PROXY_BUFFERS,
  proxy: { count: 4, size: 8 * KIB },
  gzip: { count: 4, size: 8 * KIB },
  gzipWindow: 16 * KIB,
  gzipHash: 32 * KIB,
};

/**
 * Of parts of large objects. nginx gives the buffers of a part back when the whole answer has ended: with 128 KiB of them a
 * request held 141 KiB for each MiB that it fetched, with these 48, as fast. What is in the cache costs nothing of it. The
 * sum does not count this: it grows with the object.
 */
export const PART_BUFFERS: NginxBuffers = { ...PROXY_BUFFERS, proxy: { count: 4, size: 8 * KIB } };

/**
 * A connection with its two events (ngx_connection_t, ngx_event_t: 424 bytes, allocated for all of them at the start), its
 * pool, and the kernel's socket, file and directory entry.
 */
const CONNECTION_BYTES = 4 * KIB;
/** `request_pool_size` and what it grows by: the request, its modules' contexts, variables, the headers of its answer. */
const REQUEST_BYTES = 12 * KIB;
/**
 * A line of a header in the request's list (ngx_table_elt_t, 56 bytes) with what is lost at the ends of pools. The shortest
 * line is `a:\n`.
 */
const HEADER_LINE_BYTES = 72;
const MIN_HEADER_LINE = 3;
/** Copies of a path that is as long as a buffer: decoded, and in the key of the cache. */
const PATH_COPIES = 2;
/** The state of deflate, beside four times its window and twice its hash (ngx_http_gzip_filter_memory). */
const DEFLATE_STATE_BYTES = 8 * KIB;
/** inflate with a window of 32 KiB, and the state, 7160 bytes in zlib 1.2.13. */
const INFLATE_BYTES = 40 * KIB;
/** OpenSSL's connection: a record of 16 KiB on the way in and one on the way out, and the state of the handshake. */
const TLS_BYTES = 64 * KIB;
/** `ssl_buffer_size`: what nginx collects before it is encrypted. */
const TLS_BUFFER_BYTES = 16 * KIB;
/** The header table of HPACK, frames and the tree of streams of a connection of HTTP/2. */
const HTTP2_BYTES = 32 * KIB;

/** What a server or a location does with requests. */
export interface RequestKind {
  readonly buffers: NginxBuffers;
  /** Whether it asks somebody else, over a connection of its own. */
  readonly asks: boolean;
  /** Whether answers are taken from a cache. */
  readonly caches: boolean;
  /** Whether a page is renewed while the old one is sent. */
  readonly renews: boolean;
  /** Whether answers are read from files: of the cache, of the disk, or those that wait for a slow client. */
  readonly readsFiles: boolean;
  readonly packs: boolean;
  readonly unpacks: boolean;
  readonly clientTls: boolean;
  readonly http2: boolean;
  readonly originTls: boolean;
}

/** The most that a request of a kind holds for each of its connections, in bytes. */
export function connectionBytes(kind: RequestKind): number {
  return Math.ceil(Math.max(...waysOf(kind).map(({ bytes, asked }) => spread(kind, bytes, asked))));
}

/**
 * The same where requests are counted, and more of them turned away: half of what a request holds with its connections, of
 * which it has two at most. Many requests of one client of HTTP/2 are then no more than those of many clients.
 */
export function countedConnectionBytes(kind: RequestKind): number {
  const alone = { ...kind, buffers: { ...kind.buffers, http2Streams: 1 } };
  const each = waysOf(alone).map(({ bytes, asked }) => (1 + asked) * spread(alone, bytes, asked));
  return Math.ceil(Math.max(...each) / CONNECTIONS_PER_REQUEST);
}

/** That of the visitor, and that to whom is asked. */
export const CONNECTIONS_PER_REQUEST = 2;

/** What a request holds, by whether it is asked of somebody else. */
function waysOf(kind: RequestKind): Array<{ readonly bytes: number; readonly asked: 0 | 1 }> {
  const { buffers } = kind;
  const request = requestBytes(buffers) + answerBytes(kind);
  const fetch = fetchBytes(buffers);
  return [
    ...(kind.caches || !kind.asks
      ? [{ bytes: request + (kind.caches ? buffers.answerHeader : 0), asked: 0 as const }]
      : []),
    ...(kind.asks ? [{ bytes: request + fetch + buffers.clientBody, asked: 1 as const }] : []),
    ...(kind.asks && kind.renews
      ? [{ bytes: request + buffers.answerHeader + fetch, asked: 1 as const }]
      : []),
  ];
}

/** Bytes of the requests of a client by the connections that they have. */
function spread({ buffers, clientTls, http2, originTls }: RequestKind, bytes: number, asked: number): number {
  const requests = http2 ? buffers.http2Streams : 1;
  const connections = 1 + requests * asked;
  const client = (clientTls ? TLS_BYTES + TLS_BUFFER_BYTES : 0) + (http2 ? HTTP2_BYTES : 0);
  const each = bytes + (http2 ? buffers.http2Body : 0) + (originTls ? asked * TLS_BYTES : 0);
  return CONNECTION_BYTES + (client + requests * each) / connections;
}

/**
 * A request as it came: its headers, the list of their lines, a second copy where several lines of a name are joined (as
 * those of Cookie are), and copies of its path.
 */
function requestBytes(buffers: NginxBuffers): number {
  const headers = buffers.clientHeader + sizeOf(buffers.largeClientHeaders);
  return (
    REQUEST_BYTES + 2 * headers + headerLineBytes(buffers) + PATH_COPIES * buffers.largeClientHeaders.size
  );
}

/** The list of as many lines as there may be, or as fit. */
function headerLineBytes({ clientHeader, largeClientHeaders, headerLines }: NginxBuffers): number {
  const fit = Math.floor((clientHeader + sizeOf(largeClientHeaders)) / MIN_HEADER_LINE);
  return Math.min(headerLines ?? Infinity, fit) * HEADER_LINE_BYTES;
}

/** The most that a connection holds before its request is read to the end, in bytes. */
export function spareConnectionBytes({ buffers, clientTls, http2 }: RequestKind): number {
  return (
    CONNECTION_BYTES +
    REQUEST_BYTES +
    buffers.clientHeader +
    sizeOf(buffers.largeClientHeaders) +
    headerLineBytes(buffers) +
    (clientTls ? TLS_BYTES : 0) +
    (http2 ? HTTP2_BYTES : 0)
  );
}

/** An answer on its way to the client. */
function answerBytes({ buffers, readsFiles, packs, unpacks }: RequestKind): number {
  return (
    (readsFiles ? sizeOf(buffers.output) : 0) +
    (packs ? deflateBytes(buffers) + sizeOf(buffers.gzip) : 0) +
    (unpacks ? INFLATE_BYTES + sizeOf(buffers.gunzip) : 0)
  );
}

/** With zlib; zlib-ng, which the official images do not have, takes 80 KiB more. */
function deflateBytes({ gzipWindow, gzipHash }: NginxBuffers): number {
  return DEFLATE_STATE_BYTES + 4 * gzipWindow + 2 * gzipHash;
}

/** What is asked, and what comes back. */
function fetchBytes({ clientHeader, largeClientHeaders, answerHeader, proxy }: NginxBuffers): number {
  return clientHeader + sizeOf(largeClientHeaders) + answerHeader + sizeOf(proxy);
}

function sizeOf({ count, size }: BufferPool): number {
  return count * size;
}

/** What the sum is made of. */
export interface NginxMemoryUse {
  readonly workers: number;
  /** `worker_connections`. */
  readonly connections: number;
  /** The most that a connection holds: the largest of the kinds of requests. */
  readonly connectionBytes: number;
  /** Connections of each worker that no request gets, because more requests are turned away; 0 where nobody is. */
  readonly spare: number;
  /** The most that such a connection holds: a request that is not read to its end. */
  readonly spareBytes: number;
  /** Files that a worker keeps open. */
  readonly openFiles: number;
  /** Memory that all workers share: keys of caches, sessions of TLS. */
  readonly zoneBytes: number;
  /** Volumes in memory, full. */
  readonly volumeBytes: number;
}

/** Master, cache manager and loader, and the shell that started them. A proposal, measured below 4 MiB with an idle worker. */
const BASE_BYTES = 16 * MIB;
/** A worker without its connections: configuration, certificates, logs. A proposal, measured at 6 to 10 MiB with a few. */
const WORKER_BYTES = 12 * MIB;
/** An entry of `open_file_cache`, and the file and inode of the kernel that it keeps. */
const OPEN_FILE_BYTES = 2 * KIB;

/** The sum, in bytes. */
export function nginxWorstCaseBytes(use: NginxMemoryUse): number {
  const { connections, connectionBytes: bytes, spare, spareBytes } = use;
  return fixedBytes(use) + use.workers * ((connections - spare) * bytes + spare * spareBytes);
}

type Fixed = Pick<NginxMemoryUse, 'workers' | 'openFiles' | 'zoneBytes' | 'volumeBytes'>;

function fixedBytes(use: Fixed): number {
  return BASE_BYTES + use.zoneBytes + use.volumeBytes + use.workers * workerBytes(use);
}

function workerBytes({ openFiles }: Pick<NginxMemoryUse, 'openFiles'>): number {
  return WORKER_BYTES + openFiles * OPEN_FILE_BYTES;
}

/**
 * Fewest connections of a worker that requests may have: with fewer, sixty visitors, who have two each, would keep the
 * probes out. A proposal.
 */
export const MIN_CONNECTIONS = 128;
/** Most of them: a core answers no more at one time, and a queue in memory helps nobody. A proposal. */
export const MAX_CONNECTIONS = 4096;
/**
 * For each two of them one that no request gets: for visitors that are told to come back, and for those that say nothing
 * yet, or never. A proposal.
 */
const SPARE_SHARE = 1 / 2;

export function spareOf(connections: number): number {
  return Math.floor(SPARE_SHARE * connections);
}

type Sized = Omit<NginxMemoryUse, 'connections' | 'spare'>;

/**
 * Connections of each worker that a limit bears for requests, beside the spare ones: at most 4096; it may bear fewer than
 * `MIN_CONNECTIONS`.
 */
export function connectionsFor(limitBytes: number, use: Sized): number {
  const free = NGINX_MEMORY_SHARE * limitBytes - fixedBytes(use);
  const each = use.connectionBytes + SPARE_SHARE * use.spareBytes;
  return Math.max(0, Math.min(MAX_CONNECTIONS, Math.floor(free / (use.workers * each))));
}

/** The smallest limit that bears so many connections of each worker for requests, in bytes. */
export function leastLimitFor(use: Sized, connections = MIN_CONNECTIONS): number {
  const spare = spareOf(connections);
  return nginxWorstCaseBytes({ ...use, connections: connections + spare, spare }) / NGINX_MEMORY_SHARE;
}

/** The sum with its parts, for a person. */
export function explainNginxMemory(use: NginxMemoryUse): string {
  const mib = (bytes: number) => `${Math.ceil(bytes / MIB)}MiB`;
  return [
    ...(use.zoneBytes > 0 ? [`shared zones ${mib(use.zoneBytes)}`] : []),
    ...(use.volumeBytes > 0 ? [`volumes in memory ${mib(use.volumeBytes)}`] : []),
    `${mib(BASE_BYTES)} for master and cache manager`,
    `${use.workers} ${use.workers === 1 ? 'worker' : 'workers'} x (${mib(workerBytes(use))} + ${use.connections - use.spare} connections x ${Math.ceil(use.connectionBytes / KIB)}KiB${use.spare > 0 ? ` + ${use.spare} x ${Math.ceil(use.spareBytes / KIB)}KiB` : ''})`,
  ].join(' + ');
}

/** Buffers as arguments of a directive. */
export function bufferArguments({ count, size }: BufferPool): [number, string] {
  return [count, bufferSize(size)];
}

/** A size of a buffer as nginx takes it. */
export function bufferSize(bytes: number): string {
  return bytes % KIB === 0 ? `${bytes / KIB}k` : `${bytes}`;
}
