import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { NetworkPolicy, NetworkPolicyPort } from 'kubernetes-types/networking/v1';
import { Checks, type Located } from '../finding/checks';
import { emitSpec, unlessEmpty } from '../pod/api-object';
import type { MeshTraffic } from '../pod/mesh';
import { type Labels, namespaceOf } from '../pod/naming';
import { emitNamePolicy, type NamedEgress, type Selection } from './name-policy';
import { NetworkPeer, type Reached } from './network-peer';

/** Refuses a peer that is none, and access without a port. */
export function checkAccess(
  construct: Located,
  call: string,
  peer: NetworkPeer,
  ports: readonly number[],
): void {
  const checks = Checks.of(construct);
  checks.at(call).made({ peer }, ['peer']);
  peer._check(checks.at(call), 'peer');
  if (ports.length === 0) checks.fail(call, ports, 'allowed: at least one port');
  ports.forEach((one) => checks.port(call, one));
  checks.throwIfAny();
}

interface IngressRule extends Reached {
  /** Whether the rule is still wanted when the policy is written. */
  readonly holds: () => boolean;
}

/**
 * The NetworkPolicy of one workload: nothing in, nothing out but what its connections declare, and DNS.
 *
 * DNS is allowed by port, not by peer: CoreDNS, NodeLocal DNSCache (a link-local address) and cloud resolvers all
 * answer on 53, and a pod that cannot resolve names is down.
 *
 * Peers that are known by DNS names stand in a CiliumNetworkPolicy beside it, which is there as long as there is such a peer.
 */
export class NetworkAccess {
  readonly policy: ApiObject;
  private readonly ingress: IngressRule[] = [];
  private readonly egress: Reached[] = [];
  private readonly selection: Selection;
  private annotations: Readonly<Record<string, string>> = {};
  private namePolicy?: ApiObject;
  private proxyPort?: number;

  /** `pods` are the labels that select the pods, where the policy has others. */
  constructor(
    private readonly scope: Construct,
    private readonly id: string,
    name: string,
    labels: Labels,
    pods: Labels = labels,
  ) {
    this.selection = { name, labels, pods };
    const namespace = namespaceOf(scope);
    this.policy = emitSpec<NetworkPolicy>(
      scope,
      id,
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', name, labels },
      () => ({
        podSelector: { matchLabels: { ...pods } },
        policyTypes: ['Egress', 'Ingress'],
        ingress: unlessEmpty(
          unique(
            this.ingress
              .filter(({ holds }) => holds())
              .map(({ peer, ports }) => rule('from', peer, this.throughProxy(peer, ports), namespace)),
          ),
        ),
        egress: unique([
          { ports: [port(53, 'UDP'), port(53, 'TCP')] },
          ...this.reached()
            .filter(({ peer }) => !peer._dnsSelector)
            .map(({ peer, ports }) => rule('to', peer, this.throughProxy(peer, ports), namespace)),
        ]),
      }),
    );
  }

  /**
   * Lets a peer reach these ports of the pods, if that still holds when the policy is written: who connects to a database
   * that gets a pooler reaches the pooler instead.
   */
  allowFrom(peer: NetworkPeer, ports: readonly number[], holds = () => true): void {
    const checks = Checks.of(this.scope);
    peer._checkCaller(checks.at('allowFrom'), 'peer');
    checks.throwIfAny();
    this.ingress.push({ peer, ports, holds });
  }

  /** Lets the pods reach these ports of a peer. */
  allowTo(peer: NetworkPeer, ports: readonly number[]): void {
    const checks = Checks.of(this.scope);
    peer._check(checks.at('allowTo'), 'peer');
    checks.throwIfAny();
    this.egress.push({ peer, ports });
    peer._whenChanged(() => this.settleNamePolicy());
    this.settleNamePolicy();
  }

  /** Lets the pods reach the control plane of a mesh, and peers in the cluster by its proxies where these speak on a port of theirs. */
  joinMesh({ namespace, controlPorts, proxyPort }: MeshTraffic): void {
    this.proxyPort = proxyPort;
    this.allowTo(NetworkPeer.namespace(namespace), controlPorts);
  }

  /** Annotates both policies, also that of names when it comes later. */
  annotate(annotations: Readonly<Record<string, string>>): void {
    this.annotations = { ...this.annotations, ...annotations };
    for (const [key, value] of Object.entries(annotations))
      for (const policy of [this.policy, this.namePolicy]) policy?.metadata.addAnnotation(key, value);
  }

  private reached(): Reached[] {
    return this.egress.map(({ peer, ports }) => peer._reached(ports));
  }

  private named(): NamedEgress[] {
    return unique(
      this.reached().flatMap(({ peer, ports }) =>
        peer._dnsSelector ? [{ selector: peer._dnsSelector, ports }] : [],
      ),
    );
  }

  /** Makes the policy of names, or takes it away: cdk8s knows no object that turns out to be none when it is written. */
  private settleNamePolicy(): void {
    const isWanted = this.named().length > 0;
    if (isWanted === (this.namePolicy !== undefined)) return;
    const id = `${this.id}-names`;
    if (!isWanted) this.scope.node.tryRemoveChild(id);
    const { selection, annotations } = this;
    this.namePolicy = isWanted
      ? emitNamePolicy(this.scope, id, { ...selection, annotations }, () => this.named())
      : undefined;
  }

  private throughProxy(peer: NetworkPeer, ports: readonly number[]): readonly number[] {
    return this.proxyPort !== undefined && peer._mayBePod && !ports.includes(this.proxyPort)
      ? [...ports, this.proxyPort]
      : ports;
  }
}

function rule(
  direction: 'from' | 'to',
  peer: NetworkPeer,
  ports: readonly number[],
  namespace: string | undefined,
) {
  const peers = peer._render(namespace);
  return {
    ...(peers.length > 0 && { [direction]: peers }),
    ports: ports.map((number) => port(number, 'TCP')),
  };
}

function port(number: number, protocol: 'TCP' | 'UDP'): NetworkPolicyPort {
  return { port: number, protocol };
}

function unique<T>(rules: readonly T[]): T[] {
  const seen = new Set<string>();
  return rules.filter((item) => {
    const text = JSON.stringify(item);
    return !seen.has(text) && seen.add(text);
  });
}
