/** What the origin says of storing, in the words that origins use. */
import { sleep } from '../http';
import { APART, type Attack, numberOf, SHARED, shared } from './attack';
import { GUIDE, IGNORING } from './wrong-files';

const family = 'Cache control of the origin';

const said = (name: string, ...lines: string[]): Attack => ({
  family,
  name,
  make: shared(`?${lines.map((line) => `header=${encodeURIComponent(line)}`).join('&')}`),
  wrong: 'stores the answer, and the next visitor gets it',
  ours: 'asks the origin again',
  wrongFile: IGNORING,
  onWrong: SHARED,
  onOurs: APART,
});

const cacheControl = (value: string) => said(`\`Cache-Control: ${value.trim()}\``, `Cache-Control: ${value}`);

export const CACHE_CONTROL: readonly Attack[] = [
  ...[
    'private',
    'no-store',
    'no-cache',
    'Private',
    'NO-STORE',
    'No-Cache, max-age=60',
    'max-age=60, no-store',
    'public, max-age=60, private',
    'private="Set-Cookie"',
    'no-cache="Set-Cookie"',
    'private="X-User, X-Tenant", max-age=60',
    'max-age=0',
    'max-age=00',
    'Max-Age=0',
    's-maxage=0',
    's-maxage=0, max-age=60',
    'max-age=60, s-maxage=0',
    'max-age=-1',
    'max-age="0"',
    'max-age=garbage',
    'no-store;max-age=60',
  ].map(cacheControl),
  said('no-store in a second line', 'Cache-Control: public, max-age=60', 'Cache-Control: no-store'),
  said('private in the first of two lines', 'Cache-Control: private', 'Cache-Control: max-age=60'),
  said(
    'no-store in a third line',
    'Cache-Control: public',
    'Cache-Control: max-age=60',
    'Cache-Control: no-store',
  ),
  said(
    'private and an Expires in the future',
    'Cache-Control: private',
    'Expires: Thu, 01 Jan 2037 00:00:00 GMT',
  ),
  said(
    'max-age=0 and an Expires in the future',
    'Cache-Control: max-age=0',
    'Expires: Thu, 01 Jan 2037 00:00:00 GMT',
  ),
  said(
    'an Expires in the future before no-store',
    'Expires: Thu, 01 Jan 2037 00:00:00 GMT',
    'Cache-Control: no-store',
  ),
  said('an Expires in the past', 'Expires: Thu, 01 Jan 1970 00:00:00 GMT'),
  said('an Expires a minute ago', `Expires: ${new Date(Date.now() - 60_000).toUTCString()}`),
  said('`Expires: 0`', 'Expires: 0'),
  said('`Expires: -1`', 'Expires: -1'),
  said('an Expires of now', 'Expires: now'),
  said('`X-Accel-Expires: 0`', 'X-Accel-Expires: 0', 'Cache-Control: max-age=60'),
  said('`X-Accel-Expires: 0` after Cache-Control', 'Cache-Control: public, max-age=60', 'X-Accel-Expires: 0'),
  said('a cookie that is set', 'Set-Cookie: sid=1'),
  said('a cookie that is set, and max-age', 'Set-Cookie: sid=1', 'Cache-Control: public, max-age=60'),
  said('a cookie in a second line', 'Set-Cookie: _ga=1', 'Set-Cookie: sid=1', 'Cache-Control: max-age=60'),
  {
    family,
    name: '`X-Accel-Expires: 1` before a longer max-age',
    make: async (site) => {
      const query = '?header=X-Accel-Expires:1&cc=max-age=60,must-revalidate';
      const one = numberOf(await site.get(query));
      await sleep(2500);
      return { shared: numberOf(await site.get(query)) === one };
    },
    wrong: 'serves the page for ten minutes',
    ours: 'asks again after a second',
    wrongFile: IGNORING,
    onWrong: SHARED,
    onOurs: APART,
  },
  {
    family,
    name: 'an Age that is as long as the max-age',
    make: shared('?cc=max-age=60&header=Age:60'),
    wrong: 'stores a page that has expired already',
    ours: 'takes the Age off',
    wrongFile: GUIDE,
    onWrong: SHARED,
    onOurs: APART,
  },
];
