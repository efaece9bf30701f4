/** A client of Redis as an application uses it, and what it does, whichever it is. */
import { until } from '../harness';

export type Environment = Readonly<Record<string, string>>;
export type Command = readonly [string, ...string[]];

export interface RedisConnection {
  ask(...command: Command): Promise<unknown>;
  pipeline(commands: readonly Command[]): Promise<unknown[]>;
  transaction(commands: readonly Command[]): Promise<unknown[]>;
  scan(pattern: string): Promise<string[]>;
  listen(pattern: string, hear: (channel: string, message: string) => void): Promise<void>;
  close(): Promise<void>;
}

/** Connects by `REDIS_URL`, or by `CACHE_HOST` and the others of the guide, over a version of the protocol. */
export type RedisLibrary = (environment: Environment, protocol: 2 | 3) => Promise<RedisConnection>;

const reasonOf = (answer: Promise<unknown>) => answer.then(String, (error: Error) => error.message);

/** What a web application asks of its cache. `redis_client.py` does the same. */
export async function useAsApplication(library: RedisLibrary, environment: Environment, protocol: 2 | 3) {
  const client = await library(environment, protocol);
  const subscriber = await library(environment, protocol);
  const heard: string[] = [];
  const hear = (channel: string, message: string) => heard.push(`${channel} ${message}`);
  await client.ask('SET', 'old', 'x');
  await client.ask('FLUSHDB');
  const size = await client.ask('DBSIZE');
  for (const pattern of ['news:*', '__keyevent@0__:del', '__keyevent@*__:expired'])
    await subscriber.listen(pattern, hear);
  const pipeline = await client.pipeline([
    ['SET', 'page:1', 'a'],
    ['SET', 'page:2', 'b', 'PX', '50'],
    ['APPEND', 'page:1', 'c'],
    ['GET', 'page:1'],
  ]);
  const transaction = await client.transaction([
    ['INCR', 'visits'],
    ['INCRBY', 'visits', '2'],
  ]);
  const script = await client.ask('EVAL', "return redis.call('INCR', KEYS[1])", '1', 'visits');
  const scanned = (await client.scan('page:1*')).sort();
  await client.ask('PUBLISH', 'news:today', 'ünïcode');
  await client.ask('DEL', 'page:1');
  await until('the messages', () => heard.length === 3);
  const outcome = {
    user: await client.ask('ACL', 'WHOAMI'),
    size,
    pipeline,
    transaction,
    script,
    scanned,
    heard: heard.sort(),
    listed: String(await client.ask('CLIENT', 'LIST')).includes('cmd=client'),
    keys: await reasonOf(client.ask('KEYS', 'visits')),
    configuration: await reasonOf(client.ask('CONFIG', 'SET', 'maxmemory', '0')),
  };
  await Promise.all([client, subscriber].map((one) => one.close()));
  return outcome;
}

/** What becomes of commands of one client: their answers, or why they are refused. */
export async function answersOf(
  library: RedisLibrary,
  environment: Environment,
  commands: readonly Command[],
) {
  const client = await library(environment, 3);
  const answers: string[] = [];
  for (const command of commands) answers.push(await reasonOf(client.ask(...command)));
  await client.close();
  return answers;
}
