/**
 * Attacks on a cache, each made twice in the same way: on the guide's configuration, which it harms, and on ours, which it
 * does not. F1 to F16 are the flaws of the guide's configuration as docs/constructs/nginx-caching-proxy.md lists them.
 */
import { cpus } from 'os';
import { gunzipSync } from 'zlib';
import { Size } from 'cdk8s';
import { parseNginxConf, parseNginxSize } from '../../lib/inventory/configuration-files';
import { directivesNamed } from '../../lib/checklist/subjects';
import { readFileSync } from 'fs';
import { join } from 'path';
import { type Scratch, scratchDirectory } from './harness';
import { type Answer, cacheStatus, many, Origin, sleep, text } from './http';
import { Proxy, stopProxies, synthesize } from './nginx-harness';

interface Site {
  readonly proxy: Proxy;
  readonly origin: Origin;
  readonly originPort: number;
}

/** What an attack found. */
type Finding = Readonly<Record<string, unknown>>;

interface Attack {
  readonly flaw: string;
  readonly make: (site: Site) => Promise<Finding>;
  readonly onGuide: Finding;
  readonly onOurs: Finding;
}

const HERD = 200;
const herd = (site: Site, path: string, headers?: Readonly<Record<string, string>>) =>
  many(HERD, HERD, () => site.proxy.get(path, headers));
const statuses = (answers: ReadonlyArray<Answer | undefined>) =>
  [...new Set(answers.map(cacheStatus))].sort();
const ok = (answers: ReadonlyArray<Answer | undefined>) =>
  answers.filter((answer) => answer?.status === 200).length;

/** What a stranger gets after somebody with credentials. */
const afterSomebody = (path: string, headers: Readonly<Record<string, string>>) => async (site: Site) => {
  await site.proxy.get(path, headers);
  const stranger = await site.proxy.get(path);
  return { stranger: /who=(\S.*?) x/.exec(text(stranger))?.[1].trim() };
};

