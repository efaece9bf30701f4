/** Two requests that the cache takes for one, though the origin does not. */
import { text } from '../http';
import { APART, type Attack, type Finding, SHARED, type Site } from './attack';
import {
  ANY_HOST,
  DECODED_KEY,
  GUIDE,
  NO_HOST,
  NO_QUERY,
  POSTS,
  POSTS_AS_GETS,
  type WrongFile,
} from './wrong-files';

const family = 'Keys';

const one = (
  name: string,
  wrongFile: WrongFile,
  make: (site: Site) => Promise<Finding>,
  wrong = 'takes both for one page',
  ours = 'knows two pages',
): Attack => ({ family, name, make, wrong, ours, wrongFile, onWrong: SHARED, onOurs: APART });

/** Whether the second path is answered with what the first was. Raw, since a client would mend them. */
const paths = (first: string, second: string) => async (site: Site) => {
  const ask = (path: string) => site.lines(`GET ${site.page}${path} HTTP/1.1`, `Host: ${site.host}`);
  const number = (answer: string) => /^x-answer: (\d+)/im.exec(answer)?.[1];
  const [before, after] = [number(await ask(first)), number(await ask(second))];
  return { shared: before !== undefined && before === after };
};

/** What the next visitor reads of the host after an attacker who says it otherwise. */
const hosts = (name: string, request: (site: Site) => string[], evil: RegExp): Attack => ({
  family,
  name,
  make: async (site) => {
    const [first, ...headers] = request(site);
    await site.lines(first, ...headers);
    return { shared: evil.test(text(await site.get())) };
  },
  wrong: 'stores a page with the attacker’s host in it, under the key of the site',
  ours: 'tells the origin the name that is in the key, or refuses',
  wrongFile: ANY_HOST,
  onWrong: SHARED,
  onOurs: APART,
});

export const KEYS: readonly Attack[] = [
  hosts(
    'a port in the host',
    (site) => [`GET ${site.page} HTTP/1.1`, `Host: ${site.host}:1337`],
    /host=\S+:1337/,
  ),
  hosts(
    'the host in capitals',
    (site) => [`GET ${site.page} HTTP/1.1`, 'Host: SHOP.example.COM'],
    /host=SHOP/,
  ),
  hosts(
    'a dot after the host',
    (site) => [`GET ${site.page} HTTP/1.1`, `Host: ${site.host}.`],
    /host=\S+com\. /,
  ),
  hosts(
    'a whole address in the request line, and another host',
    (site) => [`GET http://${site.host}${site.page} HTTP/1.1`, 'Host: evil.example'],
    /host=evil/,
  ),
  hosts(
    'the same with a scheme in capitals',
    (site) => [`GET HTTP://${site.host}${site.page} HTTP/1.1`, 'Host: evil.example'],
    /host=evil/,
  ),
  hosts(
    'a whole address with a port',
    (site) => [`GET http://${site.host}:80${site.page} HTTP/1.1`, 'Host: evil.example:99'],
    /host=evil/,
  ),
  one('the scheme that a proxy in front saw', GUIDE, async (site) => {
    await site.get('?echo=x-forwarded-proto', { 'x-forwarded-proto': 'https' });
    return { shared: text(await site.get('?echo=x-forwarded-proto')).includes('proto=https') };
  }),
  one('a scheme that is none', GUIDE, async (site) => {
    await site.get('?echo=x-forwarded-proto', { 'x-forwarded-proto': 'ftp' });
    return { shared: text(await site.get('?echo=x-forwarded-proto')).includes('proto=ftp') };
  }),
  one('an encoded question mark', DECODED_KEY, paths('%3Fq=1', '?q=1')),
  one('an encoded slash', DECODED_KEY, paths('%2Fa', '/a')),
  one('an encoded semicolon', DECODED_KEY, paths('%3Ba', ';a')),
  one('an encoded plus', DECODED_KEY, paths('%2Ba', '+a')),
  one('an encoded letter', DECODED_KEY, paths('%61', 'a')),
  one('encoded angle brackets', DECODED_KEY, paths('<script>', '%3Cscript%3E')),
  one('an encoded quotation mark', DECODED_KEY, paths('"x', '%22x')),
  one('a fragment', DECODED_KEY, paths('#<script>', '')),
  one('small letters in an escape', DECODED_KEY, paths('%2fa', '%2Fa')),
  one('a dot segment', DECODED_KEY, paths('/./a', '/a')),
  one('two dots', DECODED_KEY, paths('/x/../a', '/a')),
  one('encoded dots', DECODED_KEY, paths('/x/%2e%2e/a', '/a')),
  one('two slashes', DECODED_KEY, paths('//a', '/a')),
  one('the value of a parameter', NO_QUERY, paths('?id=1', '?id=2')),
  one('the order of parameters', NO_QUERY, paths('?a=1&b=2', '?b=2&a=1')),
  one('a parameter twice', NO_QUERY, paths('?a=1&a=2', '?a=2&a=1')),
  one('a semicolon between parameters', NO_QUERY, paths('?a=1;b=2', '?a=1')),
  one('an encoded ampersand', NO_QUERY, paths('?a=1%26b=2', '?a=1&b=2')),
  one('an empty query', NO_QUERY, paths('?', '')),
  one('a parameter that only the origin does not know', NO_QUERY, paths('?utm_content=<script>', '')),
  {
    ...one('a host that the client makes up', NO_HOST, async (site) => {
      await site.get('', { host: 'evil.example' });
      return { shared: site.hits() === 1 && (await site.get()).status === 200 && site.hits() === 1 };
    }),
    wrong: 'serves what was fetched for another host',
    ours: 'has the host in the key, and refuses hosts that are not listed',
  },
  {
    family,
    name: 'F10: HEAD and GET are two pages',
    make: async (site) => {
      await site.get('', {}, 'HEAD');
      const { body } = await site.get();
      return { hits: site.hits(), whole: body.length };
    },
    wrong: 'asks the origin for each',
    ours: 'asks once, and answers HEAD from what GET stored',
    wrongFile: GUIDE,
    onWrong: { hits: 2, whole: 5000 },
    onOurs: { hits: 1, whole: 5000 },
  },
  {
    family,
    name: 'F12: the origin is asked for another host than the one in the key',
    make: async (site) => ({ host: /host=(\S+)/.exec(text(await site.get()))?.[1] }),
    wrong: 'asks for `backend`',
    ours: 'asks for the host in the key',
    wrongFile: GUIDE,
    onWrong: { host: 'backend' },
    onOurs: { host: 'shop.example.com' },
  },
  ...(
    [
      ['a search by POST', 'q=cats', 'POST', 'q=dogs', 'POST'],
      ['a POST, then a GET', 'q=cats', 'POST', undefined, 'GET'],
    ] as const
  ).map(([name, body, method, otherBody, otherMethod]): Attack => ({
    ...one(name, POSTS, async (site) => {
      const ask = async (what: string | undefined, how: string) =>
        text(
          await site.get(
            '?echo=body&cc=max-age=60',
            what === undefined ? {} : { 'content-length': `${what.length}` },
            how,
            what,
          ),
        );
      await ask(body, method);
      return { shared: (await ask(otherBody, otherMethod)).includes('cats') };
    }),
    wrongFile: otherMethod === 'GET' ? POSTS_AS_GETS : POSTS,
    wrong: 'answers it with what was answered to another body',
    ours: 'stores no answer to POST',
  })),
];
