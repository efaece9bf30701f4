/**
 * nginx in a memory cgroup of its container's limit, before visitors that hold every connection that it has: with headers
 * as large as they may be, and answers that nobody reads. What we emit is never killed, and stays below what its budget
 * says; with 4096 connections, as many as it would have if nobody counted, it is killed.
 */
import { Size, Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { Exposure, type NginxCachingProxyProps, WorkloadProfile } from 'cdk8s-tuned';
import { randomBytes } from 'crypto';
import { createServer } from 'http';
import { type ClientHttp2Session, connect as connectHttp2, type Settings } from 'http2';
import { type AddressInfo, connect, type Socket } from 'net';
import { Inventory } from '../../lib/inventory/inventory';
import { nginxMemory } from '../../lib/nginx/reading/nginx-memory';
import { configuredServers } from '../../lib/nginx/reading/nginx-servers';
import {
  CONNECTIONS_PER_REQUEST,
  type NginxMemoryUse,
  nginxWorstCaseBytes,
} from '../../lib/nginx/tuning/nginx-memory-budget';
import { KIB, MIB } from '../../lib/units/quantity';
import { describeUnless } from '../support/skip';
import type { Manifest } from '../support/synth';
import { makeCertificate } from './certificate';
import { scratchDirectory, until } from './harness';
import { sleep } from './http';
import { MemoryLimit } from './memory-limit';
import { newNginx, Proxy, type ProxyOptions, stopProxies, synthesize } from './nginx-harness';

const bounded = describeUnless(MemoryLimit.reason());

const HOST = 'shop.example.com';

/** A text of 2 MiB, of which half is left when it is compressed. */
const PAGE = randomBytes(MIB).toString('hex');
const origin = createServer({ maxHeaderSize: 64 * KIB }, (_, outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'text/plain' }).end(PAGE);
});
const scratch = scratchDirectory();
let originPort: number;
beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  originPort = (origin.address() as AddressInfo).port;
});
afterAll(async () => {
  await stopProxies();
  origin.closeAllConnections();
  origin.close();
  scratch.remove();
});

/** A proxy for the image that is used by default, in a container of this size. */
const inContainer = (mebibytes: number, props: Partial<NginxCachingProxyProps> = {}) =>
  synthesize({
    hosts: [HOST],
    nginxVersion: undefined,
    cacheSize: Size.mebibytes(64),
    profile: WorkloadProfile.WEB_API.withMemory(Size.mebibytes(mebibytes)),
    ...props,
  });

/** What the configuration allows at its worst. */
function budgetOf(objects: readonly Manifest[]): NginxMemoryUse {
  const [server] = configuredServers(Inventory.of(objects));
  const use = nginxMemory(server, 0);
  if (!use) throw new Error('nothing is counted');
  return use;
}

