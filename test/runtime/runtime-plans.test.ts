/** The arithmetic of every runtime: laws over all containers, and the numbers of containers that people have. */
import fc from 'fast-check';
import { dotnetHeapPercent, planDotnet } from '../../lib/runtime/tuning/dotnet';
import { planGo } from '../../lib/runtime/tuning/go';
import { jvmHeapPercent, planJvm } from '../../lib/runtime/tuning/jvm';
import { nodeOldSpace, nodeSemiSpace, planNode } from '../../lib/runtime/tuning/node';
import { planPython } from '../../lib/runtime/tuning/python';
import { planRuby } from '../../lib/runtime/tuning/ruby';
import { environmentOf, type RuntimePlan } from '../../lib/runtime/tuning/runtime-plan';
import type { ContainerResources } from '../../lib/sizing/resources';

const MIB = 2 ** 20;

const RUNTIMES: Record<string, (resources: ContainerResources) => RuntimePlan> = {
  jvm: (resources) => planJvm(resources, { options: [] }),
  node: (resources) => planNode(resources, { options: [] }),
  go: planGo,
  dotnet: planDotnet,
  gunicorn: (resources) => planPython(resources, { server: 'gunicorn', processBytes: 128 * MIB }),
  uvicorn: (resources) => planPython(resources, { server: 'uvicorn', processBytes: 128 * MIB }),
  ruby: (resources) => planRuby(resources, { processBytes: 256 * MIB }),
};

function container(size: {
  readonly memory: number;
  readonly memoryRequest?: number;
  readonly cpu?: number;
  readonly cpuRequest?: number;
}): ContainerResources {
  return {
    cpuRequestMillis: size.cpuRequest ?? 100,
    cpuLimitMillis: size.cpu,
    memoryRequestBytes: (size.memoryRequest ?? size.memory) * MIB,
    memoryLimitBytes: size.memory * MIB,
    ephemeralRequestBytes: 128 * MIB,
    ephemeralLimitBytes: 1024 * MIB,
  };
}

const envOf = (name: string, size: Parameters<typeof container>[0]) =>
  environmentOf(RUNTIMES[name](container(size)).settings);

const sizes = fc.record({
  memory: fc.integer({ min: 16, max: 512 * 1024 }),
  cpu: fc.option(fc.integer({ min: 1, max: 128_000 }), { nil: undefined }),
  cpuRequest: fc.integer({ min: 1, max: 128_000 }),
});

describe.each(Object.entries(RUNTIMES))('%s', (_, plan) => {
  test('heaps and what is outside of them are the limit, and never more', () =>
    fc.assert(
      fc.property(sizes, (size) => {
        const { processes, heapBytes, outsideBytes } = plan(container(size));
        expect(heapBytes).toBeGreaterThan(0);
        expect(outsideBytes).toBeGreaterThan(0);
        expect(processes * heapBytes + outsideBytes).toBe(size.memory * MIB);
      }),
    ));

  test('a larger limit makes neither the heaps nor the number of processes smaller', () =>
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 4096 }), (size, more) => {
        const [small, large] = [size.memory, size.memory + more].map((memory) =>
          plan(container({ ...size, memory })),
        );
        expect(large.processes * large.heapBytes).toBeGreaterThanOrEqual(
          small.processes * small.heapBytes - small.processes,
        );
        expect(large.processes).toBeGreaterThanOrEqual(small.processes);
      }),
    ));

  test('the same container has the same settings, and each has a reason', () =>
    fc.assert(
      fc.property(sizes, (size) => {
        const { settings } = plan(container(size));
        expect(plan(container(size)).settings).toEqual(settings);
        expect(settings.filter(({ value, reason }) => value === '' || reason === '')).toEqual([]);
        expect(settings.map(({ value }) => value).join(' ')).not.toMatch(/NaN|undefined|Infinity/);
      }),
    ));
});

test('the smaller a container, the more of it is outside of the heap', () => {
  expect([128, 256, 512, 1024, 2048, 8192].map((mib) => jvmHeapPercent(mib * MIB))).toEqual([
    25, 37, 62, 75, 80, 80,
  ]);
  expect([128, 256, 512, 1024, 4096].map((mib) => nodeOldSpace(mib * MIB))).toEqual([
    52, 152, 352, 752, 3344,
  ]);
  expect([64, 128, 256, 512, 8192].map((mib) => dotnetHeapPercent(mib * MIB))).toEqual([25, 37, 62, 75, 75]);
});

test('a JVM has 128 MiB outside of its heap, wherever its share is above the least', () =>
  fc.assert(
    fc.property(fc.integer({ min: 206, max: 512 * 1024 }), (mib) => {
      const { outsideBytes } = RUNTIMES.jvm(container({ memory: mib }));
      expect(outsideBytes).toBeGreaterThanOrEqual(128 * MIB);
    }),
  ));

