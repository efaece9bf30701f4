import type { IConsumer } from '../connection/connection';
import type { ConnectionPool } from '../connection/connection-pool';
import { type PoolBudget, type PoolConsumer, type PoolSize, solvePools } from '../connection/pool-budget';
import { surgePods } from '../inventory/replicas';

/** What of a pool counts in a budget. */
type CountedPool = Pick<ConnectionPool, '_processesPerPod' | '_weight' | '_fixed'>;

/** The connections of one server, and everybody who draws on them. Solved when asked, with whoever has been entered by then. */
export class SharedConnections {
  private readonly entered: PoolConsumer[] = [];

  /** `allowed` is what the consumers together may open. */
  constructor(private readonly allowed: number) {}

  /** Enters a consumer; what it answers is the consumer's pool, once everybody has been entered. */
  enter(consumer: IConsumer, pool: CountedPool): () => PoolSize {
    const { maxReplicas, maxSurgePercent, node, processesPerPod = 1 } = consumer;
    const place = this.entered.length;
    this.entered.push({
      name: node.path,
      replicas: maxReplicas,
      surge: (replicas) => surgePods(replicas, maxSurgePercent),
      processesPerPod: pool._processesPerPod ?? processesPerPod,
      weight: pool._weight,
      fixed: pool._fixed,
    });
    return () => this.solve().pools[place];
  }

  /** What is wrong, told of the budget and its consumers; nothing when everybody fits. */
  problems(explain: (budget: PoolBudget, consumers: readonly PoolConsumer[]) => string): string[] {
    const budget = this.solve();
    return budget.fits ? [] : [explain(budget, this.entered)];
  }

  private solve(): PoolBudget {
    return solvePools(this.allowed, this.entered);
  }
}
