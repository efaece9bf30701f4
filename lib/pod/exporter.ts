import type { EnvValue } from 'cdk8s-plus-27';
import type { VolumeMount } from 'kubernetes-types/core/v1';
import type { ContainerResources } from '../sizing/resources';
import { MIB } from '../units/quantity';
import type { ContainerModel } from './pod-model';

/**
 * Size of a Prometheus exporter beside the main container. A proposal: the three exporters used here are small Go
 * programs that answer one scrape at a time.
 */
export const EXPORTER_RESOURCES: ContainerResources = {
  cpuRequestMillis: 10,
  cpuLimitMillis: 100,
  memoryRequestBytes: 64 * MIB,
  memoryLimitBytes: 64 * MIB,
  ephemeralRequestBytes: 16 * MIB,
  ephemeralLimitBytes: 64 * MIB,
};

export interface ExporterOptions {
  readonly image: string;
  /** Name of the container; undefined: `exporter`. */
  readonly name?: string;
  readonly port: number;
  /** Name of the port; undefined: `metrics`. */
  readonly portName?: string;
  readonly volumeMounts?: readonly VolumeMount[];
  /** Its size; undefined: that of an exporter beside a server. */
  readonly resources?: ContainerResources;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** Variables that are known when the app is synthesized. */
  readonly lateEnv?: () => ReadonlyMap<string, EnvValue>;
}

/**
 * A container that turns the statistics of a server into Prometheus metrics: beside the server, over the pod's loopback, or alone.
 *
 * It has no readiness probe: a pod must not lose its traffic because its metrics are missing.
 */
export function exporterContainer({
  image,
  name = 'exporter',
  port,
  portName = 'metrics',
  args,
  env = {},
  lateEnv,
  volumeMounts,
  resources = EXPORTER_RESOURCES,
}: ExporterOptions): ContainerModel {
  return {
    name,
    image,
    args,
    ports: [{ name: portName, containerPort: port, protocol: 'TCP' }],
    env: new Map(Object.entries(env)),
    lateEnv,
    resources,
    livenessProbe: {
      httpGet: { path: '/', port: portName },
      periodSeconds: 30,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
    volumeMounts,
  };
}
