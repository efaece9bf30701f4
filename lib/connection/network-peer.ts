import type { NetworkPolicyPeer } from 'kubernetes-types/networking/v1';
import type { Checks } from '../finding/checks';
import { addressRangeRule } from '../units/address-range';
import { dnsLabelRule, outsideNameRule, outsidePatternRule } from '../units/names';
import type { DnsNameSelector } from './cilium-types';

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
  | { readonly kind: 'dns'; readonly selector: DnsNameSelector }
  | {
      readonly kind: 'late';
      readonly resolve: () => Reached;
      readonly whenChanged: (hear: () => void) => void;
    };

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
 * web.allowTo(NetworkPeer.dnsName('api.payments.example.com'), [443]); // by its name, where the cluster runs Cilium
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

  /**
   * Whatever a DNS name outside of the cluster resolves to, where the cluster runs Cilium: a CiliumNetworkPolicy says so beside the
   * NetworkPolicy, which knows no names. A cluster without Cilium refuses that object. For egress only, and refused for names of
   * Services: those are pods.
   *
   * @param name DNS name in small letters, without a dot at its end, such as `api.payments.example.com`
   */
  public static dnsName(name: string): NetworkPeer {
    return new NetworkPeer({ kind: 'dns', selector: { matchName: name } });
  }

  /**
   * Whatever the DNS names of a pattern resolve to, where the cluster runs Cilium: as `dnsName`. `*` is any number of characters
   * of one label, so `*.example.com` is `a.example.com`, but neither `a.b.example.com` nor `example.com`. `**.` in front is one
   * label or more since Cilium 1.19, and `*.` before.
   *
   * @param pattern DNS name with `*`, such as `*.s3.eu-west-1.amazonaws.com`; its last two labels have none
   */
  public static dnsPattern(pattern: string): NetworkPeer {
    return new NetworkPeer({ kind: 'dns', selector: { matchPattern: pattern } });
  }

  /** Any address. */
  public static anywhere(): NetworkPeer {
    return new NetworkPeer({ kind: 'anywhere' });
  }

  /**
   * Who is known only when policies are written, such as the poolers of a database that may still get some; the ports are
   * known then too. `whenChanged` is given who wants to hear that the answer is another one.
   *
   * @internal
   */
  public static _late(
    resolve: () => Reached,
    whenChanged: (hear: () => void) => void = () => undefined,
  ): NetworkPeer {
    return new NetworkPeer({ kind: 'late', resolve, whenChanged });
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

  /**
   * Tells when somebody else is reached than before, which happens to late peers only.
   *
   * @internal
   */
  public _whenChanged(hear: () => void): void {
    if (this.what.kind === 'late') this.what.whenChanged(hear);
  }

  /**
   * The names, of a peer that is known by those only; a NetworkPolicy cannot say them.
   *
   * @internal
   */
  public get _dnsSelector(): DnsNameSelector | undefined {
    return this.what.kind === 'dns' ? this.what.selector : undefined;
  }

  /** @internal */
  public _check(checks: Checks, prop: string): void {
    if (this.what.kind === 'namespace') checks.text(prop, this.what.name, dnsLabelRule);
    if (this.what.kind === 'cidr') checks.text(prop, this.what.range, addressRangeRule);
    if (this.what.kind !== 'dns') return;
    const { selector } = this.what;
    if ('matchName' in selector) checks.text(prop, selector.matchName, outsideNameRule);
    else checks.text(prop, selector.matchPattern, outsidePatternRule);
  }

  /**
   * Refuses a peer that cannot be told by the address that a packet comes from.
   *
   * @internal
   */
  public _checkCaller(checks: Checks, prop: string): void {
    this._check(checks, prop);
    if (this._dnsSelector)
      checks.fail(
        prop,
        Object.values(this._dnsSelector)[0],
        'a DNS name says who is reached, not who comes; give an address range or pods',
      );
  }

  /**
   * Whether it may be a pod of the cluster, which a mesh has a proxy in; neither an address range nor a DNS name is taken for one.
   *
   * @internal
   */
  public get _mayBePod(): boolean {
    return this.what.kind !== 'cidr' && this.what.kind !== 'dns';
  }

  /**
   * The peer as a NetworkPolicy in a namespace writes it; an empty list is any address. DNS names are no part of one.
   *
   * @internal
   */
  public _render(policyNamespace: string | undefined): NetworkPolicyPeer[] {
    const { what } = this;
    switch (what.kind) {
      case 'late':
        return what.resolve().peer._render(policyNamespace);
      case 'dns':
        throw new Error('a NetworkPolicy knows no DNS names');
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
