/** HTTP for the tests of servers: a client that takes answers as they are, and an application that counts. */
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server as HttpServer,
  type ServerResponse,
} from 'http';
import type { AddressInfo } from 'net';
import { gzipSync } from 'zlib';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** One request over a connection of its own; an answer that breaks off is an error. */
export function fetchFrom(
  port: number,
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, headers: headers as OutgoingHttpHeaders, method, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('aborted', () => reject(new Error(`the answer to ${path} broke off`)));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Requests in turns, `width` at a time; what failed is undefined. */
export async function many(
  count: number,
  width: number,
  one: (index: number) => Promise<Answer>,
): Promise<Array<Answer | undefined>> {
  const answers: Array<Answer | undefined> = [];
  let next = 0;
  const run = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      answers[index] = await one(index).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: width }, run));
  return answers;
}

export const cacheStatus = (answer: Answer | undefined) => answer?.headers['x-cache-status'];
export const text = (answer: Answer | undefined) => answer?.body.toString() ?? '';
export const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What reached an origin. */
export interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/**
 * An application that counts what reaches it and tells back who asked. The query of a request says how it answers: `type`,
 * `status`, `size` in bytes, `delay` in milliseconds, `down` for no answer at all, and headers: `vary`, `cc` for
 * Cache-Control, `set` for Set-Cookie, `etag`, `modified`, and `header=Name: value` for any, as many lines as there are.
 * `echo=name,…` puts headers of the request into the page, `echo=body` what came with it. With `conditions` it looks at
 * what the client has already. Each answer has a number in `X-Answer`. It compresses when it is asked to, and, as many do,
 * forgets to say so in `Vary`.
 */
export class Origin {
  readonly requests: Seen[] = [];
  readonly connections = new Set<unknown>();
  down = false;
  delay = 0;
  private answers = 0;
  private readonly atOnce = new Map<string, { now: number; most: number }>();
  private port = 0;
  private readonly turned = new Map<string, string>();
  private readonly server: HttpServer = createServer((incoming, outgoing) => {
    const url = incoming.url ?? '';
    this.connections.add(incoming.socket);
    this.requests.push({ url, headers: incoming.headers });
    this.count(url.split('?')[0], outgoing);
    const query = this.queryOf(url);
    if (this.down || query.has('down')) {
      incoming.socket.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    incoming.on('error', () => undefined);
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => this.answer(incoming, outgoing, query, Buffer.concat(chunks)));
  });

  private queryOf(url: string): URLSearchParams {
    const [path, ...rest] = url.split('?');
    return new URLSearchParams(this.turned.get(path) ?? rest.join('?'));
  }

  private answer(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    query: URLSearchParams,
    sent: Buffer,
  ): void {
    const url = incoming.url ?? '';
    const {
      'x-forwarded-host': forwarded,
      authorization,
      cookie,
      host,
      'if-none-match': match,
    } = incoming.headers;
    const [etag, modified] = [query.get('etag'), query.get('modified')];
    const tag = etag?.startsWith('W/') ? `W/"${etag.slice(2)}"` : `"${etag}"`;
    const headers: Array<[string, string]> = [
      [
        'content-type',
        query.get('type') ?? (/\.(css|js)$/.test(url.split('?')[0]) ? 'text/html' : 'text/plain'),
      ],
      ['x-answer', `${(this.answers += 1)}`],
      ...[
        ['vary', 'vary'],
        ['cc', 'cache-control'],
        ['set', 'set-cookie'],
      ].flatMap(([name, header]): Array<[string, string]> => {
        const value = query.get(name);
        return value ? [[header, value]] : [];
      }),
      ...(etag ? [['etag', tag] as [string, string]] : []),
      ...(modified ? [['last-modified', modified] as [string, string]] : []),
      ...query.getAll('header').map((line): [string, string] => {
        const [name, ...value] = line.split(':');
        return [name, value.join(':').trim()];
      }),
    ];
    const end = (status: number, body?: Buffer) =>
      outgoing.writeHead(status, headers.flat()).end(status === 304 ? undefined : body);
    // Weakly, as RFC 9110 says: nginx weakens the tag of what it compresses.
    if (etag && match?.replace(/^W\//, '') === tag.replace(/^W\//, '')) {
      end(304);
      return;
    }
    if (query.has('conditions')) {
      if (match === '*' || incoming.headers['if-modified-since']) return void end(304);
      if (incoming.headers['if-match'] || incoming.headers['if-unmodified-since']) return void end(412);
    }
    const echo = (query.get('echo')?.split(',') ?? []).map(
      (name) => ` ${name}=${name === 'body' ? sent.toString() : String(incoming.headers[name])}`,
    );
    const line = `url=${url} host=${host} for=${String(forwarded)} who=${authorization ?? cookie ?? 'anonymous'}${echo.join('')} `;
    let body = Buffer.from(line.padEnd(Number(query.get('size') ?? 5000), 'x'));
    if (/gzip/.test(String(incoming.headers['accept-encoding']))) {
      body = gzipSync(body);
      headers.push(['content-encoding', 'gzip']);
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? '');
    const answer = () => {
      if (range && query.get('ranges')) {
        const [from, to] = [Number(range[1]), Math.min(Number(range[2]), body.length - 1)];
        headers.push(['content-range', `bytes ${from}-${to}/${body.length}`]);
        end(206, body.subarray(from, to + 1));
      } else end(Number(query.get('status') ?? 200), body);
    };
    setTimeout(answer, Number(query.get('delay') ?? this.delay));
  }

  /** Addresses that it was asked for. */
  get urls(): string[] {
    return this.requests.map(({ url }) => url);
  }

  /** Headers of the requests. */
  get seen(): Array<Seen['headers']> {
    return this.requests.map(({ headers }) => headers);
  }

  /** From now on a path is answered as this query says, whatever the query of the request. */
  turn(path: string, query: string): void {
    this.turned.set(path, query);
  }

  private count(path: string, outgoing: ServerResponse): void {
    const of = this.atOnce.get(path) ?? { now: 0, most: 0 };
    this.atOnce.set(path, of);
    of.now += 1;
    of.most = Math.max(of.most, of.now);
    outgoing.on('close', () => (of.now -= 1));
  }

  /** Most requests for a path that it had to answer at one time. */
  mostAtOnce(path: string): number {
    return this.atOnce.get(path)?.most ?? 0;
  }

  /** Requests for a path and what lies below it. */
  hits(path: string): number {
    return this.urls.filter((url) => url.startsWith(path)).length;
  }

  /** Listens; a second time on the same port, after a stop. */
  async start(port = 0, address = '127.0.0.1'): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(port, address, resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this.port;
  }

  forget(): void {
    this.requests.length = 0;
    this.turned.clear();
    this.atOnce.clear();
    this.connections.clear();
    this.down = false;
    this.delay = 0;
  }

  /** Ends at once, with all of its connections. */
  stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    return ended;
  }
}
