/** One request that becomes two on the way to the origin, which reads it in another way than nginx does. */
import { text } from '../http';
import { type Attack, type Site } from './attack';
import { DECODED_PATH, RELAY, UPGRADES } from './wrong-files';

const family = 'Smuggled requests';

const second = (site: Site) => `GET ${site.page}/smuggled HTTP/1.1\r\nHost: ${site.host}\r\n\r\n`;
const reached = (site: Site) => ({
  second: site.seen().some(({ url }) => url.startsWith(`${site.page}/smuggled`)),
});

/** Bytes of one request; `SECOND` is the other one, `LENGTH` its length, `MORE` that with an empty chunk before it. */
const smuggled = (name: string, ...lines: string[]): Attack => ({
  family,
  name,
  make: async (site) => {
    const other = second(site);
    const [first, ...rest] = lines;
    const bytes = [`${first.replace('PAGE', site.page)}`, `Host: ${site.host}`, ...rest]
      .join('\r\n')
      .replaceAll('LENGTH', `${other.length}`)
      .replaceAll('MORE', `${other.length + 5}`)
      .replaceAll('SECOND', other)
      .replaceAll('|LF|', '\n')
      .replaceAll('|CR|', '\r');
    await site.raw(bytes);
    // Whatever was smuggled must not be the answer to somebody else either.
    const next = text(await site.get('/next'));
    return { ...reached(site), next: next === `${site.page}/next` ? 'own' : next };
  },
  wrong: 'passes it on, and the origin answers a second request, which nobody made',
  ours: 'refuses it, or passes it on in the one way in which it was read',
  wrongFile: RELAY,
  our: 'strange origin',
  onWrong: { second: true, next: 'own' },
  onOurs: { second: false, next: 'own' },
});

const POST = 'POST PAGE HTTP/1.1';
/** A body that is empty when it is read in chunks, and the second request when it is read by its length. */
const BODY = ['', '0', '', 'SECOND'];

export const SMUGGLING: readonly Attack[] = [
  smuggled('a length and chunks', POST, 'Content-Length: MORE', 'Transfer-Encoding: chunked', ...BODY),
  smuggled('chunks and a length', POST, 'Transfer-Encoding: chunked', 'Content-Length: MORE', ...BODY),
  ...[
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: CHUNKED',
    'Transfer_Encoding: chunked',
    'Transfer-Encoding: chunked;q=1',
    'X: y\nTransfer-Encoding: chunked',
    'X: y\rTransfer-Encoding: chunked',
  ].map((line) =>
    smuggled(
      `a length and \`${line.replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r').trim()}\`${line.startsWith(' ') ? ' after a space' : ''}`,
      POST,
      'Content-Length: MORE',
      line,
      ...BODY,
    ),
  ),
  smuggled('a folded line', POST, 'Content-Length: MORE', 'Transfer-Encoding:\r\n chunked', ...BODY),
  smuggled(
    'two lines of chunks',
    POST,
    'Content-Length: MORE',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked',
    ...BODY,
  ),
  smuggled('two lengths', POST, 'Content-Length: LENGTH', 'Content-Length: 0', '', 'SECOND'),
  smuggled('a list of lengths', POST, 'Content-Length: LENGTH, 0', 'content_length: 0', '', 'SECOND'),
  smuggled('a length with a sign', POST, 'Content-Length: +0', '', 'SECOND'),
  smuggled('a length that is no number', POST, 'Content-Length: 0x0', '', 'SECOND'),
  smuggled(
    'a length in a second spelling',
    POST,
    'Content-Length: LENGTH',
    'Content_Length: 0',
    '',
    'SECOND',
  ),
  smuggled(
    'chunks in HTTP/1.0',
    'POST PAGE HTTP/1.0',
    'Content-Length: MORE',
    'Transfer-Encoding: chunked',
    ...BODY,
  ),
  smuggled('an empty line that is bare', POST, 'Content-Length: LENGTH|LF|Content-Length: 0|LF|', 'SECOND'),
  smuggled(
    'a chunk whose size overflows',
    POST,
    'Transfer-Encoding: chunked',
    '',
    '10000000000000000',
    '0',
    '',
    'SECOND',
  ),
  ...[
    ['two hosts', 'Host: evil.example'],
    ['a host after a folded line', 'X: y\r\n z\r\nHost: evil.example'],
  ].map(([name, line]): Attack => ({
    family,
    name,
    make: async (site) => {
      await site.lines(`GET ${site.page} HTTP/1.1`, `Host: ${site.host}`, line);
      return { asked: site.seen().length > 0 };
    },
    wrong: 'passes it on, and the origin takes the host that is not in the key',
    ours: 'refuses it',
    wrongFile: RELAY,
    our: 'strange origin',
    onWrong: { asked: true },
    onOurs: { asked: false },
  })),
  {
    family,
    name: 'a line end in the path',
    make: async (site) => {
      const path = `${site.page}%20HTTP/1.1%0D%0AHost:%20x%0D%0A%0D%0AGET%20${site.page}/smuggled`;
      await site.lines(`GET ${path} HTTP/1.1`, `Host: ${site.host}`);
      return reached(site);
    },
    wrong: 'decodes the path on the way to the origin, where it is two requests',
    ours: 'sends the path as the client wrote it',
    wrongFile: DECODED_PATH,
    our: 'strange origin',
    onWrong: { second: true },
    onOurs: { second: false },
  },
  {
    family,
    name: 'a header in the path',
    make: async (site) => {
      const path = `${site.page}%20HTTP/1.1%0D%0AUpgrade:%20h2c%0D%0AX:%20${site.page}/smuggled`;
      const answer = await site.lines(`GET ${path} HTTP/1.1`, `Host: ${site.host}`);
      return { second: answer.includes(' 101 ') || site.seen().some(({ url }) => url === site.page) };
    },
    wrong: 'decodes the path on the way to the origin, which reads a header in it',
    ours: 'sends the path as the client wrote it',
    wrongFile: DECODED_PATH,
    our: 'strange origin',
    onWrong: { second: true },
    onOurs: { second: false },
  },
  ...['h2c', 'websocket', 'tls/1.0'].map((protocol): Attack => ({
    family,
    name: `an upgrade to \`${protocol}\` where none is meant to be`,
    make: async (site) => {
      await site.raw(
        [
          `GET ${site.page} HTTP/1.1`,
          `Host: ${site.host}`,
          `Upgrade: ${protocol}`,
          'Connection: Upgrade, HTTP2-Settings',
          'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
          '',
          '',
        ].join('\r\n') + second(site),
      );
      const { length } = site.seen().filter(({ headers }) => headers.upgrade !== undefined);
      return { upgraded: length > 0 };
    },
    wrong: 'passes it on, and whatever follows on that connection goes past all rules',
    ours: 'passes no upgrade on',
    wrongFile: UPGRADES,
    our: 'strange origin',
    onWrong: { upgraded: true },
    onOurs: { upgraded: false },
  })),
];

/** Only an origin that does not keep to HTTP is harmed. */
const unread = (method: string): Attack => ({
  ...smuggled(`a ${method} with a body`, `${method} PAGE HTTP/1.1`, 'Content-Length: LENGTH', '', 'SECOND'),
  wrong: 'passes it on, and an origin that does not read the body takes it for a second request',
  ours: 'refuses it, or asks over a connection that ends with it',
});

export const LATER_SMUGGLING: readonly Attack[] = ['GET', 'HEAD'].map(unread);
