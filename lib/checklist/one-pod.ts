/** Workloads that can only be one pod, whatever an autoscaler or a number says. */
import { oneNodeClaims } from '../inventory/claims';
import { mountedFiles } from '../inventory/configured-servers';
import { variablesOf } from '../inventory/environment';
import type { ContainerOf, Inventory, WorkloadObject } from '../inventory/inventory';
import { postgresServers } from '../postgres/reading/postgres-instances';
import { redisServers } from '../redis/reading/redis-instances';

/** Variables by which images set up replication at their start: Bitnami's, Patroni's and repmgr's. */
const REPLICATION_VARIABLES =
  /^((REDIS|VALKEY)_(REPLICATION_MODE|MASTER_HOST|PRIMARY_HOST|NODES|CLUSTER_\w+)|POSTGRES(QL)?_(REPLICATION_MODE|MASTER_HOST|PRIMARY_HOST)|(REPMGR|PATRONI|SPILO)_\w+)$/;
/** What start scripts say who set it up themselves. */
const REPLICATION_WORDS = /\b(replicaof|slaveof|cluster-enabled|pg_basebackup|repmgr|patroni)\b/i;

/** Whether the pods of a server are told of each other by what runs before it. */
export function isReplicatedAtStart(container: ContainerOf, inventory: Inventory): boolean {
  return (
    [...variablesOf(container, inventory).keys()].some((name) => REPLICATION_VARIABLES.test(name)) ||
    mountedFiles(container.workload, inventory).some(({ text }) => REPLICATION_WORDS.test(text)) ||
    container.workload.containers.some(({ container: { command, args } }) =>
      [command, args].some(
        (words) => Array.isArray(words) && words.some((word) => REPLICATION_WORDS.test(String(word))),
      ),
    )
  );
}

/** The Postgres of a workload, where nothing replicates between its pods. */
export function loneDatabase(workload: WorkloadObject, inventory: Inventory) {
  return postgresServers(inventory).find(
    (server) => server.workload === workload && !isReplicatedAtStart(server.container, inventory),
  );
}

/** The Redis of a workload, where nothing replicates between its pods. */
export function loneCache(workload: WorkloadObject, inventory: Inventory) {
  return redisServers(inventory).find(
    (server) =>
      server.workload === workload &&
      !['replicaof', 'slaveof', 'cluster-enabled'].some((name) => server.settings.has(name)) &&
      !isReplicatedAtStart(server.container, inventory),
  );
}

/** Whether a second pod of a workload would be of no use, or never run. */
export function isOnePod(workload: WorkloadObject, inventory: Inventory): boolean {
  return (
    oneNodeClaims(workload, inventory).length > 0 ||
    loneDatabase(workload, inventory) !== undefined ||
    loneCache(workload, inventory) !== undefined
  );
}

/** How to get to one pod: by the number, or by what sets it. */
export function toOnePod({ scalers }: WorkloadObject): string {
  return scalers.length > 0 ? 'remove the autoscaler and use one replica' : 'use one replica';
}
