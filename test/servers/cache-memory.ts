/** Caches in a memory cgroup of their container's limit, filled with values that are hard on an allocator. */
import { Size } from 'cdk8s';
import { type CacheEngine, CacheRedis, type CacheRedisProps, ValueSizes } from 'cdk8s-tuned';
import { createCipheriv } from 'crypto';
import type { Socket } from 'net';
import { join } from 'path';
import { parseBytes } from '../../lib/units/quantity';
import { find, manifests, newChart } from '../support/synth';
import { Cache, PASSWORD } from './cache';
import { freePort, type Scratch, startServer, until } from './harness';
import { MemoryLimit } from './memory-limit';
import { command, login, PoliteClient } from './resp';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes that no compression and no shared encoding makes smaller, the same in every run: a cipher's stream from a fixed key. */
const NOISE = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(4 * MIB));
/** Values of it, in sizes that change all the time. */
const sized = (bytes: number, at: number) => NOISE.subarray(at % 977, (at % 977) + bytes);

/** Sizes that never fit the places that were freed: most are small, some a few KiB, a few up to a quarter of a MiB. */
function anySize(index: number): number {
  const [kind, size] = [(index * 2_654_435_761) % 100, (index * 40_503) % 1000];
  if (kind < 70) return 16 + (size % 200);
  return kind < 95 ? size * 8 : size * 256;
}

/** Sent at one time: commands with small values go together. */
const PACKET_BYTES = 64 * KIB;

/** Waits until all of it is on its way, or the other side has hung up. */
function send(socket: Socket, data: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.write(data)) return resolve();
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      clearTimeout(timer);
      resolve();
    };
    // A server that does not read on has made its point.
    const timer = setTimeout(done, 200);
    socket.on('drain', done);
    socket.on('close', done);
  });
}

/**
 * Writes this many bytes of keys and values, pipelined, and reads the answers to all of them, unless it is disconnected;
 * returns those that are errors.
 */
async function fill(socket: Socket, bytes: number, sizeOf: (index: number) => number): Promise<string[]> {
  const errors: string[] = [];
  let line = '';
  const answered = new Promise<void>((resolve) => {
    const read = (chunk: Buffer) => {
      const lines = (line + chunk.toString('latin1')).split('\r\n');
      line = lines.pop() ?? '';
      errors.push(...lines.filter((one) => one.startsWith('-')));
      if (!lines.includes('+PONG')) return;
      socket.off('data', read);
      resolve();
    };
    socket.on('data', read);
    socket.on('close', resolve);
    if (socket.destroyed) resolve();
  });
  for (let [written, index] = [0, 0]; written < bytes && !socket.destroyed;) {
    const commands: Buffer[] = [];
    for (let batch = 0; batch < PACKET_BYTES && written + batch < bytes; index += 1) {
      const size = sizeOf(index);
      commands.push(command('SET', `fill:${size}:${index}`, sized(size, index)));
      batch += size + 64;
    }
    await send(socket, Buffer.concat(commands));
    written += commands.reduce((sum, { length }) => sum + length, 0);
  }
  await send(socket, command('PING'));
  await answered;
  return errors;
}

/** Clients that each cost the server memory in a way of their own, many of each. */
const OFFENCES: Record<string, (socket: Socket, index: number, largest: number) => Promise<void>> = {
  'asks for large values and does not read': async (socket) => {
    socket.pause();
    const ask = Buffer.concat(Array.from({ length: 2000 }, () => command('GET', 'large')));
    for (let round = 0; round < 10; round += 1) await send(socket, ask);
  },
  'sends a long pipeline and reads no answer': async (socket, index) => {
    socket.pause();
    const write = Buffer.concat(
      Array.from({ length: 1000 }, (_, at) => command('SET', `pipe:${index}:${at}`, sized(2 * KIB, at))),
    );
    for (let round = 0; round < 5; round += 1) await send(socket, write);
  },
  'begins a value and does not end it': async (socket, index, largest) => {
    await send(socket, Buffer.from(`*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$${largest}\r\n`));
    for (let sent = 0; sent < largest - 2 * MIB; sent += MIB) await send(socket, sized(MIB, index));
  },
  'announces a value that no container holds': async (socket, index) => {
    await send(socket, Buffer.from('*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n$500000000\r\n'));
    for (let sent = 0; sent < 64; sent += 1) await send(socket, sized(MIB, index));
  },
  'subscribes and does not read': async (socket) => {
    await send(socket, command('SUBSCRIBE', 'news'));
    socket.pause();
  },
  'grows one key for ever': async (socket, index) => {
    socket.resume();
    for (let round = 0; round < 100; round += 1)
      await send(socket, command('APPEND', `grows:${index}`, sized(64 * KIB, round)));
  },
};
const CLIENTS_OF_EACH = 10;

/** Talks to the server like an application until told to stop; returns what went wrong. */
function behave(client: PoliteClient, stop: Promise<void>): Promise<string[]> {
  let going = true;
  void stop.then(() => (going = false));
  const talk = async () => {
    const wrong: string[] = [];
    for (let index = 0; going; index += 1) {
      const value = `value-${index}`;
      const set = await client.ask('SET', `polite:${index % 100}`, value);
      const got = await client.ask('GET', `polite:${index % 100}`);
      if (set !== '+OK') wrong.push(set);
      // It may have been evicted in between; it may never be another value.
      if (got !== value && got !== '$-1') wrong.push(got);
    }
    return wrong;
  };
  return talk().catch((error: Error) => [error.message]);
}

