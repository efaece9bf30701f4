/** What an nginx may use at its worst, read from its configuration; where it says nothing, nginx's own defaults hold. */
import { textAt } from '../../inventory/json';
import { parseCpu } from '../../units/quantity';
import { type ParsedDirective, parseNginxSize } from '../configuration/nginx-conf';
import { defaultArgs } from '../configuration/nginx-directives';
import { overloadOf } from '../configuration/overload-emitter';
import {
  type BufferPool,
  connectionBytes,
  CONNECTIONS_PER_REQUEST,
  countedConnectionBytes,
  NGINX_DEFAULT_BUFFERS,
  type NginxBuffers,
  type NginxMemoryUse,
  type RequestKind,
  spareConnectionBytes,
} from '../tuning/nginx-memory-budget';
import { argsOf, directivesNamed, type Nginx, parameter } from './nginx-servers';

/** Blocks around a place, the innermost first. */
type Scope = ReadonlyArray<readonly ParsedDirective[]>;

/** How an upstream is asked; their directives have the same names behind it. */
const PASSES = ['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass'];
const CONTEXTS = ['http', 'server', 'location', 'if', 'limit_except'];

/**
 * The sum of an nginx that asks others, or keeps a cache; undefined for one that does neither, whose memory is files.
 * Sizes that are no sizes are NaN.
 */
export function nginxMemory(server: Nginx, volumeBytes: number): NginxMemoryUse | undefined {
  const kinds = placesOf(server.settings, []).map(kindOf);
  const workers = workersOf(server);
  const connections = connectionsOf(server);
  const requests = overloadOf(server.settings);
  const zones = [...zonesOf(server.settings).values()];
  if (kinds.length === 0 && zones.length === 0) return undefined;
  return {
    workers,
    connections,
    // A request has two connections at most; where more requests are turned away, the others have none.
    spare:
      requests === undefined
        ? 0
        : Math.max(0, connections - Math.ceil((CONNECTIONS_PER_REQUEST * requests) / workers)),
    spareBytes: Math.max(0, ...kinds.map(spareConnectionBytes)),
    connectionBytes: Math.max(
      0,
      ...kinds.map(requests === undefined ? connectionBytes : countedConnectionBytes),
    ),
    openFiles: Math.max(
      0,
      ...directivesNamed(server.settings, 'open_file_cache').map(
        (one) => numberOf(parameter(one, 'max')) ?? 0,
      ),
    ),
    zoneBytes: zones.reduce((sum, bytes) => sum + bytes, 0),
    volumeBytes,
  };
}

/** Connections of a worker. */
export function connectionsOf(server: Pick<Nginx, 'settings'>): number {
  const [given] = argsOf(server, 'worker_connections');
  return numberOf(given) ?? Number(defaultArgs('worker_connections')[0]);
}

/** `auto` is a worker for each core of the node, which has at least those that the container requests. */
function workersOf(server: Nginx): number {
  const [workers] = argsOf(server, 'worker_processes');
  if (workers !== 'auto') return numberOf(workers) ?? 1;
  const request = parseCpu(textAt(server.container.resources.requests, 'cpu') ?? '') ?? 0;
  return Math.max(1, Math.ceil(request / 1000));
}

/**
 * Shared memory by its name: `keys_zone=name:10m`, `zone=name:10m`, `shared:name:10m`, and `zone name 64k` of an upstream.
 * What is named twice is one zone.
 */
function zonesOf(settings: readonly ParsedDirective[]): Map<string, number> {
  return new Map(
    settings.flatMap(({ name, args, block }) => [
      ...args.flatMap((arg) => {
        const [, zone, size] = /^((?:keys_zone=|zone=|shared:)[^:]*):(\w+)$/.exec(arg) ?? [];
        return size === undefined ? [] : [[zone, parseNginxSize(size) ?? NaN] as const];
      }),
      ...(name === 'zone' && args.length > 1
        ? [[`zone ${args[0]}`, parseNginxSize(args[1]) ?? NaN] as const]
        : []),
      ...zonesOf(block ?? []),
    ]),
  );
}

