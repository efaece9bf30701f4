import { Size } from 'cdk8s';
import { EnvValue } from 'cdk8s-plus-27';
import { Checks } from '../finding/checks';
import type { ContainerResources } from '../sizing/resources';
import type { WorkloadProfile } from '../sizing/workload-profile';
import { bytesOf } from '../units/amounts';
import { MIB } from '../units/quantity';
import { literalForKubelet } from '../units/text';
import {
  JvmGarbageCollector,
  type JvmRuntimeOptions,
  type NodeRuntimeOptions,
  type PythonRuntimeOptions,
  PythonServer,
  type RubyRuntimeOptions,
  type RuntimeExplanation,
} from './runtime-props';
import { planDotnet } from './tuning/dotnet';
import { MOST_PROCESSES } from './tuning/forked-processes';
import { planGo } from './tuning/go';
import { planJvm } from './tuning/jvm';
import { planNode } from './tuning/node';
import { jvmOptionRule, nodeOptionRule } from './tuning/option-rules';
import { planPython } from './tuning/python';
import { planRuby } from './tuning/ruby';
import { environmentOf, type RuntimePlan } from './tuning/runtime-plan';

const LEAST_PROCESS_MEMORY = Size.mebibytes(16);

/**
 * The runtime of a container's language, told of the container's limits by its environment: heap, collector, threads and
 * processes. Without it, most take the machine for theirs: threads for all CPUs of the node, a heap that ends above the limit, or
 * at a quarter of it.
 *
 * @example
 * const runtime = Runtime.node({ options: ['--require=/app/tracing.js'] });
 * for (const { variable, value, reason } of runtime.explain(WorkloadProfile.WEB_API)) {
 *   if (variable === 'UV_THREADPOOL_SIZE') console.log(`${value} threads: ${reason}`);
 * }
 */
export class Runtime {
  /**
   * A Java machine, 8u191 and newer, in a container of 160MiB and more: `JAVA_TOOL_OPTIONS`, `MALLOC_ARENA_MAX`.
   *
   * @param options numbers that differ
   */
  public static jvm(options: JvmRuntimeOptions = {}): Runtime {
    const { heapPercent, garbageCollector: collector, options: given = [] } = options;
    return new Runtime(
      (resources) => planJvm(resources, { heapPercent, collector, options: given }),
      (checks) => {
        checks.integer('heapPercent', heapPercent, 10, 80);
        checks.oneOf('garbageCollector', collector, Object.values(JvmGarbageCollector));
        given.forEach((option, index) => checks.text(`options[${index}]`, option, jvmOptionRule));
      },
    );
  }

  /**
   * Node.js, 16.18, 18.9 and newer: `NODE_OPTIONS`, `UV_THREADPOOL_SIZE`.
   *
   * @param options numbers that differ
   */
  public static node(options: NodeRuntimeOptions = {}): Runtime {
    const { heapPercent, threadPoolSize, options: given = [] } = options;
    return new Runtime(
      (resources) => planNode(resources, { heapPercent, threadPoolSize, options: given }),
      (checks) => {
        checks.integer('heapPercent', heapPercent, 10, 80);
        checks.integer('threadPoolSize', threadPoolSize, 1, 1024);
        given.forEach((option, index) => checks.text(`options[${index}]`, option, nodeOptionRule));
      },
    );
  }

  /**
   * Go, 1.19 and newer: `GOMEMLIMIT`, `GOMAXPROCS`.
   */
  public static go(): Runtime {
    return new Runtime(planGo, () => undefined);
  }

  /**
   * Python behind gunicorn or uvicorn: `WEB_CONCURRENCY`, `GUNICORN_CMD_ARGS`, `MALLOC_ARENA_MAX`, `PYTHON_CPU_COUNT`.
   *
   * @param options numbers that differ
   */
  public static python(options: PythonRuntimeOptions = {}): Runtime {
    const { server = PythonServer.GUNICORN, workers, threads } = options;
    const processMemory = options.processMemory ?? Size.mebibytes(128);
    return new Runtime(
      (resources) =>
        planPython(resources, { server, workers, threads, processBytes: bytesOf(processMemory) }),
      (checks) => {
        checks.oneOf('server', server, Object.values(PythonServer));
        checkProcesses(checks, { workers, threads, processMemory });
        if (server === PythonServer.UVICORN && threads !== undefined)
          checks.fail('threads', threads, 'processes of uvicorn have no threads; leave it out');
      },
    );
  }

  /**
   * .NET 6 and newer: `DOTNET_GCHeapHardLimitPercent`, `DOTNET_gcServer`, `DOTNET_PROCESSOR_COUNT`.
   */
  public static dotnet(): Runtime {
    return new Runtime(planDotnet, () => undefined);
  }

  /**
   * Ruby behind Puma: `WEB_CONCURRENCY`, `RAILS_MAX_THREADS`, `PUMA_MAX_THREADS`, `MALLOC_ARENA_MAX`.
   *
   * @param options numbers that differ
   */
  public static ruby(options: RubyRuntimeOptions = {}): Runtime {
    const { workers, threads } = options;
    const processMemory = options.processMemory ?? Size.mebibytes(256);
    return new Runtime(
      (resources) => planRuby(resources, { workers, threads, processBytes: bytesOf(processMemory) }),
      (checks) => checkProcesses(checks, { workers, threads, processMemory }),
    );
  }

  private constructor(
    private readonly plan: (resources: ContainerResources) => RuntimePlan,
    private readonly check: (checks: Checks) => void,
  ) {}

  /**
   * Every setting for a container of this size, and why it is that.
   *
   * @param profile size of the container
   */
  public explain(profile: WorkloadProfile): RuntimeExplanation[] {
    const checks = Checks.of({ node: { path: 'Runtime' } });
    profile._check(checks.at('profile'));
    this._check(checks);
    checks.throwIfAny();
    return [...this.plan(profile._resources()).settings];
  }

  /**
   * Records every option that cannot stand.
   *
   * @internal
   */
  public _check(checks: Checks): void {
    this.check(checks);
  }

  /**
   * Variables of the container; only after `_check` has passed.
   *
   * @internal
   */
  public _env(resources: ContainerResources): { [name: string]: EnvValue } {
    const environment = Object.entries(environmentOf(this.plan(resources).settings));
    return Object.fromEntries(
      environment.map(([name, value]) => [name, EnvValue.fromValue(literalForKubelet(value))]),
    );
  }

  /**
   * Processes of a pod, of which each opens a pool of connections; only after `_check` has passed.
   *
   * @internal
   */
  public _processes(resources: ContainerResources): number {
    return this.plan(resources).processes;
  }
}

function checkProcesses(
  checks: Checks,
  {
    workers,
    threads,
    processMemory,
  }: { readonly workers?: number; readonly threads?: number; readonly processMemory: Size },
): void {
  checks.integer('workers', workers, 1, MOST_PROCESSES);
  checks.integer('threads', threads, 1, 128);
  const bytes = bytesOf(processMemory);
  if (!(bytes >= bytesOf(LEAST_PROCESS_MEMORY)) || !Number.isSafeInteger(bytes / MIB))
    checks.fail(
      'processMemory',
      processMemory.asString(),
      'allowed: whole mebibytes, at least 16, such as Size.mebibytes(128)',
    );
}