test('Node.js has 48 MiB outside of old and young objects, from 96 MiB on', () =>
  fc.assert(
    fc.property(fc.integer({ min: 96, max: 512 * 1024 }), (mib) => {
      const { outsideBytes } = RUNTIMES.node(container({ memory: mib }));
      expect(outsideBytes).toBeGreaterThanOrEqual(48 * MIB);
    }),
  ));

test('a semi-space is a power of two from 1 to 64 MiB', () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 512 * 1024 }), (mib) => {
      expect([1, 2, 4, 8, 16, 32, 64]).toContain(nodeSemiSpace(mib * MIB));
    }),
  ));

describe('what a container gets', () => {
  test('a JVM for a web API', () =>
    expect(envOf('jvm', { memory: 512, memoryRequest: 128, cpu: 500 })).toEqual({
      JAVA_TOOL_OPTIONS:
        '-XX:MaxRAMPercentage=62.0 -XX:MinRAMPercentage=62.0 -XX:InitialRAMPercentage=15.0 -XX:MaxDirectMemorySize=48m -XX:+UseSerialGC -XX:ActiveProcessorCount=1 -XX:+ExitOnOutOfMemoryError',
      MALLOC_ARENA_MAX: '2',
    }));

  test('a JVM that the machine takes for a server has G1', () => {
    expect(envOf('jvm', { memory: 1792, cpu: 1001 }).JAVA_TOOL_OPTIONS).toContain('-XX:+UseG1GC');
    expect(envOf('jvm', { memory: 1792, cpu: 1000 }).JAVA_TOOL_OPTIONS).toContain('-XX:+UseSerialGC');
    expect(envOf('jvm', { memory: 1791, cpu: 4000 }).JAVA_TOOL_OPTIONS).toContain('-XX:+UseSerialGC');
  });

  test('without a CPU limit nothing says how many processors there are', () => {
    expect(envOf('jvm', { memory: 2048 }).JAVA_TOOL_OPTIONS).toContain('-XX:+UseG1GC');
    expect(envOf('jvm', { memory: 2048 }).JAVA_TOOL_OPTIONS).not.toContain('ActiveProcessorCount');
    expect(Object.keys(envOf('go', { memory: 512 }))).toEqual(['GOMEMLIMIT']);
    expect(envOf('dotnet', { memory: 2048 })).toEqual({
      DOTNET_GCHeapHardLimitPercent: '0x4B',
      DOTNET_gcServer: '0',
    });
    expect(envOf('gunicorn', { memory: 2048 })).not.toHaveProperty('PYTHON_CPU_COUNT');
  });

  test('Node.js, with threads of its own number only where libuv’s are too few', () => {
    expect(envOf('node', { memory: 512, cpu: 500 })).toEqual({
      NODE_OPTIONS: '--max-old-space-size=352 --max-semi-space-size=16',
    });
    expect(envOf('node', { memory: 2048, cpu: 6000 }).UV_THREADPOOL_SIZE).toBe('6');
  });

  test('Go, with as many processors as its own 1.25 takes', () => {
    expect(envOf('go', { memory: 512, cpu: 500 })).toEqual({ GOMEMLIMIT: '460MiB', GOMAXPROCS: '2' });
    expect(envOf('go', { memory: 512, cpu: 2500 }).GOMAXPROCS).toBe('3');
  });

  test('.NET, whose shares are hexadecimal and whose processors are decimal', () =>
    expect(envOf('dotnet', { memory: 2048, cpu: 12_000 })).toEqual({
      DOTNET_GCHeapHardLimitPercent: '0x4B',
      DOTNET_gcServer: '1',
      DOTNET_PROCESSOR_COUNT: '12',
    }));

  test('Python, with as many processes as the memory holds', () => {
    expect(envOf('gunicorn', { memory: 512, cpu: 500 })).toEqual({
      WEB_CONCURRENCY: '2',
      GUNICORN_CMD_ARGS: '--threads=4 --worker-tmp-dir=/dev/shm',
      MALLOC_ARENA_MAX: '2',
      PYTHON_CPU_COUNT: '1',
    });
    expect(envOf('gunicorn', { memory: 512, cpu: 8000 }).WEB_CONCURRENCY).toBe('3');
    expect(envOf('gunicorn', { memory: 64, cpu: 8000 }).WEB_CONCURRENCY).toBe('1');
    expect(envOf('uvicorn', { memory: 512, cpu: 500 }).WEB_CONCURRENCY).toBe('1');
    expect(envOf('uvicorn', { memory: 4096, cpuRequest: 2500 }).WEB_CONCURRENCY).toBe('3');
  });

  test('Ruby, with the threads of Rails', () => {
    expect(envOf('ruby', { memory: 2048, cpu: 2000 })).toEqual({
      WEB_CONCURRENCY: '2',
      RAILS_MAX_THREADS: '3',
      PUMA_MAX_THREADS: '3',
      MALLOC_ARENA_MAX: '2',
    });
    expect(envOf('ruby', { memory: 512, cpu: 4000 }).WEB_CONCURRENCY).toBe('1');
  });
});
