/** Errors that one request provokes, for everybody. */
import { cacheStatus, many } from '../http';
import { APART, type Attack, SHARED, shared } from './attack';
import { CONDITIONS, GUIDE } from './wrong-files';

const family = 'Errors';

export const ERRORS: readonly Attack[] = [
  ...[400, 401, 402, 403, 405, 406, 409, 413, 414, 418, 429, 431, 451, 500, 501, 502, 503, 504].map(
    (status): Attack => ({
      family,
      name: `a ${status} that the origin calls valid for a minute`,
      make: shared(`?status=${status}&cc=max-age=60`),
      wrong: 'stores it, for everybody',
      ours: 'stores only errors that `validity` names',
      wrongFile: GUIDE,
      onWrong: SHARED,
      onOurs: APART,
    }),
  ),
  ...[400, 500, 502].map((status): Attack => ({
    family,
    name: `a ${status} that a header provokes, before the page is there`,
    make: async (site) => {
      site.turn(`status=${status}`);
      await site.get('', { 'x-oversized': 'x'.repeat(900) });
      site.turn('');
      return { status: (await site.get()).status };
    },
    wrong: 'keeps the error of `proxy_cache_valid any` for a minute',
    ours: 'asks the origin again',
    wrongFile: CONDITIONS,
    onWrong: { status },
    onOurs: { status: 200 },
  })),
  {
    family,
    name: 'a 404 to somebody who is logged in',
    make: shared('?status=404', { cookie: 'sid=ALICE' }),
    wrong: 'stores it, for everybody',
    ours: 'stores no answer to a cookie, not even an error',
    wrongFile: GUIDE,
    onWrong: SHARED,
    onOurs: APART,
  },
  {
    family,
    name: 'F14: an error does not say where it came from',
    make: async (site) => {
      const answers = await many(2, 1, () => site.get('?status=404'));
      return { codes: answers.map((one) => one?.status), statuses: answers.map(cacheStatus) };
    },
    wrong: 'has no `X-Cache-Status` on errors',
    ours: 'has it on every answer',
    wrongFile: GUIDE,
    onWrong: { codes: [404, 404], statuses: [undefined, undefined] },
    onOurs: { codes: [404, 404], statuses: ['MISS', 'HIT'] },
  },
];