const ATTACKS: readonly Attack[] = [
  {
    flaw: 'F1: the answer to credentials is stored, and served to a stranger',
    make: afterSomebody('/f1', { authorization: 'Bearer ALICE' }),
    onGuide: { stranger: 'Bearer ALICE' },
    onOurs: { stranger: 'anonymous' },
  },
  {
    flaw: 'F2: so is the answer to a cookie',
    make: afterSomebody('/f2', { cookie: 'sid=ALICE' }),
    onGuide: { stranger: 'sid=ALICE' },
    onOurs: { stranger: 'anonymous' },
  },
  {
    flaw: 'F3: a private page under the name of a static file is stored, also where no cookie tells that it is private',
    make: async (site) => {
      const mine = await afterSomebody('/f3/account/x.css', { cookie: 'sid=BOB' })(site);
      const pages = await many(2, 1, () => site.proxy.get('/f3/by-address/x.css?type=text/html'));
      const json = await many(2, 1, () => site.proxy.get('/f3/by-address/x.js?type=application/json'));
      return { ...mine, pages: pages.map(cacheStatus), json: json.map(cacheStatus) };
    },
    onGuide: { stranger: 'sid=BOB', pages: ['MISS', 'HIT'], json: ['MISS', 'HIT'] },
    onOurs: { stranger: 'anonymous', pages: ['MISS', 'MISS'], json: ['MISS', 'MISS'] },
  },
  {
    flaw: 'F4: a header that is not part of the key changes the page for all',
    make: async (site) => {
      await site.proxy.get('/f4', {
        'x-forwarded-host': 'evil.example',
        'x-original-url': '/admin',
        'x-http-method-override': 'DELETE',
      });
      const victim = await site.proxy.get('/f4');
      const [seen] = site.origin.seen.slice(-1);
      return {
        victim: /for=(\S+)/.exec(text(victim))?.[1],
        reachedTheOrigin: ['x-original-url', 'x-http-method-override'].filter((name) => name in seen),
      };
    },
    onGuide: { victim: 'evil.example', reachedTheOrigin: ['x-original-url', 'x-http-method-override'] },
    onOurs: { victim: 'shop.example.com', reachedTheOrigin: [] },
  },
  {
    flaw: 'F5: Pragma and Cache-Control of a client send every request to the origin',
    make: async (site) => {
      await site.proxy.get('/f5');
      site.origin.forget();
      const answers = await herd(site, '/f5', { pragma: 'no-cache', 'cache-control': 'no-cache' });
      return { statuses: statuses(answers), hits: site.origin.hits('/f5') };
    },
    onGuide: { statuses: ['BYPASS'], hits: HERD },
    onOurs: { statuses: ['HIT'], hits: 0 },
  },
  {
    flaw: 'F6: everybody who waits for a cold page asks the origin',
    make: async (site) => {
      site.origin.delay = 300;
      const answers = await herd(site, '/f6');
      return { ok: ok(answers), hits: site.origin.hits('/f6') };
    },
    onGuide: { ok: HERD, hits: HERD },
    onOurs: { ok: HERD, hits: 1 },
  },
  {
    flaw: 'F7: everybody who waits for an expired page asks the origin',
    make: async (site) => {
      await site.proxy.get('/f7?cc=max-age=1');
      await sleep(2100);
      site.origin.forget();
      site.origin.delay = 300;
      const answers = await herd(site, '/f7?cc=max-age=1');
      await sleep(500);
      return { ok: ok(answers), statuses: statuses(answers), hits: site.origin.hits('/f7') };
    },
    onGuide: { ok: HERD, statuses: ['EXPIRED'], hits: HERD },
    onOurs: { ok: HERD, statuses: ['STALE', 'UPDATING'], hits: 1 },
  },
  {
    flaw: 'F8: an outage of the origin reaches the visitors',
    make: async (site) => {
      const page = (index: number) => site.proxy.get(`/f8/${index % 20}?cc=max-age=1`);
      await many(20, 10, page);
      site.origin.down = true;
      const end = Date.now() + 3000;
      const answers: Array<Answer | undefined> = [];
      while (Date.now() < end) {
        answers.push(...(await many(40, 10, page)));
        await sleep(50);
      }
      return { all: ok(answers) === answers.length };
    },
    onGuide: { all: false },
    onOurs: { all: true },
  },
  {
    flaw: 'F9: each miss opens a connection to the origin',
    make: async (site) => {
      await many(50, 1, (index) => site.proxy.get(`/f9/${index}`));
      return { hits: site.origin.hits('/f9'), connections: Math.min(site.origin.connections.size, 50) };
    },
    onGuide: { hits: 50, connections: 50 },
    onOurs: { hits: 50, connections: 1 },
  },
  {
    flaw: 'F10: HEAD and GET are two pages',
    make: async (site) => {
      const answers = [await site.proxy.get('/f10', {}, 'HEAD'), await site.proxy.get('/f10')];
      return {
        statuses: answers.map(cacheStatus),
        hits: site.origin.hits('/f10'),
        whole: answers[1].body.length,
      };
    },
    onGuide: { statuses: ['MISS', 'MISS'], hits: 2, whole: 5000 },
    onOurs: { statuses: ['MISS', 'HIT'], hits: 1, whole: 5000 },
  },
  {
    flaw: 'F11: hosts that a client makes up fill the cache',
    make: async (site) => {
      const answers = await many(20, 5, (index) =>
        site.proxy.get('/f11', { host: `h${index}.evil.example` }),
      );
      return { statuses: [...new Set(answers.map((one) => one?.status))], hits: site.origin.hits('/f11') };
    },
    onGuide: { statuses: [200], hits: 20 },
    onOurs: { statuses: [421], hits: 0 },
  },
  {
    flaw: 'F12: the origin is asked for another host than the one in the key',
    make: async (site) => ({ host: /host=(\S+)/.exec(text(await site.proxy.get('/f12')))?.[1] }),
    onGuide: { host: 'backend' },
    onOurs: { host: 'shop.example.com' },
  },
  {
    flaw: 'F13: a client gets an encoding that it does not read',
    make: async (site) => {
      const zipped = await site.proxy.get('/f13', { 'accept-encoding': 'gzip' });
      const plain = await site.proxy.get('/f13');
      return {
        hits: site.origin.hits('/f13'),
        readable: text(plain).startsWith('url=/f13'),
        zippedReadable: gunzipSync(zipped.body).toString().startsWith('url=/f13'),
      };
    },
    onGuide: { hits: 1, readable: false, zippedReadable: true },
    // One for each form.
    onOurs: { hits: 2, readable: true, zippedReadable: true },
  },
  {
    flaw: 'F14: an error does not say where it came from',
    make: async (site) => {
      const answers = await many(2, 1, () => site.proxy.get('/f14?status=404'));
      return { codes: answers.map((one) => one?.status), statuses: answers.map(cacheStatus) };
    },
    onGuide: { codes: [404, 404], statuses: [undefined, undefined] },
    onOurs: { codes: [404, 404], statuses: ['MISS', 'HIT'] },
  },
  {
    flaw: 'F15: the keys of a full cache do not fit their zone',
    make: ({ proxy }) => {
      const conf = parseNginxConf(readFileSync(join(proxy.directory, 'nginx.conf'), 'utf8')) ?? [];
      const [{ args }] = directivesNamed(conf, 'proxy_cache_path');
      const bytes = (name: RegExp) => parseNginxSize(name.exec(args.join(' '))?.[1] ?? '') ?? 0;
      const keys = (bytes(/keys_zone=\w+:(\w+)/) / 1024 / 1024) * 7700;
      // Pages of 8 KiB, which is what the proxy here is told.
      return Promise.resolve({ fit: keys >= bytes(/max_size=(\w+)/) / 8192 });
    },
    onGuide: { fit: false },
    onOurs: { fit: true },
  },
  {
    flaw: 'F16: there are as many workers as the node has cores',
    make: ({ proxy }) => Promise.resolve({ workers: proxy.workers().length }),
    onGuide: { workers: cpus().length },
    // Half a core is the limit of the profile.
    onOurs: { workers: 1 },
  },
  {
    flaw: 'an error that one request provokes is served to all, when the origin marks it as cacheable',
    make: async (site) => {
      const path = '/provoked?status=400&cc=max-age=60';
      await many(2, 1, () => site.proxy.get(path));
      return { hits: site.origin.hits('/provoked') };
    },
    onGuide: { hits: 1 },
    onOurs: { hits: 2 },
  },
  {
    flaw: 'a slow origin is asked by everybody who waits for longer than 5 seconds',
    make: async (site) => {
      site.origin.delay = 5500;
      const answers = await herd(site, '/slow');
      return { ok: ok(answers), hits: site.origin.hits('/slow') };
    },
    onGuide: { ok: HERD, hits: HERD },
    onOurs: { ok: HERD, hits: 1 },
  },
];

