/** Node.js: V8 bounds its old generation; young objects, Buffers and the program itself are beside it. */
import type { ContainerResources } from '../../sizing/resources';
import { MIB } from '../../units/quantity';
import {
  clamp,
  limitedCpus,
  type RuntimePlan,
  type RuntimeSetting,
  wholeMib,
  withGivenOptions,
} from './runtime-plan';

export interface NodeTuning {
  readonly heapPercent?: number;
  readonly threadPoolSize?: number;
  readonly options: readonly string[];
}

const VARIABLE = 'NODE_OPTIONS';

/** Of Node.js 20, 39 MiB are resident before a script runs, most of it the program’s own file, which has to stay; and stacks. */
const FIXED_BYTES = 48 * MIB;
/** Buffers, which V8 does not count to its heap, and pages between objects. A proposal. */
const GROWING_PART = 1 / 8;
/** The young generation is three semi-spaces (V8's YoungGenerationSizeFromSemiSpaceSize). */
const SEMI_SPACES = 3;
const SEMI_SPACE_PART = 1 / 32;
const LEAST_SEMI_SPACE = MIB;
const MOST_SEMI_SPACE = 64 * MIB;
/** What is left to the old generation where the limit is too small for the rest. */
const LEAST_OLD_PART = 1 / 4;
/** Threads that libuv starts by itself. */
const LIBUV_THREADS = 4;

/** Room for a semi-space, which V8 rounds to a power of two. */
const semiSpaceRoom = (limitBytes: number) =>
  clamp(limitBytes * SEMI_SPACE_PART, LEAST_SEMI_SPACE, MOST_SEMI_SPACE);

/** In MiB. */
export function nodeSemiSpace(limitBytes: number): number {
  return 2 ** Math.floor(Math.log2(wholeMib(semiSpaceRoom(limitBytes))));
}

/** In MiB. */
export function nodeOldSpace(limitBytes: number): number {
  const young = SEMI_SPACES * semiSpaceRoom(limitBytes);
  const rest = limitBytes - FIXED_BYTES - young - limitBytes * GROWING_PART;
  return Math.max(1, wholeMib(Math.max(rest, limitBytes * LEAST_OLD_PART)));
}

/** V8 takes `_` for `-` in the names of its options. */
export function nodeOptionName(option: string): string {
  return option.replace(/=.*$/s, '').replaceAll('_', '-');
}

export function planNode(resources: ContainerResources, tuning: NodeTuning): RuntimePlan {
  const { memoryLimitBytes: limit } = resources;
  const semiSpace = nodeSemiSpace(limit);
  const given = tuning.heapPercent;
  const oldSpace = given === undefined ? nodeOldSpace(limit) : Math.max(1, wholeMib((limit * given) / 100));
  const heapBytes = (oldSpace + SEMI_SPACES * semiSpace) * MIB;
  const settings = [
    option(
      `--max-old-space-size=${oldSpace}`,
      `${given === undefined ? 'MiB' : 'given'}; of ${wholeMib(limit)}MiB, ${SEMI_SPACES * semiSpace} are for young objects, and ${wholeMib(limit - heapBytes)} for Buffers, code and stacks`,
    ),
    option(
      `--max-semi-space-size=${semiSpace}`,
      'MiB; Node.js 20 and newer take a few MiB for a container, so that young objects are copied more often, and become old too early',
    ),
    ...threadPool(resources, tuning.threadPoolSize),
  ];
  return {
    settings: withGivenOptions(VARIABLE, settings, tuning.options, nodeOptionName),
    processes: 1,
    heapBytes,
    outsideBytes: limit - heapBytes,
  };
}

const option = (value: string, reason: string): RuntimeSetting => ({ variable: VARIABLE, value, reason });

/** Nothing where libuv's own number is right. */
function threadPool(resources: ContainerResources, given?: number): RuntimeSetting[] {
  const size = given ?? Math.max(LIBUV_THREADS, limitedCpus(resources) ?? LIBUV_THREADS);
  if (given === undefined && size === LIBUV_THREADS) return [];
  const reason =
    given === undefined
      ? `a thread for each CPU of the limit; files, DNS, compression and hashes share libuv’s ${LIBUV_THREADS} without it`
      : 'given';
  return [{ variable: 'UV_THREADPOOL_SIZE', value: `${size}`, reason }];
}
