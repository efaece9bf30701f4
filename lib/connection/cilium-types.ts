/** The CiliumNetworkPolicy, as far as it is emitted. */

/** DNS names that a policy lets out to, or that may be asked for. */
export type DnsNameSelector = { readonly matchName: string } | { readonly matchPattern: string };

interface PortRule {
  readonly ports: ReadonlyArray<{ readonly port: string; readonly protocol: 'ANY' | 'TCP' | 'UDP' }>;
  readonly rules?: { readonly dns: readonly DnsNameSelector[] };
}

interface EndpointSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: ReadonlyArray<{
    readonly key: string;
    readonly operator: 'In';
    readonly values: readonly string[];
  }>;
}

/** Who is reached: pods or names, never both in one rule. */
type EgressRule = { readonly toPorts: readonly PortRule[] } & (
  { readonly toEndpoints: readonly EndpointSelector[] } | { readonly toFQDNs: readonly DnsNameSelector[] }
);

export interface CiliumNetworkPolicy {
  readonly spec?: {
    readonly endpointSelector: EndpointSelector;
    readonly egress: readonly EgressRule[];
  };
}
