import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Size } from 'cdk8s';
import { CachePersistence, CacheRedis } from 'cdk8s-tuned';
import { parseBytes } from '../../lib/units/quantity';
import { ENVIRONMENTS, fromDist } from '../support/dist';
import { find, type Manifest, manifests, newChart } from '../support/synth';
import {
  freePort,
  relocate,
  runCommand,
  scratchDirectory,
  type Scratch,
  type Server,
  startServer,
  until,
} from './harness';

const PASSWORD = `it's $HOME "and" #1 %; \\ ünïcode`;
const EXPORTER_PASSWORD = 'exporter secret';

/** The container of a cache manifest, on this machine: Debian's redis-server stands for the image's programs. */
class Cache {
  private constructor(
    readonly server: Server,
    readonly port: number,
    private readonly container: Manifest,
    private readonly path: string,
    readonly aclFile: string,
  ) {}

  static async start(objects: readonly Manifest[], scratch: Scratch, data?: string): Promise<Cache> {
    const name = (kind: string) =>
      objects.find(
        (object) => object.kind === kind && object.metadata.labels['app.kubernetes.io/component'] === 'cache',
      );
    const { data: files } = name('ConfigMap');
    const [container] = name('StatefulSet').spec.template.spec.containers;
    const port = await freePort();
    const directory = scratch.directory(`cache-${port}`);
    const programs = join(scratch.path, `bin-${port}`);
    mkdirSync(programs);
    for (const program of ['server', 'cli'])
      symlinkSync(`/usr/bin/redis-${program}`, join(programs, `valkey-${program}`));
    const conf = relocate(files['cache.conf'], {
      'port 6379': `port ${port}`,
      'bind * -::*': 'bind 127.0.0.1',
      '/run/cache/': `${directory}/`,
      'dir /data': `dir ${data ?? directory}`,
    });
    writeFileSync(join(directory, 'cache.conf'), conf);
    writeFileSync(join(directory, 'start.sh'), files['start.sh']);
    const inPlace = (text: string) => text.replace('/etc/cache', directory);
    const [command, ...args] = [...container.command, ...container.args].map(inPlace);
    const path = `${programs}:${process.env.PATH}`;
    const aclFile = join(directory, 'users.acl');
    const env = { PATH: path, ACL_FILE: aclFile, APP_PASSWORD: PASSWORD, EXPORTER_PASSWORD };
    const server = startServer(command, args, { log: join(scratch.path, `cache-${port}.log`), env });
    const cache = new Cache(server, port, container, path, aclFile);
    await until('the cache', async () => (await cache.probe('readinessProbe')) === 0, server);
    return cache;
  }

  /** Runs a probe of the manifest; returns its exit code. */
  async probe(name: string): Promise<number> {
    const [command, ...args] = this.container[name].exec.command.map((argument: string) =>
      argument.replace('-p 6379', `-p ${this.port}`),
    );
    return (await runCommand(command, args, { env: { PATH: this.path } })).code;
  }

  /** What a user's command is answered. */
  async ask(user: 'app' | 'exporter', ...command: string[]): Promise<string> {
    const password = user === 'app' ? PASSWORD : EXPORTER_PASSWORD;
    const args = [
      '-h',
      '127.0.0.1',
      '-p',
      `${this.port}`,
      '--user',
      user,
      '--pass',
      password,
      '--no-auth-warning',
    ];
    return (await runCommand('redis-cli', [...args, ...command])).stdout.trim();
  }

  /** Sends many commands at once; tells what redis-cli counted. */
  async pipe(commands: string): Promise<string> {
    const args = [
      '-h',
      '127.0.0.1',
      '-p',
      `${this.port}`,
      '--user',
      'app',
      '--pass',
      PASSWORD,
      '--no-auth-warning',
      '--pipe',
    ];
    return (await runCommand('redis-cli', args, { input: commands })).stdout;
  }

  async info(field: string): Promise<number> {
    return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await this.ask('app', 'INFO'))?.[1]);
  }
}

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

