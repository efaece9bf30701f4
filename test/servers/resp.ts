/** A client that speaks the protocol of Redis to a socket, well or badly. */
import { connect, type Socket } from 'net';

export function command(...args: Array<string | Buffer>): Buffer {
  const parts = args.flatMap((arg) => [
    Buffer.from(`$${Buffer.byteLength(arg)}\r\n`),
    Buffer.from(arg),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

/** A connection that has logged in. What it is sent, it reads only when told to. */
export async function login(port: number, user: string, password: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // Being disconnected is what some of these clients are for.
  socket.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
  socket.write(command('AUTH', user, password));
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

/** A client that asks one thing after the other and reads every answer. */
export class PoliteClient {
  private buffer = Buffer.alloc(0);
  private waiting?: { resolve: (reply: string) => void; reject: (error: Error) => void };

  constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.buffer = Buffer.concat([this.buffer, chunk]);
      this.answer();
    });
    socket.on('close', () => this.waiting?.reject(new Error('it was disconnected')));
  }

  /** The answer as text: of a value its bytes, of anything else its line. */
  ask(...args: Array<string | Buffer>): Promise<string> {
    return this.send(command(...args));
  }

  /** Sends the rest of a command that was begun; the same answer. */
  send(bytes: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('it was disconnected'));
      this.waiting = { resolve, reject };
      this.socket.write(bytes);
    });
  }

  private answer(): void {
    const end = this.buffer.indexOf('\r\n');
    if (end < 0 || !this.waiting) return;
    const line = this.buffer.toString('latin1', 0, end);
    const length = line.startsWith('$') ? Number(line.slice(1)) : -1;
    const total = length < 0 ? end + 2 : end + 4 + length;
    if (this.buffer.length < total) return;
    const reply = length < 0 ? line : this.buffer.toString('latin1', end + 2, end + 2 + length);
    this.buffer = this.buffer.subarray(total);
    const { resolve } = this.waiting;
    this.waiting = undefined;
    resolve(reply);
  }
}
