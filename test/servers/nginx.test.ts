import { writeFileSync } from 'fs';
import { createServer, type IncomingMessage, request, type Server as HttpServer } from 'http';
import type { AddressInfo } from 'net';
import { join } from 'path';
import { gunzipSync } from 'zlib';
import { ENVIRONMENTS, fromDist } from '../support/dist';
import { find, type Manifest } from '../support/synth';
import {
  freePort,
  relocate,
  scratchDirectory,
  type Scratch,
  type Server,
  startServer,
  until,
} from './harness';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** An application that counts what reaches it and tells back who asked. */
class Origin {
  readonly urls: string[] = [];
  down = false;
  delay = 0;
  readonly connections = new Set<unknown>();
  readonly seen: IncomingMessage['headers'][] = [];
  private readonly server: HttpServer = createServer((incoming, outgoing) => {
    this.urls.push(incoming.url ?? '');
    this.connections.add(incoming.socket);
    this.seen.push(incoming.headers);
    if (this.down) {
      incoming.socket.destroy();
      return;
    }
    const body = [
      `url=${incoming.url}`,
      `host=${incoming.headers.host}`,
      `for=${String(incoming.headers['x-forwarded-host'])}`,
      `who=${incoming.headers.authorization ?? incoming.headers.cookie ?? 'anonymous'}`,
      'x'.repeat(5000),
    ].join(' ');
    const maxAge = incoming.url?.startsWith('/short') ? { 'cache-control': 'max-age=1' } : {};
    const type = incoming.url?.endsWith('.css') ? 'text/html' : 'text/plain';
    setTimeout(() => outgoing.writeHead(200, { 'content-type': type, ...maxAge }).end(body), this.delay);
  });

  /** Requests for a path and what lies below it. */
  hits(path: string): number {
    return this.urls.filter((url) => url.startsWith(path)).length;
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** nginx with the configuration of a manifest, before an origin. */
class Proxy {
  private constructor(
    readonly server: Server,
    private readonly port: number,
    private readonly statusPort: number,
    readonly host: string,
  ) {}

  static async start(objects: readonly Manifest[], scratch: Scratch, originPort: number): Promise<Proxy> {
    const deployment = find(objects, 'Deployment');
    const [container] = deployment.spec.template.spec.containers;
    const [port, statusPort, compressorPort] = [await freePort(), await freePort(), await freePort()];
    const directory = scratch.directory(`nginx-${port}`);
    const conf = relocate(find(objects, 'ConfigMap').data['nginx.conf'], {
      'listen 8080': `listen 127.0.0.1:${port}`,
      'listen 8081': `listen 127.0.0.1:${statusPort}`,
      '127.0.0.1:8082': `127.0.0.1:${compressorPort}`,
      'shop-web:80': `127.0.0.1:${originPort}`,
      '/var/cache/nginx': directory,
      '/tmp/': `${directory}/`,
    });
    const file = join(scratch.path, `nginx-${port}.conf`);
    writeFileSync(file, conf);
    const [command, ...args] = container.command as string[];
    const server = startServer(
      command,
      args.map((argument) => argument.replace('/etc/caching-proxy/nginx.conf', file)),
      { log: join(scratch.path, `nginx-${port}.log`) },
    );
    const host = /server_name (\S*[a-z]\S*);/.exec(conf)?.[1] ?? '';
    const proxy = new Proxy(server, port, statusPort, host);
    await until('nginx', async () => (await proxy.status('/healthz')).status === 200, server);
    return proxy;
  }

  get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return fetchFrom(this.port, path, { host: this.host, ...headers }, method);
  }

  status(path: string): Promise<Answer> {
    return fetchFrom(this.statusPort, path, {}, 'GET');
  }
}

function fetchFrom(
  port: number,
  path: string,
  headers: Record<string, string>,
  method: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const cacheStatus = (answer: Answer) => answer.headers['x-cache-status'];

const scratch = scratchDirectory();
const origin = new Origin();
let originPort: number;
let proxy: Proxy;
beforeAll(async () => {
  originPort = await origin.start();
  proxy = await Proxy.start(fromDist('prod', 'edge'), scratch, originPort);
}, 60_000);
beforeEach(() => {
  origin.urls.length = 0;
  origin.down = false;
  origin.delay = 0;
  origin.seen.length = 0;
  origin.connections.clear();
});
afterAll(async () => {
  await proxy?.server.stop('SIGQUIT');
  origin.stop();
  scratch.remove();
});

test.each(ENVIRONMENTS)('%s: MISS, then HIT, and the origin is asked once', async (environment) => {
  const one = await Proxy.start(fromDist(environment, 'edge'), scratch, originPort);
  const answers = [await one.get('/page'), await one.get('/page')];
  expect(answers.map(cacheStatus)).toEqual(['MISS', 'HIT']);
  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  expect(origin.hits('/page')).toBe(1);
  expect(await one.server.stop('SIGQUIT')).toBe(0);
});

test('an answer to credentials is neither stored nor taken from the cache', async () => {
  const alice = await proxy.get('/account', { authorization: 'Bearer ALICE' });
  const stranger = await proxy.get('/account');
  const again = await proxy.get('/account', { authorization: 'Bearer ALICE' });
  expect(alice.body.toString()).toContain('who=Bearer ALICE');
  expect(stranger.body.toString()).toContain('who=anonymous');
  expect([alice, stranger, again].map(cacheStatus)).toEqual(['BYPASS', 'MISS', 'BYPASS']);
});

test('neither is an answer to a cookie, but those of analytics are taken off and change nothing', async () => {
  const bob = await proxy.get('/basket', { cookie: 'sid=BOB' });
  const stranger = await proxy.get('/basket');
  const tracked = await proxy.get('/basket', { cookie: '_ga_X1=1.2; _gid=3; utm_source=mail' });
  const both = await proxy.get('/basket', { cookie: '_ga=1; sid=BOB' });
  expect(bob.body.toString()).toContain('who=sid=BOB');
  expect([bob, stranger, tracked, both].map(cacheStatus)).toEqual(['BYPASS', 'MISS', 'HIT', 'BYPASS']);
  await proxy.get('/other', { cookie: '_ga=1' });
  expect(origin.seen.at(-1)).not.toHaveProperty('cookie');
});

test('a page under the name of a static file is not stored', async () => {
  const answers = [await proxy.get('/account/x.css'), await proxy.get('/account/x.css')];
  expect(answers.map(cacheStatus)).toEqual(['MISS', 'MISS']);
});

test('headers that are not part of the key do not reach the page', async () => {
  const attack = await proxy.get('/poison', {
    'x-forwarded-host': 'evil.example',
    'x-original-url': '/admin',
  });
  expect(attack.body.toString()).toContain(`for=${proxy.host}`);
  expect(origin.seen.at(-1)).not.toHaveProperty('x-original-url');
});

test('a stranger host does not reach the cache', async () => {
  expect((await proxy.get('/', { host: 'evil.example' })).status).toBe(421);
  expect(origin.urls).not.toContain('/');
});

test('HEAD and GET share a page', async () => {
  const answers = [await proxy.get('/head', {}, 'HEAD'), await proxy.get('/head')];
  expect(answers.map(cacheStatus)).toEqual(['MISS', 'HIT']);
  expect(answers[1].body.length).toBeGreaterThan(5000);
});

test('a Pragma header does not reach the origin for a stored page', async () => {
  await proxy.get('/hot');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => proxy.get('/hot', { pragma: 'no-cache' })),
  );
  expect(new Set(answers.map(cacheStatus))).toEqual(new Set(['HIT']));
  expect(origin.hits('/hot')).toBe(1);
});

