/**
 * Clients that ask one thing after the other and read every answer, as many as were declared, with values as large as were
 * declared: none is cut, and none is told of an error. Without the declaration, some are.
 */
import { Size } from 'cdk8s';
import { CacheEngine, CacheRedis, type CacheRedisProps } from 'cdk8s-tuned';
import { randomBytes } from 'crypto';
import { once } from 'events';
import { connect, type Socket } from 'net';
import { OWN_CONNECTIONS } from '../../lib/redis/tuning/redis-memory-budget';
import { manifests, newChart } from '../support/synth';
import { Cache, PASSWORD } from './cache';
import { scratchDirectory, until } from './harness';
import { command, login, PoliteClient } from './resp';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const ROUNDS = 3;

async function start(props: CacheRedisProps): Promise<Cache> {
  const chart = newChart();
  new CacheRedis(chart, 'cache', { maxMemory: Size.gibibytes(1), ...props });
  return Cache.start(manifests(chart), { scratch });
}

interface Outcome {
  written: number;
  read: number;
  cut: number;
}

/** Writes a value and reads it, a few times; the server holds the values of all clients before any of them is whole. */
async function crowd(cache: Cache, count: number, bytes: number): Promise<Outcome> {
  const value = randomBytes(bytes / 2).toString('hex');
  const sockets: Socket[] = [];
  for (let index = 0; index < count; index += 1) sockets.push(await login(cache.port, 'app', PASSWORD));
  const clients = sockets.map((socket) => new PoliteClient(socket));
  const outcome: Outcome = { written: 0, read: 0, cut: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const commands = clients.map((_, index) => command('SET', `value:${index}`, value));
    sockets.forEach((socket, index) => socket.write(commands[index].subarray(0, -1)));
    await until(
      'the values',
      async () =>
        (await cache.info('mem_clients_normal')) >= count * bytes ||
        (await cache.info('evicted_clients')) > 0,
      cache.server,
    );
    const written = clients.map((client, index) =>
      client.send(commands[index].subarray(-1)).catch(() => 'cut'),
    );
    for (const answer of await Promise.all(written))
      if (answer === '+OK') outcome.written += 1;
      else outcome.cut += 1;
    const read = clients.map((client, index) => client.ask('GET', `value:${index}`).catch(() => 'cut'));
    for (const answer of await Promise.all(read))
      // It may have been evicted.
      if (answer === value || answer === '$-1') outcome.read += 1;
      else outcome.cut += 1;
  }
  for (const socket of sockets) socket.destroy();
  return outcome;
}

const CROWDS = [
  // For its size, a value of a few KB takes the most.
  [2000, 5000],
  [2000, 10_000],
  [2000, 100_000],
  [200, 1_000_000],
] as const;

describe.each([CacheEngine.VALKEY, CacheEngine.REDIS])('%s', (engine) => {
  test('cuts none of the clients that were declared', async () => {
    for (const [clients, bytes] of CROWDS) {
      const cache = await start({ engine, clients, largestValue: Size.kibibytes(Math.ceil(bytes / 1024)) });
      expect(await crowd(cache, clients, bytes)).toEqual({
        written: ROUNDS * clients,
        read: ROUNDS * clients,
        cut: 0,
      });
      expect(await cache.info('evicted_clients')).toBe(0);
      expect(await cache.server.stop()).toBe(0);
    }
  });

  test('cuts some where nothing was declared', async () => {
    const cache = await start({ engine });
    const { cut } = await crowd(cache, 2000, 100_000);
    expect(cut).toBeGreaterThan(0);
    expect(await cache.info('evicted_clients')).toBeGreaterThan(0);
    await cache.server.stop('SIGKILL');
  });

  test('serves as many as were declared, and tells the next one why it is refused', async () => {
    const declared = 8;
    const cache = await start({ engine, clients: declared });
    const sockets: Socket[] = [];
    for (let index = 0; index < declared + OWN_CONNECTIONS; index += 1) {
      const socket = await login(cache.port, 'app', PASSWORD);
      sockets.push(socket);
      expect(await new PoliteClient(socket).ask('PING')).toBe('+PONG');
    }
    const refused = connect(cache.port, '127.0.0.1');
    const [answer] = (await once(refused, 'data')) as [Buffer];
    expect(answer.toString()).toContain('max number of clients reached');
    for (const socket of [...sockets, refused]) socket.destroy();
    await cache.server.stop('SIGKILL');
  });
});
