/** Options that a user may add: those that the runtime reads as one word, and that leave heap and collector to the plan. */
import { jvmOptionName } from './jvm';
import { nodeOptionName } from './node';

const JVM_OPTION = /^-[A-Za-z][^\s"']*$/;
const NODE_OPTION = /^-[^\s"'\\]+$/;

const JVM_HEAP =
  /^-Xm[xs]|^-XX:(Max|Initial)HeapSize$|^-XX:(Max|Min|Initial)RAM(Percentage|Fraction)$|^-XX:MaxRAM$/;
const JVM_COLLECTOR = /^-XX:Use\w+GC$/;
const NODE_HEAP = /^--max-(old-space-size(-percentage)?|heap-size)$/;

export function jvmOptionRule(option: string): string | undefined {
  if (!JVM_OPTION.test(option)) return 'one option, such as -Dserver.port=8080, without spaces and quotes';
  const name = jvmOptionName(option);
  if (JVM_HEAP.test(name)) return 'other options; the heap is set by heapPercent';
  return JVM_COLLECTOR.test(name) ? 'other options; the collector is set by garbageCollector' : undefined;
}

export function nodeOptionRule(option: string): string | undefined {
  if (!NODE_OPTION.test(option))
    return 'one option, such as --require=/app/tracing.js, without spaces, quotes and backslashes';
  return NODE_HEAP.test(nodeOptionName(option)) ? 'other options; the heap is set by heapPercent' : undefined;
}
