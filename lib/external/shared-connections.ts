import type { PoolSize } from '../connection/pool-budget';
import {
  type ConnectionEntry,
  type Explain,
  type Poolers,
  type SharedOut,
  shareOutBehind,
  shareOutDirectly,
} from '../connection/shared-out';

/** The connections of one server, and everybody who draws on them. Solved when asked, with whoever has been entered by then. */
export class SharedConnections {
  private readonly entered: ConnectionEntry[] = [];
  private front: Poolers | undefined;

  /** `allowed` is what the consumers together may open. */
  constructor(private readonly allowed: number) {}

  /** Enters a consumer; what it answers is the consumer's pool, once everybody has been entered. */
  enter(consumer: ConnectionEntry): () => PoolSize {
    const place = this.entered.length;
    this.entered.push(consumer);
    return () => this.solve().pools[place];
  }

  putPoolersInFront(poolers: Poolers): void {
    this.front = poolers;
  }

  /** What is wrong, told of the budget and its consumers; nothing when everybody fits. */
  problems(explain: Explain): string[] {
    return this.solve().problems(explain);
  }

  solve(): SharedOut {
    // Each number of a consumer or pooler is asked for once.
    const entries = this.entered.map((one) => ({ ...one }));
    return this.front
      ? shareOutBehind({ ...this.front }, this.allowed, entries)
      : shareOutDirectly(this.allowed, entries);
  }
}

/** One pod with a number of connections, whatever happens. */
export function oneConsumer(name: string, connections: number): ConnectionEntry {
  const fixed = { size: connections, maxOverflow: 0 };
  return { name, replicas: 1, surge: () => 0, processesPerPod: 1, weight: 1, fixed };
}
