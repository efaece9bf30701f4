/** HTTP for the tests of servers: a client that takes answers as they are, and an application that counts. */
import { createServer, type IncomingMessage, request, type Server as HttpServer } from 'http';
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
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, headers, method, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('aborted', () => reject(new Error(`the answer to ${path} broke off`)));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
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

/**
 * An application that counts what reaches it and tells back who asked. The query of a request says how it answers: `type`,
 * `status`, `size` in bytes, and headers: `vary`, `cc` for Cache-Control, `etag`. It compresses when it is asked to, and, as
 * many do, forgets to say so in `Vary`.
 */
export class Origin {
  readonly urls: string[] = [];
  readonly seen: IncomingMessage['headers'][] = [];
  readonly connections = new Set<unknown>();
  down = false;
  delay = 0;
  private port = 0;
  private readonly server: HttpServer = createServer((incoming, outgoing) => {
    const url = incoming.url ?? '';
    this.urls.push(url);
    this.connections.add(incoming.socket);
    this.seen.push(incoming.headers);
    if (this.down) {
      incoming.socket.destroy();
      return;
    }
    const query = new URL(url, 'http://origin').searchParams;
    const {
      'x-forwarded-host': forwarded,
      authorization,
      cookie,
      host,
      'if-none-match': match,
    } = incoming.headers;
    const etag = query.get('etag');
    const headers: Record<string, string> = {
      'content-type':
        query.get('type') ?? (/\.(css|js)$/.test(url.split('?')[0]) ? 'text/html' : 'text/plain'),
      ...(query.get('vary') && { vary: query.get('vary') ?? '' }),
      ...(query.get('cc') && { 'cache-control': query.get('cc') ?? '' }),
      ...(query.get('set') && { 'set-cookie': query.get('set') ?? '' }),
      ...(etag && { etag: `"${etag}"` }),
    };
    // Weakly, as RFC 9110 says: nginx weakens the tag of what it compresses.
    if (etag && match?.replace(/^W\//, '') === `"${etag}"`) {
      outgoing.writeHead(304, headers).end();
      return;
    }
    const line = `url=${url} host=${host} for=${String(forwarded)} who=${authorization ?? cookie ?? 'anonymous'} `;
    let body = Buffer.from(line.padEnd(Number(query.get('size') ?? 5000), 'x'));
    if (/gzip/.test(String(incoming.headers['accept-encoding']))) {
      body = gzipSync(body);
      headers['content-encoding'] = 'gzip';
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? '');
    const answer = () => {
      if (range && query.get('ranges')) {
        const [from, to] = [Number(range[1]), Math.min(Number(range[2]), body.length - 1)];
        headers['content-range'] = `bytes ${from}-${to}/${body.length}`;
        outgoing.writeHead(206, headers).end(body.subarray(from, to + 1));
      } else outgoing.writeHead(Number(query.get('status') ?? 200), headers).end(body);
    };
    setTimeout(answer, this.delay);
  });

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
    this.urls.length = 0;
    this.seen.length = 0;
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
