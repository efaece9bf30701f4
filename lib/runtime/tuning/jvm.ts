/** Java: the heap is a share of the limit, so that it follows a limit that is changed later. */
import type { ContainerResources } from '../../sizing/resources';
import { MIB } from '../../units/quantity';
import {
  clamp,
  limitedCpus,
  MALLOC_ARENAS,
  type RuntimePlan,
  type RuntimeSetting,
  wholeMib,
  withGivenOptions,
} from './runtime-plan';

/** Collectors by the name in their flag, `-XX:+Use…`. */
export type CollectorFlag = 'SerialGC' | 'ParallelGC' | 'G1GC' | 'ZGC';

export interface JvmTuning {
  readonly heapPercent?: number;
  readonly collector?: CollectorFlag;
  readonly options: readonly string[];
}

const VARIABLE = 'JAVA_TOOL_OPTIONS';

/** Metaspace, code cache, stacks and the JVM itself: what does not grow with the heap. A proposal; docs/benchmarks.md measures it. */
const FIXED_BYTES = 128 * MIB;
/** Tables of the collector, direct buffers and memory between allocations, which grow with the limit. */
const GROWING_PART = 1 / 8;
/** The JVM's own share, which is left where the limit is too small for the rest. */
const LEAST_PERCENT = 25;
const MOST_PERCENT = 80;

/** From where on the JVM takes a machine for a server, and G1 for its collector (`os::is_server_class_machine`). */
const SERVER_CPUS = 2;
const SERVER_BYTES = 1792 * MIB;

/** Part of what is outside of the heap that direct buffers may take. */
const DIRECT_PART = 1 / 4;

/** Share of the limit for the heap, in whole percent: the smaller the container, the less. */
export function jvmHeapPercent(limitBytes: number): number {
  const heap = limitBytes - FIXED_BYTES - limitBytes * GROWING_PART;
  return clamp(Math.floor((heap / limitBytes) * 100), LEAST_PERCENT, MOST_PERCENT);
}

/** Name of an option: `-XX:MaxRAMPercentage` of `-XX:MaxRAMPercentage=60.0`, `-XX:UseG1GC` of `-XX:-UseG1GC`. */
export function jvmOptionName(option: string): string {
  return option.replace(/^-XX:[+-]/, '-XX:').replace(/=.*$/s, '');
}

export function planJvm(resources: ContainerResources, tuning: JvmTuning): RuntimePlan {
  const { memoryRequestBytes: request, memoryLimitBytes: limit } = resources;
  const percent = tuning.heapPercent ?? jvmHeapPercent(limit);
  const heapBytes = Math.floor((limit * percent) / 100);
  const outsideBytes = limit - heapBytes;
  const settings = [
    ...heapSettings(percent, {
      requestedPart: request / limit,
      reason: tuning.heapPercent === undefined ? 'the heap’s share of the limit' : 'given',
    }),
    option(
      `-XX:MaxDirectMemorySize=${wholeMib(outsideBytes * DIRECT_PART)}m`,
      `a quarter of the ${wholeMib(outsideBytes)}MiB outside of the heap; without it direct buffers may grow as large as the heap`,
    ),
    ...processorSettings(resources, tuning.collector),
    option(
      '-XX:+ExitOnOutOfMemoryError',
      'a JVM that has run out of memory has lost threads; the kubelet starts it anew, and the log says why',
    ),
    MALLOC_ARENAS,
  ];
  return {
    settings: withGivenOptions(VARIABLE, settings, tuning.options, jvmOptionName),
    processes: 1,
    heapBytes,
    outsideBytes,
  };
}

const option = (value: string, reason: string): RuntimeSetting => ({ variable: VARIABLE, value, reason });

/** A share has a decimal point: Java 8 takes no other. */
const share = (name: string, percent: number, reason: string) =>
  option(`-XX:${name}=${percent.toFixed(1)}`, reason);

function heapSettings(
  percent: number,
  { requestedPart, reason }: { readonly requestedPart: number; readonly reason: string },
): RuntimeSetting[] {
  return [
    share('MaxRAMPercentage', percent, `${reason}; metaspace, code, stacks and buffers have the rest`),
    share('MinRAMPercentage', percent, 'the same for limits below 250MiB, where the JVM reads this one'),
    share(
      'InitialRAMPercentage',
      Math.max(1, Math.floor(percent * requestedPart)),
      'the same share of the memory request, which is the pod’s own from its start',
    ),
  ];
}

function processorSettings(resources: ContainerResources, given?: CollectorFlag): RuntimeSetting[] {
  const cpus = limitedCpus(resources);
  const isSmall = (cpus ?? SERVER_CPUS) < SERVER_CPUS || resources.memoryLimitBytes < SERVER_BYTES;
  const collector = given ?? (isSmall ? 'SerialGC' : 'G1GC');
  const computed = isSmall
    ? `fewer than ${SERVER_CPUS} CPUs or less than ${wholeMib(SERVER_BYTES)}MiB: one thread collects with the least memory of its own, as the JVM decides too`
    : `${SERVER_CPUS} CPUs and ${wholeMib(SERVER_BYTES)}MiB or more: short pauses, as the JVM decides too`;
  return [
    option(`-XX:+Use${collector}`, given === undefined ? computed : 'given'),
    ...(cpus === undefined
      ? []
      : [
          option(
            `-XX:ActiveProcessorCount=${cpus}`,
            'the CPU limit, rounded up: threads of collector, compilers and pools on every node alike',
          ),
        ]),
  ];
}
