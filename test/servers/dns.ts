import { createSocket } from 'dgram';

/** A DNS server on loopback that knows IPv4 addresses of a few names, which may change. */
export class Dns {
  readonly addresses = new Map<string, string>();
  readonly asked: string[] = [];
  private readonly socket = createSocket('udp4');

  async start(): Promise<number> {
    this.socket.on('message', (question, from) =>
      this.socket.send(this.answer(question), from.port, from.address),
    );
    await new Promise<void>((resolve) => this.socket.bind(0, '127.0.0.1', resolve));
    return this.socket.address().port;
  }

  stop(): void {
    this.socket.close();
  }

  /** RFC 1035: the question again, and an address for A where there is one; else NXDOMAIN. */
  private answer(question: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at]; length > 0; length = question[at]) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join('.');
    const isA = question.readUInt16BE(at + 1) === 1;
    this.asked.push(name);
    const address = this.addresses.get(name);
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(address === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(address !== undefined && isA ? 1 : 0, 6);
    const record =
      address !== undefined && isA
        ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)])
        : Buffer.alloc(0);
    return Buffer.concat([header, question.subarray(12, at + 5), record]);
  }
}
