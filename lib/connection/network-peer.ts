import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import type { Checks } from '../finding/checks';
import { addressRangeRule } from '../units/address-range';
import { dnsLabelRule } from '../units/names';

/** The pods of one workload, as network policies name them. */
export interface NetworkIdentity {
  /**
   * Namespace of the pods.
   *
   * @default - that of the policy which names them
   */
  readonly namespace?: string;
  /** Labels that select the pods and no others. */
  readonly podLabels: { [label: string]: string };
}

type Kind =
  | { readonly kind: 'pods'; readonly identity: NetworkIdentity }
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'cidr'; readonly range: string }
  | { readonly kind: 'anywhere' }
  | { readonly kind: 'late'; readonly resolve: () => Reached };

/** Who is reached, and on which ports. */
export interface Reached {
  readonly peer: NetworkPeer;
  readonly ports: readonly number[];
}

/**
 * Who is at the other end of a connection that a network policy allows.
 *
 * @example
 * web.allowHttpFrom(NetworkPeer.namespace('partners')); // every pod of a namespace
 * web.allowTo(NetworkPeer.cidr('203.0.113.0/24'), [443]); // a payment provider
 * db.allowFrom(NetworkPeer.pods({ namespace: 'tools', podLabels: { app: 'pgadmin' } }));
 */
export class NetworkPeer {
  /**
   * The pods of one workload.
   *
   * @param identity namespace and labels, such as `web.networkIdentity`
   */
  public static pods(identity: NetworkIdentity): NetworkPeer {
    return new NetworkPeer({ kind: 'pods', identity });
  }

  /**
   * Every pod of a namespace.
   *
   * @param name name of the namespace
   */
  public static namespace(name: string): NetworkPeer {
    return new NetworkPeer({ kind: 'namespace', name });
  }

  /**
   * An address range, such as a managed database or an on-premises network.
   *
   * @param cidr CIDR notation, such as `10.20.0.0/16`
   */
  public static cidr(cidr: string): NetworkPeer {
    return new NetworkPeer({ kind: 'cidr', range: cidr });
  }

  /** Any address. */
  public static anywhere(): NetworkPeer {
    return new NetworkPeer({ kind: 'anywhere' });
  }

  /**
   * Who is known only when policies are written, such as the poolers of a database that may still get some; the ports are
   * known then too.
   *
   * @internal
   */
  public static _late(resolve: () => Reached): NetworkPeer {
    return new NetworkPeer({ kind: 'late', resolve });
  }

  private constructor(private readonly what: Kind) {}

  /**
   * Who is reached when a policy is written.
   *
   * @internal
   */
  public _reached(ports: readonly number[]): Reached {
    return this.what.kind === 'late' ? this.what.resolve() : { peer: this, ports };
  }

  /** @internal */
  public _check(checks: Checks, prop: string): void {
    if (this.what.kind === 'namespace') checks.text(prop, this.what.name, dnsLabelRule);
    if (this.what.kind === 'cidr') checks.text(prop, this.what.range, addressRangeRule);
  }

  /**
   * Whether it may be a pod of the cluster, which a mesh has a proxy in; an address range is not taken for one.
   *
   * @internal
   */
  public get _mayBePod(): boolean {
    return this.what.kind !== 'cidr';
  }

  /**
   * The peer as a policy in a namespace writes it; an empty list is any address.
   *
   * @internal
   */
  public _render(policyNamespace: string | undefined): NetworkPolicyPeer[] {
    const { what } = this;
    switch (what.kind) {
      case 'late':
        return what.resolve().peer._render(policyNamespace);
      case 'anywhere':
        return [];
      case 'cidr':
        return [{ ipBlock: { cidr: what.range } }];
      case 'namespace':
        return [{ namespaceSelector: namespaceNamed(what.name) }];
      case 'pods': {
        const { namespace, podLabels } = what.identity;
        const elsewhere = namespace !== undefined && namespace !== policyNamespace;
        return [
          {
            ...(elsewhere && { namespaceSelector: namespaceNamed(namespace) }),
            podSelector: { matchLabels: { ...podLabels } },
          },
        ];
      }
    }
  }
}

function namespaceNamed(name: string) {
  return { matchLabels: { 'kubernetes.io/metadata.name': name } };
}
