/** What an attack on a cache is. Nothing here starts a server: docs/attacks.md is written from these objects too. */
import { connect } from 'net';
import { type Answer, cacheStatus, fetchFrom, type Origin, type Seen, sleep } from '../http';
import type { WrongFile } from './wrong-files';

/** What an attack found. */
export type Finding = Readonly<Record<string, unknown>>;

export interface Attack {
  readonly family: string;
  readonly name: string;
  readonly make: (site: Site) => Promise<Finding>;
  /** What the wrong file does, in a sentence, and what ours does. */
  readonly wrong: string;
  readonly ours: string;
  readonly wrongFile: WrongFile;
  readonly onWrong: Finding;
  readonly onOurs: Finding;
  /** The one of ours that is attacked; undefined: with the defaults. */
  readonly our?: 'short stale' | 'strange origin' | 'tls' | 'nginx of today';
  /** Whether it takes more than an nginx bears beside other attacks, so that it has one of its own. */
  readonly crowd?: boolean;
}

export type Headers = Readonly<Record<string, string | readonly string[]>>;

/** What is attacked: an nginx before an origin, and a page that no other attack asks for. */
export class Site {
  constructor(
    readonly origin: Origin,
    readonly port: number,
    readonly isOurs: boolean,
    readonly page: string,
    readonly nginx?: { readonly directory: string; workers(): number[] },
    readonly host = 'shop.example.com',
  ) {}

  /** Asks for the page, or one below it. */
  get(rest = '', headers: Headers = {}, method = 'GET', body?: string): Promise<Answer> {
    return fetchFrom(this.port, `${this.page}${rest}`, { host: this.host, ...headers }, method, body);
  }

  hits(rest = ''): number {
    return this.origin.hits(`${this.page}${rest}`);
  }

  /** From now on the origin answers so. */
  turn(query: string, rest = ''): void {
    this.origin.turn(`${this.page}${rest}`, query);
  }

  /** Requests for the page that reached the origin. */
  seen(): Seen[] {
    return this.origin.requests.filter(({ url }) => url.includes(this.page));
  }

  /** Sends bytes as they are, and reads until the other side closes, or says nothing for three seconds. */
  raw(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      const socket = connect(this.port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
      const end = () => {
        socket.destroy();
        resolve(Buffer.concat(chunks).toString('latin1'));
      };
      socket.setTimeout(3000, end);
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', end);
      socket.on('end', end);
    });
  }

  /** The same, for a request of which only some lines are unusual; ends with `Connection: close`. */
  lines(first: string, ...headers: string[]): Promise<string> {
    return this.raw([first, ...headers, 'Connection: close', '', ''].join('\r\n'));
  }
}

/** Which answer of the origin this is. */
export const numberOf = (answer: Answer | undefined) => answer?.headers['x-answer'];

/** Whether the second visitor gets what the first was answered. */
export const shared =
  (query = '', first: Headers = {}, second: Headers = {}) =>
  async (site: Site): Promise<Finding> => {
    const one = await site.get(query, first);
    const two = await site.get(query, second);
    if (!numberOf(one) || !numberOf(two)) throw new Error('the origin was not asked');
    if (!first.cookie && !first.authorization && cacheStatus(one) === 'BYPASS')
      throw new Error('nginx is busy, and stores nothing');
    return { shared: numberOf(one) === numberOf(two) };
  };

/** Longer than a second of validity, of which nginx counts whole ones. */
export const EXPIRED_MS = 2100;

/**
 * Of a page that has expired, the first answer that is not the old one; the old one, when ten visitors in turn get it. The
 * first of them has it renewed, which takes as long as it takes.
 */
export async function afterRenewal(
  site: Site,
  query: string,
  old: ReturnType<typeof numberOf>,
): Promise<Answer> {
  for (let visitor = 1; ; visitor += 1) {
    const answer = await site.get(query);
    if (visitor === 10 || numberOf(answer) !== old) return answer;
    await sleep(200);
  }
}

export const SHARED: Finding = { shared: true };
export const APART: Finding = { shared: false };

/** Statuses of raw answers. */
export const statusesIn = (text: string) =>
  [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => Number(status));
