/** .NET: values of the collector are hexadecimal in the environment; the number of processors is decimal. */
import type { ContainerResources } from '../../sizing/resources';
import { GIB, MIB } from '../../units/quantity';
import { clamp, limitedCpus, type RuntimePlan, type RuntimeSetting, wholeMib } from './runtime-plan';

/** Code, types, stacks and the runtime itself. A proposal, not measured. */
const FIXED_BYTES = 64 * MIB;
const GROWING_PART = 1 / 8;
const LEAST_PERCENT = 25;
/** The runtime's own share of a container. */
const MOST_PERCENT = 75;

/** A heap for each CPU pays from here on. A proposal. */
const SERVER_CPUS = 2;
const SERVER_BYTES = GIB;

/** Share of the limit for the heap, in whole percent: the runtime's own from 512MiB on, less below. */
export function dotnetHeapPercent(limitBytes: number): number {
  const heap = limitBytes - FIXED_BYTES - limitBytes * GROWING_PART;
  return clamp(Math.floor((heap / limitBytes) * 100), LEAST_PERCENT, MOST_PERCENT);
}

export function planDotnet(resources: ContainerResources): RuntimePlan {
  const { memoryLimitBytes: limit } = resources;
  const percent = dotnetHeapPercent(limit);
  const heapBytes = Math.floor((limit * percent) / 100);
  const cpus = limitedCpus(resources);
  const hasServer = (cpus ?? 0) >= SERVER_CPUS && limit >= SERVER_BYTES;
  const settings: RuntimeSetting[] = [
    {
      variable: 'DOTNET_GCHeapHardLimitPercent',
      value: `0x${percent.toString(16).toUpperCase()}`,
      reason: `${percent} % in hexadecimal; code, stacks and native memory have the other ${wholeMib(limit - heapBytes)}MiB`,
    },
    {
      variable: 'DOTNET_gcServer',
      value: hasServer ? '1' : '0',
      reason: hasServer
        ? 'a heap for each CPU, collected by all of them'
        : cpus === undefined
          ? 'there is no CPU limit: it would make a heap for each CPU of the node'
          : `one heap: a heap for each CPU pays from ${SERVER_CPUS} CPUs and 1GiB on, and ASP.NET Core makes them by default`,
    },
  ];
  if (cpus !== undefined)
    settings.push({
      variable: 'DOTNET_PROCESSOR_COUNT',
      value: `${cpus}`,
      reason: 'the CPU limit, rounded up: threads and heaps on every node alike; decimal, unlike the others',
    });
  return { settings, processes: 1, heapBytes, outsideBytes: limit - heapBytes };
}
