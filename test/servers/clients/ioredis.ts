import { Redis } from 'ioredis';
import type { Command, Environment, RedisLibrary } from './redis-library';

/** ioredis. */
export const ioredis: RedisLibrary = async (environment, protocol) => {
  const options = { protocol, lazyConnect: true, retryStrategy: () => null, ...tlsOf(environment) };
  const client =
    environment.REDIS_URL === undefined
      ? new Redis({
          ...options,
          host: environment.CACHE_HOST,
          port: Number(environment.CACHE_PORT),
          username: environment.CACHE_USERNAME,
          password: environment.CACHE_PASSWORD,
        })
      : new Redis(environment.REDIS_URL, options);
  // Only here does it say why a login is refused.
  let failure: Error | undefined;
  client.on('error', (error: Error) => (failure = error));
  await client.connect().catch((error: Error) => {
    throw failure ?? error;
  });
  const many = async (commands: readonly Command[], as: 'pipeline' | 'multi') => {
    const batch = client[as]();
    for (const [name, ...args] of commands) batch.call(name, ...args);
    return ((await batch.exec()) ?? []).map(([error, answer]) => {
      if (error) throw error;
      return answer;
    });
  };
  return {
    ask: (name, ...args) => client.call(name, ...args),
    pipeline: (commands) => many(commands, 'pipeline'),
    transaction: (commands) => many(commands, 'multi'),
    scan: async (pattern) => {
      const found: string[] = [];
      for await (const keys of client.scanStream({ match: pattern })) found.push(...(keys as string[]));
      return found;
    },
    listen: async (pattern, hear) => {
      client.on('pmessage', (matched: string, channel: string, message: string) => {
        if (matched === pattern) hear(channel, message);
      });
      await client.psubscribe(pattern);
    },
    close: async () => {
      await client.quit();
    },
  };
};

/** TLS where the application is told of it, with the authority that it is told. */
function tlsOf({ CACHE_TLS, CACHE_TLS_CA, REDIS_URL = '', REDIS_URL_CA }: Environment) {
  if (CACHE_TLS !== 'true' && !REDIS_URL.startsWith('rediss:')) return {};
  return { tls: { ca: CACHE_TLS_CA ?? REDIS_URL_CA } };
}
