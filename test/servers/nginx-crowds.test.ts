/**
 * Crowds on pages that are not in the cache, and pages that change what may be done with them: nobody waits in turn, nobody
 * gets an old copy for ever, and who comes when the pod is full is told so.
 */
import { Duration, Size } from 'cdk8s';
import { type NginxCachingProxyProps, WorkloadProfile } from 'cdk8s-tuned';
import { readFileSync } from 'fs';
import { createServer, type Server as HttpServer } from 'http';
import type { AddressInfo } from 'net';
import { join } from 'path';
import { parseNginxConf } from '../../lib/nginx/configuration/nginx-conf';
import { overloadOf } from '../../lib/nginx/configuration/overload-emitter';
import { scratchDirectory, until } from './harness';
import { type Answer, cacheStatus, many, sleep } from './http';
import { newNginx, Proxy, stopProxies, synthesize } from './nginx-harness';

/** What an application says of a page. */
interface Page {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An application whose pages can be changed, and that knows how many requests it has at one time. */
class Application {
  readonly pages = new Map<string, Page>();
  readonly hits = new Map<string, number>();
  milliseconds = 100;
  down = false;
  private underWay = 0;
  private most = 0;
  private readonly server: HttpServer = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    this.hits.set(path, (this.hits.get(path) ?? 0) + 1);
    if (this.down) {
      incoming.socket.destroy();
      return;
    }
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    const { status = 200, headers = {} } = this.pages.get(path) ?? {};
    setTimeout(() => {
      this.underWay -= 1;
      outgoing
        .writeHead(status, { 'content-type': 'text/html', ...headers })
        .end(`${path} ${status}`.padEnd(5000));
    }, this.milliseconds);
  });

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The most requests that it had at one time since it was last asked. */
  takeMost(): number {
    const most = this.most;
    this.most = this.underWay;
    return most;
  }
}

const scratch = scratchDirectory();
const application = new Application();
let originPort: number;
const start = (props: Partial<NginxCachingProxyProps> = {}) =>
  Proxy.start(synthesize({ hosts: ['shop.example.com'], ...props }), scratch, { originPort });

let proxy: Proxy;
beforeAll(async () => {
  originPort = await application.start();
  proxy = await start();
}, 60_000);
beforeEach(() => {
  application.milliseconds = 100;
  application.down = false;
});
afterAll(async () => {
  await stopProxies();
  application.stop();
  scratch.remove();
});

const CROWD = 200;
const crowd = (path: string, visitors = CROWD, on = proxy) => many(visitors, visitors, () => on.get(path));
const statusesOf = (answers: ReadonlyArray<Answer | undefined>) => [
  ...new Set(answers.map((answer) => answer?.status)),
];

const inSeconds = (seconds: number) => new Date(Date.now() + 1000 * seconds).toUTCString();

/** What may not be stored, and an answer of it. */
const UNSTORABLE: ReadonlyArray<[string, Page]> = [
  ['no-store', { headers: { 'cache-control': 'no-store' } }],
  ['private', { headers: { 'cache-control': 'private, max-age=60' } }],
  ['a cookie', { headers: { 'set-cookie': 'sid=1', 'cache-control': 'max-age=60' } }],
  ['Vary: Cookie', { headers: { vary: 'Accept-Encoding, Cookie' } }],
  ['Vary: *', { headers: { vary: '*' } }],
  ['X-Accel-Expires: 0', { headers: { 'x-accel-expires': '0' } }],
  ['an Expires of a second ago', { headers: { expires: inSeconds(-1) } }],
  ['an Expires of last year', { headers: { expires: inSeconds(-365 * 86_400) } }],
  ['Expires: 0', { headers: { expires: '0' } }],
  ['an Expires that is no date', { headers: { expires: 'now' } }],
  ['a redirect that says nothing of storing', { status: 302, headers: { location: '/login' } }],
  ['401', { status: 401, headers: { 'www-authenticate': 'Basic' } }],
  ['403', { status: 403 }],
  ['451', { status: 451 }],
];

