/**
 * Who may do what on real servers: what the clients of common frameworks ask for, what is granted besides, users of one's own,
 * clients without a user name, and settings and modules of one's own.
 */
import { Size } from 'cdk8s';
import { CacheAccess, CacheEngine, CacheRedis, type CacheRedisProps, RedisTopology } from 'cdk8s-tuned';
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { COMMAND_ROWS } from '../../lib/redis/configuration/command-table';
import { settingRefusal } from '../../lib/redis/configuration/own-settings';
import { grantRefusal } from '../../lib/redis/configuration/redis-commands';
import { defaultOf, directiveNames, parseVersion } from '../../lib/redis/configuration/redis-directives';
import { find, manifests, newChart } from '../support/synth';
import { Cache, PASSWORD } from './cache';
import { runCommand, scratchDirectory, until } from './harness';
import { ask as askNode, makeUsers, startNode } from './operator-redis';
import { command, login } from './resp';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

const ENGINES = [CacheEngine.VALKEY, CacheEngine.REDIS];
/** The versions of this machine. */
const VERSIONS = { [CacheEngine.VALKEY]: '8.0', [CacheEngine.REDIS]: '7.0' };
const REPORTS = ['--user', 'reports', '--pass', 'reports secret'];
const SHOP = ['--user', 'shop-2', '--pass', 'shop secret'];
const SECRET = { 'reports-password': 'reports secret', 'shop.password': 'shop secret' };

function synth(props: CacheRedisProps) {
  const chart = newChart();
  const engine = props.engine ?? CacheEngine.VALKEY;
  new CacheRedis(chart, 'cache', {
    maxMemory: Size.mebibytes(64),
    image: `registry.example.com/cache:${VERSIONS[engine]}`,
    ...props,
  });
  return manifests(chart);
}

const versionOf = (engine: CacheEngine) => parseVersion(VERSIONS[engine]);

const start = (props: CacheRedisProps) => Cache.start(synth(props), { scratch, secret: SECRET });