async function startIn(
  memory: MemoryLimit,
  objects: readonly Manifest[],
  options: Partial<ProxyOptions> = {},
) {
  const proxy = await Proxy.start(objects, scratch, {
    originPort,
    memory,
    ...options,
    // Queues of sockets, which hold what nobody reads before nginx does, are as short as they can be. An nginx before
    // 1.29.8 does not know how to bound the lines of headers; these visitors keep to a hundred.
    edit: (conf) =>
      (options.edit ?? String)(conf)
        .replace(/.*max_headers.*\n/, '')
        .replace(/(listen 127\.0\.0\.1:\d+ default_server)/, '$1 sndbuf=16k')
        .replace(/(# compresses an answer once[^]*?listen 127\.0\.0\.1:\d+);/, '$1 sndbuf=16k;'),
  });
  return proxy;
}

/** Two buffers of 8 KiB, nearly full: a path, a long line, and short ones. */
const LONG = 'x'.repeat(7900);
const LONG_LINE = `X: ${LONG}\r\n`;
const SHORT_LINES = 'a:\n'.repeat(60);
const asks = (path: string, ...lines: string[]) =>
  `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${lines.join('')}${LONG_LINE}`;

/** Ways to hold memory, and how many connections each visitor takes: its own, and that to whom is asked. */
const CROWDS: ReadonlyArray<{ what: string; connections: number; words: (index: number) => string }> = [
  {
    what: 'want a hit as it is, and do not read it',
    connections: 1,
    words: () => `${asks(`/hot?${LONG}`, SHORT_LINES)}\r\n`,
  },
  {
    what: 'want a hit packed, and do not read it',
    connections: 1,
    words: () => `${asks(`/hot?${LONG}`, SHORT_LINES, 'Accept-Encoding: gzip\r\n')}\r\n`,
  },
  {
    what: 'want a private page, and do not read it',
    connections: 2,
    words: (index) => `${asks(`/own/${index}?${LONG}`, 'Authorization: Basic x\r\n')}\r\n`,
  },
  {
    what: 'want a private page packed, and do not read it',
    connections: 2,
    words: (index) =>
      `${asks(`/own/${index}?${LONG}`, 'Authorization: Basic x\r\nAccept-Encoding: gzip\r\n', SHORT_LINES)}\r\n`,
  },
  {
    what: 'want a cold page packed, and do not read it',
    connections: 2,
    words: (index) => `${asks(`/cold/${index}?${LONG}`, 'Accept-Encoding: gzip\r\n')}\r\n`,
  },
  {
    what: 'all want private pages at once',
    connections: 1,
    words: (index) => `${asks(`/own/${index}?${LONG}`, 'Authorization: Basic x\r\n')}\r\n`,
  },
  {
    what: 'do not end a body',
    connections: 1,
    words: (index) =>
      `${asks(`/own/${index}?${LONG}`, 'Content-Length: 100000\r\n').replace('GET', 'POST')}\r\n${LONG}`,
  },
  { what: 'do not end their headers', connections: 1, words: () => asks(`/hot?${LONG}`, SHORT_LINES) },
];

/** That many visitors, who say something and do not listen. */
async function crowd(port: number, count: number, words: (index: number) => string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let index = 0; index < count; index += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.pause();
    socket.write(words(index));
    sockets.push(socket);
    if (index % 20 === 0) await sleep(10);
  }
  return sockets;
}

/** The most that is held within a time. */
async function mostHeld(memory: MemoryLimit, milliseconds: number): Promise<number> {
  let most = 0;
  for (let passed = 0; passed < milliseconds; passed += 50) {
    most = Math.max(most, memory.heldBytes());
    await sleep(50);
  }
  return most;
}

/** nginx says that a worker was killed, and starts another one. */
const kills = (proxy: Proxy) => proxy.server.log().match(/exited on signal \d+/g) ?? [];

function tell(what: string, held: number, connections: number, use: NginxMemoryUse): void {
  const each = held / connections / KIB;
  process.stdout.write(
    `nginx, visitors that ${what}: ${Math.round(each)} of ${Math.ceil(use.connectionBytes / KIB)} KiB for each of ${connections} connections\n`,
  );
}

bounded('nginx in the memory of its container', () => {
  test('whatever holds all of its connections, it is not killed, stays in its budget, and answers afterwards', async () => {
    const limit = 128;
    const objects = inContainer(limit);
    const use = budgetOf(objects);
    const memory = MemoryLimit.of('nginx', limit * MIB);
    const proxy = await startIn(memory, objects);
    expect((await proxy.get(`/hot?${LONG}`)).body.toString()).toBe(PAGE);
    const idle = memory.heldBytes();
    const peaks: number[] = [];
    for (const { what, connections, words } of CROWDS) {
      const visitors = await crowd(proxy.port, use.connections / connections + 20, words);
      const held = await mostHeld(memory, 1500);
      tell(what, held - idle, use.connections - use.spare, use);
      peaks.push(held);
      for (const visitor of visitors) visitor.destroy();
      await until(
        'room for others',
        async () => (await proxy.get(`/hot?${LONG}`)).status === 200,
        proxy.server,
      );
    }
    expect(kills(proxy)).toEqual([]);
    expect(Math.max(...peaks)).toBeLessThanOrEqual(nginxWorstCaseBytes(use));
    // What a connection is counted with is no mere guess: the worst of them hold more than a quarter of it, although half
    // of what nginx allocates for them is never touched.
    const counted = (use.connections - use.spare) * use.connectionBytes;
    expect(Math.max(...peaks) - idle).toBeGreaterThan(counted / 4);
    expect((await proxy.get('/own', { cookie: 'sid=1' })).body.toString()).toBe(PAGE);
    await proxy.server.stop();
    memory.remove();
  }, 120_000);

  test('with as many connections as nobody counted, it is killed by the same visitors', async () => {
    const limit = 128;
    const memory = MemoryLimit.of('nginx-uncounted', limit * MIB);
    const proxy = await startIn(memory, inContainer(limit), {
      edit: (conf) =>
        conf
          .replace(/worker_connections \d+/, 'worker_connections 4096')
          .replace('map $connections_writing ', 'map $http_nobody '),
    });
    await proxy.get(`/hot?${LONG}`);
    const visitors = await crowd(proxy.port, 1000, CROWDS[3].words);
    await until('the kernel to kill a worker', () => Promise.resolve(kills(proxy).length > 0), proxy.server);
    expect(kills(proxy)[0]).toBe('exited on signal 9');
    for (const visitor of visitors) visitor.destroy();
    await proxy.server.stop();
    memory.remove();
  }, 120_000);

  test('clients of HTTP/2 hold as many requests as are counted, and not more', async () => {
    const limit = 400;
    const secrets = scratch.directory('tls');
    makeCertificate(secrets, HOST);
    const objects = inContainer(limit, {
      exposure: Exposure.loadBalancer(),
      tlsSecret: Secret.fromSecretName(Testing.chart(), 'tls', 'shop-tls'),
    });
    const use = budgetOf(objects);
    const memory = MemoryLimit.of('nginx-http2', limit * MIB);
    const proxy = await startIn(memory, objects, {
      binary: newNginx(scratch),
      places: { '/etc/caching-proxy-tls': secrets },
    });
    const reader = await http2(proxy.tlsPort ?? 0, {});
    // Packed, as it is stored: this build cannot unpack it.
    expect(await bytesRead(reader, `/hot?${LONG}`)).toBeGreaterThan(MIB);
    reader.close();
    const idle = memory.heldBytes();
    const sessions: ClientHttp2Session[] = [];
    // As many requests as it may have; this build cannot turn others away.
    const requests = (use.connections - use.spare) / CONNECTIONS_PER_REQUEST;
    for (let index = 0; index < requests / 8; index += 1) {
      const session = await http2(proxy.tlsPort ?? 0, { initialWindowSize: 0 });
      sessions.push(session);
      // Two more than it takes at one time: they wait.
      for (let stream = 0; stream < 10; stream += 1) {
        const request = session.request({
          ':authority': HOST,
          ':path': `/hot?${LONG}`,
          a: Array.from({ length: 60 }, () => ''),
          x: LONG,
        });
        request.on('error', () => undefined);
      }
    }
    expect(new Set(sessions.map(({ remoteSettings }) => remoteSettings.maxConcurrentStreams))).toEqual(
      new Set([8]),
    );
    const held = await mostHeld(memory, 3000);
    tell('speak HTTP/2 and read nothing', held - idle, use.connections - use.spare, use);
    for (const session of sessions) session.destroy();
    expect(kills(proxy)).toEqual([]);
    expect(held).toBeLessThanOrEqual(nginxWorstCaseBytes(use));
    expect(held - idle).toBeGreaterThan(((use.connections - use.spare) * use.connectionBytes) / 4);
    await proxy.server.stop();
    memory.remove();
  }, 120_000);
});

/** A client with settings of its own: with a window of 0 it takes no byte of any answer. */
function http2(port: number, settings: Settings): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      servername: HOST,
      rejectUnauthorized: false,
      settings,
    });
    session.on('error', reject);
    session.once('remoteSettings', () => resolve(session));
  });
}

function bytesRead(session: ClientHttp2Session, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    session
      .request({ ':authority': HOST, ':path': path })
      .on('data', (chunk: Buffer) => (bytes += chunk.length))
      .on('error', reject)
      .on('end', () => resolve(bytes));
  });
}
