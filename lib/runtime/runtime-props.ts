import type { Size } from 'cdk8s';

/** Collector of a Java machine. */
export enum JvmGarbageCollector {
  /** One thread, and the least memory of its own. */
  SERIAL = 'SerialGC',
  /** All CPUs in pauses: the most work done, where nobody waits for an answer. */
  PARALLEL = 'ParallelGC',
  /** Short pauses. */
  G1 = 'G1GC',
  /** Pauses below a millisecond, for more CPU and memory; Java 15 and newer. */
  Z = 'ZGC',
}

/** Numbers of `Runtime.jvm` that differ. */
export interface JvmRuntimeOptions {
  /**
   * Share of the memory limit for the heap, from 10 to 80.
   *
   * @default - 25 to 80, the more the larger the limit: what is left has 128MiB and an eighth of the limit
   */
  readonly heapPercent?: number;
  /**
   * The collector.
   *
   * @default - as the JVM decides: serial below two CPUs or 1792MiB, otherwise G1
   */
  readonly garbageCollector?: JvmGarbageCollector;
  /**
   * Further options, such as `-javaagent:/agent.jar`; one of the same name replaces ours. Refused are those that set the
   * heap or the collector, and those with spaces or quotes, which the JVM would split.
   *
   * @default - none
   */
  readonly options?: string[];
}

/** Numbers of `Runtime.node` that differ. */
export interface NodeRuntimeOptions {
  /**
   * Share of the memory limit for the old generation, from 10 to 80.
   *
   * @default - what is left by 48MiB, three semi-spaces, and an eighth of the limit
   */
  readonly heapPercent?: number;
  /**
   * Threads for files, DNS, compression and hashes, from 1 to 1024: `UV_THREADPOOL_SIZE`.
   *
   * @default - one for each CPU of the limit, and four at the least
   */
  readonly threadPoolSize?: number;
  /**
   * Further options, such as `--require=/app/tracing.js`; one of the same name replaces ours. Refused are those that set
   * the heap, and those with spaces, quotes or backslashes, which Node.js would split.
   *
   * @default - none
   */
  readonly options?: string[];
}

/** Which program starts the processes of a Python application. */
export enum PythonServer {
  /** Gunicorn: WSGI, a process for some threads. */
  GUNICORN = 'gunicorn',
  /** Uvicorn: ASGI, an event loop in each process. */
  UVICORN = 'uvicorn',
}

/** Numbers of `Runtime.python` that differ. */
export interface PythonRuntimeOptions {
  /**
   * Program that starts the processes.
   *
   * @default PythonServer.GUNICORN
   */
  readonly server?: PythonServer;
  /**
   * Processes of a pod, from 1 to 64: `WEB_CONCURRENCY`. What the command or a configuration file of the server says goes
   * before it.
   *
   * @default - one for each CPU of the limit (or the request), with gunicorn two at the least, and as many as the memory holds
   */
  readonly workers?: number;
  /**
   * Threads of a process of gunicorn, from 1 to 128; 1 for an application that is not safe for threads. Refused with
   * uvicorn, whose processes have none.
   *
   * @default 4
   */
  readonly threads?: number;
  /**
   * Memory that a process needs, by which their number is bounded: at least 16MiB.
   *
   * @default Size.mebibytes(128)
   */
  readonly processMemory?: Size;
}

/** Numbers of `Runtime.ruby` that differ. */
export interface RubyRuntimeOptions {
  /**
   * Processes of Puma in a pod, from 1 to 64: `WEB_CONCURRENCY`. What a configuration file says goes before it.
   *
   * @default - one for each CPU of the limit (or the request), and as many as the memory holds
   */
  readonly workers?: number;
  /**
   * Threads of a process, from 1 to 128: `RAILS_MAX_THREADS`, and `PUMA_MAX_THREADS`.
   *
   * @default 3
   */
  readonly threads?: number;
  /**
   * Memory that a process needs, by which their number is bounded: at least 16MiB.
   *
   * @default Size.mebibytes(256)
   */
  readonly processMemory?: Size;
}

/** A setting of a runtime, as data. */
export interface RuntimeExplanation {
  /** Environment variable that carries it. */
  readonly variable: string;
  /** The setting; several of one variable are joined by spaces. */
  readonly value: string;
  /** Why it is that. */
  readonly reason: string;
}
