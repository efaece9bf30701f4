/** `Runtime` as a construct uses it: what is refused, what is emitted, and what the checklist says of that. */
import { Size } from 'cdk8s';
import {
  Checklist,
  JvmGarbageCollector,
  PythonServer,
  Runtime,
  WorkloadProfile,
  type WorkloadProfileQuantities,
} from 'cdk8s-tuned';
import { Checks } from '../../lib/finding/checks';

function refusals(runtime: Runtime): string {
  const checks = Checks.of({ node: { path: 'shop/web' } });
  runtime._check(checks.at('runtime'));
  try {
    checks.throwIfAny();
    return '';
  } catch (error) {
    return String(error);
  }
}

const RUNTIMES: ReadonlyArray<readonly [string, Runtime]> = [
  ['jvm', Runtime.jvm()],
  ['jvm with the largest heap', Runtime.jvm({ heapPercent: 80 })],
  ['node', Runtime.node()],
  ['node with the largest heap', Runtime.node({ heapPercent: 80 })],
  ['go', Runtime.go()],
  ['dotnet', Runtime.dotnet()],
  ['python', Runtime.python()],
  ['ruby', Runtime.ruby()],
];

const profile = (quantities: Partial<WorkloadProfileQuantities>) =>
  WorkloadProfile.fromQuantities({
    cpuRequest: '100m',
    memoryRequest: '64Mi',
    memoryLimit: '512Mi',
    ...quantities,
  });

const PROFILES = [
  WorkloadProfile.WEB_API,
  WorkloadProfile.HEAVY_COMPUTE,
  WorkloadProfile.BACKGROUND_JOB,
  profile({ memoryLimit: '64Mi' }),
  profile({ memoryLimit: '100Mi', cpuLimit: '1' }),
  profile({ memoryLimit: '16Gi', cpuLimit: '8' }),
];

