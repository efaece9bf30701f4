/**
 * Replicas that join while the primary is written to at the rate that was declared: each is sent everything once, in the
 * memory of their containers. With a buffer for less, they begin anew for ever.
 */
import { Size } from 'cdk8s';
import { CacheRedis, type CacheRedisProps, RedisTopology } from 'cdk8s-tuned';
import { createCipheriv } from 'crypto';
import { once } from 'events';
import { readFileSync } from 'fs';
import { setTimeout as pause } from 'timers/promises';
import { parseBytes } from '../../lib/units/quantity';
import { find, manifests, newChart } from '../support/synth';
import { scratchDirectory, until } from './harness';
import { MemoryLimit } from './memory-limit';
import { APP_PASSWORD, ask, makeUsers, type OperatorNode, startNode } from './operator-redis';
import { command, login, PoliteClient } from './resp';

const scratch = scratchDirectory();
const MIB = 2 ** 20;
const MAX_MEMORY = 256 * MIB;
const VALUE = 16 * 1024;
const NOISE = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
  Buffer.alloc(2 * VALUE),
);

let users: string;
let started = 0;
beforeAll(async () => {
  users = await makeUsers(scratch);
});
afterAll(() => scratch.remove());

/** Writes values at a rate, in bytes a second, until told to stop; without one, this many bytes as fast as it goes. */
async function write(port: number, how: { bytes: number } | { stop: AbortSignal; rate: number }) {
  const socket = await login(port, 'app', APP_PASSWORD);
  const begun = Date.now();
  const batch = 16;
  const hungUp = once(socket, 'close').then(() => Promise.reject(new Error('the primary hung up')));
  hungUp.catch(() => undefined);
  for (let [written, index] = [0, 0]; ;) {
    if ('bytes' in how ? written >= how.bytes : how.stop.aborted) break;
    const answered = new Promise<void>((resolve) => {
      let left = batch;
      const read = (chunk: Buffer) => {
        left -= chunk.toString('latin1').split('+OK').length - 1;
        if (left > 0) return;
        socket.off('data', read);
        resolve();
      };
      socket.on('data', read);
    });
    for (let at = 0; at < batch; at += 1, index += 1)
      socket.write(command('SET', `key:${index}`, NOISE.subarray(index % 977, (index % 977) + VALUE)));
    await Promise.race([answered, hungUp]);
    written += batch * VALUE;
    if ('rate' in how) await pause(Math.max(0, begun + (1000 * written) / how.rate - Date.now()));
  }
  socket.destroy();
}

async function info(port: number, field: string): Promise<string | undefined> {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(await ask(port, 'default', 'INFO'))?.[1];
}

interface Servers {
  readonly primary: OperatorNode;
  readonly replicas: readonly OperatorNode[];
  /** Checks that none was killed. */
  stop(): Promise<void>;
}

/** A primary and what are to be its replicas, each in the memory of its container, where that can be bounded. */
async function start(props: CacheRedisProps): Promise<Servers> {
  const chart = newChart();
  new CacheRedis(chart, 'cache', { topology: RedisTopology.sentinel({ servers: 3 }), ...props });
  const objects = manifests(chart);
  const ours: string = find(objects, 'ConfigMap').data['redis-additional.conf'];
  const limit =
    parseBytes(find(objects, 'RedisReplication').spec.kubernetesConfig.resources.limits.memory) ?? 0;
  const bounded = MemoryLimit.reason() === undefined;
  const limits: MemoryLimit[] = [];
  const nodes: OperatorNode[] = [];
  for (let node = 0; node < 3; node += 1) {
    const memory = bounded ? MemoryLimit.of(`replication-${started}-${node}`, limit) : undefined;
    if (memory) limits.push(memory);
    nodes.push(await startNode(scratch, users, ours, { memory }));
  }
  started += 1;
  const [primary, ...replicas] = nodes;
  return {
    primary,
    replicas,
    stop: async () => {
      for (const { server } of nodes) {
        expect(server.process.signalCode).toBeNull();
        await server.stop('SIGKILL');
      }
      for (const memory of limits) memory.remove();
    },
  };
}

/** How often the primary has hung up on a replica. */
const cuts = ({ log }: OperatorNode) =>
  readFileSync(log, 'utf8').split('overcoming of output buffer limits').length - 1;

/** Makes replicas of them; gives up when the primary has hung up on them more than four times. */
async function join({ primary, replicas }: Servers) {
  for (const { port } of replicas) await ask(port, 'default', 'REPLICAOF', '127.0.0.1', `${primary.port}`);
  const links = () => Promise.all(replicas.map(({ port }) => info(port, 'master_link_status')));
  await until(
    'the replicas',
    async () => cuts(primary) > 4 || (await links()).every((link) => link === 'up'),
    primary.server,
    120,
  );
  return { syncs: Number(await info(primary.port, 'sync_full')), cut: cuts(primary), links: await links() };
}

/** The same, with a primary that is full and written to. */
async function joinWhileWritten(props: CacheRedisProps, rate: number) {
  const servers = await start({ maxMemory: Size.mebibytes(MAX_MEMORY / MIB), ...props });
  const { port } = servers.primary;
  await write(port, { bytes: 1.2 * MAX_MEMORY });
  const stop = new AbortController();
  const writing = write(port, { stop: stop.signal, rate });
  const joined = await join(servers);
  stop.abort();
  await writing;
  await servers.stop();
  return joined;
}

test.each([
  ['3.5 MB a second, with nothing said', {}, 3.5e6],
  ['40 MiB a second, as declared', { writeRate: Size.mebibytes(40) }, 40 * MIB],
])('two replicas join while it is written to at %s', async (_, props, rate) => {
  expect(await joinWhileWritten(props, rate)).toEqual({ syncs: 2, cut: 0, links: ['up', 'up'] });
});

test('they never do when more is written than was declared', async () => {
  const { cut } = await joinWhileWritten({ writeRate: Size.mebibytes(1) }, 40 * MIB);
  expect(cut).toBeGreaterThan(2);
});

test('a single value of the largest size cuts no replica, however little is written otherwise', async () => {
  const servers = await start({
    maxMemory: Size.mebibytes(128),
    clients: 4,
    largestValue: Size.mebibytes(8),
    writeRate: Size.mebibytes(1),
  });
  const { primary, replicas } = servers;
  expect(await join(servers)).toMatchObject({ syncs: 2, cut: 0 });
  const client = new PoliteClient(await login(primary.port, 'app', APP_PASSWORD));
  const largest = Buffer.alloc(8 * MIB, 'x');
  for (let index = 0; index < 6; index += 1) {
    expect(await client.ask('SET', `large:${index}`, largest)).toBe('+OK');
    for (const { port } of replicas)
      await until(
        'the replica',
        async () => (await ask(port, 'default', 'STRLEN', `large:${index}`)) === `${8 * MIB}`,
      );
  }
  expect({ cut: cuts(primary), syncs: await info(primary.port, 'sync_full') }).toEqual({
    cut: 0,
    syncs: '2',
  });
  await servers.stop();
});
