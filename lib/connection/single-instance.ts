import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { ServicePort } from 'kubernetes-types/core/v1';
import { emitSpec } from '../pod/api-object';
import { emitDisruptionBudget } from '../pod/disruption';
import type { Labels, SelectorLabels } from '../pod/naming';
import { emitPodAccount } from '../pod/pod-account';
import type { PodModel } from '../pod/pod-model';
import type { PodProps } from '../pod/pod-props';
import { NetworkAccess } from './network-access';
import { emitService } from './service';
import { type ClaimedVolume, claimSpec, emitVolumeClaim } from './volume-claim';

export interface VolumeClaim extends ClaimedVolume {
  /** Name of the volume in the pod. */
  readonly name: string;
  /** Size that the volume was made with, where it has grown since. */
  readonly initialBytes?: number;
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
  // The claim of the StatefulSet's volume, with the size that it has grown to: the API server refuses another size in the
  // template, and lets claims grow. In a new cluster it has to be there before the StatefulSet makes one: hence the first place.
  const volumeClaim =
    claim?.initialBytes === undefined
      ? undefined
      : emitVolumeClaim(scope, 'volume-claim', { labels, name: `${claim.name}-${name}-0` }, claim);
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
          spec: claimSpec({ ...claim, bytes: claim.initialBytes ?? claim.bytes }),
        },
      ],
    }),
  );
  return {
    statefulSet,
    volumeClaim,
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
