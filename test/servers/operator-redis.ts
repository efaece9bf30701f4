/** Servers as the operator's images start them, with our configuration included, and the users that the docs tell to make. */
import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../project/snippets';
import { freePort, own, runCommand, type Scratch, type Server, startServer, until } from './harness';
import type { MemoryLimit } from './memory-limit';

export const OPERATOR_PASSWORD = 'operator secret';
export const APP_PASSWORD = "app's secret";
const EXPORTER_PASSWORD = 'exporter secret';

export interface OperatorNode {
  readonly port: number;
  readonly server: Server;
  /** Where the server writes what it does. */
  readonly log: string;
}

/** The users that the docs tell to make, made by the commands of the docs. */
export async function makeUsers(scratch: Scratch): Promise<string> {
  const page = readFileSync(join(ROOT, 'docs/constructs/cache-redis.md'), 'utf8');
  const [, commands] = /```sh\n([\s\S]*?)```/.exec(page) ?? [];
  const directory = scratch.directory('users');
  const env = { OPERATOR_PASSWORD, APP_PASSWORD, EXPORTER_PASSWORD };
  const { code, stderr } = await runCommand('sh', ['-euc', `kubectl() { :; }\n${commands}`], {
    env,
    cwd: directory,
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return join(directory, 'user.acl');
}

/** One server as the operator's image starts it, in front of our configuration. */
export async function startNode(
  scratch: Scratch,
  users: string,
  ours: string,
  options: { readonly extra?: readonly string[]; readonly memory?: MemoryLimit } = {},
): Promise<OperatorNode> {
  const { extra = [], memory } = options;
  const port = await freePort();
  const directory = scratch.directory(`node-${port}`);
  const additional = join(directory, 'redis-additional.conf');
  const conf = join(directory, 'redis.conf');
  writeFileSync(additional, ours, { mode: 0o644 });
  const lines = [
    'bind 127.0.0.1',
    `masterauth "${OPERATOR_PASSWORD}"`,
    `requirepass "${OPERATOR_PASSWORD}"`,
    'protected-mode yes',
    ...extra,
    `dir ${directory}`,
    `port ${port}`,
    `aclfile ${users}`,
    `include ${additional}`,
  ];
  // A failover rewrites it.
  writeFileSync(conf, `${lines.join('\n')}\n`);
  own(conf);
  const log = join(scratch.path, `node-${port}.log`);
  // The allocator's settings are those of the container.
  const env = { MALLOC_CONF: 'dirty_decay_ms:0', JE_MALLOC_CONF: 'dirty_decay_ms:0' };
  const server = startServer('redis-server', [conf], { log, env, memory });
  await until('the server', async () => (await ask(port, 'default', 'PING')) === 'PONG', server);
  return { port, server, log };
}

export async function ask(port: number, user: 'app' | 'default', ...command: string[]): Promise<string> {
  const password = user === 'app' ? APP_PASSWORD : OPERATOR_PASSWORD;
  const login = ['-p', `${port}`, '--user', user, '--pass', password, '--no-auth-warning'];
  return (await runCommand('redis-cli', [...login, ...command])).stdout.trim();
}
