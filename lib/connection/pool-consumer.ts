import { surgePods } from '../inventory/replicas';
import type { IConsumer } from './connection';
import type { ConnectionPool } from './connection-pool';
import type { PoolConsumer } from './pool-budget';

/** A consumer as a budget counts it: its pods at the largest size, the surge of a rollout, and the pool of each process. */
export function poolConsumerOf(
  { node, maxReplicas, maxSurgePercent, processesPerPod = 1 }: IConsumer,
  pool: Pick<ConnectionPool, '_processesPerPod' | '_weight' | '_fixed'>,
): PoolConsumer {
  return {
    name: node.path,
    replicas: maxReplicas,
    surge: (replicas) => surgePods(replicas, maxSurgePercent),
    processesPerPod: pool._processesPerPod ?? processesPerPod,
    weight: pool._weight,
    fixed: pool._fixed,
  };
}
