/** The clients that applications use, by the variables that consumers are told, on both engines: ioredis, node-redis, redis-py. */
import { Size } from 'cdk8s';
import {
  BackgroundWorker,
  CacheAccess,
  CacheEngine,
  CacheRedis,
  type CacheRedisProps,
  CacheVariables,
  ScalableWebApp,
} from 'cdk8s-tuned';
import { find, IMAGE, manifests, newChart } from '../support/synth';
import { Cache } from './cache';
import { ioredis } from './clients/ioredis';
import { nodeRedis } from './clients/node-redis';
import { answerOfPython } from './clients/programs';
import { answersOf, type Environment, type RedisLibrary, useAsApplication } from './clients/redis-library';
import { environmentOf } from './consumer';
import { scratchDirectory } from './harness';

const scratch = scratchDirectory();
afterAll(() => scratch.remove());

/** One that a URL holds as it is. */
const SECRET = { password: 'app.secret-1_~', 'reports-password': 'reports.secret-2_~' };

type Use = (environment: Environment, protocol: 2 | 3) => Promise<unknown>;
const LIBRARIES: ReadonlyArray<[string, RedisLibrary]> = [
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
];
const USES: ReadonlyArray<[string, Use]> = [
  ...LIBRARIES.map(([name, library]): [string, Use] => [
    name,
    (environment, protocol) => useAsApplication(library, environment, protocol),
  ]),
  ['redis-py', (environment, protocol) => answerOfPython('redis_client.py', [`${protocol}`], environment)],
];

/** What becomes of it for the application. */
const OUTCOME = {
  user: 'app',
  size: 0,
  pipeline: ['OK', 'OK', 2, 'ac'],
  transaction: [1, 3],
  script: 4,
  scanned: ['page:1'],
  heard: ['__keyevent@0__:del page:1', '__keyevent@0__:expired page:2', 'news:today ünïcode'],
  listed: true,
  keys: expect.stringMatching(/no permissions/i),
  configuration: expect.stringMatching(/no permissions/i),
};

async function start(props: CacheRedisProps) {
  const chart = newChart();
  const cache = new CacheRedis(chart, 'cache', {
    maxMemory: Size.mebibytes(64),
    settings: { 'notify-keyspace-events': 'Egx' },
    users: [
      {
        name: 'reports',
        passwordKey: 'reports-password',
        keys: ['orders:*'],
        access: CacheAccess.READ_WRITE,
      },
    ],
    ...props,
  });
  new ScalableWebApp(chart, 'web', { image: IMAGE }).connectTo(cache);
  new ScalableWebApp(chart, 'rails', { image: IMAGE }).connectTo(
    cache.connection({ variables: CacheVariables.url() }),
  );
  new BackgroundWorker(chart, 'reports', { image: IMAGE }).connectTo(cache.connection({ user: 'reports' }));
  const objects = manifests(chart);
  const { server, port } = await Cache.start(objects, { scratch, secret: SECRET });
  const told = (name: string) =>
    environmentOf(find(objects, 'Deployment', `shop-${name}`), SECRET, {
      'shop-cache': '127.0.0.1',
      '6379': port,
    });
  return { server, port, told };
}

describe.each([CacheEngine.VALKEY, CacheEngine.REDIS])('on %s', (engine) => {
  let strict: Awaited<ReturnType<typeof start>>;
  let generous: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    strict = await start({ engine });
    generous = await start({
      engine,
      passwordOnlyClients: true,
      allowCommands: { keys: 'the admin page lists the keys' },
    });
  });
  afterAll(() => Promise.all([strict, generous].map((one) => one?.server.stop())));

  describe.each(USES)('%s', (_, use) => {
    test('comes in by the variables of the guide, over both versions of the protocol', async () => {
      for (const protocol of [2, 3] as const)
        expect(await use(strict.told('web'), protocol)).toEqual(OUTCOME);
    });

    test('comes in by the URL', async () => {
      expect(await use(strict.told('rails'), 3)).toEqual(OUTCOME);
    });

    test('comes in by a URL without a user, where that is let in, and may do what was granted', async () => {
      const REDIS_URL = `redis://:${SECRET.password}@127.0.0.1:${generous.port}`;
      expect(await use({ REDIS_URL }, 3)).toEqual({
        ...OUTCOME,
        user: 'default',
        keys: expect.stringMatching(/^(\['visits'\]|visits)$/),
      });
    });
  });

  test.each(LIBRARIES)('%s is held to the keys of its user', async (_, library) => {
    const answers = await answersOf(library, strict.told('reports'), [
      ['ACL', 'WHOAMI'],
      ['SET', 'orders:1', 'first'],
      ['GET', 'orders:1'],
      ['GET', 'other'],
      ['SCAN', '0'],
      ['FLUSHDB'],
      ['PUBLISH', 'news', 'x'],
    ]);
    expect(answers.slice(0, 3)).toEqual(['reports', 'OK', 'first']);
    for (const answer of answers.slice(3)) expect(answer).toMatch(/NOPERM/);
  });

  test.each(LIBRARIES)('%s is told that a password is wrong', async (_, library) => {
    const environment = { ...strict.told('web'), CACHE_PASSWORD: 'wrong' };
    await expect(library(environment, 3)).rejects.toThrow(/WRONGPASS/);
  });
});
