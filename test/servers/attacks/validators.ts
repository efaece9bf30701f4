/** What clients say they have already, and what the origin says has changed. */
import { sleep, text } from '../http';
import { afterRenewal, type Attack, EXPIRED_MS, type Headers, numberOf, type Site } from './attack';
import { CONDITIONS, GUIDE, IGNORING } from './wrong-files';

const family = 'Validators and ranges';

/** What the next visitor gets after a request with conditions. */
const next = (query: string, headers: Headers) => async (site: Site) => {
  await site.get(query, headers);
  const answer = await site.get(query);
  return { status: answer.status, whole: answer.body.length === 5000 };
};

const condition = (name: string, header: string, value: string, query: string, status: number): Attack => ({
  family,
  name,
  make: next(query, { [header]: value }),
  wrong: `stores the ${status} without a page, and the next visitor gets it`,
  ours: 'asks the origin for the whole page, without the condition',
  wrongFile: CONDITIONS,
  onWrong: { status, whole: false },
  onOurs: { status: 200, whole: true },
});

/** A page that is valid for a second, expired, and what the visitors after that get. */
const renewed = async (site: Site, first: string, second: string) => {
  const old = numberOf(await site.get(`?${first}`));
  await sleep(EXPIRED_MS);
  site.turn(second);
  return afterRenewal(site, `?${first}`, old);
};

export const VALIDATORS: readonly Attack[] = [
  condition('a client that has the page', 'if-none-match', '"v1"', '?etag=v1', 304),
  condition('a client that has it weakly', 'if-none-match', 'W/"v1"', '?etag=W/v1', 304),
  condition('a client that has any page', 'if-none-match', '*', '?conditions=1&etag=v1', 304),
  condition(
    'a client that has a page of that time',
    'if-modified-since',
    'Thu, 01 Jan 2026 00:00:00 GMT',
    '?conditions=1',
    304,
  ),
  condition('a client that wants another version', 'if-match', '"v0"', '?conditions=1&etag=v1', 412),
  condition(
    'a client that wants what is older',
    'if-unmodified-since',
    'Thu, 01 Jan 1998 00:00:00 GMT',
    '?conditions=1',
    412,
  ),
  condition('a range of a cold page', 'range', 'bytes=0-9', '?ranges=1', 206),
  condition('a range from the middle', 'range', 'bytes=100-199', '?ranges=1&etag=v1', 206),
  {
    ...condition('If-Range with a range', 'if-range', '"v1"', '?ranges=1&etag=v1', 206),
    make: next('?ranges=1&etag=v1', { 'if-range': '"v1"', range: 'bytes=0-9' }),
  },
  {
    ...condition('If-Range with an old version', 'if-range', '"v0"', '?ranges=1&etag=v1', 206),
    make: next('?ranges=1&etag=v1', { 'if-range': '"v0"', range: 'bytes=0-9' }),
  },
  {
    ...condition('a range that the origin refuses', 'range', 'bytes=9000-', '', 416),
    make: async (site) => {
      site.turn('status=416');
      await site.get('', { range: 'bytes=9000-' });
      site.turn('');
      return { status: (await site.get()).status };
    },
    wrong: 'stores the 416, and the next visitor gets it',
    ours: 'stores no error that nobody said how long to keep',
    onWrong: { status: 416 },
    onOurs: { status: 200 },
  },
  {
    family,
    name: 'a part that nobody asked for',
    make: async (site) => {
      site.turn('status=206&cc=max-age=60&size=10&header=Content-Range:bytes%200-9/5000');
      await site.get();
      site.turn('');
      return { status: (await site.get()).status };
    },
    wrong: 'stores the part, and serves it for the whole page',
    ours: 'does not store it',
    wrongFile: GUIDE,
    onWrong: { status: 206 },
    onOurs: { status: 200 },
  },
];

export const CHANGED_VALIDATORS: readonly Attack[] = [
  ...[
    ['an ETag that has changed', 'etag=v1&cc=max-age=1', 'etag=v2&cc=max-age=60'],
    ['a weak ETag that has changed', 'etag=W/v1&cc=max-age=1', 'etag=W/v2&cc=max-age=60'],
    ['an ETag that is gone', 'etag=v1&cc=max-age=1', 'cc=max-age=60'],
    [
      'an older Last-Modified',
      'modified=Thu,%2001%20Jan%202026%2000:00:00%20GMT&cc=max-age=1',
      'modified=Wed,%2001%20Jan%202025%2000:00:00%20GMT&cc=max-age=60',
    ],
  ].map(([name, first, second]): Attack => ({
    family,
    name: `${name} when the page is renewed`,
    make: async (site) => ({
      new: text(await renewed(site, first, `${second}&echo=if-none-match`)).includes('if-none-match='),
    }),
    wrong: 'serves the page of before for ten minutes',
    ours: 'serves the new page, as soon as a visit has fetched it',
    wrongFile: IGNORING,
    onWrong: { new: false },
    onOurs: { new: true },
  })),
  ...['v1', 'W/v1'].map((etag): Attack => ({
    family,
    name: `a page that has not changed, with ${etag.startsWith('W') ? 'a weak' : 'an'} ETag`,
    make: async (site) => {
      await renewed(site, `etag=${etag}&cc=max-age=1`, `etag=${etag}&cc=max-age=60`);
      return { asked: site.seen().some(({ headers }) => headers['if-none-match'] !== undefined) };
    },
    wrong: 'fetches the whole page again each time',
    ours: 'asks whether it has changed',
    wrongFile: GUIDE,
    onWrong: { asked: false },
    onOurs: { asked: true },
  })),
  {
    family,
    name: 'a 304 that nobody asked for',
    make: async (site) => {
      site.turn('status=304');
      await site.get();
      site.turn('');
      return { status: (await site.get()).status };
    },
    wrong: 'stores the 304 without a page, and the next visitor gets it',
    ours: 'does not store it',
    wrongFile: CONDITIONS,
    onWrong: { status: 304 },
    onOurs: { status: 200 },
  },
];
