import { surgePods } from '../inventory/replicas';
import type { IConsumer } from './connection';
import type { ConnectionPool } from './connection-pool';
import type { PoolConsumer } from './pool-budget';

/**
 * A consumer as a budget counts it: its pods at the largest size, the surge of a rollout, and the pool of each process.
 * The numbers are asked for when a budget is solved: until then its objects can be patched.
 */
export function poolConsumerOf(
  consumer: IConsumer,
  pool: Pick<ConnectionPool, '_processesPerPod' | '_weight' | '_fixed'>,
): PoolConsumer {
  return {
    name: consumer.node.path,
    get replicas() {
      return consumer.maxReplicas;
    },
    get surge() {
      const { maxSurgePods, maxSurgePercent } = consumer;
      return (replicas: number) => maxSurgePods ?? surgePods(replicas, maxSurgePercent);
    },
    get processesPerPod() {
      return pool._processesPerPod ?? consumer.processesPerPod ?? 1;
    },
    weight: pool._weight,
    fixed: pool._fixed,
  };
}

/** Pods of a consumer that can be there at one time: its replicas at the largest size, and the surge of a rollout. */
export function mostPodsOf({ maxReplicas, maxSurgePods, maxSurgePercent }: IConsumer): number {
  return maxReplicas + (maxSurgePods ?? surgePods(maxReplicas, maxSurgePercent));
}
