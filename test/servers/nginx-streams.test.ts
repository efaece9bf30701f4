/** What is passed on as it comes, on real nginx: bodies of requests, and WebSockets. */
import { Duration, Size, Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import {
  Exposure,
  HttpUpstream,
  type NginxCachingProxyProps,
  PathProtocol,
  WorkloadProfile,
} from 'cdk8s-tuned';
import { createHash, randomBytes } from 'crypto';
import { readdirSync, readFileSync, statSync } from 'fs';
import { createServer, type IncomingMessage, request, type Server as HttpServer } from 'http';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer as createSecureHttp2Server,
  createServer as createHttp2Server,
  type ServerHttp2Session,
} from 'http2';
import { type AddressInfo, connect, type Socket } from 'net';
import { join } from 'path';
import { makeCertificate } from './certificate';
import { scratchDirectory, until } from './harness';
import { cacheStatus, sleep } from './http';
import { newNginx, Proxy, type ProxyOptions, stopProxies, synthesize } from './nginx-harness';

const MIB = 1024 * 1024;
const scratch = scratchDirectory();
/** Bodies that reached the origin: how many bytes, and which. */
const bodies: Array<{ readonly length: number; readonly digest: string; readonly url?: string }> = [];
const upgrades: IncomingMessage['headers'][] = [];
const sockets = new Set<Socket>();
let hits = 0;
/** Echoes what comes over a WebSocket, frame by frame as bytes; tells what came in a body; answers `/early` at once. */
const origin: HttpServer = createServer((incoming, outgoing) => {
  hits += 1;
  if (incoming.url?.startsWith('/early')) {
    // Read on: what is sent to a closed connection may break it before the answer is read.
    incoming.resume();
    outgoing.writeHead(401, { 'content-type': 'text/plain' }).end('who are you?');
    return;
  }
  const digest = createHash('sha256');
  let length = 0;
  incoming.on('data', (chunk: Buffer) => {
    length += chunk.length;
    digest.update(chunk);
  });
  incoming.on('end', () => {
    bodies.push({ length, digest: digest.digest('hex'), url: incoming.url });
    outgoing
      .writeHead(200, { 'cache-control': 'max-age=60' })
      .end(`upgrade=${String(incoming.headers.upgrade)}`);
  });
});
origin.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
  upgrades.push(incoming.headers);
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  socket.write(head);
  socket.pipe(socket);
});

let proxy: Proxy;
beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  proxy = await Proxy.start(
    synthesize({
      hosts: ['shop.example.com'],
      paths: [
        { path: '/upload', maxRequestBody: Size.gibibytes(2) },
        { path: '/early', maxRequestBody: Size.gibibytes(2) },
        { path: '/ws', protocol: PathProtocol.WEBSOCKET },
        { path: '/short/', protocol: PathProtocol.WEBSOCKET, idleTimeout: Duration.seconds(2) },
      ],
      drainTime: Duration.seconds(2),
    }),
    scratch,
    { originPort: (origin.address() as AddressInfo).port },
  );
});
beforeEach(() => {
  bodies.length = 0;
  upgrades.length = 0;
  hits = 0;
});
afterAll(async () => {
  await stopProxies();
  sockets.forEach((socket) => socket.destroy());
  origin.closeAllConnections();
  await new Promise((resolve) => origin.close(resolve));
  scratch.remove();
});

/** Bytes of the bodies of requests that lie on disk, the deleted ones too, which workers still hold. */
function bytesOfBodies(): number {
  const held = proxy.workers().flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        const { size, nlink } = statSync(`/proc/${pid}/fd/${fd}`);
        return nlink === 0 ? size : 0;
      } catch {
        return 0; // Closed meanwhile.
      }
    }),
  );
  const below = (directory: string): number =>
    readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(directory, entry.name);
      return sum + (entry.isDirectory() ? below(path) : statSync(path).size);
    }, 0);
  return held.reduce((sum, size) => sum + size, 0) + below(join(proxy.directory, 'body'));
}

interface Upload {
  readonly path: string;
  readonly bytes: number;
  readonly headers?: Record<string, string>;
  readonly expect?: boolean;
}

