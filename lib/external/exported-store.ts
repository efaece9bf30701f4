/** What an exporter is of, and how it gets there. */
import type { Volume, VolumeMount } from 'kubernetes-types/core/v1';
import type { MetricFamily } from '../connection/monitored';
import type { NetworkPeer } from '../connection/network-peer';
import type { ContainerModel } from '../pod/pod-model';
import type { ContainerResources } from '../sizing/resources';

export interface ExportedStore {
  /** Name of the exporter's objects, unless the props have one. */
  readonly name: string;
  readonly family: MetricFamily;
  readonly metricsPort: number;
  /** Where the store answers. */
  readonly peer: NetworkPeer;
  readonly port: number;
  /** The authority of its certificate, where it is checked by one of a Secret. */
  readonly authority?: { readonly volume: Volume; readonly mount: VolumeMount };
  readonly container: (options: {
    readonly resources: ContainerResources;
    readonly volumeMounts: readonly VolumeMount[];
  }) => ContainerModel;
}
