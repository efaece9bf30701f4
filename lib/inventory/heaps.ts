/** Bounds of the heaps of runtimes, by every usual way to tell them. */
import { MIB, parseBytes } from '../units/quantity';
import { fieldThatSays } from './command-line';
import { variablesOf, wordsOf } from './environment';
import type { ContainerOf, Inventory } from './inventory';

export interface HeapBound {
  /** What sets it, as a person finds it: `JAVA_OPTS -Xmx`. */
  readonly what: string;
  /** Field of the container that holds it. */
  readonly field: 'command' | 'args' | 'env';
  readonly bytes: number;
}

/** Variables with options for a Java machine, by those who read them. */
const JAVA_VARIABLES =
  /^(JAVA|JDK|JVM|CATALINA|ES|LS|KAFKA|SOLR|SPARK|HADOOP|NEO4J|TOMCAT|WILDFLY|JETTY|SBT|MAVEN|GRADLE|APP|SERVER|_JAVA)?_?(JAVA_)?(TOOL_OPTIONS|JAVA_OPTIONS|OPTIONS|OPTS|ARGS|HEAP_OPTS|HEAP|JVM_PERFORMANCE_OPTS|JAVAOPTS)(_APPEND)?$/;

/** What the options of a process say of its heap; with what is left to the runtime's own share of the limit. */
function heapIn(options: string, limitBytes: number): { option: string; bytes: number } | undefined {
  const node = /--max[-_]old[-_]space[-_]size[= ](\d+)/.exec(options);
  if (node) return { option: '--max-old-space-size', bytes: Number(node[1]) * MIB };
  const java = [...options.matchAll(/-Xmx(\d+)([kmgt]?)\b|-XX:MaxHeapSize=(\d+)([kmgt]?)\b/gi)].at(-1);
  if (java) {
    const [, xmx, xmxUnit, size, sizeUnit] = java;
    const unit = (xmxUnit ?? sizeUnit ?? '').toLowerCase();
    const power = unit === '' ? 0 : 'kmgt'.indexOf(unit) + 1;
    return {
      option: xmx === undefined ? '-XX:MaxHeapSize' : '-Xmx',
      bytes: Number(xmx ?? size) * 1024 ** power,
    };
  }
  const share = [...options.matchAll(/-XX:MaxRAMPercentage=(\d+(?:\.\d+)?)/g)].at(-1);
  return share && { option: '-XX:MaxRAMPercentage', bytes: (Number(share[1]) / 100) * limitBytes };
}

/** Bounds of heaps that a container sets; `limitBytes` is its memory. */
export function heapBounds(subject: ContainerOf, inventory: Inventory, limitBytes: number): HeapBound[] {
  const found: HeapBound[] = [];
  for (const [name, value] of variablesOf(subject, inventory)) {
    if (name === 'GOMEMLIMIT') {
      const bytes = parseBytes(value.replace(/B$/, ''));
      if (bytes !== undefined) found.push({ what: name, field: 'env', bytes });
    } else if (name === 'NODE_OPTIONS' || JAVA_VARIABLES.test(name)) {
      const heap = heapIn(value, limitBytes);
      if (heap) found.push({ what: `${name} ${heap.option}`, field: 'env', bytes: heap.bytes });
    }
  }
  const heap = heapIn(wordsOf(subject, inventory).join(' '), limitBytes);
  if (heap)
    found.push({
      what: heap.option,
      field: fieldThatSays(subject.container, heap.option),
      bytes: heap.bytes,
    });
  return found;
}
