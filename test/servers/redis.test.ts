import { Size } from 'cdk8s';
import { Secret } from 'cdk8s-plus-27';
import { CacheEngine, CachePersistence, CacheRedis, type CacheRedisProps } from 'cdk8s-tuned';
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { refusalOf } from '../../lib/redis/configuration/redis-directives';
import { ENVIRONMENTS, fromDist } from '../support/dist';
import { find, type Manifest, manifests, newChart } from '../support/synth';
import { Cache, EXPORTER_PASSWORD, PASSWORD } from './cache';
import { makeCertificate } from './certificate';
import { freePort, runCommand, scratchDirectory, startServer, until } from './harness';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const ENGINES = [CacheEngine.VALKEY, CacheEngine.REDIS];

function synth(props: CacheRedisProps): Manifest[] {
  const chart = newChart();
  new CacheRedis(chart, 'cache', { maxMemory: Size.mebibytes(64), ...props });
  return manifests(chart);
}

const subjects: Array<[string, readonly Manifest[]]> = [
  ...ENVIRONMENTS.map((environment): [string, Manifest[]] => [
    `the shop's cache in ${environment}`,
    fromDist(environment, 'data'),
  ]),
  ...ENGINES.map((engine): [string, Manifest[]] => [`a cache on ${engine}`, synth({ engine })]),
];

describe.each(subjects)('%s', (_, objects) => {
  let cache: Cache;
  beforeAll(async () => {
    cache = await Cache.start(objects, { scratch });
  });
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

  test('the application may not administer', async () => {
    expect(await cache.ask('app', 'SET', 'key', 'value')).toBe('OK');
    for (const command of [
      ['CONFIG', 'GET', 'maxmemory'],
      ['CONFIG', 'SET', 'maxmemory', '0'],
      ['ACL', 'LIST'],
      ['FLUSHALL'],
      ['KEYS', '*'],
      ['SHUTDOWN'],
      ['REPLICAOF', 'elsewhere', '6379'],
      ['MODULE', 'LIST'],
    ])
      expect(await cache.ask('app', ...command)).toContain('NOPERM');
  });

  test('the exporter may not read or change keys, and sees what it exports', async () => {
    for (const command of [
      ['GET', 'key'],
      ['SET', 'key', 'other'],
      ['SCAN', '0'],
      ['DUMP', 'key'],
      ['CONFIG', 'SET', 'maxmemory', '0'],
      ['EVAL', 'return 1', '0'],
    ])
      expect(await cache.ask('exporter', ...command)).toContain('NOPERM');
    expect(await cache.ask('exporter', 'INFO')).toContain('used_memory');
    expect(await cache.ask('exporter', 'CONFIG', 'GET', 'maxmemory')).toContain('maxmemory');
    expect(await cache.ask('exporter', 'SLOWLOG', 'LEN')).toMatch(/^\d+$/);
  });
});

test('the cache evicts what was used longest ago', async () => {
  const objects = fromDist('dev', 'data');
  const cache = await Cache.start(objects, { scratch });
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
  const oldest = Array.from({ length: 100 }, (_, index) => `key:${index}`);
  const first = commands.slice(0, oldest.length);
  expect(await cache.pipe(first.join(''))).toContain('errors: 0');
  // The server's clock of use counts whole seconds; a fast machine writes all of it in one.
  await until(
    'two seconds of idleness',
    async () => Number(await cache.ask('app', 'OBJECT', 'IDLETIME', 'key:0')) >= 2,
  );
  expect(await cache.pipe(commands.slice(first.length).join(''))).toContain(
    `errors: 0, replies: ${keys - first.length}`,
  );
  expect(await cache.info('evicted_keys')).toBeGreaterThan(0);
  const used = await cache.info('used_memory');
  expect(used).toBeGreaterThan(0.9 * maxMemory);
  expect(used).toBeLessThan(1.1 * maxMemory);
  expect(await cache.ask('app', 'GET', `key:${keys - 1}`)).not.toBe('');
  // LRU is approximate, by samples: of the oldest keys most are gone, any one of them may be left.
  expect(Number(await cache.ask('app', 'EXISTS', ...oldest))).toBeLessThan(50);
  expect(await cache.server.stop()).toBe(0);
});

