/** Many visitors at one time, and the origin behind them. */
import { readFileSync } from 'fs';
import { cpus } from 'os';
import { join } from 'path';
import { parseNginxConf, parseNginxSize } from '../../../lib/nginx/configuration/nginx-conf';
import { directivesNamed } from '../../../lib/nginx/reading/nginx-servers';
import { type Answer, cacheStatus, many, sleep } from '../http';
import { type Attack, EXPIRED_MS, type Headers, type Site } from './attack';
import { EXPIRES_PAST } from './stale';
import { GUIDE, LOCK, NO_JUDGE } from './wrong-files';

const family = 'Crowds';

const HERD = 200;
/** Of visitors that a wrong file serves one after the other; more would only take longer. */
const QUEUE = 20;

const herd = (site: Site, path = '', headers: Headers = {}) =>
  many(HERD, HERD, () => site.get(path, headers));
const statuses = (answers: ReadonlyArray<Answer | undefined>) =>
  [...new Set(answers.map(cacheStatus))].sort();
const ok = (answers: ReadonlyArray<Answer | undefined>) =>
  answers.filter((answer) => answer?.status === 200).length;

/** How often the origin was asked for a herd: on a slow machine some of it come when the first answer is there. */
const asked = (hits: number) => (hits === 1 ? 'once' : hits > 10 ? 'many times' : hits);

/** Whether the origin is asked for all visitors of a cold page at one time, who come at one time, or for one after the other. */
const coldCrowd =
  (query: string, status: number, path = '') =>
  async (site: Site) => {
    const count = site.isOurs ? HERD : QUEUE;
    const answers = await many(count, count, () => site.get(`${path}?delay=300&${query}`));
    return {
      sideBySide: site.origin.mostAtOnce(`${site.page}${path}`) > QUEUE / 2,
      failed: answers.filter((answer) => answer?.status !== status).length,
    };
  };

const unstorable = (name: string, query: string, status = 200): Attack => ({
  family,
  name: `${HERD} visitors of a cold page that ${name}`,
  make: coldCrowd(query, status),
  wrong: 'lets the visitors wait in turn, each for all before it',
  ours: 'knows after the first answer that the page may not be stored, and asks for all of them at one time',
  wrongFile: NO_JUDGE,
  onWrong: { sideBySide: false, failed: 0 },
  onOurs: { sideBySide: true, failed: 0 },
});

const ALL: readonly Attack[] = [
  {
    family,
    name: 'F5: Pragma and Cache-Control of a client send every request to the origin',
    make: async (site) => {
      await site.get();
      const before = site.hits();
      const answers = await herd(site, '', { pragma: 'no-cache', 'cache-control': 'no-cache' });
      return { statuses: statuses(answers), hits: site.hits() - before };
    },
    wrong: 'asks the origin for each',
    ours: 'answers from the cache',
    wrongFile: GUIDE,
    onWrong: { statuses: ['BYPASS'], hits: HERD },
    onOurs: { statuses: ['HIT'], hits: 0 },
  },
  ...(
    [
      ['F6: everybody who waits for a cold page asks the origin', '?delay=1000', GUIDE],
      ['a page with a max-age is asked for by everybody who waits', '?delay=1000&cc=max-age=60', GUIDE],
      ['a slow origin is asked by everybody who waits for longer than 5 seconds', '?delay=8000', LOCK],
    ] as const
  ).map(([name, query, wrongFile]): Attack => ({
    family,
    name,
    make: async (site) => {
      const answers = await herd(site, query);
      return { ok: ok(answers), asked: asked(site.hits()) };
    },
    wrong: `asks the origin for each of ${HERD}`,
    ours: 'asks it once',
    wrongFile,
    onWrong: { ok: HERD, asked: 'many times' },
    onOurs: { ok: HERD, asked: 'once' },
  })),
  {
    family,
    name: 'F7: everybody who waits for an expired page asks the origin',
    make: async (site) => {
      await site.get('?cc=max-age=1');
      await sleep(EXPIRED_MS);
      const before = site.hits();
      site.turn('delay=1000&cc=max-age=60');
      const answers = await herd(site, '?cc=max-age=1');
      // The renewal goes on when all have been answered.
      while (site.hits() === before) await sleep(50);
      const waited = statuses(answers).filter(
        (status) => !['STALE', 'UPDATING', 'HIT'].includes(String(status)),
      );
      return { ok: ok(answers), waited, asked: asked(site.hits() - before) };
    },
    wrong: `asks the origin for each of ${HERD}`,
    ours: 'renews it once, and serves the old page meanwhile',
    wrongFile: GUIDE,
    onWrong: { ok: HERD, waited: ['EXPIRED'], asked: 'many times' },
    onOurs: { ok: HERD, waited: [], asked: 'once' },
  },
  unstorable('is no-store', 'cc=no-store'),
  unstorable('is private', 'cc=private'),
  unstorable('has a max-age of 0', 'cc=max-age=0'),
  unstorable('has an Expires of an hour ago', EXPIRES_PAST),
  unstorable('sets a cookie', 'set=sid=1'),
  unstorable('varies by Cookie', 'vary=Cookie'),
  unstorable('leads elsewhere', 'status=302&header=Location:/login', 302),
  unstorable('is an error', 'status=500', 500),
  {
    ...unstorable('is HTML under the name of a static file', 'type=text/html'),
    make: (site) => coldCrowd('type=text/html', 200, '/x.css')(site),
  },
  {
    family,
    name: 'F9: each miss opens a connection to the origin',
    make: async (site) => {
      await many(50, 1, (index) => site.get(`/${index}`));
      // The origin closes one that was idle for long.
      return { hits: site.hits(), few: site.origin.connections.size < 5 };
    },
    wrong: 'opens 50 for 50 misses',
    ours: 'keeps one',
    wrongFile: GUIDE,
    onWrong: { hits: 50, few: false },
    onOurs: { hits: 50, few: true },
  },
  {
    family,
    name: 'F15: the keys of a full cache do not fit their zone',
    make: ({ nginx }) => {
      const file = join(nginx?.directory ?? '', 'nginx.conf');
      const conf = parseNginxConf(readFileSync(file, 'utf8')) ?? [];
      const [{ args }] = directivesNamed(conf, 'proxy_cache_path');
      const bytes = (name: RegExp) => parseNginxSize(name.exec(args.join(' '))?.[1] ?? '') ?? 0;
      const keys = (bytes(/keys_zone=\w+:(\w+)/) / 1024 / 1024) * 7700;
      // Pages of 8 KiB, which is what the proxy here is told.
      return Promise.resolve({ fit: keys >= bytes(/max_size=(\w+)/) / 8192 });
    },
    wrong: 'drops pages that would have room on the disk',
    ours: 'has a zone for as many keys as the cache has pages',
    wrongFile: GUIDE,
    onWrong: { fit: false },
    onOurs: { fit: true },
  },
  {
    family,
    name: 'F16: there are as many workers as the node has cores',
    make: ({ nginx }) => Promise.resolve({ everyCore: nginx?.workers().length === cpus().length }),
    wrong: 'starts as many, whatever the limit of the container',
    ours: 'starts as many as the limit of the container has cores',
    wrongFile: GUIDE,
    onWrong: { everyCore: true },
    // Half a core is the limit of the profile.
    onOurs: { everyCore: cpus().length === 1 },
  },
];

export const CROWDS: readonly Attack[] = ALL.map((attack) => ({ ...attack, crowd: true }));