/** A pod of such a container. */
function podOf(runtime: Runtime, size: WorkloadProfile) {
  const { memoryLimitBytes } = size._resources();
  const env = Object.entries(runtime._env(size._resources())).map(([name, { value }]) => ({ name, value }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app' },
    spec: {
      containers: [
        { name: 'app', image: 'app:1', env, resources: { limits: { memory: `${memoryLimitBytes}` } } },
      ],
    },
  };
}

describe('the checklist', () => {
  test.each(RUNTIMES)('finds that the heap of %s fits every container', (_, runtime) => {
    const findings = PROFILES.flatMap((size) => Checklist.check([podOf(runtime, size)]));
    expect(findings.filter(({ rule }) => rule === 'OOM-004')).toEqual([]);
  });

  test('would find one that does not', () => {
    const pod = podOf(Runtime.jvm(), WorkloadProfile.WEB_API);
    pod.spec.containers[0].env[0].value = '-XX:MaxRAMPercentage=95.0';
    expect(Checklist.check([pod]).map(({ rule }) => rule)).toContain('OOM-004');
  });
});

describe('options', () => {
  test.each(RUNTIMES)('of %s are taken', (_, runtime) => expect(refusals(runtime)).toBe(''));

  test.each([
    ['a heap as large as the limit', Runtime.jvm({ heapPercent: 100 }), /runtime\.heapPercent is 100/],
    ['a heap of the user’s own', Runtime.jvm({ options: ['-Xmx1g'] }), /heap is set by heapPercent/],
    ['a heap in megabytes', Runtime.jvm({ options: ['-XX:MaxHeapSize=1g'] }), /heapPercent/],
    ['a second collector', Runtime.jvm({ options: ['-XX:-UseG1GC'] }), /garbageCollector/],
    ['two options in one', Runtime.jvm({ options: ['-Da=b -Xmx9g'] }), /without spaces/],
    ['no option', Runtime.jvm({ options: ['app.jar'] }), /options\[0\] is "app\.jar"/],
    ['half a percent', Runtime.node({ heapPercent: 50.5 }), /a whole number from 10 to 80/],
    ['no thread', Runtime.node({ threadPoolSize: 0 }), /threadPoolSize is 0/],
    ['an old generation of the user’s own', Runtime.node({ options: ['--max_old_space_size=9'] }), /heap/],
    ['a word of Node.js’ own splitting', Runtime.node({ options: ['--require="a b"'] }), /without spaces/],
    ['no process', Runtime.python({ workers: 0 }), /runtime\.workers is 0/],
    ['threads of uvicorn', Runtime.python({ server: PythonServer.UVICORN, threads: 2 }), /have no threads/],
    ['a process of nothing', Runtime.python({ processMemory: Size.mebibytes(1) }), /whole mebibytes/],
    ['too many threads', Runtime.ruby({ threads: 1000 }), /threads is 1000/],
    ['half a mebibyte', Runtime.ruby({ processMemory: Size.kibibytes(20_000) }), /whole mebibytes/],
  ])('refuse %s', (_, runtime, message) => expect(refusals(runtime)).toMatch(message));

  test('of the user stand behind ours, and replace those of the same name', () => {
    const given = ['-XX:MaxDirectMemorySize=1g', '-javaagent:/agent.jar', '-XX:-ExitOnOutOfMemoryError'];
    const options = Runtime.jvm({ options: given }).explain(WorkloadProfile.WEB_API);
    const values = options.filter(({ variable }) => variable === 'JAVA_TOOL_OPTIONS').map((one) => one.value);
    expect(values.slice(-3)).toEqual(given);
    expect(values.join(' ')).not.toMatch(/MaxDirectMemorySize=48m|\+ExitOnOutOfMemoryError/);
    const node = Runtime.node({ options: ['--max_semi_space_size=64'] })._env(PROFILES[0]._resources());
    expect(node.NODE_OPTIONS.value).toBe('--max-old-space-size=352 --max_semi_space_size=64');
  });

  test('choose collector, threads and processes', () => {
    const resources = WorkloadProfile.WEB_API._resources();
    const parallel = Runtime.jvm({ garbageCollector: JvmGarbageCollector.PARALLEL })._env(resources);
    expect(parallel.JAVA_TOOL_OPTIONS.value).toContain('-XX:+UseParallelGC');
    expect(Runtime.node({ threadPoolSize: 16 })._env(resources).UV_THREADPOOL_SIZE.value).toBe('16');
    expect(Runtime.python({ threads: 1 })._env(resources).GUNICORN_CMD_ARGS.value).toContain('--threads=1 ');
    expect(Runtime.ruby({ workers: 3 })._env(resources).WEB_CONCURRENCY.value).toBe('3');
  });
});

test('a pool of connections is needed for each process', () => {
  const resources = WorkloadProfile.HEAVY_COMPUTE._resources();
  expect(RUNTIMES.map(([name, runtime]) => [name, runtime._processes(resources)])).toEqual([
    ['jvm', 1],
    ['jvm with the largest heap', 1],
    ['node', 1],
    ['node with the largest heap', 1],
    ['go', 1],
    ['dotnet', 1],
    ['python', 2],
    ['ruby', 2],
  ]);
  expect(Runtime.python({ workers: 7 })._processes(resources)).toBe(7);
});

test('the kubelet leaves a dollar alone', () => {
  const { JAVA_TOOL_OPTIONS } = Runtime.jvm({ options: ['-Dname=$(HOME)'] })._env(PROFILES[0]._resources());
  expect(JAVA_TOOL_OPTIONS.value).toContain('-Dname=$$(HOME)');
});

test('explains itself for a size, and refuses a size that is none', () => {
  const explained = Runtime.go().explain(WorkloadProfile.WEB_API);
  expect(explained.map(({ variable, value }) => `${variable}=${value}`)).toEqual([
    'GOMEMLIMIT=460MiB',
    'GOMAXPROCS=2',
  ]);
  expect(() => Runtime.go().explain(profile({ memoryLimit: 'much' }))).toThrow(/profile\.memoryLimit/);
  expect(() => Runtime.jvm({ heapPercent: 99 }).explain(WorkloadProfile.WEB_API)).toThrow(/heapPercent/);
});
