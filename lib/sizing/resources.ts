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
}

export function renderResources(resources: ContainerResources): ResourceRequirements {
  return {
    requests: {
      cpu: formatCpu(resources.cpuRequestMillis),
      memory: formatBytes(resources.memoryRequestBytes),
      'ephemeral-storage': formatBytes(resources.ephemeralRequestBytes),
    },
    limits: {
      ...(resources.cpuLimitMillis !== undefined && { cpu: formatCpu(resources.cpuLimitMillis) }),
      memory: formatBytes(resources.memoryLimitBytes),
      'ephemeral-storage': formatBytes(resources.ephemeralLimitBytes),
    },
  };
}
