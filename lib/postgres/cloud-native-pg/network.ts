import type { NetworkAccess } from '../../connection/network-access';
import { NetworkPeer } from '../../connection/network-peer';
import { SUPPRESSION_ANNOTATION, withSuppression } from '../../finding/suppression';
import type { CloudNativePgOptions } from '../postgres-topology';

/**
 * Lets pods of the operator reach the API server, and an object store, whose addresses are in no manifest. They stay in the
 * report of the checklist, with the reason.
 */
export function allowOutside(
  network: NetworkAccess,
  engine: CloudNativePgOptions,
  storePorts: readonly number[] = [],
): void {
  const ports = engine.apiServerPorts ?? API_SERVER_PORTS;
  if (engine.apiServer) network.allowTo(engine.apiServer, ports);
  const open = new Set([...(engine.apiServer ? [] : ports), ...storePorts]);
  if (open.size === 0) return;
  network.allowTo(
    NetworkPeer.anywhere(),
    [...open].sort((a, b) => a - b),
  );
  const whose = [
    ...(engine.apiServer ? [] : ['the API server, which every instance talks to']),
    ...(storePorts.length === 0 ? [] : ['the object store']),
  ];
  network.policy.metadata.addAnnotation(
    SUPPRESSION_ANNOTATION,
    withSuppression(undefined, 'NET-005', `no manifest has the address of ${whose.join(', or of ')}`),
  );
}

/** Ports of API servers: that of the Service, and what most distributions listen on behind it. */
export const API_SERVER_PORTS = [443, 6443] as const;