test('every client gets an encoding that it reads', async () => {
  const zipped = await proxy.get('/encoded', { 'accept-encoding': 'gzip' });
  const plain = await proxy.get('/encoded');
  expect(zipped.headers['content-encoding']).toBe('gzip');
  expect(plain.headers).not.toHaveProperty('content-encoding');
  expect(gunzipSync(zipped.body).toString()).toBe(plain.body.toString());
  expect([zipped, plain].map(cacheStatus)).toEqual(['MISS', 'HIT']);
});

test('200 visitors of a cold page reach the origin once', async () => {
  origin.delay = 300;
  const answers = await Promise.all(Array.from({ length: 200 }, () => proxy.get('/cold')));
  expect(answers.every((answer) => answer.status === 200)).toBe(true);
  expect(origin.hits('/cold')).toBe(1);
});

test('200 visitors of an expired page reach the origin once, and none waits for it', async () => {
  await proxy.get('/short/expired');
  await new Promise((resolve) => setTimeout(resolve, 2100));
  origin.urls.length = 0;
  origin.delay = 300;
  const answers = await Promise.all(Array.from({ length: 200 }, () => proxy.get('/short/expired')));
  expect(new Set(answers.map(cacheStatus))).toEqual(new Set(['STALE', 'UPDATING']));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(origin.hits('/short/expired')).toBe(1);
});

test('when the origin is down, visitors get the old page', async () => {
  await proxy.get('/short/outage');
  await new Promise((resolve) => setTimeout(resolve, 2100));
  origin.down = true;
  const answers = [await proxy.get('/short/outage'), await proxy.get('/short/outage')];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
});

test('connections to the origin are used again', async () => {
  for (let index = 0; index < 30; index += 1) await proxy.get(`/keepalive/${index}`);
  expect(origin.hits('/keepalive')).toBe(30);
  expect(origin.connections.size).toBeLessThanOrEqual(2);
});

test('probes and statistics are answered without the origin', async () => {
  origin.down = true;
  expect((await proxy.status('/healthz')).body.toString()).toBe('ok');
  expect((await proxy.status('/stub_status')).body.toString()).toMatch(/^Active connections: \d+/);
  expect(origin.hits('/healthz')).toBe(0);
});
