/**
 * Replicas that join while the primary is written to at the rate that was declared: each is sent everything once, in the
 * memory of their containers. With a buffer for less, they begin anew for ever.
 */
import { createCipheriv } from 'crypto';
import { once } from 'events';
import { readFileSync } from 'fs';
import { setTimeout as pause } from 'timers/promises';
import { Size } from 'cdk8s';
import { CacheRedis, type CacheRedisProps, RedisTopology } from 'cdk8s-tuned';
import { parseBytes } from '../../lib/units/quantity';
import { find, manifests, newChart } from '../support/synth';
import { scratchDirectory, until } from './harness';
import { MemoryLimit } from './memory-limit';
import { APP_PASSWORD, ask, makeUsers, type OperatorNode, startNode } from './operator-redis';
import { command, login } from './resp';

const scratch = scratchDirectory();
const MIB = 2 ** 20;
const MAX_MEMORY = 256 * MIB;
const VALUE = 16 * 1024;
const NOISE = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
  Buffer.alloc(2 * VALUE),
);

let users: string;
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

interface Joined {
  readonly syncs: number;
  readonly cut: number;
  readonly links: readonly (string | undefined)[];
}

/** Lets two replicas join a full primary that is written to; gives up when the primary has hung up on them four times. */
async function join(props: CacheRedisProps, rate: number): Promise<Joined> {
  const chart = newChart();
  const topology = RedisTopology.sentinel({ servers: 3 });
  new CacheRedis(chart, 'cache', { topology, maxMemory: Size.mebibytes(MAX_MEMORY / MIB), ...props });
  const objects = manifests(chart);
  const ours: string = find(objects, 'ConfigMap').data['redis-additional.conf'];
  const limit =
    parseBytes(find(objects, 'RedisReplication').spec.kubernetesConfig.resources.limits.memory) ?? 0;
  const bounded = MemoryLimit.reason() === undefined;
  const limits: MemoryLimit[] = [];
  const nodes: OperatorNode[] = [];
  for (let node = 0; node < 3; node += 1) {
    const memory = bounded ? MemoryLimit.of(`replication-${rate}-${node}`, limit) : undefined;
    if (memory) limits.push(memory);
    nodes.push(await startNode(scratch, users, ours, { memory }));
  }
  const [primary, ...replicas] = nodes;
  await write(primary.port, { bytes: 1.2 * MAX_MEMORY });

  const stop = new AbortController();
  const writing = write(primary.port, { stop: stop.signal, rate });
  for (const { port } of replicas) await ask(port, 'default', 'REPLICAOF', '127.0.0.1', `${primary.port}`);
  const links = () => Promise.all(replicas.map(({ port }) => info(port, 'master_link_status')));
  const cut = () => readFileSync(primary.log, 'utf8').split('overcoming of output buffer limits').length - 1;
  await until(
    'the replicas',
    async () => cut() > 4 || (await links()).every((link) => link === 'up'),
    primary.server,
    120,
  );
  const joined = {
    syncs: Number(await info(primary.port, 'sync_full')),
    cut: cut(),
    links: await links(),
  };
  stop.abort();
  await writing;
  for (const { server } of nodes) {
    expect(server.process.signalCode).toBeNull();
    await server.stop('SIGKILL');
  }
  for (const memory of limits) memory.remove();
  return joined;
}

test.each([
  ['3.5 MB a second, with nothing said', {}, 3.5e6],
  ['40 MiB a second, as declared', { writeRate: Size.mebibytes(40) }, 40 * MIB],
])('two replicas join while it is written to at %s', async (_, props, rate) => {
  expect(await join(props, rate)).toEqual({ syncs: 2, cut: 0, links: ['up', 'up'] });
});

test('they never do when more is written than was declared', async () => {
  const { cut } = await join({ writeRate: Size.mebibytes(1) }, 40 * MIB);
  expect(cut).toBeGreaterThan(2);
});