const scratch: Scratch = scratchDirectory();
const sites: Record<'guide' | 'ours', Site | undefined> = { guide: undefined, ours: undefined };

beforeAll(async () => {
  const make = async (start: (port: number) => Promise<Proxy>): Promise<Site> => {
    const origin = new Origin();
    const originPort = await origin.start();
    return { proxy: await start(originPort), origin, originPort };
  };
  sites.guide = await make((port) => Proxy.startGuide(scratch, port));
  sites.ours = await make((port) =>
    Proxy.start(synthesize({ hosts: ['shop.example.com'], meanObjectSize: Size.kibibytes(8) }), scratch, {
      originPort: port,
    }),
  );
}, 60_000);

afterAll(async () => {
  await stopProxies();
  for (const site of Object.values(sites)) {
    await site?.origin.stop();
  }
  scratch.remove();
});

test.each(ATTACKS)(
  '$flaw: with the guide’s configuration, and not with ours',
  async ({ make, onGuide, onOurs }) => {
    const attack = async (site: Site | undefined) => {
      if (!site) throw new Error('nginx did not start');
      site.origin.forget();
      const finding = await make(site);
      site.origin.forget();
      return finding;
    };
    const [guide, ours] = await Promise.all([attack(sites.guide), attack(sites.ours)]);
    expect({ guide, ours }).toEqual({ guide: onGuide, ours: onOurs });
  },
  30_000,
);
