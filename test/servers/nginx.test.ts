/** What the caching proxy does on real nginx, beyond the attacks of nginx-attacks.test.ts: with the committed manifests, and with each prop. */
import { Exposure, type NginxCachingProxyProps, ProxyCacheStorage } from 'cdk8s-tuned';
import { gunzipSync } from 'zlib';
import { ENVIRONMENTS, fromDist } from '../support/dist';
import { scratchDirectory, until } from './harness';
import { type Answer, cacheStatus, many, Origin, sleep, text } from './http';
import { newNginx, Proxy, stopProxies, synthesize } from './nginx-harness';

const scratch = scratchDirectory();
const origin = new Origin();
let originPort: number;
let proxy: Proxy;

function start(props: Partial<NginxCachingProxyProps> = {}): Promise<Proxy> {
  return Proxy.start(synthesize({ hosts: ['shop.example.com'], ...props }), scratch, { originPort });
}

beforeAll(async () => {
  originPort = await origin.start();
  proxy = await start();
}, 60_000);
beforeEach(() => origin.forget());
afterAll(async () => {
  await stopProxies();
  await origin.stop();
  scratch.remove();
});

const get = (path: string, headers?: Readonly<Record<string, string>>) => proxy.get(path, headers);
const twice = async (path: string, first = {}, second = {}, on = proxy): Promise<Answer[]> => [
  await on.get(path, first),
  await on.get(path, second),
];
const statuses = (answers: readonly Answer[]) => answers.map(cacheStatus);

test.each(ENVIRONMENTS)(
  '%s, as committed: MISS, then HIT, and the origin is asked once',
  async (environment) => {
    const one = await Proxy.start(fromDist(environment, 'edge'), scratch, { originPort });
    const answers = await twice('/page', {}, {}, one);
    expect(statuses(answers)).toEqual(['MISS', 'HIT']);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(origin.hits('/page')).toBe(1);
    expect(await one.server.stop('SIGQUIT')).toBe(0);
  },
);

test('probes and statistics are answered without the origin', async () => {
  origin.down = true;
  expect(text(await proxy.status('/healthz'))).toBe('ok');
  expect(text(await proxy.status('/stub_status'))).toMatch(/^Active connections: \d+/);
  expect(origin.hits('/healthz')).toBe(0);
});

describe('private answers', () => {
  test.each([
    ['?cc=private', ['MISS', 'MISS']],
    ['?cc=no-store', ['MISS', 'MISS']],
    ['?cc=no-cache', ['MISS', 'MISS']],
    ['?set=sid=1', ['MISS', 'MISS']],
    ['?set=sid=1&cc=max-age=60', ['MISS', 'MISS']],
    ['?vary=Cookie', ['MISS', 'MISS']],
    ['?vary=Accept-Encoding,%20Cookie', ['MISS', 'MISS']],
    ['?vary=Authorization', ['MISS', 'MISS']],
    ['?vary=*', ['MISS', 'MISS']],
    ['?vary=Accept-Encoding', ['MISS', 'HIT']],
    ['?cc=public,%20max-age=60', ['MISS', 'HIT']],
  ])('an answer with %s: %j', async (query, expected) => {
    expect(statuses(await twice(`/private${query}`))).toEqual(expected);
  });

  test('a request with credentials or a cookie is not answered from the cache either', async () => {
    await get('/own');
    const own = [await get('/own', { authorization: 'Bearer A' }), await get('/own', { cookie: 'sid=B' })];
    expect(statuses(own)).toEqual(['BYPASS', 'BYPASS']);
    expect(own.map((answer) => /who=(\S+ ?A?)/.exec(text(answer))?.[1].trim())).toEqual([
      'Bearer A',
      'sid=B',
    ]);
  });

  test('cookies of analytics are taken off and change nothing; one other cookie does', async () => {
    const tracked = { cookie: '_ga_X1=1.2; _gid=3; utm_source=mail' };
    expect(statuses(await twice('/tracked', tracked))).toEqual(['MISS', 'HIT']);
    expect(origin.seen.at(-1)).not.toHaveProperty('cookie');
    expect(cacheStatus(await get('/tracked', { cookie: '_ga=1; sid=BOB' }))).toBe('BYPASS');
  });
});

/** Debian's nginx sees one line of Vary only, so what varies is not stored there. */
const startNew = (props: Partial<NginxCachingProxyProps> = {}) =>
  Proxy.start(synthesize({ hosts: ['shop.example.com'], nginxVersion: undefined, ...props }), scratch, {
    originPort,
    binary: newNginx(scratch),
  });

