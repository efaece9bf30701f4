/** Which requests and answers stay out of the cache, and what an origin gets of a client: on Debian's nginx and on that of today. */
import { Exposure, type NginxCachingProxyProps, PathReading } from 'cdk8s-tuned';
import { readFileSync } from 'fs';
import { createServer, type IncomingMessage, type Server as HttpServer } from 'http';
import { type AddressInfo, connect } from 'net';
import { join } from 'path';
import { COMPANIONS, CREDENTIALS, OVERRIDES } from '../../lib/nginx/configuration/client-headers';
import { ROOT } from '../project/snippets';
import { scratchDirectory } from './harness';
import { cacheStatus, fetchFrom, sleep, text } from './http';
import { newNginx, Proxy, stopProxies, synthesize, SYSTEM_NGINX } from './nginx-harness';

/** Answers as the path says: headers after `?`, line by line, divided by `&&`. Keeps what it was asked. */
const asked: IncomingMessage[] = [];
const origin: HttpServer = createServer((incoming, outgoing) => {
  asked.push(incoming);
  incoming.resume();
  const [, query = ''] = (incoming.url ?? '').split('?');
  const lines = decodeURIComponent(query)
    .split('&&')
    .filter((line) => line.includes(': '))
    .map((line) => line.split(': ') as [string, string]);
  const status = lines.find(([name]) => name === 'status')?.[1] ?? '200';
  outgoing.sendDate = true;
  outgoing.writeHead(Number(status), lines.filter(([name]) => name !== 'status').flat());
  const { 'x-tenant': tenant } = incoming.headers;
  outgoing.end(`url=${incoming.url} tenant=${String(tenant)} ${'x'.repeat(2000)}`);
});

const scratch = scratchDirectory();
let originPort: number;
beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  originPort = (origin.address() as AddressInfo).port;
});
beforeEach(() => (asked.length = 0));
afterAll(async () => {
  await stopProxies();
  origin.closeAllConnections();
  origin.close();
  scratch.remove();
});

const answering = (...lines: string[]) => `?${encodeURIComponent(lines.join('&&'))}`;

/** A request as bytes, over a connection of its own; the answer as text. */
function raw(port: number, words: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.write(words);
  });
}

test.each([
  ['headers that say who asks', CREDENTIALS.length],
  ['headers that change pages', COMPANIONS.length + OVERRIDES.length],
])('the documentation counts %s as they are', (family, count) => {
  const page = readFileSync(join(ROOT, 'docs/attacks.md'), 'utf8');
  const row = page.split('\n').find((line) => line.startsWith(`| ${family} `)) ?? '';
  expect(row.split('|')[2].trim()).toBe(`${count}`);
});

