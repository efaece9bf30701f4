/** Bodies of requests that should have none. */
import { text } from '../http';
import { type Attack, type Site } from './attack';
import { GUIDE, NO_METHOD } from './wrong-files';

/** A GET whose body the page depends on. */
const body = (name: string, send: (site: Site) => Promise<unknown>): Attack => ({
  family: 'Bodies',
  name,
  make: async (site) => {
    await send(site);
    return { poisoned: text(await site.get('?echo=body')).includes('EVIL') };
  },
  wrong: 'passes the body on, and everybody gets the page that it made',
  ours: 'refuses it, or neither looks it up nor stores it',
  wrongFile: GUIDE,
  onWrong: { poisoned: true },
  onOurs: { poisoned: false },
});

const sent = (method: string, lines: readonly string[], bytes: string) => (site: Site) =>
  site.raw(
    [
      `${method} ${site.page}?echo=body HTTP/1.1`,
      `Host: ${site.host}`,
      ...lines,
      'Connection: close',
      '',
      bytes,
    ].join('\r\n'),
  );

export const BODIES: readonly Attack[] = [
  body('a GET with a length', sent('GET', ['Content-Length: 4'], 'EVIL')),
  body(
    'a GET with a form',
    sent('GET', ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 6'], 'q=EVIL'),
  ),
  body('a GET in chunks', sent('GET', ['Transfer-Encoding: chunked'], '4\r\nEVIL\r\n0\r\n\r\n')),
  body(
    'a GET that waits for leave to send its body',
    sent('GET', ['Expect: 100-continue', 'Content-Length: 4'], 'EVIL'),
  ),
  {
    ...body('a HEAD with a length', sent('HEAD', ['Content-Length: 4'], 'EVIL')),
    wrongFile: NO_METHOD,
  },
];
