/**
 * What the redis-operator makes of our resources, on this machine: its images write a configuration of their own, mount the
 * users that the docs tell to make, and include ours at the end.
 */
import { Size } from 'cdk8s';
import { CacheRedis, RedisTopology } from 'cdk8s-tuned';
import { writeFileSync } from 'fs';
import { join } from 'path';
import { find, manifests, newChart } from '../support/synth';
import { freePort, own, runCommand, scratchDirectory, type Server, startServer, until } from './harness';
import { ask, makeUsers, OPERATOR_PASSWORD, startNode } from './operator-redis';

const scratch = scratchDirectory();
const running: Server[] = [];
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop('SIGKILL')));
  scratch.remove();
});

async function start(users: string, ours: string, extra: readonly string[] = []): Promise<number> {
  const { port, server } = await startNode(scratch, users, ours, { extra });
  running.push(server);
  return port;
}

function configurationOf(topology: RedisTopology): string {
  const chart = newChart();
  new CacheRedis(chart, 'cache', { topology, maxMemory: Size.mebibytes(32) });
  return find(manifests(chart), 'ConfigMap').data['redis-additional.conf'];
}

test('a replica takes over with our configuration and the users of the docs, and the application goes on', async () => {
  const users = await makeUsers(scratch);
  const ours = configurationOf(RedisTopology.sentinel());
  const primary = await start(users, ours);
  const replica = await start(users, ours);
  expect(await ask(replica, 'default', 'REPLICAOF', '127.0.0.1', `${primary}`)).toBe('OK');
  await until('the replica', async () =>
    (await ask(replica, 'default', 'INFO', 'replication')).includes('master_link_status:up'),
  );
  expect(await ask(primary, 'app', 'SET', 'key', 'value')).toBe('OK');
  expect(await ask(primary, 'app', 'CONFIG', 'GET', 'maxmemory')).toContain('NOPERM');
  expect(await ask(primary, 'default', 'CONFIG', 'GET', 'maxmemory')).toContain(`${32 * 2 ** 20}`);

  const sentinelPort = await freePort();
  const directory = scratch.directory('sentinel');
  const conf = join(directory, 'sentinel.conf');
  const lines = [
    `port ${sentinelPort}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    `sentinel monitor mymaster 127.0.0.1 ${primary} 1`,
    `sentinel auth-pass mymaster "${OPERATOR_PASSWORD}"`,
    'sentinel down-after-milliseconds mymaster 1000',
    'sentinel failover-timeout mymaster 5000',
  ];
  writeFileSync(conf, `${lines.join('\n')}\n`);
  own(conf);
  const log = join(scratch.path, 'sentinel.log');
  running.push(startServer('redis-server', [conf, '--sentinel'], { log }));
  const master = async () =>
    (
      await runCommand('redis-cli', [
        '-p',
        `${sentinelPort}`,
        'SENTINEL',
        'GET-MASTER-ADDR-BY-NAME',
        'mymaster',
      ])
    ).stdout;
  const slaves = async () =>
    (await runCommand('redis-cli', ['-p', `${sentinelPort}`, 'SENTINEL', 'REPLICAS', 'mymaster'])).stdout;
  await until('the Sentinel', async () => (await slaves()).includes(`${replica}`));

  await running[0].stop('SIGKILL');
  await until('the failover', async () => (await master()).includes(`${replica}`));
  await until('the new primary', async () => (await ask(replica, 'app', 'ROLE')).startsWith('master'));
  expect(await ask(replica, 'app', 'GET', 'key')).toBe('value');
  expect(await ask(replica, 'app', 'SET', 'key', 'other')).toBe('OK');
});

test('servers with our configuration make a cluster, and the application uses all of it', async () => {
  const users = join(scratch.path, 'users', 'user.acl');
  const ours = configurationOf(RedisTopology.cluster());
  const ports: number[] = [];
  for (let node = 0; node < 3; node += 1)
    ports.push(
      await start(users, ours, [
        'cluster-enabled yes',
        'cluster-config-file nodes.conf',
        `cluster-port ${await freePort()}`,
      ]),
    );
  const { stdout } = await runCommand('redis-cli', [
    ...['--user', 'default', '--pass', OPERATOR_PASSWORD, '--no-auth-warning'],
    ...['--cluster', 'create', ...ports.map((port) => `127.0.0.1:${port}`), '--cluster-yes'],
  ]);
  expect(stdout).toContain('All 16384 slots covered');
  for (const port of ports)
    await until('the cluster', async () =>
      (await ask(port, 'default', 'CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
  const askAny = (...command: string[]) => ask(ports[0], 'app', '-c', ...command);
  for (const key of ['a', 'b', 'c', 'd', 'e']) expect(await askAny('SET', key, `value ${key}`)).toBe('OK');
  expect(await askAny('GET', 'd')).toBe('value d');
  expect(await ask(ports[0], 'app', 'CLUSTER', 'SLOTS')).toContain(`${ports[2]}`);
  expect(await ask(ports[0], 'app', 'CLUSTER', 'RESET')).toContain('NOPERM');
});