describe.each([SYSTEM_NGINX, undefined])('nginx %s', (nginxVersion) => {
  const start = (props: Partial<NginxCachingProxyProps> = {}) =>
    Proxy.start(synthesize({ hosts: ['shop.example.com'], nginxVersion, ...props }), scratch, {
      originPort,
      ...(nginxVersion === undefined && { binary: newNginx(scratch) }),
    });
  let proxy: Proxy;
  beforeAll(async () => {
    proxy = await start();
  });
  const twice = async (path: string, first = {}, second = first, on = proxy) =>
    [await on.get(path, first), await on.get(path, second)].map(cacheStatus);

  test.each([
    ['of a length', 'Content-Length: 5\r\n\r\nhello'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
  ])('a GET with a body %s is neither stored nor answered from the cache', async (what, body) => {
    const path = `/body/${what.replaceAll(' ', '-')}`;
    const head = `GET ${path} HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n`;
    expect(await raw(proxy.port, head + body)).toContain('X-Cache-Status: BYPASS');
    expect(cacheStatus(await proxy.get(path))).toBe('MISS');
    expect(cacheStatus(await proxy.get(path))).toBe('HIT');
    expect(await raw(proxy.port, head + body)).toContain('X-Cache-Status: BYPASS');
  });

  test('a header that says who asks makes a request private, each of them', async () => {
    await proxy.get('/who');
    expect(cacheStatus(await proxy.get('/who'))).toBe('HIT');
    for (const name of CREDENTIALS) {
      expect([name, cacheStatus(await proxy.get('/who', { [name]: 'A' }))]).toEqual([name, 'BYPASS']);
      expect(asked.at(-1)?.headers[name.toLowerCase()]).toBe('A');
    }
  });

  test('nothing of a client that could change a page reaches the origin of one that may be stored', async () => {
    const sent = Object.fromEntries(
      [...COMPANIONS, ...OVERRIDES].map((name) => [name.toLowerCase(), 'evil']),
    );
    // In two halves: nginx takes a hundred lines.
    const names = Object.entries(sent);
    for (const [index, half] of [names.slice(0, 80), names.slice(80, 160), names.slice(160)].entries())
      await proxy.get(`/unkeyed/${index}`, Object.fromEntries(half));
    expect(asked).toHaveLength(3);
    expect(asked.flatMap(({ headers }) => Object.keys(headers).filter((name) => name in sent))).toEqual([]);
    expect(names.length).toBeGreaterThan(150);
  });

  test('what switches a framework reaches it neither past the cache', async () => {
    await proxy.get('/switched', {
      authorization: 'A',
      'x-middleware-subrequest': 'middleware',
      'x-user': 'B',
    });
    expect(asked.at(-1)?.headers).not.toHaveProperty('x-middleware-subrequest');
    expect(asked.at(-1)?.headers['x-user']).toBe('B');
  });

  test('a header that a prop allows reaches the origin, and makes the request private, or is in the key', async () => {
    const allowing = await start({ clientHeaders: ['RSC', 'Next-Url'], key: { headers: ['Next-Url'] } });
    expect(await twice('/rsc', { rsc: '1' }, {}, allowing)).toEqual(['BYPASS', 'MISS']);
    expect(asked[0].headers.rsc).toBe('1');
    expect(await twice('/rsc', { 'next-url': '/a' }, { 'next-url': '/b' }, allowing)).toEqual([
      'MISS',
      'MISS',
    ]);
    expect(asked.at(-1)?.headers['next-url']).toBe('/b');
  });

  test('a client does not say who it is, nor through an Ingress', async () => {
    await proxy.get('/client', { 'x-forwarded-for': '6.6.6.6', 'x-real-ip': '6.6.6.6' });
    const behind = await start({
      exposure: Exposure.ingress({ hosts: ['shop.example.com'] }),
      hosts: undefined,
    });
    await behind.get('/client', { 'x-forwarded-for': '6.6.6.6, 203.0.113.7' });
    expect(asked.map(({ headers }) => [headers['x-forwarded-for'], headers['x-real-ip']])).toEqual([
      ['127.0.0.1', '127.0.0.1'],
      ['203.0.113.7', '203.0.113.7'],
    ]);
  });

  test.each([
    ['of no time', ['X-Accel-Expires: 0', 'Cache-Control: max-age=60'], 'MISS'],
    ['of a minute', ['X-Accel-Expires: 60', 'Cache-Control: max-age=0'], 'HIT'],
  ])('X-Accel-Expires %s is obeyed, and no client sees it', async (what, lines, second) => {
    const path = `/accel/${what.replaceAll(' ', '-')}${answering(...lines)}`;
    await proxy.get(path);
    const answer = await proxy.get(path);
    expect(answer.headers).not.toHaveProperty('x-accel-expires');
    expect(cacheStatus(answer)).toBe(second);
  });

  test('X-Accel-Redirect of an origin leads nowhere', async () => {
    const answer = await proxy.get(`/redirect${answering('X-Accel-Redirect: /else')}`);
    expect(text(answer)).toContain('url=/redirect');
    expect(answer.headers).not.toHaveProperty('x-accel-redirect');
  });

  test('a part that nobody asked for is not stored as the whole', async () => {
    const path = `/part${answering('status: 206', 'Content-Range: bytes 0-9/100', 'Cache-Control: max-age=60')}`;
    expect(await twice(path)).toEqual(['MISS', 'MISS']);
  });

  test.each([
    ['as old as it may be', ['Cache-Control: max-age=60', 'Age: 60'], 'MISS'],
    ['older', ['Cache-Control: max-age=60', 'Age: 90'], 'MISS'],
    ['nearly as old', ['Cache-Control: max-age=60', 'Age: 59'], 'MISS'],
    ['old for caches that are shared', ['Cache-Control: max-age=9000, s-maxage=60', 'Age: 70'], 'MISS'],
    ['old, and nobody says how old it may be', ['Age: 70'], 'MISS'],
    ['new', ['Cache-Control: max-age=60', 'Age: 0'], 'HIT'],
    // Before captures are safe, whatever has aged is not stored.
    [
      'younger by far',
      ['Cache-Control: max-age=3600', 'Age: 30'],
      nginxVersion === undefined ? 'HIT' : 'MISS',
    ],
  ])('an answer that is %s when it comes: %j', async (what, lines, second) => {
    const path = `/age/${what.replaceAll(' ', '-')}${answering(...lines)}`;
    expect(await twice(path)).toEqual(['MISS', second]);
  });

  test('an answer that has aged is stored for what is left', async () => {
    const path = `/aged${answering('Cache-Control: max-age=12', 'Age: 9')}`;
    expect(await twice(path)).toEqual(['MISS', nginxVersion === undefined ? 'HIT' : 'MISS']);
    await sleep(3100);
    expect(cacheStatus(await proxy.get(path))).not.toBe('HIT');
  });

  test('pages of tenants are told apart, in however many lines Vary says so', async () => {
    for (const lines of [
      ['Vary: Accept-Encoding', 'Vary: X-Tenant'],
      ['Vary: X-Tenant', 'Vary: Accept-Encoding'],
      ['Vary: Accept-Encoding, X-Tenant'],
      ['Vary: X-Tenant'],
    ]) {
      const path = `/tenants/${lines.join('-').length}${answering(...lines, 'Cache-Control: max-age=60')}`;
      await proxy.get(path, { 'x-tenant': 'A' });
      await proxy.get(path, { 'x-tenant': 'A' });
      expect([lines, text(await proxy.get(path, { 'x-tenant': 'B' }))]).toEqual([
        lines,
        expect.stringContaining('tenant=B'),
      ]);
    }
  });

  describe('a path that is not cached', () => {
    const SPELLINGS = [
      '/admin;x',
      '/admin;x/users',
      '/x/..;/admin',
      '/ADMIN',
      '/Admin/users',
      '/%41dmin',
      '/%2561dmin',
      '/x%2f..%2fadmin',
      '/%5cadmin',
      '/\\admin',
      '/admin%00',
      '/admin%3bx',
      '//admin',
      '/./admin',
      '/x/../admin',
      '/admin.',
      '/admin%2f',
    ];
    test('is not cached under any spelling that an origin may take for it', async () => {
      const site = await start({ paths: [{ path: '/admin', cache: false }] });
      for (const path of SPELLINGS) {
        const answers = [1, 2].map(() =>
          raw(site.port, `GET ${path} HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n`),
        );
        for (const answer of await Promise.all(answers))
          expect([path, answer]).toEqual([path, expect.not.stringMatching(/X-Cache-Status: (MISS|HIT)/)]);
      }
      expect(await twice('/administration', {}, {}, site)).toEqual(['MISS', 'HIT']);
      expect(await twice('/products/shoe-1.html', {}, {}, site)).toEqual(['MISS', 'HIT']);
    });

    test('is only what nginx takes for it, where the origin reads as nginx does', async () => {
      const site = await start({ paths: [{ path: '/admin', cache: false }], pathReading: PathReading.EXACT });
      expect(await twice('/ADMIN', {}, {}, site)).toEqual(['MISS', 'HIT']);
      expect(await twice('/%61dmin', {}, {}, site)).toEqual([undefined, undefined]);
    });
  });

  test('with parts of the query in the key, a path comes out as it went in, and each spelling is a page', async () => {
    const keyed = await start({ key: { queryParameters: ['page'] } });
    const get = (path: string) =>
      raw(keyed.port, `GET ${path} HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n`);
    const paths = [
      '/x/<script>',
      '/x/%3Cscript%3E',
      '/x/a%2Fb',
      '/x/a/b',
      '/x/a%3Bb',
      '/x/a;b',
      '/x/a%2Bb',
      '/x/a+b',
      '/x/%61',
      '/x/a',
    ];
    for (const path of paths) {
      const answer = await get(`${path}?utm=1&page=2`);
      // nginx of Debian writes such a path anew, so it does not store it.
      const came = nginxVersion === undefined ? /url=(\S+)/.exec(answer)?.[1] : `${path}?&page=2`;
      expect([path, came]).toEqual([path, `${path}?&page=2`]);
      expect(answer).not.toContain('X-Cache-Status: HIT');
    }
  });

  test('a page that varies by cookie is stored for who has none, where a prop says so', async () => {
    const path = `/django${answering('Vary: Cookie', 'Cache-Control: max-age=60')}`;
    expect(await twice(path)).toEqual(['MISS', 'MISS']);
    const told = await start({ varyByCookie: true });
    expect(await twice(path, {}, {}, told)).toEqual(['MISS', 'HIT']);
    expect(cacheStatus(await told.get(path, { cookie: 'sid=1' }))).toBe('BYPASS');
    expect(cacheStatus(await told.get(`/star${answering('Vary: *')}`))).toBe('MISS');
    expect(cacheStatus(await told.get(`/star${answering('Vary: *')}`))).toBe('MISS');
  });

  test('what varies by its encoding only is one page, whatever a client takes, on an nginx of today', async () => {
    const path = `/encodings${answering('Vary: Accept-Encoding')}`;
    for (let index = 0; index < 10; index += 1)
      await proxy.get(path, { 'accept-encoding': `br;q=0.${index}, x-${index}` });
    // That of Debian would not see a second line, so it leaves the first one there.
    expect(asked).toHaveLength(nginxVersion === undefined ? 1 : 10);
  });

  test('hosts are asked for as they are', async () => {
    expect((await fetchFrom(proxy.port, '/', { host: 'SHOP.example.com' })).status).toBe(200);
  });
});
