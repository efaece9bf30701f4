/** Old pages: those that may no longer be served, and those that must be. */
import { many, sleep } from '../http';
import { afterRenewal, type Attack, EXPIRED_MS, numberOf, type Site } from './attack';
import { GUIDE, IGNORING, NO_RENEWAL_JUDGED, STALE_FOR_A_DAY, STALE_FOR_ALL } from './wrong-files';

const family = 'Old pages';

/** Whether visitors go on getting a page that has turned into something else. */
const turned =
  (query: string, first = 'cc=max-age=1') =>
  async (site: Site) => {
    const old = numberOf(await site.get(`?${first}`));
    await sleep(EXPIRED_MS);
    site.turn(query);
    return { old: numberOf(await afterRenewal(site, `?${first}`, old)) === old };
  };

const gone = (name: string, query: string): Attack => ({
  family,
  name,
  make: turned(query),
  wrong: 'serves the old page at each visit, for as long as somebody asks',
  ours: 'serves what the origin says now, as soon as a visit has renewed the page',
  wrongFile: NO_RENEWAL_JUDGED,
  onWrong: { old: true },
  onOurs: { old: false },
});

/** Expired according to Expires alone. */
export const EXPIRES_PAST = `header=Expires:${encodeURIComponent(new Date(Date.now() - 3600_000).toUTCString())}`;

const GONE: ReadonlyArray<readonly [string, string]> = [
  ...[401, 402, 403, 405, 451].map((status) => [`is ${status} now`, `status=${status}`] as const),
  ...[302, 303, 307].map(
    (status) => [`leads elsewhere now (${status})`, `status=${status}&header=Location:/login`] as const,
  ),
  ['is no-store now', 'cc=no-store'],
  ['is private now', 'cc=private,%20max-age=60'],
  ['is no-cache now', 'cc=no-cache'],
  ['has a max-age of 0 now', 'cc=max-age=0'],
  ['has an s-maxage of 0 now', 'cc=s-maxage=0'],
  ['has `X-Accel-Expires: 0` now', 'header=X-Accel-Expires:%200'],
  ['has an Expires of 1970 now', 'header=Expires:%20Thu,%2001%20Jan%201970%2000:00:00%20GMT'],
  ['has `Expires: 0` now', 'header=Expires:%200'],
  ['has an Expires of an hour ago now', EXPIRES_PAST],
  ['has an Expires that is no date now', 'header=Expires:%20now'],
  ['sets a cookie now', 'set=sid=1'],
  ['sets a cookie now, and has a max-age', 'set=sid=1&cc=max-age=60'],
  ['varies by Cookie now', 'vary=Cookie&cc=max-age=60'],
  ['varies by * now', 'vary=*'],
  ['is a part now', 'status=206&header=Content-Range:%20bytes%200-4999/9000'],
];

const forbidden = (directive: string, outage: string, name: string): Attack => ({
  family,
  name: `\`${directive}\`, and ${name}`,
  make: turned(outage, `cc=max-age=1,${directive}`),
  wrong: 'serves the old page, which the origin forbids',
  ours: 'serves the error',
  wrongFile: STALE_FOR_ALL,
  onWrong: { old: true },
  onOurs: { old: false },
});

const outage = (name: string, query: string): Attack => ({
  family,
  name,
  make: turned(query),
  wrong: 'serves the error',
  ours: 'serves the old page, for a day',
  wrongFile: GUIDE,
  onWrong: { old: false },
  onOurs: { old: true },
});

export const STALE: readonly Attack[] = [
  ...GONE.map(([name, query]) => gone(`a page that ${name}`, query)),
  ...[301, 404, 410].map((status): Attack => ({
    ...gone(`a page that is ${status} now`, `status=${status}`),
    wrong: 'serves the page of before for ten minutes, whatever the origin said',
    wrongFile: IGNORING,
  })),
  ...['must-revalidate', 'proxy-revalidate', 's-maxage=1', 'stale-if-error=0'].flatMap((directive) => [
    forbidden(directive, 'status=500', 'an origin that fails'),
    forbidden(directive, 'down=1', 'a dead origin'),
  ]),
  ...[500, 502, 503, 504, 429].map((status) =>
    outage(`an origin that answers ${status}`, `status=${status}&cc=no-store`),
  ),
  outage('an origin that breaks off', 'down=1'),
  {
    family,
    name: 'F8: an outage of the origin reaches the visitors',
    make: async (site) => {
      const page = (index: number) => site.get(`/${index % 20}?cc=max-age=1`);
      await many(20, 10, page);
      for (let index = 0; index < 20; index += 1) site.turn('down=1', `/${index}`);
      await sleep(EXPIRED_MS);
      const answers = await many(200, 10, page);
      return { all: answers.every((answer) => answer?.status === 200) };
    },
    wrong: 'serves errors as soon as a page has expired',
    ours: 'serves the old pages',
    wrongFile: GUIDE,
    onWrong: { all: false },
    onOurs: { all: true },
  },
  ...[
    ['an origin that fails', 'status=500'],
    ['a dead origin', 'down=1'],
  ].map(([name, query]): Attack => ({
    family,
    name: `${name} for longer than \`serveStale\``,
    make: async (site) => {
      const old = numberOf(await site.get('?cc=max-age=1'));
      site.turn(query);
      // A second of validity and two of serveStale.
      await sleep(4500);
      return { old: numberOf(await site.get('?cc=max-age=1')) === old };
    },
    wrong: 'serves the old page for as long as it is told to',
    ours: 'says that the origin fails, with a `serveStale` of two seconds',
    wrongFile: STALE_FOR_A_DAY,
    our: 'short stale',
    onWrong: { old: true },
    onOurs: { old: false },
  })),
];