test('what Vary names is told apart: a page for each language', async () => {
  const today = await startNew();
  const path = '/languages?vary=Accept-Language';
  const answers = [
    await today.get(path, { 'accept-language': 'de' }),
    await today.get(path, { 'accept-language': 'en' }),
    await today.get(path, { 'accept-language': 'de' }),
  ];
  expect(statuses(answers)).toEqual(['MISS', 'MISS', 'HIT']);
});

test.each(['gzip', 'gzip, deflate, br', 'br, GZIP;q=0.5', 'x-gzip, gzip'])(
  'a page is stored compressed for %s, and as it is for who takes no gzip',
  async (encoding) => {
    const path = `/encoded/${encodeURIComponent(encoding)}`;
    const ask = (value?: string) => get(path, value === undefined ? {} : { 'accept-encoding': value });
    await ask(encoding);
    const zipped = await ask(encoding);
    await ask('gzip;q=0, br');
    const plain = await ask();
    expect(statuses([zipped, plain])).toEqual(['HIT', 'HIT']);
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.body.length).toBeLessThan(plain.body.length / 5);
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(gunzipSync(zipped.body).toString()).toBe(text(plain));
    // Compressed by nginx, once: the origin is not asked to.
    expect(origin.seen.map((headers) => headers['accept-encoding'])).toEqual([undefined, undefined]);
  },
);

test('an expired page that has not changed is not sent again', async () => {
  const path = '/etag?etag=v1&cc=max-age=1&size=20000';
  const zipped = () => get(path, { 'accept-encoding': 'gzip' });
  await zipped();
  await sleep(2100);
  expect(cacheStatus(await zipped())).toBe('STALE');
  await until('the page, valid again', async () => cacheStatus(await zipped()) === 'HIT');
  expect(origin.seen.at(-1)?.['if-none-match']).toBe('W/"v1"');
});

test('without coalescing nobody waits for another', async () => {
  const one = await start({ coalesce: false });
  origin.delay = 300;
  await many(20, 20, () => one.get('/apart'));
  expect(origin.hits('/apart')).toBe(20);
});

test('a page that is asked for once is not stored with two uses', async () => {
  const one = await start({ minUses: 2 });
  expect(statuses([...(await twice('/uses', {}, {}, one)), await one.get('/uses')])).toEqual([
    'MISS',
    'MISS',
    'HIT',
  ]);
});

test('a new version of the cache is an empty cache', async () => {
  const place = { '/var/cache/nginx': scratch.directory('shared-cache') };
  const versions = ['v1', 'v1', 'v2'];
  const seen: unknown[] = [];
  for (const cacheVersion of versions) {
    const one = await Proxy.start(synthesize({ cacheVersion, hosts: ['shop.example.com'] }), scratch, {
      originPort,
      places: place,
    });
    seen.push(cacheStatus(await one.get('/purged')));
    await one.server.stop('SIGQUIT');
  }
  expect(seen).toEqual(['MISS', 'HIT', 'MISS']);
});

describe('parts of the key', () => {
  let keyed: Proxy;
  beforeAll(async () => {
    keyed = await start({
      key: { queryParameters: ['page', 'q'], headers: ['Accept-Language'], cookies: ['currency'] },
    });
  });

  test('a parameter that is not listed neither makes a page nor reaches the origin', async () => {
    const answers = [
      await keyed.get('/list?page=1&utm=a'),
      await keyed.get('/list?utm=b&page=1'),
      await keyed.get('/list?page=2'),
      await keyed.get('/list'),
    ];
    expect(statuses(answers)).toEqual(['MISS', 'HIT', 'MISS', 'MISS']);
    expect(origin.urls).toEqual(['/list?&page=1', '/list?&page=2', '/list']);
  });

  test('a header and a cookie do, with the value that the origin sees', async () => {
    const eur = { cookie: 'currency=EUR; _ga=1', 'accept-language': 'de' };
    const answers = [
      await keyed.get('/price', eur),
      await keyed.get('/price', { ...eur, cookie: 'currency=EUR' }),
      await keyed.get('/price', { ...eur, cookie: 'currency=USD' }),
      await keyed.get('/price', { ...eur, 'accept-language': 'en' }),
      await keyed.get('/price', { cookie: 'currency=EUR; sid=1' }),
    ];
    expect(statuses(answers)).toEqual(['MISS', 'HIT', 'MISS', 'MISS', 'BYPASS']);
    expect(origin.seen[0]).toMatchObject({ cookie: 'currency=EUR', 'accept-language': 'de' });
  });

  test.each([
    ['a divider in a value', '/a', 'de|/x'],
    ['a value that is too long', '/b', 'x'.repeat(101)],
    ['a value with a strange character', '/c', 'de"'],
  ])('%s counts as none, for the origin too', async (_, path, value) => {
    await keyed.get(path, { 'accept-language': value });
    expect(origin.seen.at(-1)).not.toHaveProperty('accept-language');
  });

  test('a question mark in the path is not one before the query', async () => {
    const today = await startNew({ key: { queryParameters: ['page', 'q'] } });
    const answers = [await today.get('/q%3f&page=1'), await today.get('/q?page=1')];
    expect(statuses(answers)).toEqual(['MISS', 'MISS']);
    expect(origin.urls).toEqual(['/q%3f&page=1', '/q?&page=1']);
  });
});

