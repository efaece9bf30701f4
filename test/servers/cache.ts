/** The container of a cache's manifest, run by the engine's own programs on this machine. */
import { writeFileSync } from 'fs';
import { join } from 'path';
import { findComponent, type Manifest } from '../support/synth';
import {
  freePort,
  type Outcome,
  relocate,
  runCommand,
  type Scratch,
  type Server,
  startServer,
  until,
} from './harness';
import type { MemoryLimit } from './memory-limit';

export const PASSWORD = `it's $HOME "and" #1 %; \\ ünïcode`;
export const EXPORTER_PASSWORD = 'exporter secret';

export interface CacheStart {
  readonly scratch: Scratch;
  /** Directory that stands for the volume; a fresh one when it is left out. */
  readonly data?: string;
  /** Directory that stands for the Secret with the certificate. */
  readonly tls?: string;
  readonly memory?: MemoryLimit;
  /** Lines that make the server slower for a test; nothing of what it decides. */
  readonly slower?: string;
  /** Values of the Secret besides the passwords of `app` and `exporter`, by key. */
  readonly secret?: Readonly<Record<string, string>>;
  /** What to wait for. */
  readonly until?: 'ready' | 'alive';
}

export class Cache {
  private constructor(
    readonly server: Server,
    readonly port: number,
    readonly container: Manifest,
    readonly aclFile: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly places: Readonly<Record<string, string>>,
  ) {}

  static async start(objects: readonly Manifest[], options: CacheStart): Promise<Cache> {
    const { scratch, data, tls } = options;
    const find = (kind: string) => findComponent(objects, kind, 'cache');
    const { data: files } = find('ConfigMap');
    const [container] = find('StatefulSet').spec.template.spec.containers;
    const port = await freePort();
    const directory = scratch.directory(`cache-${port}`);
    const conf = relocate(files['cache.conf'], {
      [tls === undefined ? 'port 6379' : 'tls-port 6379']: `${tls === undefined ? '' : 'tls-'}port ${port}`,
      'bind * -::*': 'bind 127.0.0.1',
      '/run/cache/': `${directory}/`,
      'dir /data': `dir ${data ?? directory}`,
      ...(tls !== undefined && { '/tls/': `${tls}/` }),
    });
    writeFileSync(join(directory, 'cache.conf'), `${conf}${options.slower ?? ''}`);
    writeFileSync(join(directory, 'start.sh'), files['start.sh']);
    const places = {
      '/etc/cache': directory,
      '-p 6379': `-p ${port}`,
      ...(tls !== undefined && { '/tls/': `${tls}/` }),
    };
    const [command, ...args] = [...container.command, ...container.args].map((text) => inPlace(text, places));
    const aclFile = join(directory, 'users.acl');
    const secret: Record<string, string> = {
      password: PASSWORD,
      'exporter-password': EXPORTER_PASSWORD,
      ...options.secret,
    };
    const variables: Record<string, string> = Object.fromEntries(
      container.env.map((one: Manifest) => [one.name, one.value ?? secret[one.valueFrom.secretKeyRef.key]]),
    );
    const env = { ...variables, ACL_FILE: aclFile };
    const log = join(scratch.path, `cache-${port}.log`);
    const server = startServer(command, args, { log, env, memory: options.memory });
    const cache = new Cache(server, port, container, aclFile, env, places);
    const probe = options.until === 'alive' ? 'livenessProbe' : 'readinessProbe';
    await until('the cache', async () => (await cache.probe(probe)) === 0, server);
    return cache;
  }

  /** Runs a probe of the manifest; returns its exit code. */
  async probe(name: string): Promise<number> {
    const [command, ...args] = this.container[name].exec.command.map((text: string) =>
      inPlace(text, this.places),
    );
    return (await runCommand(command, args, { env: this.env })).code;
  }

  /** What a user's command is answered. */
  async ask(user: 'app' | 'exporter', ...command: string[]): Promise<string> {
    return (await this.client(user, command)).stdout.trim();
  }

  /** What is answered to a command after a login as it is given: none, a password, or a name and a password. */
  async askAs(login: readonly string[], ...command: string[]): Promise<string> {
    const options = [...['-h', '127.0.0.1', '-p', `${this.port}`, '--no-auth-warning'], ...login];
    return (await runCommand('redis-cli', [...options, ...command])).stdout.trim();
  }

  /** Sends many commands at once; tells what the client counted. */
  async pipe(commands: string): Promise<string> {
    return (await this.client('app', ['--pipe'], commands)).stdout;
  }

  async info(field: string): Promise<number> {
    return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await this.ask('app', 'INFO'))?.[1]);
  }

  private client(user: 'app' | 'exporter', command: readonly string[], input?: string): Promise<Outcome> {
    const password = user === 'app' ? PASSWORD : EXPORTER_PASSWORD;
    const login = ['-h', '127.0.0.1', '-p', `${this.port}`, '--user', user, '--pass', password];
    return runCommand('redis-cli', [...login, '--no-auth-warning', ...command], { input });
  }
}

function inPlace(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((result, [from, to]) => result.replaceAll(from, to), text);
}