describe('a crowd on a cold page', () => {
  test.each([...UNSTORABLE, ['500', { status: 500 }]] as ReadonlyArray<[string, Page]>)(
    'that answers with %s is asked for side by side, and not one after the other',
    async (what, page) => {
      const path = `/crowd/${encodeURIComponent(what)}`;
      application.pages.set(path, page);
      application.takeMost();
      const answers = await crowd(path);
      expect(statusesOf(answers)).toEqual([page.status ?? 200]);
      // One that came first, and one that was judged.
      expect(application.hits.get(path)).toBeLessThanOrEqual(CROWD + 2);
      expect(application.takeMost()).toBeGreaterThan(CROWD / 2);
    },
    30_000,
  );

  test('that may be stored makes one request, also when it takes seconds', async () => {
    application.milliseconds = 2500;
    const answers = await crowd('/crowd/slow');
    expect(statusesOf(answers)).toEqual([200]);
    expect(application.hits.get('/crowd/slow')).toBe(1);
  }, 30_000);

  test.each([
    ['minutes', 120],
    ['days', 86_400],
    ['months', 40 * 86_400],
    ['years', 400 * 86_400],
  ])('that expires in %s makes one request', async (unit, seconds) => {
    const path = `/crowd/expires/${unit}`;
    application.pages.set(path, { headers: { expires: inSeconds(seconds) } });
    const answers = await crowd(path);
    expect(statusesOf(answers)).toEqual([200]);
    expect(application.hits.get(path)).toBe(1);
  });

  test('of both kinds at once', async () => {
    application.pages.set('/crowd/mixed', { headers: { 'cache-control': 'no-store' } });
    const [stored, passed] = await Promise.all([
      crowd('/crowd/stored', CROWD / 2),
      crowd('/crowd/mixed', CROWD / 2),
    ]);
    expect(statusesOf([...stored, ...passed])).toEqual([200]);
    expect(application.hits.get('/crowd/stored')).toBe(1);
    expect(application.hits.get('/crowd/mixed')).toBeLessThanOrEqual(CROWD + 2);
  }, 30_000);

  test('that may not be stored is remembered: who comes next does not wait for another', async () => {
    application.pages.set('/crowd/again', { headers: { 'cache-control': 'no-store' } });
    await crowd('/crowd/again');
    application.takeMost();
    await crowd('/crowd/again');
    expect(application.takeMost()).toBeGreaterThan(CROWD / 2);
    expect(application.hits.get('/crowd/again')).toBeLessThanOrEqual(2 * CROWD + 2);
  }, 30_000);

  test('is no crowd when its visitors come alone: each asks the origin once', async () => {
    application.pages.set('/alone', { headers: { 'cache-control': 'no-store' } });
    application.milliseconds = 5;
    await many(5, 1, () => proxy.get('/alone'));
    expect(application.hits.get('/alone')).toBe(5);
  });

  test('of many pages at once, which a pod of the default size bears', async () => {
    const visitors = 1000;
    const one = await Proxy.start(
      synthesize({ hosts: ['shop.example.com'], nginxVersion: undefined }),
      scratch,
      {
        originPort,
        binary: newNginx(scratch),
      },
    );
    application.milliseconds = 500;
    const answers = await many(visitors, visitors, (index) => one.get(`/many/${index}`));
    expect(statusesOf(answers)).toEqual([200]);
    await one.server.stop();
  }, 60_000);
});

test('visitors beyond what the memory bears are told to come back, and others are served', async () => {
  const small = await start({
    cacheSize: Size.mebibytes(64),
    profile: WorkloadProfile.WEB_API.withMemory(Size.mebibytes(256)),
  });
  const bears = boundOf(small);
  application.milliseconds = 1000;
  const answers = await many(bears + 40, bears + 40, (index) =>
    small.get(`/full/${index}`, { authorization: 'Bearer A' }),
  );
  const refused = answers.filter((answer) => answer?.status === 503);
  expect(answers.filter((answer) => answer === undefined)).toEqual([]);
  expect(refused.length).toBeGreaterThanOrEqual(30);
  expect(new Set(refused.map((answer) => answer?.headers['retry-after']))).toEqual(new Set(['2']));
  expect(answers.filter((answer) => answer?.status === 200).length).toBeGreaterThanOrEqual(bears - 5);
  application.milliseconds = 5;
  expect((await small.get('/full/after')).status).toBe(200);
}, 60_000);