describe('paths', () => {
  let site: Proxy;
  beforeAll(async () => {
    site = await start({
      nginxVersion: undefined,
      paths: [
        { path: '/admin', cache: false },
        { path: '/static/', ignoreCookies: ['*'] },
        { path: '/shop', ignoreCookies: ['theme'] },
        { path: '/files/', largeObjects: true },
      ],
    });
  });

  test('one that is not cached asks the origin each time, and so does the path itself', async () => {
    expect(statuses(await twice('/admin/users', {}, {}, site))).toEqual([undefined, undefined]);
    expect(statuses(await twice('/admin', {}, {}, site))).toEqual([undefined, undefined]);
    expect(statuses(await twice('/administration', {}, {}, site))).toEqual(['MISS', 'HIT']);
  });

  test('no spelling of it leads around the rule', async () => {
    for (const path of ['//admin/a', '/x/../admin/b', '/%61dmin/c', '/./admin/d'])
      expect(statuses(await twice(path, {}, {}, site))).toEqual([undefined, undefined]);
  });

  test('one without cookies is cached for all, and the origin sees none', async () => {
    expect(statuses(await twice('/static/a.png', { cookie: 'sid=A' }, { cookie: 'sid=B' }, site))).toEqual([
      'MISS',
      'HIT',
    ]);
    expect(origin.seen.at(-1)).not.toHaveProperty('cookie');
    expect(cacheStatus(await site.get('/static/a.png', { authorization: 'Bearer A' }))).toBe('BYPASS');
    await site.get('/static/b.png', { 'x-forwarded-host': 'evil.example' });
    expect(origin.seen.at(-1)?.['x-forwarded-host']).toBe('shop.example.com');
  });

  test('one has a list of its own', async () => {
    expect(statuses(await twice('/shop/a', { cookie: 'theme=dark' }, {}, site))).toEqual(['MISS', 'HIT']);
    expect(cacheStatus(await site.get('/shop/a', { cookie: '_ga=1' }))).toBe('BYPASS');
  });

  test('large objects are fetched in parts, and only those that are asked for', async () => {
    const path = `/files/film?size=${5 * 1024 * 1024}&ranges=1&etag=f1&type=video/mp4`;
    const part = await site.get(path, { range: 'bytes=2097152-2097161' });
    expect([part.status, part.body.length]).toEqual([206, 10]);
    expect(origin.seen.map((headers) => headers.range)).toEqual(['bytes=2097152-3145727']);
    const whole = await site.get(path);
    expect([whole.status, whole.body.length]).toEqual([200, 5 * 1024 * 1024]);
    expect(origin.hits('/files')).toBe(5);
    expect((await site.get(path)).body.equals(whole.body)).toBe(true);
    expect(origin.hits('/files')).toBe(5);
    expect(cacheStatus(await site.get(path, { cookie: 'sid=1' }))).toBe('BYPASS');
  });
});

test('an origin that restarts is found again, and kept connections that are gone lose no request', async () => {
  const own = new Origin();
  const port = await own.start();
  const one = await Proxy.start(synthesize({ hosts: ['shop.example.com'] }), scratch, {
    originPort: port,
  });
  await many(20, 5, (index) => one.get(`/before/${index}`));
  await own.stop();
  const again = new Origin();
  await again.start(port);
  const answers = await many(20, 5, (index) => one.get(`/after/${index}`));
  expect(answers.map((answer) => answer?.status)).toEqual(answers.map(() => 200));
  await again.stop();
});

test('without listed hosts, no host of a client reaches the origin', async () => {
  const any = await start({
    hosts: undefined,
    exposure: Exposure.loadBalancer(),
    cacheStorage: ProxyCacheStorage.disk(),
  });
  const answers = [
    await any.get('/any', { host: 'a.example' }),
    await any.get('/any', { host: 'b.example' }),
  ];
  expect(statuses(answers)).toEqual(['MISS', 'HIT']);
  expect(text(answers[0])).toContain('host=shop-web ');
});
