/**
 * Runtimes in a memory cgroup of their container's limit, filled by programs that take all that they get. With what `Runtime`
 * emits the runtime itself says that it is full, or collects; with its own defaults the kernel kills it. `npm run bench:runtimes`
 * prints both as a table.
 */
import { Runtime, WorkloadProfile } from 'cdk8s-tuned';
import { spawnSync } from 'child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { environmentOf } from '../../lib/runtime/tuning/runtime-plan';
import { describeUnless, testUnless } from '../support/skip';
import { freePort, own, runCommand, scratchDirectory, type Server, startServer, until } from './harness';
import { MemoryLimit } from './memory-limit';

const bounded = describeUnless(MemoryLimit.reason());
const hasGo = spawnSync('go', ['version']).status === 0;

const MIB = 2 ** 20;
const scratch = scratchDirectory();
const programs = scratch.directory('programs');
afterAll(() => scratch.remove());

beforeAll(async () => {
  for (const name of ['Fill.java', 'fill.js', 'fill.go', 'fill.py', 'fill.ru']) {
    copyFileSync(join(__dirname, 'runtimes', name), join(programs, name));
    own(join(programs, name));
  }
  // Each process shall fill its own memory.
  writeFileSync(join(programs, 'puma.rb'), 'preload_app! false\n');
  const compiled = await runCommand('ecj', [
    '-proc:none',
    '-11',
    '-d',
    programs,
    join(programs, 'Fill.java'),
  ]);
  expect(compiled).toMatchObject({ code: 0 });
});

/** A container with two CPUs; what is asked for is its own. */
const container = (mebibytes: number) =>
  WorkloadProfile.fromQuantities({
    cpuRequest: '2',
    cpuLimit: '2',
    memoryRequest: `${mebibytes}Mi`,
    memoryLimit: `${mebibytes}Mi`,
  });

/** What is emitted for it. */
const environment = (runtime: Runtime, mebibytes: number): Record<string, string> =>
  environmentOf(runtime.explain(container(mebibytes)));

interface Run {
  readonly mebibytes: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly command: readonly string[];
}

interface End {
  readonly log: string;
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly kills: number;
}

let runs = 0;

/** Runs a program in the memory of its container, to its end or until it is ready. */
async function run(
  { mebibytes, env, command: [program, ...args] }: Run,
  isReady?: (server: Server) => boolean,
): Promise<End> {
  runs += 1;
  const memory = MemoryLimit.of(`runtime-${runs}`, mebibytes * MIB);
  const server = startServer(program, args, { log: join(scratch.path, `${runs}.log`), env, memory });
  if (isReady) {
    await until('what fills the memory', () => isReady(server) || memory.kills() > 0, server);
    await server.stop();
  }
  const code = await server.ended;
  const end = { log: server.log(), signal: server.process.signalCode, code, kills: memory.kills() };
  memory.remove();
  return end;
}

const KILLED = { signal: 'SIGKILL', kills: 1 } as const;

bounded('Java', () => {
  const java = (mebibytes: number, env?: NodeJS.ProcessEnv) =>
    run({
      mebibytes,
      env,
      command: ['java', '-cp', programs, 'Fill', `${mebibytes / 8}`, '200', 'end'],
    });

  test.each([256, 512])('ends by itself when the heap of %i MiB is full', async (mebibytes) => {
    const end = await java(mebibytes, environment(Runtime.jvm(), mebibytes));
    expect(end).toMatchObject({ code: 3, kills: 0 });
    expect(end.log).toContain('direct buffers are full');
    expect(end.log).toContain('Terminating due to java.lang.OutOfMemoryError: Java heap space');
  });

  test('reads the heap that was reckoned with, also where the JVM takes a machine for small', async () => {
    const heap = async (mebibytes: number) => {
      const env = environment(Runtime.jvm(), mebibytes);
      const end = await run({ mebibytes, env, command: ['java', '-XX:+PrintFlagsFinal', '-version'] });
      return Number(/MaxHeapSize\s+= (\d+)/.exec(end.log)?.[1]) / MIB;
    };
    // The JVM rounds up, to the steps of its generations.
    expect(await heap(128)).toBeCloseTo(0.25 * 128, -1);
    expect(await heap(512)).toBeCloseTo(0.62 * 512, -1);
  });

  test('is killed with its own defaults, and with three quarters and nothing else', async () => {
    expect(await java(256)).toMatchObject(KILLED);
    expect(await java(256, { JAVA_TOOL_OPTIONS: '-XX:MaxRAMPercentage=75.0' })).toMatchObject(KILLED);
  });
});