/** Sends a body piece by piece, and looks at the disk between them. */
function upload({ path, bytes, headers = {} }: Upload) {
  const digest = createHash('sha256');
  const piece = randomBytes(MIB);
  let peak = 0;
  let sent = 0;
  return new Promise<{ status: number; peak: number; sent: number; digest: string }>((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: proxy.port,
      path,
      method: 'PUT',
      agent: false,
      headers: { host: 'shop.example.com', ...headers },
    });
    let answered = false;
    outgoing.on('response', (incoming) => {
      answered = true;
      incoming.resume();
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, peak, sent, digest: digest.digest('hex') }),
      );
    });
    outgoing.on('error', (error) => (answered ? undefined : reject(error)));
    const next = () => {
      peak = Math.max(peak, bytesOfBodies());
      if (answered) return;
      if (sent >= bytes) {
        outgoing.end();
        return;
      }
      const chunk = piece.subarray(0, Math.min(MIB, bytes - sent));
      sent += chunk.length;
      digest.update(chunk);
      outgoing.write(chunk, () => setImmediate(next));
    };
    if (headers.expect) {
      outgoing.on('continue', next);
      outgoing.flushHeaders();
    } else next();
  });
}

describe('a large body', () => {
  const bytes = 96 * MIB;

  test.each<[string, Record<string, string>]>([
    ['of a length that is said', { 'content-length': `${bytes}` }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
    ['that waits to be asked for', { 'content-length': `${bytes}`, expect: '100-continue' }],
  ])(
    '%s reaches the origin byte by byte, and none of it lies on disk',
    async (_, headers) => {
      const { status, peak, digest } = await upload({ path: '/upload', bytes, headers });
      expect(status).toBe(200);
      expect(bodies).toEqual([{ length: bytes, digest, url: '/upload' }]);
      expect(peak).toBeLessThan(MIB);
    },
    60_000,
  );

  test('is refused where nobody said that it may be, before it is read', async () => {
    const { status, sent } = await upload({
      path: '/elsewhere',
      bytes,
      headers: { 'content-length': `${bytes}`, expect: '100-continue' },
    });
    expect({ status, sent, hits }).toEqual({ status: 413, sent: 0, hits: 0 });
  });

  test('is refused in chunks too, as soon as it is too large, and the origin has no whole one', async () => {
    const { status, sent } = await upload({
      path: '/elsewhere',
      bytes,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(status).toBe(413);
    expect(sent).toBeLessThan(bytes);
    expect(bodies).toEqual([]);
  });

  test('may be answered before it has ended', async () => {
    const { status, sent } = await upload({
      path: '/early',
      bytes,
      headers: { 'content-length': `${bytes}` },
    });
    expect(status).toBe(401);
    expect(sent).toBeLessThan(bytes);
  }, 30_000);
});

test('a body that the origin breaks off is not sent again', async () => {
  const broken = createServer((incoming) => {
    hits += 1;
    incoming.once('data', () => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
  const one = await Proxy.start(synthesize({ hosts: ['shop.example.com'] }), scratch, {
    originPort: (broken.address() as AddressInfo).port,
  });
  const status = await new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: one.port, method: 'PUT', path: '/', headers: { host: 'shop.example.com' } },
      (incoming) => {
        resolve(incoming.statusCode);
        // The answer comes before the body has ended: nobody else would close this connection.
        outgoing.destroy();
      },
    );
    outgoing.on('error', reject);
    outgoing.end(randomBytes(MIB / 2));
  });
  expect({ status, hits }).toEqual({ status: 502, hits: 1 });
  await new Promise((resolve) => broken.close(resolve));
});

describe('WebSocket', () => {
  /** Asks for an upgrade; what comes back, as it comes. */
  function open(path: string, protocol = 'websocket') {
    const socket = connect(proxy.port, '127.0.0.1');
    const state = { received: '', closed: false, socket };
    socket.on('data', (chunk: Buffer) => (state.received += chunk.toString('latin1')));
    socket.on('close', () => (state.closed = true));
    socket.on('error', () => undefined);
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: shop.example.com\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: sid=ALICE\r\nX-Forwarded-For: 192.0.2.66\r\n\r\n`,
    );
    return state;
  }

  test('is opened, and says in both directions what it is told, text and bytes', async () => {
    const one = open('/ws?room=1');
    await until('the upgrade', () => one.received.includes('\r\n\r\n'));
    expect(one.received).toMatch(/^HTTP\/1.1 101 /);
    expect(upgrades[0]).toMatchObject({
      upgrade: 'websocket',
      host: 'shop.example.com',
      cookie: 'sid=ALICE',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'x-forwarded-for': '127.0.0.1',
    });
    // Masked frames of text, as a browser sends them, and a large one of bytes.
    const frame = Buffer.from([0x81, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6f, 0x68, 0x6e]);
    const large = randomBytes(300_000);
    one.socket.write(frame);
    await until('the echo', () => one.received.endsWith(frame.toString('latin1')));
    one.socket.write(large);
    await until('the large one', () => one.received.endsWith(large.toString('latin1')));
    // Another path below it, at the same time.
    const two = open('/ws/other');
    await until('another', () => two.received.includes('101 '));
    one.socket.destroy();
    two.socket.destroy();
  });

  test('is closed when neither side says anything for the idle time, and not before', async () => {
    const one = open('/short/a');
    await until('the upgrade', () => one.received.includes('101 '));
    for (let beat = 0; beat < 4; beat += 1) {
      one.socket.write('beat');
      await sleep(900);
    }
    expect(one.closed).toBe(false);
    await until('its end', () => one.closed, undefined, 10);
  }, 30_000);

  test('is not opened on another path, and another protocol is not opened anywhere', async () => {
    for (const [path, protocol] of [
      ['/page', 'websocket'],
      ['/ws/h2', 'h2c'],
      ['/ws/list', 'websocket, h2c'],
    ]) {
      const one = open(path, protocol);
      await until(path, () => one.received.includes('upgrade='));
      expect(one.received).toMatch(/^HTTP\/1.1 200 /);
      expect(one.received).toContain('upgrade=undefined');
      one.socket.destroy();
    }
    expect(upgrades).toEqual([]);
  });

  test('shares its path with requests, of which nothing is stored', async () => {
    const answers = [await proxy.get('/ws/state'), await proxy.get('/ws/state')];
    expect(answers.map((one) => [one.status, cacheStatus(one)])).toEqual([
      [200, undefined],
      [200, undefined],
    ]);
    expect(hits).toBe(2);
  });

  test('is closed when the pod stops, after the time that it has for that', async () => {
    const one = open('/ws/last');
    await until('the upgrade', () => one.received.includes('101 '));
    const begun = Date.now();
    const ended = proxy.server.stop('SIGQUIT');
    await sleep(1000);
    one.socket.write('still there?');
    await until('the last words', () => one.received.endsWith('still there?'), undefined, 5);
    await until('its end', () => one.closed, undefined, 10);
    expect(await ended).toBe(0);
    expect(Date.now() - begun).toBeGreaterThan(1500);
  }, 30_000);
});

describe('gRPC', () => {
  const calls: Array<Record<string, unknown>> = [];
  const sessions: ClientHttp2Session[] = [];
  const servers: ServerHttp2Session[] = [];
  /** Echoes each message as it comes, and ends with the status in its trailers, as servers of gRPC do. */
  const grpc = createHttp2Server();
  grpc.on('session', (one) => servers.push(one));
  grpc.on('stream', (stream, headers) => {
    calls.push(headers);
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' }));
    stream.on('data', (chunk: Buffer) => stream.write(chunk));
    stream.on('end', () => stream.end());
  });
  const PATHS = [
    { path: '/shop.Catalogue/', protocol: PathProtocol.GRPC },
    { path: '/shop.Short/', protocol: PathProtocol.GRPC, idleTimeout: Duration.seconds(2) },
  ];

  async function start(props: Partial<NginxCachingProxyProps> = {}, origins?: ProxyOptions['origins']) {
    await new Promise<void>((resolve) => (grpc.listening ? resolve() : grpc.listen(0, '127.0.0.1', resolve)));
    return Proxy.start(
      synthesize({
        nginxVersion: undefined,
        hosts: ['shop.example.com'],
        paths: PATHS,
        profile: WorkloadProfile.fromQuantities({
          cpuRequest: '100m',
          memoryRequest: '1Gi',
          memoryLimit: '1Gi',
        }),
        ...props,
      }),
      scratch,
      {
        binary: newNginx(scratch),
        ...(origins ? { origins } : { originPort: (grpc.address() as AddressInfo).port }),
        edit: (conf) => conf.replace(/gunzip[^;]*;/g, '').replace(/location = \/stub_status \{[^}]*\}/, ''),
      },
    );
  }
  afterAll(() => {
    sessions.forEach((one) => one.destroy());
    servers.forEach((one) => one.destroy());
    grpc.close();
  });
  beforeEach(() => calls.splice(0));

  /** A message as it is framed: not compressed, its length, itself. */
  const message = (text: string) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(text.length, 1);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  /** nginx refuses bodies that come before its settings are known; clients of gRPC send those again by themselves. */
  function session(port: number, secure = false): Promise<ClientHttp2Session> {
    const one = connectHttp2(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
      servername: 'shop.example.com',
    });
    one.on('error', () => undefined);
    sessions.push(one);
    return new Promise((resolve) => one.once('remoteSettings', () => resolve(one)));
  }
  function call(on: ClientHttp2Session, path: string) {
    const stream = on.request({
      ':method': 'POST',
      ':path': path,
      ':authority': 'shop.example.com',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const state = {
      stream,
      status: 0,
      received: Buffer.alloc(0),
      trailers: {} as Record<string, unknown>,
      closed: false,
    };
    stream.on('response', (headers) => (state.status = Number(headers[':status'])));
    stream.on('data', (chunk: Buffer) => (state.received = Buffer.concat([state.received, chunk])));
    stream.on('trailers', (trailers) => (state.trailers = trailers));
    stream.on('error', () => undefined);
    stream.on('close', () => (state.closed = true));
    return state;
  }

  test('a call has its answer and its trailers, and is not stored', async () => {
    const one = await start();
    const client = await session(one.port);
    for (let round = 1; round <= 2; round += 1) {
      const unary = call(client, '/shop.Catalogue/Get');
      unary.stream.end(message('a page, please'));
      await until('the end', () => unary.closed);
      expect(unary).toMatchObject({ status: 200, trailers: { 'grpc-status': '0', 'grpc-message': 'fine' } });
      expect(unary.received).toEqual(message('a page, please'));
      expect(calls).toHaveLength(round);
    }
    expect(calls[0]).toMatchObject({
      ':method': 'POST',
      ':path': '/shop.Catalogue/Get',
      te: 'trailers',
      'x-forwarded-for': '127.0.0.1',
    });
    expect([calls[0].host, calls[0][':authority']]).toContain('shop.example.com');
    // The same listener speaks HTTP/1.1 to everybody else.
    expect((await one.get('/', { host: 'other.example' })).status).toBe(421);
  });

  test('a stream goes both ways, message by message, and may be larger than a body', async () => {
    const one = await start();
    const stream = call(await session(one.port), '/shop.Catalogue/Watch');
    for (let index = 1; index <= 5; index += 1) {
      stream.stream.write(message(`${index}`));
      await until(`message ${index}`, () => stream.received.length === 6 * index);
    }
    const large = 'x'.repeat(3 * MIB);
    stream.stream.write(message(large));
    await until('the large one', () => stream.received.length === 30 + 5 + large.length);
    stream.stream.end();
    await until('the end', () => stream.closed);
    expect(stream.trailers).toMatchObject({ 'grpc-status': '0' });
  }, 30_000);

  test('a stream is closed when neither side says anything for the idle time, and not before', async () => {
    const one = await start();
    const stream = call(await session(one.port), '/shop.Short/Watch');
    for (let beat = 1; beat <= 4; beat += 1) {
      stream.stream.write(message('b'));
      await sleep(900);
    }
    expect(stream.closed).toBe(false);
    await until('its end', () => stream.closed, undefined, 10);
  }, 30_000);

  test('is spoken over TLS, to an origin over TLS whose certificate is verified', async () => {
    const directory = scratch.directory('grpc-tls');
    makeCertificate(directory, 'shop.example.com');
    const secure = createSecureHttp2Server({
      key: readFileSync(join(directory, 'tls.key')),
      cert: readFileSync(join(directory, 'tls.crt')),
    });
    secure.on('session', (one) => servers.push(one));
    secure.on('stream', (stream, headers) => grpc.emit('stream', stream, headers));
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const chart = Testing.chart();
    const through = (host: string) =>
      start(
        {
          tlsSecret: Secret.fromSecretName(chart, `tls-${host}`, 'shop-tls'),
          exposure: Exposure.loadBalancer(),
          upstream: HttpUpstream.externalHost({
            host,
            tls: { authorities: Secret.fromSecretName(chart, `ca-${host}`, 'ca') },
          }),
        },
        {
          [`${host}:443 max_fails=0 resolve`]: `127.0.0.1:${(secure.address() as AddressInfo).port} max_fails=0`,
          '/etc/caching-proxy-tls': directory,
          '/etc/caching-proxy-ca/ca.crt': join(directory, 'ca.crt'),
        },
      );
    const good = call(
      await session((await through('shop.example.com')).tlsPort ?? 0, true),
      '/shop.Catalogue/Get',
    );
    good.stream.end(message('hello'));
    await until('the end', () => good.closed);
    expect(good).toMatchObject({ status: 200, trailers: { 'grpc-status': '0' } });
    calls.splice(0);
    const bad = call(
      await session((await through('other.example.com')).tlsPort ?? 0, true),
      '/shop.Catalogue/Get',
    );
    bad.stream.end(message('hello'));
    await until('the end', () => bad.closed);
    expect({ status: bad.status, calls }).toEqual({ status: 502, calls: [] });
    secure.close();
  }, 30_000);
});
