import { ApiObject, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ConfigMap, ServiceAccount } from 'kubernetes-types/core/v1';
import { PatchableObject } from './patched';

export interface ObjectHead {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Emits an API object whose spec is computed when the app is synthesized, with every connection known.
 *
 * `T` is the object's type in `kubernetes-types`, so that a misspelt field does not compile. The L1 classes of
 * cdk8s-plus-27 are not used: they drop every field that is newer than Kubernetes 1.27, also from patches.
 */
export function emitSpec<T extends { spec?: object }>(
  scope: Construct,
  id: string,
  head: ObjectHead,
  spec: () => NonNullable<T['spec']>,
): ApiObject {
  return new PatchableObject(scope, id, {
    ...apiObjectHead(head),
    spec: Lazy.any({ produce: spec }) as unknown,
  });
}

/** Emits a ConfigMap; what must roll the pods is put into their checksum by the caller. */
export function emitConfigMap(
  scope: Construct,
  id: string,
  head: Omit<ObjectHead, 'apiVersion' | 'kind'>,
  data: NonNullable<ConfigMap['data']>,
): ApiObject {
  return new ApiObject(scope, id, {
    ...apiObjectHead({ ...head, apiVersion: 'v1', kind: 'ConfigMap' }),
    data,
  });
}

/** Emits the pod's own ServiceAccount, which gets no token: nothing here talks to the API server. */
export function emitServiceAccount(
  scope: Construct,
  id: string,
  head: Omit<ObjectHead, 'apiVersion' | 'kind'>,
): ApiObject {
  const fields: Pick<ServiceAccount, 'automountServiceAccountToken'> = {
    automountServiceAccountToken: false,
  };
  return new ApiObject(scope, id, {
    ...apiObjectHead({ ...head, apiVersion: 'v1', kind: 'ServiceAccount' }),
    ...fields,
  });
}

/** A list of a manifest, left out when it is empty: the API server drops it, and each `kubectl apply` would be a change. */
export function unlessEmpty<T>(list: readonly T[] | undefined): T[] | undefined {
  return list && list.length > 0 ? [...list] : undefined;
}

function apiObjectHead({ apiVersion, kind, name, labels, annotations }: ObjectHead) {
  return {
    apiVersion,
    kind,
    metadata: { name, labels: { ...labels }, annotations: annotations && { ...annotations } },
  };
}
