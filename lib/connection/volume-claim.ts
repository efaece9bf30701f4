/** Claims of volumes that outlive their pods. */
import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1';
import { emitSpec, type ObjectHead } from '../pod/api-object';
import { formatBytes } from '../units/quantity';

export interface ClaimedVolume {
  readonly bytes: number;
  readonly storageClassName?: string;
}

/** Nobody who takes away what is no longer in a repository takes the data. */
const KEPT = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};

/**
 * What a claim says, with the `volumeMode` that the API server fills in: without it GitOps tools report a difference of a
 * template for ever.
 */
export function claimSpec({ bytes, storageClassName }: ClaimedVolume): PersistentVolumeClaimSpec {
  return {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: formatBytes(bytes) } },
    storageClassName,
    volumeMode: 'Filesystem',
  };
}

/** Emits a claim that stays when it is no longer among the manifests. */
export function emitVolumeClaim(
  scope: Construct,
  id: string,
  { name, labels }: Pick<ObjectHead, 'name' | 'labels'>,
  volume: ClaimedVolume,
): ApiObject {
  const head = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, labels, annotations: KEPT };
  return emitSpec<PersistentVolumeClaim>(scope, id, head, () => claimSpec(volume));
}
