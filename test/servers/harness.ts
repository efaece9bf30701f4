/**
 * Real servers on loopback, with the files that were synthesized.
 *
 * A file is loaded as it is but for where it runs: `relocate` replaces ports and directories of the container by free
 * ones of this machine, and fails when one of them does not occur.
 */
import { type ChildProcess, execFile, type ExecFileOptions, spawn } from 'child_process';
import { createSocket, type Socket } from 'dgram';
import { chownSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'fs';
import { createServer } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import type { MemoryLimit } from './memory-limit';

/** Servers refuse to run as root, as they do in their pods: what runs as root starts them as `nobody`. */
export const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Where everybody may be: the checkout may lie in a home that is closed to `nobody`. */
const OPEN = { cwd: '/' };

export interface Scratch {
  readonly path: string;
  /** A directory in it that the servers can write to. */
  directory(name: string): string;
  remove(): void;
}

export function scratchDirectory(): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'cdk8s-tuned-server-'));
  own(path);
  return {
    path,
    directory: (name) => {
      const child = join(path, name);
      mkdirSync(child, { mode: 0o700 });
      own(child);
      return child;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export function own(path: string): void {
  if (UNPRIVILEGED.uid !== undefined) chownSync(path, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
}

/** Below those from which Linux takes the port of a client: a connection of another test cannot take one before its server. */
const SERVER_PORTS = { first: 15_000, count: 17_000 };
/** Sockets of UDP that tell other runs on this machine which ports are spoken for; they end with the process. */
const claims = new Set<Socket>();

/** A free port on loopback, another one each time, also for runs at the same time. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = SERVER_PORTS.first + Math.floor(Math.random() * SERVER_PORTS.count);
    if ((await claim(port)) && (await isFree(port))) return port;
  }
}

function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.on('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      claims.add(socket);
      resolve(true);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Replaces where a file runs, all places in one pass; every place must occur. */
export function relocate(text: string, places: Readonly<Record<string, string | number>>): string {
  const missing = Object.keys(places).filter((place) => !text.includes(place));
  if (missing.length > 0) throw new Error(`not in the file: ${missing.join(', ')}`);
  const literal = (place: string) => place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // The longest first: a place may begin like another one.
  const longestFirst = Object.keys(places).sort((a, b) => b.length - a.length);
  return text.replace(new RegExp(longestFirst.map(literal).join('|'), 'g'), (place) => String(places[place]));
}

export interface Server {
  readonly process: ChildProcess;
  /** What it wrote so far. */
  log(): string;
  /** Sends a signal and waits for the end; returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Waits for the end. */
  readonly ended: Promise<number | null>;
}

export interface ServerOptions {
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Bounds its memory as its container would; only where `MemoryLimit.reason` has nothing to say. */
  readonly memory?: MemoryLimit;
  /** Keeps the user of the tests, for a command that makes a file system first. */
  readonly asRoot?: boolean;
}

/** Servers that have not ended. */
const running = new Set<Server>();

/** Ends all of them, and gives their ports back: what failed has not stopped its own. */
export async function stopServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop('SIGKILL')));
  for (const socket of claims) socket.close();
  claims.clear();
}

export function startServer(
  command: string,
  args: readonly string[],
  { log, env = {}, memory, asRoot = false }: ServerOptions,
): Server {
  // A file, not a pipe: nginx opens /dev/stdout, which node's pipes, being sockets, do not bear.
  const output = openSync(log, 'a', 0o666);
  own(log);
  const [program, ...rest] = memory ? memory.enter([command, ...args]) : [command, ...args];
  const child = spawn(program, rest, {
    ...OPEN,
    ...(memory || asRoot ? {} : UNPRIVILEGED),
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code));
  });
  const server: Server = {
    process: child,
    log: () => readFileSync(log, 'utf8'),
    ended,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
  running.add(server);
  const forget = () => running.delete(server);
  ended.then(forget, forget);
  return server;
}

/** Waits until a question is answered with something true; what the server wrote is part of the error. */
export async function until(
  what: string,
  question: () => boolean | Promise<boolean>,
  server?: Server,
  seconds = 60,
) {
  const answer = async () => question();
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (await answer().catch(() => false)) return;
    if (Date.now() > end || (server && server.process.exitCode !== null))
      throw new Error(`waited in vain for ${what}; ${server?.log() ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: ExecFileOptions & { readonly input?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      {
        ...OPEN,
        ...UNPRIVILEGED,
        maxBuffer: 64 * 1024 * 1024,
        encoding: 'utf8',
        ...options,
        env: { ...process.env, ...options.env },
      },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, stdout: String(stdout), stderr: String(stderr) });
      },
    );
    // A command may end before it has read its input.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