bounded('Node.js', () => {
  const node = (mebibytes: number, env?: NodeJS.ProcessEnv) =>
    run({
      mebibytes,
      env,
      command: [
        process.execPath,
        join(programs, 'fill.js'),
        ...[mebibytes / 8, 200, mebibytes / 10, 'end'].map(String),
      ],
    });

  test.each([128, 256])('ends by itself when the heap of %i MiB is full', async (mebibytes) => {
    const end = await node(mebibytes, environment(Runtime.node(), mebibytes));
    expect(end).toMatchObject({ signal: 'SIGABRT', kills: 0 });
    expect(end.log).toContain('JavaScript heap out of memory');
  });

  test('is killed with its own defaults', async () => {
    expect(await node(256)).toMatchObject(KILLED);
  });
});

bounded('Go', () => {
  const goTest = testUnless(hasGo ? undefined : 'there is no Go, which is too large to install for one test');
  const binary = join(programs, 'fill');
  const fill = (milliseconds: number, env?: NodeJS.ProcessEnv) =>
    run({ mebibytes: 256, env, command: [binary, `${Math.floor(256 * 0.6)}`, `${milliseconds}`] });

  goTest(
    'collects instead of growing, with six tenths of the limit alive; and is killed without',
    async () => {
      const cache = join(scratch.path, 'go');
      mkdirSync(cache);
      own(cache);
      const built = await runCommand('go', ['build', '-o', binary, join(programs, 'fill.go')], {
        env: { GOCACHE: cache, GOPATH: cache, GO111MODULE: 'off', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' },
      });
      expect(built).toMatchObject({ code: 0 });
      const end = await fill(500, environment(Runtime.go(), 256));
      expect(end).toMatchObject({ code: 0, kills: 0 });
      expect(end.log).toContain('processors 2');
      expect(await fill(30_000)).toMatchObject(KILLED);
    },
  );
});

/** Processes that a server starts, each of which fills its share and says so. */
const forked = async (
  runtime: Runtime,
  server: {
    readonly mebibytes: number;
    readonly threads: number;
    readonly command: (port: number) => readonly string[];
  },
  changes: NodeJS.ProcessEnv = {},
) => {
  const { mebibytes, threads, command } = server;
  const env = environment(runtime, mebibytes);
  const processes = runtime._processes(container(mebibytes)._resources());
  const share = Math.floor((0.9 * mebibytes) / processes);
  const end = await run(
    {
      mebibytes,
      env: { ...env, MEBIBYTES: `${share}`, THREADS: `${threads}`, PYTHONDONTWRITEBYTECODE: '1', ...changes },
      command: command(await freePort()),
    },
    (started) => started.log().split('filled ').length > processes,
  );
  return { ...end, processes };
};

/** What glibc does by itself. */
const ALL_ARENAS = { MALLOC_ARENA_MAX: undefined };

bounded('Python', () => {
  const gunicorn = (threads: number) => ({
    mebibytes: 512,
    threads,
    command: (port: number) => [
      'gunicorn',
      '--bind',
      `127.0.0.1:${port}`,
      '--chdir',
      programs,
      'fill:application',
    ],
  });

  test('gunicorn starts the processes and threads that were said, and each fills its share', async () => {
    const end = await forked(Runtime.python(), gunicorn(4));
    expect(end).toMatchObject({ kills: 0, processes: 2 });
    expect(end.log.match(/Booting worker/g)).toHaveLength(2);
    expect(end.log).toMatch(/Using worker: (g?)thread/);
  });

  test('gunicorn’s threads keep what they have freed in two arenas, and is killed without', async () => {
    const runtime = Runtime.python({ threads: 16 });
    expect(await forked(runtime, gunicorn(16))).toMatchObject({ kills: 0 });
    expect((await forked(runtime, gunicorn(16), ALL_ARENAS)).kills).toBeGreaterThan(0);
  });
});

bounded('Ruby', () => {
  const puma = (threads: number) => ({
    mebibytes: 1024,
    threads,
    command: (port: number) => [
      'puma',
      '--dir',
      programs,
      '--config',
      join(programs, 'puma.rb'),
      '--bind',
      `tcp://127.0.0.1:${port}`,
      'fill.ru',
    ],
  });

  test('Puma starts the processes and threads that were said, and each fills its share', async () => {
    const end = await forked(Runtime.ruby(), puma(3));
    expect(end).toMatchObject({ kills: 0, processes: 2 });
    expect(end.log).toMatch(/Workers: 2/);
    expect(end.log).toMatch(/Max threads: 3/);
  });

  test('Puma’s threads keep what they have freed in two arenas, and is killed without', async () => {
    const runtime = Runtime.ruby({ threads: 16 });
    expect(await forked(runtime, puma(16))).toMatchObject({ kills: 0 });
    expect((await forked(runtime, puma(16), ALL_ARENAS)).kills).toBeGreaterThan(0);
  });
});
