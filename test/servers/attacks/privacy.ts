/** What is answered to somebody, and got by a stranger. */
import { text } from '../http';
import { type Attack, type Headers, numberOf, shared, type Site } from './attack';
import { GUIDE } from './wrong-files';

const family = 'Privacy';

/** What a stranger gets after somebody with credentials. */
const afterSomebody = (headers: Headers) => async (site: Site) => {
  await site.get('', headers);
  const stranger = await site.get();
  return { stranger: /who=(\S.*?) x/.exec(text(stranger))?.[1].trim() };
};

const credentials = (flaw: string, name: string, headers: Record<string, string>): Attack => ({
  family,
  name: `${flaw}${name}`,
  make: afterSomebody(headers),
  wrong: 'stores the answer, and a stranger gets it',
  ours: 'neither stores it nor looks it up',
  wrongFile: GUIDE,
  onWrong: { stranger: Object.values(headers)[0] },
  onOurs: { stranger: 'anonymous' },
});

/** A name of a session cookie that a framework uses, and one that only looks harmless. */
const SESSIONS = [
  'PHPSESSID=A',
  'JSESSIONID=A',
  'connect.sid=A',
  '__Host-session=A',
  'laravel_session=A',
  'wordpress_logged_in_1f=A',
  'ASP.NET_SessionId=A',
  'session="A; _ga=1"',
  'sid',
  '_ga=1; sid=A',
  '_ga=1;sid=A',
  '_gid2=A',
  'x_ga=A',
  ' utm_source=1; sid=A',
];

export const PRIVACY: readonly Attack[] = [
  credentials('F1: ', 'the answer to credentials', { authorization: 'Bearer ALICE' }),
  credentials('', 'the answer to a password', { authorization: 'Basic QUxJQ0U6c2VjcmV0' }),
  credentials('F2: ', 'the answer to a cookie', { cookie: 'sid=ALICE' }),
  ...SESSIONS.map((cookie): Attack => ({
    ...credentials('', `the cookie \`${cookie.trim()}\``, { cookie }),
    onWrong: { stranger: cookie.trim() },
  })),
  {
    family,
    name: 'a session in a second line of Cookie',
    make: async (site) => {
      await site.lines(
        `GET ${site.page} HTTP/1.1`,
        `Host: ${site.host}`,
        'Cookie: _ga=1',
        'Cookie: sid=ALICE',
      );
      return { leaks: text(await site.get()).includes('ALICE') };
    },
    wrong: 'stores the answer, and a stranger gets it',
    ours: 'reads both lines, and stores nothing',
    wrongFile: GUIDE,
    onWrong: { leaks: true },
    onOurs: { leaks: false },
  },
  {
    family,
    name: 'the page of a stranger, for somebody with a cookie',
    make: async (site) => {
      const stranger = numberOf(await site.get());
      return { own: numberOf(await site.get('', { cookie: 'sid=BOB' })) !== stranger };
    },
    wrong: 'answers from the cache what is somebody’s own',
    ours: 'asks the origin for each',
    wrongFile: GUIDE,
    onWrong: { own: false },
    onOurs: { own: true },
  },
  {
    family,
    name: 'the answer to a cookie with HEAD first',
    make: async (site) => {
      await site.get('', { cookie: 'sid=ALICE' }, 'HEAD');
      await site.get('', { cookie: 'sid=ALICE' });
      return { stranger: /who=(\S+)/.exec(text(await site.get()))?.[1] };
    },
    wrong: 'stores what GET got, and a stranger gets it',
    ours: 'stores neither',
    wrongFile: GUIDE,
    onWrong: { stranger: 'sid=ALICE' },
    onOurs: { stranger: 'anonymous' },
  },
  {
    family,
    name: 'the answer to credentials that the origin lets be shared, without a key for them',
    make: shared('?cc=public,%20max-age=60', { authorization: 'Bearer ALICE' }),
    wrong: 'serves it to a stranger',
    ours: 'stores no answer to credentials, whatever it says',
    wrongFile: GUIDE,
    onWrong: { shared: true },
    onOurs: { shared: false },
  },
];