/** Requests that a proxy has at one time, from its configuration. */
function boundOf(one: Proxy): number {
  return overloadOf(parseNginxConf(readFileSync(join(one.directory, 'nginx.conf'), 'utf8')) ?? []) ?? NaN;
}

describe('a page that was stored', () => {
  const storable = { headers: { 'cache-control': 'max-age=1' } };
  const STRICT = ['max-age=1, must-revalidate', 'max-age=1, proxy-revalidate', 's-maxage=1'];
  const stale = (what: string) => `/stale/${encodeURIComponent(what)}`;
  let short: Proxy;

  /** All pages are stored, change, and expire; then each is asked for. */
  beforeAll(async () => {
    application.milliseconds = 5;
    short = await start({ serveStale: Duration.seconds(2) });
    const pages: ReadonlyArray<[string, Page, Page]> = [
      ...UNSTORABLE.map(([what, page]) => [stale(what), storable, page] as [string, Page, Page]),
      ...STRICT.map(
        (cacheControl) =>
          [stale(cacheControl), { headers: { 'cache-control': cacheControl } }, { status: 500 }] as [
            string,
            Page,
            Page,
          ],
      ),
      ['/outage', storable, { status: 500 }],
    ];
    for (const [path, page] of pages) {
      application.pages.set(path, page);
      await proxy.get(path);
      expect(cacheStatus(await proxy.get(path))).toBe('HIT');
    }
    await short.get('/outage');
    for (const [path, , page] of pages) application.pages.set(path, page);
    await sleep(2100);
  }, 30_000);

  test('is served when it has expired and the origin fails, as long as serveStale says', async () => {
    const statuses = async (on: Proxy) =>
      (await many(2, 1, () => on.get('/outage'))).map((one) => one?.status);
    expect(await statuses(proxy)).toEqual([200, 200]);
    expect((await short.get('/outage')).status).toBe(200);
    await sleep(2100);
    expect(await statuses(short)).toEqual([500, 500]);
    application.down = true;
    expect(await statuses(proxy)).toEqual([200, 200]);
  }, 30_000);

  test.each(UNSTORABLE)('and is %s now is gone when it has been renewed', async (what, page) => {
    application.milliseconds = 5;
    const path = stale(what);
    const before = application.hits.get(path) ?? 0;
    expect(cacheStatus(await proxy.get(path))).toBe('STALE');
    await until('the renewal', () => (application.hits.get(path) ?? 0) > before);
    await sleep(50);
    const answers = await many(5, 1, () => proxy.get(path));
    expect(statusesOf(answers)).toEqual([page.status ?? 200]);
    expect([...new Set(answers.map(cacheStatus))]).toEqual(['BYPASS']);
  });

  test.each(STRICT)(
    'with %s is not served when it has expired and the origin fails',
    async (cacheControl) => {
      expect((await proxy.get(stale(cacheControl))).status).toBe(500);
      application.down = true;
      expect((await proxy.get(stale(cacheControl))).status).toBe(502);
    },
  );

  test('says to clients what its origin says of storing, and nothing of ours', async () => {
    application.pages.set('/said', {
      headers: { 'cache-control': 'public, max-age=60', 'x-accel-expires': '60' },
    });
    const answers = [await proxy.get('/said'), await proxy.get('/said')];
    for (const { headers } of answers) {
      expect(headers['cache-control']).toBe('public, max-age=60');
      expect(
        Object.keys(headers).filter((name) => /^x-(accel|origin|stale|judged|verdict)/.test(name)),
      ).toEqual([]);
    }
  });
});