describe.each(ENGINES)('on %s', (engine) => {
  test('with an append-only file, keys survive a kill', async () => {
    const objects = synth({ engine, persistence: CachePersistence.APPEND_ONLY });
    const data = scratch.directory(`append-only-${engine}`);
    const first = await Cache.start(objects, { scratch, data });
    await first.ask('app', 'SET', 'key', 'kept');
    // appendfsync everysec: written to the file at once, to the disk within a second; the process is killed, not the node.
    await first.server.stop('SIGKILL');
    const second = await Cache.start(objects, { scratch, data });
    expect(await second.ask('app', 'GET', 'key')).toBe('kept');
    expect(await second.server.stop()).toBe(0);
  });

  test('while it loads its data it is alive and not ready, and then it is both', async () => {
    const objects = synth({ engine, persistence: CachePersistence.SNAPSHOTS });
    const data = scratch.directory(`snapshots-${engine}`);
    const first = await Cache.start(objects, { scratch, data });
    await first.pipe(Array.from({ length: 20_000 }, (_, key) => `SET key:${key} value\r\n`).join(''));
    // A last snapshot is written when it stops.
    expect(await first.server.stop()).toBe(0);
    const slower = 'key-load-delay 500\nloading-process-events-interval-bytes 1024\n';
    const second = await Cache.start(objects, { scratch, data, slower, until: 'alive' });
    expect(await second.ask('app', 'GET', 'key:1')).toContain('LOADING');
    expect(await second.probe('readinessProbe')).toBe(1);
    expect(await second.probe('startupProbe')).toBe(1);
    expect(await second.probe('livenessProbe')).toBe(0);
    await until('the end of the load', async () => (await second.probe('readinessProbe')) === 0);
    expect(await second.ask('app', 'GET', 'key:1')).toBe('value');
    expect(await second.server.stop()).toBe(0);
  });

  test('with TLS nothing is answered in the clear, and all probes pass', async () => {
    const tls = scratch.directory(`tls-${engine}`);
    makeCertificate(tls, 'cache.shop.svc');
    const chart = newChart();
    const secret = Secret.fromSecretName(chart, 'tls', 'cache-tls');
    new CacheRedis(chart, 'cache', { engine, certificate: secret, maxMemory: Size.mebibytes(64) });
    const cache = await Cache.start(manifests(chart), { scratch, tls });
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(await cache.probe(probe)).toBe(0);
    const ask = (...options: string[]) =>
      runCommand('redis-cli', ['-h', '127.0.0.1', '-p', `${cache.port}`, ...options, 'PING']);
    expect((await ask()).stdout).not.toContain('PONG');
    expect((await ask('--tls', '--cacert', join(tls, 'ca.crt'))).stdout).toBe('PONG\n');
    expect(await cache.server.stop()).toBe(0);
  });

  test('the table of directives says what the server itself says of a configuration', async () => {
    const { stdout } = await runCommand(`${engine}-server`, ['--version']);
    const [, major, minor] = /v=(\d+)\.(\d+)/.exec(stdout) ?? [];
    const target = { engine, version: [Number(major), Number(minor)] as const };
    const lines = [
      'maxmemory 768Mi',
      'maxmemory 0.5gb',
      'maxmemory 75%',
      'maxmemory 1gb',
      'maxmemory-clients 10%',
      'maxmemory-clients 10Mi',
      'maxmemory-policy allkeys-lrm',
      'maxmemory-policy volatile-ttl',
      'maxmemory-policy lru',
      'maxmemory-eviction-tenacity 100',
      'commandlog-reply-larger-than 1024',
      'prefetch-batch-max-size 16',
      'hide-user-data-from-log yes',
      'maxmemroy 1gb',
      'proto-max-bulk-len 1Mi',
      'replica-ignore-maxmemory yes',
    ];
    const said = await Promise.all(lines.map((line) => starts(engine, line)));
    const told = lines.map((line) => {
      const [name, ...args] = line.split(' ');
      return refusalOf(name, args, target) === undefined;
    });
    expect(lines.map((line, index) => `${line}: ${said[index]}`)).toEqual(
      lines.map((line, index) => `${line}: ${told[index]}`),
    );
  });
});

/** Whether a server starts with a line. */
async function starts(engine: CacheEngine, line: string): Promise<boolean> {
  const port = await freePort();
  const file = join(scratch.path, `line-${port}.conf`);
  writeFileSync(file, `port ${port}\nbind 127.0.0.1\nsave ""\n${line}\n`, { mode: 0o644 });
  const log = join(scratch.path, `line-${port}.log`);
  const server = startServer(`${engine}-server`, [file], { log });
  const ended = server.ended.then(() => false);
  const answered = (async () => {
    for (;;) {
      if ((await runCommand('redis-cli', ['-p', `${port}`, 'ping'])).stdout === 'PONG\n') return true;
      if (server.process.exitCode !== null) return false;
    }
  })();
  const good = await Promise.race([ended, answered]);
  if (good) await server.stop();
  return good;
}

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
