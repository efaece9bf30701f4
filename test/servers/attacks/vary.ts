/** Answers that are for some visitors only, and say so in Vary. */
import { APART, type Attack, type Headers, SHARED, shared } from './attack';
import { IGNORING } from './wrong-files';

const family = 'Vary';

const varied = (name: string, lines: string[], first: Headers = {}, second: Headers = {}): Attack => ({
  family,
  name,
  make: shared(
    `?cc=max-age=60&${lines.map((line) => `header=Vary:${encodeURIComponent(line)}`).join('&')}`,
    first,
    second,
  ),
  wrong: 'serves to one visitor what is for another',
  ours: 'stores a page for each, or none',
  wrongFile: IGNORING,
  onWrong: SHARED,
  onOurs: APART,
});

const german = { 'accept-language': 'de' };
const english = { 'accept-language': 'en' };

const cookieInSecondLine = varied('`Cookie` in a second line', ['Accept-Encoding', 'Cookie']);

/** nginx before 1.23 reads one line of `Vary`. Visitors with a cookie get nothing of it: their requests are private. */
export const LATER_VARY: readonly Attack[] = [
  {
    ...cookieInSecondLine,
    name: `${cookieInSecondLine.name}, on nginx 1.22`,
    wrong: 'stores the page, and serves it to whoever has no cookie',
    ours: 'does not store it, as on later ones',
  },
];

export const VARY: readonly Attack[] = [
  varied('`*`', ['*']),
  varied('`*` in a list', ['Accept-Encoding, *']),
  varied('`Cookie`', ['Cookie']),
  varied('`COOKIE`', ['COOKIE']),
  varied('`Cookie` in a list without spaces', ['Accept-Language,Cookie']),
  varied('`Authorization`', ['Authorization']),
  varied('`Accept-Language`', ['Accept-Language'], german, english),
  varied('`Accept-Language`, and a visitor without one', ['Accept-Language'], german),
  varied('a list that names the language last', ['Accept, User-Agent, Accept-Language'], german, english),
  varied('`Origin`', ['Origin'], { origin: 'https://evil.example' }, { origin: 'https://good.example' }),
  varied('`User-Agent`', ['User-Agent'], { 'user-agent': 'phone' }, { 'user-agent': 'desk' }),
  varied('`Accept`', ['Accept'], { accept: 'application/json' }, { accept: 'text/html' }),
  varied('a header of one’s own', ['X-Tenant'], { 'x-tenant': 'a' }, { 'x-tenant': 'b' }),
  varied('an empty list element', [', Accept-Language'], german, english),
  varied('the same name twice', ['Accept-Language, Accept-Language'], german, english),
  varied('`*` in a second line', ['Accept-Encoding', '*']),
  varied(
    'a tenant in a second line',
    ['Accept-Encoding', 'X-Tenant'],
    { 'x-tenant': 'a' },
    { 'x-tenant': 'b' },
  ),
  {
    ...cookieInSecondLine,
    ours: 'stores none, on nginx 1.23 and later',
    our: 'nginx of today',
  },
];
