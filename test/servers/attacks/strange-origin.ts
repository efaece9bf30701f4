/** An origin that reads requests more leniently than anything in front of it may hope. */
import { type AddressInfo, createServer, type Server, type Socket } from 'net';
import { Origin } from '../http';

const END_OF_HEAD = /\r?\n\r?\n/;

/**
 * It takes any line end, any spelling of `Transfer-Encoding`, the last of several lengths, and a body of GET for the next
 * request. After an upgrade it takes what comes for requests again. Whatever a proxy passes on that can be read in two ways,
 * it reads in the wrong one.
 */
export class StrangeOrigin extends Origin {
  private readonly sockets = new Set<Socket>();
  private readonly lenient: Server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString('latin1');
      for (;;) {
        const taken = this.take(rest, socket);
        if (taken === undefined) return;
        rest = rest.slice(taken);
      }
    });
  });

  /** How many characters the next request has, once it is there as a whole. */
  private take(text: string, socket: Socket): number | undefined {
    const end = END_OF_HEAD.exec(text);
    if (!end) return undefined;
    const [first, ...lines] = text
      .slice(0, end.index)
      .replace(/\r?\n[ \t]+/g, ' ')
      .split(/[\r\n]+/);
    const url = first.split(' ')[1] ?? '';
    const start = end.index + end[0].length;
    const length = this.bodyLength(first, lines, text.slice(start));
    if (length === undefined) return undefined;
    const upgrade = lines.flatMap((line) => /^upgrade: *(.*)/i.exec(line)?.[1] ?? [])[0];
    this.requests.push({ url, headers: upgrade === undefined ? {} : { upgrade } });
    socket.write(
      upgrade
        ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'
        : `HTTP/1.1 200 OK\r\nContent-Length: ${url.length}\r\nContent-Type: text/plain\r\n\r\n${url}`,
    );
    return start + length;
  }

  private bodyLength(first: string, lines: readonly string[], after: string): number | undefined {
    const chunked = lines.some((line) => /^\W*transfer.encoding\W*:.*chunked/i.test(line));
    if (chunked) {
      // To the empty chunk: whoever sends another one first is read to its end.
      const last = /(^|\n)0+[^\n]*\n\r?\n/.exec(after);
      return last ? last.index + last[0].length : undefined;
    }
    if (/^(GET|HEAD)/.test(first)) return 0;
    const lengths = lines.flatMap((line) => /^\W*content.length\W*:\s*\D*(\d+)/i.exec(line)?.[1] ?? []);
    const length = Number(lengths.at(-1) ?? 0);
    return after.length >= length ? length : undefined;
  }

  override async start(): Promise<number> {
    await new Promise<void>((resolve) => this.lenient.listen(0, '127.0.0.1', resolve));
    return (this.lenient.address() as AddressInfo).port;
  }

  override stop(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.lenient.close(() => resolve()));
    this.sockets.forEach((socket) => socket.destroy());
    return ended;
  }
}
