import { createClient } from 'redis';
import type { Command, RedisLibrary } from './redis-library';

/** node-redis. */
export const nodeRedis: RedisLibrary = async (environment, protocol) => {
  // What fails shall fail the test; an application leaves this out, and is connected again.
  const reconnectStrategy = false;
  const client = createClient({
    RESP: protocol,
    ...(environment.REDIS_URL === undefined
      ? {
          socket: { host: environment.CACHE_HOST, port: Number(environment.CACHE_PORT), reconnectStrategy },
          username: environment.CACHE_USERNAME,
          password: environment.CACHE_PASSWORD,
        }
      : { url: environment.REDIS_URL, socket: { reconnectStrategy } }),
  });
  let failure: Error | undefined;
  client.on('error', (error: Error) => (failure = error));
  await client.connect();
  const batch = (commands: readonly Command[]) =>
    commands.reduce((multi, command) => multi.addCommand([...command]), client.multi());
  return {
    ask: (...command) => client.sendCommand(command),
    pipeline: (commands) => batch(commands).execAsPipeline(),
    transaction: (commands) => batch(commands).exec(),
    scan: async (pattern) => {
      const found: string[] = [];
      for await (const keys of client.scanIterator({ MATCH: pattern })) found.push(...keys);
      return found;
    },
    listen: (pattern, hear) => client.pSubscribe(pattern, (message, channel) => hear(channel, message)),
    close: async () => {
      await client.close();
      if (failure !== undefined) throw failure;
    },
  };
};