describe.each(ENGINES)('on %s', (engine) => {
  test('the application empties its database, and asks what libraries ask when they connect', async () => {
    const cache = await start({ engine });
    expect(await cache.ask('app', 'SET', 'key', 'value')).toBe('OK');
    expect(await cache.ask('app', 'FLUSHDB')).toBe('OK');
    expect(await cache.ask('app', 'DBSIZE')).toBe('0');
    for (const asked of [
      ['HELLO', '3'],
      ['CLIENT', 'SETNAME', 'web'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'ID'],
      ['INFO'],
      ['ROLE'],
      ['COMMAND', 'DOCS', 'get'],
      ['SELECT', '1'],
      ['ECHO', 'x'],
      ...(engine === CacheEngine.VALKEY ? [['CLIENT', 'SETINFO', 'LIB-NAME', 'web']] : []),
    ])
      expect(await cache.ask('app', ...asked)).not.toContain('NOPERM');
    for (const asked of [
      ['KEYS', '*'],
      ['SORT', 'list'],
      ['CONFIG', 'GET', 'timeout'],
      ['FLUSHALL'],
      ['SAVE'],
    ])
      expect(await cache.ask('app', ...asked)).toContain('NOPERM');
    expect(await cache.server.stop()).toBe(0);
  });

  test('what is granted works, and nothing beside it', async () => {
    const cache = await start({
      engine,
      allowCommands: {
        keys: 'the cache of Spring is cleared by KEYS',
        sort: "it's the `list` of jobs \\ in $HOME, $(id)",
        'config|get': 'StackExchange.Redis reads databases',
      },
    });
    await cache.ask('app', 'RPUSH', 'list', '2', '1');
    expect(await cache.ask('app', 'KEYS', '*')).toBe('list');
    expect(await cache.ask('app', 'SORT', 'list')).toBe('1\n2');
    expect(await cache.ask('app', 'CONFIG', 'GET', 'databases')).toBe('databases\n16');
    expect(await cache.ask('app', 'CONFIG', 'SET', 'maxmemory', '0')).toContain('NOPERM');
    expect(await cache.ask('exporter', 'KEYS', '*')).toContain('NOPERM');
    expect(await cache.server.stop()).toBe(0);
  });

  test('events of keys arrive', async () => {
    const cache = await start({ engine, settings: { 'notify-keyspace-events': 'Ex', databases: '4' } });
    const subscriber = await login(cache.port, 'app', PASSWORD);
    let heard = '';
    subscriber.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    subscriber.write(command('PSUBSCRIBE', '__keyevent@*__:expired'));
    await until('the subscription', () => heard.includes('psubscribe'));
    await cache.ask('app', 'SET', 'session', 'value', 'PX', '50');
    await until('the event', () => heard.includes('__keyevent@0__:expired') && heard.includes('session'));
    subscriber.destroy();
    expect(await cache.ask('app', 'SELECT', '4')).toContain('out of range');
    expect(await cache.server.stop()).toBe(0);
  });

  test('a client that knows a password only is the application, and all probes pass', async () => {
    const cache = await start({ engine, passwordOnlyClients: true });
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(await cache.probe(probe)).toBe(0);
    expect(await cache.askAs(['-a', PASSWORD], 'SET', 'key', 'value')).toBe('OK');
    expect(await cache.askAs(['-a', PASSWORD], 'KEYS', '*')).toContain('NOPERM');
    expect(await cache.askAs([], 'GET', 'key')).toContain('NOAUTH');
    expect(await cache.askAs(['-a', 'other'], 'GET', 'key')).toContain('NOAUTH');
    expect(await cache.ask('app', 'GET', 'key')).toBe('value');
    expect(await cache.server.stop()).toBe(0);
    const strict = await start({ engine });
    expect(await strict.askAs(['-a', PASSWORD], 'GET', 'key')).toContain('NOPERM');
    expect(await strict.server.stop()).toBe(0);
  });

  test('users of your own are held to their keys, channels and commands', async () => {
    const cache = await start({
      engine,
      users: [
        {
          name: 'reports',
          passwordKey: 'reports-password',
          keys: ['orders:*', 'stock:{eu,us}:[a-f]?'],
          channels: ['orders:*'],
          access: CacheAccess.READ,
          allowCommands: { 'slowlog|get': 'the report shows slow commands' },
        },
        { name: 'shop-2', passwordKey: 'shop.password', keys: ['*'] },
      ],
    });
    expect(await cache.askAs(SHOP, 'SET', 'orders:1', 'first')).toBe('OK');
    expect(await cache.askAs(SHOP, 'SET', 'other', 'second')).toBe('OK');
    expect(await cache.askAs(SHOP, 'SCAN', '0')).toContain('other');
    expect(await cache.askAs(SHOP, 'PUBLISH', 'orders:new', 'x')).toContain('NOPERM');
    expect(await cache.askAs(SHOP, 'FLUSHDB')).toContain('NOPERM');
    expect(await cache.askAs(REPORTS, 'GET', 'orders:1')).toBe('first');
    expect(await cache.askAs(REPORTS, 'GET', 'stock:{eu,us}:b1')).toBe('');
    expect(await cache.askAs(REPORTS, 'SLOWLOG', 'GET')).not.toContain('NOPERM');
    for (const asked of [
      ['GET', 'other'],
      ['GET', 'stock:{eu,us}:g1'],
      ['SET', 'orders:1', 'changed'],
      ['SCAN', '0'],
      ['RANDOMKEY'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST'],
      ['KEYS', '*'],
      ['SUBSCRIBE', 'other'],
      ['PUBLISH', 'orders:new', 'x'],
      ['EVAL', "return redis.call('GET', 'other')", '0'],
      ['CONFIG', 'GET', '*'],
    ])
      expect([asked, await cache.askAs(REPORTS, ...asked)]).toEqual([
        asked,
        expect.stringContaining('NOPERM'),
      ]);
    expect(readFileSync(cache.aclFile, 'utf8')).not.toMatch(/reports secret|shop secret/);
    expect(await cache.server.stop()).toBe(0);
  });

  test('a user of granted commands has these and no others', async () => {
    const cache = await start({
      engine,
      users: [
        {
          name: 'reports',
          passwordKey: 'reports-password',
          keys: ['queue:*'],
          access: CacheAccess.GRANTED,
          allowCommands: { lpush: 'it hands in what is to be done' },
        },
      ],
    });
    expect(await cache.askAs(REPORTS, 'LPUSH', 'queue:mail', 'x')).toBe('1');
    expect(await cache.askAs(REPORTS, 'LPUSH', 'other', 'x')).toContain('NOPERM');
    expect(await cache.askAs(REPORTS, 'LRANGE', 'queue:mail', '0', '-1')).toContain('NOPERM');
    expect(await cache.askAs(REPORTS, 'PING')).toBe('PONG');
    expect(await cache.server.stop()).toBe(0);
  });

  test('every command that may be granted is one that the server takes in an ACL', async () => {
    const target = { engine, version: versionOf(engine) };
    const names = COMMAND_ROWS.map((row) => row.split(' ')[0]);
    const granted = names.filter((name) => grantRefusal(name, target, false) === undefined);
    expect(granted.length).toBeGreaterThan(300);
    const reason = 'all that may be granted';
    const cache = await start({
      engine,
      allowCommands: Object.fromEntries(granted.map((name) => [name, reason])),
    });
    expect(await cache.ask('app', 'ACL', 'WHOAMI')).toBe('app');
    expect(await cache.server.stop()).toBe(0);
  });

  test('every setting that may be set is read by the server', async () => {
    const target = { engine, version: versionOf(engine) };
    const defaults = directiveNames(engine).flatMap((name): Array<[string, string]> => {
      const value = defaultOf(name, engine);
      return value !== undefined && settingRefusal(name, value, target) === undefined ? [[name, value]] : [];
    });
    expect(defaults.length).toBeGreaterThan(80);
    const cache = await start({ engine, settings: Object.fromEntries(defaults) });
    expect(await cache.ask('app', 'PING')).toBe('PONG');
    expect(await cache.server.stop()).toBe(0);
  });

  test('modules are loaded when it starts', async () => {
    const path = join(scratch.path, `none-${engine}.so`);
    writeFileSync(path, 'no module', { mode: 0o755 });
    // It says what it read, and why that is none.
    await expect(start({ engine, modules: [path] })).rejects.toThrow(
      new RegExp(`Module ${path} failed to load: .*(invalid ELF header|file too short)`),
    );
  });

  test('without the password of a user it does not start', async () => {
    const objects = synth({
      engine,
      users: [{ name: 'reports', passwordKey: 'reports-password', keys: ['*'] }],
    });
    const { code, stderr } = await runCommand(
      'sh',
      ['-c', find(objects, 'ConfigMap').data['start.sh'], 'start', 'true'],
      {
        env: { ACL_FILE: join(scratch.path, 'none.acl'), APP_PASSWORD: 'x', EXPORTER_PASSWORD: 'x' },
      },
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('the Secret has no reports-password');
  });
});

test("an operator's servers take settings from the ConfigMap and rights from the docs", async () => {
  const chart = newChart();
  const settings = { 'notify-keyspace-events': 'Ex', 'tcp-keepalive': '30' };
  const topology = RedisTopology.sentinel();
  new CacheRedis(chart, 'cache', { topology, maxMemory: Size.mebibytes(32), settings });
  const ours: string = find(manifests(chart), 'ConfigMap').data['redis-additional.conf'];
  const { port, server } = await startNode(scratch, await makeUsers(scratch), ours);
  expect(await askNode(port, 'default', 'CONFIG', 'GET', 'notify-keyspace-events')).toContain('xE');
  expect(await askNode(port, 'default', 'CONFIG', 'GET', 'tcp-keepalive')).toContain('30');
  expect(await askNode(port, 'app', 'FLUSHDB')).toBe('OK');
  expect(await askNode(port, 'app', 'KEYS', '*')).toContain('NOPERM');
  await server.stop('SIGKILL');
});
