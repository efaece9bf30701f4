import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { emitSpec, type ObjectHead } from '../pod/api-object';
import type { Labels } from '../pod/naming';
import type { CiliumNetworkPolicy, DnsNameSelector } from './cilium-types';

/** DNS names, and the TCP ports that are reached behind them. */
export interface NamedEgress {
  readonly selector: DnsNameSelector;
  readonly ports: readonly number[];
}

/** Name and labels of the policies of a workload, and the labels that select its pods. */
export interface Selection extends Pick<ObjectHead, 'name' | 'labels' | 'annotations'> {
  readonly pods: Labels;
}

/** CoreDNS or kube-dns, and NodeLocal DNSCache by both of its labels, where a local redirect policy leads to it. */
const DNS_APPS = ['kube-dns', 'node-local-dns', 'nodelocaldns'];

/**
 * The policy of Cilium that lets pods out to DNS names; what a NetworkPolicy of the same pods allows is added to it.
 *
 * Cilium knows the addresses of a name from the answers that pass through its DNS proxy, so the first rule leads the DNS of the
 * pods there, whatever is asked. Only that of the cluster: the answers of a server that a pod has chosen open nothing.
 */
export function emitNamePolicy(
  scope: Construct,
  id: string,
  { pods, ...head }: Selection,
  named: () => readonly NamedEgress[],
): ApiObject {
  return emitSpec<CiliumNetworkPolicy>(
    scope,
    id,
    { apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', ...head },
    () => ({
      endpointSelector: { matchLabels: { ...pods } },
      egress: [
        {
          toEndpoints: [
            {
              matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system' },
              matchExpressions: [{ key: 'k8s-app', operator: 'In', values: DNS_APPS }],
            },
          ],
          toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
        },
        ...named().map(({ selector, ports }) => ({
          toFQDNs: [selector],
          toPorts: [{ ports: ports.map((port) => ({ port: `${port}`, protocol: 'TCP' as const })) }],
        })),
      ],
    }),
  );
}
