/** HTTP/2 at the edge: what is a line in HTTP/1.1 is something else there. */
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'http2';
import type { Attack, Site } from './attack';
import { ANY_HOST, DECODED_KEY, GUIDE_OVER_TLS, overTls } from './wrong-files';

const family = 'HTTP/2';

interface Reply {
  readonly status: number;
  readonly number?: string;
  readonly body: string;
}

function session(site: Site): ClientHttp2Session {
  const one = connect(`https://127.0.0.1:${site.port}`, { servername: site.host, rejectUnauthorized: false });
  one.on('error', () => undefined);
  return one;
}

/** One request; one that is reset has the status 0. */
function ask(on: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<Reply> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let [status, number]: [number, string | undefined] = [0, undefined];
    const end = () => resolve({ status, number, body: Buffer.concat(chunks).toString() });
    try {
      on.request(headers)
        .on('response', (answer) => {
          status = Number(answer[':status']);
          number = answer['x-answer'] as string | undefined;
        })
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', end)
        .on('close', end)
        .setTimeout(20_000, end);
    } catch {
      end();
    }
  });
}

async function inTurn(site: Site, ...requests: OutgoingHttpHeaders[]): Promise<Reply[]> {
  const on = session(site);
  const replies: Reply[] = [];
  for (const headers of requests) {
    replies.push(await ask(on, { ':authority': site.host, ':path': site.page, ...headers }));
  }
  on.destroy();
  return replies;
}

/** Whether the last visitor reads what the first one caused. */
const poisoned = (
  name: string,
  first: (site: Site) => OutgoingHttpHeaders,
  evil: RegExp,
  wrong = 'stores the answer, and everybody gets it',
  ours = 'does not',
): Attack => ({
  family,
  name,
  make: async (site) => {
    const [, victim] = await inTurn(site, first(site), {});
    return { poisoned: evil.test(victim.body) };
  },
  wrong,
  ours,
  wrongFile: GUIDE_OVER_TLS,
  our: 'tls',
  onWrong: { poisoned: true },
  onOurs: { poisoned: false },
});

const hosts = (name: string, headers: OutgoingHttpHeaders): Attack => ({
  family,
  name,
  make: async (site) => {
    await inTurn(site, headers);
    return { hits: site.hits() };
  },
  wrong: 'serves the site, and stores a page',
  ours: 'refuses it',
  wrongFile: GUIDE_OVER_TLS,
  our: 'tls',
  onWrong: { hits: 1 },
  onOurs: { hits: 0 },
});

export const HTTP2: readonly Attack[] = [
  poisoned(
    'the answer to a cookie',
    () => ({ cookie: 'sid=ALICE' }),
    /ALICE/,
    undefined,
    'does not store it',
  ),
  poisoned(
    'a session in a second crumb of the cookie',
    () => ({ cookie: ['_ga=1', 'sid=ALICE'] }),
    /ALICE/,
    undefined,
    'reads both crumbs, and stores nothing',
  ),
  poisoned(
    'a session before crumbs of analytics',
    () => ({ cookie: ['sid=ALICE', '_ga=1', '_gid=2'] }),
    /ALICE/,
    undefined,
    'reads all crumbs, and stores nothing',
  ),
  poisoned(
    'the answer to credentials',
    () => ({ authorization: 'Bearer ALICE' }),
    /ALICE/,
    undefined,
    'does not store it',
  ),
  poisoned(
    'a forwarded host',
    () => ({ 'x-forwarded-host': 'evil.example' }),
    /evil/,
    undefined,
    'overwrites it',
  ),
  hosts('an authority that is made up', { ':authority': 'evil.example' }),
  hosts('an authority that is an address', { ':authority': '127.0.0.1' }),
  {
    ...poisoned(
      'a port in the authority',
      (site) => ({ ':authority': `${site.host}:1337` }),
      /host=\S+:1337/,
    ),
    ours: 'tells the origin the name that is in the key',
    wrongFile: overTls(ANY_HOST),
  },
  ...[
    ['an encoded question mark', '%3Fq=1', '?q=1'],
    ['an encoded slash', '%2Fa', '/a'],
    ['a dot segment', '/./a', '/a'],
    ['a fragment', '#<script>', ''],
    ['a backslash', '%5Ca', '\\a'],
  ].map(([name, first, second]): Attack => ({
    family,
    name: `${name} in the path`,
    make: async (site) => {
      const [one, two] = await inTurn(
        site,
        { ':path': `${site.page}${first}` },
        { ':path': `${site.page}${second}` },
      );
      return { shared: one.number !== undefined && one.number === two.number };
    },
    wrong: 'takes both for one page',
    ours: 'knows two pages',
    wrongFile: overTls(DECODED_KEY),
    our: 'tls',
    onWrong: { shared: true },
    onOurs: { shared: false },
  })),
  {
    family,
    name: 'HEAD, then GET',
    make: async (site) => {
      const [, get] = await inTurn(site, { ':method': 'HEAD' }, {});
      return { hits: site.hits(), whole: get.body.length };
    },
    wrong: 'asks the origin for each',
    ours: 'asks once',
    wrongFile: GUIDE_OVER_TLS,
    our: 'tls',
    onWrong: { hits: 2, whole: 5000 },
    onOurs: { hits: 1, whole: 5000 },
  },
  {
    family,
    name: '100 streams for a cold page on one connection',
    make: async (site) => {
      const on = session(site);
      // How many streams there may be at one time is known from then on; the others wait.
      await new Promise((resolve) => on.once('remoteSettings', resolve));
      const replies = await Promise.all(
        Array.from({ length: 100 }, () =>
          ask(on, { ':authority': site.host, ':path': `${site.page}?delay=300` }),
        ),
      );
      on.destroy();
      return {
        ok: replies.filter(({ status }) => status === 200).length,
        hits: site.hits() > 1 ? 'many' : 1,
      };
    },
    wrong: 'asks the origin for each',
    ours: 'asks it once',
    wrongFile: GUIDE_OVER_TLS,
    our: 'tls',
    onWrong: { ok: 100, hits: 'many' },
    onOurs: { ok: 100, hits: 1 },
  },
  ...[
    ['a page under the name of a static file', '/account/x.css'],
    ['the same after an encoded question mark', '/account%3Fx.css'],
  ].map(([name, path]): Attack => ({
    family,
    name,
    make: async (site) => {
      const page = { ':path': `${site.page}${path}?type=text/html` };
      const [one, two] = await inTurn(site, page, page);
      return { shared: one.number === two.number };
    },
    wrong: 'stores it',
    ours: 'stores no page under the name of a static file',
    wrongFile: GUIDE_OVER_TLS,
    our: 'tls',
    onWrong: { shared: true },
    onOurs: { shared: false },
  })),
];
