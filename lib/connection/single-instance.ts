import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, ServicePort } from 'kubernetes-types/core/v1';
import { emitSpec } from '../pod/api-object';
import { emitDisruptionBudget } from '../pod/disruption';
import type { Labels, SelectorLabels } from '../pod/naming';
import { emitPodAccount } from '../pod/pod-account';
import type { PodModel } from '../pod/pod-model';
import type { PodProps } from '../pod/pod-props';
import { formatBytes } from '../units/quantity';
import { NetworkAccess } from './network-access';
import { emitService } from './service';

export interface VolumeClaim {
  /** Name of the volume in the pod. */
  readonly name: string;
  readonly bytes: number;
  /** Size that the volume was made with, where it has grown since. */
  readonly initialBytes?: number;
  readonly storageClassName?: string;
}

/** Nobody who takes away what is no longer in a repository takes the data. */
const KEPT = {
  'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
  'helm.sh/resource-policy': 'keep',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};

const claimSpec = ({ storageClassName }: VolumeClaim, bytes: number): PersistentVolumeClaimSpec => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: formatBytes(bytes) } },
  storageClassName,
  volumeMode: 'Filesystem',
});

/**
 * The claim that the StatefulSet has made, with the size that it has grown to: the API server refuses another size in the
 * StatefulSet's own template, and lets claims grow.
 */
function emitGrownClaim(
  scope: Construct,
  { name, labels }: Pick<SingleInstanceOptions, 'name' | 'labels'>,
  claim: VolumeClaim,
): ApiObject {
  return emitSpec<PersistentVolumeClaim>(
    scope,
    'volume-claim',
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      name: `${claim.name}-${name}-0`,
      labels,
      annotations: KEPT,
    },
    () => claimSpec(claim, claim.bytes),
  );
}

export interface SingleInstanceOptions {
  readonly name: string;
  readonly labels: SelectorLabels;
  /** Labels that select the pods; those of the objects when undefined. */
  readonly selector?: Labels;
  readonly pod: PodModel;
  /**
   * Name of the headless Service.
   *
   * @default - the name and "-headless"
   */
  readonly headlessServiceName?: string;
  /** The port that clients use; the container port has the same name. */
  readonly port: Pick<ServicePort, 'port'> & { readonly name: string };
  /** Volume that outlives the pod. */
  readonly claim?: VolumeClaim;
  /** What users add to the pods. */
  readonly props: PodProps;
}

export interface SingleInstance {
  readonly statefulSet: ApiObject;
  /** The claim of a volume that has grown. */
  readonly volumeClaim?: ApiObject;
  readonly service: ApiObject;
  readonly headlessService: ApiObject;
  readonly serviceAccount: ApiObject;
  readonly disruptionBudget: ApiObject;
  readonly network: NetworkAccess;
}

/**
 * Emits a server of one pod with its Services, account, disruption budget and network policy.
 *
 * A StatefulSet, since at most one process at any time may have the volume, which a Deployment does not promise. The
 * claim carries `apiVersion`, `kind` and `volumeMode`, which the API server fills in: without them GitOps tools report
 * a difference for ever.
 */
export function emitSingleInstance(scope: Construct, options: SingleInstanceOptions): SingleInstance {
  const { name, labels, selector = labels, pod, claim } = options;
  const head = { name, labels };
  const headless = options.headlessServiceName ?? `${name}-headless`;
  const ports: ServicePort[] = [{ ...options.port, targetPort: options.port.name, protocol: 'TCP' }];
  const serviceAccount = emitPodAccount(scope, head, options.props);
  const statefulSet = emitSpec<StatefulSet>(
    scope,
    'stateful-set',
    { ...head, apiVersion: 'apps/v1', kind: 'StatefulSet' },
    () => ({
      replicas: 1,
      selector: { matchLabels: { ...selector } },
      serviceName: headless,
      template: pod.render(),
      volumeClaimTemplates: claim && [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: claim.name },
          spec: claimSpec(claim, claim.initialBytes ?? claim.bytes),
        },
      ],
    }),
  );
  return {
    statefulSet,
    volumeClaim: claim?.initialBytes === undefined ? undefined : emitGrownClaim(scope, head, claim),
    serviceAccount,
    service: emitService(scope, 'service', { ...head, selector, ports }),
    headlessService: emitService(scope, 'headless-service', {
      labels,
      selector,
      name: headless,
      ports,
      headless: true,
    }),
    disruptionBudget: emitDisruptionBudget(scope, 'disruption-budget', name, labels, selector),
    network: new NetworkAccess(scope, 'network-policy', name, labels, selector),
  };
}
