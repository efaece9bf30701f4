/** Go: the runtime knows neither limit by itself, before 1.25, and only that of CPU since. */
import type { ContainerResources } from '../../sizing/resources';
import { MIB } from '../../units/quantity';
import { limitedCpus, type RuntimePlan, type RuntimeSetting, wholeMib } from './runtime-plan';

/** Go's guide to its collector leaves 5 to 10 % to what the runtime does not count. */
const MEMORY_SHARE = 0.9;
/** What Go 1.25 and newer take at the least (`adjustCgroupGOMAXPROCS`): with one, the collector halts everything else. */
const LEAST_PROCESSORS = 2;

export function planGo(resources: ContainerResources): RuntimePlan {
  const { memoryLimitBytes: limit } = resources;
  const memory = Math.max(1, wholeMib(MEMORY_SHARE * limit));
  const settings: RuntimeSetting[] = [
    {
      variable: 'GOMEMLIMIT',
      value: `${memory}MiB`,
      reason: `nine tenths of ${wholeMib(limit)}MiB: near it Go collects more often, instead of doubling the heap; C code and the binary are not counted`,
    },
  ];
  const cpus = limitedCpus(resources);
  if (cpus !== undefined)
    settings.push({
      variable: 'GOMAXPROCS',
      value: `${Math.max(LEAST_PROCESSORS, cpus)}`,
      reason: `the CPU limit, rounded up, and ${LEAST_PROCESSORS} at the least, as Go 1.25 does; older ones take all CPUs of the node, and are throttled`,
    });
  return { settings, processes: 1, heapBytes: memory * MIB, outsideBytes: limit - memory * MIB };
}
