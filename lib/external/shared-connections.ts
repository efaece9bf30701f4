import { type PoolBudget, type PoolConsumer, type PoolSize, solvePools } from '../connection/pool-budget';

/** The connections of one server, and everybody who draws on them. Solved when asked, with whoever has been entered by then. */
export class SharedConnections {
  private readonly entered: PoolConsumer[] = [];

  /** `allowed` is what the consumers together may open. */
  constructor(private readonly allowed: number) {}

  /** Enters a consumer; what it answers is the consumer's pool, once everybody has been entered. */
  enter(consumer: PoolConsumer): () => PoolSize {
    const place = this.entered.length;
    this.entered.push(consumer);
    return () => this.solve().pools[place];
  }

  /** What is wrong, told of the budget and its consumers; nothing when everybody fits. */
  problems(explain: (budget: PoolBudget, consumers: readonly PoolConsumer[]) => string): string[] {
    const budget = this.solve();
    return budget.fits ? [] : [explain(budget, this.entered)];
  }

  private solve(): PoolBudget {
    // Each number of a consumer is asked for once.
    return solvePools(
      this.allowed,
      this.entered.map((one) => ({ ...one })),
    );
  }
}
