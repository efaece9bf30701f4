import type { PoolBudget, PoolConsumer, PoolSize } from '../../connection/pool-budget';
import { explainExcess, largestDemand, solvePools } from '../../connection/pool-budget';
import {
  explainPoolers,
  type PoolerDemand,
  type PoolerSizing,
  solvePoolers,
} from '../../connection/pooler-sizing';
import type { ConnectionDemand } from './connections';
import type { Tuning } from './postgres-tuning';

/** A consumer that has connected. */
export interface BudgetEntry extends PoolConsumer {
  /** Whether it connects past the poolers. */
  readonly direct: boolean;
}

/** Poolers in front of the database. */
export type Poolers = Pick<PoolerDemand, 'poolers' | 'activeTransactions' | 'clientsPerPooler'>;

export interface Solution {
  readonly tuning: Tuning;
  /** Pool of each consumer, in the order in which they connected. */
  readonly pools: readonly PoolSize[];
  readonly poolers?: PoolerSizing;
  /** Why it does not hold together. */
  readonly problems: readonly string[];
}

/**
 * Everybody who draws on the connections of one database: consumers, poolers and the reserve. Solved when asked, with
 * whoever has been entered by then.
 */
export class ConnectionBudget {
  private readonly entered: BudgetEntry[] = [];
  private front: Poolers | undefined;

  constructor(
    private readonly options: {
      readonly tune: (demand?: ConnectionDemand) => Tuning;
      /** `max_connections` as given by the user, by a prop or a parameter. */
      readonly given?: number;
      /** Connections for exporter, migrations and backups. */
      readonly reserved: number;
      readonly cores: number;
    },
  ) {}

  /** Enters a consumer; answers its place in `Solution.pools`. */
  enter(entry: BudgetEntry): number {
    return this.entered.push(entry) - 1;
  }

  putPoolersInFront(poolers: Poolers): void {
    this.front = poolers;
  }

  solve(): Solution {
    // Each number of a consumer or pooler is asked for once.
    const entries = this.entered.map((one) => ({ ...one }));
    return this.front ? this.solveWith({ ...this.front }, entries) : this.solveDirect(entries);
  }

  private solveDirect(entries: readonly BudgetEntry[]): Solution {
    const { tune, given, reserved } = this.options;
    const clients = largestDemand(entries) + reserved;
    const demand =
      given !== undefined
        ? ({ from: 'user', connections: given } as const)
        : entries.length > 0
          ? ({ from: 'consumers', clients } as const)
          : undefined;
    const tuning = tune(demand);
    const budget = solvePools(this.free(tuning.maxConnections, tuning), entries);
    return {
      tuning,
      pools: budget.pools,
      problems: budget.fits ? [] : [explainExcess(budget, entries, tuning.maxConnections)],
    };
  }

  /** The poolers first, within what memory bears; those who connect past them get of the rest what they can use. */
  private solveWith(front: Poolers, entries: readonly BudgetEntry[]): Solution {
    const { tune, given, reserved, cores } = this.options;
    const direct = entries.filter((entry) => entry.direct);
    const pooled = entries.filter((entry) => !entry.direct);
    const unsized = tune(
      given === undefined ? undefined : { from: 'user', connections: given, behindPoolers: true },
    );
    const free = this.free(given ?? unsized.comfortableConnections, unsized);
    const leastDirect = solvePools(0, direct).connections;
    const demand: PoolerDemand = { ...front, cores, allowed: free - leastDirect, consumers: pooled };
    const poolers = solvePoolers(demand);
    const past = solvePools(free - poolers.serverConnections, direct);
    const clients = poolers.serverConnections + past.connections + reserved;
    const tuning = given === undefined ? tune({ from: 'poolers', clients }) : unsized;
    return {
      tuning,
      poolers,
      pools: inOrder(entries, past, poolers.clients),
      problems: [
        ...(poolers.fits ? [] : [explainPoolers(poolers, demand)]),
        ...(past.fits || !poolers.fits ? [] : [explainExcess(past, direct, tuning.maxConnections)]),
      ],
    };
  }

  private free(maxConnections: number, tuning: Tuning): number {
    return maxConnections - tuning.reservedConnections - this.options.reserved;
  }
}

/** Pools of both kinds of consumers, in the order in which they connected. */
function inOrder(entries: readonly BudgetEntry[], direct: PoolBudget, pooled: PoolBudget): PoolSize[] {
  const next = { direct: 0, pooled: 0 };
  return entries.map((entry) => (entry.direct ? direct.pools[next.direct++] : pooled.pools[next.pooled++]));
}
