import type { ResourceRequirements } from 'kubernetes-types/core/v1';
import { formatBytes, formatCpu } from '../units/quantity';

/** What a container asks for and may use, in plain numbers: millicores and bytes. */
export interface ContainerResources {
  readonly cpuRequestMillis: number;
  /** Undefined for no limit: the container may use what the node has left. */
  readonly cpuLimitMillis?: number;
  readonly memoryRequestBytes: number;
  readonly memoryLimitBytes: number;
  readonly ephemeralRequestBytes: number;
  readonly ephemeralLimitBytes: number;
  /** Huge pages of 2Mi, which are requested and limited alike; 0 or undefined for none. */
  readonly hugePagesBytes?: number;
}

export function renderResources(resources: ContainerResources): ResourceRequirements {
  const { hugePagesBytes = 0 } = resources;
  const hugePages = hugePagesBytes > 0 && { 'hugepages-2Mi': formatBytes(hugePagesBytes) };
  return {
    requests: {
      cpu: formatCpu(resources.cpuRequestMillis),
      memory: formatBytes(resources.memoryRequestBytes),
      'ephemeral-storage': formatBytes(resources.ephemeralRequestBytes),
      ...hugePages,
    },
    limits: {
      ...(resources.cpuLimitMillis !== undefined && { cpu: formatCpu(resources.cpuLimitMillis) }),
      memory: formatBytes(resources.memoryLimitBytes),
      'ephemeral-storage': formatBytes(resources.ephemeralLimitBytes),
      ...hugePages,
    },
  };
}