/** A cache in the memory of its container. */
async function start(scratch: Scratch, props: CacheRedisProps) {
  const chart = newChart();
  new CacheRedis(chart, 'cache', props);
  const objects = manifests(chart);
  const limit =
    parseBytes(find(objects, 'StatefulSet').spec.template.spec.containers[0].resources.limits.memory) ?? 0;
  const bytes = Number(/^maxmemory (\d+)$/m.exec(find(objects, 'ConfigMap').data['cache.conf'])?.[1]);
  const memory = MemoryLimit.of(`${props.engine}-${limit}`, limit);
  const cache = await Cache.start(objects, { scratch, memory });
  return { objects, bytes, limit, memory, cache };
}

/** Fills a cache with values of one size, then of the next; until it is killed, or all are in. */
async function change(cache: Cache, bytes: number, sizes: readonly number[]): Promise<string[]> {
  const errors: string[] = [];
  for (const size of sizes) {
    const socket = await login(cache.port, 'app', PASSWORD);
    errors.push(...(await fill(socket, 1.2 * bytes, () => size)));
    socket.destroy();
    if (cache.server.process.signalCode !== null) break;
  }
  return errors;
}

/** What a container is declared to hold, and what becomes of it. */
export interface MemoryCase {
  readonly engine: CacheEngine;
  readonly name: string;
  readonly props: Omit<CacheRedisProps, 'engine'>;
}

/** Fills a cache several times over, beside one client that behaves and sixty that do not. */
export async function expectEviction(
  scratch: Scratch,
  { engine, name, props, times }: MemoryCase & { readonly times: number },
) {
  const { objects, bytes, limit, memory, cache } = await start(scratch, { engine, ...props });
  const connect = () => login(cache.port, 'app', PASSWORD);
  const largest = Number(
    /^proto-max-bulk-len (\d+)$/m.exec(find(objects, 'ConfigMap').data['cache.conf'])?.[1],
  );

  let finish = () => undefined as void;
  const polite = behave(new PoliteClient(await connect()), new Promise((resolve) => (finish = resolve)));

  const writer = await connect();
  expect(await fill(writer, times * bytes, anySize)).toEqual([]);
  await send(writer, command('SET', 'large', sized(Math.min(largest, MIB) - 64, 1)));

  const offenders = await Promise.all(
    Object.values(OFFENCES).flatMap((offend) =>
      Array.from({ length: CLIENTS_OF_EACH }, async (_, index) => {
        const socket = await connect();
        await offend(socket, index, largest);
        return socket;
      }),
    ),
  );
  // Something to say to those who subscribed.
  for (let index = 0; index < 200; index += 1)
    await send(writer, command('PUBLISH', 'news', sized(256 * KIB, index)));
  // Who has published that much may have been disconnected.
  const another = await connect();
  expect(await fill(another, bytes, anySize)).toEqual([]);

  finish();
  expect(await polite).toEqual([]);
  expect(cache.server.process.signalCode).toBeNull();
  expect(await cache.probe('readinessProbe')).toBe(0);
  expect(await cache.info('evicted_keys')).toBeGreaterThan(0);
  expect(memory.peakBytes() ?? 0).toBeLessThanOrEqual(limit);
  process.stdout.write(
    `${engine}, ${name}: peak ${Math.round((memory.peakBytes() ?? 0) / MIB)} MiB of ${Math.round(limit / MIB)} MiB\n`,
  );
  for (const socket of [...offenders, writer, another]) socket.destroy();
  expect(await cache.server.stop()).toBe(0);
  memory.remove();
}

/** Fills a cache with values of one size, then of others. */
export async function expectChangesSurvived(
  scratch: Scratch,
  { engine, name, props, sizes }: MemoryCase & { readonly sizes: readonly number[] },
) {
  const { bytes, limit, memory, cache } = await start(scratch, { engine, ...props });
  expect(await change(cache, bytes, sizes)).toEqual([]);
  expect(cache.server.process.signalCode).toBeNull();
  expect(await cache.info('evicted_keys')).toBeGreaterThan(0);
  process.stdout.write(
    `${engine}, ${name}: peak ${Math.round((memory.peakBytes() ?? 0) / MIB)} MiB of ${Math.round(limit / MIB)} MiB\n`,
  );
  expect(await cache.server.stop()).toBe(0);
  memory.remove();
}

/** Does so where the sizes were said to be steady. */
export async function expectChangesToKill(scratch: Scratch, engine: CacheEngine) {
  const { bytes, memory, cache } = await start(scratch, {
    engine,
    memory: Size.mebibytes(192),
    valueSizes: ValueSizes.STEADY,
  });
  await change(cache, bytes, [64, 300_000]);
  await cache.server.ended;
  expect(cache.server.process.signalCode).toBe('SIGKILL');
  memory.remove();
}

/** Fills a server whose `maxmemory` is the limit of its container. */
export async function expectGuideToBeKilled(scratch: Scratch, engine: CacheEngine) {
  const limit = 96 * MIB;
  const memory = MemoryLimit.of(`${engine}-guide`, limit);
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--maxmemory', `${limit}`];
  const server = startServer(
    `${engine}-server`,
    [...args, '--maxmemory-policy', 'allkeys-lru', '--save', ''],
    { log: join(scratch.path, `guide-${engine}.log`), env: {}, memory },
  );
  const connect = () => login(port, 'default', 'none');
  await until('the server', async () => (await connect()).destroy() !== undefined, server);
  await fill(await connect(), 2 * limit, (index) => 16 + (index % 200));
  await server.ended;
  expect(server.process.signalCode).toBe('SIGKILL');
  memory.remove();
}