describe.each(ENVIRONMENTS)('%s', (environment) => {
  const objects = fromDist(environment, 'data');
  let cache: Cache;
  beforeAll(async () => {
    cache = await Cache.start(objects, scratch);
  }, 60_000);
  afterAll(async () => {
    await cache?.server.stop();
  });

  test('starts with the ConfigMap, and all probes of the manifest pass', async () => {
    expect(await cache.ask('app', 'PING')).toBe('PONG');
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(await cache.probe(probe)).toBe(0);
  });

  test('whoever has not logged in may only ask PING, and no password is written down', async () => {
    const { stdout } = await runCommand('redis-cli', ['-p', `${cache.port}`, 'GET', 'key']);
    expect(stdout).toContain('NOPERM');
    const users = readFileSync(cache.aclFile, 'utf8');
    expect(users).not.toContain(PASSWORD);
    expect(users).not.toContain(EXPORTER_PASSWORD);
  });

  test('the application may not administer, the exporter may not read keys', async () => {
    expect(await cache.ask('app', 'SET', 'key', 'value')).toBe('OK');
    for (const command of [['CONFIG', 'GET', 'maxmemory'], ['FLUSHALL'], ['KEYS', '*'], ['SHUTDOWN']]) {
      expect(await cache.ask('app', ...command)).toContain('NOPERM');
    }
    expect(await cache.ask('exporter', 'GET', 'key')).toContain('NOPERM');
    expect(await cache.ask('exporter', 'INFO')).toContain('used_memory');
    expect(await cache.ask('exporter', 'CONFIG', 'GET', 'maxmemory')).toContain('maxmemory');
    expect(await cache.ask('exporter', 'SLOWLOG', 'LEN')).toMatch(/^\d+$/);
  });
});

test('the cache evicts at maxmemory, errs never, and stays inside its container', async () => {
  const objects = fromDist('dev', 'data');
  const cache = await Cache.start(objects, scratch);
  const set = find(objects, 'StatefulSet', 'data-cache');
  const limit = parseBytes(set.spec.template.spec.containers[0].resources.limits.memory) ?? 0;
  const maxMemory = await cache.info('maxmemory');
  expect(maxMemory).toBe(128 * 2 ** 20);
  // A quarter more than fits, in values of 1 to 16 KiB.
  const value = 'v'.repeat(16 * 1024);
  let written = 0;
  let keys = 0;
  const commands: string[] = [];
  while (written < 1.25 * maxMemory) {
    const size = 1024 * (1 + (keys % 16));
    commands.push(`SET key:${keys} ${value.slice(0, size)}\r\n`);
    written += size;
    keys += 1;
  }
  const counted = await cache.pipe(commands.join(''));
  expect(counted).toContain(`errors: 0, replies: ${keys}`);
  expect(await cache.info('evicted_keys')).toBeGreaterThan(0);
  const used = await cache.info('used_memory');
  expect(used).toBeGreaterThan(0.9 * maxMemory);
  expect(used).toBeLessThan(1.1 * maxMemory);
  expect(await cache.info('used_memory_rss')).toBeLessThan(limit);
  expect(await cache.ask('app', 'GET', `key:${keys - 1}`)).not.toBe('');
  // LRU is approximate, by samples: of the oldest keys most are gone, any one of them may be left.
  const oldest = Array.from({ length: 100 }, (_, index) => `key:${index}`);
  expect(Number(await cache.ask('app', 'EXISTS', ...oldest))).toBeLessThan(50);
  expect(await cache.server.stop()).toBe(0);
}, 60_000);

test('with persistence, keys survive a kill', async () => {
  const chart = newChart();
  new CacheRedis(chart, 'cache', {
    maxMemory: Size.mebibytes(64),
    persistence: CachePersistence.APPEND_ONLY,
  });
  const objects = manifests(chart);
  const data = scratch.directory('persistent');
  const first = await Cache.start(objects, scratch, data);
  await first.ask('app', 'SET', 'key', 'kept');
  // appendfsync everysec: written to the file at once, to the disk within a second; the process is killed, not the node.
  await first.server.stop('SIGKILL');
  const second = await Cache.start(objects, scratch, data);
  expect(await second.ask('app', 'GET', 'key')).toBe('kept');
  expect(await second.server.stop()).toBe(0);
});

test('without a password it does not start', async () => {
  const { code, stderr } = await runCommand(
    'sh',
    ['-c', find(fromDist('dev', 'data'), 'ConfigMap', 'data-cache').data['start.sh']],
    {
      env: { ACL_FILE: join(scratch.path, 'none.acl'), APP_PASSWORD: '', EXPORTER_PASSWORD },
    },
  );
  expect(code).not.toBe(0);
  expect(stderr).toContain('the Secret has no password');
});