/** Places that ask an upstream. */
function placesOf(block: readonly ParsedDirective[], outer: Scope): Scope[] {
  const scope = [block, ...outer];
  return [
    ...(block.some(({ name }) => PASSES.includes(name)) ? [scope] : []),
    ...block.flatMap((one) => (one.block && CONTEXTS.includes(one.name) ? placesOf(one.block, scope) : [])),
  ];
}

function kindOf(scope: Scope): RequestKind {
  const pass = scope[0].find(({ name }) => PASSES.includes(name));
  const protocol = pass?.name.replace(/_pass$/, '') ?? 'proxy';
  const is = (name: string, value: string) => argsAt(scope, name)?.[0] === value;
  const listens = scope.flatMap((block) => block.filter(({ name }) => name === 'listen'));
  const listensWith = (parameterName: string) => listens.some(({ args }) => args.includes(parameterName));
  const cache = argsAt(scope, `${protocol}_cache`)?.[0];
  const caches = cache !== undefined && cache !== 'off';
  const isBuffered = protocol !== 'grpc' && !is(`${protocol}_buffering`, 'off');
  const [packs, unpacks, clientTls] = [is('gzip', 'on'), is('gunzip', 'on'), listensWith('ssl')];
  const hasFiles = caches || (isBuffered && !is(`${protocol}_max_temp_file_size`, '0'));
  return {
    buffers: buffersAt(scope, protocol, isBuffered),
    asks: true,
    caches,
    renews: caches && is(`${protocol}_cache_background_update`, 'on'),
    // The kernel sends a file itself where nothing has to look into it.
    readsFiles: hasFiles && (!is('sendfile', 'on') || packs || unpacks || clientTls),
    packs,
    unpacks,
    clientTls,
    http2: is('http2', 'on') || listensWith('http2'),
    originTls: /^(https|grpcs):/.test(pass?.args[0] ?? ''),
  };
}

function buffersAt(scope: Scope, protocol: string, isBuffered: boolean): NginxBuffers {
  const defaults = NGINX_DEFAULT_BUFFERS;
  const size = (name: string, otherwise: number) =>
    parseNginxSize(argsAt(scope, name)?.[0] ?? '') ?? otherwise;
  const number = (name: string, otherwise: number) => numberOf(argsAt(scope, name)?.[0]) ?? otherwise;
  const pool = (name: string, otherwise: BufferPool): BufferPool => {
    const [count, bytes] = argsAt(scope, name) ?? [];
    const given = { count: numberOf(count), size: parseNginxSize(bytes ?? '') };
    return { count: given.count ?? otherwise.count, size: given.size ?? otherwise.size };
  };
  return {
    clientHeader: size('client_header_buffer_size', defaults.clientHeader),
    largeClientHeaders: pool('large_client_header_buffers', defaults.largeClientHeaders),
    headerLines: number('max_headers', defaults.headerLines ?? 0),
    clientBody: size('client_body_buffer_size', defaults.clientBody),
    answerHeader: size(`${protocol}_buffer_size`, defaults.answerHeader),
    proxy: isBuffered ? pool(`${protocol}_buffers`, defaults.proxy) : { count: 0, size: 0 },
    output: pool('output_buffers', defaults.output),
    gunzip: pool('gunzip_buffers', defaults.gunzip),
    gzip: pool('gzip_buffers', defaults.gzip),
    gzipWindow: size('gzip_window', defaults.gzipWindow),
    gzipHash: size('gzip_hash', defaults.gzipHash),
    http2Streams: number('http2_max_concurrent_streams', defaults.http2Streams),
    http2Body: size('http2_body_preread_size', defaults.http2Body),
  };
}

/** Arguments of a directive where it is nearest. */
function argsAt(scope: Scope, name: string): readonly string[] | undefined {
  for (const block of scope) {
    const found = block.filter((one) => one.name === name).at(-1);
    if (found) return found.args;
  }
  return undefined;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
